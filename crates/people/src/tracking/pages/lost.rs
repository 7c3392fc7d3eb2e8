//! A lost link: sent again to the contact that somebody gave, and nowhere else.

use axum::extract::State;
use axum::response::Response;
use chrono::Duration;
use commonweal_access::web::{Address, PageError, Sent, Visit};
use commonweal_core::{DbError, write};
use commonweal_govuk::{Form, Page, page};
use commonweal_records::party::contact;
use commonweal_records::subscriptions::{Limit, within};
use http::StatusCode;
use serde::Serialize;

use super::{CODES, actor, count, message, private, say};
use crate::messages::Sender;
use crate::reporting::People;
use crate::tracking::links;

page!(pub(crate) LOST, "tracking/lost.html", "lost.html");

/// Links sent to one contact.
const PER_CONTACT: Limit = Limit {
    times: 3,
    within: Duration::days(1),
};

#[derive(Debug, Serialize)]
pub(crate) struct Lost {}

fn show(people: &People, visit: &Visit, form: &Form) -> Result<Response, PageError> {
    let language = people.app.settings.language;
    let page = Page::new(&LOST, say(language, "lost_title")).form(form);
    Ok(private(people.app.page(visit, page, &Lost {})?))
}

/// `GET /track`.
pub(super) async fn ask(State(people): State<People>, visit: Visit) -> Result<Response, PageError> {
    show(&people, &visit, &Form::default())
}

/// `POST /track`: the same answer whether anybody is known or not.
pub(super) async fn send(
    State(people): State<People>,
    visit: Visit,
    address: Address,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let app = &people.app;
    let language = app.settings.language;
    let typed = form.required("contact", &say(language, "enter_contact"));
    let normal = contact::email(&typed).or_else(|_| contact::phone(&typed));
    if form.is_valid() && normal.is_err() {
        form.errors.add("contact", say(language, "wrong_contact"));
    }
    let (true, Ok(contact)) = (form.is_valid(), normal) else {
        return show(&people, &visit, &form);
    };
    if !count(
        &people,
        &address,
        "tracking codes",
        CODES,
        "tracking.link_wanted",
    )
    .await?
    {
        return Err(PageError::TooMany { seconds: 3_600 });
    }
    let sender = Sender::of(app);
    let sent = write!(&app.db, &app.clock, &actor(), |tx| {
        if within(tx, "tracking lost", &contact, PER_CONTACT).await? {
            links::send_again(tx, &sender, &contact).await?;
        } else {
            tx.record(commonweal_core::events::Event::new(
                "tracking",
                uuid::Uuid::nil(),
                "tracking.too_many_links",
                serde_json::json!({}),
            ));
        }
        Ok::<_, DbError>(())
    })
    .await;
    sent.map_err(|error: DbError| PageError::from(error))?;
    message(
        &people,
        &visit,
        "sent_again",
        "/",
        "left_action",
        StatusCode::OK,
    )
}
