//! Notes: what people write beside the answers.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Routes, Rule, Sent, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::write;

use super::record_page::load;
use super::store::{self, StoreError};
use crate::Forms;

/// The longest note, in characters.
const LONGEST: usize = 10_000;

/// The routes of notes.
pub(crate) fn routes() -> Routes<Forms> {
    Routes::new().post(
        "/registers/{key}/records/{reference}/notes",
        Rule::Records(RecordAct::Change),
        add,
    )
}

async fn add(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let loaded = load(&forms, &viewer, &key, &reference).await?;
    viewer.must_record(&key, RecordAct::Change, &loaded.record.resource())?;
    let app = &forms.app;
    let text = form.value("text").to_owned();
    let back = Redirect::to(&format!("{}#timeline", loaded.record.href())).into_response();
    if text.is_empty() {
        app.flash(&viewer, "Nothing was added: write the note first")
            .await?;
        return Ok(back);
    }
    if text.chars().count() > LONGEST {
        return Err(PageError::TooLarge(
            "A note has 10,000 characters or fewer. Add the rest as a file.".to_owned(),
        ));
    }
    let id = form
        .value("id")
        .parse()
        .unwrap_or_else(|_| new_uuid(&app.clock));
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::note(
        tx,
        id,
        loaded.record.id,
        &text
    )
    .await);
    done.await
        .map_err(|error: StoreError| PageError::from(error))?;
    app.flash(&viewer, "The note was added").await?;
    Ok(back)
}
