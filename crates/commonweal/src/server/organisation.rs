//! Sign-in with an organisation's accounts: the HTTP client that OpenID Connect is given.
//! One of the two places that open a socket to somewhere else.

use std::time::Duration;

use commonweal_access::sign_in::SignIn;
use commonweal_access::sign_in::organisation::{
    HttpClient, HttpError, HttpRequest, HttpResponse, Organisation,
};
use commonweal_core::config::Config;
use reqwest::redirect::Policy;

use crate::failure::Failure;

/// How people sign in, with their organisation's account where that is set up.
pub(super) fn sign_in(config: &Config) -> Result<SignIn, Failure> {
    let sign_in = SignIn::new();
    let (Some(issuer), Some(client_id)) = (&config.oidc.issuer, &config.oidc.client_id) else {
        return Ok(sign_in);
    };
    Ok(sign_in.with_organisation(Organisation {
        name: config.oidc.label.clone(),
        issuer: issuer.as_str().to_owned(),
        client_id: client_id.clone(),
        client_secret: config
            .oidc
            .client_secret
            .as_ref()
            .map_or_else(String::new, |secret| secret.reveal().to_owned()),
        http: client()?,
    }))
}

/// A client that follows no redirect (a provider's answer must not lead us elsewhere) and
/// gives up after ten seconds.
fn client() -> Result<HttpClient, Failure> {
    // An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .map_err(|error| Failure::new(format!("no HTTP client for OpenID Connect: {error}")))?;
    Ok(HttpClient::new(move |request| {
        let client = client.clone();
        Box::pin(async move { send(&client, request).await })
    }))
}

async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let failed = |error: reqwest::Error| HttpError(error.without_url().to_string());
    let request = reqwest::Request::try_from(request).map_err(failed)?;
    let answer = client.execute(request).await.map_err(failed)?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers().clone();
    }
    let body = answer.bytes().await.map_err(failed)?.to_vec();
    response
        .body(body)
        .map_err(|error| HttpError(error.to_string()))
}
