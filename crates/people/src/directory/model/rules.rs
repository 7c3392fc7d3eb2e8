//! What a partnership decides about its directory: content, in `data/directory/rules.toml`.

use serde::Deserialize;

/// The shipped rules, as they lie in `data/directory/rules.toml`.
pub const SHIPPED: &str = include_str!("../../../../../data/directory/rules.toml");

/// The rules.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// After so many days without being assured a published service is stale.
    pub stale_after_days: u32,
    /// How often its owner is reminded by mail, in days.
    pub remind_every_days: u32,
    /// Distances to choose from, in miles.
    pub distances: Vec<u32>,
    /// The name of the whole area in leaflets.
    pub whole_area: String,
    /// Kinds of loaded areas for which a leaflet is printed and to which a service can be confined.
    pub area_kinds: Vec<String>,
    /// Who leaflets are for.
    pub audience: Vec<Audience>,
    /// The reminder by mail.
    pub reminder: Reminder,
}

/// Whom a leaflet is for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The youngest, in years.
    pub from_age: Option<u32>,
    /// The oldest, in years.
    pub to_age: Option<u32>,
}

/// The reminder by mail: `{name}`, `{count}`, `{days}`, `{list}` and `{address}` are filled in.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// The subject line.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Rules {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rules: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if rules.stale_after_days == 0 || rules.remind_every_days == 0 {
            return Err("stale_after_days and remind_every_days must be 1 or more".to_owned());
        }
        if rules.distances.contains(&0) {
            return Err("a distance must be 1 mile or more".to_owned());
        }
        for text in [&rules.reminder.subject, &rules.reminder.text] {
            let values = ["name", "count", "days", "list", "address"]
                .map(|name| (name.to_owned(), String::new()));
            commonweal_govuk::text::fill(
                text,
                &values
                    .into_iter()
                    .collect::<std::collections::HashMap<_, _>>(),
            )
            .map_err(|name| format!("the reminder names {{{name}}}, which it is not given"))?;
        }
        Ok(rules)
    }

    /// The audience of a key.
    #[must_use]
    pub fn audience(&self, key: &str) -> Option<&Audience> {
        self.audience.iter().find(|audience| audience.key == key)
    }

    /// Whether a service is stale on a day.
    #[must_use]
    pub fn is_stale(
        &self,
        assured_on: Option<chrono::NaiveDate>,
        today: chrono::NaiveDate,
    ) -> bool {
        assured_on.is_none_or(|assured| assured < self.stale_before(today))
    }

    /// What was assured before this day is stale.
    #[must_use]
    pub fn stale_before(&self, today: chrono::NaiveDate) -> chrono::NaiveDate {
        today - chrono::Days::new(u64::from(self.stale_after_days))
    }
}

impl Audience {
    /// Whether a service may be for them: marked so, or for everybody and taking somebody of their age.
    #[must_use]
    pub fn includes(&self, service: &super::Service) -> bool {
        let (from, to) = (
            f64::from(self.from_age.unwrap_or(0)),
            f64::from(self.to_age.unwrap_or(120)),
        );
        let ages = service.minimum_age.is_none_or(|least| least.0 <= to)
            && service.maximum_age.is_none_or(|most| most.0 >= from);
        ages && (service.audiences.is_empty() || service.audiences.contains(&self.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::model::{Figure, Service};

    #[test]
    fn the_shipped_rules_hold() {
        let rules = Rules::parse(SHIPPED).unwrap();
        assert_eq!(rules.stale_after_days, 90);
        let day = |text: &str| text.parse().unwrap();
        assert!(
            !rules.is_stale(Some(day("2026-03-03")), day("2026-06-01")),
            "90 days is not over 90 days"
        );
        assert!(rules.is_stale(Some(day("2026-03-02")), day("2026-06-01")));
        assert!(rules.is_stale(None, day("2026-06-01")));
        assert!(
            Rules::parse(&SHIPPED.replace("stale_after_days = 90", "stale_after_days = 0"))
                .is_err()
        );
        assert!(Rules::parse(&SHIPPED.replace("{name}", "{nobody}")).is_err());
    }

    #[test]
    fn an_audience_is_told_of_what_takes_them() {
        let rules = Rules::parse(SHIPPED).unwrap();
        let young = rules.audience("young-people").unwrap();
        assert!(young.includes(&Service::default()));
        assert!(!young.includes(&Service {
            minimum_age: Some(Figure(60.0)),
            ..Service::default()
        }));
        assert!(!young.includes(&Service {
            audiences: vec!["families".to_owned()],
            ..Service::default()
        }));
    }
}
