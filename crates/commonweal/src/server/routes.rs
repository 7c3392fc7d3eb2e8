//! One router over all areas.

use axum::Router;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, NavEntry, Routes, Rule};
use commonweal_access::{account, agencies, sign_in, users, web};
use commonweal_core::stop::Stop;
use commonweal_govuk::assets;
use commonweal_places::{Places, download, map, ogc, quality, ranking, trend};
use commonweal_records::background::{self, Background};
use commonweal_records::imports::pages::{self as imports, Imports};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use super::health::{self, Watched};
use crate::commands::Opened;

/// The states of all areas.
pub(super) struct States {
    pub(super) app: App,
    pub(super) places: Places,
    pub(super) imports: Imports,
    pub(super) background: Background,
}

/// The service navigation.
pub(super) fn navigation() -> Vec<NavEntry> {
    let entry = |text, href, also, action| NavEntry { text, href, also, rule: Rule::May(action) };
    vec![
        entry("Places", "/map", &["/ranking", "/trend", "/data-quality"][..], Action::SeeIncidents),
        entry("Imports", "/imports", &[], Action::SeeImports),
        entry("Users", "/users", &["/agencies", "/roles"], Action::ManageUsers),
        entry("Background work", "/jobs", &[], Action::SeeJobs),
        entry("Outbox", "/outbox", &[], Action::SeeOutbox),
        entry("Audit", "/audit", &[], Action::SeeAudit),
    ]
}

/// Every route of every area, with its rule.
pub(super) fn routes(states: &States) -> Routes<()> {
    let access = Routes::new()
        .merge(web::kept::routes())
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(users::pages::routes())
        .merge(agencies::pages::routes());
    let places = Routes::new()
        .merge(ranking::routes())
        .merge(trend::routes())
        .merge(quality::routes())
        .merge(download::routes())
        .merge(ogc::routes());
    Routes::new()
        .merge(access.with_state(states.app.clone()))
        .merge(places.with_state(states.places.clone()))
        .merge(map::routes(&states.places))
        .merge(imports::routes().with_state(states.imports.clone()))
        .merge(background::routes().with_state(states.background.clone()))
}

/// The routes with everything around them.
pub(super) fn router(states: &States, opened: &Opened, stop: &Stop) -> Router {
    let time = std::time::Duration::from_secs(u64::from(opened.config.server.request_seconds));
    let watched = Watched::new(opened, stop);
    states
        .app
        .serve(routes(states))
        .layer(TimeoutLayer::with_status_code(http::StatusCode::SERVICE_UNAVAILABLE, time))
        .merge(assets::router())
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(watched.clone(), health::watch))
        .merge(health::router(watched))
}
