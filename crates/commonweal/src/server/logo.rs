//! The partnership's logo: a file that the settings name, read once at start.

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use commonweal_core::config::Config;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

/// The largest logo, in bytes: it is on every page.
const LARGEST: usize = 200_000;

/// The logo as it is served.
#[derive(Clone)]
pub(super) struct Logo {
    /// Its address, which changes with its content.
    pub(super) address: String,
    kind: &'static str,
    content: Vec<u8>,
}

impl Logo {
    /// Reads the logo, if the settings name one.
    pub(super) fn read(config: &Config) -> Result<Option<Self>, Failure> {
        let Some(path) = &config.partnership.logo else {
            return Ok(None);
        };
        let path = config.data_dir.join(path);
        let refuse =
            |why: &str| Failure::usage(format!("`partnership.logo` {}: {why}", path.display()));
        let content = std::fs::read(&path).map_err(|error| refuse(&error.to_string()))?;
        if content.len() > LARGEST {
            return Err(refuse("it is larger than 200 kB; every page would be slow"));
        }
        let (kind, ending) = if content.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("image/png", "png")
        } else if String::from_utf8_lossy(&content).contains("<svg") {
            ("image/svg+xml", "svg")
        } else {
            return Err(refuse("it is neither SVG nor PNG"));
        };
        let hash = hex::encode(&Sha256::digest(&content)[..6]);
        Ok(Some(Self {
            address: format!("/logo-{hash}.{ending}"),
            kind,
            content,
        }))
    }

    /// Serves it. An SVG may hold scripts: its own policy forbids them.
    pub(super) fn router(self) -> Router {
        let Self {
            address,
            kind,
            content,
        } = self;
        Router::new().route(
            &address,
            get(move || {
                let content = content.clone();
                async move {
                    let headers = [
                        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                        (
                            header::CACHE_CONTROL,
                            HeaderValue::from_static("public, max-age=31536000, immutable"),
                        ),
                        (
                            header::X_CONTENT_TYPE_OPTIONS,
                            HeaderValue::from_static("nosniff"),
                        ),
                        (
                            header::CONTENT_SECURITY_POLICY,
                            HeaderValue::from_static(
                                "default-src 'none'; style-src 'unsafe-inline'; sandbox",
                            ),
                        ),
                    ];
                    (headers, content).into_response()
                }
            }),
        )
    }
}
