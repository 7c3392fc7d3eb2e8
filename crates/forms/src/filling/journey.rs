//! Who fills in what: the draft, its definition, and whose it is.

use std::collections::BTreeSet;

use commonweal_access::policy::{Action, RecordAct, Resource};
use commonweal_access::web::{Address, PageError, Viewer, Visit};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, read, upkeep};
use commonweal_govuk::{Language, text};
use uuid::Uuid;

use super::drafts::{self, Draft};
use super::fields::{Extra, MapShown};
use super::walk::{self, Step};
use crate::Forms;
use crate::answers::Answers;
use crate::definition::{Audience, Definition, Layout, QuestionKind, Shared};

/// What visitors without a sign-in are recorded as doing.
const PUBLIC_PURPOSE: &str = "public form";

/// Drafts that may be begun, and forms sent, from one network address in an hour: a library shares one.
const MOST_BEGUN: i64 = 120;
const MOST_SENT: i64 = 60;
/// Links with a secret that may be tried from one network address in an hour.
const MOST_TRIED: i64 = 60;

/// Whose drafts this visit may see: first the one under whom a new one is kept.
pub(super) fn owners(visit: &Visit) -> Vec<String> {
    let user = visit
        .viewer
        .as_ref()
        .map(|viewer| format!("user:{}", viewer.user()));
    let browser = Some(visit.owner())
        .filter(|owner| !owner.is_empty())
        .map(|owner| format!("visit:{owner}"));
    user.into_iter().chain(browser).collect()
}

/// Under whom a new draft is kept.
///
/// # Errors
/// [`PageError::Expired`] for a browser that keeps no cookies: it could never come back to it.
pub(super) fn owner(visit: &Visit) -> Result<String, PageError> {
    owners(visit).into_iter().next().ok_or(PageError::Expired)
}

/// Who acts.
pub(super) fn actor(visit: &Visit) -> Actor {
    visit
        .viewer
        .as_ref()
        .map_or_else(|| Actor::system(PUBLIC_PURPOSE), Viewer::actor)
}

/// A record that somebody is about to make: theirs.
pub(super) fn new_resource(viewer: &Viewer) -> Resource {
    Resource::record(
        Uuid::nil(),
        Some(viewer.principal.agency),
        Some(viewer.user()),
    )
}

/// Whether a colleague may make records of a definition, also for somebody else.
pub(super) fn may_add(viewer: &Viewer, definition: &Definition) -> bool {
    viewer
        .principal
        .may_record(&definition.key, RecordAct::Add, &new_resource(viewer))
}

/// Whether somebody may begin a definition from its own start page, without an invitation.
///
/// # Errors
/// [`PageError::SignIn`] and [`PageError::NotFound`].
pub(crate) fn must_begin(definition: &Definition, visit: &Visit) -> Result<(), PageError> {
    match (definition.audience, &visit.viewer) {
        (Audience::Public, _) => Ok(()),
        (_, Some(viewer)) if may_add(viewer, definition) => Ok(()),
        (Audience::Staff, None) => Err(PageError::SignIn),
        _ => Err(PageError::NotFound),
    }
}

/// The definition of a key, as in force today.
///
/// # Errors
/// [`PageError::NotFound`].
pub(super) fn in_force(forms: &Forms, key: &str) -> Result<Shared, PageError> {
    forms.catalogue.get(key).ok_or(PageError::NotFound)
}

/// What is counted per network address.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counted {
    /// Drafts begun.
    Begun,
    /// Forms sent.
    Sent,
    /// Secret links tried.
    Tried,
}

/// Counts what comes from a network address without a sign-in.
///
/// # Errors
/// [`PageError::TooMany`].
pub(super) async fn slow_down(
    forms: &Forms,
    visit: &Visit,
    address: &Address,
    what: Counted,
) -> Result<(), PageError> {
    if visit.viewer.is_some() {
        return Ok(());
    }
    let (name, most) = match what {
        Counted::Begun => ("begun", MOST_BEGUN),
        Counted::Sent => ("sent", MOST_SENT),
        Counted::Tried => ("tried", MOST_TRIED),
    };
    let app = &forms.app;
    let flooded = upkeep!(&app.db, &app.clock, |tx| drafts::flooded(
        tx,
        name,
        address.0.as_deref(),
        most
    )
    .await)
    .await;
    match flooded.map_err(|error: DbError| PageError::from(error))? {
        Some(seconds) => Err(PageError::TooMany { seconds }),
        None => Ok(()),
    }
}

/// A draft on its way, whether it makes a record or edits one.
#[derive(Debug, Clone)]
pub(super) struct Journey {
    /// The definition, in the draft's version.
    pub(super) definition: Shared,
    /// The draft.
    pub(super) draft: Draft,
    /// The address below which its pages lie.
    pub(super) base: String,
    /// Where an edited record is.
    pub(super) record: Option<String>,
    /// Questions of an edited record whose answers the editor may not see, and so not change.
    pub(super) withheld: BTreeSet<String>,
    /// The state of an edited record.
    pub(super) state: Option<String>,
}

impl Journey {
    /// The state of an edited record; none of one that is being made.
    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The address of a step.
    pub(super) fn at(&self, step: &Step) -> String {
        format!("{}/{}", self.base, step.key)
    }

    /// The address of the page on which answers are checked.
    pub(super) fn check(&self) -> String {
        format!("{}/check", self.base)
    }

    /// The address of the first step.
    pub(super) fn first(&self) -> String {
        walk::first(&self.definition, &self.draft.answers, self.state())
            .map_or_else(|| self.check(), |step| self.at(&step))
    }

    /// The step to go on with: the first that still lacks something, else the check.
    pub(super) fn next_to_do(&self, today: chrono::NaiveDate) -> String {
        let missing = walk::missing(&self.definition, &self.draft.answers, self.state(), today);
        let step = missing
            .first()
            .and_then(|(id, _)| walk::of_question(&self.definition, *id));
        match step {
            _ if self.draft.answers.0.is_empty() => self.first(),
            Some(step) => self.at(&step),
            None => self.check(),
        }
    }

    /// What the fields of its pages need, before anything is looked up.
    pub(super) fn extra(&self, forms: &Forms, visit: &Visit) -> Extra {
        let settings = &forms.app.settings;
        Extra {
            staff: visit.viewer.is_some(),
            engine: self.engine(forms),
            language: self.draft.language.clone(),
            heading: self.definition.layout == Layout::OnePerPage,
            map: MapShown {
                tiles: settings.basemap.as_ref().map(|map| map.url.clone()),
                attribution: settings
                    .basemap
                    .as_ref()
                    .and_then(|map| map.attribution.clone()),
                outline: visit
                    .viewer
                    .as_ref()
                    .filter(|viewer| viewer.principal.may_enter(Action::SeeIncidents))
                    .map(|_| "/map/outline".to_owned()),
                ..MapShown::default()
            },
            ..Extra::default()
        }
    }

    /// The language of the engine's own words: the draft's, where the catalogue has it.
    pub(super) fn engine(&self, forms: &Forms) -> Language {
        engine(forms, &self.draft.language)
    }

    /// A text of the engine in the draft's language.
    pub(super) fn t(&self, forms: &Forms, key: &str) -> String {
        text::t(self.engine(forms), key).into_owned()
    }

    /// The language of the definition's words, where it is another than the page's.
    pub(super) fn lang(&self, forms: &Forms) -> Option<String> {
        let page = self.engine(forms).code();
        (self.draft.language != page && self.draft.language != "en")
            .then(|| self.draft.language.clone())
    }

    /// The answers of a step as a short text, to tell whether another tab changed them.
    pub(super) fn seen(&self, step: &Step) -> String {
        seen(&self.definition, step, &self.draft.answers)
    }
}

/// The language of the engine's own words for whoever chose a language: that one where the catalogue
/// has it, else the service's.
pub(super) fn engine(forms: &Forms, chosen: &str) -> Language {
    let service = forms.app.settings.language;
    match chosen {
        "en" => service,
        other => Language::from_code(other).unwrap_or(service),
    }
}

/// A step's answers as a short text.
pub(super) fn seen(definition: &Definition, step: &Step, answers: &Answers) -> String {
    let mut part = Answers::default();
    for question in step.questions.iter().filter_map(|id| definition.get(*id)) {
        // Files are added, never written over.
        if matches!(question.kind, QuestionKind::Files { .. }) {
            continue;
        }
        part.set(&question.id, answers.get(&question.id).cloned());
    }
    let text = serde_json::to_string(&part).unwrap_or_default();
    drafts::hash_of(&text)
}

/// The draft of an address, for whose it is.
///
/// # Errors
/// [`PageError::NotFound`] for others' drafts as for those that are not there;
/// [`PageError::SignIn`] where a sign-in has ended, so that what was typed is kept.
pub(super) async fn open(
    forms: &Forms,
    visit: &Visit,
    key: &str,
    id: Uuid,
) -> Result<Journey, PageError> {
    let now = forms.app.clock.now();
    let missing = || {
        // Whoever signs in again sees whether it is theirs: nobody learns it before.
        if visit.viewer.is_none() && visit.has_ended() {
            PageError::SignIn
        } else {
            PageError::NotFound
        }
    };
    let draft = read!(&forms.app.db, |tx| drafts::load(tx, id, now)
        .await
        .map_err(PageError::from))
    .await;
    let draft = match draft {
        Err(PageError::NotFound) => return Err(missing()),
        other => other?,
    };
    if draft.definition != key || draft.record.is_some() || !owners(visit).contains(&draft.owner) {
        return Err(missing());
    }
    let definition = version(forms, key, draft.definition_version).await?;
    Ok(Journey {
        definition,
        base: format!("/forms/{key}/drafts/{id}"),
        draft,
        record: None,
        withheld: BTreeSet::new(),
        state: None,
    })
}

/// A definition in a version.
///
/// # Errors
/// [`PageError::NotFound`].
pub(super) async fn version(forms: &Forms, key: &str, version: i64) -> Result<Shared, PageError> {
    if let Some(now) = forms
        .catalogue
        .get(key)
        .filter(|now| now.version == version)
    {
        return Ok(now);
    }
    read!(&forms.app.db, |tx| forms
        .catalogue
        .version(tx, key, version)
        .await
        .map_err(PageError::from))
    .await
}
