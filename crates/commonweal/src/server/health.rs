//! `/healthz`, `/readyz` and `/metrics`; and a name and a measure for every request.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use commonweal_core::Db;
use commonweal_core::config::Secret;
use commonweal_core::logging::RequestId;
use commonweal_core::metrics::{Counter, Histogram, Metrics};
use commonweal_core::stop::Stop;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use tracing::Instrument as _;

use crate::commands::Opened;

static REQUESTS: Counter = Counter {
    name: "commonweal_requests_total",
    help: "Requests answered, by route and status.",
};
static TIMES: Histogram = Histogram {
    name: "commonweal_request_seconds",
    help: "How long answers take, by route.",
};
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the process is asked about itself.
#[derive(Clone)]
pub(super) struct Watched {
    db: Db,
    stop: Stop,
    metrics: Metrics,
    token: Option<Secret>,
}

impl Watched {
    pub(super) fn new(opened: &Opened, stop: &Stop) -> Self {
        Self {
            db: opened.db.clone(),
            stop: stop.clone(),
            metrics: Metrics::default(),
            token: opened.config.log.metrics_token.clone(),
        }
    }
}

/// The three routes; the first two tell nothing but yes or no.
pub(super) fn router(watched: Watched) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(watched)
}

async fn ready(State(watched): State<Watched>) -> Response {
    if watched.stop.requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match commonweal_core::health::ready(&watched.db).await {
        Ok(()) => "ready\n".into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        )
            .into_response(),
    }
}

/// Measurements, for whoever bears the token; without one, for this machine only.
async fn metrics(
    State(watched): State<Watched>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let admitted = match &watched.token {
        None => from.ip().is_loopback() && !headers.contains_key("x-forwarded-for"),
        Some(token) => headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|given| same(given, token.reveal())),
    };
    if !admitted {
        return StatusCode::NOT_FOUND.into_response();
    }
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        watched.metrics.text(),
    )
        .into_response()
}

/// Compares in a time that does not tell how much of it was right.
fn same(given: &str, wanted: &str) -> bool {
    let differing = given
        .bytes()
        .zip(wanted.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    given.len() == wanted.len() && differing == 0
}

/// Gives every request a name, in its log lines and its answer, and measures it by route.
pub(super) async fn watch(
    State(watched): State<Watched>,
    mut request: Request,
    next: Next,
) -> Response {
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let id = RequestId::taken_or_new(given);
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(id.clone());
    let begun = Instant::now();
    let span = tracing::info_span!("request", id = id.as_str(), method = %request.method(), route);
    let mut response = next.run(request).instrument(span).await;
    let took = begun.elapsed();
    let status = response.status().as_u16().to_string();
    watched
        .metrics
        .add(&REQUESTS, &[("route", &route), ("status", &status)], 1);
    watched.metrics.observe(&TIMES, &[("route", &route)], took);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}
