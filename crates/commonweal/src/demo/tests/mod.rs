//! What the made-up partnership promises.

mod files;
mod filled;
mod land;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use chrono::{Datelike as _, Timelike as _};

use super::*;

/// One partnership for all tests.
static MADE: LazyLock<Partnership> =
    LazyLock::new(|| Partnership::generate(SEED, month("2026-10")).unwrap());

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn source(slug: &str) -> Source<'static> {
    MADE.sources().find(|s| s.slug == slug).unwrap()
}

fn everything(of: &Partnership) -> String {
    let mut text = of.postcodes_csv() + &of.context_csv();
    for kind in [
        AreaKind::Partnership,
        AreaKind::Division,
        AreaKind::Neighbourhood,
    ] {
        text += &of.areas_geojson(kind);
    }
    for month in of.months() {
        text += &of.police_csv(month);
        for source in of.sources() {
            text += &of.list_csv(source, month).unwrap_or_default();
        }
    }
    text
}

#[test]
fn a_seed_gives_the_same_every_time_and_another_seed_another() {
    let again = Partnership::generate(SEED, month("2026-10")).unwrap();
    assert!(everything(&MADE) == everything(&again));
    let other = Partnership::generate(SEED + 1, month("2026-10")).unwrap();
    assert!(everything(&MADE) != everything(&other));
}

#[test]
fn a_month_is_the_same_made_alone_or_after_others() {
    let september = month("2026-09");
    let alone = Partnership::generate(SEED, month("2026-10")).unwrap();
    let council = alone.sources().find(|s| s.slug == "council").unwrap();
    let alone = alone.incidents_of(council, september);
    let among: Vec<_> = MADE
        .incidents()
        .filter(|(s, i)| {
            s.slug == "council"
                && matches!(i.when, When::Exact(at) if Month::of(at.date()) == september)
        })
        .map(|(_, incident)| incident)
        .collect();
    assert_eq!(alone, among);
}

#[test]
fn the_last_full_month_is_the_one_before() {
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    assert_eq!(last_full_month(day(2026, 11, 22)), month("2026-10"));
    assert_eq!(last_full_month(day(2026, 1, 1)), month("2025-12"));
    let months: Vec<Month> = MADE.months().collect();
    assert_eq!(months.len(), 24);
    assert_eq!(
        (months[0], months[23]),
        (month("2024-11"), month("2026-10"))
    );
}

#[test]
fn yearly_figures_are_those_of_the_domain_brief() {
    let mut asb: BTreeMap<&str, f64> = BTreeMap::new();
    let mut all = 0;
    for (source, incident) in MADE.incidents() {
        all += 1;
        if incident.category.asb {
            *asb.entry(source.slug).or_default() += 0.5;
        }
    }
    assert!((45_000..=52_000).contains(&all), "{all}");
    assert!((asb["police"] - 10_000.0).abs() < 500.0, "{asb:?}");
    // One month of the 24 never came.
    assert!(
        (asb["council"] - 14_000.0 * 23.0 / 24.0).abs() < 600.0,
        "{asb:?}"
    );
    assert!((asb["landlord"] - 600.0).abs() < 60.0, "{asb:?}");
    assert!((asb["fire"] - 350.0).abs() < 40.0, "{asb:?}");
}

#[test]
fn qualifiers_follow_the_shares_of_the_domain_brief() {
    let mut counts: HashMap<Option<Qualifier>, f64> = HashMap::new();
    let mut all = 0.0;
    for (source, incident) in MADE.incidents() {
        if source.slug == "police" && incident.category.asb {
            *counts.entry(incident.qualifier).or_default() += 1.0;
            all += 1.0;
        }
    }
    for (qualifier, share) in Qualifier::ALL.iter().zip([0.25, 0.65, 0.10]) {
        let found = counts[&Some(*qualifier)] / all;
        assert!((found - share).abs() < 0.015, "{qualifier:?} {found}");
    }
}

#[test]
fn the_police_know_months_and_the_others_times() {
    let mut keys = HashSet::new();
    for (source, incident) in MADE.incidents() {
        match incident.when {
            When::Month(_) => assert_eq!(source.slug, "police"),
            When::Exact(at) => {
                assert_ne!(source.slug, "police");
                // The hour that clocks skip on the last Sunday of March.
                let spring = ["2025-03-30", "2026-03-29"].contains(&&*at.date().to_string());
                assert!(!(spring && at.hour() == 1), "{at}");
            }
        }
        match incident.source_key {
            Some(key) => assert!(keys.insert(key.clone()), "{key} twice"),
            None => assert!(source.slug == "police" && incident.category.asb),
        }
    }
}

#[test]
fn seasons_week_days_and_hours_look_like_life() {
    let (mut summer, mut winter, mut all) = (0.0, 0.0, 0.0);
    let (mut friday_to_sunday, mut evening, mut night) = (0.0, 0.0, 0.0);
    let (mut fireworks, mut in_season, mut bonfire_night) = (0.0, 0.0, 0.0);
    for (source, incident) in MADE.incidents() {
        let When::Exact(at) = incident.when else {
            continue;
        };
        if incident.category.code == "fireworks" {
            fireworks += 1.0;
            in_season += f64::from(u8::from(matches!(at.month(), 10 | 11)));
            bonfire_night += f64::from(u8::from((at.month(), at.day()) == (11, 5)));
        }
        if source.slug != "council" {
            continue;
        }
        all += 1.0;
        summer += f64::from(u8::from(matches!(at.month(), 6..=8)));
        winter += f64::from(u8::from(matches!(at.month(), 12 | 1 | 2)));
        friday_to_sunday += f64::from(u8::from(at.weekday().num_days_from_monday() >= 4));
        evening += f64::from(u8::from((17..23).contains(&at.hour())));
        night += f64::from(u8::from((3..6).contains(&at.hour())));
    }
    assert!((0.26..0.34).contains(&(summer / all)), "{}", summer / all);
    assert!(winter < 0.85 * summer, "{winter} {summer}");
    let weekend = friday_to_sunday / all;
    assert!((0.43..0.56).contains(&weekend), "{weekend}");
    assert!((0.36..0.52).contains(&(evening / all)), "{}", evening / all);
    assert!(night / all < 0.05, "{}", night / all);
    assert!(in_season / fireworks > 0.55, "{in_season} of {fireworks}");
    assert!(
        bonfire_night / fireworks > 0.08,
        "{bonfire_night} of {fireworks}"
    );
}

#[test]
fn every_kind_of_incident_happens_and_some_reports_do_not_say() {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, incident) in MADE.incidents() {
        *counts.entry(&incident.category.code).or_default() += 1;
    }
    // The 13 types of the domain brief, deliberate fires, 'unknown', the police's one, crimes.
    assert_eq!(MADE.categories().iter().filter(|c| c.asb).count(), 16);
    for category in MADE.categories() {
        assert!(counts[&*category.code] > 10, "{}", category.label);
        assert_eq!(category.known, category.code != "unknown");
    }
    assert!((500..1_500).contains(&counts["unknown"]));
}

#[test]
fn one_month_never_came_and_one_came_late() {
    let missing: Vec<_> = MADE.feeds().filter(|f| f.received.is_none()).collect();
    assert_eq!(missing.len(), 1);
    let (gone, of) = (missing[0].month, missing[0].source);
    assert_eq!((of.slug, gone), ("council", month("2026-01")));
    assert!(MADE.incidents_of(of, gone).is_empty());
    assert_eq!(MADE.list_csv(of, gone), None);
    assert!(MADE.list_csv(of, gone.plus(1)).is_some());
    let late: Vec<_> = MADE.feeds().filter(|f| f.late).collect();
    assert_eq!(late.len(), 1);
    assert_eq!(
        (late[0].source.slug, late[0].month),
        ("police", month("2026-05"))
    );
    assert!(late[0].received > Some(month("2026-08").last_day()));
    assert!(!MADE.incidents_of(late[0].source, late[0].month).is_empty());
    assert_eq!(MADE.feeds().count(), 4 * 24);
}

/// Incidents at a hot spot, by month.
fn at_spot(spot: &HotSpot) -> Vec<usize> {
    let mut counts = vec![0; 24];
    for (_, incident) in MADE.incidents() {
        let month = match incident.when {
            When::Month(month) => month,
            When::Exact(at) => Month::of(at.date()),
        };
        if let Some(place) = incident.place
            && spot.points.contains(&(place.lon, place.lat))
        {
            counts[23 - usize::try_from(month_ago(month)).unwrap()] += 1;
        }
    }
    counts
}

fn month_ago(month: Month) -> i32 {
    tests::month("2026-10").since(month)
}

#[test]
fn hot_spots_stay_emerge_and_decline() {
    assert_eq!(MADE.hot_spots.len(), 15);
    for spot in &MADE.hot_spots {
        let counts = at_spot(spot);
        let early: usize = counts[..12].iter().sum();
        let late: usize = counts[18..].iter().sum::<usize>() * 2;
        let told = format!("{} in {}: {counts:?}", spot.name, spot.settlement);
        match spot.story {
            Story::Steady => {
                let whole: usize = counts.iter().sum();
                let expected = spot.monthly * 24.0;
                assert!((whole as f64) > 0.75 * expected, "{told}");
                assert!((whole as f64) < 1.6 * expected, "{told}");
            }
            Story::Emerging => assert!(late > early * 3 && spot.since.is_some(), "{told}"),
            Story::Declining => assert!(late * 2 < early && spot.since.is_some(), "{told}"),
        }
    }
    let told = |story| MADE.hot_spots.iter().filter(|s| s.story == story).count();
    assert_eq!(told(Story::Steady), 12);
    assert_eq!((told(Story::Emerging), told(Story::Declining)), (2, 1));
}

#[test]
fn everybody_is_invented_and_every_role_has_somebody() {
    let roles: Vec<&str> = MADE.users.iter().map(|u| u.role.as_str()).collect();
    let expected = "officer supervisor analyst manager administrator auditor call-taker \
                    review-chair case-review-coordinator data-protection-officer \
                    landlord-officer warden youth-worker victim-support provider elected-member";
    assert_eq!(roles, expected.split_whitespace().collect::<Vec<_>>());
    for user in &MADE.users {
        assert!(user.email.ends_with(".example"), "{}", user.email);
        let known = MADE.agencies.iter().any(|a| a.slug == user.agency);
        assert!(known, "{}", user.agency);
    }
    for agency in &MADE.agencies {
        let name = agency.name.to_lowercase();
        for real in ["durham", "darlington", "constabulary", "trust", "ltd"] {
            assert!(
                !name.contains(real),
                "{name}: agencies are named by their kind"
            );
        }
    }
    assert!(MADE.name.starts_with(&MADE.short_name));
    assert!(MADE.name.contains("made-up") && MADE.notice.contains("Made-up"));
    assert!(MADE.sources().all(|s| s.name.contains("made-up data")));
    assert!(MADE.colour.len() == 7 && MADE.colour.starts_with('#'));
}
