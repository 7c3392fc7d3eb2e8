//! The made-up incidents, one source and month at a time.

use anyhow::{Context as _, Result};
use commonweal_records::Month;
use commonweal_records::incidents::Qualifier;

use super::calendar::Rhythms;
use super::content::{
    Content, Ground as Part, HotSpotSketch, SourcePattern, Story, Theme, TypePattern,
};
use super::dice::{Dice, Wheel};
use super::points::Points;
use super::{Area, Category, Incident, MapPoint, When};

/// How many months there are.
pub(super) const MONTHS: i32 = 24;

/// All that incidents are made from.
#[derive(Debug)]
pub(super) struct Workshop {
    seed: u64,
    last: Month,
    content: Content,
    rhythms: Rhythms,
    points: Points,
    /// Where incidents of each part of a settlement fall: ordinary months, then summer.
    parts: [[Wheel; 3]; 2],
    categories: Vec<Category>,
    /// Of each type: its pattern of hours and of days.
    times: Vec<(usize, usize)>,
    spots: Vec<Spot>,
}

#[derive(Debug)]
struct Spot {
    hours: usize,
    days: usize,
    /// How often each type is found there, against elsewhere.
    types: Vec<f64>,
}

/// One month of one source while it is drawn.
struct Draw<'a> {
    source: &'a SourcePattern,
    month: Month,
    /// The types of the source at large, then at each hot spot.
    types: Vec<Wheel>,
    summer: usize,
}

impl Workshop {
    pub(super) fn new(
        content: Content,
        seed: u64,
        last: Month,
        points: Points,
        neighbourhoods: &[Area],
    ) -> Result<Self> {
        let rhythms = Rhythms::new(&content.patterns);
        let types = &content.patterns.types;
        let times = types
            .iter()
            .map(|t| Ok((rhythms.hours(&t.hours)?, rhythms.days(&t.days)?)))
            .collect::<Result<_>>()?;
        let spots = content
            .land
            .hot_spots
            .iter()
            .map(|sketch| spot(&content, sketch, &rhythms))
            .collect::<Result<_>>()?;
        let wheel = |part, summer| part_wheel(&content, &points, neighbourhoods, part, summer);
        let parts = [false, true]
            .map(|summer| [Part::Centre, Part::Home, Part::Edge].map(|part| wheel(part, summer)));
        Ok(Self {
            seed,
            last,
            rhythms,
            parts,
            categories: categories(&content),
            times,
            spots,
            content,
            points,
        })
    }

    #[cfg(test)]
    pub(super) fn categories(&self) -> &[Category] {
        &self.categories
    }

    pub(super) fn points(&self) -> &[MapPoint] {
        &self.points.points
    }

    pub(super) fn points_of_hot_spot(&self, number: usize) -> &[usize] {
        &self.points.of_hot_spot[number]
    }

    pub(super) fn sketches(&self) -> &[HotSpotSketch] {
        &self.content.land.hot_spots
    }

    pub(super) fn last_month(&self) -> Month {
        self.last
    }

    pub(super) fn sources(&self) -> &[SourcePattern] {
        &self.content.patterns.source
    }

    /// The incidents of a month, in the order of time where times are known. Empty for a month
    /// that lies outside the two years or never came.
    pub(super) fn month_of(&self, source: usize, month: Month) -> Vec<Incident<'_>> {
        let pattern = &self.content.patterns.source[source];
        let ago = self.last.since(month);
        if !(0..MONTHS).contains(&ago) || pattern.missing_months_ago == Some(ago) {
            return Vec::new();
        }
        let stream = (month.index().unsigned_abs() as u64) << 8 | source as u64;
        let mut dice = Dice::new(self.seed, stream + 1_000);
        let season = pattern.months[month.month() as usize - 1];
        let year = if ago < 12 { 0.5 } else { -0.5 };
        let usual = pattern.yearly / 12.0 * season * (1.0 + pattern.trend * year);
        let total = (usual * dice.between(0.96, 1.04)).round() as usize;
        let draw = self.draw(pattern, month);
        let spots = self.spot_wheel(month, ago);
        let mut all: Vec<Incident<'_>> = match pattern.key {
            None => (0..total)
                .map(|_| self.police_report(&mut dice, &draw, &spots))
                .collect(),
            Some(_) => {
                let days = self.rhythms.month(month);
                (0..total)
                    .map(|_| self.report(&mut dice, &draw, &spots, &days))
                    .collect()
            }
        };
        if let Some(key) = &pattern.key {
            all.sort_by_key(|incident| incident.when);
            for (number, incident) in all.iter_mut().enumerate() {
                incident.source_key = Some(format!(
                    "{key}{:02}{:02}-{:04}",
                    month.year() % 100,
                    month.month(),
                    number + 1
                ));
            }
        } else {
            self.crimes(&mut dice, &draw, &mut all);
        }
        all
    }

    fn draw<'a>(&'a self, source: &'a SourcePattern, month: Month) -> Draw<'a> {
        let types = &self.content.patterns.types;
        let width = |t: &TypePattern| {
            let season = t.months.map_or(1.0, |m| m[month.month() as usize - 1]);
            season
                * match source.slug.as_str() {
                    "council" => t.council,
                    "landlord" => t.landlord,
                    "fire" => t.fire,
                    _ => 0.0,
                }
        };
        let base: Vec<f64> = types.iter().map(width).collect();
        let at_spots = self
            .spots
            .iter()
            .map(|spot| Wheel::new(base.iter().zip(&spot.types).map(|(a, b)| a * b)));
        Draw {
            source,
            month,
            types: std::iter::once(Wheel::new(base.iter().copied()))
                .chain(at_spots)
                .collect(),
            summer: usize::from((6..=8).contains(&month.month())),
        }
    }

    /// Field 0: anywhere; then each hot spot, as strong as it is in that month.
    fn spot_wheel(&self, month: Month, ago: i32) -> Wheel {
        let patterns = &self.content.patterns;
        let whole: f64 = patterns.source.iter().map(|s| s.yearly / 12.0).sum();
        let summer = (6..=8).contains(&month.month());
        let strengths: Vec<f64> = self
            .content
            .land
            .hot_spots
            .iter()
            .map(|sketch| {
                let theme = patterns.theme.get(&sketch.theme);
                let season = theme.map_or(1.0, |t| if summer { t.summer } else { 1.0 });
                sketch.monthly * season * strength(sketch, ago)
            })
            .collect();
        let taken: f64 = strengths.iter().sum();
        Wheel::new(std::iter::once((whole - taken).max(0.0)).chain(strengths))
    }

    fn police_report(&self, dice: &mut Dice, draw: &Draw<'_>, spots: &Wheel) -> Incident<'_> {
        let spot = dice.spin(spots);
        let part = [
            Part::Centre,
            Part::Home,
            Part::Home,
            Part::Edge,
            Part::Centre,
        ][dice.below(5)];
        Incident {
            source_key: None,
            category: &self.categories[self.content.patterns.types.len()],
            qualifier: qualifier(dice, &self.content.patterns.police.qualifier),
            when: When::Month(draw.month),
            place: self.place(dice, draw, spot, part),
        }
    }

    fn report(
        &self,
        dice: &mut Dice,
        draw: &Draw<'_>,
        spots: &Wheel,
        month: &super::calendar::MonthDays,
    ) -> Incident<'_> {
        // Fires have one type everywhere: hot spots of other kinds do not draw them.
        let spot = match draw.source.slug.as_str() {
            "council" => dice.spin(spots),
            _ => 0,
        };
        let number = dice.spin(&draw.types[spot]);
        let kind = &self.content.patterns.types[number];
        let (mut hours, mut days) = self.times[number];
        if spot > 0 {
            (hours, days) = (self.spots[spot - 1].hours, self.spots[spot - 1].days);
        }
        let told = !dice.happens(0.08);
        let asked = qualifier(dice, &kind.qualifier);
        Incident {
            source_key: None,
            category: &self.categories[number],
            qualifier: asked.filter(|_| told && !kind.unknown),
            when: When::Exact(self.rhythms.time(dice, month, days, hours)),
            place: self.place(dice, draw, spot, kind.land),
        }
    }

    /// The other crimes that the police publish, after the anti-social behaviour.
    fn crimes<'a>(&'a self, dice: &mut Dice, draw: &Draw<'_>, all: &mut Vec<Incident<'a>>) {
        let patterns = &self.content.patterns;
        for (number, crime) in patterns.crime.iter().enumerate() {
            let total = (crime.monthly * dice.between(0.8, 1.2)).round() as usize;
            for _ in 0..total {
                let key: String = (0..4).map(|_| format!("{:016x}", dice.bits())).collect();
                all.push(Incident {
                    source_key: Some(key),
                    category: &self.categories[patterns.types.len() + 1 + number],
                    qualifier: None,
                    when: When::Month(draw.month),
                    place: self.place(dice, draw, 0, Part::Centre),
                });
            }
        }
    }

    fn place(
        &self,
        dice: &mut Dice,
        draw: &Draw<'_>,
        spot: usize,
        part: Part,
    ) -> Option<&MapPoint> {
        if dice.happens(draw.source.no_place) {
            return None;
        }
        let number = match spot {
            0 => dice.spin(&self.parts[draw.summer][part as usize]),
            // Most of a hot spot is its first point.
            n => {
                let own = &self.points.of_hot_spot[n - 1];
                let nth = dice.below(own.len()).min(dice.below(own.len()));
                *own.get(nth)?
            }
        };
        self.points.points.get(number)
    }
}

/// How strong a hot spot is so many months before the last one, against its full strength.
fn strength(sketch: &HotSpotSketch, ago: i32) -> f64 {
    let since = f64::from(sketch.months_ago - ago);
    let span = f64::from(sketch.months_ago.max(1));
    match sketch.story {
        Story::Steady => 1.0,
        Story::Emerging => (since / span).clamp(0.06, 1.0),
        // Work takes hold over three months.
        Story::Declining => (1.0 - 0.25 * (since + 1.0)).clamp(0.25, 1.0),
    }
}

fn qualifier(dice: &mut Dice, widths: &[f64; 3]) -> Option<Qualifier> {
    let wheel = Wheel::new(widths.iter().copied());
    Qualifier::ALL.get(dice.spin(&wheel)).copied()
}

fn spot(content: &Content, sketch: &HotSpotSketch, rhythms: &Rhythms) -> Result<Spot> {
    let theme: &Theme = content
        .patterns
        .theme
        .get(&sketch.theme)
        .with_context(|| format!("data/demo/patterns.toml: no theme named {}", sketch.theme))?;
    let of_type = |t: &TypePattern| theme.types.get(&t.code).copied().unwrap_or(1.0);
    Ok(Spot {
        hours: rhythms.hours(&theme.hours)?,
        days: rhythms.days(&theme.days)?,
        types: content.patterns.types.iter().map(of_type).collect(),
    })
}

/// Types first, then the police's anti-social behaviour, then the other crimes.
fn categories(content: &Content) -> Vec<Category> {
    let types = content.patterns.types.iter().map(|t| Category {
        code: if t.unknown { "unknown" } else { &t.code }.to_owned(),
        label: t.label.clone(),
        asb: true,
        known: !t.unknown,
    });
    let asb = std::iter::once(Category {
        code: "anti-social-behaviour".to_owned(),
        label: "Anti-social behaviour".to_owned(),
        asb: true,
        known: true,
    });
    let crimes = content.patterns.crime.iter().map(|c| Category {
        code: c
            .label
            .to_lowercase()
            .replace(' ', "-")
            .replace("-and-arson", "-arson"),
        label: c.label.clone(),
        asb: false,
        known: true,
    });
    types.chain(asb).chain(crimes).collect()
}

fn part_wheel(
    content: &Content,
    points: &Points,
    neighbourhoods: &[Area],
    part: Part,
    summer: bool,
) -> Wheel {
    let width = |(point, own): (&MapPoint, &super::points::Trait)| {
        let ground = match (part, own.part) {
            (Part::Centre, Part::Centre) => 4.0,
            (Part::Edge, Part::Edge) => 3.0,
            (Part::Home, Part::Home) => 1.3,
            (Part::Home | Part::Edge, Part::Centre) => 0.7,
            (Part::Centre, Part::Home) | (Part::Edge, Part::Home) => 0.8,
            (Part::Centre | Part::Home, Part::Edge) => 0.4,
        };
        let public = match (part, own.public) {
            (Part::Home, true) => 0.3,
            (_, true) => 2.0,
            _ => 1.0,
        };
        let decile = neighbourhoods[point.neighbourhood].decile.unwrap_or(5);
        let deprivation = 1.85 - 0.14 * f64::from(decile);
        let kind = content.land.places[own.place].kind;
        ground * public * deprivation * kind.draw(summer) * own.liveliness
    };
    Wheel::new(points.points.iter().zip(&points.traits).map(width))
}
