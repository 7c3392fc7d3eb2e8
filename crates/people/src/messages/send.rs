//! The one way in which anything is written to somebody who reported: template, safe contact, the
//! outbox, the tracking page.

use chrono::{DateTime, Utc};
use commonweal_access::web::App;
use commonweal_core::mail::Mail;
use commonweal_core::{DbError, ReadTx, Tx};
use commonweal_records::matters::{self, Identity, Matter, Report, ReportId};
use commonweal_records::party::{Party, store as parties};
use uuid::Uuid;

use super::merge::{Fields, Value};
use super::model::{Channel, Choice, LONGEST_TEXT, Message, MessageId, Way, choose};
use super::store::{self, NewMessage};
use super::{templates, texts};
use crate::tracking;
use crate::triage;

/// The kind of all mail and texts to reporters, in the outbox.
pub(crate) const KIND: &str = "messages.out";
/// Where a private link goes out; what is stored holds no secret.
pub(crate) const LINK: &str = "{link}";

/// From whom and from where messages come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The partnership's name.
    pub partnership: String,
    /// The address of the service, without a slash at its end.
    pub address: String,
}

impl Sender {
    /// That of the application.
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self {
            partnership: app.settings.partnership_name.clone(),
            address: app.settings.address.trim_end_matches('/').to_owned(),
        }
    }
}

/// A message that somebody is to get.
#[derive(Debug, Clone)]
pub struct ToSend<'a> {
    /// To whoever sent this report.
    pub report: ReportId,
    /// The template's key, such as `answer`.
    pub template: &'a str,
    /// An officer's words, for templates with the field `words`.
    pub words: &'a str,
    /// By what; none for the safest way that may be used.
    pub channel: Option<Channel>,
    /// Names it, so that the same twice is one message.
    pub once: Option<&'a str>,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the outbox.
    Queued(Channel),
    /// It waits until the person may be reached: until when, and why.
    Waits(DateTime<Utc>, String),
    /// It stands on the tracking page only; why.
    PageOnly(String),
    /// It is a letter to be printed.
    ToPrint(MessageId),
    /// Nothing was sent or stored: why, in words without personal data.
    Refused(String),
    /// It was sent before.
    Again,
}

/// The person of a report, where there is one who may be written to by name.
pub(crate) async fn person(tx: &mut ReadTx, report: &Report) -> Result<Option<Party>, DbError> {
    match report.reporter {
        Some(party) if report.identity != Identity::Anonymous => {
            Ok(Some(parties::find(tx, party).await?))
        }
        _ => Ok(None),
    }
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

/// The fields of a message about a report.
fn fields(
    sender: &Sender,
    report: &Report,
    matter: &Matter,
    words: &str,
    now: DateTime<Utc>,
) -> Fields {
    Fields::from([
        ("reference", text(&report.reference)),
        ("partnership", text(&sender.partnership)),
        ("promise", text(&tracking::promise(matter, now))),
        ("words", text(words)),
        ("link", text(LINK)),
    ])
}

fn wrong(error: &super::merge::MergeError) -> DbError {
    DbError::Setup(format!("a message cannot be made: {error}"))
}

/// Writes to whoever sent a report, as their wishes about safe contact allow: now, at the next hour
/// at which they may be reached, by letter, or on the tracking page alone.
///
/// Nothing is sent where an officer switched the page and notifications off, and nothing but the
/// tracking page reaches somebody anonymous. A template that is marked safe for victims also puts
/// its line on the tracking page.
///
/// # Errors
/// [`DbError::NotFound`] where there is no such report or template.
pub async fn send(tx: &mut Tx, sender: &Sender, to: &ToSend<'_>) -> Result<Outcome, DbError> {
    if let Some(once) = to.once
        && store::sent_before(tx, once).await?
    {
        // The caller's write must say what it did.
        tx.record(commonweal_core::events::Event::new(
            matters::REPORT_SUBJECT,
            to.report.0,
            "report.message_again",
            serde_json::json!({}),
        ));
        return Ok(Outcome::Again);
    }
    let report = matters::report(tx, to.report).await?;
    let matter = matters::load(tx, report.matter).await?;
    let today = tx
        .now()
        .with_timezone(&chrono_tz::Europe::London)
        .date_naive();
    let template = templates::load(tx, to.template, today).await?;
    let fields = fields(sender, &report, &matter, to.words, tx.now());
    let body = template.body.fill(&fields).map_err(|error| wrong(&error))?;
    let mut new = NewMessage {
        report: report.id,
        direction: "out",
        channel: to.channel.unwrap_or(Channel::Page),
        template: Some(&template.key),
        subject: &template.subject,
        body: &body,
        on_page: template.line.is_none(),
        state: "held",
        why: None,
        send_after: None,
        delivery: None,
        dedup: to.once,
    };
    if tracking::is_off(tx, &report).await? {
        const WHY: &str = "The tracking page and all notifications are switched off.";
        new.why = Some(WHY);
        store::add(tx, &new).await?;
        return Ok(Outcome::Refused(WHY.to_owned()));
    }
    if to.channel == Some(Channel::Letter) && triage::contact_stopped(tx, matter.id).await? {
        return refuse(
            tx,
            &report,
            "Domestic abuse may be behind this. No letter goes to this address until it is ruled out.",
        );
    }
    if let Some(line) = &template.line {
        let line = line.fill(&fields).map_err(|error| wrong(&error))?;
        tracking::add_line(
            tx,
            &matter,
            Some(report.id),
            line.trim(),
            Some(&template.key),
        )
        .await?;
    }
    let choice = match person(tx, &report).await? {
        Some(party) => choose(&party, to.channel, tx.now()),
        None if matches!(to.channel, None | Some(Channel::Page)) => Choice::Never(
            "Nobody knows how to reach this person: they read it on the tracking page.".to_owned(),
        ),
        None => {
            return refuse(
                tx,
                &report,
                "Nobody knows how to reach this person. Write on the tracking page.",
            );
        }
    };
    let short = template.text.fill(&fields).map_err(|error| wrong(&error))?;
    match choice {
        Choice::Now(way) if way.channel == Channel::Letter => {
            (new.channel, new.state) = (Channel::Letter, "to_print");
            let id = store::add(tx, &new).await?;
            Ok(Outcome::ToPrint(id))
        }
        Choice::Now(way) if matches!(way.channel, Channel::Email | Channel::Text) => {
            let delivery = hand_over(
                tx,
                sender,
                report.id,
                &way,
                &template.subject,
                &body,
                &short,
            )
            .await?;
            (new.channel, new.state, new.delivery) = (way.channel, "queued", Some(delivery));
            store::add(tx, &new).await?;
            Ok(Outcome::Queued(way.channel))
        }
        Choice::Now(_) => {
            new.state = "page";
            store::add(tx, &new).await?;
            Ok(Outcome::PageOnly("As asked.".to_owned()))
        }
        Choice::Later(way, at, why) => {
            (new.channel, new.state) = (way.channel, "waiting");
            (new.send_after, new.why) = (Some(at), Some(why.as_str()));
            store::add(tx, &new).await?;
            Ok(Outcome::Waits(at, why))
        }
        Choice::Never(why) if to.channel.is_none_or(|channel| channel == Channel::Page) => {
            (new.channel, new.state, new.why) = (Channel::Page, "page", Some(why.as_str()));
            store::add(tx, &new).await?;
            Ok(Outcome::PageOnly(why))
        }
        Choice::Never(why) => refuse(tx, &report, &why),
    }
}

fn refuse(tx: &mut Tx, report: &Report, why: &str) -> Result<Outcome, DbError> {
    tx.record(commonweal_core::events::Event::new(
        matters::REPORT_SUBJECT,
        report.id.0,
        "report.message_refused",
        serde_json::json!({}),
    ));
    Ok(Outcome::Refused(why.to_owned()))
}

/// Puts words into the outbox: the whole of them, or the notice that tells nothing.
async fn hand_over(
    tx: &mut Tx,
    sender: &Sender,
    report: ReportId,
    way: &Way,
    subject: &str,
    body: &str,
    short: &str,
) -> Result<Uuid, DbError> {
    let today = tx
        .now()
        .with_timezone(&chrono_tz::Europe::London)
        .date_naive();
    let long_text = way.channel == Channel::Text && short.chars().count() > LONGEST_TEXT;
    let (subject, mut body, mut short) = (subject.to_owned(), body.to_owned(), short.to_owned());
    let subject = if way.discreet || long_text {
        let notice = templates::load(tx, "notice", today).await?;
        let none = Fields::new();
        body = notice.body.fill(&none).map_err(|error| wrong(&error))?;
        short = notice.text.fill(&none).map_err(|error| wrong(&error))?;
        notice.subject
    } else {
        subject
    };
    let words = if way.channel == Channel::Text {
        short
    } else {
        body
    };
    let words = with_link(tx, sender, report, words).await?;
    deliver(tx, way, subject, words, KIND).await
}

/// Words with a private link where one goes.
async fn with_link(
    tx: &mut Tx,
    sender: &Sender,
    report: ReportId,
    words: String,
) -> Result<String, DbError> {
    if !words.contains(LINK) {
        return Ok(words);
    }
    let secret = tracking::make_link(tx, report).await?;
    Ok(words.replace(LINK, &format!("{}/track/{secret}", sender.address)))
}

/// Puts finished words into the outbox, by a way that [`choose`] allowed.
pub(crate) async fn deliver(
    tx: &mut Tx,
    way: &Way,
    subject: String,
    words: String,
    kind: &'static str,
) -> Result<Uuid, DbError> {
    if way.channel == Channel::Text {
        return texts::put(tx, &way.to, &words, kind).await;
    }
    Ok(tx
        .send_mail(Mail {
            to: way.to.clone(),
            subject,
            text: words,
            kind,
        })
        .await?)
}

/// Sends a message whose hour has come, if the person's wishes still allow it.
pub(crate) async fn send_waiting(
    tx: &mut Tx,
    sender: &Sender,
    message: &Message,
) -> Result<(), DbError> {
    let report = matters::report(tx, message.report).await?;
    if tracking::is_off(tx, &report).await? {
        let why = "The tracking page and all notifications are switched off.";
        return store::set_state(tx, message, "held", Some(why), None, None).await;
    }
    let Some(party) = person(tx, &report).await? else {
        return store::set_state(tx, message, "page", None, None, None).await;
    };
    match choose(&party, Some(message.channel), tx.now()) {
        Choice::Now(way) => {
            let delivery = hand_over(
                tx,
                sender,
                report.id,
                &way,
                &message.subject,
                &message.body,
                &message.body,
            )
            .await?;
            store::set_state(tx, message, "queued", None, None, Some(delivery)).await
        }
        Choice::Later(_, at, why) => {
            store::set_state(tx, message, "waiting", Some(&why), Some(at), None).await
        }
        Choice::Never(why) => {
            store::set_state(tx, message, "failed", Some(&why), None, None).await?;
            super::jobs::tell_owner(tx, sender, message).await
        }
    }
}
