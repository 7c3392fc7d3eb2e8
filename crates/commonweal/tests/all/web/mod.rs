//! What every page keeps to: it is there, nothing in it is inline, and outsiders see none of it.

mod answers;

use std::collections::BTreeSet;

use crate::support::browser::{Answer, Browser};
use crate::support::demo::{ADMINISTRATOR, ANALYST, demo};

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
    // What follows a report tells nobody, not even us, where somebody came from.
    let private = link == "/track" || link.starts_with("/track/");
    let referrer = if private {
        "no-referrer"
    } else {
        "same-origin"
    };
    assert_eq!(header("referrer-policy"), referrer, "{link}");
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
