//! Whose a new report becomes: the first rule that fits decides.

use chrono::NaiveTime;
use serde::Deserialize;
use uuid::Uuid;

use super::Wrong;

/// An agency that a matter can become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kind, such as `police`.
    pub kind: String,
}

/// The rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    default: To,
    #[serde(rename = "rule", default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default)]
    types: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    at_home: Option<bool>,
    happening_now: Option<bool>,
    /// From and to, such as `18:00-08:00`.
    #[serde(default, deserialize_with = "hours")]
    hours: Option<(NaiveTime, NaiveTime)>,
    to: To,
    because: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    kind: Option<String>,
    name: Option<String>,
    #[serde(default)]
    landlord: bool,
}

/// What the rules read of a report.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The type's key.
    pub kind: &'a str,
    /// Flags that are suggested.
    pub flags: &'a [String],
    /// Whether it is in or at a home.
    pub at_home: bool,
    /// Whether it is happening now.
    pub now: bool,
    /// The time of day at the place.
    pub time: NaiveTime,
    /// The landlord that the reporter named, where it is in the partnership.
    pub landlord: Option<Uuid>,
}

/// Where a report goes, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routed {
    /// The agency.
    pub agency: Uuid,
    /// Why, to follow 'because'.
    pub because: String,
}

fn hours<'de, D: serde::Deserializer<'de>>(
    input: D,
) -> Result<Option<(NaiveTime, NaiveTime)>, D::Error> {
    let text = String::deserialize(input)?;
    let time = |part: &str| NaiveTime::parse_from_str(part.trim(), "%H:%M").ok();
    text.split_once('-')
        .and_then(|(from, to)| time(from).zip(time(to)))
        .map(Some)
        .ok_or_else(|| serde::de::Error::custom(format!("'{text}' is no span such as 18:00-08:00")))
}

impl To {
    fn find(&self, agencies: &[Agency], landlord: Option<Uuid>) -> Option<Uuid> {
        if self.landlord {
            return landlord.filter(|id| agencies.iter().any(|agency| agency.id == *id));
        }
        let fits = |agency: &&Agency| match (&self.name, &self.kind) {
            (Some(name), _) => agency.name == *name,
            (None, Some(kind)) => agency.kind == *kind,
            (None, None) => false,
        };
        agencies.iter().find(fits).map(|agency| agency.id)
    }
}

impl Routing {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let routing: Self = toml::from_str(text)?;
        let mut all = std::iter::once(&routing.default).chain(routing.rules.iter().map(|r| &r.to));
        if all.any(|to| to.kind.is_none() && to.name.is_none() && !to.landlord) {
            return Err(Wrong(
                "a rule's 'to' names no agency: give kind, name or landlord = true".to_owned(),
            ));
        }
        Ok(routing)
    }

    /// The types that rules speak of.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.rules
            .iter()
            .flat_map(|rule| rule.types.iter().map(String::as_str))
    }

    /// Where a report goes. Where no rule leads to an agency that there is, and the default's is not
    /// there, it stays with the agency whose door it came by.
    #[must_use]
    pub fn route(&self, asked: Asked<'_>, agencies: &[Agency], door: Uuid) -> Routed {
        let fits = |rule: &&Rule| {
            (rule.types.is_empty() || rule.types.iter().any(|key| key == asked.kind))
                && (rule.flags.is_empty()
                    || rule.flags.iter().any(|flag| asked.flags.contains(flag)))
                && rule.at_home.is_none_or(|at_home| at_home == asked.at_home)
                && rule.happening_now.is_none_or(|now| now == asked.now)
                && rule
                    .hours
                    .is_none_or(|(from, to)| within(asked.time, from, to))
        };
        let ruled = self.rules.iter().filter(fits).find_map(|rule| {
            let agency = rule.to.find(agencies, asked.landlord)?;
            Some(Routed {
                agency,
                because: rule.because.clone(),
            })
        });
        ruled.unwrap_or_else(|| match self.default.find(agencies, None) {
            Some(agency) => Routed {
                agency,
                because: "no other rule fits".to_owned(),
            },
            None => Routed {
                agency: door,
                because: "it came by their door".to_owned(),
            },
        })
    }
}

/// Whether a time lies in a span that may go over midnight.
fn within(time: NaiveTime, from: NaiveTime, to: NaiveTime) -> bool {
    if from <= to {
        (from..to).contains(&time)
    } else {
        time >= from || time < to
    }
}
