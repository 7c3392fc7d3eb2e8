//! Forgery, caches, compression, and what a process tells of itself.

use std::collections::BTreeSet;
use std::io::Read as _;

use crate::support::browser::visible;
use crate::support::demo::{ANALYST, demo};
use crate::support::program::Data;
use crate::support::server::Server;

#[test]
fn forged_forms_are_refused() {
    let data = Data::new();
    let server = Server::serve(&data);
    let mut browser = server.first_administrator();
    browser.get("/agencies/new").is(200);
    let good = browser.form(&[("name", "Forged"), ("kind", "council")]);
    let bare = b"name=Forged&kind=council".as_slice();
    let form = ("content-type", "application/x-www-form-urlencoded");
    let stranger = [form, ("sec-fetch-site", "cross-site")];
    let elsewhere = [form, ("origin", "https://evil.example")];
    let json = [
        ("content-type", "application/json"),
        ("sec-fetch-site", "same-origin"),
    ];
    for (headers, body) in [
        (&[form][..], bare),
        (&stranger, &good),
        (&elsewhere, &good),
        (&json, b"{}".as_slice()),
    ] {
        let answer = browser.ask("POST", "/agencies/new", headers, body);
        assert_eq!(answer.status, 403, "{headers:?}: {}", answer.words());
    }
    // Another session's token does not hold either.
    let mut other = server.browser();
    other.get("/sign-in").is(200);
    let theirs = other.form(&[("name", "Forged"), ("kind", "council")]);
    assert_eq!(
        browser
            .ask("POST", "/agencies/new", &[form], &theirs)
            .status,
        403
    );
    assert!(!browser.get("/agencies").is(200).text().contains("Forged"));
    assert_eq!(
        browser
            .ask(
                "POST",
                "/agencies/new",
                &[form, ("sec-fetch-site", "same-origin")],
                &good
            )
            .status,
        303
    );
    server.stop();
}

#[test]
fn behind_tls_browsers_are_told_to_insist_on_it() {
    let data = Data::new();
    let settings = [
        ("COMMONWEAL_SERVER__BEHIND_TLS", "true"),
        ("COMMONWEAL_SERVER__PUBLIC_URL", "https://safety.example"),
        ("COMMONWEAL_LOG__METRICS_TOKEN", "measure-this-with-care"),
    ];
    let server = Server::serve_with(&data, &settings);
    let page = server.browser().get("/sign-in").is(200);
    assert!(
        page.header("strict-transport-security")
            .is_some_and(|value| value.contains("max-age=63072000"))
    );
    let cookies: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.clone())
        .collect();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        assert!(
            cookie.starts_with("__Host-")
                && cookie.contains("; Secure")
                && cookie.contains("; HttpOnly")
                && cookie.contains("; SameSite=Lax"),
            "{cookie}"
        );
    }
    // With a token set, measurements are for whoever bears it.
    let browser = server.browser();
    assert_eq!(browser.ask("GET", "/metrics", &[], b"").status, 404);
    assert_eq!(
        browser
            .ask(
                "GET",
                "/metrics",
                &[("authorization", "Bearer measure-this-with-car")],
                b""
            )
            .status,
        404
    );
    let told = browser
        .ask(
            "GET",
            "/metrics",
            &[("authorization", "Bearer measure-this-with-care")],
            b"",
        )
        .is(200);
    assert!(told.text().contains("commonweal_requests_total"));
    server.stop();
}

#[test]
fn a_process_tells_of_itself_and_names_every_request() {
    let demo = demo();
    let browser = demo.server.browser();
    assert_eq!(
        browser.ask("GET", "/healthz", &[], b"").is(200).text(),
        "ok\n"
    );
    assert_eq!(
        browser.ask("GET", "/readyz", &[], b"").is(200).text(),
        "ready\n"
    );
    browser.ask("GET", "/sign-in", &[], b"").is(200);
    let measured = browser.ask("GET", "/metrics", &[], b"").is(200).text();
    for part in [
        "# TYPE commonweal_requests_total counter",
        "# TYPE commonweal_request_seconds histogram",
    ] {
        assert!(measured.contains(part), "{measured}");
    }
    assert!(
        measured
            .lines()
            .any(|line| line.starts_with("commonweal_requests_total{")
                && line.contains("/sign-in")
                && line.contains("200")),
        "{measured}"
    );
    // Through a proxy it is no longer this machine that asks.
    assert_eq!(
        browser
            .ask("GET", "/metrics", &[("x-forwarded-for", "192.0.2.7")], b"")
            .status,
        404
    );
    let given = browser.ask(
        "GET",
        "/sign-in",
        &[("x-request-id", "from-the-proxy-17")],
        b"",
    );
    assert_eq!(given.header("x-request-id"), Some("from-the-proxy-17"));
    let odd = browser.ask("GET", "/sign-in", &[("x-request-id", "Sarah Green")], b"");
    assert_eq!(odd.header("x-request-id").map(str::len), Some(16));
}

#[test]
fn assets_and_figures_are_fetched_once() {
    let demo = demo();
    let mut browser = demo.signed_in(ANALYST);
    let page = browser.get("/map").is(200).text();
    let assets: BTreeSet<String> = page
        .split('"')
        .filter(|part| part.starts_with("/assets/"))
        .map(str::to_owned)
        .collect();
    assert!(assets.len() >= 3, "{assets:?}");
    for asset in &assets {
        let first = browser.get(asset).is(200);
        assert_eq!(
            first.header("cache-control"),
            Some("public, max-age=31536000, immutable"),
            "{asset}"
        );
        assert_eq!(
            first.header("x-content-type-options"),
            Some("nosniff"),
            "{asset}"
        );
        let tag = first.header("etag").expect("a tag").to_owned();
        let again = browser.get_with(asset, &[("if-none-match", &tag)]).is(304);
        assert!(again.body.is_empty(), "{asset}");
    }
    let figures = browser
        .get_with("/map/data?type=all", &[("accept", "application/json")])
        .is(200);
    assert!(figures.body.len() > 1_000);
    let tag = figures.header("etag").expect("a tag").to_owned();
    assert!(
        browser
            .get_with(
                "/map/data?type=all",
                &[("accept", "application/json"), ("if-none-match", &tag)]
            )
            .is(304)
            .body
            .is_empty()
    );
    assert_ne!(
        browser
            .get_with("/map/data?type=asb", &[("accept", "application/json")])
            .header("etag"),
        Some(tag.as_str())
    );
}

#[test]
fn answers_are_compressed_for_whoever_can_read_that() {
    let demo = demo();
    let mut browser = demo.signed_in(ANALYST);
    let plain = browser.get("/data-quality").is(200);
    assert_eq!(plain.header("content-encoding"), None);
    let packed = browser
        .get_with("/data-quality", &[("accept-encoding", "gzip")])
        .is(200);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(
        packed
            .header("vary")
            .is_some_and(|vary| vary.contains("accept-encoding"))
    );
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice())
        .read_to_string(&mut text)
        .expect("gzip");
    assert_eq!(visible(&text), plain.words());
    assert!(
        packed.body.len() * 3 < plain.body.len(),
        "{} of {}",
        packed.body.len(),
        plain.body.len()
    );
    let brotli = browser.get_with("/ranking", &[("accept-encoding", "br")]);
    assert_eq!(brotli.header("content-encoding"), Some("br"));
}
