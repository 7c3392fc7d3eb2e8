//! The made-up land: areas, points and postcodes.

use geo::{Area as _, Contains as _, Point, Validation as _};

use super::*;
use crate::demo::land::metres_between;
use crate::demo::points::{STEP_EAST, STEP_NORTH};

fn kinds() -> [AreaKind; 2] {
    [AreaKind::Division, AreaKind::Neighbourhood]
}

#[test]
fn areas_are_valid_and_as_many_as_meant() {
    let count = |kind| MADE.areas_of(kind).count();
    assert_eq!(count(AreaKind::Partnership), 1);
    assert!((22..=32).contains(&count(AreaKind::Division)));
    assert!((120..=200).contains(&count(AreaKind::Neighbourhood)));
    let mut codes = HashSet::new();
    let mut names = HashSet::new();
    for area in &MADE.areas {
        assert!(area.polygon.is_valid(), "{}", area.name);
        assert!(codes.insert(&area.code) && names.insert((area.kind.slug(), &area.name)));
        assert!(area.code.starts_with("DEMO-"));
    }
}

type Corner = (u64, u64);

/// Each edge of a kind's areas, as it runs, with the number of areas that it borders.
fn edges(kind: AreaKind) -> HashMap<(Corner, Corner), usize> {
    let mut edges = HashMap::new();
    for polygon in MADE.areas_of(kind).flat_map(|area| area.polygon.iter()) {
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            for line in ring.lines() {
                let corner = |c: geo::Coord| (c.x.to_bits(), c.y.to_bits());
                *edges
                    .entry((corner(line.start), corner(line.end)))
                    .or_default() += 1;
            }
        }
    }
    edges
}

/// Edges are used once each way, and those used one way only are exactly the outline: so areas
/// meet in exact vertices, do not overlap, and leave no gap.
#[test]
fn areas_share_their_borders_exactly_and_fill_the_outline() {
    let outline: HashSet<_> = edges(AreaKind::Partnership).into_keys().collect();
    for kind in kinds() {
        let edges = edges(kind);
        assert!(edges.values().all(|n| *n == 1));
        let outer: HashSet<_> = edges
            .keys()
            .filter(|(from, to)| !edges.contains_key(&(*to, *from)))
            .copied()
            .collect();
        assert!(outer == outline);
        let sum: f64 = MADE.areas_of(kind).map(|a| a.polygon.unsigned_area()).sum();
        let whole = MADE.areas[0].polygon.unsigned_area();
        assert!((sum / whole - 1.0).abs() < 1e-9);
    }
    // About the size of the county, 2,230 square kilometres.
    let size = MADE.areas[0].polygon.unsigned_area() * 111.32 * 64.27;
    assert!((2_000.0..2_400.0).contains(&size), "{size}");
}

#[test]
fn figures_of_areas_add_up() {
    for kind in kinds() {
        let sum: u32 = MADE.areas_of(kind).map(|a| a.population).sum();
        assert_eq!(sum, 520_000);
    }
    assert_eq!(
        MADE.postcodes.iter().map(|p| p.residents).sum::<u32>(),
        520_000
    );
    let divisions: HashSet<&String> = MADE.areas_of(AreaKind::Division).map(|a| &a.code).collect();
    for area in MADE.areas_of(AreaKind::Neighbourhood) {
        assert!(
            (400..7_000).contains(&area.population),
            "{} {}",
            area.name,
            area.population
        );
        assert!(matches!(area.decile, Some(1..=10)));
        let tenure = area.tenure.unwrap();
        let sum = tenure.owned + tenure.social + tenure.private;
        assert!((sum - 1.0).abs() < 1e-9 && tenure.private > 0.0);
        assert!(
            area.division
                .as_ref()
                .is_some_and(|d| divisions.contains(d))
        );
    }
}

#[test]
fn postcodes_are_nobodys_and_lie_in_their_neighbourhood() {
    let mut seen = HashSet::new();
    let areas: Vec<&Area> = MADE.areas_of(AreaKind::Neighbourhood).collect();
    assert!((3_900..=4_100).contains(&MADE.postcodes.len()));
    for postcode in &MADE.postcodes {
        assert!(
            seen.insert(&postcode.postcode),
            "{} twice",
            postcode.postcode
        );
        // The Post Office never gave out the area ZZ.
        assert!(postcode.postcode.starts_with("ZZ"));
        let area = areas[postcode.neighbourhood];
        assert_eq!(area.code, postcode.neighbourhood_code);
        assert!(
            area.polygon
                .contains(&Point::new(postcode.lon, postcode.lat))
        );
    }
}

#[test]
fn points_lie_on_the_lattice_in_their_area_and_near_their_settlement() {
    let places = &Content::embedded().unwrap().land.places;
    let areas: Vec<&Area> = MADE.areas_of(AreaKind::Neighbourhood).collect();
    let mut seen = HashSet::new();
    for point in MADE.map_points() {
        for (degrees, step) in [(point.lon, STEP_EAST), (point.lat, STEP_NORTH)] {
            let steps = degrees / step;
            assert!((steps - steps.round()).abs() < 1e-6, "{point:?}");
        }
        assert!(
            seen.insert((point.lon.to_bits(), point.lat.to_bits())),
            "{point:?}"
        );
        let area = areas[point.neighbourhood];
        assert!(
            area.polygon.contains(&Point::new(point.lon, point.lat)),
            "{point:?}"
        );
        let place = places.iter().find(|p| p.name == point.settlement).unwrap();
        let far = metres_between((point.lon, point.lat), (place.lon, place.lat));
        assert!(far < place.radius * 1_800.0 + 100.0, "{point:?} {far}");
    }
}

#[test]
fn no_point_is_named_like_a_dwelling() {
    for point in MADE.map_points() {
        let name = point
            .name
            .strip_prefix("On or near ")
            .unwrap()
            .to_lowercase();
        assert!(!name.contains(|c: char| c.is_ascii_digit()), "{name}");
        for word in name.split([' ', '/']) {
            let dwelling = [
                "house",
                "flat",
                "flats",
                "cottage",
                "farm",
                "villa",
                "lodge",
                "apartment",
                "bungalow",
                "care",
                "hostel",
                "refuge",
                "nursing",
                "school",
            ];
            assert!(!dwelling.contains(&word), "{name}");
        }
    }
}

#[test]
fn nearly_every_incident_has_a_place_and_towns_have_most() {
    let (mut all, mut without) = (0, 0);
    let mut by_place: HashMap<&str, usize> = HashMap::new();
    for (_, incident) in MADE.incidents() {
        all += 1;
        match incident.place {
            Some(place) => *by_place.entry(&place.settlement).or_default() += 1,
            None => without += 1,
        }
    }
    let share = f64::from(without) / f64::from(all);
    assert!((0.005..0.02).contains(&share), "{share}");
    let places = Content::embedded().unwrap().land.places;
    assert_eq!(by_place.len(), places.len());
    let villages = [
        "Burnhope",
        "Gainford",
        "Bowes",
        "Staindrop",
        "St John's Chapel",
    ];
    for town in [
        "Durham City",
        "Bishop Auckland",
        "Peterlee",
        "Stanley",
        "Consett",
    ] {
        for village in villages {
            assert!(by_place[town] > 8 * by_place[village], "{town} {village}");
        }
    }
}
