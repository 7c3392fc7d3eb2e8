//! A small directory for tests: one service with everything, one with hardly anything.

use std::sync::Arc;

use uuid::Uuid;

use super::model::needs::{self, Needs};
use super::model::rules::{self, Rules};
use super::model::search::Directory;
use super::model::{Body, Entry, Head, Location, Organisation, Service, State};
use super::state::Content;

pub(crate) fn content() -> Content {
    Content {
        needs: Arc::new(Needs::parse(needs::SHIPPED).unwrap()),
        rules: Arc::new(Rules::parse(rules::SHIPPED).unwrap()),
    }
}

pub(crate) fn head(number: u128, reference: &str) -> Head {
    Head {
        id: Uuid::from_u128(number),
        reference: reference.to_owned(),
        state: State::Published,
        agency: None,
        owner: None,
        assured_on: number
            .is_multiple_of(2)
            .then(|| "2026-05-01".parse().unwrap()),
        changed_at: "2026-05-01T10:00:00Z".parse().unwrap(),
        version: 1,
    }
}

pub(crate) fn full_service() -> Service {
    let id = |number: u128| Uuid::from_u128(number).to_string();
    Service::from_json(serde_json::json!({
        "organization_id": id(1), "name": "Quiet nights", "description": "One.\nTwo about noise.", "url": "https://example.org/quiet",
        "email": "quiet@example.org", "status": "active", "fees": "Free", "accreditations": "A mark", "minimum_age": 11, "maximum_age": 99,
        "eligibility_description": "Anybody kept awake", "alert": "New number",
        "phones": [{"id": id(21), "number": "01632 960001", "description": "day and night"}, {"id": id(22), "number": "ring us"}],
        "schedules": [{"id": id(23), "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00", "closes_at": "17:00"}],
        "service_areas": [{"id": id(24), "name": "Peterlee"}],
        "languages": [{"id": id(25), "name": "Polish"}],
        "cost_options": [{"id": id(26), "option": "A visit", "amount": 3.5, "amount_description": "a family"}],
        "service_at_locations": [{"id": id(27), "location_id": id(2), "schedules": [{"id": id(28), "description": "Ring first"}]}],
        "terms": ["noise", "mediation"], "audiences": ["victims"],
        "referral": {"route": "professional", "how": "By form", "wait": "Two weeks"},
        "contacts": [{"id": id(29), "name": "A. Person"}]
    }))
    .unwrap()
}

pub(crate) fn sample() -> Directory {
    let plain = Service {
        organization_id: Uuid::from_u128(1),
        name: "Plain noise line".to_owned(),
        terms: vec!["noise".to_owned()],
        url: Some("javascript:alert(1)".to_owned()),
        status: super::model::Status::TemporarilyClosed,
        ..Service::default()
    };
    let organisation = Organisation {
        name: "The council".to_owned(),
        description: "It does much.".to_owned(),
        website: Some("https://example.org".to_owned()),
        ..Organisation::default()
    };
    let location = Location::from_json(serde_json::json!({
        "name": "Town hall", "location_type": "physical", "description": "By the clock", "latitude": 54.77, "longitude": -1.58,
        "addresses": [{"id": Uuid::from_u128(31), "address_1": "1 High Street", "city": "Peterlee", "state_province": "County Durham", "postal_code": "ZZ1 1AA", "country": "GB", "address_type": "physical"}],
        "accessibility": [{"id": Uuid::from_u128(32), "description": "Step-free"}]
    }))
    .unwrap();
    Directory {
        services: vec![
            Entry {
                head: head(11, "GT-0000-0001"),
                body: plain,
            },
            Entry {
                head: head(12, "GT-0000-0002"),
                body: full_service(),
            },
        ],
        organisations: [(
            Uuid::from_u128(1),
            Entry {
                head: head(1, "GO-0000-0001"),
                body: organisation,
            },
        )]
        .into(),
        locations: [(
            Uuid::from_u128(2),
            Entry {
                head: head(2, "GL-0000-0001"),
                body: location,
            },
        )]
        .into(),
    }
}
