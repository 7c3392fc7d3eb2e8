//! The page that works without a signal, and the service worker that keeps it.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::web::{PageError, Viewer, Visit};
use commonweal_govuk::{Page, Shell, assets, page};
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::Forms;

page!(pub(super) SHELL, "forms/offline/shell.html", "shell.html");

/// The address of the page.
const PATH: &str = "/offline";

/// The assets that the page needs on the device, by their plain names.
const ASSETS: [&str; 4] = ["app.css", "app.js", "offline.js", "favicon.svg"];

/// What the page shows: the same for everybody, so that a device may keep it.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    /// Forms that work without a signal.
    pub(super) forms: Vec<Entry>,
}

/// A form that works without a signal.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    /// Its title.
    pub(super) title: String,
}

/// `GET /offline`.
pub(super) async fn page(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let shell = bare(forms.app.shell(&viewer));
    let mut response = made().respond(&shell, &context(&forms));
    // The service worker alone keeps it.
    let private = HeaderValue::from_static("private, no-cache");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, private);
    Ok(response)
}

fn made() -> Page<'static> {
    Page::new(&SHELL, "Work without a signal").script("offline.js")
}

fn context(forms: &Forms) -> Context {
    let mut entries: Vec<Entry> = forms
        .catalogue
        .all()
        .iter()
        .filter(|one| super::model::fits_a_device(one))
        .map(|one| Entry {
            title: one.title.en().to_owned(),
        })
        .collect();
    entries.sort_by(|one, other| one.title.cmp(&other.title));
    Context { forms: entries }
}

/// The shell without anything that differs between people: no name, no menu, no token.
fn bare(shell: Shell) -> Shell {
    Shell {
        navigation: Vec::new(),
        person: None,
        csrf_token: None,
        flash: None,
        ..shell
    }
}

/// `GET /sw.js`: the service worker, with the addresses that it keeps and a version made of them
/// and of the page, so that a browser sees when anything has changed.
pub(super) async fn worker(
    State(forms): State<Forms>,
    visit: Visit,
) -> Result<Response, PageError> {
    let shell = bare(forms.app.shell(&visit).at(PATH));
    let page = made().render(&shell, &context(&forms))?;
    let mut addresses: Vec<String> = ASSETS
        .iter()
        .filter_map(|name| assets::address(name))
        .collect();
    addresses.push(assets::brand_address(shell.brand));
    addresses.extend(shell.logo.clone());
    let script = assets::address("offline-worker.js").ok_or(PageError::NotFound)?;
    let mut hash = Sha256::new();
    hash.update(page.0.as_bytes());
    for address in addresses.iter().chain([&script]) {
        hash.update(address.as_bytes());
    }
    let version: String = hex::encode(hash.finalize()).chars().take(16).collect();
    let kept = json!({ "version": version, "page": PATH, "assets": addresses });
    let body = format!("self.kept = {kept};\nimportScripts({});\n", json!(script));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/javascript; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (
            HeaderName::from_static("service-worker-allowed"),
            HeaderValue::from_static("/"),
        ),
    ];
    Ok((headers, body).into_response())
}
