//! The demo's content as it lies in `data/demo`, embedded.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// The whole content.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) house: House,
    pub(super) land: Land,
    pub(super) patterns: Patterns,
}

impl Content {
    /// Reads what is embedded.
    pub(super) fn embedded() -> Result<Self> {
        Ok(Self {
            house: toml::from_str(include_str!("../../../../data/demo/partnership.toml"))
                .context("data/demo/partnership.toml")?,
            land: toml::from_str(include_str!("../../../../data/demo/places.toml"))
                .context("data/demo/places.toml")?,
            patterns: toml::from_str(include_str!("../../../../data/demo/patterns.toml"))
                .context("data/demo/patterns.toml")?,
        })
    }
}

/// `partnership.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct House {
    pub(super) name: String,
    pub(super) short_name: String,
    pub(super) notice: String,
    pub(super) colour: String,
    pub(super) agency: Vec<Agency>,
    pub(super) user: Vec<User>,
}

/// An agency, named by its kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agency {
    /// How users name it.
    pub(crate) slug: String,
    /// What people read.
    pub(crate) name: String,
    /// `council`, `police`, `fire`, `landlord`, `probation`, `youth-justice`, `health`,
    /// `commissioner` or `voluntary`.
    pub(crate) kind: String,
}

/// An invented person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    /// The role's slug.
    pub(crate) role: String,
    /// The invented name.
    pub(crate) name: String,
    /// An address under `.example`, which nobody can own.
    pub(crate) email: String,
    /// The agency's slug.
    pub(crate) agency: String,
}

/// `places.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Land {
    pub(super) population: u32,
    pub(super) people_per_neighbourhood: f64,
    pub(super) people_per_postcode: f64,
    pub(super) people_per_point: f64,
    pub(super) outline: Vec<[f64; 2]>,
    pub(super) street_first: Vec<String>,
    pub(super) street_second: Vec<String>,
    pub(super) facilities: Vec<Facility>,
    pub(super) places: Vec<Place>,
    pub(super) hot_spots: Vec<HotSpotSketch>,
}

/// A kind of public place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facility {
    pub(super) name: String,
    pub(super) weight: f64,
}

/// A settlement.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    pub(super) name: String,
    pub(super) lon: f64,
    pub(super) lat: f64,
    pub(super) people: f64,
    /// Of the built-up part, kilometres.
    pub(super) radius: f64,
    pub(super) kind: PlaceKind,
    pub(super) decile: u8,
    pub(super) division: String,
}

/// What kind of settlement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum PlaceKind {
    City,
    Town,
    Village,
    Seaside,
}

impl PlaceKind {
    /// How much more is reported there than its residents alone would make one expect.
    pub(super) fn draw(self, summer: bool) -> f64 {
        match self {
            Self::City => 1.2,
            Self::Town => 1.1,
            Self::Village => 0.85,
            Self::Seaside if summer => 1.5,
            Self::Seaside => 1.0,
        }
    }
}

/// A hot spot as it is sketched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HotSpotSketch {
    pub(super) place: String,
    pub(super) east: f64,
    pub(super) north: f64,
    pub(super) name: String,
    pub(super) theme: String,
    pub(super) monthly: f64,
    pub(super) story: Story,
    #[serde(default)]
    pub(super) months_ago: i32,
}

/// What becomes of a hot spot over the two years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Story {
    /// It stays.
    Steady,
    /// It was not there before.
    Emerging,
    /// It shrinks since work against it began.
    Declining,
}

/// `patterns.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Patterns {
    pub(super) source: Vec<SourcePattern>,
    #[serde(rename = "type")]
    pub(super) types: Vec<TypePattern>,
    pub(super) crime: Vec<CrimePattern>,
    pub(super) police: PolicePattern,
    pub(super) hours: BTreeMap<String, Vec<f64>>,
    pub(super) days: BTreeMap<String, [f64; 7]>,
    pub(super) theme: BTreeMap<String, Theme>,
}

/// How much a source records, and how it delivers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcePattern {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) yearly: f64,
    pub(super) months: [f64; 12],
    pub(super) trend: f64,
    pub(super) no_place: f64,
    pub(super) late_months_ago: Option<i32>,
    #[serde(default)]
    pub(super) late_days: u32,
    pub(super) missing_months_ago: Option<i32>,
    pub(super) usual_days: u32,
    pub(super) key: Option<String>,
}

/// A type of anti-social behaviour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypePattern {
    pub(super) code: String,
    pub(super) label: String,
    #[serde(default)]
    pub(super) council: f64,
    #[serde(default)]
    pub(super) landlord: f64,
    #[serde(default)]
    pub(super) fire: f64,
    pub(super) qualifier: [f64; 3],
    pub(super) land: Ground,
    pub(super) hours: String,
    pub(super) days: String,
    pub(super) months: Option<[f64; 12]>,
    #[serde(default)]
    pub(super) unknown: bool,
}

/// Which part of a settlement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ground {
    Centre,
    Home,
    Edge,
}

/// A crime type that the police publish beside anti-social behaviour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CrimePattern {
    pub(super) label: String,
    pub(super) monthly: f64,
}

/// What is the police's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicePattern {
    pub(super) qualifier: [f64; 3],
}

/// What a hot spot is about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Theme {
    pub(super) hours: String,
    pub(super) days: String,
    pub(super) summer: f64,
    pub(super) types: BTreeMap<String, f64>,
}
