//! A saved description of somebody's CSV: which column is what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Problem;

/// Which column is what. Kept as TOML or JSON; column names are those of the file's header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The profile's name.
    pub name: String,
    /// The separator: a comma if not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// The column with the source's own key of the row, by which a later file replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When it happened.
    pub when: When,
    /// Where it happened.
    pub place: PlaceColumns,
    /// What it was.
    pub category: CategoryColumn,
    /// Whether it was personal, a nuisance or environmental, where the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualifier: Option<QualifierColumn>,
}

/// The columns that tell when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "precision", rename_all = "snake_case", deny_unknown_fields)]
pub enum When {
    /// Only a month: `2025-01`, or a date whose day is not meant.
    Month {
        /// The column.
        column: String,
        /// How it is written, as chrono writes it; `%Y-%m` if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
    },
    /// A date and time in one column.
    Moment {
        /// The column.
        column: String,
        /// How it is written; ISO 8601 and the usual British writings if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Whose clock it is.
        #[serde(default)]
        clock: Clock,
    },
    /// A date and a time in two columns.
    DateAndTime {
        /// The column with the date.
        date: String,
        /// The column with the time.
        time: String,
        /// How the date is written; ISO 8601 and the usual British writings if not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<String>,
        /// Whose clock it is.
        #[serde(default)]
        clock: Clock,
    },
}

/// Whose clock a time without its own offset is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Clocks in London. In the hour that comes twice in October the first is meant; a time in the
    /// hour that does not exist in March is read as if the clock had not yet been put forward.
    #[default]
    London,
    /// Universal time.
    Utc,
}

/// The columns that tell where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum PlaceColumns {
    /// Degrees, WGS84.
    Position {
        /// The column with the longitude.
        longitude: String,
        /// The column with the latitude.
        latitude: String,
    },
    /// Metres on the British National Grid.
    Grid {
        /// The column with the easting.
        easting: String,
        /// The column with the northing.
        northing: String,
    },
    /// A full postcode.
    Postcode {
        /// The column.
        column: String,
    },
    /// The code of an area.
    Area {
        /// The column.
        column: String,
        /// The kind of area: `lsoa`, `ward`.
        area_kind: String,
        /// The year of the areas.
        vintage: i32,
    },
}

/// The column that tells what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryColumn {
    /// The column; without one every row is of the category `otherwise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The category's code for each value of the column; letter case does not matter.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// The code for all other values; without it they are rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

/// The column that tells the kind of anti-social behaviour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualifierColumn {
    /// The column.
    pub column: String,
    /// The kind for each value, besides the kinds' own names; other values are 'not known'.
    #[serde(default)]
    pub values: BTreeMap<String, Qualifier>,
}

/// The three kinds of anti-social behaviour of the National Standard for Incident Recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Qualifier {
    /// Aimed at a person or group.
    Personal,
    /// Causes trouble, annoyance or suffering to a community.
    Nuisance,
    /// Harms surroundings: litter, graffiti, noise to a place.
    Environmental,
}

impl Qualifier {
    /// The kind of that name.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        [
            ("personal", Self::Personal),
            ("nuisance", Self::Nuisance),
            ("environmental", Self::Environmental),
        ]
        .into_iter()
        .find_map(|(name, kind)| lower.contains(name).then_some(kind))
    }
}

impl Profile {
    /// Reads a profile from TOML.
    ///
    /// # Errors
    /// [`Problem::Profile`], with the parser's words.
    pub fn from_toml(text: &str) -> Result<Self, Problem> {
        toml::from_str(text).map_err(|e| Problem::Profile(e.to_string()))
    }

    /// Writes the profile as TOML.
    ///
    /// # Errors
    /// [`Problem::Profile`], if a value cannot be written.
    pub fn to_toml(&self) -> Result<String, Problem> {
        toml::to_string(self).map_err(|e| Problem::Profile(e.to_string()))
    }
}
