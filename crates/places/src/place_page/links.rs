//! Links to local community platforms: a small list for each place, kept by staff.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::web::{PageError, Path, Sent, Viewer};
use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, args, ids, read, sql, write};
use commonweal_govuk::{Form, Page, page};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{PlacePages, path_of};

page!(pub(super) LIST, "places/place_links.html", "links.html");
page!(pub(super) EDIT, "places/place_link.html", "link.html");

/// The most that a page carries.
const MOST: usize = 20;

/// A link as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Shown {
    pub(super) id: Uuid,
    pub(super) title: String,
    pub(super) url: String,
    pub(super) version: i64,
}

/// The links of a place, by title.
pub(super) async fn of(tx: &mut ReadTx, place: &str) -> Result<Vec<Shown>, DbError> {
    tx.all(
        sql!("select id, title, url, version from place_links where place = $1 order by title, id"),
        args![place],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Shown {
            id: row.get("id")?,
            title: row.get("title")?,
            url: row.get("url")?,
            version: row.get("version")?,
        })
    })
    .collect()
}

/// Whether a text is the address of a page that anybody may be sent to: HTTPS, a host with a dot, no
/// name or password, nothing that browsers read in two ways.
fn is_safe(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\\<>\"'`{}|^".contains(c);
    url.len() <= 500
        && !url.contains(odd)
        && !host.contains('@')
        && name.contains('.')
        && !name.starts_with('.')
        && !name.ends_with('.')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
        // A number, such as that of a machine inside the house.
        && name.chars().any(|c| c.is_ascii_alphabetic())
}

fn typed(form: &mut Form) -> Option<(String, String)> {
    let title = form.required("title", "Enter what the link says");
    if title.chars().count() > 100 {
        form.errors.add(
            "title",
            "What the link says must be 100 characters or fewer",
        );
    }
    let url = form.required("url", "Enter the address");
    if !is_safe(&url) {
        form.errors.add(
            "url",
            "Enter an address that begins with https://, such as https://www.example.org/elvet",
        );
    }
    if form.value("checked") != "yes" {
        form.errors
            .add("checked", "Open the page and check it, then tick the box");
    }
    form.is_valid().then_some((title, url))
}

async fn name_of(pages: &PlacePages, slug: &str) -> Result<String, PageError> {
    let (_, _, directory) = pages.now().await?;
    let place = directory.find(slug).ok_or(PageError::NotFound)?;
    Ok(place.name.clone())
}

#[derive(Debug, Serialize)]
pub(super) struct List {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) links: Vec<Shown>,
}

async fn show_list(
    pages: &PlacePages,
    viewer: &Viewer,
    slug: &str,
    form: &Form,
) -> Result<Response, PageError> {
    let context = List {
        name: name_of(pages, slug).await?,
        href: path_of(slug),
        links: read!(&pages.app().db, |tx| of(tx, slug)
            .await
            .map_err(PageError::from))
        .await?,
    };
    let page = Page::new(&LIST, format!("Links on the page of {}", context.name))
        .breadcrumb("Places", "/places")
        .breadcrumb(&context.name, &context.href)
        .form(form);
    pages.app().page(viewer, page, &context)
}

pub(super) async fn list(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    show_list(&pages, &viewer, &slug, &Form::default()).await
}

pub(super) async fn add(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Path(slug): Path<String>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    name_of(&pages, &slug).await?;
    let app = pages.app();
    let there = read!(&app.db, |tx| of(tx, &slug).await.map_err(PageError::from)).await?;
    let new = typed(&mut form);
    if let Some((_, url)) = &new
        && there.iter().any(|link| link.url == *url)
    {
        form.errors
            .add("url", "This address is on the page already");
    }
    if there.len() >= MOST {
        form.errors.add(
            "title",
            format!("A page carries {MOST} links. Remove one first"),
        );
    }
    let (Some((title, url)), true) = (new, form.is_valid()) else {
        return show_list(&pages, &viewer, &slug, &form).await;
    };
    write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        let now = tx.now();
        let id = ids::uuid_at(now);
        tx.run(
            sql!("insert into place_links (id, place, title, url, created_at, created_by, version) values ($1, $2, $3, $4, $5, $6, 1)"),
            args![id, &slug, &title, &url, now, viewer.user()],
        )
        .await?;
        tx.record(Event::new("place_link", id, "place_link.added", json!({ "place": slug, "title": title, "url": url })));
        Ok::<_, DbError>(())
    })
    .await?;
    app.flash(&viewer, "The link is on the page").await?;
    Ok(Redirect::to(&format!("{}/links", path_of(&slug))).into_response())
}

#[derive(Debug, Serialize)]
pub(super) struct Edit {
    pub(super) name: String,
    pub(super) action: String,
    pub(super) version: i64,
    pub(super) theirs: Option<Shown>,
}

async fn link(pages: &PlacePages, slug: &str, id: Uuid) -> Result<Shown, PageError> {
    let links = read!(&pages.app().db, |tx| of(tx, slug)
        .await
        .map_err(PageError::from))
    .await?;
    links
        .into_iter()
        .find(|link| link.id == id)
        .ok_or(PageError::NotFound)
}

async fn show_edit(
    pages: &PlacePages,
    viewer: &Viewer,
    slug: &str,
    stored: Shown,
    form: &Form,
    conflict: bool,
) -> Result<Response, PageError> {
    let name = name_of(pages, slug).await?;
    let list = format!("{}/links", path_of(slug));
    let mut page = Page::new(&EDIT, "Change a link")
        .breadcrumb("Places", "/places")
        .breadcrumb(&name, path_of(slug))
        .breadcrumb("Links", &list)
        .form(form);
    if conflict {
        page = page.status(StatusCode::CONFLICT);
    }
    let context = Edit {
        name,
        action: format!("{list}/{}", stored.id),
        version: stored.version,
        theirs: conflict.then_some(stored),
    };
    pages.app().page(viewer, page, &context)
}

pub(super) async fn ask(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Path((slug, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let stored = link(&pages, &slug, id).await?;
    let mut form = Form::default();
    form.set("title", &stored.title);
    form.set("url", &stored.url);
    show_edit(&pages, &viewer, &slug, stored, &form, false).await
}

pub(super) async fn change(
    State(pages): State<PlacePages>,
    viewer: Viewer,
    Path((slug, id)): Path<(String, Uuid)>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let app = pages.app();
    let stored = link(&pages, &slug, id).await?;
    let version: i64 = form.value("version").parse().unwrap_or(0);
    let remove = form.value("do") == "remove";
    let new = if remove {
        None
    } else {
        let Some(new) = typed(&mut form) else {
            return show_edit(&pages, &viewer, &slug, stored, &form, false).await;
        };
        Some(new)
    };
    let done = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        match &new {
            None => {
                tx.run_versioned(sql!("delete from place_links where id = $1 and version = $2"), args![id, version])
                    .await?;
                tx.record(Event::new("place_link", id, "place_link.removed", json!({ "place": slug })));
            }
            Some((title, url)) => {
                tx.run_versioned(
                    sql!("update place_links set title = $3, url = $4, version = version + 1 where id = $1 and version = $2"),
                    args![id, version, title, url],
                )
                .await?;
                tx.record(Event::new("place_link", id, "place_link.changed", json!({ "place": slug, "title": title, "url": url })));
            }
        }
        Ok::<_, DbError>(())
    })
    .await;
    match done {
        Ok(()) => {
            let words = if remove {
                "The link was removed"
            } else {
                "The link was changed"
            };
            app.flash(&viewer, words).await?;
            Ok(Redirect::to(&format!("{}/links", path_of(&slug))).into_response())
        }
        Err(DbError::Stale) => {
            let now = link(&pages, &slug, id).await?;
            show_edit(&pages, &viewer, &slug, now, &form, true).await
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_anybody_may_be_sent_to() {
        for good in [
            "https://www.example.org",
            "https://example.org/elvet?x=1#y",
            "https://example.org:8443/",
        ] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "http://example.org",
            "javascript:alert(1)",
            "https://",
            "https://localhost/x",
            "https://10.0.0.1/",
            "https://user:word@example.org",
            "https://example.org/a b",
            "https://exämple.org",
            "https://.org",
            "https://example.org\\@evil.example",
            "//example.org",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }

    #[test]
    fn the_pages_keep_the_rules() {
        let link = || Shown {
            id: Uuid::nil(),
            title: "Elvet residents".to_owned(),
            url: "https://www.example.org/elvet".to_owned(),
            version: 2,
        };
        for links in [vec![], vec![link()]] {
            let sample = List {
                name: "Elvet".to_owned(),
                href: "/places/elvet-ward".to_owned(),
                links,
            };
            commonweal_govuk::check_page(&LIST, &sample).unwrap();
        }
        for theirs in [None, Some(link())] {
            let sample = Edit {
                name: "Elvet".to_owned(),
                action: "/places/elvet-ward/links/1".to_owned(),
                version: 2,
                theirs,
            };
            commonweal_govuk::check_page(&EDIT, &sample).unwrap();
        }
    }
}
