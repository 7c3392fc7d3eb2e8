//! Filters as conditions.

use chrono::NaiveDate;
use commonweal_core::db::Condition;
use commonweal_core::{Value, args};
use uuid::Uuid;

use super::asked::Wanted;
use crate::definition::{Question, QuestionKind};

/// One filter: how to test a record that is at hand, and how to find its records.
pub(super) struct Filter {
    pub(super) test: Condition,
    pub(super) find: Find,
}

pub(super) enum Find {
    Answer(Condition),
    Column(Condition),
    /// Found already.
    Ids(Vec<Uuid>),
    /// Never worth it.
    No,
}

/// A filter by an answer.
pub(super) fn by_answer(question: &Question, wanted: &Wanted) -> Filter {
    let money = matches!(question.kind, QuestionKind::Money { .. });
    let (test, find, mut values) = match wanted {
        Wanted::Text(text) => (
            "exists (select 1 from answer_index as tested where tested.record = form_records.id and tested.question = ? and tested.text = ?)",
            "chosen.question = ? and chosen.text = ?",
            args![text],
        ),
        Wanted::Linked(id) => (
            "exists (select 1 from answer_index as tested where tested.record = form_records.id and tested.question = ? and tested.linked = ?)",
            "chosen.question = ? and chosen.linked = ?",
            args![*id],
        ),
        Wanted::Truth(yes) => {
            let number = f64::from(u8::from(*yes));
            (
                "exists (select 1 from answer_index as tested where tested.record = form_records.id and tested.question = ? and tested.number = ?)",
                "chosen.question = ? and chosen.number = ?",
                args![number],
            )
        }
        Wanted::Number(from, to) => {
            let times = if money { 100.0 } else { 1.0 };
            let from = from.map_or(f64::MIN, |number| number * times);
            let to = to.map_or(f64::MAX, |number| number * times);
            (
                "exists (select 1 from answer_index as tested where tested.record = form_records.id and tested.question = ? and tested.number >= ? and tested.number <= ?)",
                "chosen.question = ? and chosen.number >= ? and chosen.number <= ?",
                args![from, to],
            )
        }
        Wanted::Days(from, to) => {
            let first = NaiveDate::from_ymd_opt(1, 1, 1);
            let last = NaiveDate::from_ymd_opt(9999, 12, 31);
            (
                "exists (select 1 from answer_index as tested where tested.record = form_records.id and tested.question = ? and tested.date >= ? and tested.date <= ?)",
                "chosen.question = ? and chosen.date >= ? and chosen.date <= ?",
                args![from.or(first), to.or(last)],
            )
        }
    };
    values.insert(0, Value::from(&question.id));
    Filter {
        test: Condition::new(test, values.clone()),
        find: Find::Answer(Condition::new(find, values)),
    }
}
