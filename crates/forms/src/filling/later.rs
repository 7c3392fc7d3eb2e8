//! Coming back later: colleagues find their drafts listed, others by a secret link.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::mail::{Mail, is_address};
use commonweal_core::{DbError, read, write};
use commonweal_govuk::{Form, Page, escape, page};
use serde::Serialize;
use uuid::Uuid;

use super::fields::filled;
use super::journey::{self, Counted, Journey};
use super::{drafts, step};
use crate::Forms;

page!(pub(super) LATER, "forms/later.html", "later.html");

/// The page that says how to come back.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) kept: String,
    pub(super) link: Option<String>,
    pub(super) link_html: String,
    pub(super) mailed: Option<String>,
    pub(super) action: String,
    pub(super) on: String,
}

/// What follows 'Save and come back later'.
///
/// # Errors
/// [`PageError`].
pub(super) async fn saved(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
) -> Result<Response, PageError> {
    if let Some(viewer) = &visit.viewer
        && journey.draft.owner.starts_with("user:")
    {
        forms
            .app
            .flash(viewer, &step::t(forms, "forms.saved_flash"))
            .await?;
        return Ok(Redirect::to("/forms/drafts").into_response());
    }
    let app = &forms.app;
    let secret = drafts::secret()?;
    let id = journey.draft.id;
    write!(&app.db, &app.clock, &journey::actor(visit), |tx| {
        drafts::set_resume(tx, id, &secret).await
    })
    .await
    .map_err(|error: DbError| PageError::from(error))?;
    let link = link(forms, &secret);
    show(forms, visit, journey, Some(link), None, &Form::default())
}

fn link(forms: &Forms, secret: &str) -> String {
    let address = forms.app.settings.address.trim_end_matches('/');
    format!("{address}/forms/resume/{secret}")
}

fn show(
    forms: &Forms,
    visit: &Visit,
    journey: &Journey,
    link: Option<String>,
    mailed: Option<String>,
    form: &Form,
) -> Result<Response, PageError> {
    let engine = journey.engine(forms);
    let until = super::mine::day(forms.app.clock.now() + chrono::Duration::days(drafts::DAYS));
    let context = Context {
        kept: filled(engine, "forms.kept_until", &[("until", until)]),
        link_html: link
            .as_ref()
            .map(|link| format!("<strong class=\"cw-secret\">{}</strong>", escape(link)))
            .unwrap_or_default(),
        link,
        mailed,
        action: format!("{}/later", journey.base),
        on: journey.next_to_do(forms.app.clock.today()),
    };
    forms.app.page(
        visit,
        Page::new(&LATER, journey.t(forms, "forms.saved_heading"))
            .language(engine)
            .form(form),
        &context,
    )
}

/// `POST /forms/{key}/drafts/{draft}/later`: mails the link.
pub(super) async fn mail(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path((key, id)): Path<(String, Uuid)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let journey = journey::open(&forms, &visit, &key, id).await?;
    // Only the link of this draft is mailed, never an address that somebody made up.
    let secret = form
        .value("link")
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let now = forms.app.clock.now();
    let known = read!(&forms.app.db, |tx| drafts::by_resume(tx, &secret, now)
        .await
        .map_err(PageError::from))
    .await;
    if known.map(|draft| draft.id).ok() != Some(id) {
        return saved(&forms, &visit, &journey).await;
    }
    let to = form.value("email").to_owned();
    if !is_address(&to) {
        form.errors
            .add("email", journey.t(&forms, "forms.email_wrong"));
        return show(
            &forms,
            &visit,
            &journey,
            Some(link(&forms, &secret)),
            None,
            &form,
        );
    }
    journey::slow_down(&forms, &visit, &address, Counted::Sent).await?;
    let engine = journey.engine(&forms);
    let title = journey
        .definition
        .title
        .get(&journey.draft.language)
        .to_owned();
    let until = super::mine::day(journey.draft.expires_at);
    let values = [
        ("title", title),
        ("link", link(&forms, &secret)),
        ("until", until),
        ("partnership", forms.app.settings.partnership_name.clone()),
    ];
    let mail = Mail {
        to,
        subject: filled(engine, "forms.link_mail_subject", &values),
        text: filled(engine, "forms.link_mail", &values),
        kind: "forms.resume",
    };
    let app = &forms.app;
    write!(&app.db, &app.clock, &journey::actor(&visit), |tx| {
        tx.send_mail(mail.clone()).await?;
        tx.record(commonweal_core::events::Event::new(
            "form_draft",
            id,
            "form_draft.link_mailed",
            serde_json::json!({}),
        ));
        Ok::<_, DbError>(())
    })
    .await?;
    let mailed = journey.t(&forms, "forms.link_mailed");
    show(
        &forms,
        &visit,
        &journey,
        Some(link(&forms, &secret)),
        Some(mailed),
        &Form::default(),
    )
}

/// `GET /forms/resume/{secret}`: asks before it takes the draft up, so that programs that look at
/// links in mail change nothing.
pub(super) async fn ask(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    journey::slow_down(&forms, &visit, &address, Counted::Tried).await?;
    let draft = find(&forms, &secret).await?;
    let definition = journey::version(&forms, &draft.definition, draft.definition_version).await?;
    let title = definition.title.get(&draft.language).to_owned();
    super::message::show(
        &forms,
        &visit,
        super::message::Context {
            heading: step::t(&forms, "forms.resume_heading"),
            lines: vec![filled(
                forms.app.settings.language,
                "forms.resume_text",
                &[
                    ("title", title),
                    ("when", super::mine::moment(draft.changed_at)),
                ],
            )],
            action: Some(format!("/forms/resume/{secret}")),
            button: step::t(&forms, "forms.go_on"),
            href: None,
            text: String::new(),
        },
    )
}

/// `POST /forms/resume/{secret}`: the draft becomes this browser's.
pub(super) async fn resume(
    State(forms): State<Forms>,
    visit: Visit,
    address: Address,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    journey::slow_down(&forms, &visit, &address, Counted::Tried).await?;
    let draft = find(&forms, &secret).await?;
    let app = &forms.app;
    let owner = journey::owner(&visit)?;
    if draft.owner != owner {
        write!(&app.db, &app.clock, &journey::actor(&visit), |tx| {
            drafts::hand_over(tx, draft.id, &owner).await
        })
        .await
        .map_err(|error: DbError| PageError::from(error))?;
    }
    let journey = journey::open(&forms, &visit, &draft.definition, draft.id).await?;
    let to = if journey.draft.sent.is_some() {
        format!("{}/sent", journey.base)
    } else {
        journey.next_to_do(app.clock.today())
    };
    Ok(Redirect::to(&to).into_response())
}

/// The draft of a link; only those of visitors have one.
async fn find(forms: &Forms, secret: &str) -> Result<drafts::Draft, PageError> {
    let now = forms.app.clock.now();
    let draft = read!(&forms.app.db, |tx| drafts::by_resume(tx, secret, now)
        .await
        .map_err(PageError::from))
    .await?;
    if draft.record.is_some() {
        return Err(PageError::NotFound);
    }
    Ok(draft)
}
