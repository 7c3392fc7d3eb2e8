//! Protection against forged requests: whatever changes something must come from a page of ours.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use commonweal_govuk::csrf;
use http::{HeaderMap, Method, header};

use super::{PageError, Visit};

/// The header in which scripts send the token.
const HEADER: &str = "x-csrf-token";

/// The pairs of a form.
pub(super) type Pairs = Vec<(String, String)>;

/// A request after the check.
pub(super) struct Checked {
    /// The request, its body as it was.
    pub(super) request: Request,
    /// What was typed, where it is a plain form that came from a page of ours.
    pub(super) typed: Option<Pairs>,
    /// Whether it may go on.
    pub(super) outcome: Result<(), PageError>,
}

pub(super) async fn check(request: Request, visit: &Visit, limit: usize) -> Checked {
    let done = |request, typed, good| {
        let outcome = if good {
            Ok(())
        } else {
            Err(PageError::Expired)
        };
        Checked {
            request,
            typed,
            outcome,
        }
    };
    // Browsers never send an access token by themselves, so nobody can make them forge with it.
    if visit.borne || [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return done(request, None, true);
    }
    let same = same_origin(request.headers());
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = kind
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if kind == "multipart/form-data" {
        // `Upload` checks the token, which is the first field: files are not buffered here.
        return done(request, None, same == Some(true));
    }
    if kind != "application/x-www-form-urlencoded" {
        let token = request
            .headers()
            .get(HEADER)
            .and_then(|value| value.to_str().ok());
        let good = same == Some(true) && token.is_some_and(|token| holds(visit, token));
        return done(request, None, good);
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, limit).await else {
        let outcome = Err(PageError::TooLarge(format!(
            "A form may hold {} KB.",
            limit / 1024
        )));
        return Checked {
            request: Request::from_parts(parts, Body::empty()),
            typed: None,
            outcome,
        };
    };
    let pairs = pairs(&bytes);
    let token = pairs
        .iter()
        .find(|(name, _)| name == csrf::FIELD)
        .map(|(_, value)| value.as_str());
    let good = same != Some(false) && token.is_some_and(|token| holds(visit, token));
    // What a stranger's page sent is not kept for anybody.
    let typed = (same == Some(true) || good).then_some(pairs);
    done(Request::from_parts(parts, Body::from(bytes)), typed, good)
}

fn holds(visit: &Visit, token: &str) -> bool {
    !visit.secret().is_empty() && csrf::verify(visit.secret().as_bytes(), token)
}

fn pairs(body: &[u8]) -> Pairs {
    form_urlencoded::parse(body).into_owned().collect()
}

/// Whether the browser says that a page of ours sent this; none where it says nothing.
fn same_origin(headers: &HeaderMap) -> Option<bool> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return Some(site == "same-origin");
    }
    let origin = text("origin")?;
    let host = origin.split_once("://").map(|(_, host)| host);
    Some(host.is_some() && host == text("host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_ours_or_not_or_unknown() {
        let same = |pairs: &[(&'static str, &'static str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            same_origin(&pairs.collect())
        };
        assert_eq!(same(&[]), None);
        assert_eq!(same(&[("sec-fetch-site", "same-origin")]), Some(true));
        assert_eq!(
            same(&[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://a"),
                ("host", "a")
            ]),
            Some(false)
        );
        assert_eq!(
            same(&[("origin", "http://a:80"), ("host", "a:80")]),
            Some(true)
        );
        assert_eq!(same(&[("origin", "null"), ("host", "a")]), Some(false));
    }

    #[test]
    fn a_form_is_read_as_written() {
        let body = b"name=O%27Neil+%26+Co&role=a&role=b&text=100%25+%C3%A9%0D%0Anext";
        let pairs = pairs(body);
        assert_eq!(pairs[0].1, "O'Neil & Co");
        assert_eq!(pairs.len(), 4);
        assert_eq!(pairs[3].1, "100% é\r\nnext");
    }
}
