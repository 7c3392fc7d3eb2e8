//! What the audit pages read.

use chrono::{DateTime, Utc};
use commonweal_access::policy::{Action, Kind, Resource};
use commonweal_access::web::Viewer;
use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::{DbError, ReadTx, args, list, sql};
use uuid::Uuid;

/// The entries; their scope is that of `Kind::AuditEntry`.
pub(super) static CHANGES: List = List {
    columns: "audit_entries.id, audit_entries.at, audit_entries.actor, audit_entries.action, audit_entries.purpose, \
              audit_entries.subject_kind, audit_entries.subject_id, audit_entries.fields, audit_entries.block, \
              actors.name as actor_name",
    from: "audit_entries left join users as actors on actors.id = audit_entries.actor",
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
        Filter {
            name: "subject",
            sql: "audit_entries.subject_id = ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "audit_entries.at",
        descending: true,
    }],
};
list!(CHANGES);

/// How far the audit is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sealing {
    /// Blocks so far.
    pub blocks: i64,
    /// The last block's number, hash and moment.
    pub last: Option<(i64, String, DateTime<Utc>)>,
    /// Entries in no block yet.
    pub unsealed: i64,
}

pub(super) async fn sealing(tx: &mut ReadTx) -> Result<Sealing, DbError> {
    let last = tx
        .optional(
            sql!("select number, hash, sealed_at from audit_blocks order by number desc limit 1"),
            args![],
        )
        .await?;
    let blocks = tx
        .count(sql!("select count(*) from audit_blocks"), args![])
        .await?;
    let unsealed = tx
        .count(
            sql!("select count(*) from audit_entries where block is null"),
            args![],
        )
        .await?;
    let last = last
        .map(|row| Ok::<_, DbError>((row.get("number")?, row.get("hash")?, row.get("sealed_at")?)))
        .transpose()?;
    Ok(Sealing {
        blocks,
        last,
        unsealed,
    })
}

/// The people whose entries a viewer may see, by name, to choose from.
pub(super) async fn people(
    tx: &mut ReadTx,
    viewer: &Viewer,
) -> Result<Vec<(Uuid, String)>, DbError> {
    let everybody = sees_everything(viewer);
    let rows = tx
        .all(
            sql!("select id, name, agency from users order by lower(name), id limit 1000"),
            args![],
        )
        .await?;
    let mut people = Vec::new();
    for row in rows {
        let id: Uuid = row.get("id")?;
        let agency: Uuid = row.get("agency")?;
        let theirs = Resource::new(Kind::AuditEntry, Uuid::nil())
            .of(agency)
            .by(id);
        if everybody || viewer.may(Action::SeeAudit, &theirs) {
            people.push((id, row.get("name")?));
        }
    }
    Ok(people)
}

/// Whether a viewer may see the entries of everybody and of the system.
pub(super) fn sees_everything(viewer: &Viewer) -> bool {
    viewer.may(
        Action::SeeAudit,
        &Resource::new(Kind::AuditEntry, Uuid::nil()),
    )
}
