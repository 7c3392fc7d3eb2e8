//! When something is due.

use chrono::{DateTime, Months, NaiveDate, Utc};
use chrono_tz::Europe::London;
use commonweal_records::calendar::Calendar;

use crate::answers::Answer;
use crate::definition::{Definition, Due, DueFrom, Period};
use crate::register::store::{Record, Timed};

/// The day so long after another. At the ends of the calendar it stays where it is.
#[must_use]
pub fn after(day: NaiveDate, period: Period) -> NaiveDate {
    match period {
        Period::Days(days) => chrono::Duration::try_days(days)
            .and_then(|by| day.checked_add_signed(by))
            .unwrap_or(day),
        Period::WorkingDays(days) => Calendar::england().add_working_days(day, days),
        Period::Months(months) => {
            let by = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(0));
            if months < 0 {
                day.checked_sub_months(by)
            } else {
                day.checked_add_months(by)
            }
            .unwrap_or(day)
        }
    }
}

/// The due dates that hold for a record now. `kept` is what held before: a date that counts from a
/// state which the record has left stays as it was.
#[must_use]
pub fn wanted<'a>(
    definition: &'a Definition,
    record: &Record,
    kept: &[Timed],
) -> Vec<(&'a Due, NaiveDate)> {
    let applies = |due: &Due| {
        if due.states.is_empty() {
            definition
                .state(&record.state)
                .is_none_or(|state| !state.closed)
        } else {
            due.states.contains(&record.state)
        }
    };
    let from = |due: &Due| match &due.from {
        DueFrom::Created => Some(after(civil(record.created_at), due.after)),
        DueFrom::State(state) if *state == record.state => {
            let since = record.state_since.unwrap_or(record.created_at);
            Some(after(civil(since), due.after))
        }
        DueFrom::State(_) => kept
            .iter()
            .find(|one| one.due == due.key)
            .map(|one| one.due_on),
        DueFrom::Answer(question) => {
            let question = definition.get(*question)?;
            match record.answers.get(&question.id)? {
                Answer::Date(day) => Some(after(*day, due.after)),
                _ => None,
            }
        }
    };
    definition
        .dues
        .iter()
        .filter(|due| applies(due))
        .filter_map(|due| Some((due, from(due)?)))
        .collect()
}

/// The civil date of a moment in the United Kingdom.
fn civil(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&London).date_naive()
}
