//! Incidents: what happened, where and when, as a source tells it. They are kept as small
//! numbers (keys of the dictionaries below, a month, a location) so that millions load fast.

pub mod sources;

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::Month;

/// The finest cell that is honest for snapped points (about 190 m edge in County Durham).
pub const CELL_RESOLUTION: h3o::Resolution = h3o::Resolution::Nine;

/// How an incident affects people: the three qualifiers of the National Standard for
/// Incident Recording (2011).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Qualifier {
    /// Targeted at, or having an impact on, an individual or group.
    Personal,
    /// Annoyance or suffering to the community at large.
    Nuisance,
    /// Aimed at the wider environment, such as public spaces or buildings.
    Environmental,
}

impl Qualifier {
    /// All three, in the order of their stored numbers from 1.
    pub const ALL: [Self; 3] = [Self::Personal, Self::Nuisance, Self::Environmental];

    /// The stored number.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Personal => 1,
            Self::Nuisance => 2,
            Self::Environmental => 3,
        }
    }

    /// The word people use.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Personal => "Personal",
            Self::Nuisance => "Nuisance",
            Self::Environmental => "Environmental",
        }
    }
}

/// How exactly the place is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// Where it happened.
    Exact,
    /// Moved to the nearest of the publisher's map points.
    Snapped,
    /// Only the area is known.
    Area,
    /// No place at all.
    None,
}

impl Precision {
    /// The stored number.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::Exact => 0,
            Self::Snapped => 1,
            Self::Area => 2,
            Self::None => 3,
        }
    }
}

/// A kind of incident: anti-social behaviour and its finer types, or a crime type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CategoryName<'a> {
    /// A stable code.
    pub code: &'a str,
    /// What people read.
    pub label: &'a str,
    /// Whether it is anti-social behaviour.
    pub asb: bool,
    /// Whether it is one that we know, or merely what the file says.
    pub known: bool,
}

/// One incident as an import hands it on.
#[derive(Debug, Clone)]
pub struct NewIncident<'a> {
    /// Who recorded it; its name serves as its key.
    pub source: &'a str,
    /// The source's own key, where it has one.
    pub source_key: Option<&'a [u8]>,
    /// What it is.
    pub category: CategoryName<'a>,
    /// Whom it affects, where known.
    pub qualifier: Option<Qualifier>,
    /// The month it belongs to.
    pub month: Month,
    /// The moment, where known.
    pub occurred_at: Option<DateTime<Utc>>,
    /// Longitude and latitude, WGS84.
    pub point: Option<(f64, f64)>,
    /// How exactly the point is known.
    pub precision: Precision,
    /// The place's name as the source gives it.
    pub place_name: &'a str,
    /// The LSOA code that the source gives.
    pub lsoa: Option<&'a str>,
    /// The last outcome that the source gives.
    pub outcome: Option<&'a str>,
}

/// The key of a dictionary entry: 63 bits of SHA-256 over its parts, so that every node and
/// every import arrives at the same key without asking the database.
#[must_use]
pub fn key_of(parts: &[&[u8]]) -> i64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut first = [0_u8; 8];
    first.copy_from_slice(&digest[..8]);
    (u64::from_le_bytes(first) >> 1).cast_signed()
}

/// The key of a source by its name.
#[must_use]
pub fn source_key(name: &str) -> i64 {
    key_of(&[b"source", name.as_bytes()])
}

/// The key of a category by its code.
#[must_use]
pub fn category_key(code: &str) -> i64 {
    key_of(&[b"category", code.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_their_parts_apart_and_are_never_negative() {
        assert_ne!(key_of(&[b"ab", b"c"]), key_of(&[b"a", b"bc"]));
        assert_ne!(
            source_key("Durham Constabulary"),
            category_key("Durham Constabulary")
        );
        assert!((0..1_000_u32).all(|n| key_of(&[&n.to_le_bytes()]) >= 0));
    }
}
