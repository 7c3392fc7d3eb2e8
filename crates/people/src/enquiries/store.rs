//! Enquiries in the database. Questions and answers stay in their rows: events hold none of them.

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_access::policy::Resource;
use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, list, sql};
use commonweal_records::matters::{ENQUIRY, fresh};
use serde_json::json;
use uuid::Uuid;

const SUBJECT: &str = "enquiry";

pub(super) static ENQUIRIES: List = List {
    columns: "enquiries.id, enquiries.reference, enquiries.state, enquiries.asked_by_name, enquiries.authority, \
              enquiries.due_on, enquiries.asked_at",
    from: "enquiries",
    key: "enquiries.id",
    filters: &[Filter {
        name: "state",
        sql: "enquiries.state = ?",
    }],
    sorts: &[Sort {
        name: "due",
        by: "enquiries.due_on",
        descending: false,
    }],
};
list!(ENQUIRIES);

/// A new enquiry.
#[derive(Debug, Clone)]
pub(super) struct NewEnquiry {
    /// An id that the page made, so that a form sent twice makes one.
    pub(super) id: Uuid,
    pub(super) agency: Uuid,
    pub(super) asked_by_name: String,
    pub(super) asked_by_user: Option<Uuid>,
    pub(super) resident: Option<Uuid>,
    pub(super) matter: Option<Uuid>,
    pub(super) authority: String,
    pub(super) authority_note: String,
    pub(super) question: String,
    pub(super) due_on: NaiveDate,
}

/// Puts an enquiry down; gives its reference.
pub(super) async fn add(tx: &mut Tx, new: &NewEnquiry) -> Result<String, DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    let known = tx
        .optional(
            sql!("select reference from enquiries where id = $1"),
            args![new.id],
        )
        .await?;
    if let Some(row) = known {
        tx.record(Event::new(SUBJECT, new.id, "enquiry.sent_again", json!({})));
        return row.get("reference");
    }
    let reference = fresh(tx, ENQUIRY).await?;
    tx.run(
        sql!(
            "insert into enquiries (id, reference, state, agency, owner, matter, asked_by_name, asked_by_user, resident,
             authority, authority_note, question, due_on, asked_at, version)
             values ($1, $2, 'open', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)"
        ),
        args![
            new.id,
            &reference,
            new.agency,
            by,
            new.matter,
            &new.asked_by_name,
            new.asked_by_user,
            new.resident,
            &new.authority,
            &new.authority_note,
            &new.question,
            new.due_on,
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        new.id,
        "enquiry.asked",
        json!({ "agency": new.agency, "authority": new.authority, "due_on": new.due_on, "matter": new.matter }),
    ));
    Ok(reference)
}

/// An enquiry as stored.
#[derive(Debug, Clone)]
pub(super) struct Enquiry {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) state: String,
    pub(super) agency: Uuid,
    pub(super) matter: Option<Uuid>,
    pub(super) asked_by_name: String,
    pub(super) asked_by_user: Option<Uuid>,
    pub(super) resident: Option<Uuid>,
    pub(super) authority: String,
    pub(super) authority_note: String,
    pub(super) question: String,
    pub(super) answer: Option<String>,
    pub(super) due_on: NaiveDate,
    pub(super) asked_at: DateTime<Utc>,
    pub(super) answered_at: Option<DateTime<Utc>>,
    pub(super) version: i64,
}

impl Enquiry {
    pub(super) fn resource(&self) -> Resource {
        Resource::enquiry(self.id, self.agency, self.asked_by_user)
    }

    fn of(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get("id")?,
            reference: row.get("reference")?,
            state: row.get("state")?,
            agency: row.get("agency")?,
            matter: row.get("matter")?,
            asked_by_name: row.get("asked_by_name")?,
            asked_by_user: row.get("asked_by_user")?,
            resident: row.get("resident")?,
            authority: row.get("authority")?,
            authority_note: row.get("authority_note")?,
            question: row.get("question")?,
            answer: row.get("answer")?,
            due_on: row.get("due_on")?,
            asked_at: row.get("asked_at")?,
            answered_at: row.get("answered_at")?,
            version: row.get("version")?,
        })
    }
}

/// The enquiry of a reference.
pub(super) async fn find(tx: &mut ReadTx, reference: &str) -> Result<Enquiry, DbError> {
    let text = sql!("select * from enquiries where reference = $1");
    Enquiry::of(&tx.one(text, args![reference]).await?)
}

/// Answers an enquiry, or closes it without an answer, unless somebody else changed it since `version`.
pub(super) async fn answer(
    tx: &mut Tx,
    id: Uuid,
    version: i64,
    answer: Option<&str>,
) -> Result<(), DbError> {
    let now = tx.now();
    let state = if answer.is_some() {
        "answered"
    } else {
        "closed"
    };
    tx.run_versioned(
        sql!(
            "update enquiries set state = $3, answer = $4, answered_at = $5, version = version + 1
             where id = $1 and version = $2"
        ),
        args![id, version, state, answer.map(str::to_owned), now],
    )
    .await?;
    let kind = if answer.is_some() {
        "enquiry.answered"
    } else {
        "enquiry.closed"
    };
    tx.record(Event::new(SUBJECT, id, kind, json!({})));
    Ok(())
}

/// People with an account who are elected: id and name.
pub(super) async fn members(tx: &mut ReadTx) -> Result<Vec<(Uuid, String)>, DbError> {
    tx.all(
        sql!(
            "select users.id, users.name from users join user_roles on user_roles.user_id = users.id
             where user_roles.role = 'elected-member' and users.active order by users.name, users.id"
        ),
        args![],
    )
    .await?
    .iter()
    .map(|row| Ok((row.get("id")?, row.get("name")?)))
    .collect()
}
