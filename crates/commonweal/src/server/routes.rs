//! One router over all areas.

use axum::Router;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, NavEntry, Routes, Rule};
use commonweal_core::stop::Stop;
use commonweal_govuk::assets;
use commonweal_places::{Places, download, map, ogc, quality, ranking, trend};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use super::health;
use crate::commands::Opened;

/// The service navigation.
pub(super) fn navigation() -> Vec<NavEntry> {
    vec![
        NavEntry { text: "Map", href: "/map", rule: Rule::May(Action::SeeIncidents) },
        NavEntry { text: "Ranking", href: "/ranking", rule: Rule::May(Action::SeeIncidents) },
        NavEntry { text: "Trend", href: "/trend", rule: Rule::May(Action::SeeIncidents) },
        NavEntry { text: "Data quality", href: "/data-quality", rule: Rule::May(Action::SeeDataQuality) },
    ]
}

/// Every route of every area, with its rule.
pub(super) fn routes(app: &App, places: &Places) -> Routes<()> {
    let places_routes = Routes::new()
        .merge(ranking::routes())
        .merge(trend::routes())
        .merge(quality::routes())
        .merge(download::routes())
        .merge(ogc::routes());
    Routes::new()
        .merge(commonweal_access::sign_in::routes().with_state(app.clone()))
        .merge(places_routes.with_state(places.clone()))
        .merge(map::routes(places))
}

/// The routes with everything around them.
pub(super) fn router(app: &App, places: &Places, opened: &Opened, stop: &Stop) -> Router {
    let time = std::time::Duration::from_secs(u64::from(opened.config.server.request_seconds));
    app.serve(routes(app, places))
        .layer(TimeoutLayer::with_status_code(http::StatusCode::SERVICE_UNAVAILABLE, time))
        .merge(assets::router())
        .layer(CompressionLayer::new())
        .merge(health::router(&opened.db, stop))
}
