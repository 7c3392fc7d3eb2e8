//! `/imports/uploads/{id}`: a file that was sent: what is in it, what would happen, how far it
//! is, and how it ended.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::DbError;
use commonweal_govuk::format::whole;
use commonweal_govuk::{Form, Page, page};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::mapping::{self, Group};
use super::outcome::Outcome;
use super::peek::{self, Peek};
use super::receive::{Choice, may, size};
use super::run::{self, Asked};
use super::uploads::{self, Uploaded};
use super::{Imports, list};
use crate::imports::load::LoadError;
use crate::imports::records::profiles;
use crate::imports::staged;

page!(pub(super) PREVIEW, "records/imports/preview.html", "preview.html");
page!(pub(super) PROGRESS, "records/imports/progress.html", "progress.html");

/// A larger file is not read through for its preview, since that would take minutes.
const TRIED: u64 = 30_000_000;

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) kind_words: &'static str,
    pub(super) name: String,
    pub(super) size: String,
    pub(super) peek: Peek,
    /// The groups of the form that says which column is what.
    pub(super) groups: Vec<Group>,
    /// Whether the column of types has too many values to ask about.
    pub(super) too_many_values: bool,
    pub(super) saved: Vec<Choice>,
    /// What would happen; none where that cannot be said yet.
    pub(super) outcome: Option<Outcome>,
    /// Whether it was too large to be tried.
    pub(super) untried: bool,
    /// Whether it can be imported as it is.
    pub(super) ready: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Progress {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) running: bool,
    pub(super) rows: String,
    pub(super) outcome: Outcome,
}

/// Everything that a page of a waiting file stands on.
struct Looked {
    peek: Peek,
    values: Option<Vec<(String, u64)>>,
    too_many: bool,
}

async fn look(imports: &Imports, upload: &Uploaded, column: &str) -> Result<Looked, LoadError> {
    let path = uploads::path(imports, upload.id);
    let (name, today) = (upload.name.clone(), imports.app.clock.today());
    let column = column.to_owned();
    staged::blocking(move || {
        let peek = peek::peek(&path, &name, today)?;
        let known = peek.header.contains(&column);
        let values = known.then(|| peek::values(&path, &name, &column));
        Ok(Looked {
            peek,
            too_many: matches!(values, Some(None)),
            values: values.flatten(),
        })
    })
    .await
}

pub(super) async fn page(
    State(imports): State<Imports>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let upload = uploads::of(&imports.app.db, id, viewer.principal.user).await?;
    let now = imports.app.clock.now();
    if upload.state == "done" || upload.state == "running" && upload.running(now) {
        return ended_or_running(&imports, &viewer, &upload);
    }
    let mut form = Form::from(upload.pairs());
    let past: Option<Outcome> = match upload.state.as_str() {
        "failed" => serde_json::from_value(upload.result.clone()).ok(),
        "running" => Some(Outcome::problem(
            "The import stopped, because the service did. Nothing of it is visible. Start it again",
        )),
        _ => None,
    };
    // Of several files some are in: there is nothing to try again but the others.
    if past.as_ref().is_some_and(|past| past.files.len() > 1) {
        return ended_or_running(&imports, &viewer, &upload);
    }
    show(&imports, &viewer, &upload, &mut form, past, true).await
}

fn ended_or_running(
    imports: &Imports,
    viewer: &Viewer,
    upload: &Uploaded,
) -> Result<Response, PageError> {
    let running = upload.state == "running";
    let outcome: Outcome = serde_json::from_value(upload.result.clone()).unwrap_or_default();
    if let ([file], false) = (outcome.files.as_slice(), running)
        && let Some(import) = file.import
    {
        return Ok(Redirect::to(&format!("/imports/{import}")).into_response());
    }
    let context = Progress {
        id: upload.id,
        name: upload.name.clone(),
        running,
        rows: whole(upload.rows),
        outcome,
    };
    let title = if running { "Importing" } else { "Imported" };
    let page = Page::new(&PROGRESS, title).breadcrumb("Imports", "/imports");
    imports.app.page(viewer, page, &context)
}

/// Shows the preview. `past`: how an attempt ended, instead of a trial.
async fn show(
    imports: &Imports,
    viewer: &Viewer,
    upload: &Uploaded,
    form: &mut Form,
    past: Option<Outcome>,
    fresh: bool,
) -> Result<Response, PageError> {
    let records = upload.kind == "records";
    let column = form.value("category").to_owned();
    let looked = look(imports, upload, &column).await;
    let mut looked = match looked {
        Ok(looked) => looked,
        Err(LoadError::File(words)) => return gone(&words),
        Err(LoadError::Db(error)) => return Err(error.into()),
    };
    if records
        && fresh
        && upload
            .answers
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
    {
        mapping::guess(form, &looked.peek.header);
        let column = form.value("category").to_owned();
        looked = match look(imports, upload, &column).await {
            Ok(looked) => looked,
            Err(_) => looked,
        };
        if let Some(values) = &looked.values {
            mapping::guess_values(form, values);
        }
    }
    let mut ready = false;
    let mut untried = false;
    let mut outcome = past;
    if outcome.is_none() && form.is_valid() {
        let mut trial = form.clone();
        let asked = asked(upload, &mut trial, &looked);
        match asked {
            Some(_) if looked.peek.weight > TRIED => {
                untried = true;
                ready = true;
            }
            Some(asked) => {
                let tried = run::run(imports, &viewer.actor(), upload, &asked, true, None).await;
                let tried = match tried {
                    Ok(outcome) => outcome,
                    Err(LoadError::File(words)) => Outcome::problem(words),
                    Err(LoadError::Db(error)) => return Err(error.into()),
                };
                ready = tried.good && !tried.unchanged;
                outcome = Some(tried);
            }
            None => {}
        }
    } else if outcome.is_some() {
        ready = true;
    }
    let saved = if records {
        let saved = profiles::list(&imports.app.db).await?;
        let each = saved.into_iter().map(|saved| Choice {
            selected: None,
            value: saved.name.clone(),
            text: saved.name,
            hint: None,
            checked: None,
        });
        each.collect()
    } else {
        Vec::new()
    };
    let groups = if records {
        mapping::groups(form, &looked.peek.header, looked.values.as_deref())
    } else {
        Vec::new()
    };
    let context = Context {
        id: upload.id,
        kind: upload.kind.clone(),
        kind_words: list::kind_words(&upload.kind),
        name: upload.name.clone(),
        size: size(u64::try_from(upload.bytes).unwrap_or(0)),
        peek: looked.peek,
        groups,
        too_many_values: looked.too_many,
        saved,
        outcome,
        untried,
        ready,
    };
    let page = Page::new(&PREVIEW, "Check before importing")
        .back("/imports/new")
        .form(form);
    imports.app.page(viewer, page, &context)
}

/// The file of a waiting upload is not there any more, or cannot be read any more.
fn gone(words: &str) -> Result<Response, PageError> {
    Err(PageError::Invalid(format!("{words}. Send the file again.")))
}

fn asked(upload: &Uploaded, form: &mut Form, looked: &Looked) -> Option<Asked> {
    Some(match upload.kind.as_str() {
        "police-uk" => Asked::PoliceUk,
        "areas" => run::areas_asked(form),
        "postcodes" => Asked::Postcodes,
        "context" => Asked::Context,
        _ => {
            let values = looked.values.as_deref();
            Asked::Records(Box::new(mapping::profile(
                form,
                looked.peek.separator,
                values,
            )?))
        }
    })
}

pub(super) async fn answer(
    State(imports): State<Imports>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let upload = uploads::of(&imports.app.db, id, viewer.principal.user).await?;
    if !may(&viewer, &upload.kind) {
        return Err(PageError::Forbidden);
    }
    let here = format!("/imports/uploads/{id}");
    if upload.state == "done" || upload.running(imports.app.clock.now()) {
        return Ok(Redirect::to(&here).into_response());
    }
    let action = form.value("action").to_owned();
    form.forget("action");
    match action.as_str() {
        "drop" => {
            uploads::drop_it(&imports, &viewer.actor(), id).await?;
            imports
                .app
                .flash(&viewer, "The file was dropped. Nothing was imported.")
                .await?;
            return Ok(Redirect::to("/imports").into_response());
        }
        "use" => return use_saved(&imports, &viewer, upload, form).await,
        _ => {}
    }
    let column = form.value("category").to_owned();
    let looked = match look(&imports, &upload, &column).await {
        Ok(looked) => looked,
        Err(LoadError::File(words)) => return gone(&words),
        Err(LoadError::Db(error)) => return Err(error.into()),
    };
    let changed_column = upload.kind == "records"
        && column != upload.answers["category"].as_str().unwrap_or_default();
    if changed_column && let Some(values) = &looked.values {
        mapping::guess_values(&mut form, values);
    }
    let asked = asked(&upload, &mut form, &looked);
    uploads::answer(&imports, id, answers(&form, &looked)).await?;
    let Some(asked) = asked else {
        return show(&imports, &viewer, &upload, &mut form, None, false).await;
    };
    // Where the types of a column were not asked about yet, they are shown before anything runs.
    if action != "import" {
        if upload.state != "waiting" {
            uploads::end(&imports, id, "waiting", serde_json::json!({})).await?;
        }
        return Ok(Redirect::to(&here).into_response());
    }
    if let Asked::Records(profile) = &asked {
        keep_profile(&imports, &viewer, profile).await?;
    }
    if uploads::take(&imports, id).await? {
        let actor = viewer.actor();
        tokio::spawn(run::in_earnest(imports.clone(), actor, upload, asked));
    }
    Ok(Redirect::to(&here).into_response())
}

/// The answers as they are kept.
fn answers(form: &Form, looked: &Looked) -> Json {
    let mut fields = vec![
        "source",
        "when",
        "date",
        "time",
        "clock",
        "place",
        "where",
        "where2",
        "category",
        "otherwise",
        "qualifier",
        "key",
        "area_kind",
        "vintage",
        "code_field",
        "name_field",
        "add",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect::<Vec<_>>();
    let values = looked.values.as_ref().map_or(0, Vec::len);
    fields.extend((0..values).map(|number| format!("value-{number}")));
    let kept = fields.into_iter().map(|field| {
        let value = Json::from(form.value(&field));
        (field, value)
    });
    Json::Object(kept.collect())
}

async fn use_saved(
    imports: &Imports,
    viewer: &Viewer,
    upload: Uploaded,
    mut form: Form,
) -> Result<Response, PageError> {
    let name = form.value("saved").to_owned();
    let saved = match profiles::load(&imports.app.db, &name).await {
        Ok(saved) => saved,
        Err(DbError::NotFound) => {
            form.errors
                .add("saved", "Choose one of the saved descriptions");
            return show(imports, viewer, &upload, &mut form, None, false).await;
        }
        Err(error) => return Err(error.into()),
    };
    let mut form = Form::default();
    mapping::fill(&mut form, &saved.profile);
    let column = form.value("category").to_owned();
    let looked = match look(imports, &upload, &column).await {
        Ok(looked) => looked,
        Err(LoadError::File(words)) => return gone(&words),
        Err(LoadError::Db(error)) => return Err(error.into()),
    };
    if let Some(values) = &looked.values {
        mapping::fill_values(&mut form, &saved.profile, values);
    }
    uploads::answer(imports, upload.id, answers(&form, &looked)).await?;
    Ok(Redirect::to(&format!("/imports/uploads/{}", upload.id)).into_response())
}

/// Keeps what was answered for the source's next file.
async fn keep_profile(
    imports: &Imports,
    viewer: &Viewer,
    profile: &crate::imports::read::profile::Profile,
) -> Result<(), PageError> {
    let version = match profiles::load(&imports.app.db, &profile.name).await {
        Ok(saved) => Some(saved.version),
        Err(DbError::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let (db, clock) = (&imports.app.db, &imports.app.clock);
    match profiles::save(db, clock, &viewer.actor(), profile, version).await {
        // Somebody saved the same source's at the same moment: theirs stands, this import runs.
        Ok(_) | Err(DbError::Stale | DbError::Duplicate) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
