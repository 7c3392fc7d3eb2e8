//! `/imports/new`: sending a file.

use axum::extract::State;
use axum::extract::multipart::Field;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Upload, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_govuk::{Form, Page, page};
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use super::{Imports, list, peek, uploads};

page!(pub(super) NEW, "records/imports/new.html", "new.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) kinds: Vec<Choice>,
    pub(super) largest: String,
}

/// One choice of a group.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<Hint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) selected: Option<bool>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Hint {
    pub(super) text: &'static str,
}

/// Told by the content.
const AUTO: &str = "auto";

pub(super) async fn page(
    State(imports): State<Imports>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    show(&imports, &viewer, &Form::default())
}

pub(super) fn context(imports: &Imports, form: &Form) -> Context {
    let hint = |kind: &str| match kind {
        "police-uk" => "CSV, or the monthly archive of data.police.uk as it is",
        "records" => "Any CSV of a council, landlord or other agency: you say which column is what",
        "areas" => "GeoJSON or TopoJSON with a code for each area",
        "postcodes" => {
            "Code-Point Open with its header, or the National Statistics Postcode Lookup"
        }
        _ => "Residents, deprivation or tenure by area",
    };
    let chosen = match form.value("kind") {
        "" => AUTO,
        kind => kind,
    };
    let choice = |value: &str, text: &str, hint| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        hint: Some(Hint { text: hint }),
        checked: (value == chosen).then_some(true),
        selected: None,
    };
    let auto = choice(
        AUTO,
        "Tell from the file",
        "You can check it on the next page",
    );
    let each = list::KINDS
        .iter()
        .map(|(value, text)| choice(value, text, hint(value)));
    Context {
        kinds: std::iter::once(auto).chain(each).collect(),
        largest: size(imports.limit),
    }
}

/// A size in words.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} KB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}

fn show(imports: &Imports, viewer: &Viewer, form: &Form) -> Result<Response, PageError> {
    let page = Page::new(&NEW, "Import a file").back("/imports").form(form);
    imports.app.page(viewer, page, &context(imports, form))
}

/// Why a file was not taken; for the field.
enum Refused {
    Field(String),
    Page(PageError),
}

impl From<PageError> for Refused {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

pub(super) async fn receive(
    State(imports): State<Imports>,
    viewer: Viewer,
    mut upload: Upload,
) -> Result<Response, PageError> {
    let id = new_uuid(&imports.app.clock);
    let mut pairs = Vec::new();
    let mut arrived = None;
    let mut problem = None;
    while let Some(field) = upload.next_field().await? {
        match field.name().unwrap_or_default().to_owned().as_str() {
            "file" => match keep(&imports, id, field).await {
                Ok(file) => arrived = file,
                Err(Refused::Field(words)) => {
                    problem = Some(words);
                    // The rest of a file that is too large is not waited for.
                    break;
                }
                Err(Refused::Page(error)) => {
                    uploads::remove_file(&imports, id).await;
                    return Err(error);
                }
            },
            "kind" => {
                let kind = field.text().await.map_err(|_| unreadable())?;
                pairs.push(("kind".to_owned(), kind));
            }
            _ => {}
        }
    }
    let mut form = Form::from(pairs);
    if let Some(words) = problem {
        form.errors.add("file", words);
    } else if arrived.is_none() {
        form.errors.add("file", "Choose a file");
    }
    if let (Some((name, bytes)), true) = (&arrived, form.is_valid()) {
        match settle(&imports, &viewer, id, name, *bytes, form.value("kind")).await? {
            Ok(()) => return Ok(Redirect::to(&format!("/imports/uploads/{id}")).into_response()),
            Err(words) => form.errors.add("file", words),
        }
    }
    uploads::remove_file(&imports, id).await;
    show(&imports, &viewer, &form)
}

fn unreadable() -> PageError {
    PageError::Invalid("The form could not be read.".to_owned())
}

/// Writes a file to the spool as it comes; none where none was chosen.
async fn keep(
    imports: &Imports,
    id: Uuid,
    mut field: Field<'_>,
) -> Result<Option<(String, u64)>, Refused> {
    let name = field.file_name().unwrap_or_default().to_owned();
    // Some browsers send a whole path; only its last part is a name.
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    let disk = |error: std::io::Error| {
        Refused::Page(PageError::Internal(format!(
            "a file could not be kept: {error}"
        )))
    };
    if name.is_empty() {
        return Ok(None);
    }
    tokio::fs::create_dir_all(&imports.spool)
        .await
        .map_err(disk)?;
    let mut file = tokio::fs::File::create_new(uploads::path(imports, id))
        .await
        .map_err(disk)?;
    let mut bytes = 0_u64;
    while let Some(chunk) = field.chunk().await.map_err(|_| {
        PageError::Invalid("The file did not arrive whole. Send it again.".to_owned())
    })? {
        bytes += chunk.len() as u64;
        if bytes > imports.limit {
            return Err(Refused::Field(format!(
                "The file must be smaller than {}. Split it, or import it with the command line",
                size(imports.limit)
            )));
        }
        file.write_all(&chunk).await.map_err(disk)?;
    }
    file.flush().await.map_err(disk)?;
    if bytes == 0 {
        return Err(Refused::Field(
            "The file is empty. Download or export it again".to_owned(),
        ));
    }
    Ok(Some((name, bytes)))
}

/// Looks at the file, whose content says what it is, and notes it; the words for the field where
/// it cannot be used.
async fn settle(
    imports: &Imports,
    viewer: &Viewer,
    id: Uuid,
    name: &str,
    bytes: u64,
    asked: &str,
) -> Result<Result<(), String>, PageError> {
    let (path, named) = (uploads::path(imports, id), name.to_owned());
    let today = imports.app.clock.today();
    let looked = crate::imports::staged::blocking(move || peek::peek(&path, &named, today)).await;
    let found = match looked {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let known = list::KINDS.iter().any(|(kind, _)| *kind == asked);
    let kind = if known { asked } else { found.kind };
    if (kind == "areas") != (found.kind == "areas") {
        let words = if kind == "areas" {
            "This is not a file of areas. Choose a GeoJSON or TopoJSON file, or another kind of file"
        } else {
            "This is a JSON file, such as areas come in. Choose a CSV file, or 'Areas'"
        };
        return Ok(Err(words.to_owned()));
    }
    if !may(viewer, kind) {
        return Err(PageError::Forbidden);
    }
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let user = viewer.principal.user;
    uploads::add(imports, &viewer.actor(), id, user, kind, name, bytes).await?;
    Ok(Ok(()))
}

/// Whether the person may import this kind: areas and what goes with them need a grant of their own.
pub(super) fn may(viewer: &Viewer, kind: &str) -> bool {
    let action = match kind {
        "areas" | "postcodes" | "context" => Action::ManageAreas,
        _ => Action::ImportData,
    };
    viewer.principal.may_enter(action)
}
