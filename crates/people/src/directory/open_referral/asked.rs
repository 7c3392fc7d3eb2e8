//! The standard's parameters. They add up: an answer meets all of them.

use chrono::{DateTime, Utc};
use commonweal_records::geography::postcode::Postcode;
use uuid::Uuid;

use super::export;
use crate::directory::model::distance::{Point, metres};
use crate::directory::model::hours::{self, DAYS};
use crate::directory::model::needs::Needs;
use crate::directory::model::search::{self, Directory, Question};
use crate::directory::model::{Entry, Location, Schedule, Service};

/// The most entries a page.
const MOST: usize = 500;
/// Entries a page where nothing is said.
const USUAL: usize = 50;

/// What was asked, read from the query of the address. Parameters that the standard does not know
/// are passed over, as HTTP clients add their own.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) page: usize,
    pub(super) size: usize,
    pub(super) full: bool,
    pub(super) minimal: bool,
    pub(super) postcode: Option<Postcode>,
    pub(super) search: Option<String>,
    term: Option<String>,
    taxonomy: Option<String>,
    organization: Option<Uuid>,
    minimum_age: Option<f64>,
    maximum_age: Option<f64>,
    start: Option<u32>,
    end: Option<u32>,
    day: Option<usize>,
    proximity: Option<f64>,
    modified_after: Option<DateTime<Utc>>,
}

/// Where a postcode lies: its point and the areas that hold it.
pub(super) type Around = Option<(Point, Vec<String>)>;

impl Asked {
    /// Reads the query.
    ///
    /// # Errors
    /// A sentence that names the parameter.
    pub(super) fn read(pairs: &[(String, String)]) -> Result<Self, String> {
        let mut asked = Self {
            page: 1,
            size: USUAL,
            ..Self::default()
        };
        for (name, value) in pairs {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            let wrong = |what: &str| format!("The parameter '{name}' must be {what}.");
            let number = || {
                value
                    .parse::<f64>()
                    .ok()
                    .filter(|number| number.is_finite() && *number >= 0.0)
            };
            let yes = || matches!(value, "true" | "1");
            match name.as_str() {
                "page" => {
                    let page = value.parse().ok().filter(|page| *page >= 1);
                    asked.page = page.ok_or_else(|| wrong("a whole number from 1"))?;
                }
                "per_page" => {
                    let size = value.parse().ok().filter(|size| (1..=MOST).contains(size));
                    asked.size = size.ok_or_else(|| wrong("a whole number from 1 to 500"))?;
                }
                "full" => asked.full = yes(),
                "minimal" => asked.minimal = yes(),
                "search" => asked.search = Some(value.chars().take(200).collect()),
                "taxonomy_term_id" => asked.term = Some(value.to_owned()),
                "taxonomy_id" => asked.taxonomy = Some(value.to_owned()),
                "organization_id" => {
                    asked.organization = Some(value.parse().map_err(|_| wrong("a UUID"))?);
                }
                "minimum_age" => {
                    asked.minimum_age = Some(number().ok_or_else(|| wrong("an age in years"))?);
                }
                "maximum_age" => {
                    asked.maximum_age = Some(number().ok_or_else(|| wrong("an age in years"))?);
                }
                "start_time" => {
                    asked.start =
                        Some(hours::minutes(value).ok_or_else(|| wrong("a time such as 09:00"))?);
                }
                "end_time" => {
                    asked.end =
                        Some(hours::minutes(value).ok_or_else(|| wrong("a time such as 17:00"))?);
                }
                "day" => {
                    asked.day =
                        Some(day(value).ok_or_else(|| wrong("a day such as MO or Monday"))?);
                }
                "postcode" => {
                    let postcode = value
                        .parse()
                        .map_err(|_| wrong("a full postcode such as DH1 5UL"))?;
                    asked.postcode = Some(postcode);
                }
                "proximity" => {
                    asked.proximity = Some(number().ok_or_else(|| wrong("a distance in metres"))?);
                }
                "modified_after" => {
                    let day = || {
                        value
                            .parse::<chrono::NaiveDate>()
                            .ok()
                            .map(|day| day.and_time(chrono::NaiveTime::MIN).and_utc())
                    };
                    let moment = value.parse().ok().or_else(day);
                    asked.modified_after =
                        Some(moment.ok_or_else(|| wrong("a time such as 2026-01-31T00:00:00Z"))?);
                }
                _ => {}
            }
        }
        if asked.proximity.is_some() && asked.postcode.is_none() {
            return Err("The parameter 'proximity' needs the parameter 'postcode'.".to_owned());
        }
        Ok(asked)
    }

    /// The services that meet everything.
    pub(super) fn services<'a>(
        &self,
        needs: &Needs,
        directory: &'a Directory,
        around: &Around,
    ) -> Vec<&'a Entry<Service>> {
        let words = self.search.as_ref().map(|words| {
            let question = Question {
                words: words.clone(),
                ..Question::default()
            };
            // Whether something is open does not matter here, so that any moment will do.
            let found = search::find(directory, needs, &question, chrono::NaiveDateTime::MIN);
            found
                .hits
                .iter()
                .map(|hit| hit.service.head.id)
                .collect::<Vec<_>>()
        });
        let mut found: Vec<&Entry<Service>> = directory
            .services
            .iter()
            .filter(|entry| {
                words
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&entry.head.id))
            })
            .filter(|entry| self.meets(needs, entry) && self.covers(directory, entry, around))
            .collect();
        if let Some(ids) = words {
            found.sort_by_key(|entry| ids.iter().position(|id| *id == entry.head.id));
        }
        found
    }

    fn meets(&self, needs: &Needs, entry: &Entry<Service>) -> bool {
        let body = &entry.body;
        let attribute = |wanted: &str, key: &str| {
            body.attributes.iter().any(|attribute| {
                let text = |value: Option<&serde_json::Value>| {
                    value.and_then(serde_json::Value::as_str) == Some(wanted)
                };
                text(attribute.pointer(&format!("/taxonomy_term/{key}")))
                    || (key == "id" && text(attribute.get("taxonomy_term_id")))
            })
        };
        let own_term = |wanted: &str| {
            needs.terms.iter().any(|term| {
                term.id.to_string() == wanted.to_lowercase() && body.terms.contains(&term.key)
            })
        };
        let own_taxonomy = |wanted: &str| {
            needs.taxonomy.id.to_string() == wanted.to_lowercase() && !body.terms.is_empty()
        };
        self.term
            .as_deref()
            .is_none_or(|wanted| own_term(wanted) || attribute(wanted, "id"))
            && self
                .taxonomy
                .as_deref()
                .is_none_or(|wanted| own_taxonomy(wanted) || attribute(wanted, "taxonomy_id"))
            && self
                .organization
                .is_none_or(|wanted| body.organization_id == wanted)
            && self
                .minimum_age
                .is_none_or(|least| body.minimum_age.is_some_and(|age| age.0 >= least))
            && self
                .maximum_age
                .is_none_or(|most| body.maximum_age.is_some_and(|age| age.0 <= most))
            && self
                .modified_after
                .is_none_or(|after| export::last_modified(entry) >= after)
            && self.open(&search::all_hours(body))
    }

    /// Whether one schedule meets start, end and day together.
    fn open(&self, schedules: &[Schedule]) -> bool {
        if self.start.is_none() && self.end.is_none() && self.day.is_none() {
            return true;
        }
        let time = |text: &Option<String>| text.as_deref().and_then(hours::minutes);
        schedules.iter().any(|schedule| {
            self.start
                .is_none_or(|start| time(&schedule.opens_at).is_some_and(|opens| opens >= start))
                && self
                    .end
                    .is_none_or(|end| time(&schedule.closes_at).is_some_and(|closes| closes <= end))
                && self
                    .day
                    .and_then(|day| DAYS.get(day))
                    .is_none_or(|(_, wanted)| {
                        let days = schedule
                            .byday
                            .as_deref()
                            .and_then(hours::by_day)
                            .unwrap_or_default();
                        days.iter().any(|(_, day)| day == wanted)
                    })
        })
    }

    fn covers(&self, directory: &Directory, entry: &Entry<Service>, around: &Around) -> bool {
        let Some((point, areas)) = around else {
            return true;
        };
        let codes: Vec<&str> = entry
            .body
            .service_areas
            .iter()
            .filter_map(|area| area.code())
            .collect();
        let covered = codes.is_empty()
            || codes
                .iter()
                .any(|code| areas.iter().any(|area| area == code));
        covered
            && (self.proximity.is_none()
                || directory
                    .places(&entry.body)
                    .any(|(_, location)| self.is_near(location, *point)))
    }

    fn is_near(&self, location: &Entry<Location>, from: Point) -> bool {
        let point = location.body.point();
        self.proximity
            .is_none_or(|most| point.is_some_and(|to| metres(from, to) <= most))
    }

    /// Whether a location is near enough.
    pub(super) fn takes(&self, location: &Entry<Location>, around: &Around) -> bool {
        around
            .as_ref()
            .is_none_or(|(point, _)| self.is_near(location, *point))
    }
}

/// `MO`, `Mon` or `Monday`, as its place in the week.
fn day(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    let names = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    names
        .iter()
        .position(|name| text.len() >= 2 && name.starts_with(&text))
}
