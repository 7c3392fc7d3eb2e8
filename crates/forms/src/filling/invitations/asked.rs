//! What an invitation's link leads to, and entering an answer that came on paper.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Path, Sent, Viewer, Visit};
use commonweal_core::read;
use commonweal_govuk::Page;
use uuid::Uuid;

use super::pages::invited;
use super::store::{self, Invitation};
use crate::Forms;
use crate::answers::Answers;
use crate::definition::Shared;
use crate::filling::drafts::{self, NewDraft};
use crate::filling::fields::filled;
use crate::filling::journey::{self, Counted, Journey};
use crate::filling::{message, start, step};

/// `POST /registers/{key}/invitations/{invitation}/paper`: begins to enter a paper answer.
pub(crate) async fn paper(
    State(forms): State<Forms>,
    visit: Visit,
    viewer: Viewer,
    Path((key, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let definition = invited(&forms, &viewer, &key).await?;
    let found = read!(&forms.app.db, |tx| store::load(tx, id)
        .await
        .map_err(PageError::from))
    .await?;
    if found.definition != key || found.answered {
        return Err(PageError::NotFound);
    }
    begin_draft(&forms, &visit, &definition, &found, "offline", None).await
}

async fn begin_draft(
    forms: &Forms,
    visit: &Visit,
    definition: &Shared,
    invitation: &Invitation,
    channel: &str,
    language: Option<&str>,
) -> Result<Response, PageError> {
    let owner = journey::owner(visit)?;
    let now = forms.app.clock.now();
    let begun = read!(&forms.app.db, |tx| drafts::of_invitation(
        tx,
        &owner,
        invitation.id,
        now
    )
    .await
    .map_err(PageError::from))
    .await?;
    if let Some(draft) = begun.filter(|draft| draft.sent.is_none()) {
        let definition =
            journey::version(forms, &draft.definition, draft.definition_version).await?;
        let journey = Journey {
            definition,
            base: format!("/forms/{}/drafts/{}", draft.definition, draft.id),
            draft,
            record: None,
            withheld: BTreeSet::new(),
            state: None,
        };
        return Ok(Redirect::to(&journey.next_to_do(forms.app.clock.today())).into_response());
    }
    let new = NewDraft {
        definition: definition.key.clone(),
        definition_version: definition.version,
        owner,
        record: None,
        parent: None,
        invitation: Some(invitation.id),
        answers: Answers::default(),
        channel: channel.to_owned(),
        language: start::language(forms, definition, language),
    };
    start::begin_with(forms, visit, definition, &new).await
}

/// The open invitation of a link, or the page that says why it is not open.
async fn open(
    forms: &Forms,
    visit: &Visit,
    address: &Address,
    secret: &str,
) -> Result<Result<(Invitation, Shared), Response>, PageError> {
    journey::slow_down(forms, visit, address, Counted::Tried).await?;
    let found = read!(&forms.app.db, |tx| store::by_secret(tx, secret)
        .await
        .map_err(PageError::from))
    .await;
    let invitation = match found {
        Ok(invitation) => invitation,
        Err(PageError::NotFound) => {
            return closed(forms, visit, "forms.invited_unknown").map(Err);
        }
        Err(error) => return Err(error),
    };
    if invitation.answered {
        return closed(forms, visit, "forms.invited_answered").map(Err);
    }
    if invitation.due_on < forms.app.clock.today() {
        return closed(forms, visit, "forms.invited_over").map(Err);
    }
    let definition = journey::in_force(forms, &invitation.definition)?;
    Ok(Ok((invitation, definition)))
}

fn closed(forms: &Forms, visit: &Visit, key: &str) -> Result<Response, PageError> {
    message::show(
        forms,
        visit,
        message::Context {
            heading: step::t(forms, &format!("{key}_heading")),
            lines: vec![step::t(forms, key)],
            action: None,
            button: String::new(),
            href: None,
            text: String::new(),
        },
    )
}

/// `GET /forms/invited/{secret}`.
pub(crate) async fn ask(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let (invitation, definition) = match open(&forms, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    let language = start::language(&forms, &definition, None);
    let base = format!("/forms/invited/{secret}");
    let mut shown = start::context(&forms, &definition, &language, &base);
    let engine = forms.app.settings.language;
    shown.languages.clear();
    let due = invitation.due_on.format("%-d %B %Y").to_string();
    shown.due = Some(filled(
        engine,
        if definition.anonymous {
            "forms.due_anonymous"
        } else {
            "forms.due"
        },
        &[("due", due)],
    ));
    let page = Page::new(&start::START, shown.title.clone());
    forms.app.page(&visit, page, &shown)
}

/// `POST /forms/invited/{secret}`.
pub(crate) async fn begin(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let (invitation, definition) = match open(&forms, &visit, &address, &secret).await? {
        Ok(found) => found,
        Err(page) => return Ok(page),
    };
    begin_draft(
        &forms,
        &visit,
        &definition,
        &invitation,
        "invitation",
        Some(form.value("language")),
    )
    .await
}
