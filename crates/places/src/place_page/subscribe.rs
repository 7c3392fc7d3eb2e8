//! Asking for news of a place by e-mail.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{Address, PageError, Path, Sent, Visit};
use commonweal_core::mail::is_address;
use commonweal_govuk::text;
use commonweal_records::subscriptions::{self, Asked, Subject};

use super::{PlacePages, pages, say};

/// What the topic of a place begins with; its slug follows.
pub(super) const TOPIC: &str = "place:";

pub(super) async fn subscribe(
    State(state): State<PlacePages>,
    visit: Visit,
    network: Address,
    Path(slug): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let app = state.app();
    let language = app.settings.language;
    let (_, _, directory) = state.now().await?;
    let place = directory.find(&slug).ok_or(PageError::NotFound)?;
    if !is_address(form.value("email")) {
        form.errors
            .add("email", text::t(language, "places.email_wrong"));
        return pages::show(&state, &visit, &slug, &form, false).await;
    }
    let values = [
        ("place", place.name.clone()),
        ("partnership", app.settings.partnership_name.clone()),
        // Filled by whoever makes the links.
        ("confirm", "{confirm}".to_owned()),
        ("end", "{end}".to_owned()),
    ];
    let subject = Subject {
        topic: &format!("{TOPIC}{slug}"),
        title: &place.name,
        mail_subject: &say(language, "places.mail_confirm_subject", &values),
        mail_text: &say(language, "places.mail_confirm", &values),
    };
    match subscriptions::ask(app, &subject, form.value("email"), &network).await? {
        Asked::Sent => {
            form.forget("email");
            pages::show(&state, &visit, &slug, &form, true).await
        }
        Asked::TooMany => Err(PageError::TooMany { seconds: 3_600 }),
    }
}
