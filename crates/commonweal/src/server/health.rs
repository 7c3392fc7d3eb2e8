//! `/healthz`, `/readyz`: whether the process lives, and whether it can do its work.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use commonweal_core::stop::Stop;
use commonweal_core::{Db, DbError, args, read, sql};
use http::StatusCode;

#[derive(Clone)]
struct Ready {
    db: Db,
    stop: Stop,
}

/// The two routes; they tell nothing but yes or no.
pub(super) fn router(db: &Db, stop: &Stop) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(Ready { db: db.clone(), stop: stop.clone() })
}

async fn ready(State(ready): State<Ready>) -> Response {
    if ready.stop.requested() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    let answer: Result<i64, DbError> =
        read!(&ready.db, |tx| tx.count(sql!("select count(*) from roles"), args![]).await).await;
    match answer {
        Ok(_) => "ready\n".into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response(),
    }
}
