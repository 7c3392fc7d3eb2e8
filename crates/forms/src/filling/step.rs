//! One page of questions: shown, sent, saved.

use std::collections::BTreeMap;

use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Visit};
use commonweal_govuk::{Form, Page, page, text};
use http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

pub(super) use super::around::{Around, around, submit, words};
use super::fields::{self, Field, anchor};
use super::journey::Journey;
pub(super) use super::keep::{file, files_of};
use super::keep::{keep_files, photograph_place, save};
use super::needs::look_up;
use super::read::{self, Said};
use super::walk::{self, Step};
use super::{lookups, rows, uploads};
use crate::Forms;
use crate::definition::{Definition, Layout, QuestionKind};

page!(pub(super) FIELDS, "forms/fields.html", "fields.html");
page!(pub(super) STEP, "forms/step.html", "step.html");

/// The page of questions.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) lang: Option<String>,
    pub(super) caption: Option<String>,
    pub(super) heading: Option<String>,
    pub(super) intro: Vec<String>,
    pub(super) action: String,
    pub(super) upload: bool,
    pub(super) seen: String,
    pub(super) asked: String,
    pub(super) fields: Vec<Field>,
    pub(super) words: BTreeMap<&'static str, String>,
    pub(super) more: bool,
    pub(super) later: bool,
    pub(super) cancel: Option<String>,
    pub(super) conflict: Option<Vec<rows::Row>>,
    pub(super) around: Around,
    /// Where passing over the page leads.
    pub(super) skip: Option<String>,
    /// Words of the button that sends at once.
    pub(super) send: Option<String>,
}

/// What a page is shown with, beside its questions.
#[derive(Debug, Default)]
struct Again {
    form: Option<Form>,
    found: BTreeMap<String, Vec<lookups::Found>>,
    more: bool,
    conflict: bool,
}

/// Whether the journey goes back to the check after this page.
fn to_check(journey: &Journey, to: &str) -> bool {
    to == "check" || journey.record.is_some()
}

/// Shows a step.
///
/// # Errors
/// [`PageError`].
pub(super) async fn show(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    key: &str,
    to: &str,
) -> Result<Response, PageError> {
    if journey.draft.sent.is_some() {
        return Ok(Redirect::to(&format!("{}/sent", journey.base)).into_response());
    }
    let step = walk::find(&journey.definition, key).ok_or(PageError::NotFound)?;
    if !walk::is_shown(
        &journey.definition,
        &step,
        &journey.draft.answers,
        journey.state(),
    ) {
        // Answers given since have made this page superfluous.
        let today = forms.app.clock.today();
        return Ok(Redirect::to(&journey.next_to_do(today)).into_response());
    }
    render(forms, visit, journey, &step, to, Again::default()).await
}

/// Shows the step of the first thing that is missing, with what is wrong.
///
/// # Errors
/// [`PageError`].
pub(super) async fn show_missing(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    missing: &[(crate::definition::QuestionId, String)],
) -> Result<Option<Response>, PageError> {
    let Some(step) = missing
        .first()
        .and_then(|(id, _)| walk::of_question(&journey.definition, *id))
    else {
        return Ok(None);
    };
    let mut form = prefilled(forms, visit, journey, &step).await?;
    for (id, message) in missing.iter().filter(|(id, _)| step.questions.contains(id)) {
        if let Some(question) = journey.definition.get(*id) {
            let extra = journey.extra(forms, visit);
            let empty = journey.draft.answers.get(&question.id).is_none();
            form.errors.add(
                anchor(question),
                read::in_words(question, message.clone(), empty, &extra),
            );
        }
    }
    let again = Again {
        form: Some(form),
        ..Again::default()
    };
    render(forms, visit, journey, &step, "check", again)
        .await
        .map(Some)
}

/// The fields of a step filled with what is saved.
async fn prefilled(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    step: &Step,
) -> Result<Form, PageError> {
    let (definition, answers) = (&journey.definition, &journey.draft.answers);
    let names = lookups::names(forms, visit.viewer.as_ref(), definition, answers).await?;
    let mut form = Form::default();
    for question in step.questions.iter().filter_map(|id| definition.get(*id)) {
        if let Some(answer) = answers.get(&question.id) {
            read::prefill(question, answer, &names, &mut form);
        }
    }
    Ok(form)
}

async fn render(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    step: &Step,
    to: &str,
    again: Again,
) -> Result<Response, PageError> {
    let definition = &journey.definition;
    let answers = &journey.draft.answers;
    let form = match again.form {
        Some(form) => form,
        None => prefilled(forms, visit, journey, step).await?,
    };
    let mut extra = journey.extra(forms, visit);
    extra.found = again.found;
    look_up(forms, journey, step, &mut extra).await?;
    let page = definition.pages.get(step.page);
    let intro: Vec<String> = page
        .filter(|_| step.first)
        .map(|page| page.intro.iter())
        .into_iter()
        .flatten()
        .map(|line| extra.words(line).to_owned())
        .collect();
    let title = page.map_or("", |page| extra.words(&page.title)).to_owned();
    let mut layered = walk::layered(definition, step, answers, journey.state());
    let hidden = |id: &crate::definition::QuestionId| {
        definition
            .get(*id)
            .is_some_and(|question| !journey.withheld.contains(&question.id))
    };
    layered.top.retain(hidden);
    layered.reveals.retain(|id, _| hidden(id));
    // A question that is its page's heading has nothing above it.
    let titled = definition.layout == Layout::OnePerPage
        || matches!(layered.top.as_slice(), [one]
            if definition.get(*one).is_some_and(|question| extra.words(&question.label) == title));
    let alone = titled && intro.is_empty() && !again.conflict;
    extra.heading = alone;
    let own = definition.title.get(&extra.language).to_owned();
    let asked = layered.asked();
    let heading = if alone {
        step.questions
            .first()
            .and_then(|id| definition.get(*id))
            .map_or(String::new(), |question| {
                extra.words(&question.label).to_owned()
            })
    } else {
        title.clone()
    };
    let conflict = if again.conflict {
        Some(rows::of_step(forms, visit, journey, step).await?)
    } else {
        None
    };
    let caption = if alone {
        Some(title.clone()).filter(|title| *title != heading)
    } else {
        Some(own.clone()).filter(|own| *own != title)
    };
    let back = back(forms, journey, step, to);
    let has_conflict = conflict.is_some();
    let (_, after) = walk::around(definition, &step.key, answers, journey.state());
    let texts = &definition.texts;
    let last = after.is_none() && to != "check" && journey.record.is_none();
    let context = Context {
        around: if journey.record.is_none() {
            around(definition, &extra.language)
        } else {
            Around::default()
        },
        send: (texts.send_at_once && last && !again.conflict).then(|| submit(forms, journey)),
        skip: (texts.skip && to != "check" && journey.record.is_none()).then(|| {
            after
                .as_ref()
                .map_or_else(|| journey.check(), |after| journey.at(after))
        }),
        lang: journey.lang(forms),
        caption,
        heading: (!alone).then(|| title.clone()),
        intro,
        action: if to == "check" {
            format!("{}?to=check", journey.at(step))
        } else {
            journey.at(step)
        },
        upload: uploads::takes_files(definition, step),
        seen: journey.seen(step),
        asked: asked
            .iter()
            .filter_map(|id| definition.get(*id))
            .map(|question| question.id.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        fields: fields::fields(definition, &layered, &form, &extra),
        words: words(&extra),
        more: again.more,
        later: journey.record.is_none(),
        cancel: journey.record.clone(),
        conflict,
    };
    let mut shown = Page::new(&STEP, format!("{heading} – {own}"))
        .language(journey.engine(forms))
        .back(back)
        .form(&form);
    if has_location(definition, step) {
        shown = shown.style("map.css").script("place.js");
    }
    if context.upload {
        shown = shown.script("upload.js");
    }
    if has_conflict {
        shown = shown.status(StatusCode::CONFLICT);
    }
    forms.app.page(visit, shown, &context)
}

fn has_location(definition: &Definition, step: &Step) -> bool {
    step.questions.iter().any(|id| {
        definition
            .get(*id)
            .is_some_and(|question| matches!(question.kind, QuestionKind::Location))
    })
}

fn back(forms: &Forms, journey: &Journey, step: &Step, to: &str) -> String {
    let today = forms.app.clock.today();
    let changing = journey.draft.answers != journey.draft.base;
    match (&journey.record, to) {
        (Some(record), _) if !changing => record.clone(),
        (Some(_), _) => journey.check(),
        (None, "check")
            if walk::missing(
                &journey.definition,
                &journey.draft.answers,
                journey.state(),
                today,
            )
            .is_empty() =>
        {
            journey.check()
        }
        _ => {
            let (before, _) = walk::around(
                &journey.definition,
                &step.key,
                &journey.draft.answers,
                journey.state(),
            );
            before.map_or_else(
                || {
                    let key = &journey.definition.key;
                    let own = forms.workflows.start(key).map(str::to_owned);
                    own.unwrap_or_else(|| format!("/forms/{key}"))
                },
                |before| journey.at(&before),
            )
        }
    }
}

/// Takes a step that was sent.
///
/// # Errors
/// [`PageError`].
pub(super) async fn receive(
    forms: &Forms,
    visit: &Visit,
    mut journey: Journey,
    (key, to): (&str, &str),
    address: &Address,
    request: Request,
) -> Result<Response, PageError> {
    if journey.draft.sent.is_some() {
        return Ok(Redirect::to(&format!("{}/sent", journey.base)).into_response());
    }
    let step = walk::find(&journey.definition, key).ok_or(PageError::NotFound)?;
    let received = uploads::receive(&forms.files, &journey.definition, &step, request).await?;
    let mut form = received.form;
    let then = form.value("form.then").to_owned();
    if then == "keep" {
        return Ok(Redirect::to(&onward(forms, &journey, &step, to)).into_response());
    }
    let stale =
        form.value("form.seen") != journey.seen(&step) && !form.value("form.seen").is_empty();
    let (what, which) = then.split_once(':').unwrap_or((then.as_str(), ""));
    let mut file_errors = received.errors;
    let removed = (what == "remove")
        .then(|| which.parse::<Uuid>().ok())
        .flatten();
    if !received.files.is_empty() || removed.is_some() {
        file_errors.extend(keep_files(forms, visit, &mut journey, received.files, removed).await?);
    }
    let extra = journey.extra(forms, visit);
    let files = files_of(&journey.draft.answers);
    let mut said = read::page(forms, visit, &journey, &step, &form, &files, &extra).await?;
    if what == "place" {
        photograph_place(forms, &journey, &files, which, &mut said.answers).await?;
    }
    let changed = step.questions.iter().any(|id| {
        journey.definition.get(*id).is_some_and(|question| {
            said.answers.get(&question.id) != journey.draft.answers.get(&question.id)
        })
    });
    if stale && changed && what != "over" {
        let again = Again {
            form: Some(form),
            found: said.found,
            conflict: true,
            ..Again::default()
        };
        return render(forms, visit, &journey, &step, to, again).await;
    }
    if what == "send" && said.errors.is_empty() && !said.more && file_errors.is_empty() {
        // Sent as it stands here: what is not saved before need not be.
        journey.draft.answers = said.answers;
        return super::check::finish(forms, visit, &journey, address).await;
    }
    save(forms, visit, &mut journey, &step, &said.answers).await?;
    let Said {
        mut errors,
        found,
        more,
        ..
    } = said;
    let staying = match what {
        "find" => {
            // Only what was looked for is judged; the rest is judged when the page is sent.
            errors.retain(|(field, _)| field == which || *field == format!("{which}-choice"));
            errors.retain(|(field, message)| {
                !(field == which && form.value(which).is_empty() && message.is_empty())
            });
            true
        }
        "remove" | "place" => {
            errors.clear();
            true
        }
        "later" => {
            errors.clear();
            false
        }
        _ => false,
    };
    for (field, message) in file_errors.into_iter().chain(errors) {
        form.errors.add(field, message);
    }
    if !form.is_valid() || staying || (more && what != "later") {
        let more = more && form.is_valid() && !staying;
        refill(forms, visit, &journey, &step, &mut form).await?;
        let again = Again {
            form: Some(form),
            found,
            more,
            conflict: false,
        };
        return render(forms, visit, &journey, &step, to, again).await;
    }
    if what == "later" {
        return super::later::saved(forms, visit, &journey).await;
    }
    Ok(Redirect::to(&onward(forms, &journey, &step, to)).into_response())
}

/// Where somebody goes after a step.
fn onward(forms: &Forms, journey: &Journey, step: &Step, to: &str) -> String {
    if to_check(journey, to) {
        let today = forms.app.clock.today();
        let missing = walk::missing(
            &journey.definition,
            &journey.draft.answers,
            journey.state(),
            today,
        );
        let next = missing
            .first()
            .and_then(|(id, _)| walk::of_question(&journey.definition, *id))
            .filter(|next| next.key != step.key);
        return match next {
            Some(next) => format!("{}?to=check", journey.at(&next)),
            None => journey.check(),
        };
    }
    let (_, after) = walk::around(
        &journey.definition,
        &step.key,
        &journey.draft.answers,
        journey.state(),
    );
    after.map_or_else(|| journey.check(), |after| journey.at(&after))
}

/// Looked-up answers that were understood are written into their fields, so that the next sending
/// does not look them up again.
async fn refill(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    step: &Step,
    form: &mut Form,
) -> Result<(), PageError> {
    let (definition, answers) = (&journey.definition, &journey.draft.answers);
    let names = lookups::names(forms, visit.viewer.as_ref(), definition, answers).await?;
    for question in step.questions.iter().filter_map(|id| definition.get(*id)) {
        let id = question.id.as_str();
        let looked_up = matches!(
            question.kind,
            QuestionKind::Location | QuestionKind::Person { .. } | QuestionKind::Record { .. }
        );
        if !looked_up {
            continue;
        }
        let choosing = form.errors.get(&format!("{id}-choice")).is_some();
        if choosing {
            // The choice belongs to these words.
            let typed = form.value(id).to_owned();
            form.set(format!("{id}-was"), typed);
            for part in ["latitude", "longitude", "accuracy", "how", "chosen"] {
                form.set(format!("{id}-{part}"), "");
            }
        } else if form.errors.get(id).is_none()
            && let Some(answer) = answers.get(id)
        {
            read::prefill(question, answer, &names, form);
        }
    }
    Ok(())
}

/// A text of the engine in the page's language.
pub(super) fn t(forms: &Forms, key: &str) -> String {
    text::t(forms.app.settings.language, key).into_owned()
}
