//! Styles, scripts and images from `web/dist`, embedded, under names that hold a hash of the content.
#![expect(
    clippy::disallowed_types,
    reason = "govuk cannot use access; its only path is a file name, and one that is not there is a 404"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::{Path, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};
use rust_embed::RustEmbed;

use crate::shell::Colour;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist/assets"]
struct Files;

const MANIFEST: &str = include_str!("../../../web/dist/manifest.json");
const FOREVER: &str = "public, max-age=31536000, immutable";

static NAMES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| serde_json::from_str(MANIFEST).unwrap_or_default());

/// The address of an asset by its plain name: `app.css` → `/assets/app-1f2e….css`.
pub fn address(name: &str) -> Option<String> {
    NAMES.get(name).map(|hashed| format!("/assets/{hashed}"))
}

/// The address of the style sheet that holds the partnership's colour (no inline style is allowed).
pub fn brand_address(colour: Colour) -> String {
    format!("/assets/brand-{}.css", colour.hex())
}

/// `GET /assets/{file}`: assets, which never change under their name and may be kept for ever.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{file}", get(serve))
}

async fn serve(Path(file): Path<String>, request: Request) -> Response {
    let brand = file
        .strip_prefix("brand-")
        .and_then(|rest| rest.strip_suffix(".css"))
        .and_then(Colour::parse);
    if let Some(colour) = brand {
        return answer(request.headers(), &file, brand_css(colour).into_bytes());
    }
    match Files::get(&file) {
        Some(found) => answer(request.headers(), &file, found.data.into_owned()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(request: &HeaderMap, file: &str, body: Vec<u8>) -> Response {
    let etag = format!("\"{file}\"");
    let fresh = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let headers = [
        (header::CONTENT_TYPE, content_type(file).to_owned()),
        (header::CACHE_CONTROL, FOREVER.to_owned()),
        (header::ETAG, etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    if fresh {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, body).into_response()
    }
}

fn brand_css(colour: Colour) -> String {
    format!(
        ":root{{--cw-brand:#{};--cw-brand-text:#{}}}\n",
        colour.hex(),
        colour.text().hex()
    )
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt;

    use super::*;

    async fn fetch(path: &str, tag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(tag) = tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        router::<()>()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn every_asset_of_the_manifest_is_served_for_ever() {
        assert!(NAMES.contains_key("app.css") && NAMES.contains_key("map.js"));
        for name in NAMES.keys() {
            let path = address(name).unwrap();
            let response = fetch(&path, None).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            assert!(
                response.headers()[header::CACHE_CONTROL]
                    .to_str()
                    .unwrap()
                    .contains("immutable")
            );
            assert_ne!(
                response.headers()[header::CONTENT_TYPE],
                "application/octet-stream",
                "{path}"
            );
            let tag = response.headers()[header::ETAG]
                .to_str()
                .unwrap()
                .to_owned();
            assert_eq!(
                fetch(&path, Some(&tag)).await.status(),
                StatusCode::NOT_MODIFIED
            );
        }
        assert_eq!(
            fetch("/assets/..%2fmanifest.json", None).await.status(),
            StatusCode::NOT_FOUND
        );
    }

    #[tokio::test]
    async fn the_brand_is_a_style_sheet_and_nothing_else() {
        let response = fetch(&brand_address(Colour::default()), None).await;
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, ":root{--cw-brand:#1d4f91;--cw-brand-text:#ffffff}\n");
        assert_eq!(
            fetch("/assets/brand-red.css", None).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}
