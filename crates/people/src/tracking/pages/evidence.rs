//! Adding evidence: files judged by their content, the original kept by its hash, told to the owner of
//! the matter as a message, so that none lies unseen.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Path, Upload, Visit};
use commonweal_core::files::{FilesError, Limits, Stored};
use commonweal_core::{DbError, write};
use commonweal_govuk::Form;

use super::home::inside;
use super::{MEGABYTES, MOST_FILES, actor, look_inside, room, say};
use crate::messages::{self, Sender};
use crate::reporting::People;

/// A file's name without folders, control characters and length.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let plain = plain.trim();
    let count = plain.chars().count();
    // The ending says what it is.
    plain.chars().skip(count.saturating_sub(100)).collect()
}

/// What arrived, and what is wrong with the rest.
async fn take(
    people: &People,
    mut upload: Upload,
) -> Result<(Vec<(Stored, String)>, Option<String>), PageError> {
    let limits = Limits::evidence(MEGABYTES);
    let mut arrived = Vec::new();
    while let Some(field) = upload.next_field().await? {
        let name = clean_name(field.file_name().unwrap_or_default());
        if field.name() != Some("files") || name.is_empty() {
            continue;
        }
        if arrived.len() == MOST_FILES {
            break;
        }
        match people.forms.files.put_stream(field, &limits).await {
            Ok(stored) => arrived.push((stored, name)),
            Err(FilesError::Store(error)) => {
                return Err(PageError::Internal(format!("the file store: {error}")));
            }
            Err(error) => return Ok((arrived, Some(format!("{name}: {error}")))),
        }
    }
    Ok((arrived, None))
}

/// `POST /track/{secret}/evidence`.
pub(super) async fn add(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
    upload: Upload,
) -> Result<Response, PageError> {
    let found = match look_inside(&people, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let app = &people.app;
    let language = app.settings.language;
    let (arrived, wrong) = take(&people, upload).await?;
    let mut form = Form::default();
    if let Some(wrong) = wrong {
        form.errors.add("files", wrong);
    } else if arrived.is_empty() {
        form.errors.add("files", say(language, "choose_files"));
    }
    if !arrived.is_empty() {
        let (report, files, sender) = (&found.report, &people.forms.files, Sender::of(app));
        let kept = write!(&app.db, &app.clock, &actor(), |tx| {
            if !room(tx, report).await? {
                return Err(DbError::Stale);
            }
            for (stored, name) in &arrived {
                files
                    .attach(tx, stored, "report", report.id.0, name)
                    .await?;
            }
            messages::files_received(tx, &sender, report, arrived.len()).await
        })
        .await;
        match kept {
            Ok(()) => {}
            Err(DbError::Stale) => return Err(PageError::TooMany { seconds: 3_600 }),
            Err(error) => return Err(error.into()),
        }
    }
    if form.is_valid() {
        return Ok(Redirect::to(&found.href("?done=evidence")).into_response());
    }
    inside(&people, &visit, &found, &form, None).await
}
