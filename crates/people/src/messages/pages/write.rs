//! Writing to whoever sent a report, noting a call, giving a code, dealing with what came.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::Form;
use commonweal_records::matters::Identity;
use uuid::Uuid;

use super::{load, moment, report, thread, to};
use crate::messages::model::{Channel, LONGEST, MessageId};
use crate::messages::send::{Outcome, Sender, ToSend, send as send_message};
use crate::messages::store::{self, NewMessage};
use crate::messages::templates;
use crate::reporting::People;
use crate::tracking::codes;

/// `POST /matters/{matter}/messages/{report}`.
pub(super) async fn send(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference)): Path<(String, String)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::WorkOnReports).await?;
    let (one, party) = report(&people, &loaded, &reference).await?;
    let app = &people.app;
    let words = form.value("words").replace("\r\n", "\n");
    if words.chars().count() > LONGEST {
        form.errors
            .add("words", "The message must be 5,000 characters or fewer");
    }
    let key = form.value("template").to_owned();
    let today = app.clock.today();
    let offered = read!(&app.db, |tx| templates::offered(tx, today).await).await;
    let offered = offered.map_err(|error: DbError| PageError::from(error))?;
    match offered.iter().find(|template| template.key == key) {
        None => form.errors.add("template", "Choose what to send"),
        Some(template) if template.key == "answer" && words.is_empty() => {
            form.errors.add("words", "Enter your message");
        }
        Some(_) => {}
    }
    let chosen = form.value("channel").to_owned();
    let channel = match chosen.as_str() {
        "auto" => Some(None),
        "letter" if !loaded.knows(&one) => None,
        name @ ("email" | "text" | "letter" | "page") => Some(Channel::from_name(name)),
        _ => None,
    };
    if channel.is_none() {
        form.errors.add("channel", "Choose how to send it");
    }
    let outcome = match channel {
        Some(channel) if form.is_valid() => {
            let sender = Sender::of(app);
            let to_send = ToSend {
                report: one.id,
                template: &key,
                words: &words,
                channel,
                once: None,
            };
            let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
                let outcome = send_message(tx, &sender, &to_send).await?;
                if !matches!(outcome, Outcome::Refused(_)) {
                    // An answer deals with what they wrote.
                    for message in store::of_report(tx, one.id).await? {
                        if message.state == "received" && !message.handled {
                            store::handle(tx, &message).await?;
                        }
                    }
                }
                Ok(outcome)
            })
            .await;
            done.map_err(|error: DbError| PageError::from(error))?
        }
        _ => Outcome::Refused(String::new()),
    };
    let told = match outcome {
        Outcome::Queued(channel) => format!("Sent: {}", channel.label()),
        Outcome::Waits(at, why) => format!("It waits until {}. {why}", moment(at)),
        Outcome::PageOnly(why) => format!("It stands on the tracking page only. {why}"),
        Outcome::ToPrint(_) => "The letter is ready to be printed".to_owned(),
        Outcome::Again => "It was sent before".to_owned(),
        Outcome::Refused(why) => {
            if !why.is_empty() {
                form.errors
                    .add("channel", format!("Nothing was sent. {why}"));
            }
            return thread::page(&people, &viewer, &loaded, &one, party.as_ref(), &form, None)
                .await;
        }
    };
    app.flash(&viewer, &told).await?;
    Ok(to(&loaded.href(&format!("/{}", one.reference))))
}

/// `POST /matters/{matter}/messages/{report}/call`: a note of a telephone call.
pub(super) async fn call(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference)): Path<(String, String)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::WorkOnReports).await?;
    let (one, party) = report(&people, &loaded, &reference).await?;
    if one.identity == Identity::Anonymous || !loaded.knows(&one) {
        return Err(PageError::NotFound);
    }
    let app = &people.app;
    let words = form
        .required("note", "Enter what was said")
        .replace("\r\n", "\n");
    if words.chars().count() > LONGEST {
        form.errors
            .add("note", "The note must be 5,000 characters or fewer");
    }
    if !form.is_valid() {
        return thread::page(&people, &viewer, &loaded, &one, party.as_ref(), &form, None).await;
    }
    let new = NewMessage {
        report: one.id,
        direction: "note",
        channel: Channel::Telephone,
        template: None,
        subject: "",
        body: &words,
        on_page: false,
        state: "noted",
        why: None,
        send_after: None,
        delivery: None,
        dedup: None,
    };
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::add(
        tx, &new
    )
    .await
    .map(drop))
    .await;
    done.map_err(|error: DbError| PageError::from(error))?;
    app.flash(&viewer, "The call is noted").await?;
    Ok(to(&loaded.href(&format!("/{}", one.reference))))
}

/// `POST /matters/{matter}/messages/{report}/code`: a code to be told to somebody who is known but has
/// neither e-mail nor mobile. It is shown once.
pub(super) async fn code(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::WorkOnReports).await?;
    let (one, party) = report(&people, &loaded, &reference).await?;
    let app = &people.app;
    let knows = loaded.knows(&one);
    let code = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        if !knows || codes::way(tx, &one).await? != codes::Way::Asked {
            return Err(DbError::NotFound);
        }
        codes::give(tx, one.id).await
    })
    .await;
    let code = code.map_err(|error: DbError| PageError::from(error))?;
    let form = Form::default();
    thread::page(
        &people,
        &viewer,
        &loaded,
        &one,
        party.as_ref(),
        &form,
        Some(code),
    )
    .await
}

/// `POST /matters/{matter}/messages/{report}/{message}/handled`.
pub(super) async fn handled(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference, message)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::WorkOnReports).await?;
    let (one, _) = report(&people, &loaded, &reference).await?;
    let app = &people.app;
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let message = store::load(tx, MessageId(message)).await?;
        if message.report != one.id || !(message.to_do() || message.handled) {
            return Err(DbError::NotFound);
        }
        store::handle(tx, &message).await
    })
    .await;
    done.map_err(|error: DbError| PageError::from(error))?;
    app.flash(&viewer, "It is written down as dealt with")
        .await?;
    Ok(to(&loaded.href(&format!("/{}", one.reference))))
}
