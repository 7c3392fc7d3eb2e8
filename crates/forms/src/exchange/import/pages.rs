//! `/registers/{key}/import`: send a table, match its columns, see what it would do, confirm.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Sent, Upload, Viewer};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, read, write};
use commonweal_documents::{Table, spreadsheet};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::model::{MOST_ROWS, Matching, Plan, REFERENCE, Sheet};
use super::store::{self, Refused, Waiting};
use crate::Forms;
use crate::definition::{Definition, Shared};
use crate::exchange::columns;
use crate::exchange::download::{self, Format};
use crate::exchange::records::enter;
use crate::register;

#[cfg(test)]
mod page_tests;
mod preview;

pub(super) use preview::{confirm, drop_it, preview};

page!(START, "forms/exchange/import/start.html", "start.html");
page!(MATCH, "forms/exchange/import/match.html", "match.html");
page!(
    PREVIEW,
    "forms/exchange/import/preview.html",
    "preview.html"
);

/// The largest file, in bytes.
pub(super) const LARGEST: usize = 10_000_000;
/// The most lines of each list of a preview.
const SHOWN: usize = 200;

fn crumbs<'a>(page: Page<'a>, definition: &Definition) -> Page<'a> {
    let home = format!("/registers/{}", definition.key);
    page.breadcrumb("Forms and registers", "/registers")
        .breadcrumb(definition.title.en(), home)
}

#[derive(Serialize)]
struct Last {
    name: String,
    href: Option<String>,
    state: &'static str,
    at: String,
}

#[derive(Serialize)]
struct Start {
    key: String,
    title: String,
    plural: String,
    matched_by: String,
    may_add: bool,
    most_rows: String,
    largest: String,
    last: Vec<Last>,
}

pub(super) async fn start(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Manage)?;
    show_start(&forms, &viewer, &definition, &Form::default()).await
}

async fn show_start(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Shared,
    form: &Form,
) -> Result<Response, PageError> {
    let user = viewer.user();
    let last = read!(&forms.app.db, |tx| store::last(tx, user, &definition.key)
        .await)
    .await;
    let last = last.map_err(PageError::from)?;
    let last = last.into_iter().map(|(id, name, state, at)| Last {
        name,
        href: (state == "waiting").then(|| format!("/registers/{}/import/{id}", definition.key)),
        state: match state.as_str() {
            "waiting" => "Waits for you",
            "done" => "Imported",
            _ => "Not imported",
        },
        at: at
            .with_timezone(&chrono_tz::Europe::London)
            .format("%-d %B %Y, %H:%M")
            .to_string(),
    });
    let context = Start {
        key: definition.key.clone(),
        title: definition.title.en().to_owned(),
        plural: definition.plural.en().to_owned(),
        matched_by: matched_by(definition),
        may_add: store::may_add(viewer, &definition.key),
        most_rows: whole(i64::try_from(MOST_ROWS).unwrap_or(0)),
        largest: format!("{} MB", LARGEST / 1_000_000),
        last: last.collect(),
    };
    let page = Page::new(&START, format!("Import {}", definition.plural.en())).form(form);
    forms.app.page(viewer, crumbs(page, definition), &context)
}

/// What finds a record again, in words.
fn matched_by(definition: &Definition) -> String {
    match definition.import_key.and_then(|key| definition.get(key)) {
        Some(question) => {
            let name = question.short.as_ref().unwrap_or(&question.label);
            format!("‘Reference’, or where that is empty ‘{}’", name.en())
        }
        None => "‘Reference’".to_owned(),
    }
}

pub(super) async fn receive(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    mut upload: Upload,
) -> Result<Response, PageError> {
    let definition = enter(&forms, &viewer, &key, RecordAct::Manage)?;
    let mut form = Form::default();
    let mut sheet = None;
    while let Some(mut field) = upload.next_field().await? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
        if name.is_empty() {
            continue;
        }
        let mut bytes = Vec::new();
        let mut whole_file = true;
        while let Some(chunk) = field.chunk().await.map_err(|_| {
            PageError::Invalid("The file did not arrive whole. Send it again.".to_owned())
        })? {
            if bytes.len() + chunk.len() > LARGEST {
                whole_file = false;
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        if !whole_file {
            let megabytes = LARGEST / 1_000_000;
            form.errors.add(
                "file",
                format!("The file must be smaller than {megabytes} MB"),
            );
            break;
        }
        match read_sheet(bytes, name.clone()).await? {
            Ok(read) => sheet = Some((name, read)),
            Err(words) => form.errors.add("file", words),
        }
    }
    let Some((name, sheet)) = sheet.filter(|_| form.is_valid()) else {
        form.errors.add("file", "Choose a file");
        return show_start(&forms, &viewer, &definition, &form).await;
    };
    let matching = Matching::guess(&definition, &sheet.headings);
    let id = new_uuid(&forms.app.clock);
    let user = viewer.user();
    let kept = write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
        store::keep(tx, id, user, &definition.key, &name, &sheet, &matching).await
    })
    .await;
    match kept {
        Ok(()) => Ok(to(&key, id, "")),
        Err(DbError::Refused(_)) => {
            form.errors.add(
                "file",
                "Too many files of yours wait already. Confirm or drop some of them",
            );
            show_start(&forms, &viewer, &definition, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

fn to(key: &str, id: Uuid, rest: &str) -> Response {
    Redirect::to(&format!("/registers/{key}/import/{id}{rest}")).into_response()
}

/// A file as a table, or what is wrong with it.
async fn read_sheet(bytes: Vec<u8>, name: String) -> Result<Result<Sheet, String>, PageError> {
    let read = tokio::task::spawn_blocking(move || spreadsheet::read(&bytes, &name))
        .await
        .map_err(|error| PageError::Internal(error.to_string()))?;
    Ok(match read {
        Err(error) => Err(error.to_string()),
        Ok(sheet) if sheet.rows.len() > MOST_ROWS => Err(format!(
            "The table has {} rows. An import takes {} at once: split it into several files",
            sheet.rows.len(),
            whole(i64::try_from(MOST_ROWS).unwrap_or(0))
        )),
        Ok(sheet) => Ok(Sheet {
            headings: sheet.headings,
            rows: sheet
                .rows
                .into_iter()
                .map(|row| (row.number, row.cells))
                .collect(),
        }),
    })
}

async fn waiting(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    id: Uuid,
) -> Result<(Shared, Waiting), PageError> {
    let definition = enter(forms, viewer, key, RecordAct::Manage)?;
    let user = viewer.user();
    let found: Result<Waiting, DbError> =
        read!(&forms.app.db, |tx| store::find(tx, id, user).await).await;
    let found = found?;
    if found.definition != key {
        return Err(PageError::NotFound);
    }
    Ok((definition, found))
}

#[derive(Serialize)]
struct Choice {
    value: String,
    text: String,
    selected: bool,
}

#[derive(Serialize)]
struct MatchLine {
    field: String,
    heading: String,
    example: String,
    items: Vec<Choice>,
}

#[derive(Serialize)]
struct MatchContext {
    key: String,
    id: Uuid,
    version: i64,
    name: String,
    rows: String,
    lines: Vec<MatchLine>,
    empty_clears: bool,
}

pub(super) async fn ask_matching(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let (definition, waiting) = waiting(&forms, &viewer, &key, id).await?;
    if waiting.state != "waiting" {
        return Ok(Redirect::to(&format!("/registers/{key}/import")).into_response());
    }
    let matching = waiting.matching.clone();
    show_matching(
        &forms,
        &viewer,
        &definition,
        &waiting,
        &matching,
        &Form::default(),
    )
}

fn show_matching(
    forms: &Forms,
    viewer: &Viewer,
    definition: &Shared,
    waiting: &Waiting,
    matching: &Matching,
    form: &Form,
) -> Result<Response, PageError> {
    let questions = definition
        .questions
        .iter()
        .zip(columns::headings(definition));
    let questions: Vec<(String, String)> = questions
        .map(|(question, heading)| (question.id.clone(), heading))
        .collect();
    let line = |(place, heading): (usize, &String)| {
        let chosen = matching.columns.get(place).map_or("", String::as_str);
        let choice = |value: &str, text: &str| Choice {
            value: value.to_owned(),
            text: text.to_owned(),
            selected: value == chosen,
        };
        let first = waiting
            .sheet
            .rows
            .iter()
            .filter_map(|(_, cells)| cells.get(place));
        let example = first.map(|cell| cell.trim()).find(|cell| !cell.is_empty());
        MatchLine {
            field: format!("column-{place}"),
            heading: if heading.is_empty() {
                format!("Column {}", place + 1)
            } else {
                heading.clone()
            },
            example: example.unwrap_or_default().chars().take(80).collect(),
            items: [("", "Leave this column out"), (REFERENCE, "Reference")]
                .into_iter()
                .map(|(value, text)| choice(value, text))
                .chain(questions.iter().map(|(id, text)| choice(id, text)))
                .collect(),
        }
    };
    let context = MatchContext {
        key: definition.key.clone(),
        id: waiting.id,
        version: waiting.version,
        name: waiting.name.clone(),
        rows: whole(i64::try_from(waiting.sheet.rows.len()).unwrap_or(0)),
        lines: waiting
            .sheet
            .headings
            .iter()
            .enumerate()
            .map(line)
            .collect(),
        empty_clears: matching.empty_clears,
    };
    let page = Page::new(&MATCH, "Match the columns")
        .back(format!("/registers/{}/import", definition.key))
        .form(form);
    forms.app.page(viewer, page, &context)
}

pub(super) async fn set_matching(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, id)): Path<(String, Uuid)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let (definition, mut waiting) = waiting(&forms, &viewer, &key, id).await?;
    if waiting.state != "waiting" {
        return Ok(Redirect::to(&format!("/registers/{key}/import")).into_response());
    }
    let known = |id: &str| id == REFERENCE || definition.question(id).is_some();
    let columns = (0..waiting.sheet.headings.len()).map(|place| {
        let chosen = form.value(&format!("column-{place}"));
        if known(chosen) {
            chosen.to_owned()
        } else {
            String::new()
        }
    });
    let matching = Matching {
        columns: columns.collect(),
        empty_clears: form.value("empty") == "clear",
        confirmed: true,
    };
    for fault in matching.faults(&definition) {
        let place = matching
            .columns
            .iter()
            .position(|id| !id.is_empty())
            .unwrap_or(0);
        form.errors.add(format!("column-{place}"), fault);
    }
    if !form.is_valid() {
        return show_matching(&forms, &viewer, &definition, &waiting, &matching, &form);
    }
    // What is written is what this page showed, even where another window was quicker.
    waiting.version = form.value("version").parse().unwrap_or(waiting.version);
    write!(&forms.app.db, &forms.app.clock, &viewer.actor(), |tx| {
        store::set_matching(tx, &waiting, &matching).await
    })
    .await
    .map_err(PageError::from)?;
    Ok(to(&key, id, "/preview"))
}

async fn template(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    format: Format,
) -> Result<Response, PageError> {
    let definition = enter(forms, viewer, key, RecordAct::Manage)?;
    let reference =
        commonweal_documents::Column::new(columns::FIXED[0], commonweal_documents::Kind::Text);
    let questions = definition
        .questions
        .iter()
        .zip(columns::headings(&definition));
    let mut notes = vec![
        "Fill in a row for each record. Leave ‘Reference’ empty for a new one. Send the file back by Import.".to_owned(),
    ];
    notes.extend(columns::codebook(&definition));
    let table = Table {
        title: format!("Template: {}", definition.title.en()),
        notes,
        columns: std::iter::once(reference)
            .chain(questions.map(|(question, heading)| columns::column(question, &heading)))
            .collect(),
        rows: Vec::new(),
    };
    download::table(table, format, &format!("template-{key}")).await
}

pub(super) async fn template_csv(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    template(&forms, &viewer, &key, Format::Csv).await
}

pub(super) async fn template_ods(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    template(&forms, &viewer, &key, Format::Ods).await
}

pub(super) async fn template_xlsx(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
) -> Result<Response, PageError> {
    template(&forms, &viewer, &key, Format::Xlsx).await
}
