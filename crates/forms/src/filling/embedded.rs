//! Journeys that begin and end on an area's own pages: its start page asks the first step's questions,
//! its confirmation belongs to whoever sent the draft. What lies between are the engine's pages.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_access::web::{PageError, Visit};
use commonweal_govuk::{Form, Language};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::drafts::{Draft, NewDraft};
use super::journey::{self, Journey};
use super::walk::{self, Step};
use super::{drafts, fields, read, start, step};
use crate::Forms;
use crate::answers::Answers;
use crate::definition::Shared;

/// The first step of a definition, as a template of an area shows it: with
/// `{% from "forms/fields.html" import question %}` and, inside the form, hidden fields `form.asked` and
/// `language`, then `{% for field in first.fields %}{{ question(field, first.words) }}{% endfor %}`.
#[derive(Debug, Clone, Serialize)]
pub struct First {
    /// The language in which it is asked.
    pub language: String,
    /// Languages to choose from: `code`, `name`, `href`, `here`.
    pub languages: Json,
    /// The step's title.
    pub title: String,
    /// Paragraphs under it.
    pub intro: Vec<String>,
    /// The value of the field `form.asked`.
    pub asked: String,
    /// Its questions.
    pub fields: Json,
    /// Words of buttons inside them.
    pub words: Json,
}

/// The language of a page's own texts, for whoever chose a language.
#[must_use]
pub fn language_of(forms: &Forms, chosen: &str) -> Language {
    journey::engine(forms, chosen)
}

/// The language to use of those that a definition has: that asked for, else the service's.
///
/// # Errors
/// [`PageError::NotFound`] where the definition is not in force.
pub fn language(forms: &Forms, key: &str, asked: Option<&str>) -> Result<String, PageError> {
    let definition = journey::in_force(forms, key)?;
    Ok(start::language(forms, &definition, asked))
}

/// The first step, empty or with what was typed and is wrong.
///
/// # Errors
/// [`PageError::NotFound`] where the definition is not in force.
pub async fn first(
    forms: &Forms,
    visit: &Visit,
    (key, base): (&str, &str),
    language: &str,
    form: &Form,
) -> Result<First, PageError> {
    let (journey, step) = unsaved(forms, key, language)?;
    let definition = &journey.definition;
    let mut extra = journey.extra(forms, visit);
    super::needs::look_up(forms, &journey, &step, &mut extra).await?;
    let layered = walk::layered(definition, &step, &journey.draft.answers, None);
    let page = definition.pages.get(step.page);
    let title = page.map_or("", |page| extra.words(&page.title)).to_owned();
    let asked = layered.asked();
    let asked = asked.iter().filter_map(|id| definition.get(*id));
    let asked: Vec<&str> = asked.map(|question| question.id.as_str()).collect();
    let json = |error: serde_json::Error| PageError::Internal(error.to_string());
    let tongues = start::tongues(&start::languages(definition), language, base);
    Ok(First {
        language: language.to_owned(),
        languages: serde_json::to_value(tongues).map_err(json)?,
        intro: page
            .map(|page| page.intro.iter())
            .into_iter()
            .flatten()
            .map(|line| extra.words(line).to_owned())
            .collect(),
        title,
        asked: asked.join(" "),
        fields: serde_json::to_value(fields::fields(definition, &layered, form, &extra))
            .map_err(json)?,
        words: serde_json::to_value(step::words(&extra)).map_err(json)?,
    })
}

/// Reads the first step and begins a draft with it: where the next step is, or none where something is
/// wrong, which then stands in the form.
///
/// # Errors
/// [`PageError`].
pub async fn begin(
    forms: &Forms,
    visit: &Visit,
    key: &str,
    language: &str,
    form: &mut Form,
) -> Result<Option<String>, PageError> {
    let (journey, step) = unsaved(forms, key, language)?;
    let extra = journey.extra(forms, visit);
    let said = read::page(
        forms,
        visit,
        &journey,
        &step,
        form,
        &BTreeMap::new(),
        &extra,
    )
    .await?;
    for (field, message) in said.errors {
        form.errors.add(field, message);
    }
    if !form.is_valid() {
        return Ok(None);
    }
    let definition = &journey.definition;
    let after = if said.more {
        Some(step)
    } else {
        walk::around(definition, &step.key, &said.answers, None).1
    };
    let base = make(forms, visit, &journey, said.answers, None).await?;
    Ok(Some(at(&base, after)))
}

/// Begins a draft with answers that the area knows already: where its first step is. `parent` is the
/// record that what is sent will belong to.
///
/// # Errors
/// [`PageError`].
pub async fn begin_with(
    forms: &Forms,
    visit: &Visit,
    key: &str,
    language: &str,
    (answers, parent): (Answers, Option<Uuid>),
) -> Result<String, PageError> {
    let (journey, _) = unsaved(forms, key, language)?;
    let first = walk::first(&journey.definition, &answers, None);
    let base = make(forms, visit, &journey, answers, parent).await?;
    Ok(at(&base, first))
}

/// A draft of whoever looks, sent or not.
///
/// # Errors
/// [`PageError::NotFound`] for others' drafts as for those that are not there.
pub async fn own(
    forms: &Forms,
    visit: &Visit,
    key: &str,
    draft: Uuid,
) -> Result<(Shared, Draft), PageError> {
    let journey = journey::open(forms, visit, key, draft).await?;
    Ok((journey.definition, journey.draft))
}

fn at(base: &str, step: Option<Step>) -> String {
    step.map_or_else(
        || format!("{base}/check"),
        |step| format!("{base}/{}", step.key),
    )
}

async fn make(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    answers: Answers,
    parent: Option<Uuid>,
) -> Result<String, PageError> {
    let new = NewDraft {
        definition: journey.definition.key.clone(),
        definition_version: journey.definition.version,
        owner: journey::owner(visit)?,
        record: None,
        parent,
        invitation: None,
        answers,
        channel: "public".to_owned(),
        language: journey.draft.language.clone(),
    };
    start::make(forms, visit, &journey.definition, &new).await
}

/// A journey before its draft is there.
fn unsaved(forms: &Forms, key: &str, language: &str) -> Result<(Journey, Step), PageError> {
    let definition = journey::in_force(forms, key)?;
    let step = walk::first(&definition, &Answers::default(), None).ok_or(PageError::NotFound)?;
    let now = forms.app.clock.now();
    let draft = Draft {
        id: Uuid::nil(),
        definition: key.to_owned(),
        definition_version: definition.version,
        owner: String::new(),
        record: None,
        record_version: None,
        parent: None,
        invitation: None,
        answers: Answers::default(),
        base: Answers::default(),
        sent: None,
        channel: "public".to_owned(),
        language: language.to_owned(),
        changed_at: now,
        expires_at: now + chrono::Duration::days(drafts::DAYS),
        version: 0,
    };
    let journey = Journey {
        base: format!("/forms/{key}/drafts/{}", draft.id),
        definition,
        draft,
        record: None,
        withheld: BTreeSet::new(),
        state: None,
    };
    Ok((journey, step))
}
