//! The figures of a map: counts by place, and the classes that they are drawn in.

use commonweal_govuk::chart::Classes;
use commonweal_records::Month;

use crate::cube::{By, Counts, Filter, NONE, Snapshot};

/// What cells that lie outside the loaded areas are called.
const OUTSIDE: &str = "Outside the partnership's area";

/// Counts by place.
#[derive(Debug)]
pub(crate) struct Figures {
    /// Counts by the areas asked for; for cells, by both resolutions.
    of: Vec<(By, Counts)>,
    /// The classes: of both resolutions together, so that one key serves every zoom.
    pub(crate) classes: Classes,
}

impl Figures {
    pub(crate) fn new(snapshot: &Snapshot, by: &By, filter: &Filter) -> Self {
        let kinds = match by {
            By::Area(_) => vec![by.clone()],
            By::Cell9 | By::Cell8 => vec![By::Cell9, By::Cell8],
        };
        let of: Vec<_> = kinds
            .into_iter()
            .map(|by| (by.clone(), snapshot.count(&by, filter)))
            .collect();
        let values = of
            .iter()
            .flat_map(|(_, counts)| &counts.of)
            .map(|count| f64::from(*count));
        Self {
            classes: Classes::quantiles(values, 0),
            of,
        }
    }

    /// The counts by one of its dimensions.
    pub(crate) fn counts(&self, by: &By) -> &Counts {
        const NOTHING: &Counts = &Counts {
            of: Vec::new(),
            elsewhere: 0,
        };
        self.of
            .iter()
            .find(|(own, _)| own == by)
            .map_or(NOTHING, |(_, counts)| counts)
    }

    /// The lower bounds of the classes, as JSON.
    pub(crate) fn breaks(&self) -> String {
        let bounds: Vec<String> = self
            .classes
            .breaks
            .iter()
            .map(|bound| format!("{bound:.0}"))
            .collect();
        format!("[{}]", bounds.join(","))
    }

    pub(crate) fn bytes(&self) -> usize {
        self.of
            .iter()
            .map(|(_, counts)| counts.of.len() * size_of::<u32>())
            .sum::<usize>()
            + 512
    }
}

/// Months of the period that no source tells of: missing, not zero.
pub(crate) fn missing_months(snapshot: &Snapshot, filter: &Filter) -> Vec<Month> {
    let asked = |source: u16| {
        filter.source.is_none_or(|wanted| wanted == source)
            && filter
                .allowed
                .as_ref()
                .is_none_or(|allowed| allowed.contains(&source))
    };
    let known: std::collections::BTreeSet<Month> = snapshot
        .segments
        .iter()
        .filter(|segment| asked(segment.source))
        .map(|segment| segment.month)
        .collect();
    (0..=filter.to.since(filter.from))
        .map(|months| filter.from.plus(months))
        .filter(|month| !known.contains(month))
        .collect()
}

/// Names of places: of areas their own; a cell is called after the area that incidents in it
/// lie in. One pass, however many places are asked for.
pub(crate) fn names(snapshot: &Snapshot, by: &By, slots: &[usize]) -> Vec<String> {
    let cells = match by {
        By::Area(slug) => {
            let areas = snapshot.areas.get(slug).map_or(&[][..], |set| &set.areas);
            let name = |slot: &usize| {
                let area = areas.get(*slot)?;
                Some(if area.name.is_empty() {
                    area.code.clone()
                } else {
                    area.name.clone()
                })
            };
            return slots
                .iter()
                .map(|slot| name(slot).unwrap_or_default())
                .collect();
        }
        By::Cell9 => &snapshot.cells9,
        By::Cell8 => &snapshot.cells8,
    };
    let home = snapshot.home();
    let mut first = vec![NONE; cells.cells.len()];
    for (location, slot) in (0_u32..).zip(&cells.of_location) {
        if let Some(first) = first
            .get_mut(*slot as usize)
            .filter(|first| **first == NONE)
        {
            *first = location;
        }
    }
    let name = |slot: &usize| {
        let area = *home?.of_location.get(*first.get(*slot)? as usize)?;
        Some(format!("In {}", home?.areas.get(area as usize)?.name))
    };
    slots
        .iter()
        .map(|slot| name(slot).unwrap_or_else(|| OUTSIDE.to_owned()))
        .collect()
}
