//! The made-up partnership that the demo shows: agencies, people, places, areas and two years of
//! incidents, made from a seed and the last month, the same every time. Nothing here reads
//! a clock, a file or the network, and it needs none of the real data that is never shipped.
//!
//! Real are the names of County Durham's settlements and roughly where they lie. Invented are the
//! outline's detail, all areas, streets, map points, postcodes, people, figures and incidents.

mod areas;
mod calendar;
pub(crate) mod command;
mod content;
mod dice;
mod directory;
mod files;
mod fill;
mod incidents;
mod land;
mod people;
mod points;
mod records;
mod shape;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use anyhow::Result;
use chrono::{NaiveDate, NaiveDateTime};
use commonweal_records::Month;
use commonweal_records::incidents::Qualifier;
use geo::MultiPolygon;

use content::Content;
pub(crate) use content::{Agency, Story, User};
use dice::{Dice, share_out};
use incidents::{MONTHS, Workshop};
use land::Ground;

/// The seed of `make demo`.
pub(crate) const SEED: u64 = 20_261_123;

#[cfg(test)]
/// The profile by which the lists of [`Partnership::list_csv`] are read.
pub(crate) const LIST_PROFILE: &str = include_str!("../../../../data/demo/list-profile.toml");

/// How [`Partnership::context_csv`] is laid out.
pub(crate) const CONTEXT_SHAPE: &str = include_str!("../../../../data/demo/context-shape.toml");

/// The last month that is over on that day.
pub(crate) fn last_full_month(today: NaiveDate) -> Month {
    Month::of(today).plus(-1)
}

/// The made-up partnership.
#[derive(Debug)]
pub(crate) struct Partnership {
    /// Its name, which says that the data are made up.
    pub(crate) name: String,
    /// Its short name, for headings.
    pub(crate) short_name: String,
    /// What stands on every page and document.
    pub(crate) notice: String,
    /// Its colour, as `#rrggbb`.
    pub(crate) colour: String,
    /// Agencies, named by their kind.
    pub(crate) agencies: Vec<Agency>,
    /// Invented people, one per role.
    pub(crate) users: Vec<User>,
    /// The whole partnership first, then divisions, then neighbourhoods.
    pub(crate) areas: Vec<Area>,
    /// Made-up postcodes with their residents.
    pub(crate) postcodes: Vec<Postcode>,
    /// Hot spots as they were put in, so that what is found can be compared with it.
    pub(crate) hot_spots: Vec<HotSpot>,
    last: Month,
    workshop: Workshop,
}

/// What kind of area it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AreaKind {
    /// The whole.
    Partnership,
    /// A made-up electoral division: several neighbourhoods.
    Division,
    /// A made-up neighbourhood, of a few thousand residents.
    Neighbourhood,
}

impl AreaKind {
    /// The kind as imports name it.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Partnership => "partnership",
            Self::Division => "division",
            Self::Neighbourhood => "neighbourhood",
        }
    }
}

/// A made-up area. Areas of one kind share their borders' vertices exactly and do not overlap.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    /// Its kind.
    pub(crate) kind: AreaKind,
    /// `DEMO-P1`, `DEMO-D01`, `DEMO-N001`.
    pub(crate) code: String,
    /// What people read.
    pub(crate) name: String,
    /// The shape, WGS84 longitude and latitude.
    pub(crate) polygon: MultiPolygon,
    /// Made-up residents.
    pub(crate) population: u32,
    /// Made-up deprivation of a neighbourhood, 1 most deprived to 10.
    pub(crate) decile: Option<u8>,
    /// Made-up tenure of a neighbourhood's households.
    pub(crate) tenure: Option<Tenure>,
    /// The code of the division that a neighbourhood belongs to.
    pub(crate) division: Option<String>,
}

/// Shares of households, together 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tenure {
    /// Owned outright or with a mortgage.
    pub(crate) owned: f64,
    /// Rented from the council or a housing association.
    pub(crate) social: f64,
    /// Rented privately.
    pub(crate) private: f64,
}

/// A made-up postcode.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Postcode {
    /// In the area `ZZ`, which no real postcode is in.
    pub(crate) postcode: String,
    /// Longitude, WGS84.
    pub(crate) lon: f64,
    /// Latitude, WGS84.
    pub(crate) lat: f64,
    neighbourhood: usize,
    /// The neighbourhood's code.
    pub(crate) neighbourhood_code: String,
    /// Made-up residents; all postcodes of a neighbourhood make its population.
    pub(crate) residents: u32,
}

/// A point that incidents are shown at, in the manner of police.uk.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MapPoint {
    /// Longitude, WGS84.
    pub(crate) lon: f64,
    /// Latitude, WGS84.
    pub(crate) lat: f64,
    /// 'On or near …', with an invented street or a kind of public place.
    pub(crate) name: String,
    /// The settlement.
    pub(crate) settlement: String,
    neighbourhood: usize,
    /// The neighbourhood's code.
    pub(crate) neighbourhood_code: String,
}

/// A hot spot as it was put in.
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "what was put in; tests compare it with what is found"
    )
)]
#[derive(Debug, Clone)]
pub(crate) struct HotSpot {
    /// What it is called.
    pub(crate) name: String,
    /// The settlement.
    pub(crate) settlement: String,
    /// Its points, the busiest first.
    pub(crate) points: Vec<(f64, f64)>,
    /// Incidents of all sources in an ordinary month at full strength.
    pub(crate) monthly: f64,
    /// What becomes of it.
    pub(crate) story: Story,
    /// The month in which it began to emerge, or work against it began.
    pub(crate) since: Option<Month>,
}

/// A kind of incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Category {
    /// A stable code; `unknown` if the report does not say.
    pub(crate) code: String,
    /// What the source writes.
    pub(crate) label: String,
    /// Whether it is anti-social behaviour.
    pub(crate) asb: bool,
    /// Whether the report says what it was.
    pub(crate) known: bool,
}

/// When it happened, as exactly as its source says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// To the minute, on the clocks of London; never in the hour that March leaves out.
    Exact(NaiveDateTime),
    /// To the month.
    Month(Month),
}

impl Ord for When {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |when: &Self| match when {
            Self::Exact(at) => *at,
            Self::Month(month) => month.first_day().and_time(chrono::NaiveTime::MIN),
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for When {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A made-up incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident<'a> {
    /// The source's own key; anti-social behaviour of the police has none.
    pub(crate) source_key: Option<String>,
    /// What it was.
    pub(crate) category: &'a Category,
    /// Whom it affected, where told.
    pub(crate) qualifier: Option<Qualifier>,
    /// When it happened.
    pub(crate) when: When,
    /// Where it is shown; `None` if the source gave no place.
    pub(crate) place: Option<&'a MapPoint>,
}

impl Eq for MapPoint {}

/// Who sends incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Source<'a> {
    number: usize,
    /// `police`, `council`, `landlord` or `fire`.
    pub(crate) slug: &'a str,
    /// What people read.
    pub(crate) name: &'a str,
}

/// What became of one source's file of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Feed<'a> {
    /// The source.
    pub(crate) source: Source<'a>,
    /// The month.
    pub(crate) month: Month,
    /// The day on which it came; `None` if it never did. For the last month it may lie after
    /// today: whoever knows today takes the earlier of the two.
    pub(crate) received: Option<NaiveDate>,
    /// Whether it came later than usual.
    pub(crate) late: bool,
}

impl Partnership {
    /// Makes the partnership with the 24 months up to `last`.
    ///
    /// # Errors
    /// Only if the content in `data/demo` is wrong, which a test rules out.
    pub(crate) fn generate(seed: u64, last: Month) -> Result<Self> {
        let content = Content::embedded()?;
        let land = &content.land;
        let people: Vec<f64> = land.places.iter().map(|p| p.people).collect();
        let residents = share_out(land.population, &people);
        let ground = Ground::new(land, &residents);
        let mut divisions: Vec<&str> = Vec::new();
        let mut division_of_place = Vec::new();
        for place in &land.places {
            let known = divisions.iter().position(|d| *d == place.division);
            division_of_place.push(known.unwrap_or_else(|| {
                divisions.push(&place.division);
                divisions.len() - 1
            }));
        }
        let mut dice = Dice::new(seed, 1);
        let points = points::map_points(&content, &ground, &residents, &mut dice);
        let mut dice = Dice::new(seed, 2);
        let postcodes =
            points::postcodes(&content, &ground, &residents, &division_of_place, &mut dice);
        let mut dice = Dice::new(seed, 3);
        let areas = areas::areas(
            &content,
            &ground,
            &divisions,
            &division_of_place,
            &postcodes,
            &mut dice,
        );
        let house = &content.house;
        let mut made = Self {
            name: house.name.clone(),
            short_name: house.short_name.clone(),
            notice: house.notice.clone(),
            colour: house.colour.clone(),
            agencies: house.agency.clone(),
            users: house.user.clone(),
            hot_spots: Vec::new(),
            postcodes,
            last,
            workshop: Workshop::new(
                content,
                seed,
                last,
                points,
                &areas[areas.len() - ground.seeds.len()..],
            )?,
            areas,
        };
        made.hot_spots = made.workshop.hot_spots();
        Ok(made)
    }

    /// The areas of one kind.
    pub(crate) fn areas_of(&self, kind: AreaKind) -> impl Iterator<Item = &Area> {
        self.areas.iter().filter(move |area| area.kind == kind)
    }

    /// The 24 months, oldest first.
    pub(crate) fn months(&self) -> impl Iterator<Item = Month> + use<> {
        let last = self.last;
        (0..MONTHS).rev().map(move |ago| last.plus(-ago))
    }

    /// Who sends incidents: police, council, landlord, fire.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        let patterns = self.workshop.sources().iter().enumerate();
        patterns.map(|(number, pattern)| Source {
            number,
            slug: &pattern.slug,
            name: &pattern.name,
        })
    }

    /// Every kind of incident.
    #[cfg(test)]
    pub(crate) fn categories(&self) -> &[Category] {
        self.workshop.categories()
    }

    /// Every point that incidents may be shown at.
    #[cfg(test)]
    pub(crate) fn map_points(&self) -> &[MapPoint] {
        self.workshop.points()
    }

    /// What one source sends for one month; empty if it never came.
    pub(crate) fn incidents_of(&self, source: Source<'_>, month: Month) -> Vec<Incident<'_>> {
        self.workshop.month_of(source.number, month)
    }

    /// Everything that all sources sent, by source and month.
    #[cfg(test)]
    pub(crate) fn incidents(&self) -> impl Iterator<Item = (Source<'_>, Incident<'_>)> {
        self.sources().flat_map(move |source| {
            self.months().flat_map(move |month| {
                let all = self.incidents_of(source, month).into_iter();
                all.map(move |incident| (source, incident))
            })
        })
    }

    /// What became of every source's monthly files: one never came, one came late.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = Feed<'_>> {
        self.sources().flat_map(move |source| {
            let pattern = &self.workshop.sources()[source.number];
            self.months().map(move |month| {
                let ago = self.last.since(month);
                let late = pattern.late_months_ago == Some(ago);
                let days = if late {
                    pattern.late_days
                } else {
                    pattern.usual_days
                };
                let came = month.last_day() + chrono::Days::new(u64::from(days));
                Feed {
                    source,
                    month,
                    received: (pattern.missing_months_ago != Some(ago)).then_some(came),
                    late,
                }
            })
        })
    }
}

impl Workshop {
    fn hot_spots(&self) -> Vec<HotSpot> {
        let sketches = self.sketches().iter().enumerate();
        sketches
            .map(|(number, sketch)| HotSpot {
                name: sketch.name.clone(),
                settlement: sketch.place.clone(),
                points: self
                    .points_of_hot_spot(number)
                    .iter()
                    .filter_map(|point| self.points().get(*point))
                    .map(|point| (point.lon, point.lat))
                    .collect(),
                monthly: sketch.monthly,
                story: sketch.story,
                since: (sketch.story != Story::Steady)
                    .then(|| self.last_month().plus(-sketch.months_ago)),
            })
            .collect()
    }
}
