//! Events: every change of state, append-only, and the audit entry that follows from each.
//!
//! An audit entry holds actor, action, purpose, subject and the *names* of the fields,
//! never values; values are in the event, which can be erased by authority.

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::db::{DbError, Tx};
use crate::ids::new_uuid;
use crate::{Clock, args, insert};

/// Who acts, and for what purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user, or none where the system itself acts.
    pub user: Option<Uuid>,
    /// The stated purpose: a short code such as `administration` or `analysis`.
    pub purpose: String,
}

impl Actor {
    /// The system acting by itself, for a purpose such as `retention`.
    #[must_use]
    pub fn system(purpose: &str) -> Self {
        Self {
            user: None,
            purpose: purpose.to_owned(),
        }
    }

    /// A user acting for a purpose.
    #[must_use]
    pub fn user(user: Uuid, purpose: &str) -> Self {
        Self {
            user: Some(user),
            purpose: purpose.to_owned(),
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    subject_kind: &'static str,
    subject: Uuid,
    kind: &'static str,
    valid_at: Option<DateTime<Utc>>,
    data: Json,
}

impl Event {
    /// An event about a subject; `data` is an object whose keys name the fields that changed.
    #[must_use]
    pub fn new(
        subject_kind: &'static str,
        subject: impl Into<Uuid>,
        kind: &'static str,
        data: Json,
    ) -> Self {
        Self {
            subject_kind,
            subject: subject.into(),
            kind,
            valid_at: None,
            data,
        }
    }

    /// When it became true in the world, where that is not the moment of recording.
    #[must_use]
    pub fn valid_at(mut self, at: DateTime<Utc>) -> Self {
        self.valid_at = Some(at);
        self
    }
}

impl Tx {
    /// Appends events and audit entries, then commits.
    pub(crate) async fn finish(mut self, clock: &Clock) -> Result<(), DbError> {
        let events = std::mem::take(&mut self.events);
        if !events.is_empty() {
            let now = self.now();
            let actor = self.actor().clone();
            let mut event_rows = Vec::with_capacity(events.len() * 9);
            let mut audit_rows = Vec::with_capacity(events.len() * 9);
            for event in events {
                let id = new_uuid(clock);
                let fields = match &event.data {
                    Json::Object(fields) => fields
                        .keys()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join(","),
                    _ => String::new(),
                };
                audit_rows.extend(args![
                    new_uuid(clock),
                    now,
                    actor.user,
                    event.kind,
                    &actor.purpose,
                    event.subject_kind,
                    event.subject,
                    fields,
                    id
                ]);
                event_rows.extend(args![
                    id,
                    event.subject_kind,
                    event.subject,
                    event.kind,
                    event.valid_at.unwrap_or(now),
                    now,
                    actor.user,
                    &actor.purpose,
                    event.data
                ]);
            }
            self.insert_many(
                insert!("events", "id, subject_kind, subject_id, kind, valid_at, recorded_at, actor, purpose, data"),
                event_rows,
            )
            .await?;
            self.insert_many(
                insert!(
                    "audit_entries",
                    "id, at, actor, action, purpose, subject_kind, subject_id, fields, event_id"
                ),
                audit_rows,
            )
            .await?;
        }
        self.into_read().commit().await
    }
}
