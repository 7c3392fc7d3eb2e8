//! What every answer keeps to: headers, caches, forgery, and what a process tells of itself.

use std::collections::BTreeSet;
use std::io::Read as _;

use crate::support::browser::{Answer, Browser};
use crate::support::demo::{ADMINISTRATOR, ANALYST, demo};
use crate::support::program::{Data, until};
use crate::support::server::Server;

/// The policy that every page comes with.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Where the links of a page lead, on this server and without a query that was seen before.
fn links(page: &Answer) -> Vec<String> {
    let text = page.text();
    text.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|link| link.starts_with('/') && !link.starts_with("/assets/"))
        .map(|link| {
            link.replace("&amp;", "&")
                .split('#')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// Opens every page that can be reached by links, one of each path, and looks at each.
fn crawl(mut browser: Browser, look: impl Fn(&str, &Answer)) -> BTreeSet<String> {
    let (mut seen, mut open) = (BTreeSet::new(), vec!["/".to_owned()]);
    while let Some(link) = open.pop() {
        let path = link.split('?').next().unwrap_or_default().to_owned();
        // Of the many records of one kind two are enough.
        let family: Vec<&str> = path
            .split('/')
            .map(|part| if part.len() == 36 { "*" } else { part })
            .collect();
        if path.len() > 300
            || seen
                .iter()
                .filter(|known: &&String| same_family(known, &family))
                .count()
                >= 2
            || !seen.insert(path)
        {
            continue;
        }
        let page = browser.get(&link);
        assert!(
            page.status == 200 || page.status == 303,
            "{link}: {} {}",
            page.status,
            page.words()
        );
        let html = page
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/html"));
        look(&link, &page);
        if html {
            open.extend(links(&page));
        }
    }
    seen
}

fn same_family(path: &str, family: &[&str]) -> bool {
    family.contains(&"*")
        && path
            .split('/')
            .map(|part| if part.len() == 36 { "*" } else { part })
            .eq(family.iter().copied())
}

/// What is inline in a page that may have nothing inline.
fn inline(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in html
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
    {
        let lower = tag.to_ascii_lowercase();
        let name = lower.split_whitespace().next().unwrap_or_default();
        let script = name == "script" && !lower.contains(" src=");
        let style = name == "style";
        // Of the attributes only names count: a value may say anything.
        let mut outside = String::new();
        for (n, part) in lower.split('"').enumerate() {
            outside += if n % 2 == 0 { part } else { "" };
        }
        let attribute = outside.split_whitespace().skip(1).any(|name| {
            name.starts_with("style=") || name.starts_with("on") && name.ends_with('=')
        });
        if script || style || attribute || lower.contains("javascript:") {
            found.push(tag.to_owned());
        }
    }
    found
}

#[test]
fn inline_code_would_be_found() {
    assert_eq!(
        inline(
            "<p class=\"a\" title=\"on = style=\">on click= x</p><script src=\"/a.js\"></script>"
        ),
        Vec::<String>::new()
    );
    for bad in [
        "<script>x</script>",
        "<p style=\"a\">",
        "<b onclick=\"x\">",
        "<a href=\"javascript:x\">",
        "<style>",
    ] {
        assert_eq!(inline(bad).len(), 1, "{bad}");
    }
}

fn is_safe(link: &str, answer: &Answer) {
    let header = |name: &str| {
        answer
            .header(name)
            .unwrap_or_else(|| panic!("{link} lacks {name}"))
    };
    assert_eq!(header("content-security-policy"), POLICY, "{link}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{link}");
    assert_eq!(header("x-frame-options"), "DENY", "{link}");
    assert_eq!(header("referrer-policy"), "same-origin", "{link}");
    assert!(
        !header("cache-control").contains("public"),
        "{link}: {}",
        header("cache-control")
    );
    assert_eq!(header("x-request-id").len(), 16, "{link}");
    assert_eq!(
        answer.header("strict-transport-security"),
        None,
        "{link}: not behind TLS"
    );
    if answer.status == 200 && header("content-type").starts_with("text/html") {
        let text = answer.text();
        assert_eq!(inline(&text), Vec::<String>::new(), "{link}");
        assert!(text.contains("<html lang=\"en"), "{link}");
        assert!(
            text.to_lowercase().contains("made-up data"),
            "{link} says that the data are made up"
        );
    }
}

#[test]
fn every_page_that_links_lead_to_is_there_and_safe() {
    let demo = demo();
    let seen = crawl(demo.signed_in(ADMINISTRATOR), is_safe);
    for path in [
        "/map",
        "/ranking",
        "/trend",
        "/data-quality",
        "/imports",
        "/users",
        "/agencies",
        "/jobs",
        "/outbox",
    ] {
        assert!(seen.contains(path), "{path} is not reached: {seen:?}");
    }
    let seen = crawl(demo.signed_in(ANALYST), is_safe);
    for path in [
        "/map",
        "/ranking",
        "/map/download.csv",
        "/map/download.ods",
        "/map/download.geojson",
    ] {
        assert!(seen.contains(path), "{path} is not reached: {seen:?}");
    }
    let seen = crawl(demo.server.browser(), is_safe);
    assert!(seen.contains("/sign-in"), "{seen:?}");
}

#[test]
fn what_is_not_there_gets_a_page_with_a_way_forward() {
    let demo = demo();
    let mut browser = demo.signed_in(ADMINISTRATOR);
    for path in [
        "/nowhere",
        "/agencies/not-an-id",
        "/imports/018f0000-0000-7000-8000-000000000000",
        "/users/018f0000-0000-7000-8000-000000000000",
    ] {
        let page = browser.get(path);
        assert_eq!(page.status, 404, "{path}: {}", page.words());
        is_safe(path, &page);
        assert!(
            page.text().contains("<h1") && links(&page).contains(&"/".to_owned()),
            "{path}: {}",
            page.words()
        );
    }
    // Scripts get a problem, not a page.
    let problem = browser
        .get_with(
            "/ogc/collections/nowhere",
            &[("accept", "application/json")],
        )
        .is(404);
    assert!(
        problem
            .header("content-type")
            .is_some_and(|kind| kind.contains("json")),
        "{:?}",
        problem.headers
    );
}

#[test]
fn outsiders_are_sent_away_without_a_word_of_data() {
    let demo = demo();
    let paths = [
        "/map",
        "/map/data",
        "/ranking",
        "/trend",
        "/data-quality",
        "/map/download.csv",
        "/map/download.ods",
        "/map/download.geojson",
        "/ogc",
        "/ogc/collections",
        "/ogc/collections/counts/items",
        "/imports",
        "/users",
        "/agencies",
        "/jobs",
        "/outbox",
        "/audit",
    ];
    for path in paths {
        let answer = demo.server.browser().get(path);
        assert!(
            [303, 401].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        if answer.status == 303 {
            assert!(
                answer
                    .header("location")
                    .is_some_and(|to| to.starts_with("/sign-in")),
                "{path}"
            );
        }
        is_safe(path, &answer);
        let text = answer.text();
        for word in ["DEMO-", "Bishop Auckland", "incidents"] {
            assert!(!text.contains(word), "{path} shows '{word}'");
        }
    }
    // Somebody who sees aggregates but neither downloads nor administers.
    let mut member = demo.signed_in("moira.sedgewold@members.example");
    for path in [
        "/users",
        "/agencies",
        "/imports",
        "/jobs",
        "/outbox",
        "/audit",
        "/imports/new",
    ] {
        let answer = member.get(path);
        assert_eq!(answer.status, 403, "{path}: {}", answer.words());
    }
}

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
    assert_eq!(crate::support::browser::visible(&text), plain.words());
    assert!(
        packed.body.len() * 3 < plain.body.len(),
        "{} of {}",
        packed.body.len(),
        plain.body.len()
    );
    until("brotli too", 1, || {
        browser
            .get_with("/ranking", &[("accept-encoding", "br")])
            .header("content-encoding")
            == Some("br")
    });
}
