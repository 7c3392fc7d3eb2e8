//! Ranking of places: count, rate, change, share and deprivation, and why in words.

use std::cmp::Ordering;

use hotspot::{Rate, RatioEstimate, rate_per_1000, relative_change};

use crate::cube::{By, Filter, Snapshot};
use crate::view::{View, in_words};

/// Confidence of every interval that is shown.
pub const CONFIDENCE: f64 = 0.95;

/// A ranked place.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Its place in the order, from 1; equal values share it.
    pub rank: usize,
    /// Its code: of the area, or the H3 index of the cell.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Incidents in the period.
    pub count: u32,
    /// Incidents now and in the same months a year before, of the sources that told of all of them.
    pub compared: Option<(u32, u32)>,
    /// Residents.
    pub population: Option<f64>,
    /// Incidents per 1,000 residents over the period.
    pub rate: Option<Rate>,
    /// Relative change on the year before.
    pub change: Option<RatioEstimate>,
    /// Share of the incidents in all places together (those elsewhere left out), 0 to 1.
    pub share: f64,
    /// Deprivation decile, 1 = most deprived.
    pub decile: Option<f64>,
    /// Position in the dimension.
    pub slot: usize,
}

/// By what to order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Most incidents first.
    #[default]
    Count,
    /// Highest rate first.
    Rate,
    /// Largest rise first.
    Change,
    /// Most deprived first.
    Deprivation,
    /// By name.
    Name,
}

impl Order {
    /// Reads the order's name in an address; anything else is by count.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "rate" => Self::Rate,
            "change" => Self::Change,
            "deprivation" => Self::Deprivation,
            "name" => Self::Name,
            _ => Self::Count,
        }
    }
}

/// A ranking.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Places in order; those without incidents too, for areas. [`complete_places`] gives those
    /// that are shown their names and intervals.
    pub places: Vec<Ranked>,
    /// Incidents in all places.
    pub total: u64,
    /// Incidents that lie in none of the places.
    pub elsewhere: u32,
    /// Whether there is a comparison with the year before.
    pub has_comparison: bool,
    /// What is to be known of the comparison: that there is none, or by whom.
    pub comparison_note: Option<String>,
    /// Residents of all places, where known for each.
    pub population: Option<f64>,
    /// The rate of all places together.
    pub rate: Option<Rate>,
}

/// Ranks the places of a view.
#[must_use]
pub fn rank(snapshot: &Snapshot, view: &View, order: Order) -> Ranking {
    let counts = snapshot.count(&view.by, &view.filter);
    let earlier = Filter {
        from: view.filter.from.plus(-12),
        to: view.filter.to.plus(-12),
        ..view.filter.clone()
    };
    let (sources, comparison_note) = comparable(snapshot, &view.filter, &earlier);
    let compared = (!sources.is_empty()).then(|| {
        let of = |filter: &Filter| {
            snapshot.count(
                &view.by,
                &Filter {
                    allowed: Some(sources.clone()),
                    ..filter.clone()
                },
            )
        };
        (of(&view.filter), of(&earlier))
    });
    let inside: u64 = counts.of.iter().map(|n| u64::from(*n)).sum();
    let total = counts.total();
    let mut places: Vec<Ranked> = counts
        .of
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0 || matches!(view.by, By::Area(_)))
        .map(|(slot, count)| {
            let compared = compared
                .as_ref()
                .map(|(now, before)| (now.of[slot], before.of[slot]));
            let population = population(snapshot, &view.by, slot);
            Ranked {
                rank: 0,
                code: if order == Order::Name {
                    code(snapshot, &view.by, slot)
                } else {
                    String::new()
                },
                name: String::new(),
                count: *count,
                compared,
                population,
                rate: None,
                change: None,
                share: if inside == 0 {
                    0.0
                } else {
                    f64::from(*count) / inside as f64
                },
                decile: decile(snapshot, &view.by, slot),
                slot,
            }
        })
        .collect();
    places.sort_by(|a, b| {
        compare(a, b, order)
            .then_with(|| b.count.cmp(&a.count))
            .then_with(|| a.slot.cmp(&b.slot))
    });
    number(&mut places, order);
    let residents: Option<Vec<f64>> = places.iter().map(|place| place.population).collect();
    let population = residents
        .map(|all| all.iter().sum::<f64>())
        .filter(|sum| *sum > 0.0);
    Ranking {
        elsewhere: counts.elsewhere,
        total,
        has_comparison: compared.is_some(),
        comparison_note,
        population,
        rate: population.and_then(|residents| rate(inside, residents)),
        places,
    }
}

/// Gives the places of one page their names, codes and intervals: exact intervals of all 24,000
/// cells for a page of 25 would be waste.
pub fn complete_places(snapshot: &Snapshot, view: &View, places: &mut [Ranked]) {
    let slots: Vec<usize> = places.iter().map(|place| place.slot).collect();
    let names = crate::map::names(snapshot, &view.by, &slots);
    for (place, name) in places.iter_mut().zip(names) {
        place.name = name;
        place.code = code(snapshot, &view.by, place.slot);
        place.rate = place
            .population
            .and_then(|residents| rate(u64::from(place.count), residents));
        place.change = place.compared.and_then(|(now, before)| change(now, before));
    }
}

fn rate(count: u64, residents: f64) -> Option<Rate> {
    rate_per_1000(count, residents, CONFIDENCE).ok().flatten()
}

fn change(count: u32, before: u32) -> Option<RatioEstimate> {
    relative_change(
        (u64::from(count), 1.0),
        (u64::from(before), 1.0),
        CONFIDENCE,
    )
    .ok()
    .flatten()
}

/// What a rate orders by, without its interval.
fn rate_of(place: &Ranked) -> Option<f64> {
    place
        .population
        .map(|residents| f64::from(place.count) / residents)
}

/// What a change orders by, without its interval.
fn change_of(place: &Ranked) -> Option<f64> {
    let (now, before) = place.compared.filter(|(_, before)| *before > 0)?;
    Some(f64::from(now) / f64::from(before))
}

fn compare(a: &Ranked, b: &Ranked, order: Order) -> Ordering {
    let largest = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    match order {
        Order::Count => b.count.cmp(&a.count),
        Order::Rate => largest(rate_of(a), rate_of(b)),
        Order::Change => largest(change_of(a), change_of(b)),
        Order::Deprivation => largest(
            a.decile.map(|decile| -decile),
            b.decile.map(|decile| -decile),
        ),
        Order::Name => a.code.cmp(&b.code),
    }
}

fn number(places: &mut [Ranked], order: Order) {
    for at in 0..places.len() {
        let same = at > 0 && compare(&places[at - 1], &places[at], order) == Ordering::Equal;
        places[at].rank = if same { places[at - 1].rank } else { at + 1 };
    }
}

/// A place's code: of the area, or the H3 index of the cell.
pub(crate) fn code(snapshot: &Snapshot, by: &By, slot: usize) -> String {
    match by {
        By::Area(slug) => snapshot
            .areas
            .get(slug)
            .and_then(|set| set.areas.get(slot))
            .map(|area| area.code.clone()),
        By::Cell9 => snapshot.cells9.cells.get(slot).map(ToString::to_string),
        By::Cell8 => snapshot.cells8.cells.get(slot).map(ToString::to_string),
    }
    .unwrap_or_default()
}

pub(crate) fn population(snapshot: &Snapshot, by: &By, slot: usize) -> Option<f64> {
    let residents = match by {
        By::Area(slug) => *snapshot.areas.get(slug)?.population.get(slot)?,
        By::Cell9 => snapshot.cells9.population.as_ref()?.get(slot).copied(),
        By::Cell8 => snapshot.cells8.population.as_ref()?.get(slot).copied(),
    };
    residents.filter(|residents| *residents > 0.0)
}

fn decile(snapshot: &Snapshot, by: &By, slot: usize) -> Option<f64> {
    match by {
        By::Area(slug) => *snapshot.areas.get(slug)?.deprivation.get(slot)?,
        By::Cell9 | By::Cell8 => None,
    }
}

/// The sources by which two periods can be compared, those that told of each month of both;
/// and what is to be said where that is not all of them.
fn comparable(snapshot: &Snapshot, now: &Filter, earlier: &Filter) -> (Vec<u16>, Option<String>) {
    let before = snapshot.complete_sources(earlier);
    let both: Vec<u16> = snapshot
        .complete_sources(now)
        .into_iter()
        .filter(|source| before.contains(source))
        .collect();
    let periods = format!(
        "{} to {} and the same months a year before",
        in_words(now.from),
        in_words(now.to)
    );
    let note = if both.is_empty() {
        Some(format!(
            "There is no comparison with the year before: no source has sent every month of {periods}."
        ))
    } else if both.len() < snapshot.sources_of(now) as usize {
        let names: Vec<&str> = both
            .iter()
            .filter_map(|n| snapshot.sources.get(usize::from(*n)))
            .map(|s| s.name.as_str())
            .collect();
        Some(format!(
            "The change on the year before counts only what was recorded by {}: other sources have not sent every month of {periods}.",
            names.join(", ")
        ))
    } else {
        None
    };
    (both, note)
}
