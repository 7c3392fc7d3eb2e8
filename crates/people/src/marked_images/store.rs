//! Marked files in the database. Events hold ids, never a name or content.

use chrono::{DateTime, Utc};
use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::events::Event;
use commonweal_core::ids::{Reference, uuid_at};
use commonweal_core::mail::{Mail, MailError};
use commonweal_core::{DbError, ReadTx, Row, Tx, args, list, sql};
use commonweal_records::matters::{self, ReportId};
use serde_json::json;
use uuid::Uuid;

use super::Police;

const SUBJECT: &str = "blocked_file";
/// The kind of reference.
const PREFIX: &str = "F";
/// What the alerts are for, in the outbox.
const ALERT: &str = "files.stopped";

pub(super) static MARKED: List = List {
    columns: "blocked_files.sha256, blocked_files.id, blocked_files.reference, blocked_files.marked_at, blocked_files.marked_by, \
              blocked_files.subject_kind, blocked_files.subject, blocked_files.officers, blocked_files.police, \
              blocked_files.released_at, blocked_files.released_by, blocked_files.reason, blocked_files.version",
    from: "blocked_files",
    key: "blocked_files.id",
    filters: &[Filter {
        name: "id",
        sql: "blocked_files.id = ?",
    }],
    sorts: &[Sort {
        name: "newest",
        by: "blocked_files.marked_at",
        descending: true,
    }],
};
list!(MARKED);

/// A use of a file.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) id: Uuid,
    pub(super) sha256: String,
    pub(super) subject_kind: String,
    pub(super) subject: Uuid,
    pub(super) created_by: Option<Uuid>,
}

/// The report that a file came with: itself, or as an answer of its forms.
pub(super) async fn report_of(tx: &mut ReadTx, one: &Use) -> Result<Option<ReportId>, DbError> {
    match one.subject_kind.as_str() {
        matters::REPORT_SUBJECT => Ok(Some(ReportId(one.subject))),
        "form_record" => tx
            .optional(
                sql!(
                    "select id from reports where record = $1
                     union select report from report_additions where record = $1"
                ),
                args![one.subject],
            )
            .await?
            .map(|row| row.at(0).map(ReportId))
            .transpose(),
        _ => Ok(None),
    }
}

/// A use of a file, by its id.
pub(super) async fn file_use(tx: &mut ReadTx, id: Uuid) -> Result<Use, DbError> {
    let row = tx
        .one(
            sql!("select sha256, subject_kind, subject, created_by from file_uses where id = $1"),
            args![id],
        )
        .await?;
    Ok(Use {
        id,
        sha256: row.get("sha256")?,
        subject_kind: row.get("subject_kind")?,
        subject: row.get("subject")?,
        created_by: row.get("created_by")?,
    })
}

/// A file that was marked.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    pub(super) sha256: String,
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) marked_at: DateTime<Utc>,
    pub(super) marked_by: Uuid,
    /// How many data protection officers were alerted.
    pub(super) officers: i64,
    pub(super) police: bool,
    pub(super) released_at: Option<DateTime<Utc>>,
    pub(super) released_by: Option<Uuid>,
    pub(super) reason: String,
    pub(super) version: i64,
}

impl Marked {
    pub(super) fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            sha256: row.get("sha256")?,
            id: row.get("id")?,
            reference: row.get("reference")?,
            marked_at: row.get("marked_at")?,
            marked_by: row.get("marked_by")?,
            officers: row.get("officers")?,
            police: row.get("police")?,
            released_at: row.get("released_at")?,
            released_by: row.get("released_by")?,
            reason: row.get("reason")?,
            version: row.get("version")?,
        })
    }
}

/// What was marked of a content; none where nothing ever was.
pub(super) async fn of_content(tx: &mut ReadTx, sha256: &str) -> Result<Option<Marked>, DbError> {
    tx.optional(
        sql!("select * from blocked_files where sha256 = $1"),
        args![sha256],
    )
    .await?
    .as_ref()
    .map(Marked::from_row)
    .transpose()
}

/// A marked file by its reference.
pub(super) async fn by_reference(tx: &mut ReadTx, reference: &str) -> Result<Marked, DbError> {
    let row = tx
        .one(
            sql!("select * from blocked_files where reference = $1"),
            args![reference],
        )
        .await?;
    Marked::from_row(&row)
}

/// Where a content is named: `subject_kind` and `subject` of each use, oldest first.
pub(super) async fn uses(tx: &mut ReadTx, sha256: &str) -> Result<Vec<(String, Uuid)>, DbError> {
    tx.all(
        sql!(
            "select subject_kind, subject from file_uses where sha256 = $1 order by created_at, id"
        ),
        args![sha256],
    )
    .await?
    .iter()
    .map(|row| Ok((row.get("subject_kind")?, row.get("subject")?)))
    .collect()
}

/// Addresses of those who may release a marked file: the data protection officers.
async fn officers(tx: &mut ReadTx) -> Result<Vec<String>, DbError> {
    tx.all(
        sql!(
            "select distinct users.email from users join user_roles on user_roles.user_id = users.id
             join role_grants on role_grants.role = user_roles.role join agencies on agencies.id = users.agency
             where users.active and agencies.active and role_grants.action = 'release_marked_files' order by users.email"
        ),
        args![],
    )
    .await?
    .iter()
    .map(|row| row.get("email"))
    .collect()
}

/// Stops a content for everybody and alerts those who have to know. Marking what is stopped already
/// changes nothing and alerts nobody again.
///
/// # Errors
/// [`DbError`].
pub(super) async fn mark(
    tx: &mut Tx,
    by: Uuid,
    one: &Use,
    police: &Police,
    address: &str,
) -> Result<(), DbError> {
    let before = of_content(tx, &one.sha256).await?;
    if let Some(stopped) = before.as_ref().filter(|one| one.released_at.is_none()) {
        let data = json!({ "file_use": one.id });
        tx.record(Event::new(SUBJECT, stopped.id, "file.marked_again", data));
        return Ok(());
    }
    let now = tx.now();
    let (id, reference) = match &before {
        Some(released) => (released.id, released.reference.clone()),
        None => (uuid_at(now), fresh()?),
    };
    let to = officers(tx).await?;
    let mut told = 0_i64;
    for to in &to {
        let words = format!(
            "Somebody marked a file as perhaps an indecent image of a child. Its reference is {reference}.\n\n\
             Nobody can open, download or copy it now. Nothing of it is in this message, and nothing of it may be sent by mail. \
             Do not try to look at it.\n\n{address}/marked-files/{reference}\n\nSign in to see where it is, and to agree with the police what happens next."
        );
        told += i64::from(alert(tx, to, &reference, words).await?);
    }
    let mut police_told = false;
    if let Some(to) = &police.mail {
        let words = format!(
            "A colleague in the partnership marked a file as perhaps an indecent image of a child. Its reference is {reference}.\n\n\
             It was stopped at {} (UTC): nobody can open, download or copy it, and it is kept as it is. Nothing of it is in this message. \
             The partnership’s data protection officer was told and can say who marked it and where it came from.",
            now.format("%-d %B %Y, %H:%M")
        );
        police_told = alert(tx, to, &reference, words).await?;
    }
    tx.run(
        sql!(
            "insert into blocked_files (sha256, id, reference, marked_at, marked_by, file_use, subject_kind, subject, officers, police, reason, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 1)
             on conflict (sha256) do update set marked_at = excluded.marked_at, marked_by = excluded.marked_by, file_use = excluded.file_use,
               subject_kind = excluded.subject_kind, subject = excluded.subject, officers = excluded.officers, police = excluded.police,
               released_at = null, released_by = null, reason = '', version = blocked_files.version + 1"
        ),
        args![
            &one.sha256,
            id,
            &reference,
            now,
            by,
            one.id,
            &one.subject_kind,
            one.subject,
            told,
            police_told
        ],
    )
    .await?;
    // Where it was named at this moment stays known, whatever becomes of those records.
    let named: Vec<_> = uses(tx, &one.sha256)
        .await?
        .into_iter()
        .map(|(kind, subject)| json!({ "kind": kind, "subject": subject }))
        .collect();
    tx.record(Event::new(
        SUBJECT,
        id,
        "file.marked",
        json!({ "sha256": one.sha256, "file_use": one.id, "named_by": named, "officers": told, "police": police_told }),
    ));
    Ok(())
}

/// A reference; the table's unique column settles what was drawn twice.
fn fresh() -> Result<String, DbError> {
    Reference::random(PREFIX)
        .map(|drawn| drawn.as_str().to_owned())
        .map_err(|_| DbError::Setup("the system gives no random numbers".to_owned()))
}

/// Sends one alert; gives whether it could be.
async fn alert(tx: &mut Tx, to: &str, reference: &str, text: String) -> Result<bool, DbError> {
    let mail = Mail {
        to: to.to_owned(),
        kind: ALERT,
        subject: format!("A file was stopped: {reference}"),
        text,
    };
    match tx.send_mail(mail).await {
        Ok(_) => Ok(true),
        Err(MailError::Db(error)) => Err(error),
        // An address that is none is passed over: the others hear of it.
        Err(error) => {
            tracing::warn!(%error, "an alert about a stopped file could not be sent");
            Ok(false)
        }
    }
}

/// Gives a content free again.
///
/// # Errors
/// [`DbError::Stale`] where somebody else changed it meanwhile.
pub(super) async fn release(
    tx: &mut Tx,
    by: Uuid,
    one: &Marked,
    version: i64,
    reason: &str,
) -> Result<(), DbError> {
    let now = tx.now();
    let changed = tx
        .run(
            sql!(
                "update blocked_files set released_at = $3, released_by = $4, reason = $5, version = version + 1
                 where sha256 = $1 and version = $2 and released_at is null"
            ),
            args![&one.sha256, version, now, by, reason],
        )
        .await?;
    if changed == 0 {
        return Err(DbError::Stale);
    }
    let data = json!({ "sha256": one.sha256, "reason": reason });
    tx.record(Event::new(SUBJECT, one.id, "file.released", data));
    Ok(())
}
