//! Reminders: one mail to whoever answers for a record, once on each day that the definition names.

use chrono::{Days, NaiveDate};
use commonweal_core::events::{Actor, Event};
use commonweal_core::jobs::{JobContext, JobError, JobKind};
use commonweal_core::mail::Mail;
use commonweal_core::{DbError, args, read, sql, write};
use serde_json::json;
use uuid::Uuid;

use crate::Forms;
use crate::register::store::SUBJECT;
use crate::register::words::day;

/// The job that reminds, to recur every hour.
pub const REMIND: &str = "registers.remind";

/// Days for which a reminder is made up for where the service stood still.
const LATE: u64 = 3;

/// Due dates read at a time.
const BATCH: i64 = 200;

/// The job.
#[must_use]
pub fn job(forms: &Forms) -> JobKind {
    let forms = forms.clone();
    JobKind::new(
        REMIND,
        "Remind people of dates of their records",
        move |context| {
            let forms = forms.clone();
            async move { remind(&forms, &context).await }
        },
    )
}

struct Open {
    record: Uuid,
    due: String,
    due_on: NaiveDate,
    reminded_on: Option<NaiveDate>,
    definition: String,
    reference: String,
    name: String,
    email: String,
}

/// The day for which a reminder goes out today: the last of its days that has come, unless it went
/// out already or lies too far back.
fn day_of(open: &Open, remind: &[i64], today: NaiveDate) -> Option<NaiveDate> {
    let earliest = today.checked_sub_days(Days::new(LATE))?;
    remind
        .iter()
        .filter_map(|days| {
            open.due_on
                .checked_sub_days(Days::new(u64::try_from(*days).ok()?))
        })
        .filter(|day| (earliest..=today).contains(day))
        .max()
        .filter(|day| open.reminded_on.is_none_or(|done| done < *day))
}

async fn remind(forms: &Forms, context: &JobContext) -> Result<(), JobError> {
    let today = context.clock.today();
    let definitions = forms.catalogue.all();
    let furthest = definitions
        .iter()
        .flat_map(|definition| definition.dues.iter().flat_map(|due| due.remind.iter()))
        .filter_map(|days| u64::try_from(*days).ok())
        .max()
        .unwrap_or(0);
    let first = today.checked_sub_days(Days::new(LATE)).unwrap_or(today);
    let last = today.checked_add_days(Days::new(furthest)).unwrap_or(today);
    let mut after = (first, Uuid::nil(), String::new());
    loop {
        if context.stop.requested() {
            return Err(JobError::Again(
                "stopped; goes on at the next start".to_owned(),
            ));
        }
        let batch = read!(&context.db, |tx| {
            let rows = tx
                .all(
                    sql!(
                        "select form_dues.record, form_dues.due, form_dues.due_on, form_dues.reminded_on, form_records.definition,
                                form_records.reference, users.name, users.email
                         from form_dues join form_records on form_records.id = form_dues.record
                           join users on users.id = form_records.owner
                         where form_dues.done_at is null and form_dues.due_on <= $1 and users.active = true
                           and (form_dues.due_on, form_dues.record, form_dues.due) > ($2, $3, $4)
                         order by form_dues.due_on, form_dues.record, form_dues.due limit $5"
                    ),
                    args![last, after.0, after.1, &after.2, BATCH],
                )
                .await?;
            rows.iter()
                .map(|row| {
                    Ok(Open {
                        record: row.get("record")?,
                        due: row.get("due")?,
                        due_on: row.get("due_on")?,
                        reminded_on: row.get("reminded_on")?,
                        definition: row.get("definition")?,
                        reference: row.get("reference")?,
                        name: row.get("name")?,
                        email: row.get("email")?,
                    })
                })
                .collect::<Result<Vec<_>, DbError>>()
        })
        .await?;
        let Some(end) = batch.last() else {
            return Ok(());
        };
        after = (end.due_on, end.record, end.due.clone());
        for open in &batch {
            let definition = definitions
                .iter()
                .find(|definition| definition.key == open.definition);
            let due = definition.and_then(|definition| {
                let due = definition.dues.iter().find(|due| due.key == open.due)?;
                Some((definition, due))
            });
            let Some((definition, due)) = due else {
                continue;
            };
            let Some(on) = day_of(open, &due.remind, today) else {
                continue;
            };
            let when = if open.due_on < today {
                format!("was due on {}", day(open.due_on))
            } else if open.due_on == today {
                "is due today".to_owned()
            } else {
                format!("is due on {}", day(open.due_on))
            };
            // No names, no addresses: mail is read on many screens.
            let text = format!(
                "Dear {},\n\n{}: {} {when}.\n\nRecord: {}\n{}/registers/{}/records/{}\n\nYou get this because you answer for this record. If that is wrong, hand it over on its page.\n",
                open.name,
                definition.title.en(),
                due.title.en(),
                open.reference,
                forms.app.settings.address.trim_end_matches('/'),
                open.definition,
                open.reference
            );
            let mail = Mail {
                to: open.email.clone(),
                subject: format!("{}: {} ({})", due.title.en(), when, open.reference),
                text,
                kind: "register.due",
            };
            write!(
                &context.db,
                &context.clock,
                &Actor::system("reminder"),
                |tx| {
                    let marked = tx
                        .run(
                            sql!(
                            "update form_dues set reminded_on = $3 where record = $1 and due = $2
                             and done_at is null and (reminded_on is null or reminded_on < $4)"
                        ),
                            args![open.record, &open.due, today, on],
                        )
                        .await?;
                    // Another copy of the service was first where nothing was marked.
                    if marked > 0 {
                        tx.send_mail(mail.clone()).await?;
                    }
                    tx.record(Event::new(
                        SUBJECT,
                        open.record,
                        "form_record.reminded",
                        json!({ "due": open.due }),
                    ));
                    Ok::<_, DbError>(())
                }
            )
            .await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reminder_goes_out_once_for_each_of_its_days() {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let open = |reminded_on: Option<&str>| Open {
            record: Uuid::nil(),
            due: "look".to_owned(),
            due_on: date("2026-06-15"),
            reminded_on: reminded_on.map(date),
            definition: String::new(),
            reference: String::new(),
            name: String::new(),
            email: String::new(),
        };
        let on = |today: &str, reminded| day_of(&open(reminded), &[2, 0], date(today));
        assert_eq!(on("2026-06-12", None), None);
        assert_eq!(on("2026-06-13", None), Some(date("2026-06-13")));
        assert_eq!(
            on("2026-06-14", None),
            Some(date("2026-06-13")),
            "made up for"
        );
        assert_eq!(on("2026-06-14", Some("2026-06-13")), None);
        assert_eq!(
            on("2026-06-15", Some("2026-06-13")),
            Some(date("2026-06-15"))
        );
        assert_eq!(on("2026-06-16", Some("2026-06-15")), None);
        assert_eq!(on("2026-07-15", None), None, "too late to help");
    }
}
