//! The page before the first question.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Address, PageError, Path, Query, Sent, Visit};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Page, page};
use serde::{Deserialize, Serialize};

use super::drafts::{self, NewDraft};
use super::fields::filled;
use super::journey::{self, Counted, in_force, may_add, must_begin};
use super::walk;
use crate::Forms;
use crate::answers::{Answer, Answers};
use crate::definition::{Audience, Definition};
use crate::register::store;

page!(pub(super) START, "forms/start.html", "start.html");

/// The start page.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) lang: Option<String>,
    pub(super) language: String,
    pub(super) languages: Vec<Tongue>,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) intro: Vec<String>,
    pub(super) before: Vec<String>,
    pub(super) minutes: Option<String>,
    pub(super) due: Option<String>,
    pub(super) privacy: Option<String>,
    pub(super) drafts: Vec<Begun>,
    pub(super) action: String,
    pub(super) parent: Option<String>,
    pub(super) behalf: bool,
    pub(super) own: bool,
    pub(super) blank: String,
}

/// A language of the definition.
#[derive(Debug, Serialize)]
pub(super) struct Tongue {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) href: String,
    pub(super) here: bool,
}

/// A draft that was begun.
#[derive(Debug, Serialize)]
pub(super) struct Begun {
    pub(super) href: String,
    pub(super) text: String,
}

/// What the address of a start page may say.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The language.
    lang: Option<String>,
    /// The reference of the record that the new one belongs to.
    parent: Option<String>,
}

/// The languages that a definition is complete enough in to be offered: those of its title.
pub(super) fn languages(definition: &Definition) -> Vec<String> {
    let found: BTreeSet<&str> = definition.title.languages().collect();
    found.into_iter().map(str::to_owned).collect()
}

/// The language to use: that asked for where the definition has it, else that of the service.
pub(super) fn language(forms: &Forms, definition: &Definition, asked: Option<&str>) -> String {
    let known = languages(definition);
    let service = forms.app.settings.language.code();
    asked
        .filter(|code| known.iter().any(|one| one == code))
        .or_else(|| Some(service).filter(|code| known.iter().any(|one| one == code)))
        .unwrap_or("en")
        .to_owned()
}

/// A language's name in itself.
fn tongue(code: &str) -> String {
    match code {
        "en" => "English",
        "cy" => "Cymraeg",
        "pl" => "Polski",
        "ro" => "Română",
        "uk" => "Українська",
        "ar" => "العربية",
        "fa" => "فارسی",
        "ur" => "اردو",
        "pa" => "ਪੰਜਾਬੀ",
        "fr" => "Français",
        "lt" => "Lietuvių",
        "pt" => "Português",
        other => other,
    }
    .to_owned()
}

/// The languages to choose from on a start page; none where there is one.
pub(super) fn tongues(all: &[String], language: &str, base: &str) -> Vec<Tongue> {
    if all.len() < 2 {
        return Vec::new();
    }
    all.iter()
        .map(|code| Tongue {
            code: code.clone(),
            name: tongue(code),
            href: format!("{base}?lang={code}"),
            here: code == language,
        })
        .collect()
}

/// Everything of a start page that the definition says.
pub(super) fn context(
    forms: &Forms,
    definition: &Definition,
    language: &str,
    base: &str,
) -> Context {
    let engine = journey::engine(forms, language);
    let texts = &definition.texts;
    let all = languages(definition);
    let lines = |words: &[crate::definition::Words]| -> Vec<String> {
        words
            .iter()
            .map(|line| line.get(language).to_owned())
            .collect()
    };
    Context {
        lang: (language != engine.code() && language != "en").then(|| language.to_owned()),
        language: language.to_owned(),
        languages: tongues(&all, language, base),
        title: definition.title.get(language).to_owned(),
        about: definition.about.get(language).to_owned(),
        intro: lines(&texts.intro),
        before: lines(&texts.before_you_start),
        minutes: texts.minutes.map(|minutes| match minutes {
            0 | 1 => filled(engine, "forms.minute", &[]),
            more => filled(engine, "forms.minutes", &[("minutes", more.to_string())]),
        }),
        due: None,
        privacy: texts
            .privacy
            .as_ref()
            .map(|words| words.get(language).to_owned()),
        drafts: Vec::new(),
        action: base.to_owned(),
        parent: None,
        behalf: false,
        own: true,
        blank: format!("/forms/{}/blank.pdf", definition.key),
    }
}

/// `GET /forms/{key}`.
pub(super) async fn page(
    State(forms): State<Forms>,
    visit: Visit,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let definition = in_force(&forms, &key)?;
    must_begin(&definition, &visit)?;
    if let Some(own) = forms.workflows.start(&key) {
        return Ok(Redirect::to(own).into_response());
    }
    let language = language(&forms, &definition, asked.lang.as_deref());
    let base = format!("/forms/{key}");
    let mut shown = context(&forms, &definition, &language, &base);
    shown.parent = asked.parent;
    if let Some(viewer) = &visit.viewer {
        shown.behalf = definition.audience != Audience::Staff && may_add(viewer, &definition);
        shown.own = definition.audience != Audience::Invited;
    }
    let now = forms.app.clock.now();
    for owner in journey::owners(&visit) {
        let drafts = read!(&forms.app.db, |tx| drafts::of_owner(
            tx,
            &owner,
            Some(&key),
            now
        )
        .await
        .map_err(PageError::from))
        .await?;
        for draft in drafts.into_iter().filter(|draft| draft.record.is_none()) {
            let definition = journey::version(&forms, &key, draft.definition_version).await?;
            let text = filled(
                forms.app.settings.language,
                "forms.begun_on",
                &[("when", super::mine::moment(draft.changed_at))],
            );
            let begun = journey::Journey {
                definition,
                base: format!("/forms/{key}/drafts/{}", draft.id),
                draft,
                record: None,
                withheld: BTreeSet::new(),
                state: None,
            };
            shown.drafts.push(Begun {
                href: begun.next_to_do(forms.app.clock.today()),
                text,
            });
        }
    }
    let mut page =
        Page::new(&START, shown.title.clone()).language(journey::engine(&forms, &language));
    if visit.viewer.is_some() {
        page = page
            .breadcrumb("Home", "/")
            .breadcrumb("Forms and registers", "/registers");
        let sees = visit
            .viewer
            .as_ref()
            .is_some_and(|viewer| viewer.principal.may_enter_records(&key, RecordAct::See));
        if sees {
            page = page.breadcrumb(shown.title.clone(), format!("/registers/{key}"));
        }
    }
    forms.app.page(&visit, page, &shown)
}

/// `POST /forms/{key}`: begins a draft.
pub(super) async fn begin(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path(key): Path<String>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let definition = in_force(&forms, &key)?;
    must_begin(&definition, &visit)?;
    if let Some(own) = forms.workflows.start(&key) {
        return Ok(Redirect::to(own).into_response());
    }
    journey::slow_down(&forms, &visit, &address, Counted::Begun).await?;
    let behalf = form.value("channel") == "offline"
        && visit
            .viewer
            .as_ref()
            .is_some_and(|viewer| may_add(viewer, &definition));
    let channel = match (&visit.viewer, behalf) {
        (Some(_), true) => "offline",
        (Some(_), false) => "page",
        (None, _) => "public",
    };
    if definition.audience == Audience::Invited && channel != "offline" {
        return Err(PageError::NotFound);
    }
    let parent = parent(&forms, &visit, &definition, form.value("parent")).await?;
    let mut answers = Answers::default();
    if let (Some(parent), Some(to)) = (parent, &definition.parent)
        && let Some(question) = definition.get(to.question)
    {
        answers.set(&question.id, Some(Answer::Record(parent)));
    }
    let new = NewDraft {
        definition: key.clone(),
        definition_version: definition.version,
        owner: journey::owner(&visit)?,
        record: None,
        parent,
        invitation: None,
        answers,
        channel: channel.to_owned(),
        language: language(&forms, &definition, Some(form.value("language"))),
    };
    begin_with(&forms, &visit, &definition, &new).await
}

/// Makes a draft and leads to its first step.
///
/// # Errors
/// [`PageError`].
pub(super) async fn begin_with(
    forms: &Forms,
    visit: &Visit,
    definition: &Definition,
    new: &NewDraft,
) -> Result<Response, PageError> {
    let base = make(forms, visit, definition, new).await?;
    let first = walk::first(definition, &new.answers, None).map_or_else(
        || format!("{base}/check"),
        |step| format!("{base}/{}", step.key),
    );
    Ok(Redirect::to(&first).into_response())
}

/// Makes a draft; the path under which its pages lie.
///
/// # Errors
/// [`PageError`].
pub(super) async fn make(
    forms: &Forms,
    visit: &Visit,
    definition: &Definition,
    new: &NewDraft,
) -> Result<String, PageError> {
    let app = &forms.app;
    let actor = journey::actor(visit);
    let id = write!(&app.db, &app.clock, &actor, |tx| drafts::add(
        tx,
        new,
        drafts::DAYS
    )
    .await)
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    Ok(format!("/forms/{}/drafts/{id}", definition.key))
}

/// The record that a new one is to belong to, where the reference names one that the viewer sees.
async fn parent(
    forms: &Forms,
    visit: &Visit,
    definition: &Definition,
    reference: &str,
) -> Result<Option<uuid::Uuid>, PageError> {
    let (Some(to), false) = (&definition.parent, reference.is_empty()) else {
        return Ok(None);
    };
    let found = read!(&forms.app.db, |tx| store::by_reference(tx, reference)
        .await
        .map_err(PageError::from))
    .await;
    match found {
        Ok(record) => {
            let sees = visit.viewer.as_ref().is_none_or(|viewer| {
                viewer
                    .principal
                    .may_record(&record.definition, RecordAct::See, &record.resource())
            });
            Ok((record.definition == to.register && sees).then_some(record.id))
        }
        Err(PageError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `GET /registers/{key}/new`: the same start page.
pub(super) async fn from_register(
    State(forms): State<Forms>,
    visit: Visit,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let definition = in_force(&forms, &key)?;
    must_begin(&definition, &visit)?;
    let parent = asked
        .parent
        .and_then(|parent| parent.parse::<commonweal_core::ids::Reference>().ok())
        .map(|parent| format!("?parent={parent}"))
        .unwrap_or_default();
    Ok(Redirect::to(&format!("/forms/{key}{parent}")).into_response())
}
