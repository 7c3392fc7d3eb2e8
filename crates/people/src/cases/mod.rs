//! Cases, as far as triage needs them: opened from a matter, joined by others, listed. The work in a case
//! comes with casework.

mod pages;
#[cfg(test)]
mod tests;

use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{Routes, Rule};
use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, list, sql};
use commonweal_records::matters::{CASE, CaseId, Matter, MatterId, fresh};
use serde_json::json;
use uuid::Uuid;

use crate::reporting::People;

const SUBJECT: &str = "case";

pub(crate) static CASES: List = List {
    columns: "cases.id, cases.reference, cases.state, cases.title, cases.agency, cases.opened_at",
    from: "cases",
    key: "cases.id",
    filters: &[
        Filter {
            name: "state",
            sql: "cases.state = ?",
        },
        Filter {
            name: "reference",
            sql: "cases.reference = ?",
        },
    ],
    sorts: &[Sort {
        name: "newest",
        by: "cases.opened_at",
        descending: true,
    }],
};
list!(CASES);

/// A case's head.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// What people call it.
    pub reference: String,
    /// `open` or `closed`.
    pub state: String,
    /// Who leads it.
    pub agency: Uuid,
    /// Who works it there.
    pub owner: Option<Uuid>,
    /// A line without personal data.
    pub title: String,
    /// When it was opened.
    pub opened_at: chrono::DateTime<chrono::Utc>,
    /// The agencies that take part.
    pub agencies: Vec<Uuid>,
}

impl Case {
    /// What policies are asked about.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::case(self.id.0, self.agency, self.owner, self.agencies.clone())
    }
}

/// The routes.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    let see = Rule::May(Action::SeeCases);
    Routes::new()
        .get("/cases", see, pages::list)
        .get("/cases/{case}", see, pages::show)
        .with_state(people.clone())
}

/// The case of a reference.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn by_reference(tx: &mut ReadTx, reference: &str) -> Result<Case, DbError> {
    let row = tx
        .one(
            sql!("select id, reference, state, agency, owner, title, opened_at from cases where reference = $1"),
            args![reference],
        )
        .await?;
    let id: Uuid = row.get("id")?;
    let agencies = tx
        .all(
            sql!("select agency from case_agencies where case_id = $1 order by agency"),
            args![id],
        )
        .await?;
    Ok(Case {
        id: CaseId(id),
        reference: row.get("reference")?,
        state: row.get("state")?,
        agency: row.get("agency")?,
        owner: row.get("owner")?,
        title: row.get("title")?,
        opened_at: row.get("opened_at")?,
        agencies: agencies
            .iter()
            .map(|row| row.get("agency"))
            .collect::<Result<_, _>>()?,
    })
}

/// Opens a case that takes over what is known of a matter.
///
/// # Errors
/// [`DbError`].
pub async fn open(tx: &mut Tx, matter: &Matter, by: Uuid) -> Result<CaseId, DbError> {
    let now = tx.now();
    let id = CaseId(uuid_at(now));
    let reference = fresh(tx, CASE).await?;
    tx.run(
        sql!(
            "insert into cases (id, reference, state, agency, owner, kind, title, opened_at, opened_by, version)
             values ($1, $2, 'open', $3, $4, $5, $6, $7, $8, 1)"
        ),
        args![
            id,
            &reference,
            matter.agency,
            by,
            &matter.kind,
            &matter.title,
            now,
            tx.actor().user
        ],
    )
    .await?;
    join(tx, id, matter.agency, "lead").await?;
    tx.record(Event::new(
        SUBJECT,
        id.0,
        "case.opened",
        json!({ "agency": matter.agency, "kind": matter.kind, "matter": matter.id }),
    ));
    Ok(id)
}

/// A matter is worked on in a case from now on: the agency whose it was takes part in the case.
///
/// # Errors
/// [`DbError`].
pub async fn take_in(tx: &mut Tx, case: CaseId, matter: &Matter) -> Result<(), DbError> {
    join(tx, case, matter.agency, "member").await?;
    tx.run(
        sql!("update cases set version = version + 1 where id = $1"),
        args![case],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        case.0,
        "case.matter_joined",
        json!({ "matter": matter.id }),
    ));
    Ok(())
}

async fn join(tx: &mut Tx, case: CaseId, agency: Uuid, part: &str) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "insert into case_agencies (case_id, agency, part, since) values ($1, $2, $3, $4)
             on conflict (case_id, agency) do nothing"
        ),
        args![case, agency, part, now],
    )
    .await
    .map(drop)
}

/// The matters of a case, oldest first: id, reference, title and agency.
///
/// # Errors
/// [`DbError`].
pub async fn matters_of(
    tx: &mut ReadTx,
    case: CaseId,
) -> Result<Vec<(MatterId, String, String)>, DbError> {
    tx.all(
        sql!("select id, reference, title from matters where case_id = $1 order by opened_at, id"),
        args![case],
    )
    .await?
    .iter()
    .map(|row| {
        Ok((
            MatterId(row.get("id")?),
            row.get("reference")?,
            row.get("title")?,
        ))
    })
    .collect()
}
