//! What must be said with every figure: what it counts, where it comes from, and how far it
//! can be trusted.

use chrono::{DateTime, Utc};
use commonweal_access::web::Settings;
use commonweal_govuk::format::whole;
use serde::Serialize;

use crate::cube::{By, Snapshot};
use crate::map::missing;
use crate::view::View;

const LICENCE: &str = "Street-level police figures: data.police.uk. Boundaries and population: Office for National \
    Statistics. Contains public sector information licensed under the Open Government Licence v3.0. Contains OS data \
    \u{a9} Crown copyright and database right.";

const HONESTY: &str = "Police points are not where something happened: each incident is moved to the nearest of a \
    list of map points, each standing for at least eight addresses. Nothing finer than a cell of about 190 m edge is \
    shown. Figures count what was recorded, not what happened.";

const MADE_UP: &str = "Made-up data: no figure is about real people or events.";

/// The statements about a view's figures.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Statements {
    /// The view in words.
    pub filter: String,
    /// What is counted by.
    pub counted_by: String,
    /// Where the same view can be seen.
    pub address: String,
    /// Who recorded, the licence, the limits; made-up data first of all.
    pub all: Vec<String>,
    /// When it was made, for a file.
    pub made: Option<String>,
    /// Whether the data are made up.
    pub made_up: bool,
}

impl Statements {
    /// The statements about a view.
    #[must_use]
    pub fn new(settings: &Settings, snapshot: &Snapshot, view: &View) -> Self {
        let mut all = Vec::new();
        if settings.made_up_data {
            all.push(MADE_UP.to_owned());
        }
        all.extend(recorded_by(snapshot, view));
        all.extend(missing(snapshot, view));
        if settings.made_up_data {
            all.push("Boundaries: Office for National Statistics, licensed under the Open Government Licence v3.0. \
                Contains OS data \u{a9} Crown copyright and database right.".to_owned());
        } else {
            all.push(LICENCE.to_owned());
        }
        all.push(HONESTY.to_owned());
        Self {
            filter: view.words(snapshot),
            counted_by: by_words(snapshot, view),
            address: format!(
                "{}/map?{}",
                settings.address.trim_end_matches('/'),
                view.query()
            ),
            all,
            made: None,
            made_up: settings.made_up_data,
        }
    }

    /// Notes when it was made.
    pub(super) fn made_at(&mut self, now: DateTime<Utc>) {
        self.made = Some(now.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    }

    /// All of it as lines for a file.
    #[must_use]
    pub(super) fn lines(&self, counted: u64, elsewhere: u32) -> Vec<String> {
        let number = |n| whole(i64::try_from(n).unwrap_or(i64::MAX));
        let mut lines = vec![
            format!("Filter: {}", self.filter),
            format!("Counted by: {}", self.counted_by),
            format!(
                "Incidents: {}, of which {} in none of these places",
                number(counted),
                number(u64::from(elsewhere))
            ),
        ];
        lines.extend(self.all.iter().cloned());
        lines.push(format!("The same view: {}", self.address));
        lines.extend(self.made.iter().map(|made| format!("Made: {made}")));
        lines
    }
}

/// What is counted by, in words.
#[must_use]
pub fn by_words(snapshot: &Snapshot, view: &View) -> String {
    match &view.by {
        By::Area(slug) => view
            .area_set(snapshot)
            .map_or_else(|| slug.clone(), crate::cube::AreaSet::label),
        By::Cell9 => "H3 cell of resolution 9 (about 190 m along an edge)".to_owned(),
        By::Cell8 => "H3 cell of resolution 8 (about 500 m along an edge)".to_owned(),
    }
}

fn recorded_by(snapshot: &Snapshot, view: &View) -> Option<String> {
    let filter = &view.filter;
    let asked = |source: u16| {
        filter.source.is_none_or(|wanted| wanted == source)
            && filter
                .allowed
                .as_ref()
                .is_none_or(|allowed| allowed.contains(&source))
            && snapshot.segments.iter().any(|segment| {
                segment.source == source
                    && segment.month >= filter.from
                    && segment.month <= filter.to
            })
    };
    let names: Vec<&str> = (0_u16..)
        .zip(&snapshot.sources)
        .filter(|(n, _)| asked(*n))
        .map(|(_, source)| source.name.as_str())
        .collect();
    (!names.is_empty()).then(|| format!("Recorded by: {}.", names.join(", ")))
}
