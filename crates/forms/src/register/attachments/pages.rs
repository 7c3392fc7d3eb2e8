//! Adding, giving and removing files.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Upload, Viewer};
use commonweal_core::files::{
    Bytes, DOCUMENTS, FileId, FilesError, IMAGES, Limits, Stored, detect, without_metadata,
};
use commonweal_core::{DbError, read, write};
use http::{HeaderValue, header};
use uuid::Uuid;

use super::{MEGABYTES, store};
use crate::Forms;
use crate::register::record_page::load;

/// Takes a file of an upload into the store; a photograph loses place, time and camera.
async fn take(forms: &Forms, mut upload: Upload) -> Result<(Stored, String), FilesError> {
    let limits = Limits {
        bytes: u64::from(MEGABYTES) * 1_000_000,
        types: [IMAGES, DOCUMENTS].concat(),
    };
    loop {
        let next = upload.next_field().await.map_err(|error| match error {
            PageError::TooLarge(_) => FilesError::TooLarge(limits.bytes),
            _ => FilesError::BrokenOff,
        })?;
        let Some(mut field) = next else {
            return Err(FilesError::Empty);
        };
        if field.name() != Some("file") {
            continue;
        }
        let name = clean_name(field.file_name().unwrap_or_default());
        let mut content = Vec::new();
        loop {
            match field.chunk().await {
                Ok(Some(part)) => {
                    content.extend_from_slice(&part);
                    if content.len() as u64 > limits.bytes {
                        return Err(FilesError::TooLarge(limits.bytes));
                    }
                }
                Ok(None) => break,
                Err(error) if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE => {
                    return Err(FilesError::TooLarge(limits.bytes));
                }
                Err(_) => return Err(FilesError::BrokenOff),
            }
        }
        let content = Bytes::from(content);
        let picture = detect(&content).filter(|found| IMAGES.contains(found));
        let content = match picture {
            Some(found) => without_metadata(found, content.clone()).unwrap_or(content),
            None => content,
        };
        return Ok((forms.files.put(content, &limits).await?, name));
    }
}

/// A name without a path, control characters or endless length.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|letter| !letter.is_control())
        .take(120)
        .collect();
    let clean = clean.trim();
    if clean.is_empty() {
        "File".to_owned()
    } else {
        clean.to_owned()
    }
}

pub(super) async fn add(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    upload: Upload,
) -> Result<Response, PageError> {
    let loaded = load(&forms, &viewer, &key, &reference).await?;
    viewer.must_record(&key, RecordAct::Change, &loaded.record.resource())?;
    let app = &forms.app;
    let back = Redirect::to(&format!("{}#files", loaded.record.href())).into_response();
    match take(&forms, upload).await {
        Ok((stored, name)) => {
            let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::add(
                tx,
                &forms.files,
                loaded.record.id,
                &stored,
                &name
            )
            .await);
            done.await
                .map_err(|error: DbError| PageError::from(error))?;
            app.flash(&viewer, "The file was added").await?;
        }
        Err(FilesError::Store(error)) => {
            return Err(PageError::Internal(format!("the file store: {error}")));
        }
        Err(error) => {
            app.flash(&viewer, &format!("Nothing was added. {error}"))
                .await?;
        }
    }
    Ok(back)
}

pub(super) async fn give(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference, file)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let loaded = load(&forms, &viewer, &key, &reference).await?;
    if !loaded.sees_free_words() {
        return Err(PageError::NotFound);
    }
    loaded.log(&forms, &viewer).await?;
    let files = read!(&forms.app.db, |tx| store::of(tx, loaded.record.id).await).await;
    let files = files.map_err(|error: DbError| PageError::from(error))?;
    let file = files
        .iter()
        .find(|one| one.id == file)
        .ok_or(PageError::NotFound)?;
    let id: FileId = file.sha256.parse().map_err(|_| PageError::NotFound)?;
    let content = forms.files.stream(&id).await?;
    let mut response = Body::from_stream(content).into_response();
    let headers = response.headers_mut();
    let plain: String = file
        .name
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "._- ".contains(letter) {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| PageError::NotFound);
    headers.insert(header::CONTENT_TYPE, value(&file.media_type)?);
    // Never shown in place: what others made must not run here.
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

pub(super) async fn remove(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference, file)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let loaded = load(&forms, &viewer, &key, &reference).await?;
    viewer.must_record(&key, RecordAct::Change, &loaded.record.resource())?;
    if !loaded.sees_free_words() {
        return Err(PageError::NotFound);
    }
    let app = &forms.app;
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::remove(
        tx,
        loaded.record.id,
        file
    )
    .await);
    match done.await {
        Ok(()) => app.flash(&viewer, "The file was removed").await?,
        // A file that was stopped stays as it is.
        Err(DbError::Refused(why)) => app.flash(&viewer, &why).await?,
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&format!("{}#files", loaded.record.href())).into_response())
}
