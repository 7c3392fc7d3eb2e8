//! What programs show instead of a sign-in: personal access tokens and subscription addresses.
//!
//! # Access tokens
//!
//! A person makes a token on the account's page and gives it to a program (QGIS, a script), which
//! sends it as `Authorization: Bearer commonweal_…`. It is accepted under `/api` and `/ogc` only
//! ([`accepts`]); the viewer is its user with exactly that user's rights at that moment. Such a
//! request takes no notice of cookies, so there is nothing to forge and no CSRF token. A token that
//! does not hold answers 401 as `application/problem+json`; failures are slowed down as those of
//! signing in are. Routes need nothing for it: their rule and the extractor
//! [`Viewer`](crate::web::Viewer) work as with a session.
//!
//! # Subscription addresses
//!
//! Calendar programs and feed readers can neither sign in nor send a header. They get an address
//! `/feeds/{secret}/{feed}`, whose secret opens that one feed for its user and is revoked on the
//! account's page. Whoever builds a feed, say `tasks.ics`:
//!
//! ```
//! use axum::extract::State;
//! use axum::response::{IntoResponse as _, Response};
//! use commonweal_access::tokens;
//! use commonweal_access::web::{App, PageError, Path, Routes, Rule, Viewer};
//! use commonweal_core::write;
//!
//! /// The button 'Subscribe': shows the new address once, since only its hash is kept.
//! async fn subscribe(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
//!     let made = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
//!         tokens::feed_secret(tx, viewer.user(), "tasks.ics").await
//!     })
//!     .await?;
//!     Ok(format!("{}{}", app.settings.address, made.path()).into_response())
//! }
//!
//! /// The feed itself: open to all by its route, and to nobody without its secret.
//! async fn tasks(State(app): State<App>, Path(secret): Path<String>) -> Result<Response, PageError> {
//!     let viewer = tokens::feed_viewer(&app, &secret, "tasks.ics").await?.ok_or(PageError::NotFound)?;
//!     // …lists with `viewer`'s scope, and `app.access_log` as on any page.
//!     Ok(viewer.name.into_response())
//! }
//!
//! let routes: Routes<App> = Routes::new()
//!     .post("/tasks/subscribe", Rule::SignedIn, subscribe)
//!     .get("/feeds/{secret}/tasks.ics", Rule::Public, tasks);
//! # drop(routes);
//! ```
//!
//! A feed whose path has a part that varies (a register's key) is named with it:
//! `format!("registers/{key}.atom")`, in both calls the same.

mod feeds;
pub mod pages;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub(crate) use feeds::shown_path;
pub use feeds::{
    FeedSecret, Subscription, end_subscription, feed_secret, feed_viewer, subscriptions,
};
pub use pages::routes;

use commonweal_core::{DbError, Tx};
use http::{HeaderMap, header};
use uuid::Uuid;

use crate::session::Token;

/// What every access token begins with, so that people and scanners of leaked secrets know it.
pub const PREFIX: &str = "commonweal_";

/// Whether access tokens are accepted at a path.
#[must_use]
pub fn accepts(path: &str) -> bool {
    ["/api", "/ogc"].iter().any(|root| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Revokes all tokens and subscriptions of a user, for an account that may be in wrong hands.
pub(crate) async fn revoke_all(tx: &mut Tx, user: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    for token in store::of_user(tx, user, now).await? {
        store::revoke(tx, user, token.id).await?;
    }
    for subscription in feeds::of_user(tx, user).await? {
        feeds::revoke(tx, user, subscription.id).await?;
    }
    Ok(())
}

/// The access token that a request bears: none where it bears none or the path takes none. What
/// bears a nonsense becomes a token that nobody has.
pub(crate) fn borne(path: &str, headers: &HeaderMap) -> Option<Token> {
    if !accepts(path) {
        return None;
    }
    let mut borne = headers
        .get_all(header::AUTHORIZATION)
        .iter()
        .filter_map(|value| {
            let text = value.to_str().ok()?;
            let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
            scheme.eq_ignore_ascii_case("bearer").then(|| rest.trim())
        });
    let first = borne.next()?;
    let single = borne.next().is_none();
    Some(Token::sent(if single { secret_of(first) } else { "" }))
}

/// The secret of a token as people write it: nothing where it is none.
pub(crate) fn secret_of(text: &str) -> &str {
    text.strip_prefix(PREFIX)
        .filter(|secret| secret.len() == 64)
        .unwrap_or_default()
}
