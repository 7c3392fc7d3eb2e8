//! Messages in the database.

use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, sql};
use commonweal_records::matters::{MatterId, REPORT_SUBJECT, ReportId};
use serde_json::json;
use uuid::Uuid;

use super::model::{Channel, Message, MessageId};

/// A message that is about to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewMessage<'a> {
    pub(crate) report: ReportId,
    pub(crate) direction: &'static str,
    pub(crate) channel: Channel,
    pub(crate) template: Option<&'a str>,
    pub(crate) subject: &'a str,
    pub(crate) body: &'a str,
    pub(crate) on_page: bool,
    pub(crate) state: &'static str,
    pub(crate) why: Option<&'a str>,
    pub(crate) send_after: Option<DateTime<Utc>>,
    pub(crate) delivery: Option<Uuid>,
    pub(crate) dedup: Option<&'a str>,
}

/// Stores a message; the event tells of it without its words.
pub(crate) async fn add(tx: &mut Tx, new: &NewMessage<'_>) -> Result<MessageId, DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    let id = MessageId(uuid_at(now));
    tx.run(
        sql!(
            "insert into messages (id, report, direction, channel, template, subject, body, on_page, state, why,
             send_after, delivery, dedup, by_user, at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        ),
        args![
            id,
            new.report,
            new.direction,
            new.channel.name(),
            new.template,
            new.subject,
            new.body,
            new.on_page,
            new.state,
            new.why,
            new.send_after,
            new.delivery,
            new.dedup,
            by,
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        new.report.0,
        match new.direction {
            "in" => "report.message_received",
            "note" => "report.call_noted",
            _ => "report.message_written",
        },
        json!({ "message": id, "channel": new.channel.name(), "template": new.template, "state": new.state }),
    ));
    Ok(id)
}

/// A message from its row.
fn message(row: &Row) -> Result<Message, DbError> {
    let channel: String = row.get("channel")?;
    Ok(Message {
        id: MessageId(row.get("id")?),
        report: ReportId(row.get("report")?),
        direction: row.get("direction")?,
        channel: Channel::from_name(&channel).unwrap_or(Channel::Page),
        template: row.get("template")?,
        subject: row.get("subject")?,
        body: row.get("body")?,
        on_page: row.get("on_page")?,
        state: row.get("state")?,
        why: row.get("why")?,
        send_after: row.get("send_after")?,
        by: row.get("by_user")?,
        at: row.get("at")?,
        handled: row.get::<Option<DateTime<Utc>>>("handled_at")?.is_some(),
    })
}

/// The messages of a report, oldest first.
///
/// # Errors
/// [`DbError`].
pub async fn of_report(tx: &mut ReadTx, report: ReportId) -> Result<Vec<Message>, DbError> {
    tx.all(
        sql!("select * from messages where report = $1 order by at, id"),
        args![report],
    )
    .await?
    .iter()
    .map(message)
    .collect()
}

/// A message.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn load(tx: &mut ReadTx, id: MessageId) -> Result<Message, DbError> {
    message(
        &tx.one(sql!("select * from messages where id = $1"), args![id])
            .await?,
    )
}

/// Whether a message was sent before.
pub(crate) async fn sent_before(tx: &mut ReadTx, dedup: &str) -> Result<bool, DbError> {
    let known = tx
        .count(
            sql!("select count(*) from messages where dedup = $1"),
            args![dedup],
        )
        .await?;
    Ok(known > 0)
}

/// Changes what became of a message.
pub(crate) async fn set_state(
    tx: &mut Tx,
    message: &Message,
    state: &str,
    why: Option<&str>,
    send_after: Option<DateTime<Utc>>,
    delivery: Option<Uuid>,
) -> Result<(), DbError> {
    tx.run(
        sql!(
            "update messages set state = $2, why = $3, send_after = $4, delivery = coalesce($5, delivery) where id = $1"
        ),
        args![message.id, state, why, send_after, delivery],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        message.report.0,
        "report.message_state",
        json!({ "message": message.id, "state": { "was": message.state, "is": state } }),
    ));
    Ok(())
}

/// Somebody dealt with a failure, a letter or an answer.
///
/// # Errors
/// [`DbError::Stale`] where somebody did before.
pub(crate) async fn handle(tx: &mut Tx, message: &Message) -> Result<(), DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    let state = if message.state == "to_print" {
        "printed"
    } else {
        &message.state
    };
    tx.run_versioned(
        sql!(
            "update messages set handled_at = $2, handled_by = $3, state = $4 where id = $1 and handled_at is null"
        ),
        args![message.id, now, by, state],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        message.report.0,
        "report.message_handled",
        json!({ "message": message.id }),
    ));
    Ok(())
}

/// What the person opened on the tracking page.
pub(crate) async fn seen(tx: &mut Tx, report: ReportId) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "update messages set seen_at = $2 where report = $1 and direction = 'out' and on_page and seen_at is null"
        ),
        args![report, now],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        report.0,
        "report.page_read",
        json!({}),
    ));
    Ok(())
}

/// Messages whose hour has come, at most `most`.
pub(crate) async fn due(
    tx: &mut ReadTx,
    now: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Message>, DbError> {
    tx.all(
        sql!(
            "select * from messages where state = 'waiting' and send_after <= $1 order by send_after, id limit $2"
        ),
        args![now, most],
    )
    .await?
    .iter()
    .map(message)
    .collect()
}

/// Messages whose mail or text ended in the outbox, each with how; at most `most`.
pub(crate) async fn ended(tx: &mut ReadTx, most: i64) -> Result<Vec<(Message, String)>, DbError> {
    tx.all(
        sql!(
            "select messages.*, outbox.state as ended from messages join outbox on outbox.id = messages.delivery
             where messages.state = 'queued' and outbox.state <> 'waiting' order by messages.at limit $1"
        ),
        args![most],
    )
    .await?
    .iter()
    .map(|row| Ok((message(row)?, row.get("ended")?)))
    .collect()
}

/// What somebody has to do about the messages of a matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ToDo {
    /// Messages that somebody sent us and nobody dealt with.
    pub received: i64,
    /// Messages that could not be delivered.
    pub failed: i64,
    /// Letters to be printed.
    pub letters: i64,
}

impl ToDo {
    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What somebody has to do about the messages of a matter.
///
/// # Errors
/// [`DbError`].
pub async fn to_do(tx: &mut ReadTx, matter: MatterId) -> Result<ToDo, DbError> {
    let rows = tx
        .all(
            sql!(
                "select messages.state, count(*) as n from messages join reports on reports.id = messages.report
                 where reports.matter = $1 and messages.handled_at is null
                 and messages.state in ('failed', 'received', 'to_print') group by messages.state"
            ),
            args![matter],
        )
        .await?;
    let mut found = ToDo::default();
    for row in rows {
        let (state, n): (String, i64) = (row.get("state")?, row.get("n")?);
        match state.as_str() {
            "failed" => found.failed = n,
            "received" => found.received = n,
            _ => found.letters = n,
        }
    }
    Ok(found)
}

/// A file that came with a report: with a message, on the tracking page, or as an answer of its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    /// Its use.
    pub(crate) id: Uuid,
    /// As whoever sent it called it.
    pub(crate) name: String,
    /// What it is, by its content.
    pub(crate) media_type: String,
    /// Its content.
    pub(crate) sha256: String,
    /// Whether it may be illegal, so that nobody is given it.
    pub(crate) stopped: bool,
}

/// The files of a report, oldest first.
pub(crate) async fn evidence(tx: &mut ReadTx, report: ReportId) -> Result<Vec<Evidence>, DbError> {
    tx.all(
        sql!(
            "select file_uses.id, file_uses.name, files.media_type, file_uses.sha256,
             (select count(*) from blocked_files where blocked_files.sha256 = file_uses.sha256
               and blocked_files.released_at is null) as stopped
             from file_uses join files on files.sha256 = file_uses.sha256
             where file_uses.subject_kind in ('report', 'form_record') and file_uses.subject in (
               select id from reports where id = $1
               union select record from reports where id = $1 and record is not null
               union select record from report_additions where report = $1)
             order by file_uses.created_at, file_uses.id"
        ),
        args![report],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Evidence {
            id: row.get("id")?,
            name: row.get("name")?,
            media_type: row.get("media_type")?,
            sha256: row.get("sha256")?,
            stopped: row.get::<i64>("stopped")? > 0,
        })
    })
    .collect()
}
