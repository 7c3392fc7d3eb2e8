//! Signing in with the organisation's own account: OpenID Connect with PKCE, state and nonce.
//!
//! Only people who have an account here get in: found by the provider's subject, or the first time
//! by an e-mail address that the provider has verified. The HTTP client is the binary's.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_core::events::{Actor, Event};
use commonweal_core::{DbError, Tx, args, read, sql, write};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::pages::{Arrival, Wanted, arrive};
use super::steps::{self, Kind};
use crate::policy::Principal;
use crate::session::{self, Start, Token};
use crate::users::store;
use crate::web::{App, PageError, Query, Routes, Rule, Visit, local_path};

/// What an HTTP client is given and gives, so that the binary needs no library of its own.
pub use openidconnect::{HttpRequest, HttpResponse};

/// What the HTTP client could not do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct HttpError(pub String);

/// The answer of an HTTP client.
pub type HttpFuture = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send>>;

/// An HTTP client as a value: one request, one answer, no redirects followed.
#[derive(Clone)]
pub struct HttpClient(Arc<dyn Fn(HttpRequest) -> HttpFuture + Send + Sync>);

impl HttpClient {
    /// A client from a function.
    pub fn new(send: impl Fn(HttpRequest) -> HttpFuture + Send + Sync + 'static) -> Self {
        Self(Arc::new(send))
    }
}

impl<'c> AsyncHttpClient<'c> for HttpClient {
    type Error = HttpError;
    type Future = HttpFuture;
    fn call(&'c self, request: HttpRequest) -> HttpFuture {
        (self.0)(request)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient")
    }
}

/// An organisation whose accounts may be used to sign in.
#[derive(Clone)]
pub struct Organisation {
    /// Its name, on the sign-in page.
    pub name: String,
    /// Its issuer, such as `https://login.example.org/realm`; must be HTTPS.
    pub issuer: String,
    /// Our id there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: String,
    /// How to reach it.
    pub http: HttpClient,
}

impl fmt::Debug for Organisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organisation")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(super) struct Known(Organisation);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why it did not work; goes to the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failed(String);

fn failed(error: impl fmt::Display) -> Failed {
    Failed(error.to_string())
}

/// What is remembered while the person is at the provider.
#[derive(Serialize, Deserialize)]
struct Away {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
}

/// Who came back.
struct Identity {
    issuer: String,
    subject: String,
    email: Option<String>,
}

impl Known {
    pub(super) fn new(organisation: Organisation) -> Self {
        Self(organisation)
    }

    pub(super) fn name(&self) -> &str {
        &self.0.name
    }

    /// The client, with the provider's keys as they are now (they are renewed now and then).
    async fn client(&self, address: &str) -> Result<Client, Failed> {
        let issuer = IssuerUrl::new(self.0.issuer.clone()).map_err(failed)?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.0.http)
            .await
            .map_err(failed)?;
        let back = format!(
            "{}/sign-in/organisation/back",
            address.trim_end_matches('/')
        );
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(self.0.client_id.clone()),
            Some(ClientSecret::new(self.0.client_secret.clone())),
        );
        Ok(client.set_redirect_uri(RedirectUrl::new(back).map_err(failed)?))
    }

    async fn leave(&self, address: &str, next: &str) -> Result<(String, Away), Failed> {
        let client = self.client(address).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state, nonce) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let away = Away {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next: next.to_owned(),
        };
        Ok((url.into(), away))
    }

    async fn identify(&self, app: &App, code: String, away: &Away) -> Result<Identity, Failed> {
        let client = self.client(&app.settings.address).await?;
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(failed)?
            .set_pkce_verifier(PkceCodeVerifier::new(away.verifier.clone()))
            .request_async(&self.0.http)
            .await
            .map_err(failed)?;
        let token = answer
            .id_token()
            .ok_or_else(|| failed("the provider sent no identity"))?;
        let clock = app.clock.clone();
        let verifier = client
            .id_token_verifier()
            // Whatever the provider offers: signed by its own key, never unsigned or by a shared one.
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPssSha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
                CoreJwsSigningAlgorithm::EcdsaP384Sha384,
                CoreJwsSigningAlgorithm::EdDsa,
            ])
            .set_time_fn(move || clock.now());
        let claims = token
            .claims(&verifier, &Nonce::new(away.nonce.clone()))
            .map_err(failed)?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = token.signing_alg().map_err(failed)?;
            let key = token.signing_key(&verifier).map_err(failed)?;
            let actual = AccessTokenHash::from_token(answer.access_token(), algorithm, key)
                .map_err(failed)?;
            if actual != *expected {
                return Err(failed("the access token is not the one of this identity"));
            }
        }
        let verified = claims.email_verified() == Some(true);
        Ok(Identity {
            issuer: self.0.issuer.clone(),
            subject: claims.subject().as_str().to_owned(),
            email: claims
                .email()
                .filter(|_| verified)
                .map(|email| email.as_str().to_owned()),
        })
    }
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/sign-in/organisation", Rule::Public, leave)
        .get("/sign-in/organisation/back", Rule::Public, back)
}

async fn leave(
    State(app): State<App>,
    visit: Visit,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let known = app
        .sign_in
        .organisation
        .clone()
        .ok_or(PageError::NotFound)?;
    let owner = visit.owner();
    let away = match known
        .leave(&app.settings.address, local_path(&wanted.next))
        .await
    {
        Ok(away) if !owner.is_empty() => away,
        Ok(_) => return Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => {
            tracing::warn!(%error, "the organisation's sign-in cannot be reached");
            return Ok(Redirect::to("/sign-in?said=organisation").into_response());
        }
    };
    let (url, away) = away;
    commonweal_core::upkeep!(&app.db, &app.clock, |tx| steps::put(
        tx,
        &owner,
        Kind::Organisation,
        None,
        &away
    )
    .await)
    .await?;
    Ok(Redirect::to(&url).into_response())
}

/// What the provider sends back.
#[derive(Debug, Default, Deserialize)]
struct Returned {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

async fn back(
    State(app): State<App>,
    visit: Visit,
    arrival: Arrival,
    Query(returned): Query<Returned>,
) -> Result<Response, PageError> {
    let known = app
        .sign_in
        .organisation
        .clone()
        .ok_or(PageError::NotFound)?;
    let (owner, now) = (visit.owner(), app.clock.now());
    let found: Result<Option<(Option<Uuid>, Away)>, DbError> = read!(&app.db, |tx| steps::find(
        tx,
        &owner,
        Kind::Organisation,
        now
    )
    .await)
    .await;
    let failed = || Ok(Redirect::to("/sign-in?said=organisation").into_response());
    let Some((_, away)) = found? else {
        return failed();
    };
    let taken: Result<bool, DbError> =
        commonweal_core::upkeep!(&app.db, &app.clock, |tx| steps::take(
            tx,
            &owner,
            Kind::Organisation
        )
        .await)
        .await;
    if !taken? || away.state != returned.state || returned.code.is_empty() {
        return failed();
    }
    let identity = match known.identify(&app, returned.code, &away).await {
        Ok(identity) => identity,
        Err(error) => {
            tracing::warn!(%error, "the organisation's sign-in failed");
            return failed();
        }
    };
    let actor = Actor::system("sign-in");
    let token = write!(&app.db, &app.clock, &actor, |tx| {
        let Some(user) = person(tx, &identity).await? else {
            tx.record(Event::new(
                "user",
                Uuid::nil(),
                "user.sign_in_failed",
                json!({ "method": "organisation" }),
            ));
            return Ok::<Option<Token>, DbError>(None);
        };
        let start = Start {
            user,
            browser: &arrival.browser,
            method: "organisation",
            before: visit.session.as_ref(),
        };
        session::start(tx, &app.clock, app.settings.terms, &start)
            .await
            .map(Some)
    })
    .await?;
    Ok(match token {
        Some(token) => arrive(&app, &token, &away.next),
        None => Redirect::to("/sign-in?said=unknown").into_response(),
    })
}

/// Whose identity this is. An address is believed once only: later the subject counts, so that an
/// address that was given to somebody else opens nothing.
async fn person(tx: &mut Tx, identity: &Identity) -> Result<Option<Uuid>, DbError> {
    let text = sql!("select user_id from identities where issuer = $1 and subject = $2");
    let known = tx
        .optional(text, args![&identity.issuer, &identity.subject])
        .await?;
    let user = match known {
        Some(row) => row.get::<Uuid>("user_id")?,
        None => {
            let Some(email) = &identity.email else {
                return Ok(None);
            };
            let Some(user) = store::by_email(tx, email).await? else {
                return Ok(None);
            };
            let text = sql!("select count(*) from identities where issuer = $1 and user_id = $2");
            if tx.count(text, args![&identity.issuer, user]).await? > 0 {
                return Ok(None);
            }
            let now = tx.now();
            tx.run(
                sql!("insert into identities (issuer, subject, user_id, created_at) values ($1, $2, $3, $4)"),
                args![&identity.issuer, &identity.subject, user, now],
            )
            .await?;
            tx.record(Event::new(
                "user",
                user,
                "user.identity_linked",
                json!({ "issuer": identity.issuer }),
            ));
            user
        }
    };
    Ok(Principal::load(tx, user)
        .await?
        .filter(|found| found.active)
        .map(|_| user))
}
