//! What services consist of: telephone numbers, hours, areas, prices, places, and the locations
//! themselves. Each keeps in `extra` what came with it and is not used here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Figure;

/// A telephone number (as in the international standard; the UK profile leaves it out).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone {
    /// Its id.
    pub id: Uuid,
    /// As people write it.
    pub number: String,
    /// What it is for, or what it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// When something is open: a rule after RFC 5545, on the clocks of the United Kingdom.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Schedule {
    /// Its id.
    pub id: Uuid,
    /// The first day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<NaiveDate>,
    /// The first event; from here `interval` counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtstart: Option<NaiveDate>,
    /// `WEEKLY` or `MONTHLY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freq: Option<String>,
    /// Every how many weeks or months.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Figure>,
    /// `MO,TU` or, monthly, `2MO,-1FR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byday: Option<String>,
    /// `1,15,-1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bymonthday: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `09:00` or `09:00:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<String>,
    /// The same; earlier than `opens_at` where it is after midnight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<String>,
    /// A page with the sessions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_link: Option<String>,
    /// How one takes part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attending_type: Option<String>,
    /// Notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An area that a service is for. Without any it is for everybody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceArea {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The code of an area that is loaded here, where `extent_type` is `area code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extent: Option<String>,
    /// What `extent` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extent_type: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The `extent_type` of areas that are loaded here.
pub const AREA_CODE: &str = "area code";

impl ServiceArea {
    /// The code of the loaded area that it is, where it is one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        (self.extent_type.as_deref() == Some(AREA_CODE))
            .then_some(self.extent.as_deref())
            .flatten()
    }
}

/// A language in which a service is given (name and code as in the international standard).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Language {
    /// Its id.
    pub id: Uuid,
    /// Its English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A price.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CostOption {
    /// Its id.
    pub id: Uuid,
    /// For whom or what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub option: Option<String>,
    /// Pounds. Only shown, never reckoned with, so a number as the standard has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Figure>,
    /// Such as 'a session'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_description: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A service at a location.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Its id.
    pub id: Uuid,
    /// The location.
    pub location_id: Uuid,
    /// Opening hours here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    /// Its id.
    pub id: Uuid,
    /// Building and street.
    pub address_1: String,
    /// Town.
    pub city: String,
    /// County.
    pub state_province: String,
    /// Postcode.
    pub postal_code: String,
    /// Two letters, such as `GB`.
    pub country: String,
    /// `physical`, `postal` or `virtual`.
    pub address_type: String,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A location.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// `physical`, `postal` or `virtual`.
    pub location_type: String,
    /// How to find it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Degrees, WGS84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Figure>,
    /// Degrees, WGS84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Figure>,
    /// Its addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// How people get in: objects with `id` and `description`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accessibility: Vec<Value>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Location {
    /// Where it is, where that is known and can be.
    #[must_use]
    pub fn point(&self) -> Option<super::distance::Point> {
        let (longitude, latitude) = (self.longitude?.0, self.latitude?.0);
        super::distance::is_place(longitude, latitude).then_some((longitude, latitude))
    }

    /// How people get in, in words.
    #[must_use]
    pub fn access(&self) -> Vec<&str> {
        self.accessibility
            .iter()
            .filter_map(|item| item.get("description").and_then(Value::as_str))
            .collect()
    }

    /// The town of its address.
    #[must_use]
    pub fn town(&self) -> Option<&str> {
        self.addresses
            .iter()
            .map(|address| address.city.trim())
            .find(|town| !town.is_empty())
    }
}
