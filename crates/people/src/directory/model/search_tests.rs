use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::super::entry::AREA_CODE;
use super::super::{Figure, Head, Place, ServiceArea, State};
use super::*;

fn head(number: u128) -> Head {
    Head {
        id: Uuid::from_u128(number),
        reference: format!("S-{number}"),
        state: State::Published,
        agency: None,
        owner: None,
        assured_on: None,
        changed_at: DateTime::<Utc>::MIN_UTC,
        version: 1,
    }
}

fn at(number: u128, longitude: f64, latitude: f64) -> Entry<Location> {
    let body = Location {
        longitude: Some(Figure(longitude)),
        latitude: Some(Figure(latitude)),
        ..Location::default()
    };
    Entry {
        head: head(number),
        body,
    }
}

fn service(number: u128, name: &str, terms: &[&str], location: Option<u128>) -> Entry<Service> {
    let places = location.map(|location| Place {
        id: Uuid::from_u128(number + 1_000),
        location_id: Uuid::from_u128(location),
        ..Place::default()
    });
    let body = Service {
        organization_id: Uuid::from_u128(1),
        name: name.to_owned(),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
        service_at_locations: places.into_iter().collect(),
        ..Service::default()
    };
    Entry {
        head: head(number),
        body,
    }
}

fn some() -> Directory {
    let mut youth = service(12, "Peterlee youth club", &["youth"], Some(52));
    (youth.body.minimum_age, youth.body.maximum_age) = (Some(Figure(11.0)), Some(Figure(18.0)));
    youth.body.service_areas.push(ServiceArea {
        name: Some("Peterlee".to_owned()),
        extent: Some("D1".to_owned()),
        extent_type: Some(AREA_CODE.to_owned()),
        ..ServiceArea::default()
    });
    let mut words = service(13, "Quiet nights", &["noise"], Some(51));
    words.body.description = Some("We lend sound meters".to_owned());
    words.body.service_areas.push(ServiceArea {
        name: Some("The dales".to_owned()),
        ..ServiceArea::default()
    });
    let organisation = Organisation {
        name: "The council".to_owned(),
        ..Organisation::default()
    };
    Directory {
        services: vec![
            service(10, "Noise team", &["noise"], Some(51)),
            service(11, "Helpline", &["noise", "crisis"], None),
            youth,
            words,
        ],
        organisations: [(
            Uuid::from_u128(1),
            Entry {
                head: head(1),
                body: organisation,
            },
        )]
        .into(),
        locations: [
            (Uuid::from_u128(51), at(51, -1.58, 54.77)),
            (Uuid::from_u128(52), at(52, -1.33, 54.76)),
        ]
        .into(),
    }
}

fn asked(question: &Question) -> Vec<(String, Vec<Why>)> {
    let (directory, needs) = (some(), Needs::parse(super::super::needs::SHIPPED).unwrap());
    let found = find(
        &directory,
        &needs,
        question,
        "2026-06-01T12:00:00".parse().unwrap(),
    );
    found
        .hits
        .into_iter()
        .map(|hit| (hit.service.body.name.clone(), hit.why))
        .collect()
}

#[test]
fn words_lead_to_services_and_each_says_why() {
    let found = asked(&Question {
        words: "my neighbour drinks and shouts".to_owned(),
        ..Question::default()
    });
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Helpline", "Noise team", "Quiet nights"]);
    assert!(
        found[0]
            .1
            .contains(&Why::Need("Noise from neighbours or the street".to_owned()))
    );
    let found = asked(&Question {
        words: "sound meter".to_owned(),
        ..Question::default()
    });
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].1,
        [Why::Words(vec!["sound".to_owned(), "meter".to_owned()])]
    );
    assert!(
        asked(&Question {
            words: "xyzzy".to_owned(),
            ..Question::default()
        })
        .is_empty()
    );
    assert_eq!(
        asked(&Question::default()).len(),
        4,
        "without a question everything"
    );
}

#[test]
fn age_place_and_distance_narrow() {
    let near = Question {
        point: Some((-1.58, 54.78)),
        ..Question::default()
    };
    let names = |question: &Question| {
        asked(question)
            .into_iter()
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(&near),
        ["Noise team", "Quiet nights", "Helpline"],
        "the club is for people in Peterlee"
    );
    let found = asked(&near);
    assert!(
        matches!(found[0].1[..], [Why::Distance(away)] if away < 1_500.0),
        "{found:?}"
    );
    assert_eq!(found[1].1[0], Why::AreaInWords("The dales".to_owned()));
    assert_eq!(found[2].1, [Why::Anywhere]);
    let there = Question {
        point: Some((-1.33, 54.76)),
        areas: vec!["D1".to_owned()],
        within: Some(2),
        ..Question::default()
    };
    assert_eq!(names(&there), ["Peterlee youth club", "Helpline"]);
    let old = Question {
        age: Some(70),
        areas: vec!["D1".to_owned()],
        ..there.clone()
    };
    assert_eq!(names(&old), ["Helpline"]);
    let young = Question {
        age: Some(18),
        ..there
    };
    assert!(
        asked(&young)[0]
            .1
            .contains(&Why::Age(Some(11.0), Some(18.0)))
    );
    let open = Question {
        open_now: true,
        ..Question::default()
    };
    assert!(
        names(&open).is_empty(),
        "whose hours are not known is not said to be open"
    );
}

proptest! {
    #[test]
    fn nothing_shown_breaks_what_was_asked(age in 0_u32..120, within in 1_u32..40, longitude in -2.3..-1.2_f64, latitude in 54.4..54.9_f64) {
        let directory = some();
        let needs = Needs::parse(super::super::needs::SHIPPED).unwrap();
        let question = Question { age: Some(age), within: Some(within), point: Some((longitude, latitude)), areas: vec!["D1".to_owned()], ..Question::default() };
        for hit in find(&directory, &needs, &question, "2026-06-01T12:00:00".parse().unwrap()).hits {
            prop_assert!(hit.service.body.takes(f64::from(age)));
            prop_assert!(hit.metres.is_none_or(|away| away <= f64::from(within) * MILE));
        }
    }
}
