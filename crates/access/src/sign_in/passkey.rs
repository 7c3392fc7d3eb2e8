//! Passkeys (WebAuthn): signing in with a device's own lock, and adding and removing passkeys.
//!
//! The script `passkey.js` asks for a challenge and sends the device's answer, both as JSON with the
//! page's token in `x-csrf-token`. Without script the buttons stay hidden and passwords remain.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_core::events::{Actor, Event};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, ReadTx, args, read, sql, write};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

use super::pages::{Arrival, arrive};
use super::steps::{self, Kind};
use crate::policy::Principal;
use crate::session::{self, Start};
use crate::web::{App, PageError, Routes, Rule, Viewer, Visit, local_path};

impl App {
    /// What checks passkeys; none where browsers would not offer any: they need HTTPS or localhost,
    /// and a name, not a number, for a host.
    pub(crate) fn passkeys(&self) -> Option<Webauthn> {
        let origin = Url::parse(&self.settings.address).ok()?;
        let host = origin.domain()?;
        if origin.scheme() != "https" && host != "localhost" {
            return None;
        }
        WebauthnBuilder::new(host, &origin)
            .ok()?
            .rp_name(&self.settings.partnership_name)
            .build()
            .ok()
    }
}

/// A passkey in its owner's list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) created: String,
}

pub(crate) async fn of_user(tx: &mut ReadTx, user: Uuid) -> Result<Vec<Listed>, DbError> {
    let rows = tx
        .all(sql!("select id, name, created_at from passkeys where user_id = $1 order by created_at, id"), args![user])
        .await?;
    rows.iter()
        .map(|row| {
            let created: chrono::DateTime<chrono::Utc> = row.get("created_at")?;
            Ok(Listed {
                id: row.get("id")?,
                name: row.get("name")?,
                created: crate::account::moment(created),
            })
        })
        .collect()
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/sign-in/passkey/begin", Rule::Public, begin)
        .post("/sign-in/passkey", Rule::Public, finish)
        .post("/account/passkeys/begin", Rule::SignedIn, begin_new)
        .post("/account/passkeys", Rule::SignedIn, finish_new)
}

fn ours(error: &WebauthnError) -> PageError {
    PageError::Internal(format!("passkeys: {error}"))
}

fn refused() -> PageError {
    PageError::Invalid("The passkey was not accepted.".to_owned())
}

async fn begin(State(app): State<App>, visit: Visit) -> Result<Response, PageError> {
    let passkeys = app.passkeys().ok_or(PageError::NotFound)?;
    let (mut challenge, state) = passkeys
        .start_discoverable_authentication()
        .map_err(|error| ours(&error))?;
    // A button was pressed: the browser shows its dialogue, not a suggestion in a field.
    challenge.mediation = None;
    let owner = visit.owner();
    commonweal_core::upkeep!(&app.db, &app.clock, |tx| steps::put(
        tx,
        &owner,
        Kind::Passkey,
        None,
        &state
    )
    .await)
    .await?;
    Ok(Json(challenge).into_response())
}

/// A passkey's answer and where its owner wanted to go.
#[derive(Deserialize)]
struct Answer {
    credential: PublicKeyCredential,
    #[serde(default)]
    next: String,
}

async fn finish(
    State(app): State<App>,
    visit: Visit,
    arrival: Arrival,
    Json(answer): Json<Answer>,
) -> Result<Response, PageError> {
    let passkeys = app.passkeys().ok_or(PageError::NotFound)?;
    let (owner, now) = (visit.owner(), app.clock.now());
    let (_, id) = passkeys
        .identify_discoverable_authentication(&answer.credential)
        .map_err(|_| refused())?;
    let id = hex::encode(id);
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let state: Option<(Option<Uuid>, DiscoverableAuthentication)> =
            steps::find(tx, &owner, Kind::Passkey, now).await?;
        let row = tx
            .optional(
                sql!("select id, user_id, credential from passkeys where credential_id = $1"),
                args![&id],
            )
            .await?;
        Ok((state, row))
    })
    .await;
    let (Some((_, state)), Some(row)) = looked? else {
        return Err(refused());
    };
    let (key_id, user): (Uuid, Uuid) = (row.get("id")?, row.get("user_id")?);
    let mut stored: serde_json::Value = row.get("credential")?;
    let mut key: Passkey = serde_json::from_value(stored["key"].take())
        .map_err(|error| PageError::Internal(error.to_string()))?;
    let discoverable = DiscoverableKey::from(&key);
    let result = passkeys
        .finish_discoverable_authentication_v2(&answer.credential, state, &discoverable)
        .map_err(|_| refused())?;
    key.update_credential(&result);
    let token = write!(&app.db, &app.clock, &Actor::user(user, "sign-in"), |tx| {
        let active = Principal::load(tx, user)
            .await?
            .is_some_and(|found| found.active);
        if !(active && steps::take(tx, &owner, Kind::Passkey).await?) {
            tx.record(Event::new(
                "user",
                user,
                "user.sign_in_failed",
                json!({ "method": "passkey" }),
            ));
            return Ok::<_, DbError>(None);
        }
        let used = tx.now();
        tx.run(
            sql!("update passkeys set credential = $2, used_at = $3 where id = $1"),
            args![key_id, json!({ "key": key }), used],
        )
        .await?;
        let start = Start {
            user,
            browser: &arrival.browser,
            method: "passkey",
            before: visit.session.as_ref(),
        };
        session::start(tx, &app.clock, app.settings.terms, &start)
            .await
            .map(Some)
    })
    .await?;
    let token = token.ok_or_else(refused)?;
    let next = local_path(&answer.next);
    let arrived = arrive(&app, &token, next);
    // The script follows the address itself; the cookie comes with this answer.
    let mut response = Json(json!({ "next": next })).into_response();
    for cookie in arrived.headers().get_all(http::header::SET_COOKIE) {
        response
            .headers_mut()
            .append(http::header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// The owner of a signed-in person's steps.
pub(crate) fn owner_of(viewer: &Viewer) -> String {
    format!("session:{}", viewer.session)
}

async fn begin_new(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let passkeys = app.passkeys().ok_or(PageError::NotFound)?;
    let user = viewer.user();
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let email: String = tx
            .one(sql!("select email from users where id = $1"), args![user])
            .await?
            .get("email")?;
        let rows = tx
            .all(
                sql!("select credential from passkeys where user_id = $1"),
                args![user],
            )
            .await?;
        let keys: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| row.get("credential"))
            .collect::<Result<_, _>>()?;
        Ok((email, keys))
    })
    .await;
    let (email, keys) = looked?;
    let known = keys
        .into_iter()
        .filter_map(|mut key| serde_json::from_value::<Passkey>(key["key"].take()).ok());
    let known = known.map(|key| key.cred_id().clone()).collect();
    let (mut challenge, state) = passkeys
        .start_passkey_registration(user, &email, &viewer.name, Some(known))
        .map_err(|error| ours(&error))?;
    // The device keeps whose passkey it is, so that signing in needs no e-mail address.
    if let Some(selection) = &mut challenge.public_key.authenticator_selection {
        selection.require_resident_key = true;
        selection.resident_key = serde_json::from_value(json!("required")).ok();
    }
    let owner = owner_of(&viewer);
    commonweal_core::upkeep!(&app.db, &app.clock, |tx| steps::put(
        tx,
        &owner,
        Kind::NewPasskey,
        Some(user),
        &state
    )
    .await)
    .await?;
    Ok(Json(challenge).into_response())
}

/// A new passkey and what its owner calls it.
#[derive(Deserialize)]
struct New {
    credential: RegisterPublicKeyCredential,
    #[serde(default)]
    name: String,
}

async fn finish_new(
    State(app): State<App>,
    viewer: Viewer,
    Json(new): Json<New>,
) -> Result<Response, PageError> {
    let passkeys = app.passkeys().ok_or(PageError::NotFound)?;
    let (owner, now, user) = (owner_of(&viewer), app.clock.now(), viewer.user());
    let found: Result<Option<(Option<Uuid>, PasskeyRegistration)>, DbError> =
        read!(&app.db, |tx| steps::find(tx, &owner, Kind::NewPasskey, now)
            .await)
        .await;
    let Some((_, state)) = found? else {
        return Err(refused());
    };
    let key = passkeys
        .finish_passkey_registration(&new.credential, &state)
        .map_err(|_| refused())?;
    let name: String = new.name.trim().chars().take(60).collect();
    let name = if name.is_empty() {
        "Passkey".to_owned()
    } else {
        name
    };
    let id = new_uuid(&app.clock);
    write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        if !steps::take(tx, &owner, Kind::NewPasskey).await? {
            return Err(DbError::NotFound);
        }
        let now = tx.now();
        tx.run(
            sql!("insert into passkeys (id, user_id, credential_id, name, credential, created_at) values ($1, $2, $3, $4, $5, $6)"),
            args![id, user, hex::encode(key.cred_id()), &name, json!({ "key": key }), now],
        )
        .await?;
        tx.record(Event::new("user", user, "user.passkey_added", json!({ "passkey": id })));
        Ok::<_, DbError>(())
    })
    .await?;
    app.flash(&viewer, "The passkey was added").await?;
    Ok(Json(json!({ "next": "/account" })).into_response())
}
