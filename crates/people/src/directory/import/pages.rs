//! The import as pages: a file is sent, what it would do is shown, and then it is done.

use axum::extract::{DefaultBodyLimit, State};
use axum::handler::Handler as _;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::{Action, Resource};
use commonweal_access::web::{PageError, Path, Routes, Rule, Sent, Upload, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, args, read, sql, upkeep};
use commonweal_govuk::{Form, Page};
use serde::Serialize;
use uuid::Uuid;

use super::feed::{Document, Reject};
use super::run::{Line, Options, Report, import};
use crate::directory::GoTo;

commonweal_govuk::page!(pub(super) SEND_PAGE, "directory/import.html", "import.html");
commonweal_govuk::page!(pub(super) PREVIEW_PAGE, "directory/import_preview.html", "preview.html");

/// The largest file, in bytes: a feed of some thousand services.
const LARGEST: usize = 20_000_000;
/// So many lines of a kind are shown.
const SHOWN: usize = 200;

/// The pages of the import.
#[must_use]
pub fn routes() -> Routes<GoTo> {
    let edit = Rule::May(Action::EditDirectory);
    Routes::new()
        .get("/directory/import", edit, ask)
        .post(
            "/directory/import",
            edit,
            receive.layer(DefaultBodyLimit::max(LARGEST + 10_000)),
        )
        .get("/directory/import/{id}", edit, preview)
        .post("/directory/import/{id}", edit, confirm)
}

/// A feed brings in entries for everybody: only who may change all of them may do that.
fn must(viewer: &Viewer) -> Result<(), PageError> {
    viewer.must(
        Action::EditDirectory,
        &Resource::directory_entry(Uuid::nil(), None, None),
    )
}

async fn send_page(state: &GoTo, viewer: &Viewer, form: &Form) -> Result<Response, PageError> {
    let sources = read!(&state.app.db, |tx| {
        let rows = tx
            .all(
                sql!("select name from directory_sources order by lower(name), id"),
                args![],
            )
            .await?;
        rows.iter()
            .map(|row| row.get::<String>("name"))
            .collect::<Result<Vec<_>, DbError>>()
    })
    .await?;
    let page = Page::new(&SEND_PAGE, "Import from another directory")
        .breadcrumb("Directory", "/directory")
        .form(form);
    state
        .app
        .page(viewer, page, &serde_json::json!({ "sources": sources }))
}

async fn ask(State(state): State<GoTo>, viewer: Viewer) -> Result<Response, PageError> {
    must(&viewer)?;
    send_page(&state, &viewer, &Form::default()).await
}

async fn receive(
    State(state): State<GoTo>,
    viewer: Viewer,
    mut upload: Upload,
) -> Result<Response, PageError> {
    must(&viewer)?;
    let (mut form, mut file) = (Form::default(), None);
    while let Some(mut field) = upload.next_field().await? {
        match field.name().unwrap_or_default() {
            "source" => {
                let text = field
                    .text()
                    .await
                    .map_err(|_| PageError::Invalid("The form could not be read.".to_owned()))?;
                form.set("source", text);
            }
            "file" => {
                let name = field.file_name().unwrap_or_default();
                let name = name
                    .rsplit(['/', '\\'])
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                let mut bytes = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(|_| {
                    PageError::TooLarge("The file must be smaller than 20 MB.".to_owned())
                })? {
                    if bytes.len() + chunk.len() > LARGEST {
                        return Err(PageError::TooLarge(
                            "The file must be smaller than 20 MB.".to_owned(),
                        ));
                    }
                    bytes.extend_from_slice(&chunk);
                }
                if !name.is_empty() {
                    file = Some((name, bytes));
                }
            }
            _ => {}
        }
    }
    let source = form.required("source", "Enter what the other directory is called");
    if source.chars().count() > 100 {
        form.errors.add("source", "Use 100 characters or fewer");
    }
    let text = match &file {
        None => {
            form.errors.add("file", "Choose a JSON file");
            String::new()
        }
        Some((_, bytes)) => match String::from_utf8(bytes.clone())
            .map(|text| text.trim_start_matches('\u{feff}').to_owned())
        {
            Ok(text) if serde_json::from_str::<serde_json::Value>(&text).is_ok() => text,
            Ok(text) => {
                let error = serde_json::from_str::<serde_json::Value>(&text)
                    .err()
                    .map(|error| error.to_string())
                    .unwrap_or_default();
                form.errors
                    .add("file", format!("This is no JSON file: {error}"));
                String::new()
            }
            Err(_) => {
                form.errors
                    .add("file", "This is no JSON file: it is not written in UTF-8");
                String::new()
            }
        },
    };
    if !form.is_valid() {
        return send_page(&state, &viewer, &form).await;
    }
    let (id, user) = (new_uuid(&state.app.clock), viewer.user());
    let name: String = file
        .map(|(name, _)| name)
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    upkeep!(&state.app.db, &state.app.clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("insert into directory_uploads (id, by_user, source, name, body, created_at) values ($1, $2, $3, $4, $5, $6)"),
            args![id, user, &source, &name, &text, now],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(Redirect::to(&format!("/directory/import/{id}")).into_response())
}

/// A file that this viewer sent.
async fn uploaded(
    state: &GoTo,
    viewer: &Viewer,
    id: Uuid,
) -> Result<(String, Document), PageError> {
    let user = viewer.user();
    let (source, name, body) = read!(&state.app.db, |tx| {
        let text =
            sql!("select source, name, body from directory_uploads where id = $1 and by_user = $2");
        let row = tx.one(text, args![id, user]).await?;
        Ok::<_, DbError>((
            row.get::<String>("source")?,
            row.get::<String>("name")?,
            row.get::<String>("body")?,
        ))
    })
    .await?;
    let value =
        serde_json::from_str(&body).map_err(|error| PageError::Internal(error.to_string()))?;
    Ok((source, Document { name, value }))
}

/// What an import would do, as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct PreviewContext {
    pub(super) id: Uuid,
    pub(super) file: String,
    pub(super) source: String,
    pub(super) new: Vec<Line>,
    pub(super) changed: Vec<Line>,
    pub(super) conflicts: Vec<Line>,
    pub(super) gone: Vec<Line>,
    pub(super) rejects: Vec<Reject>,
    pub(super) warnings: Vec<Reject>,
    pub(super) counts: [usize; 6],
    pub(super) unchanged: usize,
}

impl PreviewContext {
    pub(super) fn new(id: Uuid, file: &str, report: Report) -> Self {
        let counts = [
            report.new.len(),
            report.changed.len(),
            report.conflicts.len(),
            report.gone.len(),
            report.rejects.len(),
            report.warnings.len(),
        ];
        let lines = |lines: Vec<Line>| lines.into_iter().take(SHOWN).collect();
        let rejects = |rejects: Vec<Reject>| rejects.into_iter().take(SHOWN).collect();
        Self {
            id,
            file: file.to_owned(),
            source: report.source,
            new: lines(report.new),
            changed: lines(report.changed),
            conflicts: report.conflicts,
            gone: lines(report.gone),
            rejects: rejects(report.rejects),
            warnings: rejects(report.warnings),
            counts,
            unchanged: report.unchanged,
        }
    }
}

async fn preview(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    must(&viewer)?;
    let (source, document) = uploaded(&state, &viewer, id).await?;
    let content = state.content().await?;
    let options = Options {
        source,
        dry_run: true,
        ..Options::default()
    };
    let name = document.name.clone();
    let report = import(
        &state.app.db,
        &state.app.clock,
        &viewer.actor(),
        &content.needs,
        &[document],
        &options,
    )
    .await?;
    let page = Page::new(&PREVIEW_PAGE, "Check before importing")
        .breadcrumb("Directory", "/directory")
        .breadcrumb("Import from another directory", "/directory/import");
    state
        .app
        .page(&viewer, page, &PreviewContext::new(id, &name, report))
}

async fn confirm(
    State(state): State<GoTo>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    must(&viewer)?;
    let (source, document) = uploaded(&state, &viewer, id).await?;
    let content = state.content().await?;
    let options = Options {
        source,
        agency: Some(viewer.principal.agency),
        owner: Some(viewer.user()),
        publish: form.value("publish") == "yes",
        take: form.choices("take").map(str::to_owned).collect(),
        ..Options::default()
    };
    let report = import(
        &state.app.db,
        &state.app.clock,
        &viewer.actor(),
        &content.needs,
        &[document],
        &options,
    )
    .await?;
    if !report.rejects.is_empty() {
        return Ok(Redirect::to(&format!("/directory/import/{id}")).into_response());
    }
    upkeep!(&state.app.db, &state.app.clock, |tx| {
        tx.run(
            sql!("delete from directory_uploads where id = $1"),
            args![id],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await?;
    let done = format!(
        "Imported: {} new, {} fields changed, {} conflicts left as they are here",
        report.new.len(),
        report.changed.len(),
        report.conflicts.len()
    );
    state.app.flash(&viewer, &done).await?;
    Ok(Redirect::to("/directory?state=draft").into_response())
}
