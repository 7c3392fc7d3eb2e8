//! The pages of whoever says something about a place.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::session::Token;
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::events::Actor;
use commonweal_core::{read, write};
use commonweal_govuk::{Form, Page, page, text};
use http::StatusCode;
use serde::Serialize;

use super::super::{PlacePages, path_of, say};
use super::store::{self, Contribution, New};

page!(pub(crate) ASK, "places/contribute.html", "ask.html");
page!(pub(crate) OWN, "places/contribution.html", "own.html");

/// The longest text, in characters.
const LONGEST: usize = 1_000;

#[derive(Debug, Serialize)]
pub(crate) struct Ask {
    pub(crate) name: String,
    pub(crate) action: String,
    pub(crate) kinds: Vec<Choice>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) text: String,
    pub(crate) checked: bool,
}

async fn show(
    pages: &PlacePages,
    visit: &Visit,
    slug: &str,
    form: &Form,
) -> Result<Response, PageError> {
    let app = pages.app();
    let language = app.settings.language;
    let (_, _, directory) = pages.now().await?;
    let place = directory.find(slug).ok_or(PageError::NotFound)?;
    let kind = |value: &'static str, key: &str| Choice {
        value,
        text: say(language, key, &[]),
        checked: form.value("kind") == value,
    };
    let context = Ask {
        name: place.name.clone(),
        action: format!("{}/contribute", path_of(slug)),
        kinds: vec![
            kind("comment", "contribution.comment"),
            kind("offer", "contribution.offer"),
        ],
    };
    let title = say(language, "contribution.title", &[]);
    let page = Page::new(&ASK, title).back(path_of(slug)).form(form);
    app.page(visit, page, &context)
}

pub(crate) async fn ask(
    State(pages): State<PlacePages>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    show(&pages, &visit, &slug, &Form::default()).await
}

pub(crate) async fn send(
    State(pages): State<PlacePages>,
    visit: Visit,
    network: Address,
    Path(slug): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let app = pages.app();
    let language = app.settings.language;
    let place_name = {
        let (_, _, directory) = pages.now().await?;
        let place = directory.find(&slug).ok_or(PageError::NotFound)?;
        place.name.clone()
    };
    let words = |key: &str| text::t(language, key).into_owned();
    let kind = form.value("kind").to_owned();
    if !["comment", "offer"].contains(&kind.as_str()) {
        form.errors.add("kind", words("contribution.choose"));
    }
    let said = form.required("text", &words("contribution.enter"));
    let long = said.chars().count();
    if long > LONGEST {
        let values = [("number", (long - LONGEST).to_string())];
        form.errors
            .add("text", say(language, "contribution.too_long", &values));
    }
    let contact = Some(form.value("contact").to_owned()).filter(|contact| !contact.is_empty());
    if contact
        .as_ref()
        .is_some_and(|contact| contact.chars().count() > 200)
    {
        form.errors
            .add("contact", words("contribution.contact_long"));
    }
    if !form.is_valid() {
        return show(&pages, &visit, &slug, &form).await;
    }
    let secret = Token::random()?;
    let new = New {
        place: slug,
        place_name,
        contact: contact.filter(|_| kind == "offer"),
        kind,
        text: said.replace("\r\n", "\n"),
    };
    let actor = Actor::system("contribution");
    let taken = write!(&app.db, &app.clock, &actor, |tx| store::add(
        tx, &new, &secret, &network
    )
    .await)
    .await?;
    if !taken {
        return Err(PageError::TooMany { seconds: 3_600 });
    }
    let own = format!("/places/contribution/{}", secret.secret());
    Ok(Redirect::to(&own).into_response())
}

#[derive(Debug, Serialize)]
pub(crate) struct Own {
    pub(crate) state: String,
    pub(crate) place: String,
    pub(crate) href: String,
    pub(crate) text: String,
    pub(crate) reason: Option<String>,
    pub(crate) action: String,
    pub(crate) link: String,
}

async fn look(pages: &PlacePages, secret: &str) -> Result<Contribution, PageError> {
    let token = Token::sent(secret);
    let found = read!(&pages.app().db, |tx| store::of_secret(tx, &token)
        .await
        .map_err(PageError::from))
    .await?;
    found.ok_or(PageError::NotFound)
}

fn show_own(
    pages: &PlacePages,
    visit: &Visit,
    secret: &str,
    one: Contribution,
) -> Result<Response, PageError> {
    let app = pages.app();
    let action = format!("/places/contribution/{secret}");
    let title = say(
        app.settings.language,
        &format!("contribution.state_{}", one.state),
        &[],
    );
    let context = Own {
        place: one.place_name,
        href: path_of(one.place),
        text: one.text,
        reason: one.reason,
        link: format!("{}{action}", app.settings.address.trim_end_matches('/')),
        action,
        state: one.state,
    };
    let mut page = Page::new(&OWN, title);
    if context.state == "withdrawn" {
        page = page.status(StatusCode::GONE);
    }
    app.page(visit, page, &context)
}

pub(crate) async fn own(
    State(pages): State<PlacePages>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let one = look(&pages, &secret).await?;
    show_own(&pages, &visit, &secret, one)
}

pub(crate) async fn withdraw(
    State(pages): State<PlacePages>,
    visit: Visit,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let one = look(&pages, &secret).await?;
    if one.state != "withdrawn" {
        let app = pages.app();
        let actor = Actor::system("contribution");
        write!(&app.db, &app.clock, &actor, |tx| store::withdraw(
            tx, one.id
        )
        .await)
        .await?;
    }
    let one = look(&pages, &secret).await?;
    show_own(&pages, &visit, &secret, one)
}
