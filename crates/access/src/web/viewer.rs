//! Who is looking.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, OptionalFromRequestParts};
use commonweal_core::events::Actor;
use commonweal_core::{DbError, ReadTx, args, sql};
use http::request::Parts;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{PageError, Settings};
use crate::policy::{Action, Principal, RecordAct, Resource};
use crate::session::{Session, Token};
use crate::tokens;

/// Somebody who is signed in, as of this request. An extractor: without a sign-in it refuses.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The facts that policies read.
    pub principal: Principal,
    /// The person's name.
    pub name: String,
    /// The agency's name.
    pub agency_name: String,
    /// Keys of the person's roles.
    pub roles: Vec<String>,
    /// The session's id.
    pub session: Uuid,
    /// The purpose that this session's work is recorded under.
    pub purpose: String,
    pub(super) flash: Option<String>,
    common: Arc<Common>,
}

/// What all visits have.
#[derive(Debug)]
struct Common {
    path: String,
    secret: String,
}

impl Viewer {
    /// The user's id.
    #[must_use]
    pub fn user(&self) -> Uuid {
        self.principal.user
    }

    /// Who writes, for `write!`.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::user(self.principal.user, &self.purpose)
    }

    /// Whether the person may do this to this resource.
    #[must_use]
    pub fn may(&self, action: Action, resource: &Resource) -> bool {
        self.principal.may(action, resource)
    }

    /// As [`Viewer::may`], for use with `?`.
    ///
    /// # Errors
    /// [`PageError::Forbidden`].
    pub fn must(&self, action: Action, resource: &Resource) -> Result<(), PageError> {
        if self.may(action, resource) {
            Ok(())
        } else {
            Err(PageError::Forbidden)
        }
    }

    /// Whether the person may do this to a record of a form or register, as a `Result` for use
    /// with `?`. [`Resource::door`] asks for any record of it.
    ///
    /// # Errors
    /// [`PageError::NotFound`], so that nobody learns which definitions and records there are.
    pub fn must_record(
        &self,
        definition: &str,
        act: RecordAct,
        record: &Resource,
    ) -> Result<(), PageError> {
        if self.principal.may_record(definition, act, record) {
            Ok(())
        } else {
            Err(PageError::NotFound)
        }
    }

    /// The path of this request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.common.path
    }

    pub(crate) async fn load(
        tx: &mut ReadTx,
        session: &Session,
        visit: &Visit,
    ) -> Result<Option<Self>, DbError> {
        let Some(principal) = Principal::load(tx, session.user).await? else {
            return Ok(None);
        };
        if !(session.open && principal.active) {
            return Ok(None);
        }
        let row = tx
            .one(
                sql!("select users.name, agencies.name as agency_name from users join agencies on agencies.id = users.agency where users.id = $1"),
                args![session.user],
            )
            .await?;
        let roles = tx
            .all(
                sql!("select role from user_roles where user_id = $1 order by role"),
                args![session.user],
            )
            .await?;
        Ok(Some(Self {
            principal,
            name: row.get("name")?,
            agency_name: row.get("agency_name")?,
            roles: roles
                .iter()
                .map(|row| row.get("role"))
                .collect::<Result<_, _>>()?,
            session: session.id,
            purpose: session.purpose.clone(),
            flash: session.flash.clone(),
            common: visit.common.clone(),
        }))
    }
}

/// One request by anybody, signed in or not. An extractor for pages that are open to all.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who is signed in, if anybody is.
    pub viewer: Option<Viewer>,
    /// The token of the browser's session, whether it still holds or not.
    pub(crate) session: Option<Token>,
    /// The token that every browser has before anybody signs in.
    pub(crate) before: Option<Token>,
    /// Whose an ended session was: what they type is kept for them.
    pub(super) ended: Option<Uuid>,
    /// Whether a program bears an access token, good or not: then cookies do not count.
    pub(super) borne: bool,
    common: Arc<Common>,
}

impl Visit {
    pub(crate) fn new(path: &str, session: Option<Token>, before: Option<Token>) -> Self {
        let secret = session
            .as_ref()
            .or(before.as_ref())
            .map(|token| token.secret().to_owned());
        Self {
            viewer: None,
            session,
            before,
            ended: None,
            borne: false,
            common: Arc::new(Common {
                path: tokens::shown_path(path).into_owned(),
                secret: secret.unwrap_or_default(),
            }),
        }
    }

    /// The same visit by a browser that has just been given its first token.
    pub(super) fn begun_with(self, token: Token) -> Self {
        let fresh = Self::new(self.path(), self.session.clone(), Some(token));
        Self {
            viewer: self.viewer,
            ended: self.ended,
            borne: self.borne,
            ..fresh
        }
    }

    /// The path of this request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.common.path
    }

    pub(super) fn secret(&self) -> &str {
        &self.common.secret
    }

    /// Whether this browser holds a session that has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.viewer.is_none() && self.ended.is_some()
    }

    /// What names this browser before anybody signs in, as stored: for steps of a sign-in.
    #[must_use]
    pub fn owner(&self) -> String {
        self.before.as_ref().map(Token::hash).unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        let missing = || PageError::Internal("a route is served outside App::serve".to_owned());
        parts.extensions.get::<Self>().cloned().ok_or_else(missing)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        parts
            .extensions
            .get::<Visit>()
            .and_then(|visit| visit.viewer.clone())
            .ok_or(PageError::SignIn)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Viewer {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts
            .extensions
            .get::<Visit>()
            .and_then(|visit| visit.viewer.clone()))
    }
}

/// For whom a page is made.
#[derive(Debug, Clone, Copy)]
pub enum Reader<'a> {
    /// Somebody who is signed in.
    Viewer(&'a Viewer),
    /// Anybody.
    Visit(&'a Visit),
}

impl<'a> From<&'a Viewer> for Reader<'a> {
    fn from(viewer: &'a Viewer) -> Self {
        Self::Viewer(viewer)
    }
}

impl<'a> From<&'a Visit> for Reader<'a> {
    fn from(visit: &'a Visit) -> Self {
        Self::Visit(visit)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn viewer(self) -> Option<&'a Viewer> {
        match self {
            Self::Viewer(viewer) => Some(viewer),
            Self::Visit(visit) => visit.viewer.as_ref(),
        }
    }

    fn common(self) -> &'a Common {
        match self {
            Self::Viewer(viewer) => &viewer.common,
            Self::Visit(visit) => &visit.common,
        }
    }

    pub(super) fn path(self) -> &'a str {
        &self.common().path
    }

    pub(super) fn secret(self) -> &'a str {
        &self.common().secret
    }
}

/// The network address that a request came from, as a hash: enough to slow down guessing. None
/// where the server does not say (`into_make_service_with_connect_info` makes it say).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address(pub Option<String>);

impl Address {
    pub(super) fn of(parts: &Parts, settings: &Settings) -> Self {
        // The last address is the one that our own proxy saw; those before it anybody can write.
        let forwarded = parts
            .headers
            .get("x-forwarded-for")
            .and_then(|value| value.to_str().ok());
        let forwarded = forwarded
            .and_then(|list| list.rsplit(',').next())
            .map(|last| last.trim().to_owned());
        let direct = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip().to_string());
        let address = forwarded.filter(|_| settings.behind_proxy).or(direct);
        Self(address.map(|address| hex::encode(Sha256::digest(address.as_bytes()))))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}
