//! Work in the background: acknowledging, sending what waited, and bringing failures back to the
//! owner.

use chrono::Duration;
use commonweal_core::events::{Actor, Event};
use commonweal_core::jobs::{self, JobKind};
use commonweal_core::mail::{Mail, MailError};
use commonweal_core::{DbError, Tx, args, read, sql, write};
use commonweal_records::matters::{self, Channel as Door, Report, ReportId};
use serde_json::json;

use super::model::Message;
use super::send::{self, Sender, ToSend};
use super::store;

/// The job that acknowledges a report.
pub const ACKNOWLEDGE: &str = "messages.acknowledge";
/// The job that sends what waited and brings back what failed.
pub const DELIVER: &str = "messages.deliver";
/// How often [`DELIVER`] runs.
pub const EVERY: Duration = Duration::minutes(1);
/// How many messages one run takes up.
const MOST: i64 = 200;

/// Puts down the job that acknowledges a report, where it came by a door at which somebody expects
/// an answer: not from a partner's file, a member, or the tracking page, which answers by itself.
///
/// # Errors
/// [`DbError`].
pub async fn acknowledge_later(tx: &mut Tx, report: &Report) -> Result<(), DbError> {
    let expected = matches!(
        report.channel,
        Door::Public | Door::Telephone | Door::InPerson | Door::Email | Door::Open311
    );
    if expected && report.reporter.is_some() {
        jobs::enqueue(tx, ACKNOWLEDGE, json!({ "report": report.id })).await?;
    }
    Ok(())
}

/// The job of [`ACKNOWLEDGE`].
#[must_use]
pub fn acknowledge_job(sender: &Sender) -> JobKind {
    let sender = sender.clone();
    JobKind::new(
        ACKNOWLEDGE,
        "Tell somebody that their report arrived",
        move |context| {
            let sender = sender.clone();
            async move {
                let report = ReportId(context.id("report")?);
                let actor = Actor::system("acknowledgement");
                write!(&context.db, &context.clock, &actor, |tx| {
                    let once = format!("acknowledgement {}", report.0);
                    let to = ToSend {
                        report,
                        template: "acknowledgement",
                        words: "",
                        channel: None,
                        once: Some(&once),
                    };
                    send::send(tx, &sender, &to).await.map(drop)
                })
                .await?;
                Ok(())
            }
        },
    )
}

/// The job of [`DELIVER`]; put it down with `jobs::every(tx, DELIVER, EVERY)`.
#[must_use]
pub fn deliver_job(sender: &Sender) -> JobKind {
    let sender = sender.clone();
    JobKind::new(
        DELIVER,
        "Send messages that waited, and bring back what could not be delivered",
        move |context| {
            let sender = sender.clone();
            async move {
                let actor = Actor::system("messages");
                let now = context.clock.now();
                let (due, ended) = read!(&context.db, |tx| {
                    let due = store::due(tx, now, MOST).await?;
                    Ok::<_, DbError>((due, store::ended(tx, MOST).await?))
                })
                .await?;
                for message in due {
                    write!(&context.db, &context.clock, &actor, |tx| {
                        send::send_waiting(tx, &sender, &message).await
                    })
                    .await?;
                }
                for (message, state) in ended {
                    write!(&context.db, &context.clock, &actor, |tx| {
                        if state == "failed" {
                            let why = "The mail or text service refused it.";
                            store::set_state(tx, &message, "failed", Some(why), None, None).await?;
                            return tell_owner(tx, &sender, &message).await;
                        }
                        store::set_state(tx, &message, "sent", None, None, None).await
                    })
                    .await?;
                }
                crate::tracking::sweep(&context.db, &context.clock).await?;
                Ok(())
            }
        },
    )
}

/// Tells the owner of a matter that there is something to do about a message: by mail that names the
/// reference only. Without an owner it stands on the home page of those who may decide.
pub(crate) async fn tell_owner(
    tx: &mut Tx,
    sender: &Sender,
    message: &Message,
) -> Result<(), DbError> {
    let matter = matters::matter_of_report(tx, message.report).await?;
    let owner = tx
        .optional(
            sql!("select email from users where id = $1 and active"),
            args![matter.owner],
        )
        .await?;
    let Some(owner) = owner else {
        return Ok(());
    };
    let what = if message.direction == "in" {
        "somebody wrote to you"
    } else {
        "a message could not be delivered"
    };
    let mail = Mail {
        to: owner.get("email")?,
        kind: "messages.owner",
        subject: format!("{}: {what}", matter.reference),
        text: format!(
            "In {}, {what}.\n\n{}{}/messages\n\nSign in to read it.",
            matter.reference,
            sender.address,
            matter.href()
        ),
    };
    match tx.send_mail(mail).await {
        Ok(_) => {}
        Err(MailError::Db(error)) => return Err(error),
        Err(error) => tracing::warn!(%error, "an owner could not be told of a message"),
    }
    tx.record(Event::new(
        matters::SUBJECT,
        matter.id.0,
        "matter.owner_told",
        json!({ "message": message.id }),
    ));
    Ok(())
}
