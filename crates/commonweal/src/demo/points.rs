//! Made-up map points and postcodes. As on police.uk, nothing stands anywhere but on a fixed list
//! of points. Ours lie on a lattice of 0.001° by 0.0005° (about 64 m by 56 m), so that a
//! coordinate names a piece of ground and never a building.

use std::collections::HashSet;

use super::content::{Content, Ground as Part, HotSpotSketch, Land, Place};
use super::dice::{Dice, Wheel, share_out};
use super::land::{Ground, moved};
use super::{MapPoint, Postcode};

/// Steps of the lattice in degrees.
pub(super) const STEP_EAST: f64 = 0.001;
/// Steps of the lattice in degrees.
pub(super) const STEP_NORTH: f64 = 0.0005;

/// Letters that postcodes end in.
const LETTERS: &[u8; 20] = b"ABDEFGHJLNPQRSTUWXYZ";

/// How often a point sees what others do: most are quiet, a few are not.
const LIVELINESS: [(f64, f64); 4] = [(0.70, 0.5), (0.90, 1.2), (0.98, 2.8), (1.0, 6.0)];

/// What incidents need to know of a point beside what is shown.
#[derive(Debug)]
pub(super) struct Trait {
    pub(super) place: usize,
    pub(super) part: Part,
    pub(super) public: bool,
    /// The part that chance has in how often it is named.
    pub(super) liveliness: f64,
}

/// All map points, those of hot spots first.
#[derive(Debug, Default)]
pub(super) struct Points {
    pub(super) points: Vec<MapPoint>,
    pub(super) traits: Vec<Trait>,
    /// For each hot spot its points' numbers.
    pub(super) of_hot_spot: Vec<Vec<usize>>,
}

type Lattice = (i64, i64);

fn lattice_of((lon, lat): (f64, f64)) -> Lattice {
    (
        (lon / STEP_EAST).round() as i64,
        (lat / STEP_NORTH).round() as i64,
    )
}

fn position((x, y): Lattice) -> (f64, f64) {
    // Divided, not multiplied: the nearest number to what is written with four decimals.
    (x as f64 / 1_000.0, y as f64 / 2_000.0)
}

/// A free lattice point of the settlement with its distance from the middle, in radii, and its
/// neighbourhood. One in ten lies outside the built-up part.
fn free_point(
    dice: &mut Dice,
    place: &Place,
    ground: &Ground,
    taken: &mut HashSet<Lattice>,
) -> Option<(Lattice, f64, usize)> {
    for _ in 0..60 {
        let outlying = dice.happens(0.10);
        let share = if outlying {
            dice.between(1.0, 1.8)
        } else {
            dice.unit().sqrt()
        };
        let far = share * place.radius * 1_000.0;
        let angle = dice.between(0.0, std::f64::consts::TAU);
        let lattice = lattice_of(moved(
            (place.lon, place.lat),
            far * angle.cos(),
            far * angle.sin(),
        ));
        if let Some((_, number)) = ground.locate(position(lattice))
            && taken.insert(lattice)
        {
            return Some((lattice, share, number));
        }
    }
    None
}

/// Lays out the map points of every settlement and hot spot.
pub(super) fn map_points(
    content: &Content,
    ground: &Ground,
    residents: &[u32],
    dice: &mut Dice,
) -> Points {
    let land = &content.land;
    let facilities = Wheel::new(land.facilities.iter().map(|f| f.weight));
    let mut points = Points::default();
    let mut taken = HashSet::new();
    let mut names: Vec<HashSet<String>> = vec![HashSet::new(); land.places.len()];
    for sketch in &land.hot_spots {
        let own = hot_spot(
            land,
            sketch,
            ground,
            dice,
            &mut taken,
            &mut names,
            &mut points,
        );
        points.of_hot_spot.push(own);
    }
    for (number, place) in land.places.iter().enumerate() {
        let wanted = (f64::from(residents[number]) / land.people_per_point).max(8.0) as usize;
        for _ in 0..wanted {
            let Some((lattice, share, neighbourhood)) = free_point(dice, place, ground, &mut taken)
            else {
                continue;
            };
            let part = match share {
                s if s < 0.35 => Part::Centre,
                s if s < 0.9 => Part::Home,
                _ => Part::Edge,
            };
            let public = dice.happens(if part == Part::Centre { 0.25 } else { 0.08 });
            let name = if public {
                land.facilities[dice.spin(&facilities)].name.clone()
            } else {
                street(dice, land, &mut names[number])
            };
            let chance = dice.unit();
            let liveliness = LIVELINESS
                .iter()
                .find(|(upto, _)| chance < *upto)
                .map_or(1.0, |(_, weight)| *weight);
            points.add(position(lattice), &name, place, neighbourhood);
            points.traits.push(Trait {
                place: number,
                part,
                public,
                liveliness,
            });
        }
    }
    points
}

/// A hot spot is five neighbouring lattice points: two bear its name, the others streets'.
fn hot_spot(
    land: &Land,
    sketch: &HotSpotSketch,
    ground: &Ground,
    dice: &mut Dice,
    taken: &mut HashSet<Lattice>,
    names: &mut [HashSet<String>],
    points: &mut Points,
) -> Vec<usize> {
    let Some(number) = land.places.iter().position(|p| p.name == sketch.place) else {
        return Vec::new();
    };
    let place = &land.places[number];
    let (x, y) = lattice_of(moved((place.lon, place.lat), sketch.east, sketch.north));
    let mut own = Vec::new();
    for (i, (dx, dy)) in [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)]
        .iter()
        .enumerate()
    {
        let lattice = (x + dx, y + dy);
        let Some((_, neighbourhood)) = ground.locate(position(lattice)) else {
            continue;
        };
        taken.insert(lattice);
        let name = if i < 2 {
            sketch.name.clone()
        } else {
            street(dice, land, &mut names[number])
        };
        own.push(points.points.len());
        points.add(position(lattice), &name, place, neighbourhood);
        points.traits.push(Trait {
            place: number,
            part: Part::Centre,
            public: true,
            liveliness: 0.4,
        });
    }
    own
}

impl Points {
    fn add(&mut self, (lon, lat): (f64, f64), name: &str, place: &Place, neighbourhood: usize) {
        self.points.push(MapPoint {
            lon,
            lat,
            name: format!("On or near {name}"),
            settlement: place.name.clone(),
            neighbourhood,
            neighbourhood_code: super::areas::neighbourhood_code(neighbourhood),
        });
    }
}

/// An invented street name that the settlement does not have yet.
fn street(dice: &mut Dice, land: &Land, used: &mut HashSet<String>) -> String {
    let mut name = String::new();
    for _ in 0..200 {
        name = format!(
            "{} {}",
            land.street_first[dice.below(land.street_first.len())],
            land.street_second[dice.below(land.street_second.len())]
        );
        if used.insert(name.clone()) {
            break;
        }
    }
    name
}

/// Lays out made-up postcodes of the area `ZZ`, which is nobody's, with their residents.
pub(super) fn postcodes(
    content: &Content,
    ground: &Ground,
    residents: &[u32],
    districts: &[usize],
    dice: &mut Dice,
) -> Vec<Postcode> {
    let land = &content.land;
    let mut taken = HashSet::new();
    let mut given = vec![0_usize; 100];
    let mut all = Vec::new();
    for (number, place) in land.places.iter().enumerate() {
        let wanted = (f64::from(residents[number]) / land.people_per_postcode)
            .round()
            .max(2.0) as usize;
        let found: Vec<_> = (0..wanted)
            .filter_map(|_| free_point(dice, place, ground, &mut taken))
            .collect();
        let weights: Vec<f64> = found.iter().map(|_| dice.between(0.6, 1.4)).collect();
        let shares = share_out(residents[number], &weights);
        for ((lattice, _, neighbourhood), residents) in found.into_iter().zip(shares) {
            let district = districts[number];
            let serial = given[district];
            given[district] += 1;
            let (lon, lat) = position(lattice);
            all.push(Postcode {
                postcode: format!(
                    "ZZ{} {}{}{}",
                    district + 1,
                    serial / 60 % 10,
                    char::from(LETTERS[serial / 20 % 20]),
                    char::from(LETTERS[serial % 20])
                ),
                lon,
                lat,
                neighbourhood,
                neighbourhood_code: super::areas::neighbourhood_code(neighbourhood),
                residents,
            });
        }
    }
    all
}
