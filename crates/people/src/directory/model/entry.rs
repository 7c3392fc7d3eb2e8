//! Entries, named and shaped as the Open Referral UK 3.0 standard has them, so that what another
//! directory sent comes out again as it was. What we do not use ourselves is kept in `extra`.

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_core::db::DbError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use uuid::Uuid;

pub use super::parts::{
    AREA_CODE, Address, CostOption, Language, Location, Phone, Place, Schedule, ServiceArea,
};

/// A kind of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// What somebody can go to.
    Service,
    /// Who runs services.
    Organisation,
    /// Where services are.
    Location,
}

impl EntryKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Service, Self::Organisation, Self::Location];

    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Organisation => "organisation",
            Self::Location => "location",
        }
    }

    /// Its name in addresses.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Service => "services",
            Self::Organisation => "organisations",
            Self::Location => "locations",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Only for those who keep the directory.
    Draft,
    /// For everybody.
    Published,
    /// Out of use, and kept.
    Archived,
}

impl State {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Published, Self::Archived];

    /// Its name in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// The state of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What every entry has beside its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Its id, also in the Open Referral interface.
    pub id: Uuid,
    /// What people see in addresses.
    pub reference: String,
    /// Whether it is shown.
    pub state: State,
    /// The agency that keeps it.
    pub agency: Option<Uuid>,
    /// The person who keeps it.
    pub owner: Option<Uuid>,
    /// When somebody last read a service through and said that it holds.
    pub assured_on: Option<NaiveDate>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
    /// Its version, for edits.
    pub version: i64,
}

/// An entry: its head and its content.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<T> {
    /// What every entry has.
    pub head: Head,
    /// Its content.
    pub body: T,
}

/// Content that is stored as a JSON object.
pub trait Body: Serialize + DeserializeOwned + Default + Clone + PartialEq {
    /// Of which kind of entry.
    const KIND: EntryKind;

    /// What it is called.
    fn name(&self) -> &str;

    /// As JSON.
    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// From JSON that was stored.
    ///
    /// # Errors
    /// [`DbError::Setup`] where the stored text is not such content.
    fn from_json(value: Value) -> Result<Self, DbError> {
        serde_json::from_value(value)
            .map_err(|error| DbError::Setup(format!("a directory {}: {error}", Self::KIND.name())))
    }
}

/// A number that is written without decimals where it has none, as it came.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Figure(pub f64);

impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Beyond this whole numbers are not exact anyway.
        if self.0.fract() == 0.0 && self.0.abs() < 9e15 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        f64::deserialize(deserializer).map(Self)
    }
}

/// Whether a service goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It does.
    #[default]
    #[serde(rename = "active")]
    Active,
    /// Not at present.
    #[serde(rename = "inactive")]
    Inactive,
    /// It has ended.
    #[serde(rename = "defunct")]
    Defunct,
    /// Closed for a while.
    #[serde(rename = "temporarily closed")]
    TemporarilyClosed,
}

impl Status {
    /// All, with their words.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Active, "active", "Open to people"),
        (
            Self::TemporarilyClosed,
            "temporarily closed",
            "Closed for a while",
        ),
        (Self::Inactive, "inactive", "Not running at present"),
        (Self::Defunct, "defunct", "Ended"),
    ];
}

/// How somebody comes to a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// People get in touch themselves, or a professional does it with them.
    #[default]
    Either,
    /// People get in touch themselves.
    #[serde(rename = "self")]
    Myself,
    /// Only through a professional.
    Professional,
}

impl Route {
    /// All, with their names and words for staff.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (
            Self::Either,
            "either",
            "People themselves, or a professional for them",
        ),
        (Self::Myself, "self", "People themselves"),
        (
            Self::Professional,
            "professional",
            "Only a professional, such as a doctor or housing officer",
        ),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(route, ..)| *route == self)
            .map_or("either", |(_, name, _)| name)
    }
}

/// The referral route: an addition of ours to the standard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    /// Who may ask.
    pub route: Route,
    /// How: 'ring, or fill in the form on our website'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// How long people wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<String>,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Service {
    /// Who runs it.
    pub organization_id: Uuid,
    /// Its name.
    pub name: String,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its address for mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether it goes on.
    pub status: Status,
    /// What it costs, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fees: Option<String>,
    /// Marks of quality.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accreditations: Option<String>,
    /// The youngest age, in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_age: Option<Figure>,
    /// The oldest age, in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_age: Option<Figure>,
    /// Who it is for, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eligibility_description: Option<String>,
    /// The address of whoever assured it elsewhere; ours is never published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assurer_email: Option<String>,
    /// What people must know first, such as 'closed this week'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// Telephone numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// When it is open, wherever.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// Where people must live; everywhere where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_areas: Vec<ServiceArea>,
    /// Where it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub service_at_locations: Vec<Place>,
    /// In which languages beside English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
    /// Prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cost_options: Vec<CostOption>,
    /// Terms of others' taxonomies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Value>,
    /// Keys of terms of our own taxonomy of needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<String>,
    /// Keys of audiences in whose leaflets it stands; everybody's where there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audiences: Vec<String>,
    /// How somebody comes to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// What else came with it, such as contacts and funding.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An organisation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organisation {
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its address for mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Its website.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Service {
    /// Its telephone numbers, those of its contacts after its own: number and what it is for.
    #[must_use]
    pub fn telephones(&self) -> Vec<(String, Option<String>)> {
        let mut all: Vec<(String, Option<String>)> = self
            .phones
            .iter()
            .map(|phone| (phone.number.clone(), phone.description.clone()))
            .collect();
        let contacts = self
            .extra
            .get("contacts")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let phones = contacts
            .filter_map(|contact| contact.get("phones").and_then(Value::as_array))
            .flatten();
        for phone in phones {
            let text = |key: &str| phone.get(key).and_then(Value::as_str).map(str::to_owned);
            if let Some(number) = text("number")
                && !all.iter().any(|(known, _)| *known == number)
            {
                all.push((number, text("description")));
            }
        }
        all
    }

    /// Whether somebody of this age may go.
    #[must_use]
    pub fn takes(&self, age: f64) -> bool {
        // 'To 17' means until the eighteenth birthday.
        self.minimum_age.is_none_or(|least| age >= least.0)
            && self
                .maximum_age
                .is_none_or(|most| age < most.0.floor() + 1.0)
    }
}

impl Body for Service {
    const KIND: EntryKind = EntryKind::Service;
    fn name(&self) -> &str {
        &self.name
    }
}

impl Body for Organisation {
    const KIND: EntryKind = EntryKind::Organisation;
    fn name(&self) -> &str {
        &self.name
    }
}

impl Body for Location {
    const KIND: EntryKind = EntryKind::Location;
    fn name(&self) -> &str {
        if self.name.is_empty() {
            self.addresses
                .first()
                .map_or("", |address| &address.address_1)
        } else {
            &self.name
        }
    }
}

/// Whether an address may be made a link: nothing but the web.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty()
            && !host.contains('@')
            && !text
                .contains(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`\\".contains(c))
            && text.len() <= 2_000
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_web_is_linked() {
        for good in ["https://example.org", "http://example.org/a?b=c#d"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "ftp://example.org",
            "https://",
            "https://a b",
            "https://me@evil",
            "data:text/html,x",
            "https://x\"onclick=",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_not_used_here_is_kept() {
        let text = serde_json::json!({
            "organization_id": Uuid::from_u128(1), "name": "A", "status": "temporarily closed", "minimum_age": 12,
            "contacts": [{"id": "x", "phones": [{"number": "01632 960001"}]}], "minimum_agee": 3.5,
            "schedules": [{"id": Uuid::from_u128(2), "freq": "WEEKLY", "interval": 1, "x": null}]
        });
        let service = Service::from_json(text.clone()).unwrap();
        assert_eq!(service.telephones(), [("01632 960001".to_owned(), None)]);
        assert_eq!(service.to_json(), text);
    }

    proptest! {
        #[test]
        fn an_age_is_taken_exactly_within_the_limits(least in 0_u8..100, width in 0_u8..50, age in 0_u8..150) {
            let most = least + width;
            let service = Service { minimum_age: Some(Figure(least.into())), maximum_age: Some(Figure(most.into())), ..Service::default() };
            prop_assert_eq!(service.takes(age.into()), least <= age && age <= most);
            prop_assert_eq!(service.takes(f64::from(age) + 0.5), least <= age && age <= most);
            prop_assert!(Service::default().takes(age.into()));
        }
    }
}
