//! The news of a place as an Atom feed.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use commonweal_access::web::{PageError, Path};
use commonweal_core::read;
use commonweal_documents::feed::{Feed, Item as Entry, MEDIA_TYPE};
use http::header;

use super::news::{self, Item};
use super::{PlacePages, path_of, say};

pub(super) async fn feed(
    State(pages): State<PlacePages>,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let (_, _, directory) = pages.now().await?;
    let place = directory.find(&slug).ok_or(PageError::NotFound)?;
    let app = pages.app();
    let since = DateTime::<Utc>::UNIX_EPOCH;
    let items = read!(&app.db, |tx| news::since(tx, &slug, since)
        .await
        .map_err(PageError::from))
    .await?;
    let site = app.settings.address.trim_end_matches('/');
    let page = format!("{site}{}", path_of(&slug));
    let language = app.settings.language;
    let feed = Feed {
        id: page.clone(),
        title: say(
            language,
            "places.feed_title",
            &[("place", place.name.clone())],
        ),
        subtitle: String::new(),
        author: app.settings.partnership_name.clone(),
        address: format!("{page}/feed.atom"),
        next: String::new(),
        updated: items.iter().map(|item| item.seen_at).max().unwrap_or(since),
        language: language.code().to_owned(),
        entries: items.iter().map(|item| entry(item, site, &page)).collect(),
        page,
    };
    let xml = feed
        .to_atom()
        .map_err(|error| PageError::Internal(error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], xml).into_response())
}

fn entry(item: &Item, site: &str, page: &str) -> Entry {
    Entry {
        id: format!("urn:uuid:{}", item.id),
        title: item.text.clone(),
        link: match &item.href {
            Some(href) if href.starts_with('/') => format!("{site}{href}"),
            Some(href) => href.clone(),
            None => page.to_owned(),
        },
        published: Some(item.seen_at),
        updated: item.seen_at,
        author: String::new(),
        summary: item.words(),
        categories: vec![item.heading.clone()],
    }
}
