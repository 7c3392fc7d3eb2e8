//! One router over all areas.

use axum::Router;
use commonweal_access::policy::{Action, RecordAct};
use commonweal_access::web::{App, NavEntry, Routes, Rule};
use commonweal_access::{account, agencies, sign_in, tokens, users, web};
use commonweal_core::stop::Stop;
use commonweal_forms::{Catalogue, Forms, register};
use commonweal_govuk::assets;
use commonweal_people::directory::{self, GoTo};
use commonweal_people::public_report::{self, PublicReport};
use commonweal_people::reporting::People;
use commonweal_people::{
    cases, enquiries, intake, intelligence, marked_images, messages, open311, tracking, triage,
};
use commonweal_places::place_file::{self, HotSpots, PlaceFiles};
use commonweal_places::place_page::{self, PlacePages};
use commonweal_places::{Places, download, home as places_home, map, ogc, quality, ranking, trend};
use commonweal_records::background::{self, Background};
use commonweal_records::home::{self, Home};
use commonweal_records::imports::pages::{self as imports, Imports};
use commonweal_records::ports::{HomeLink, MapLayer, PlaceSection, PublicPlaceSection};
use commonweal_records::subscriptions;
use commonweal_records::{audit_trail, outbox, party};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use super::health::{self, Watched};
use crate::commands::Opened;

/// The states of all areas.
pub(super) struct States {
    pub(super) app: App,
    pub(super) places: Places,
    pub(super) forms: Forms,
    pub(super) imports: Imports,
    pub(super) people: People,
    pub(super) public_report: PublicReport,
    pub(super) police: marked_images::Police,
    pub(super) background: Background,
}

/// The service navigation.
pub(super) fn navigation() -> Vec<NavEntry> {
    let entry = |text, href, also, action| NavEntry {
        text,
        href,
        also,
        rule: Rule::May(action),
    };
    vec![
        NavEntry {
            text: "Home",
            href: "/",
            also: &[],
            rule: Rule::SignedIn,
        },
        entry(
            "Reports",
            "/triage",
            &[
                "/matters",
                "/cases",
                "/intake",
                "/enquiries",
                "/intelligence",
            ][..],
            Action::SeeReports,
        ),
        entry(
            "Places",
            "/map",
            &["/ranking", "/trend", "/data-quality", "/place-file"][..],
            Action::SeeIncidents,
        ),
        NavEntry {
            text: "Registers",
            href: "/registers",
            also: &["/forms"],
            rule: Rule::Records(RecordAct::See),
        },
        entry("People", "/people", &[], Action::SeeParties),
        NavEntry {
            text: "Find help",
            href: "/go-to",
            also: &["/directory"],
            rule: Rule::Public,
        },
        NavEntry {
            text: "Report a problem",
            href: "/report",
            also: &["/track"],
            rule: Rule::Public,
        },
        entry("Imports", "/imports", &[], Action::SeeImports),
        entry(
            "Users",
            "/users",
            &["/agencies", "/roles"],
            Action::ManageUsers,
        ),
        entry("Background work", "/jobs", &[], Action::SeeJobs),
        entry("Outbox", "/outbox", &[], Action::SeeOutbox),
        entry("Audit", "/audit", &[], Action::SeeAudit),
    ]
}

/// What areas publish on the pages of places. Each area adds its own here.
fn public_place_sections(definitions: &Catalogue) -> Vec<PublicPlaceSection> {
    register::public_place_sections(definitions)
}

/// What areas show in the staff's place file, in its order. Each area adds its own here.
fn place_sections(places: &Places, spots: &HotSpots, forms: &Forms) -> Vec<PlaceSection> {
    let mut sections = vec![
        place_file::incidents_section(places),
        place_file::hot_spots_section(spots),
    ];
    sections.extend(register::place_sections(forms));
    sections
}

/// What areas lay over the map. Each area adds its own here.
fn map_layers(spots: &HotSpots, forms: &Forms) -> Vec<MapLayer> {
    let mut layers = vec![place_file::hot_spots_layer(spots)];
    layers.extend(register::map_layers(forms));
    layers
}

/// The public pages of places.
pub(super) fn place_pages(places: &Places, definitions: &Catalogue) -> PlacePages {
    PlacePages::new(places, public_place_sections(definitions))
}

/// Every route of every area, with its rule.
pub(super) fn routes(states: &States) -> Routes<()> {
    let access = Routes::new()
        .merge(web::kept::routes())
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(tokens::routes())
        .merge(users::pages::routes())
        .merge(agencies::pages::routes())
        .merge(outbox::routes())
        .merge(subscriptions::routes())
        .merge(party::routes())
        .merge(audit_trail::routes());
    let places = Routes::new()
        .merge(ranking::routes())
        .merge(trend::routes())
        .merge(quality::routes())
        .merge(download::routes())
        .merge(ogc::routes());
    let spots = HotSpots::new(&states.places);
    let files = PlaceFiles::new(
        &states.places,
        place_sections(&states.places, &spots, &states.forms),
    );
    Routes::new()
        .merge(access.with_state(states.app.clone()))
        .merge(places.with_state(states.places.clone()))
        .merge(
            place_page::routes().with_state(place_pages(&states.places, &states.forms.catalogue)),
        )
        .merge(place_file::routes().with_state(files))
        .merge(commonweal_forms::routes().with_state(states.forms.clone()))
        .merge(directory::routes(&GoTo::new(&states.app)))
        .merge(public_report::routes(&states.public_report))
        .merge(triage::routes(&states.people))
        .merge(cases::routes(&states.people))
        .merge(tracking::routes(&states.people))
        .merge(intake::routes(&states.people))
        .merge(open311::routes(&states.people))
        .merge(enquiries::routes(&states.people))
        .merge(intelligence::routes(&states.people))
        .merge(messages::routes(&states.people))
        .merge(marked_images::routes(&states.people, &states.police))
        .merge(home::routes().with_state(home(states)))
        .merge(map::routes(
            &states.places,
            map_layers(&spots, &states.forms),
        ))
        .merge(imports::routes().with_state(states.imports.clone()))
        .merge(background::routes().with_state(states.background.clone()))
}

/// The home page: what is new and where to go, each for whom it concerns.
fn home(states: &States) -> Home {
    let link = |group, title, hint, href, action| HomeLink {
        group,
        title,
        hint,
        href,
        rule: Rule::May(action),
    };
    let mut links = places_home::links();
    links.push(place_file::home_link());
    links.extend(place_page::home_links());
    links.push(link(
        "Data",
        "Imports",
        "Files that were brought in, and what was rejected",
        "/imports",
        Action::SeeImports,
    ));
    links.push(link(
        "Administration",
        "Users",
        "Accounts, their roles and their sign-in",
        "/users",
        Action::ManageUsers,
    ));
    links.push(link(
        "Administration",
        "Agencies",
        "Who is in the partnership",
        "/agencies",
        Action::ManageAgencies,
    ));
    links.extend(commonweal_forms::home_links());
    links.push(triage::home_link());
    links.extend(intake::home_links());
    links.extend(enquiries::home_links());
    links.extend(intelligence::home_links());
    links.push(marked_images::home_link());
    links.extend(directory::keeping::links());
    links.extend([
        party::home_link(),
        background::home_link(),
        outbox::home_link(),
        audit_trail::home_link(),
    ]);
    // What somebody has to do comes before what is new.
    let mut cards = vec![triage::home_card(), messages::home_card(&states.people)];
    cards.extend(enquiries::home_cards(&states.people));
    cards.extend(register::home_cards(&states.forms));
    cards.extend([
        places_home::card(&states.places),
        directory::keeping::card(&GoTo::new(&states.app)),
    ]);
    Home::new(&states.app, cards, links)
}

/// The routes with everything around them.
pub(super) fn router(states: &States, opened: &Opened, stop: &Stop) -> Router {
    let time = std::time::Duration::from_secs(u64::from(opened.config.server.request_seconds));
    let watched = Watched::new(opened, stop);
    states
        .app
        .serve(routes(states))
        .layer(TimeoutLayer::with_status_code(
            http::StatusCode::SERVICE_UNAVAILABLE,
            time,
        ))
        .merge(assets::router())
        .merge(subscriptions::one_click(&states.app))
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(
            watched.clone(),
            health::watch,
        ))
        .merge(health::router(watched))
}
