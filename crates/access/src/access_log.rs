//! The access log: who read personal data, of whom, and for what purpose.
//!
//! A row is committed before the page goes out; where it cannot be written, the page is refused.
//! Rows that arrive while a commit runs go together in the next, so that many readers do not queue.

use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, Db, DbError, Value, args, insert, list, upkeep};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::policy::Action;
use crate::web::{PageError, Viewer};

/// The reads, for those who may see the audit: the scope of `Kind::AuditEntry` fits, since to read
/// is to act too, so the log stands here under the name of the table that the scope speaks of.
pub static READS: List = List {
    columns: "audit_entries.id, audit_entries.at, audit_entries.actor as reader, audit_entries.action, \
              audit_entries.purpose, audit_entries.path, audit_entries.subjects, readers.name as reader_name",
    from: "(select id, at, user_id as actor, action, purpose, path, subjects from access_log) as audit_entries \
           left join users as readers on readers.id = audit_entries.actor",
    key: "audit_entries.id",
    filters: &[
        Filter {
            name: "actor",
            sql: "audit_entries.actor = ?",
        },
        Filter {
            name: "action",
            sql: "audit_entries.action = ?",
        },
        Filter {
            name: "from",
            sql: "audit_entries.at >= ?",
        },
        Filter {
            name: "before",
            sql: "audit_entries.at < ?",
        },
        // The value is an id between two '%'.
        Filter {
            name: "subject",
            sql: "cast(audit_entries.subjects as text) like ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "audit_entries.at",
        descending: true,
    }],
};
list!(READS);

/// Rows per commit at most.
const BATCH: usize = 200;

/// The access log. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AccessLog(mpsc::Sender<Entry>);

struct Entry {
    row: Vec<Value>,
    done: oneshot::Sender<bool>,
}

impl AccessLog {
    /// Starts the writer, which runs as long as anybody holds the log. Needs a Tokio runtime.
    #[must_use]
    pub fn start(db: Db, clock: Clock) -> Self {
        let (sender, receiver) = mpsc::channel(1_000);
        tokio::spawn(write_batches(db, clock, receiver));
        Self(sender)
    }

    /// Records that `viewer` reads data about `subjects` (ids of people, cases, reports).
    ///
    /// # Errors
    /// [`PageError::Unavailable`] where it cannot be recorded: then the page must not be shown.
    pub async fn record(
        &self,
        clock: &Clock,
        viewer: &Viewer,
        action: Action,
        subjects: &[Uuid],
    ) -> Result<(), PageError> {
        self.record_named(clock, viewer, action.name(), subjects)
            .await
    }

    /// As [`AccessLog::record`], for what has a name of its own, such as `see_personal` of records.
    ///
    /// # Errors
    /// [`PageError::Unavailable`], as there.
    pub async fn record_named(
        &self,
        clock: &Clock,
        viewer: &Viewer,
        action: &str,
        subjects: &[Uuid],
    ) -> Result<(), PageError> {
        let row = args![
            new_uuid(clock),
            clock.now(),
            viewer.principal.user,
            viewer.session,
            action,
            &viewer.purpose,
            viewer.path(),
            json!({ "ids": subjects }),
        ];
        let (done, written) = oneshot::channel();
        self.0
            .send(Entry { row, done })
            .await
            .map_err(|_| PageError::Unavailable)?;
        match written.await {
            Ok(true) => Ok(()),
            _ => Err(PageError::Unavailable),
        }
    }
}

async fn write_batches(db: Db, clock: Clock, mut receiver: mpsc::Receiver<Entry>) {
    let mut batch = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut batch, BATCH).await > 0 {
        let rows: Vec<Value> = batch
            .iter()
            .flat_map(|entry: &Entry| entry.row.clone())
            .collect();
        let written = upkeep!(&db, &clock, |tx| {
            tx.insert_many(
                insert!(
                    "access_log",
                    "id, at, user_id, session, action, purpose, path, subjects"
                ),
                rows.clone(),
            )
            .await?;
            Ok::<_, DbError>(())
        })
        .await;
        if let Err(error) = &written {
            tracing::error!(%error, "the access log cannot be written");
        }
        for entry in batch.drain(..) {
            // Whoever no longer waits has gone without the page.
            let _ = entry.done.send(written.is_ok());
        }
    }
}
