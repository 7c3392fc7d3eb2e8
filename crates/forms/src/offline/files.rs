//! Photographs, each sent before the answers that name it: streamed, judged by content, without
//! what they tell beyond the picture unless the question asks for that.

use axum::body::Body;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::Response;
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Upload, Viewer};
use commonweal_core::events::Event;
use commonweal_core::files::{
    DOCUMENTS, Files, FilesError, IMAGES, Limits, MEDIA, Stored, without_metadata,
};
use commonweal_core::{DbError, args, read, sql, write};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::answer;
use crate::Forms;
use crate::definition::{Definition, FileTypes, QuestionKind};

/// What a photograph is for.
#[derive(Debug, Deserialize)]
struct About {
    /// The delivery that will name it.
    delivery: Uuid,
    /// Who took it.
    user: Uuid,
    definition: String,
    version: i64,
    question: String,
    name: String,
}

/// `POST /offline/files`: a form of the token, `about` (JSON) and `file`, in this order.
pub(super) async fn receive(
    State(forms): State<Forms>,
    viewer: Viewer,
    request: Request<Body>,
) -> Result<Response, PageError> {
    let unread = || PageError::Invalid("What was sent could not be read.".to_owned());
    let mut upload = Upload::from_request(request, &()).await?;
    let field = upload.next_field().await?.ok_or_else(unread)?;
    if field.name() != Some("about") {
        return Err(unread());
    }
    // No more than a few lines; the parser holds a field of a form back beyond that.
    let about = field.bytes().await.map_err(|_| unread())?;
    let about: About = (about.len() <= 4_000)
        .then(|| serde_json::from_slice(&about).ok())
        .flatten()
        .ok_or_else(unread)?;
    if about.user != viewer.user() {
        return Err(PageError::Forbidden);
    }
    let definition = read!(&forms.app.db, |tx| {
        let version = forms
            .catalogue
            .version(tx, &about.definition, about.version);
        version.await.map_err(PageError::from)
    })
    .await?;
    viewer.must_record(&definition.key, RecordAct::Add, &Resource::door())?;
    let (limits, keep) = limits(&definition, &about.question).ok_or(PageError::NotFound)?;
    let field = upload.next_field().await?.ok_or_else(unread)?;
    if field.name() != Some("file") {
        return Err(unread());
    }
    let (arrived, stored) = match take(&forms.files, field, &limits, keep).await {
        Ok(taken) => taken,
        Err(FilesError::Store(error)) => {
            return Err(PageError::Internal(format!("the file store: {error}")));
        }
        Err(FilesError::BrokenOff) => return Err(PageError::Unavailable),
        Err(error) => {
            let errors = json!({ "errors": { about.question: error.to_string() } });
            return Ok(answer(StatusCode::UNPROCESSABLE_ENTITY, &errors));
        }
    };
    let id = attach(&forms, &viewer, &about, &stored).await?;
    Ok(answer(
        StatusCode::OK,
        &json!({ "id": id, "received": arrived.id.as_str(), "size": stored.size }),
    ))
}

/// Keeps the photograph for its delivery; the same again is the same use.
async fn attach(
    forms: &Forms,
    viewer: &Viewer,
    about: &About,
    stored: &Stored,
) -> Result<Uuid, PageError> {
    let name = clean_name(&about.name);
    write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
        tx.record(Event::new(
            "offline_delivery",
            about.delivery,
            "offline_delivery.file_received",
            json!({ "question": about.question }),
        ));
        let known = tx
            .optional(
                sql!(
                    "select id from file_uses where subject_kind = 'offline_upload' and subject = $1
                       and sha256 = $2 and name = $3 and created_by = $4"
                ),
                args![about.delivery, stored.id.as_str(), &name, viewer.user()],
            )
            .await?;
        if let Some(row) = known {
            return row.at(0);
        }
        forms
            .files
            .attach(tx, stored, "offline_upload", about.delivery, &name)
            .await
    })
    .await
    .map_err(|error: DbError| error.into())
}

/// What a question takes, and whether the place in a photograph stays.
fn limits(definition: &Definition, question: &str) -> Option<(Limits, bool)> {
    let (_, question) = definition
        .question(question)
        .filter(|_| definition.offline)?;
    let QuestionKind::Files {
        types,
        megabytes,
        keep_location,
        ..
    } = &question.kind
    else {
        return None;
    };
    let kinds = match types {
        FileTypes::Photographs => IMAGES.to_vec(),
        FileTypes::Documents => [IMAGES, DOCUMENTS].concat(),
        FileTypes::Any => [IMAGES, DOCUMENTS, MEDIA].concat(),
    };
    let kinds = kinds
        .into_iter()
        // A place cannot be taken out of HEIC here.
        .filter(|kind| *keep_location || kind.as_str() != "image/heif")
        .collect();
    let bytes = u64::from(*megabytes) * 1_000_000;
    Some((
        Limits {
            bytes,
            types: kinds,
        },
        *keep_location,
    ))
}

/// Stores a file; gives what arrived and what is kept of it.
async fn take(
    files: &Files,
    field: axum::extract::multipart::Field<'_>,
    limits: &Limits,
    keep: bool,
) -> Result<(Stored, Stored), FilesError> {
    let arrived = files.put_stream(field, limits).await?;
    let picture = ["image/jpeg", "image/png", "image/webp"].contains(&arrived.media_type.as_str());
    if keep || !picture {
        return Ok((arrived.clone(), arrived));
    }
    // The original is named by nothing and is swept.
    let content = files.get(&arrived.id).await?;
    let Some(clean) = without_metadata(arrived.media_type, content) else {
        return Err(FilesError::Type(
            "a photograph that is whole; this one is damaged".to_owned(),
        ));
    };
    let stored = files.put(clean, limits).await?;
    Ok((arrived, stored))
}

/// A file's name without folders, control characters and length.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain = last.chars().filter(|letter| !letter.is_control());
    let plain: String = plain.take(100).collect();
    match plain.trim() {
        "" => "photograph.jpg".to_owned(),
        name => name.to_owned(),
    }
}
