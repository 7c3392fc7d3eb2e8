//! What is known of a person or an organisation.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contact::Means;
use super::rules::{Decision, Point, Rules, may_contact};

commonweal_core::typed_id!(
    /// A person or an organisation. It never changes and is never used again, so that records may
    /// name it for good; where two turn out to be one, both ids stay good.
    PartyId
);
commonweal_core::typed_id!(
    /// A way of reaching a party.
    ContactId
);

/// The prefix of a party's reference: `P-7K3M-9QX4`.
pub const PREFIX: &str = "P";

/// A person or an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartyKind {
    /// A person.
    Person,
    /// An organisation.
    Organisation,
}

impl PartyKind {
    /// Its name in tables and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Organisation => "organisation",
        }
    }

    /// The kind of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Person, Self::Organisation]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// How old a person is, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Age {
    /// Not known.
    #[default]
    Unknown,
    /// The date of birth.
    Born(NaiveDate),
    /// About so many years old on a day.
    About {
        /// Years.
        years: u8,
        /// The day on which it was said.
        on: NaiveDate,
    },
}

impl Age {
    /// Whole years on a day, where known.
    #[must_use]
    pub fn years(self, today: NaiveDate) -> Option<u32> {
        match self {
            Self::Unknown => None,
            Self::Born(born) => today.years_since(born),
            Self::About { years, on } => {
                Some(u32::from(years) + today.years_since(on).unwrap_or(0))
            }
        }
    }

    /// Whether the person is under 18 on a day, where known. Who was born on 29 February turns 18
    /// on 1 March, as the law counts.
    #[must_use]
    pub fn under_18(self, today: NaiveDate) -> Option<bool> {
        self.years(today).map(|years| years < 18)
    }

    /// In words for a page: the date and the years, or 'About 40'.
    #[must_use]
    pub fn words(self, today: NaiveDate) -> Option<String> {
        let years = self.years(today)?;
        Some(match self {
            Self::Born(born) => format!("{} ({years} years old)", born.format("%-d %B %Y")),
            _ => format!("About {years}"),
        })
    }
}

/// What is known of a party, but for its contact points and wishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// A person or an organisation.
    pub kind: PartyKind,
    /// A person's given names.
    pub given: String,
    /// A person's family name.
    pub family: String,
    /// What a person is called, where it is not the given name; also a former or other name.
    pub known_as: String,
    /// An organisation's name.
    pub organisation: String,
    /// A person's age.
    pub age: Age,
    /// Such as 'she/her', where the person said so.
    pub pronouns: String,
    /// The language that a person understands best, where it is not English.
    pub language: String,
    /// Whether a person needs an interpreter.
    pub interpreter: bool,
    /// What a disabled person needs from whoever works with them.
    pub adjustments: String,
    /// Where all this comes from: who said it, or which system.
    pub source: String,
}

impl Details {
    /// Nothing known yet of a person or organisation.
    #[must_use]
    pub fn of(kind: PartyKind) -> Self {
        Self {
            kind,
            given: String::new(),
            family: String::new(),
            known_as: String::new(),
            organisation: String::new(),
            age: Age::Unknown,
            pronouns: String::new(),
            language: String::new(),
            interpreter: false,
            adjustments: String::new(),
            source: String::new(),
        }
    }

    /// A person whose name is known only as they wrote it.
    #[must_use]
    pub fn person(name: &str) -> Self {
        let name = name.trim();
        let (given, family) = name.rsplit_once(' ').unwrap_or((name, ""));
        Self {
            given: given.trim().to_owned(),
            family: family.to_owned(),
            ..Self::of(PartyKind::Person)
        }
    }

    /// The name to show: an organisation's, a person's given and family name, or what a person is
    /// known as where no more is known.
    #[must_use]
    pub fn name(&self) -> String {
        if self.kind == PartyKind::Organisation {
            return self.organisation.clone();
        }
        let names = [&self.given, &self.family];
        let names: Vec<&str> = names
            .into_iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() {
            self.known_as.clone()
        } else {
            names.join(" ")
        }
    }

    /// Names of the fields in which two differ, for events.
    #[must_use]
    pub fn differs(&self, other: &Self) -> Vec<&'static str> {
        let Self {
            kind,
            given,
            family,
            known_as,
            organisation,
            age,
            pronouns,
            language,
            interpreter,
            adjustments,
            source,
        } = self;
        let same = [
            ("kind", *kind == other.kind),
            ("given", *given == other.given),
            ("family", *family == other.family),
            ("known_as", *known_as == other.known_as),
            ("organisation", *organisation == other.organisation),
            ("age", *age == other.age),
            ("pronouns", *pronouns == other.pronouns),
            ("language", *language == other.language),
            ("interpreter", *interpreter == other.interpreter),
            ("adjustments", *adjustments == other.adjustments),
            ("source", *source == other.source),
        ];
        let differing = same.into_iter().filter(|(_, same)| !same);
        differing.map(|(name, _)| name).collect()
    }
}

/// A way of reaching a party, as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewContact {
    /// By what.
    pub means: Means,
    /// What people call it, such as 'Work' or 'Her sister'.
    pub label: String,
    /// In the normal form of its means.
    pub value: String,
    /// Whether it is in or at the person's home.
    pub home: bool,
    /// Whether the person agreed to be reached by it.
    pub agreed: bool,
}

/// A way of reaching a party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// What it is.
    pub given: NewContact,
}

impl Contact {
    /// Whether it may be used at this moment.
    #[must_use]
    pub fn decision(&self, rules: &Rules, when: DateTime<Utc>) -> Decision {
        let point = Point {
            means: self.given.means,
            home: self.given.home,
            agreed: self.given.agreed,
        };
        may_contact(rules, point, when)
    }
}

/// A party that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewParty {
    /// What is known.
    pub details: Details,
    /// The agency that adds it, and whose it is.
    pub agency: Uuid,
    /// Ways of reaching it.
    pub contacts: Vec<NewContact>,
    /// Wishes about safe contact.
    pub rules: Rules,
}

impl NewParty {
    /// A person who gave contact details in a form.
    #[must_use]
    pub fn of_contact(details: super::contact::ContactDetails, agency: Uuid, source: &str) -> Self {
        let point = |means, value: Option<String>, agreed| {
            value.map(|value| NewContact {
                means,
                label: String::new(),
                value,
                home: false,
                agreed,
            })
        };
        let phone = point(Means::Phone, details.phone, details.by_phone);
        let email = point(Means::Email, details.email, details.by_email);
        Self {
            details: Details {
                source: source.to_owned(),
                ..Details::person(&details.name)
            },
            agency,
            contacts: phone.into_iter().chain(email).collect(),
            rules: details.rules,
        }
    }
}

/// A party as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its id.
    pub id: PartyId,
    /// What people call it by, such as `P-7K3M-9QX4`.
    pub reference: String,
    /// The agency that added it.
    pub agency: Uuid,
    /// That agency's name.
    pub agency_name: String,
    /// What is known.
    pub details: Details,
    /// Ways of reaching it, in the order in which they were added.
    pub contacts: Vec<Contact>,
    /// Wishes about safe contact.
    pub rules: Rules,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
    /// Its version, for edits.
    pub version: i64,
}

/// A party in a line: for lists, and for the question kind 'person'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief {
    /// Its id.
    pub id: PartyId,
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// What tells it apart from others of the name: also known as, born in, whose it is.
    pub line: String,
}

impl Brief {
    /// A party in a line.
    #[must_use]
    pub fn of(party: &Party) -> Self {
        let details = &party.details;
        let mut parts = Vec::new();
        if details.kind == PartyKind::Organisation {
            parts.push("Organisation".to_owned());
        }
        if !details.known_as.is_empty() && details.known_as != details.name() {
            parts.push(format!("Known as {}", details.known_as));
        }
        match details.age {
            Age::Born(born) => parts.push(format!("Born in {}", born.year())),
            Age::About { years, on } => parts.push(format!("About {years} in {}", on.year())),
            Age::Unknown => {}
        }
        parts.push(party.agency_name.clone());
        Self {
            id: party.id,
            reference: party.reference.clone(),
            name: details.name(),
            line: parts.join(", "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn who_is_under_18_follows_from_the_day() {
        let born = Age::Born(day(2008, 6, 2));
        assert_eq!(born.under_18(day(2026, 6, 1)), Some(true));
        assert_eq!(born.under_18(day(2026, 6, 2)), Some(false));
        assert_eq!(
            Age::Born(day(2008, 2, 29)).under_18(day(2026, 2, 28)),
            Some(true)
        );
        assert_eq!(
            Age::Born(day(2008, 2, 29)).under_18(day(2026, 3, 1)),
            Some(false)
        );
        let about = Age::About {
            years: 16,
            on: day(2024, 1, 1),
        };
        assert_eq!(about.under_18(day(2025, 12, 31)), Some(true));
        assert_eq!(about.under_18(day(2026, 1, 1)), Some(false));
        assert_eq!(Age::Unknown.under_18(day(2026, 1, 1)), None);
        assert_eq!(Age::Born(day(2030, 1, 1)).years(day(2026, 1, 1)), None);
        assert_eq!(
            born.words(day(2026, 6, 2)).unwrap(),
            "2 June 2008 (18 years old)"
        );
    }

    #[test]
    fn a_name_is_shown_as_far_as_it_is_known() {
        let mut person = Details::person(" Mary Ann  Ridley ");
        assert_eq!(
            (person.given.as_str(), person.family.as_str()),
            ("Mary Ann", "Ridley")
        );
        assert_eq!(person.name(), "Mary Ann Ridley");
        person.given.clear();
        assert_eq!(person.name(), "Ridley");
        assert_eq!(Details::person("Cher").name(), "Cher");
        let stranger = Details {
            known_as: "Bob".to_owned(),
            ..Details::of(PartyKind::Person)
        };
        assert_eq!(stranger.name(), "Bob");
        let mut other = stranger.clone();
        other.language = "Polish".to_owned();
        assert_eq!(stranger.differs(&other), ["language"]);
        assert!(stranger.differs(&stranger).is_empty());
    }
}
