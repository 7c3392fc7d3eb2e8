//! What is wrong with a service of a feed: every fault with its place in the JSON.

use commonweal_core::mail::is_address;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Reject;
use crate::directory::model::entry::is_web_address;
use crate::directory::model::hours;

/// The longest text that is taken in.
const LONGEST: usize = 20_000;
/// The most faults that are named of one service.
const MOST: usize = 50;

/// Collects faults while walking.
pub(super) struct Checker {
    pub(super) rejects: Vec<Reject>,
    /// What is taken in all the same, and why it may not be what was meant.
    pub(super) warnings: Vec<Reject>,
}

impl Checker {
    pub(super) fn new() -> Self {
        Self {
            rejects: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn wrong(&mut self, path: &str, reason: &str) {
        if self.rejects.len() < MOST {
            self.rejects.push(Reject {
                path: path.to_owned(),
                reason: reason.to_owned(),
            });
        }
    }

    fn object<'a>(&mut self, value: &'a Value, path: &str) -> Option<&'a Map<String, Value>> {
        let found = value.as_object();
        if found.is_none() {
            self.wrong(path, "is not an object");
        }
        found
    }

    fn id(&mut self, fields: &Map<String, Value>, path: &str) {
        let id = fields.get("id").and_then(Value::as_str);
        if id.is_none_or(|id| id.parse::<Uuid>().is_err()) {
            self.wrong(
                &format!("{path}.id"),
                "is not a UUID, which the standard asks for",
            );
        }
    }

    /// A field that, where it is there, must be text that a test likes.
    fn text(
        &mut self,
        fields: &Map<String, Value>,
        path: &str,
        key: &str,
        fits: fn(&str) -> bool,
        what: &str,
    ) {
        let place = format!("{path}.{key}");
        match fields.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text.chars().count() > LONGEST => {
                self.wrong(&place, "is longer than 20,000 characters");
            }
            Some(Value::String(text)) if fits(text) => {}
            Some(Value::String(_)) => self.wrong(&place, what),
            Some(_) => self.wrong(&place, "is not text"),
        }
    }

    fn required(&mut self, fields: &Map<String, Value>, path: &str, key: &str) {
        let text = fields.get(key).and_then(Value::as_str).unwrap_or_default();
        if text.trim().is_empty() {
            self.wrong(&format!("{path}.{key}"), "is missing");
        } else if text.chars().count() > 500 {
            self.wrong(&format!("{path}.{key}"), "is longer than 500 characters");
        }
    }

    fn number(
        &mut self,
        fields: &Map<String, Value>,
        path: &str,
        key: &str,
        least: f64,
        most: f64,
    ) -> Option<f64> {
        match fields.get(key) {
            None | Some(Value::Null) => None,
            Some(value) => match value.as_f64() {
                Some(number) if (least..=most).contains(&number) => Some(number),
                Some(_) => {
                    self.wrong(
                        &format!("{path}.{key}"),
                        &format!("is not between {least} and {most}"),
                    );
                    None
                }
                None => {
                    self.wrong(&format!("{path}.{key}"), "is not a number");
                    None
                }
            },
        }
    }

    fn each(
        &mut self,
        fields: &Map<String, Value>,
        path: &str,
        key: &str,
        one: fn(&mut Self, &Map<String, Value>, &str),
    ) {
        let place = format!("{path}.{key}");
        match fields.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (number, item) in items.iter().enumerate() {
                    let place = format!("{place}[{number}]");
                    if let Some(fields) = self.object(item, &place) {
                        self.id(fields, &place);
                        one(self, fields, &place);
                    }
                }
            }
            Some(_) => self.wrong(&place, "is not a list"),
        }
    }

    /// Checks a service with everything that belongs to it.
    pub(super) fn service(&mut self, value: &Value, path: &str) {
        let Some(fields) = self.object(value, path) else {
            return;
        };
        self.id(fields, path);
        self.required(fields, path, "name");
        let status = fields.get("status").and_then(Value::as_str);
        if !status.is_some_and(|status| {
            ["active", "inactive", "defunct", "temporarily closed"].contains(&status)
        }) {
            self.wrong(
                &format!("{path}.status"),
                "is not active, inactive, defunct or temporarily closed",
            );
        }
        self.texts(
            fields,
            path,
            &[
                "description",
                "fees",
                "accreditations",
                "alert",
                "eligibility_description",
            ],
        );
        self.text(
            fields,
            path,
            "url",
            is_web_address,
            "is not an address that begins with https:// or http://",
        );
        self.text(
            fields,
            path,
            "email",
            is_address,
            "is not an e-mail address",
        );
        self.text(
            fields,
            path,
            "assurer_email",
            is_address,
            "is not an e-mail address",
        );
        self.text(
            fields,
            path,
            "assured_date",
            is_date,
            "is not a date such as 2026-05-01",
        );
        self.text(
            fields,
            path,
            "last_modified",
            is_moment,
            "is not a time such as 2026-05-01T09:00:00Z",
        );
        let least = self.number(fields, path, "minimum_age", 0.0, 150.0);
        let most = self.number(fields, path, "maximum_age", 0.0, 150.0);
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            self.wrong(
                &format!("{path}.maximum_age"),
                "is less than the minimum age",
            );
        }
        match fields.get("organization") {
            Some(organization) => self.organization(organization, &format!("{path}.organization")),
            None => self.wrong(
                &format!("{path}.organization"),
                "is missing: without it nobody knows who runs the service",
            ),
        }
        self.each(fields, path, "phones", |checker, fields, path| {
            checker.required(fields, path, "number");
        });
        self.each(fields, path, "schedules", Self::schedule);
        self.each(fields, path, "service_areas", |checker, fields, path| {
            checker.texts(fields, path, &["name", "extent", "extent_type"]);
        });
        self.each(fields, path, "languages", |checker, fields, path| {
            checker.texts(fields, path, &["name"]);
        });
        self.each(fields, path, "cost_options", |checker, fields, path| {
            checker.number(fields, path, "amount", 0.0, 1e9);
            checker.texts(fields, path, &["option", "amount_description"]);
        });
        self.each(fields, path, "attributes", |_, _, _| {});
        self.each(fields, path, "contacts", |checker, fields, path| {
            checker.each(fields, path, "phones", |checker, fields, path| {
                checker.required(fields, path, "number");
            });
        });
        self.each(
            fields,
            path,
            "service_at_locations",
            |checker, fields, path| {
                checker.each(fields, path, "schedules", Self::schedule);
                match fields.get("location") {
                    Some(location) => checker.location(location, &format!("{path}.location")),
                    None => checker.wrong(&format!("{path}.location"), "is missing"),
                }
            },
        );
    }

    fn texts(&mut self, fields: &Map<String, Value>, path: &str, keys: &[&str]) {
        for key in keys {
            self.text(fields, path, key, |_| true, "");
        }
    }

    fn organization(&mut self, value: &Value, path: &str) {
        let Some(fields) = self.object(value, path) else {
            return;
        };
        self.id(fields, path);
        self.required(fields, path, "name");
        self.texts(fields, path, &["description"]);
        self.text(
            fields,
            path,
            "website",
            is_web_address,
            "is not an address that begins with https:// or http://",
        );
        self.text(
            fields,
            path,
            "email",
            is_address,
            "is not an e-mail address",
        );
    }

    fn schedule(&mut self, fields: &Map<String, Value>, path: &str) {
        for key in ["valid_from", "valid_to", "dtstart"] {
            self.text(
                fields,
                path,
                key,
                is_date,
                "is not a date such as 2026-05-01",
            );
        }
        for key in ["opens_at", "closes_at"] {
            self.text(
                fields,
                path,
                key,
                |text| hours::minutes(text).is_some(),
                "is not a time such as 09:00",
            );
        }
        self.text(
            fields,
            path,
            "freq",
            |text| ["WEEKLY", "MONTHLY"].contains(&text),
            "is not WEEKLY or MONTHLY",
        );
        self.text(
            fields,
            path,
            "byday",
            |text| hours::by_day(text).is_some(),
            "is not a list of days such as MO,TU",
        );
        self.text(
            fields,
            path,
            "bymonthday",
            |text| hours::by_month_day(text).is_some(),
            "is not a list of days of the month such as 1,15",
        );
        self.number(fields, path, "interval", 1.0, 100.0);
        self.texts(fields, path, &["description", "notes", "attending_type"]);
        self.text(
            fields,
            path,
            "schedule_link",
            is_web_address,
            "is not an address that begins with https:// or http://",
        );
    }

    fn location(&mut self, value: &Value, path: &str) {
        let Some(fields) = self.object(value, path) else {
            return;
        };
        self.id(fields, path);
        let kind = fields.get("location_type").and_then(Value::as_str);
        if !kind.is_some_and(|kind| ["physical", "postal", "virtual"].contains(&kind)) {
            self.wrong(
                &format!("{path}.location_type"),
                "is not physical, postal or virtual",
            );
        }
        for (key, most) in [("latitude", 90.0), ("longitude", 180.0)] {
            // A place that cannot be is kept as it came: it is the publisher's to mend. Distances do without it.
            if let Some(number) = self.number(fields, path, key, -1e6, 1e6)
                && number.abs() > most
            {
                let reason = format!(
                    "{number} is no {key}; it is kept, but no distance is reckoned from it"
                );
                self.warnings.push(Reject {
                    path: format!("{path}.{key}"),
                    reason,
                });
            }
        }
        self.texts(fields, path, &["name", "description"]);
        self.each(fields, path, "addresses", |checker, fields, path| {
            for key in [
                "address_1",
                "city",
                "state_province",
                "postal_code",
                "country",
                "address_type",
            ] {
                checker.text(fields, path, key, |_| true, "");
                if fields.get(key).is_none_or(Value::is_null) {
                    checker.wrong(&format!("{path}.{key}"), "is missing");
                }
            }
        });
        self.each(fields, path, "accessibility", |checker, fields, path| {
            checker.texts(fields, path, &["description"]);
        });
    }
}

fn is_date(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>().is_ok()
}

fn is_moment(text: &str) -> bool {
    text.parse::<chrono::DateTime<chrono::Utc>>().is_ok()
}
