//! What the audit's filters ask for.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_core::Value;
use commonweal_govuk::Form;
use uuid::Uuid;

/// The filters of an address, as typed and as understood.
#[derive(Debug)]
pub(super) struct Asked {
    /// As typed, with what is wrong.
    pub form: Form,
    /// As understood; empty where something is wrong.
    pub filters: Vec<(String, Value)>,
    /// The last row of the page before.
    pub after: Option<Uuid>,
    /// The person chosen.
    pub actor: Option<Uuid>,
}

/// Whether the subject of a filter stands in a column of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// In a column.
    Column,
    /// Among the ids of a read.
    Among,
}

impl Asked {
    /// Reads the query of an address.
    pub(super) fn read(pairs: Vec<(String, String)>, subject: Subject) -> Self {
        let mut form = Form::from(pairs);
        let mut filters = Vec::new();
        let mut add = |name: &str, value: Value| filters.push((name.to_owned(), value));
        let actor = form.value("actor").parse::<Uuid>().ok();
        if let Some(actor) = actor {
            add("actor", Value::from(actor));
        }
        let action = form.value("action").to_lowercase();
        if action
            .chars()
            .any(|letter| !(letter.is_ascii_alphanumeric() || "._-".contains(letter)))
        {
            form.errors.add(
                "action",
                "Enter an action as the table shows it, like user.added",
            );
        } else if !action.is_empty() {
            add("action", Value::from(action.as_str()));
        }
        let from = day(&mut form, "from");
        let to = day(&mut form, "to");
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            form.errors.add(
                "to",
                "The last day must be the same as or after the first day",
            );
        }
        if let Some(start) = from.and_then(start) {
            add("from", Value::from(start));
        }
        let next = to.and_then(|to| to.checked_add_days(Days::new(1)));
        if let Some(end) = next.and_then(start) {
            add("before", Value::from(end));
        }
        match form.value("subject").parse::<Uuid>() {
            Ok(id) if subject == Subject::Column => add("subject", Value::from(id)),
            Ok(id) => add("subject", Value::from(format!("%{id}%"))),
            Err(_) if form.value("subject").is_empty() => {}
            Err(_) => form.errors.add(
                "subject",
                "Enter the whole number of the record, as the table shows it",
            ),
        }
        if !form.is_valid() {
            filters.clear();
        }
        Self {
            after: form.value("after").parse().ok(),
            actor,
            filters,
            form,
        }
    }

    /// The address of a page with these filters. Whatever passed [`Asked::read`] needs no escaping.
    pub(super) fn address(&self, path: &str, after: Option<Uuid>) -> String {
        let after = after.map(|id| id.to_string());
        let parts: Vec<String> = ["actor", "action", "from", "to", "subject"]
            .into_iter()
            .map(|name| (name, self.form.value(name)))
            .filter(|(_, value)| !value.is_empty() && self.form.is_valid())
            .chain(after.as_deref().map(|after| ("after", after)))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if parts.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", parts.join("&"))
        }
    }
}

/// A day as a browser's date field sends it.
fn day(form: &mut Form, field: &str) -> Option<NaiveDate> {
    let typed = form.value(field);
    if typed.is_empty() {
        return None;
    }
    let day = NaiveDate::parse_from_str(typed, "%Y-%m-%d").ok();
    if day.is_none() {
        form.errors.add(
            field,
            "Enter a date as year, month and day, like 2026-09-30",
        );
    }
    day
}

/// The moment when a day begins here.
fn start(day: NaiveDate) -> Option<DateTime<Utc>> {
    let local = London
        .from_local_datetime(&day.and_time(NaiveTime::MIN))
        .earliest()?;
    Some(local.with_timezone(&Utc))
}
