//! Feeds and calendars of records, from plain lines. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_documents::calendar::{Calendar, Entry, Kind, When};
use commonweal_documents::feed::{Feed, Item};
use uuid::Uuid;

/// A record as a feed shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) id: Uuid,
    pub(super) reference: String,
    /// The title as the feed's owner may see it.
    pub(super) title: String,
    /// Its state's title; empty where there is only one.
    pub(super) state: String,
    pub(super) href: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) changed_at: DateTime<Utc>,
}

/// A due date as a calendar shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DueLine {
    pub(super) record: Uuid,
    pub(super) due: String,
    /// What is to be done.
    pub(super) what: String,
    pub(super) on: NaiveDate,
    pub(super) title: String,
    pub(super) reference: String,
    pub(super) register: String,
    pub(super) href: String,
    pub(super) changed_at: DateTime<Utc>,
    pub(super) version: i64,
}

/// What a feed is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Of<'a> {
    /// Where people reach the service, without a slash at its end.
    pub(super) base: &'a str,
    pub(super) partnership: &'a str,
    pub(super) key: &'a str,
    pub(super) title: &'a str,
    /// The feed's own path, with its secret.
    pub(super) path: &'a str,
}

/// What changed, newest first. `began` dates a feed without entries.
pub(super) fn atom(of: &Of<'_>, lines: &[Line], began: DateTime<Utc>) -> Feed {
    let entries = lines.iter().map(|line| Item {
        id: format!("urn:uuid:{}", line.id),
        title: if line.title == line.reference {
            line.reference.clone()
        } else {
            format!("{} ({})", line.title, line.reference)
        },
        link: format!("{}{}", of.base, line.href),
        published: Some(line.created_at),
        updated: line.changed_at,
        author: String::new(),
        summary: line.state.clone(),
        categories: Some(line.state.clone())
            .into_iter()
            .filter(|state| !state.is_empty())
            .collect(),
    });
    Feed {
        // Without the secret: the name is the same for every reader, and is no key to anything.
        id: format!("{}/registers/{}", of.base, of.key),
        title: format!("{}: what changed", of.title),
        subtitle: String::new(),
        author: of.partnership.to_owned(),
        address: format!("{}{}", of.base, of.path),
        page: format!("{}/registers/{}", of.base, of.key),
        next: String::new(),
        updated: lines
            .iter()
            .map(|line| line.changed_at)
            .max()
            .unwrap_or(began),
        language: "en-GB".to_owned(),
        entries: entries.collect(),
    }
}

/// Due dates as days: every program shows events, few show tasks of a subscription.
pub(super) fn calendar(base: &str, name: &str, lines: &[DueLine]) -> Calendar {
    let host = base.split_once("://").map_or(base, |(_, host)| host);
    let entries = lines.iter().map(|line| Entry {
        uid: format!("{}-{}@{host}", line.record, line.due),
        changed: line.changed_at,
        sequence: u32::try_from(line.version).unwrap_or(0),
        kind: Kind::Event {
            when: When::Days {
                first: line.on,
                last: line.on,
            },
            cancelled: false,
        },
        summary: if line.title == line.reference {
            format!("{}: {}", line.what, line.reference)
        } else {
            format!("{}: {} ({})", line.what, line.title, line.reference)
        },
        description: line.register.clone(),
        location: String::new(),
        url: format!("{base}{}", line.href),
        categories: vec![line.register.clone()],
        alarms: Vec::new(),
    });
    Calendar {
        name: name.to_owned(),
        description: String::new(),
        refresh_hours: 4,
        entries: entries.collect(),
    }
}
