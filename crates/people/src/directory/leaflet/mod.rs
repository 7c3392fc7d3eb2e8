//! Leaflets: what there is in a place for some people, as a page to print and as an accessible PDF.

mod pages;

use axum::extract::{FromRef, State};
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDate;
use commonweal_access::web::{App, PageError, Path, Query, Routes, Rule, Visit};
use commonweal_core::{DbError, read};
use commonweal_documents::pdf::{self, Block, Card, Document, KeyValue};
use commonweal_govuk::text::t;
use commonweal_govuk::{Language, Page};
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::GoTo;
use super::model::hours_words::{date, say};
use super::model::search::{self, Directory};
use super::model::{Entry, Service, Status};
use super::public::PhoneView;
use super::state::Content;
use super::store::{self, places};

/// The public pages of leaflets.
#[must_use]
pub fn routes() -> Routes<GoTo> {
    Routes::new()
        .get("/go-to/leaflets", Rule::Public, pages::choose)
        .get(
            "/go-to/leaflets/{area}/{audience}",
            Rule::Public,
            pages::show,
        )
        .get(
            "/go-to/leaflets/{area}/{audience}/pdf",
            Rule::Public,
            pages::print,
        )
}

/// A place that a leaflet is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// In addresses: `all`, the code of a loaded area, or `town-` and a town's name.
    pub(super) key: String,
    /// Its name.
    pub(super) name: String,
}

/// The places that leaflets can be made for: the whole, loaded areas, and towns where something is.
pub(super) fn all_places(
    language: Language,
    directory: &Directory,
    areas: &[places::Area],
) -> Vec<Place> {
    let whole = Place {
        key: "all".to_owned(),
        name: t(language, "go_to.leaflet.whole").into_owned(),
    };
    let mut others: Vec<Place> = areas
        .iter()
        .map(|area| Place {
            key: area.code.clone(),
            name: area.name.clone(),
        })
        .collect();
    for location in directory.locations.values() {
        if let Some(town) = location.body.town()
            && !others
                .iter()
                .any(|place| place.name.eq_ignore_ascii_case(town))
        {
            let key: String = town
                .to_lowercase()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect();
            others.push(Place {
                key: format!("town-{key}"),
                name: town.to_owned(),
            });
        }
    }
    others.sort_by_key(|place| place.name.to_lowercase());
    others.dedup_by(|a, b| a.key == b.key);
    std::iter::once(whole).chain(others).collect()
}

/// Whether a service is for people of a place, and whether it is there.
fn belongs(directory: &Directory, service: &Service, place: &Place) -> Option<bool> {
    let here = |name: &str| name.trim().eq_ignore_ascii_case(&place.name);
    let there = directory
        .places(service)
        .any(|(_, location)| location.body.town().is_some_and(here));
    let named = service
        .service_areas
        .iter()
        .any(|area| area.code() == Some(&place.key) || area.name.as_deref().is_some_and(here));
    let anywhere = service.service_areas.is_empty();
    (place.key == "all" || there || named || anywhere).then_some(there || named)
}

/// One service in a leaflet.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Box {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) phones: Vec<PhoneView>,
    pub(super) opening: Vec<String>,
    pub(super) addresses: Vec<String>,
    pub(super) website: Option<String>,
    pub(super) cost: Option<String>,
    pub(super) ages: String,
}

/// A leaflet: what helps with what.
#[derive(Debug, Serialize)]
pub(super) struct Leaflet {
    pub(super) place: String,
    pub(super) audience: Option<String>,
    pub(super) printed: String,
    pub(super) groups: Vec<Group>,
    pub(super) count: usize,
}

/// The services under one heading.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) heading: String,
    pub(super) boxes: Vec<Box>,
}

impl Leaflet {
    pub(super) fn new(
        language: Language,
        content: &Content,
        directory: &Directory,
        place: &Place,
        audience: Option<&str>,
        today: NaiveDate,
        address: &str,
    ) -> Self {
        let audience = audience.and_then(|key| content.rules.audience(key));
        let mut chosen: Vec<(bool, &Entry<Service>)> = directory
            .services
            .iter()
            .filter(|entry| entry.body.status == Status::Active)
            .filter(|entry| audience.is_none_or(|audience| audience.includes(&entry.body)))
            .filter_map(|entry| Some((belongs(directory, &entry.body, place)?, entry)))
            .collect();
        // What is near stands before what helps from afar.
        chosen.sort_by_key(|(near, entry)| (!near, entry.body.name.to_lowercase()));
        let count = chosen.len();
        let mut groups: Vec<Group> = Vec::new();
        for term in &content.needs.terms {
            let (own, rest) = chosen
                .into_iter()
                .partition(|(_, entry)| entry.body.terms.first() == Some(&term.key));
            chosen = rest;
            push(&mut groups, language, directory, &term.name, &own);
        }
        push(
            &mut groups,
            language,
            directory,
            t(language, "go_to.title").as_ref(),
            &chosen,
        );
        Self {
            place: place.name.clone(),
            audience: audience.map(|audience| audience.name.clone()),
            printed: say(
                language,
                "go_to.leaflet.printed",
                &[
                    ("date", &date(language, today)),
                    ("address", &format!("{address}/go-to")),
                ],
            ),
            groups,
            count,
        }
    }

    /// As a document for the printer.
    pub(super) fn document(
        &self,
        language: Language,
        organisation: &str,
        today: NaiveDate,
    ) -> Document {
        let mut blocks = vec![Block::Note {
            title: t(language, "go_to.emergency_title").into_owned(),
            text: format!(
                "{}\n{}",
                say(language, "go_to.emergency", &[("emergency", "999")]),
                say(language, "go_to.police", &[("police", "101")])
            ),
        }];
        if self.groups.is_empty() {
            blocks.push(Block::Paragraph(
                t(language, "go_to.leaflet.empty").into_owned(),
            ));
        }
        for group in &self.groups {
            blocks.push(Block::Heading {
                level: 1,
                text: group.heading.clone(),
            });
            let cards = group
                .boxes
                .iter()
                .map(|service| service.card(language))
                .collect();
            blocks.push(Block::Cards { across: 2, cards });
        }
        blocks.push(Block::Paragraph(self.printed.clone()));
        let subtitle = self
            .audience
            .as_ref()
            .map(|name| say(language, "go_to.leaflet.for", &[("audience", name)]));
        Document {
            title: self.title(language),
            subtitle: subtitle.unwrap_or_default(),
            organisation: organisation.to_owned(),
            date: Some(today),
            blocks,
            ..Document::default()
        }
    }

    pub(super) fn title(&self, language: Language) -> String {
        say(language, "go_to.leaflet.heading", &[("area", &self.place)])
    }
}

fn push(
    groups: &mut Vec<Group>,
    language: Language,
    directory: &Directory,
    heading: &str,
    entries: &[(bool, &Entry<Service>)],
) {
    if !entries.is_empty() {
        let boxes = entries
            .iter()
            .map(|(_, entry)| Box::new(language, directory, &entry.body))
            .collect();
        groups.push(Group {
            heading: heading.to_owned(),
            boxes,
        });
    }
}

impl Box {
    fn new(language: Language, directory: &Directory, service: &Service) -> Self {
        use super::public::view;
        let addresses = directory
            .places(service)
            .filter_map(|(_, location)| location.body.addresses.first())
            .map(|address| view::lines(address).join(", "));
        let (least, most) = (
            service.minimum_age.map(|age| age.0),
            service.maximum_age.map(|age| age.0),
        );
        Self {
            name: service.name.clone(),
            text: view::shortened(service.description.as_deref().unwrap_or_default(), 240),
            phones: view::phones(service),
            opening: view::opening(language, &search::all_hours(service)),
            addresses: addresses.collect(),
            website: view::web(service.url.as_deref()).map(|web| web.host),
            cost: view::costs(language, service).into_iter().next(),
            ages: view::ages(language, "go_to.ages", least, most),
        }
    }

    fn card(&self, language: Language) -> Card {
        let mut details = Vec::new();
        let mut add = |key: &str, value: String| {
            if !value.is_empty() {
                details.push(KeyValue::new(t(language, key), value));
            }
        };
        let phones: Vec<String> = self
            .phones
            .iter()
            .map(|phone| match &phone.description {
                Some(words) => format!("{} ({words})", phone.number),
                None => phone.number.clone(),
            })
            .collect();
        add("go_to.leaflet.phone", phones.join("\n"));
        add("go_to.leaflet.opening", self.opening.join("\n"));
        add("go_to.leaflet.address", self.addresses.join("\n"));
        add(
            "go_to.leaflet.website",
            self.website.clone().unwrap_or_default(),
        );
        add("go_to.leaflet.cost", self.cost.clone().unwrap_or_default());
        add("go_to.who_for", self.ages.clone());
        Card {
            title: self.name.clone(),
            text: self.text.clone(),
            details,
        }
    }
}
