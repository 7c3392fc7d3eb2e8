//! Which column is what: content `intake/import-NAME.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What people call it.
    pub title: String,
    /// The partner's name in the list of agencies.
    pub agency: String,
    /// The column of their own reference.
    pub reference: String,
    /// The columns whose words make the report.
    pub description: Vec<String>,
    /// The day.
    pub date: When,
    /// The time of day.
    pub time: Option<When>,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: Types,
    /// Where.
    pub place: Where,
    /// Whether it is in or at a home.
    pub at_home: Option<Yes>,
}

/// A column of days or times.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Its heading.
    pub column: String,
    /// How they are written; the first that fits counts.
    pub formats: Vec<String>,
}

/// A column of categories.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Types {
    /// Its heading.
    pub column: String,
    /// The type's key of each category.
    pub map: BTreeMap<String, String>,
    /// The type's key of every other category; without it they are refused.
    pub otherwise: Option<String>,
}

/// Columns of places.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// Columns of words, such as an address and its postcode.
    pub words: Vec<String>,
    /// The column of degrees north, WGS84.
    pub latitude: Option<String>,
    /// The column of degrees east.
    pub longitude: Option<String>,
}

/// A column of yes and no.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Yes {
    /// Its heading.
    pub column: String,
    /// What means yes, whatever its case; everything else means no.
    pub yes: Vec<String>,
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let profile: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if profile.description.is_empty() {
            return Err("description names no column".to_owned());
        }
        if profile.place.words.is_empty() {
            return Err("place.words names no column".to_owned());
        }
        if profile.place.latitude.is_some() != profile.place.longitude.is_some() {
            return Err("place needs both latitude and longitude, or neither".to_owned());
        }
        for when in std::iter::once(&profile.date).chain(&profile.time) {
            let bad = |format: &String| {
                chrono::format::StrftimeItems::new(format)
                    .any(|item| matches!(item, chrono::format::Item::Error))
            };
            if when.formats.is_empty() || when.formats.iter().any(bad) {
                return Err(format!("'{}' needs formats such as %d/%m/%Y", when.column));
            }
        }
        Ok(profile)
    }

    /// Every column that must be there.
    pub(super) fn columns(&self) -> Vec<&str> {
        let place = &self.place;
        let mut all = vec![
            self.reference.as_str(),
            &self.date.column,
            &self.kind.column,
        ];
        all.extend(
            self.description
                .iter()
                .chain(&place.words)
                .map(String::as_str),
        );
        all.extend(
            place
                .latitude
                .iter()
                .chain(&place.longitude)
                .map(String::as_str),
        );
        all.extend(self.time.iter().map(|when| when.column.as_str()));
        all.extend(self.at_home.iter().map(|yes| yes.column.as_str()));
        all
    }
}
