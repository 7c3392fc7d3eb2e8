//! A letter as PDF, and files that somebody added.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::files::FileId;
use commonweal_core::{DbError, read, write};
use commonweal_documents::pdf::{self, Block, Document};
use commonweal_records::party::Party;
use http::{HeaderValue, header};
use uuid::Uuid;

use super::{load, log, report};
use crate::messages::model::{Channel, Choice, MessageId, choose};
use crate::messages::send::{LINK, Sender};
use crate::messages::store;
use crate::reporting::People;
use crate::tracking;
use crate::triage;

/// A letter: the address stands where a window envelope shows it; nothing on it says what it is about
/// before it is opened.
fn document(
    party: &Party,
    partnership: &str,
    address: &str,
    words: &str,
    date: chrono::NaiveDate,
) -> Document {
    let name = party.details.name();
    Document {
        title: format!("Letter to {name}"),
        organisation: partnership.to_owned(),
        date: Some(date),
        blocks: vec![
            Block::Paragraph(format!("{name}\n{address}")),
            Block::Paragraph(date.format("%-d %B %Y").to_string()),
            Block::Paragraph(format!("Dear {name}")),
            Block::Paragraph(words.to_owned()),
        ],
        ..Document::default()
    }
}

/// `GET /matters/{matter}/messages/{report}/{message}/letter`. Each opening of a letter with a link
/// makes a link of its own, as nobody keeps the secret.
pub(super) async fn show(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference, message)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::WorkOnReports).await?;
    let (one, party) = report(&people, &loaded, &reference).await?;
    let party = party
        .filter(|_| loaded.knows(&one))
        .ok_or(PageError::NotFound)?;
    log(
        &people,
        &viewer,
        Action::SeeReports,
        &[one.id.0, party.id.0],
    )
    .await?;
    let app = &people.app;
    let sender = Sender::of(app);
    let made = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let letter = store::load(tx, MessageId(message)).await?;
        if letter.report != one.id || letter.channel != Channel::Letter {
            return Err(DbError::NotFound);
        }
        let now = tx.now();
        // Wishes may have changed since it was written.
        let off = tracking::is_off(tx, &one).await?;
        let Choice::Now(way) = choose(&party, Some(Channel::Letter), now) else {
            return Ok(Err("Nothing may be sent by letter to this person now."));
        };
        if triage::contact_stopped(tx, one.matter).await? {
            return Ok(Err(
                "Domestic abuse may be behind this. No letter goes to this address until it is ruled out.",
            ));
        }
        if off {
            return Ok(Err(
                "The tracking page and all notifications are switched off.",
            ));
        }
        let secret = tracking::make_link(tx, one.id).await?;
        let link = format!("{}/track/{secret}", sender.address);
        Ok(Ok((letter.body.replace(LINK, &link), way.to)))
    })
    .await;
    let (words, address) = match made.map_err(|error: DbError| PageError::from(error))? {
        Ok(made) => made,
        Err(why) => return Err(PageError::Invalid(why.to_owned())),
    };
    let document = document(
        &party,
        &sender.partnership,
        &address,
        &words,
        app.clock.today(),
    );
    let now = app.clock.now();
    let bytes = tokio::task::spawn_blocking(move || pdf::render(&document, now))
        .await
        .map_err(|error| PageError::Internal(error.to_string()))?
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(pdf::MEDIA_TYPE),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("inline; filename=\"letter.pdf\""),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
    ];
    Ok((headers, bytes).into_response())
}

/// `GET /matters/{matter}/messages/{report}/files/{file}`: never shown in place.
pub(super) async fn file(
    State(people): State<People>,
    viewer: Viewer,
    Path((matter, reference, file)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let loaded = load(&people, &viewer, &matter, Action::SeeReports).await?;
    let (one, _) = report(&people, &loaded, &reference).await?;
    log(&people, &viewer, Action::SeeReports, &[one.id.0]).await?;
    let found = read!(&people.app.db, |tx| store::evidence(tx, one.id)
        .await
        .map_err(PageError::from))
    .await?
    .into_iter()
    .find(|known| known.id == file)
    .ok_or(PageError::NotFound)?;
    let (name, kind) = (found.name, found.media_type);
    let id: FileId = found.sha256.parse().map_err(|_| PageError::NotFound)?;
    let content = people.forms.files.stream(&id).await?;
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() || "._- ".contains(letter) => letter,
            _ => '_',
        })
        .collect();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| PageError::NotFound);
    let mut response = Body::from_stream(content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, value(&kind)?);
    headers.insert(
        header::CONTENT_DISPOSITION,
        value(&format!("attachment; filename=\"{plain}\""))?,
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    Ok(response)
}
