//! Changing a record by the pages that made it.

use std::collections::BTreeSet;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Address, PageError, Path, Sent, Viewer, Visit};
use commonweal_core::{DbError, args, read, sql, write};
use commonweal_govuk::{Form, Page, escape};
use http::StatusCode;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::check::{self, CHECK, Context};
use super::drafts::{self, NewDraft};
use super::fields::filled;
use super::journey::{self, Journey};
use super::rows::{Actions, Html, Link, Row, Section, Text};
use super::{lookups, rows, step, walk};
use crate::Forms;
use crate::answers::Answers;
use crate::definition::Shared;
use crate::register::store::{Record, StoreError};
use crate::register::{self, store};

/// Where the changes to a record are checked.
pub(super) fn check_href(record: &Record) -> String {
    format!("{}/edit/check", record.href())
}

/// A record that somebody may change.
struct Edited {
    record: Record,
    definition: Shared,
}

async fn record(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    reference: &str,
) -> Result<Edited, PageError> {
    let record = read!(&forms.app.db, |tx| store::by_reference(tx, reference)
        .await
        .map_err(PageError::from))
    .await?;
    if record.definition != key {
        return Err(PageError::NotFound);
    }
    let resource = record.resource();
    viewer.must_record(key, RecordAct::See, &resource)?;
    if !viewer
        .principal
        .may_record(key, RecordAct::Change, &resource)
    {
        return Err(PageError::Forbidden);
    }
    let definition = journey::version(forms, key, record.definition_version).await?;
    Ok(Edited { record, definition })
}

/// The draft of the changes, begun where there is none. The reading is logged.
async fn open(
    forms: &Forms,
    visit: &Visit,
    viewer: &Viewer,
    edited: &Edited,
) -> Result<Journey, PageError> {
    let app = &forms.app;
    let Edited { record, definition } = edited;
    let shown = register::visible(viewer, definition, record);
    if shown.personal {
        register::log_read(app, viewer, RecordAct::SeePersonal.name(), &[record.id]).await?;
    }
    // What an editor may not see stays as it is, whether it is there or not.
    let withheld: BTreeSet<String> = definition
        .questions
        .iter()
        .filter(|question| {
            !shown.may_see_personal && question.personal != crate::definition::Personal::None
        })
        .map(|question| question.id.clone())
        .collect();
    let (owner, now) = (journey::owner(visit)?, app.clock.now());
    let found = read!(&app.db, |tx| drafts::of_record(tx, &owner, record.id, now)
        .await
        .map_err(PageError::from))
    .await?;
    let draft = match found.filter(|draft| draft.definition_version == record.definition_version) {
        // Nothing changed in it yet: it may as well begin from what is there now.
        Some(draft)
            if draft.answers != draft.base || draft.record_version == Some(record.version) =>
        {
            draft
        }
        _ => {
            let new = NewDraft {
                definition: record.definition.clone(),
                definition_version: record.definition_version,
                owner,
                record: Some((record.id, record.version)),
                answers: record.answers.clone(),
                channel: "page".to_owned(),
                language: "en".to_owned(),
                ..NewDraft::default()
            };
            let id = write!(&app.db, &app.clock, &viewer.actor(), |tx| drafts::add(
                tx,
                &new,
                drafts::DAYS
            )
            .await)
            .await
            .map_err(|error: DbError| PageError::from(error))?;
            read!(&app.db, |tx| drafts::load(tx, id, now)
                .await
                .map_err(PageError::from))
            .await?
        }
    };
    Ok(Journey {
        definition: definition.clone(),
        draft,
        base: format!("{}/edit", record.href()),
        record: Some(record.href()),
        withheld,
        state: Some(record.state.clone()),
    })
}

/// `GET …/edit`: the first page.
pub(super) async fn first(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let edited = record(&forms, &viewer, &key, &reference).await?;
    let step = walk::first(
        &edited.definition,
        &edited.record.answers,
        Some(&edited.record.state),
    )
    .ok_or(PageError::NotFound)?;
    let to = format!("{}/edit/{}", edited.record.href(), step.key);
    Ok(Redirect::to(&to).into_response())
}

/// `GET …/edit/{page}`.
pub(super) async fn page(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    Path((key, reference, page)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let edited = record(&forms, &viewer, &key, &reference).await?;
    let journey = open(&forms, &visit, &viewer, &edited).await?;
    step::show(&forms, &visit, &journey, &page, "check").await
}

/// `POST …/edit/{page}`.
pub(super) async fn receive(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    address: Address,
    Path((key, reference, page)): Path<(String, String, String)>,
    request: Request,
) -> Result<Response, PageError> {
    let edited = record(&forms, &viewer, &key, &reference).await?;
    let journey = open(&forms, &visit, &viewer, &edited).await?;
    step::receive(&forms, &visit, journey, (&page, "check"), &address, request).await
}

/// `GET …/edit/files/{file}`.
pub(super) async fn file(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    Path((key, reference, file)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let edited = record(&forms, &viewer, &key, &reference).await?;
    let journey = open(&forms, &visit, &viewer, &edited).await?;
    step::file(&forms, &journey, file).await
}

/// `GET …/edit/check`.
pub(super) async fn check(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let edited = record(&forms, &viewer, &key, &reference).await?;
    let journey = open(&forms, &visit, &viewer, &edited).await?;
    let stale = journey.draft.record_version != Some(edited.record.version);
    show(&forms, &visit, &journey, &edited, stale, &Form::default()).await
}

/// The questions that the draft changes, in order.
fn changed(journey: &Journey) -> impl Iterator<Item = &crate::definition::Question> {
    let (mine, base) = (&journey.draft.answers, &journey.draft.base);
    journey.definition.questions.iter().filter(move |question| {
        mine.get(&question.id) != base.get(&question.id) && !journey.withheld.contains(&question.id)
    })
}

/// Shows what would be changed; where somebody else changed the record meanwhile, both versions.
async fn show(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    edited: &Edited,
    stale: bool,
    form: &Form,
) -> Result<Response, PageError> {
    let engine = forms.app.settings.language;
    let (definition, draft, record) = (&journey.definition, &journey.draft, &edited.record);
    let viewer = visit.viewer.as_ref();
    let mut all = Answers::default();
    for answers in [&draft.base, &record.answers, &draft.answers] {
        all.0.extend(
            answers
                .0
                .iter()
                .map(|(id, answer)| (id.clone(), answer.clone())),
        );
    }
    let mut names = lookups::names(forms, viewer, definition, &all).await?;
    for answers in [&draft.base, &record.answers] {
        let more = lookups::names(forms, viewer, definition, answers).await?;
        names.0.extend(more.0);
    }
    let value = |question, answers: &Answers| {
        let id: &crate::definition::Question = question;
        rows::value(id, answers.get(&id.id), "en", engine, &names)
    };
    let (mut choices, mut list) = (Vec::new(), Vec::new());
    for question in changed(journey) {
        let theirs = record.answers.get(&question.id);
        if stale && theirs != draft.base.get(&question.id) {
            if theirs != draft.answers.get(&question.id) {
                choices.push(choice(
                    forms,
                    question,
                    &value(question, &record.answers),
                    &value(question, &draft.answers),
                    form,
                ));
            }
            continue;
        }
        let before = filled(
            engine,
            "forms.before_change",
            &[("value", "\u{0}".to_owned())],
        );
        let html = format!(
            "{}<br><span class=\"govuk-hint govuk-!-margin-bottom-0\">{}</span>",
            value(question, &draft.answers),
            escape(&before).replace('\u{0}', &value(question, &draft.base))
        );
        let href = definition
            .question(&question.id)
            .and_then(|(id, _)| walk::of_question(definition, id))
            .map(|step| journey.at(&step));
        list.push(Row {
            key: Text {
                text: question.label.en().to_owned(),
            },
            value: Html { html },
            actions: href.map(|href| Actions {
                items: vec![Link {
                    href,
                    text: step::t(forms, "forms.change"),
                    visually_hidden_text: question.label.en().to_owned(),
                }],
            }),
        });
    }
    let heading = step::t(forms, "forms.check_changes");
    let nothing = list.is_empty() && choices.is_empty();
    let context = Context {
        caption: Some(record.reference.clone()),
        heading: heading.clone(),
        stale,
        against: record.version,
        action: journey.check(),
        choices,
        nothing,
        sections: if list.is_empty() {
            Vec::new()
        } else {
            vec![Section {
                title: None,
                rows: list,
            }]
        },
        submit: step::t(forms, "forms.save_changes"),
        cancel: journey.record.clone(),
        ..Context::default()
    };
    let back = journey.record.clone().unwrap_or_default();
    let mut page = Page::new(&CHECK, heading).back(back).form(form);
    if stale {
        page = page.status(StatusCode::CONFLICT);
    }
    forms.app.page(visit, page, &context)
}

/// Both versions of an answer, to choose from.
fn choice(
    forms: &Forms,
    question: &crate::definition::Question,
    theirs: &str,
    mine: &str,
    form: &Form,
) -> Json {
    let name = format!("keep-{}", question.id);
    let chosen = form.value(&name).to_owned();
    let mut params = json!({
        "idPrefix": name, "name": name,
        "fieldset": { "legend": { "text": question.label.en(), "classes": "govuk-fieldset__legend--m" } },
        "items": [
            { "value": "theirs", "html": theirs, "hint": { "text": step::t(forms, "forms.theirs") }, "checked": chosen == "theirs" },
            { "value": "mine", "html": mine, "hint": { "text": step::t(forms, "forms.mine") }, "checked": chosen == "mine" },
        ],
    });
    if let Some(message) = form.errors.get(&name) {
        super::fields::set(&mut params, "errorMessage", json!({ "text": message }));
    }
    params
}

/// `POST …/edit/check`: saves the changes.
pub(super) async fn save(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    Path((key, reference)): Path<(String, String)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let edited = record(&forms, &viewer, &key, &reference).await?;
    let (owner, now, app) = (journey::owner(&visit)?, forms.app.clock.now(), &forms.app);
    let id = edited.record.id;
    let found = read!(&app.db, |tx| drafts::of_record(tx, &owner, id, now)
        .await
        .map_err(PageError::from))
    .await?;
    if found.is_none() {
        // The button pressed twice: it is saved already.
        return Ok(Redirect::to(&edited.record.href()).into_response());
    }
    let journey = open(&forms, &visit, &viewer, &edited).await?;
    let against: Option<i64> = form.value("against").parse().ok();
    let expected = against.or(journey.draft.record_version).unwrap_or(0);
    if expected != edited.record.version {
        return show(&forms, &visit, &journey, &edited, true, &Form::default()).await;
    }
    let mut answers = edited.record.answers.clone();
    for question in changed(&journey) {
        let id = question.id.as_str();
        let (base, theirs) = (journey.draft.base.get(id), edited.record.answers.get(id));
        let mine = journey.draft.answers.get(id);
        let keep = if theirs == base || theirs == mine {
            true
        } else {
            match form.value(&format!("keep-{id}")) {
                "mine" => true,
                "theirs" => false,
                _ => {
                    form.errors
                        .add(format!("keep-{id}"), step::t(&forms, "forms.keep_which"));
                    false
                }
            }
        };
        if keep {
            answers.set(id, mine.cloned());
        }
    }
    if !form.is_valid() {
        return show(&forms, &visit, &journey, &edited, true, &form).await;
    }
    walk::shown(&journey.definition, &answers, journey.state()).strip(&mut answers);
    let missing: Vec<_> = walk::missing(
        &journey.definition,
        &answers,
        journey.state(),
        app.clock.today(),
    )
    .into_iter()
    .filter(|(id, _)| {
        journey
            .definition
            .get(*id)
            .is_some_and(|question| !journey.withheld.contains(&question.id))
    })
    .collect();
    if let Some(page) = step::show_missing(&forms, &visit, &journey, &missing).await? {
        return Ok(page);
    }
    if answers == edited.record.answers {
        write!(&app.db, &app.clock, &viewer.actor(), |tx| drafts::remove(
            tx,
            journey.draft.id
        )
        .await)
        .await
        .map_err(|error: DbError| PageError::from(error))?;
        app.flash(&viewer, &step::t(&forms, "forms.nothing_changed"))
            .await?;
        return Ok(Redirect::to(&edited.record.href()).into_response());
    }
    let gone = gone(&edited.record.answers, &answers);
    let (definition, draft) = (&journey.definition, &journey.draft);
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let record = store::change(tx, definition, id, expected, &answers, None).await?;
        check::adopt_files(tx, draft.id, &record).await?;
        for file in &gone {
            tx.run(
                sql!("delete from file_uses where id = $1 and subject_kind = 'form_record' and subject = $2"),
                args![*file, record.id],
            )
            .await?;
        }
        drafts::mark_sent(tx, draft, record.id, false).await?;
        Ok::<_, StoreError>(record)
    })
    .await;
    match done {
        Ok(record) => {
            app.flash(&viewer, &step::t(&forms, "forms.changes_saved"))
                .await?;
            Ok(Redirect::to(&record.href()).into_response())
        }
        Err(StoreError::Stale(record)) => {
            let edited = Edited {
                record: *record,
                definition: edited.definition,
            };
            show(&forms, &visit, &journey, &edited, true, &Form::default()).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The files that answers named before and name no more.
fn gone(before: &Answers, after: &Answers) -> Vec<Uuid> {
    let ids = |answers: &Answers| -> BTreeSet<Uuid> {
        step::files_of(answers)
            .into_values()
            .flatten()
            .map(|file| file.id)
            .collect()
    };
    ids(before).difference(&ids(after)).copied().collect()
}

/// `GET /registers/{key}/records/{reference}/files/{file}`: a file of a record, for whoever may see
/// the answer that holds it.
pub(super) async fn record_file(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path((key, reference, file)): Path<(String, String, Uuid)>,
) -> Result<Response, PageError> {
    let record = read!(&forms.app.db, |tx| store::by_reference(tx, &reference)
        .await
        .map_err(PageError::from))
    .await?;
    if record.definition != key {
        return Err(PageError::NotFound);
    }
    viewer.must_record(&key, RecordAct::See, &record.resource())?;
    let definition = journey::version(&forms, &key, record.definition_version).await?;
    let shown = register::visible(&viewer, &definition, &record);
    let (question, found) = step::files_of(&shown.answers)
        .into_iter()
        .flat_map(|(id, files)| files.into_iter().map(move |file| (id.clone(), file)))
        .find(|(_, one)| one.id == file)
        .ok_or(PageError::NotFound)?;
    let personal = definition
        .question(&question)
        .is_none_or(|(_, question)| question.personal != crate::definition::Personal::None);
    if personal {
        register::log_read(
            &forms.app,
            &viewer,
            RecordAct::SeePersonal.name(),
            &[record.id],
        )
        .await?;
    }
    super::uploads::serve(&forms.files, &found).await
}
