//! Writing a definition: its text, what is wrong by line, what it changes, how its pages look, what it
//! means for records, and publishing.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use commonweal_access::web::{PageError, Path, Query, Sent, Viewer};
use commonweal_core::content::{Version, publish, version as stored_version};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::difference::{Section, difference};
use super::impact::Impact;
use super::preview::{PreviewPage, preview};
use super::{LIST, address, store};
use crate::Forms;
use crate::catalogue::{
    self, between, content_kind, definition_kind, file_name, key_of, known_roles, read_file,
    read_version,
};
use crate::definition::{Definition, DefinitionKind, Fault, Shared, advice};

page!(pub(super) PAGE, "forms/studio-edit.html", "edit.html");
page!(pub(super) IMPACT, "forms/studio-impact.html", "impact.html");

/// What a new definition begins with.
const BEGINNING: &str = include_str!("beginning.toml");

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    from: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) heading: String,
    pub(super) action: String,
    pub(super) cancel: String,
    pub(super) new: bool,
    pub(super) base: i64,
    pub(super) today: String,
    /// Somebody published another version while this was written.
    pub(super) overtaken: Option<Overtaken>,
    pub(super) faults: Vec<FaultRow>,
    pub(super) checked_text: Option<Checked>,
}

#[derive(Debug, Serialize)]
pub(super) struct Overtaken {
    pub(super) version: i64,
    pub(super) sections: Vec<Section>,
}

#[derive(Debug, Serialize)]
pub(super) struct FaultRow {
    pub(super) line: Option<usize>,
    pub(super) text: String,
    pub(super) path: String,
    pub(super) message: String,
}

/// What is known of a text without faults.
#[derive(Debug, Serialize)]
pub(super) struct Checked {
    pub(super) advice: Vec<String>,
    pub(super) sections: Vec<Section>,
    pub(super) against: Option<i64>,
    pub(super) impact: Option<Impact>,
    pub(super) pages: Vec<PreviewPage>,
}

/// What is being written.
struct Subject {
    /// None for a new one.
    key: Option<String>,
    kind: DefinitionKind,
    /// In force today, where it is and can be read.
    current: Option<Shared>,
    /// The newest version's number; 0 where there is none.
    newest: i64,
}

impl Subject {
    fn new(kind: DefinitionKind) -> Self {
        Self {
            key: None,
            kind,
            current: None,
            newest: 0,
        }
    }
}

async fn subject(forms: &Forms, key: &str) -> Result<(Subject, Version), PageError> {
    let (app, file) = (&forms.app, file_name(key));
    let today = app.clock.today();
    let (versions, current) = read!(&app.db, |tx| {
        let versions = store::versions(tx, &file).await?;
        Ok::<_, DbError>((versions, store::in_force(tx, &file, today).await?))
    })
    .await?;
    let published = versions.iter().find(|version| version.state == "published");
    let newest = published.or(versions.first()).ok_or(PageError::NotFound)?;
    let latest = match current {
        Some(current) => current,
        None => {
            read!(&app.db, |tx| stored_version(
                tx,
                &newest.kind,
                &file,
                newest.version
            )
            .await
            .map_err(PageError::from))
            .await?
        }
    };
    let kind = definition_kind(&latest.kind).ok_or(PageError::NotFound)?;
    let subject = Subject {
        key: Some(key.to_owned()),
        kind,
        current: read_version(&latest).ok().map(Shared::new),
        newest: versions
            .iter()
            .map(|version| version.version)
            .max()
            .unwrap_or(0),
    };
    Ok((subject, latest))
}

pub(super) async fn ask(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (subject, latest) = subject(&forms, &key).await?;
    let text = match asked.from {
        Some(from) => {
            let file = file_name(&key);
            read!(&forms.app.db, |tx| stored_version(
                tx,
                content_kind(subject.kind),
                &file,
                from
            )
            .await
            .map_err(PageError::from))
            .await?
            .body
        }
        None => latest.body,
    };
    let mut form = Form::default();
    form.set("text", text);
    answer(&forms, &viewer, &subject, &form, Outcome::default())
}

pub(super) async fn ask_new(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let mut form = Form::default();
    form.set("kind", "registers");
    form.set("text", BEGINNING);
    let subject = Subject::new(DefinitionKind::Register);
    answer(&forms, &viewer, &subject, &form, Outcome::default())
}

/// What came of a text that was sent.
#[derive(Default)]
struct Outcome {
    base: Option<i64>,
    overtaken: Option<Overtaken>,
    faults: Vec<FaultRow>,
    checked: Option<Checked>,
}

fn answer(
    forms: &Forms,
    viewer: &Viewer,
    subject: &Subject,
    form: &Form,
    outcome: Outcome,
) -> Result<Response, PageError> {
    let title = subject
        .current
        .as_ref()
        .map(|current| current.title.en().to_owned());
    let heading = match (&subject.key, &title) {
        (None, _) => "Write a new form or register".to_owned(),
        (Some(_), Some(title)) => format!("Change ‘{title}’"),
        (Some(key), None) => format!("Change ‘{key}’"),
    };
    let here = subject.key.as_deref().map(address);
    let conflict = outcome.overtaken.is_some();
    let context = Context {
        heading: heading.clone(),
        action: here
            .as_ref()
            .map_or_else(|| format!("{LIST}/new"), |here| format!("{here}/edit")),
        cancel: here.clone().unwrap_or_else(|| LIST.to_owned()),
        new: subject.key.is_none(),
        base: outcome.base.unwrap_or(subject.newest),
        today: crate::answers::day(forms.app.clock.today()),
        overtaken: outcome.overtaken,
        faults: outcome.faults,
        checked_text: outcome.checked,
    };
    let mut page = Page::new(&PAGE, heading)
        .breadcrumb("Definitions", LIST)
        .form(form);
    if let (Some(here), Some(key)) = (here, &subject.key) {
        page = page.breadcrumb(title.unwrap_or_else(|| key.clone()), here);
    }
    if conflict {
        page = page.status(StatusCode::CONFLICT);
    }
    forms.app.page(viewer, page, &context)
}

pub(super) async fn send_new(
    State(forms): State<Forms>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let kind = definition_kind(form.value("kind"));
    if kind.is_none() {
        form.errors
            .add("kind", "Select whether it is a register or a form");
    }
    let subject = Subject::new(kind.unwrap_or(DefinitionKind::Register));
    let key = form.required("key", "Enter a file name, such as litter-picks");
    let key = key_of(&key).unwrap_or(&key).to_owned();
    let taken = read!(&forms.app.db, |tx| store::versions(tx, &file_name(&key))
        .await);
    let taken: Vec<store::Listed> = taken
        .await
        .map_err(|error: DbError| PageError::from(error))?;
    if !taken.is_empty() {
        form.errors
            .add("key", "There is a form or register of this name already");
    }
    received(&forms, &viewer, subject, &key, form).await
}

pub(super) async fn send(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let (subject, _) = subject(&forms, &key).await?;
    received(&forms, &viewer, subject, &key, form).await
}

/// Checks a text that was sent and, where that was asked and nothing is in the way, publishes it.
async fn received(
    forms: &Forms,
    viewer: &Viewer,
    subject: Subject,
    key: &str,
    mut form: Form,
) -> Result<Response, PageError> {
    // A browser sends line breaks in its own way; the file keeps one.
    let text = form.raw("text").replace("\r\n", "\n");
    let mut outcome = Outcome::default();
    let definition = match judged(forms, subject.kind, key, &text).await? {
        Ok(definition) => definition,
        Err(faults) => {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            let more = match faults.len() {
                0 | 1 => String::new(),
                many => format!(" (and {} more, listed below)", many - 1),
            };
            form.errors.add("text", format!("{first}{more}"));
            outcome.faults = rows(&faults, &text);
            return answer(forms, viewer, &subject, &form, outcome);
        }
    };
    let publishing = form.value("do") == "publish";
    let from = starts(forms, &mut form, publishing);
    let base: i64 = form.value("base").parse().unwrap_or(0);
    if publishing && form.is_valid() && base == subject.newest {
        let done = save(forms, viewer, &subject, key, &text, from).await;
        match done {
            Ok(version) => {
                forms.catalogue.refresh().await?;
                let words = format!("Version {version} was published");
                forms.app.flash(viewer, &words).await?;
                return Ok(Redirect::to(&address(key)).into_response());
            }
            // Somebody was quicker by a moment: look again.
            Err(DbError::Duplicate | DbError::Stale) => {
                return Err(PageError::Conflict);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if publishing && form.is_valid() {
        outcome.overtaken = Some(Overtaken {
            version: subject.newest,
            sections: match &subject.current {
                Some(current) => difference(current, &definition),
                None => Vec::new(),
            },
        });
    } else if base != 0 {
        outcome.base = Some(base);
    }
    outcome.checked = Some(checked(forms, &subject, &definition).await?);
    answer(forms, viewer, &subject, &form, outcome)
}

/// The day from which it is to hold.
fn starts(forms: &Forms, form: &mut Form, publishing: bool) -> NaiveDate {
    let today = forms.app.clock.today();
    let parts: Vec<&str> = ["from-day", "from-month", "from-year"]
        .into_iter()
        .map(|part| form.value(part))
        .collect();
    if !publishing || parts.iter().all(|part| part.is_empty()) {
        return today;
    }
    let read = match parts.as_slice() {
        [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}")
            .parse::<NaiveDate>()
            .ok(),
        _ => None,
    };
    match read {
        Some(date) if date >= today => date,
        Some(_) => {
            form.errors.add(
                "from-day",
                "The day from which it holds must be today or in the future",
            );
            today
        }
        None => {
            form.errors.add(
                "from-day",
                "The day from which it holds must be a real date",
            );
            today
        }
    }
}

async fn save(
    forms: &Forms,
    viewer: &Viewer,
    subject: &Subject,
    key: &str,
    text: &str,
    from: NaiveDate,
) -> Result<i64, DbError> {
    let (app, file, kind) = (&forms.app, file_name(key), content_kind(subject.kind));
    let newest = subject.newest;
    let version = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let there = store::versions(tx, &file).await?;
        if there
            .iter()
            .map(|version| version.version)
            .max()
            .unwrap_or(0)
            != newest
        {
            return Err(DbError::Stale);
        }
        publish(tx, kind, &file, text, from).await
    })
    .await?;
    // What it grants holds at once here; other copies of the program follow.
    catalogue::take_up(&app.db, &app.clock).await?;
    Ok(version)
}

/// A text read, with its roles and its links to other definitions.
async fn judged(
    forms: &Forms,
    kind: DefinitionKind,
    key: &str,
    text: &str,
) -> Result<Result<Definition, Vec<Fault>>, PageError> {
    let roles = read!(&forms.app.db, |tx| known_roles(tx)
        .await
        .map_err(PageError::from))
    .await?;
    let definition = match read_file(kind, &file_name(key), text, &roles) {
        Ok(definition) => definition,
        Err(faults) => return Ok(Err(faults)),
    };
    let others = forms.catalogue.all();
    let others = others.iter().filter(|other| other.key != key);
    let all: Vec<&Definition> = others.map(AsRef::as_ref).chain([&definition]).collect();
    let wrong: Vec<Fault> = between(&all)
        .into_iter()
        .filter(|(of, _)| of == key)
        .map(|(_, message)| Fault {
            line: None,
            path: String::new(),
            message,
        })
        .collect();
    Ok(if wrong.is_empty() {
        Ok(definition)
    } else {
        Err(wrong)
    })
}

fn rows(faults: &[Fault], text: &str) -> Vec<FaultRow> {
    let row = |fault: &Fault| FaultRow {
        line: fault.line,
        text: fault
            .line
            .and_then(|line| text.lines().nth(line.saturating_sub(1)))
            .unwrap_or_default()
            .chars()
            .take(120)
            .collect(),
        path: fault.path.clone(),
        message: fault.message.clone(),
    };
    faults.iter().map(row).collect()
}

async fn checked(
    forms: &Forms,
    subject: &Subject,
    definition: &Definition,
) -> Result<Checked, PageError> {
    let impact = match &subject.current {
        Some(current) => {
            let impact = store::impact(&forms.app.db, current, definition, None).await?;
            (impact.records > 0).then_some(impact)
        }
        None => None,
    };
    Ok(Checked {
        advice: advice(definition),
        sections: match &subject.current {
            Some(current) => difference(current, definition),
            None => Vec::new(),
        },
        against: subject.current.as_ref().map(|current| current.version),
        impact,
        pages: preview(definition),
    })
}
