//! Checking the answers, sending them, and the confirmation.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::{DbError, args, read, sql, write};
use commonweal_govuk::{Page, page};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::invitations::store as invitations;
use super::journey::{self, Counted, Journey};
use super::rows::{self, Row, Section};
use super::{drafts, lookups, step, walk};
use crate::Forms;
use crate::answers::{self, Answers};
use crate::definition::{Audience, DefinitionKind};
use crate::register::store::{self, NewRecord, Record, StoreError};

page!(pub(super) CHECK, "forms/check.html", "check.html");
page!(pub(super) SENT, "forms/sent.html", "sent.html");

/// The page on which answers are checked.
#[derive(Debug, Default, Serialize)]
pub(super) struct Context {
    pub(super) lang: Option<String>,
    pub(super) caption: Option<String>,
    pub(super) heading: String,
    pub(super) stale: bool,
    pub(super) against: i64,
    pub(super) action: String,
    pub(super) choices: Vec<Json>,
    pub(super) nothing: bool,
    pub(super) sections: Vec<Section>,
    pub(super) scores: Vec<Row>,
    pub(super) privacy: Option<String>,
    pub(super) submit: String,
    pub(super) later: bool,
    pub(super) cancel: Option<String>,
    pub(super) around: step::Around,
}

/// The confirmation.
#[derive(Debug, Serialize)]
pub(super) struct SentContext {
    pub(super) lang: Option<String>,
    pub(super) heading: String,
    pub(super) reference: String,
    pub(super) anonymous: bool,
    pub(super) next: Vec<String>,
    pub(super) bands: Vec<Band>,
    pub(super) record: Option<String>,
    pub(super) copy: String,
    pub(super) again: String,
}

/// A band that a score came into, with what to do about it.
#[derive(Debug, Serialize)]
pub(super) struct Band {
    pub(super) title: String,
    pub(super) advice: Option<String>,
}

/// `GET /forms/{key}/drafts/{draft}/check`.
pub(super) async fn page(
    State(forms): State<Forms>,
    visit: Visit,
    Path((key, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, id).await?;
    if journey.draft.sent.is_some() {
        return Ok(Redirect::to(&format!("{}/sent", journey.base)).into_response());
    }
    show(&forms, &visit, &journey).await
}

async fn show(forms: &Forms, visit: &Visit, journey: &Journey) -> Result<Response, PageError> {
    let definition = &journey.definition;
    let language = journey.draft.language.as_str();
    let mut answers = journey.draft.answers.clone();
    answers::shown(definition, &answers).strip(&mut answers);
    let names = lookups::names(forms, visit.viewer.as_ref(), definition, &answers).await?;
    // Scores are for those who work with them, not for whoever fills in a survey.
    let staff = visit.viewer.is_some() && definition.audience == Audience::Staff;
    let context = Context {
        lang: journey.lang(forms),
        caption: Some(definition.title.get(language).to_owned()),
        heading: journey.t(forms, "forms.check_heading"),
        around: step::around(definition, language),
        action: journey.check(),
        sections: rows::sections(forms, journey, &names, &answers),
        scores: if staff {
            rows::scores(definition, &answers, language)
        } else {
            Vec::new()
        },
        privacy: definition
            .texts
            .privacy
            .as_ref()
            .map(|words| words.get(language).to_owned()),
        submit: step::submit(forms, journey),
        later: true,
        ..Context::default()
    };
    let back = walk::steps(definition)
        .into_iter()
        .rfind(|step| walk::is_shown(definition, step, &answers, None))
        .map_or_else(|| journey.first(), |step| journey.at(&step));
    let title = format!("{} – {}", context.heading, definition.title.get(language));
    let page = Page::new(&CHECK, title)
        .language(journey.engine(forms))
        .back(back);
    forms.app.page(visit, page, &context)
}

/// `POST /forms/{key}/drafts/{draft}/check`: sends the answers.
pub(super) async fn send(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path((key, id)): Path<(String, Uuid)>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, id).await?;
    if journey.draft.sent.is_some() {
        return Ok(Redirect::to(&format!("{}/sent", journey.base)).into_response());
    }
    if form.value("then") == "later" {
        return super::later::saved(&forms, &visit, &journey).await;
    }
    finish(&forms, &visit, &journey, &address).await
}

/// Sends the answers of a draft, or shows what is missing.
///
/// # Errors
/// [`PageError`].
pub(super) async fn finish(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    address: &Address,
) -> Result<Response, PageError> {
    may_send(forms, visit, journey).await?;
    let mut answers = journey.draft.answers.clone();
    answers::shown(&journey.definition, &answers).strip(&mut answers);
    let missing = walk::missing(&journey.definition, &answers, None, forms.app.clock.today());
    if let Some(page) = step::show_missing(forms, visit, journey, &missing).await? {
        return Ok(page);
    }
    if forms.workflows.start(&journey.definition.key).is_none() {
        journey::slow_down(forms, visit, address, Counted::Sent).await?;
    }
    store_record(forms, visit, journey, answers).await?;
    let (key, draft) = (&journey.definition.key, &journey.draft);
    let next = forms.workflows.next(key, draft.id, &draft.language);
    let sent = next.unwrap_or_else(|| format!("{}/sent", journey.base));
    Ok(Redirect::to(&sent).into_response())
}

/// Whether what was begun may still be sent: roles and invitations can end meanwhile.
async fn may_send(forms: &Forms, visit: &Visit, journey: &Journey) -> Result<(), PageError> {
    match journey.draft.invitation {
        Some(invitation) => {
            let today = forms.app.clock.today();
            let found = read!(&forms.app.db, |tx| invitations::load(tx, invitation)
                .await
                .map_err(PageError::from))
            .await?;
            if found.answered {
                return Err(PageError::Invalid(step::t(forms, "forms.invited_answered")));
            }
            // Whoever began in time may finish; colleagues enter late paper copies.
            let begun_in_time = journey.draft.expires_at.date_naive()
                <= found.due_on + chrono::Duration::days(drafts::DAYS);
            if found.due_on < today && !begun_in_time && visit.viewer.is_none() {
                return Err(PageError::Invalid(step::t(forms, "forms.invited_over")));
            }
            Ok(())
        }
        None => journey::must_begin(&journey.definition, visit),
    }
}

/// Makes the record, moves the files to it and marks the draft as sent, in one transaction.
async fn store_record(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    answers: Answers,
) -> Result<(), PageError> {
    let (app, draft, definition) = (&forms.app, &journey.draft, &journey.definition);
    let offline = draft.channel == "offline";
    // Whoever answers for themselves is not written down as the one who made the record.
    let colleague = visit
        .viewer
        .as_ref()
        .filter(|_| offline || definition.audience == Audience::Staff);
    let mut new = NewRecord {
        answers,
        agency: colleague.map(|viewer| viewer.principal.agency),
        owner: colleague
            .filter(|_| !offline && definition.kind == DefinitionKind::Register)
            .map(commonweal_access::web::Viewer::user),
        created_by: colleague.map(commonweal_access::web::Viewer::user),
        parent: draft.parent,
        wave: None,
        channel: match draft.channel.as_str() {
            "offline" => "offline",
            "invitation" => "invitation",
            "public" => "public",
            _ => "page",
        },
        // The same draft sent twice is one record.
        delivery: Some(format!("draft:{}", draft.id)),
    };
    // Nobody is to learn from the audit who gave anonymous answers.
    let actor = match colleague {
        Some(viewer) => viewer.actor(),
        None => commonweal_core::events::Actor::system("public form"),
    };
    let apart = definition.anonymous;
    if apart {
        new.delivery = None;
    }
    let done = write!(&app.db, &app.clock, &actor, |tx| {
        let now = tx.now();
        let fresh = drafts::load(tx, draft.id, now).await?;
        if fresh.sent.is_some() {
            tx.record(commonweal_core::events::Event::new(
                "form_draft",
                draft.id,
                "form_draft.sent_again",
                serde_json::json!({}),
            ));
            return Ok(());
        }
        let mut new = new.clone();
        if let Some(invitation) = draft.invitation {
            let invited = invitations::load(tx, invitation).await?;
            new.wave.clone_from(&invited.wave);
            new.agency = new.agency.or(invited.agency);
        }
        let record = store::create(tx, &app.clock, definition, new).await?;
        adopt_files(tx, draft.id, &record).await?;
        forms.workflows.sent(tx, definition, &record).await?;
        if let Some(invitation) = draft.invitation {
            invitations::answer(tx, invitation, (!apart).then_some(record.id)).await?;
        }
        drafts::mark_sent(tx, draft, record.id, apart).await?;
        Ok::<_, StoreError>(())
    })
    .await;
    done.map_err(PageError::from)
}

/// Files of a draft become the record's; those that no answer names go.
pub(super) async fn adopt_files(
    tx: &mut commonweal_core::Tx,
    draft: Uuid,
    record: &Record,
) -> Result<(), DbError> {
    for file in step::files_of(&record.answers).into_values().flatten() {
        tx.run(
            sql!(
                "update file_uses set subject_kind = 'form_record', subject = $3
                 where id = $1 and subject_kind = 'form_draft' and subject = $2"
            ),
            args![file.id, draft, record.id],
        )
        .await?;
    }
    tx.run(
        sql!("delete from file_uses where subject_kind = 'form_draft' and subject = $1"),
        args![draft],
    )
    .await?;
    Ok(())
}

/// `GET /forms/{key}/drafts/{draft}/sent`: the confirmation, for whoever sent it.
pub(super) async fn sent(
    State(forms): State<Forms>,
    visit: Visit,
    Path((key, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, id).await?;
    let Some(record) = journey.draft.sent else {
        return Ok(Redirect::to(&journey.next_to_do(forms.app.clock.today())).into_response());
    };
    if let Some(next) = forms.workflows.next(&key, id, &journey.draft.language) {
        return Ok(Redirect::to(&next).into_response());
    }
    let record = read!(&forms.app.db, |tx| store::load(tx, record)
        .await
        .map_err(PageError::from))
    .await?;
    let definition = &journey.definition;
    let language = journey.draft.language.as_str();
    let sees = visit.viewer.as_ref().is_some_and(|viewer| {
        viewer
            .principal
            .may_record(&key, RecordAct::See, &record.resource())
    });
    let bands = if sees {
        answers::scores(definition, &record.answers)
            .into_iter()
            .filter_map(|scored| {
                let band = scored.band?;
                Some(Band {
                    title: format!(
                        "{}: {}",
                        scored.score.title.get(language),
                        band.title.get(language)
                    ),
                    advice: band
                        .advice
                        .as_ref()
                        .map(|advice| advice.get(language).to_owned()),
                })
            })
            .collect()
    } else {
        Vec::new()
    };
    let engine = forms.app.settings.language;
    let heading = if definition.audience == Audience::Staff {
        let singular = definition.singular.get(language);
        let mut letters = singular.chars();
        let capital: String = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        super::fields::filled(engine, "forms.added", &[("what", capital)])
    } else {
        step::t(&forms, "forms.sent_heading")
    };
    let context = SentContext {
        lang: journey.lang(&forms),
        heading: heading.clone(),
        copy: format!("{}/copy.pdf", record.href()),
        record: sees.then(|| record.href()),
        reference: record.reference,
        anonymous: definition.anonymous,
        next: definition
            .texts
            .next
            .iter()
            .map(|line| line.get(language).to_owned())
            .collect(),
        bands,
        again: format!("/forms/{key}"),
    };
    let title = format!("{heading} – {}", definition.title.get(language));
    forms.app.page(&visit, Page::new(&SENT, title), &context)
}
