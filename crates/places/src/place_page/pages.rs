//! The list of places and the page of one.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Sent, Visit};
use commonweal_core::read;
use commonweal_govuk::{Form, Page, page, text};
use commonweal_records::geography::postcode::Postcode;
use commonweal_records::ports::{PublicHeading, SectionLine};
use serde::Serialize;

use super::directory::{Directory, Listed, point_of};
use super::figures::{Figures, figures};
use super::policy::Policy;
use super::{PlacePages, contributions, day, links, path_of, say};
use crate::cube::Snapshot;

page!(pub(super) INDEX, "places/places.html", "index.html");
page!(pub(super) PLACE, "places/place.html", "place.html");

/// A link to a place.
#[derive(Debug, Serialize)]
pub(super) struct PlaceLink {
    pub(super) name: String,
    pub(super) href: String,
}

impl PlaceLink {
    pub(super) fn new(place: &Listed) -> Self {
        Self {
            name: place.name.clone(),
            href: path_of(&place.slug),
        }
    }
}

/// Places under one heading.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) heading: String,
    pub(super) id: String,
    pub(super) places: Vec<PlaceLink>,
}

#[derive(Debug, Serialize)]
pub(super) struct Index {
    pub(super) found: Vec<PlaceLink>,
    pub(super) groups: Vec<Group>,
    pub(super) moderate: bool,
}

fn show_index(
    pages: &PlacePages,
    visit: &Visit,
    policy: &Policy,
    directory: &Directory,
    found: &[&Listed],
    form: &Form,
) -> Result<Response, PageError> {
    let groups = directory
        .by_kind(policy)
        .into_iter()
        .map(|(heading, places)| Group {
            id: super::directory::plain(&heading),
            heading,
            places: places.into_iter().map(PlaceLink::new).collect(),
        });
    let context = Index {
        found: found.iter().map(|place| PlaceLink::new(place)).collect(),
        groups: groups.collect(),
        moderate: manages(visit),
    };
    let title = text::t(pages.app().settings.language, "places.title");
    pages
        .app()
        .page(visit, Page::new(&INDEX, title).form(form), &context)
}

fn manages(visit: &Visit) -> bool {
    let viewer = visit.viewer.as_ref();
    viewer.is_some_and(|viewer| viewer.principal.may_enter(Action::ManagePlacePages))
}

pub(super) async fn index(
    State(pages): State<PlacePages>,
    visit: Visit,
) -> Result<Response, PageError> {
    let (_, policy, directory) = pages.now().await?;
    show_index(&pages, &visit, &policy, &directory, &[], &Form::default())
}

/// A postcode says where somebody lives: it is sent, never in an address.
pub(super) async fn find(
    State(pages): State<PlacePages>,
    visit: Visit,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let language = pages.app().settings.language;
    let (_, policy, directory) = pages.now().await?;
    let typed = form.required("place", &text::t(language, "places.enter"));
    let mut found = directory.named(&typed);
    if let Ok(postcode) = typed.parse::<Postcode>() {
        let point = read!(&pages.app().db, |tx| point_of(tx, &postcode)
            .await
            .map_err(PageError::from))
        .await?;
        found = point
            .and_then(|(latitude, longitude)| directory.at(latitude, longitude))
            .into_iter()
            .collect();
        if found.is_empty() {
            form.errors
                .add("place", text::t(language, "places.no_postcode"));
        }
    } else if found.is_empty() {
        form.errors
            .add("place", text::t(language, "places.no_place"));
    }
    match found.as_slice() {
        [one] if form.is_valid() => Ok(Redirect::to(&path_of(&one.slug)).into_response()),
        _ => show_index(&pages, &visit, &policy, &directory, &found, &form),
    }
}

/// One line as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) date: Option<String>,
    pub(super) note: Option<String>,
    pub(super) href: Option<String>,
}

impl From<SectionLine> for Line {
    fn from(line: SectionLine) -> Self {
        Self {
            text: line.text,
            date: line.date.map(day),
            note: line.note,
            href: line.href,
        }
    }
}

/// A heading with its lines.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: String,
    pub(super) empty: String,
    pub(super) lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) href: String,
    pub(super) figures: Option<Figures>,
    pub(super) sharing: Vec<PlaceLink>,
    pub(super) sections: Vec<Section>,
    pub(super) links: Vec<links::Shown>,
    pub(super) said: Vec<contributions::Said>,
    pub(super) sent: bool,
    pub(super) manages: bool,
}

pub(super) async fn place(
    State(pages): State<PlacePages>,
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    show(&pages, &visit, &slug, &Form::default(), false).await
}

/// The page of a place; `sent` where a mail has just been sent to somebody who wants news.
pub(super) async fn show(
    pages: &PlacePages,
    visit: &Visit,
    slug: &str,
    form: &Form,
    sent: bool,
) -> Result<Response, PageError> {
    let (snapshot, policy, directory) = pages.now().await?;
    let place = directory.find(slug).ok_or(PageError::NotFound)?;
    let context = context(pages, visit, &snapshot, &policy, &directory, place, sent).await?;
    let app = pages.app();
    let places = text::t(app.settings.language, "places.title");
    let page = Page::new(&PLACE, &place.name)
        .breadcrumb(places, "/places")
        .form(form);
    app.page(visit, page, &context)
}

async fn context(
    pages: &PlacePages,
    visit: &Visit,
    snapshot: &Snapshot,
    policy: &Policy,
    directory: &Directory,
    place: &Listed,
    sent: bool,
) -> Result<Context, PageError> {
    let app = pages.app();
    let language = app.settings.language;
    let mut shown = figures(language, snapshot, policy, place);
    if let Some(shown) = &mut shown {
        shown.made_up = app.settings.made_up_data;
    }
    let mut lines = lines(pages, place).await;
    let sections = PublicHeading::ALL.map(|heading| {
        let of = lines.extract_if(.., |(own, _)| *own == heading);
        Section {
            id: heading.name(),
            lines: of.map(|(_, line)| line.into()).collect(),
            heading: say(language, &format!("places.{}", heading.name()), &[]),
            empty: say(language, &format!("places.no_{}", heading.name()), &[]),
        }
    });
    let slug = place.slug.as_str();
    let (links, said) = read!(&app.db, |tx| {
        Ok::<_, PageError>((
            links::of(tx, slug).await?,
            contributions::said(tx, slug).await?,
        ))
    })
    .await?;
    Ok(Context {
        name: place.name.clone(),
        kind: capitalised(&place.kind.name),
        href: path_of(slug),
        figures: shown,
        sharing: if place.counted {
            Vec::new()
        } else {
            let shared = directory.sharing(place);
            shared.into_iter().map(PlaceLink::new).collect()
        },
        sections: sections.into(),
        links,
        said,
        sent,
        manages: manages(visit),
    })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// What areas publish about a place. Where one fails the page shows the others.
pub(super) async fn lines(pages: &PlacePages, place: &Listed) -> Vec<(PublicHeading, SectionLine)> {
    let public = place.public();
    let mut all = Vec::new();
    for section in pages.sections.iter() {
        match section.lines(pages.app(), &public).await {
            Ok(lines) => all.extend(lines.into_iter().map(|line| (section.heading, line))),
            Err(error) => {
                tracing::error!(%error, section = section.name, "a section of a public page failed");
            }
        }
    }
    all
}
