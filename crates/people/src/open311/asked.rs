//! Which requests somebody asks for.

use chrono::{DateTime, Duration, SecondsFormat, Utc};

use super::tree::Refusal;
use crate::reporting::rules::Kinds;

/// The longest span, in days, and the most requests of one answer: the standard's.
const SPAN: i64 = 90;
/// The most requests of one answer.
pub(super) const MOST: i64 = 1_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// References; then the span does not count.
    pub(super) ids: Vec<String>,
    /// Keys of types.
    pub(super) kinds: Vec<String>,
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
    /// States of the standard: open, closed, or both.
    pub(super) open: bool,
    pub(super) closed: bool,
    pub(super) size: i64,
    pub(super) page: i64,
}

/// The value of a parameter; the last counts, an empty one is none.
pub(super) fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().rev().find(|pair| pair.0 == name);
    found
        .map(|pair| pair.1.trim())
        .filter(|value| !value.is_empty())
}

fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts.take(200).map(str::to_owned).collect()
}

fn time(name: &str, text: &str) -> Result<DateTime<Utc>, Refusal> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| at.with_timezone(&Utc))
        .map_err(|_| {
            Refusal::bad(format!(
                "{name} must be a time with its zone, such as 2026-01-31T09:00:00Z"
            ))
        })
}

/// A time as the standard writes it.
pub(super) fn zoned(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn number(
    pairs: &[(String, String)],
    name: &str,
    otherwise: i64,
    most: i64,
) -> Result<i64, Refusal> {
    match value(pairs, name) {
        None => Ok(otherwise),
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| (1..=most).contains(number))
            .ok_or_else(|| Refusal::bad(format!("{name} must be a whole number from 1 to {most}"))),
    }
}

/// Types that the interface shows: environmental ones that have a service code.
pub(super) fn shown(kinds: &Kinds) -> Vec<String> {
    kinds
        .iter()
        .filter(|kind| kind.environmental && kind.service_code.is_some())
        .map(|kind| kind.key.clone())
        .collect()
}

impl Asked {
    /// Reads the query of the address. Parameters that the standard does not know are passed over.
    pub(super) fn read(
        pairs: &[(String, String)],
        kinds: &Kinds,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
        let shown = shown(kinds);
        let wanted = match value(pairs, "service_code") {
            None => shown,
            Some(text) => {
                let codes = list(text);
                let mut wanted = Vec::new();
                for code in &codes {
                    let kind = kinds
                        .iter()
                        .find(|kind| kind.service_code.as_deref() == Some(code.as_str()))
                        .ok_or_else(|| {
                            Refusal::missing("service_code names no service of this interface")
                        })?;
                    if shown.contains(&kind.key) {
                        wanted.push(kind.key.clone());
                    }
                }
                wanted
            }
        };
        let start = value(pairs, "start_date").map(|text| time("start_date", text));
        let end = value(pairs, "end_date").map(|text| time("end_date", text));
        let (start, end) = (start.transpose()?, end.transpose()?);
        let span = Duration::days(SPAN);
        let back = |at: DateTime<Utc>| at.checked_sub_signed(span).unwrap_or(at);
        let on = |at: DateTime<Utc>| at.checked_add_signed(span).unwrap_or(at);
        let (from, until) = match (start, end) {
            (Some(from), Some(until)) => (from, until.min(on(from))),
            (Some(from), None) => (from, on(from)),
            (None, Some(until)) => (back(until), until),
            (None, None) => (back(now), now),
        };
        if until < from {
            return Err(Refusal::bad("end_date must not lie before start_date"));
        }
        let (mut open, mut closed) = (true, true);
        if let Some(text) = value(pairs, "status") {
            (open, closed) = (false, false);
            for state in list(text) {
                match state.as_str() {
                    "open" => open = true,
                    "closed" => closed = true,
                    _ => {
                        return Err(Refusal::bad(
                            "status must be open, closed, or both with a comma",
                        ));
                    }
                }
            }
        }
        Ok(Self {
            ids: value(pairs, "service_request_id")
                .map(list)
                .unwrap_or_default(),
            kinds: wanted,
            from,
            until,
            open,
            closed,
            size: number(pairs, "page_size", MOST, MOST)?,
            page: number(pairs, "page", 1, 1_000_000)?,
        })
    }
}
