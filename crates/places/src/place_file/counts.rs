//! The section of recorded incidents: what the cube can honestly say of a piece of ground.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commonweal_access::policy::Action;
use commonweal_access::web::Rule;
use commonweal_govuk::format::whole;
use commonweal_records::Month;
use commonweal_records::geography::locate::cells_within;
use commonweal_records::ports::{Ground, PlaceQuery, PlaceSection, SectionContent, SectionTable};
use geo::{Destination as _, Distance as _, Haversine, MultiPolygon, Point};
use h3o::{CellIndex, LatLng, Resolution};

use crate::Places;
use crate::cube::{NONE, Snapshot};
use crate::view::{in_words, label};

/// Types listed by themselves.
const TYPES: usize = 15;
/// Cells are looked for so densely along edges, metres: well below a cell's size.
const STEP: f64 = 40.0;

/// The section 'Recorded incidents'.
#[must_use]
pub fn section(places: &Places) -> PlaceSection {
    let places = places.clone();
    PlaceSection::new(
        "Recorded incidents",
        Rule::May(Action::SeeIncidents),
        move |_, viewer, query| {
            let places = places.clone();
            async move {
                let snapshot = places.cube.snapshot();
                let allowed = places
                    .allowed(&viewer, Action::SeeIncidents, &snapshot)
                    .await?;
                Ok(content(&snapshot, &allowed, &query))
            }
        },
    )
}

/// The cells about 400 metres across that touch a piece of ground: finer than them no police figure is
/// honest, so a place file counts whole cells.
pub(super) fn cells(ground: &Ground) -> BTreeSet<CellIndex> {
    let mut found = BTreeSet::new();
    let mut add = |latitude: f64, longitude: f64| {
        if let Ok(point) = LatLng::new(latitude, longitude) {
            found.insert(point.to_cell(Resolution::Nine));
        }
    };
    match ground {
        Ground::Around {
            latitude,
            longitude,
            metres,
        } => {
            let centre = Point::new(*longitude, *latitude);
            add(*latitude, *longitude);
            let rings = (metres / STEP).ceil().max(1.0) as u32;
            for ring in 1..=rings {
                let far = metres * f64::from(ring) / f64::from(rings);
                for turn in 0..36 {
                    let there = Haversine.destination(centre, f64::from(turn) * 10.0, far);
                    add(there.y(), there.x());
                }
            }
        }
        Ground::Drawn(shape) | Ground::Area { shape, .. } => {
            along(shape, &mut add);
            found.extend(cells_within(shape, Resolution::Nine));
        }
    }
    found
}

fn along(shape: &MultiPolygon<f64>, add: &mut impl FnMut(f64, f64)) {
    for line in shape.iter().flat_map(|polygon| polygon.exterior().lines()) {
        let (a, b) = (Point::from(line.start), Point::from(line.end));
        let steps = (Haversine.distance(a, b) / STEP)
            .ceil()
            .clamp(1.0, 10_000.0) as u32;
        for step in 0..=steps {
            let share = f64::from(step) / f64::from(steps);
            add(
                a.y() + (b.y() - a.y()) * share,
                a.x() + (b.x() - a.x()) * share,
            );
        }
    }
}

/// Which locations count: those in the area by its code, else those in the cells.
fn mask(snapshot: &Snapshot, ground: &Ground) -> (Vec<bool>, usize) {
    if let Ground::Area { set, code, .. } = ground
        && let Some(set) = snapshot.areas.get(set)
        && let Some(area) = set.by_code.get(code)
    {
        return (set.of_location.iter().map(|of| of == area).collect(), 0);
    }
    let wanted = cells(ground);
    let slots: BTreeSet<u32> = (0_u32..)
        .zip(&snapshot.cells9.cells)
        .filter(|(_, cell)| wanted.contains(*cell))
        .map(|(slot, _)| slot)
        .collect();
    let of = &snapshot.cells9.of_location;
    let mask = of
        .iter()
        .map(|slot| *slot != NONE && slots.contains(slot))
        .collect();
    (mask, wanted.len())
}

#[derive(Default)]
struct Counts {
    months: BTreeMap<Month, (u64, u64)>,
    types: HashMap<u16, u64>,
    sources: BTreeMap<u16, u64>,
}

fn content(snapshot: &Snapshot, allowed: &[u16], query: &PlaceQuery) -> SectionContent {
    let (from, to) = (Month::of(query.from), Month::of(query.to));
    let (mask, cells) = mask(snapshot, &query.ground);
    let mut counts = Counts::default();
    let mut told: BTreeSet<Month> = BTreeSet::new();
    for segment in &snapshot.segments {
        if segment.month < from || segment.month > to || !allowed.contains(&segment.source) {
            continue;
        }
        told.insert(segment.month);
        for run in &segment.runs {
            let rows = segment.rows.get(run.start as usize..run.end as usize);
            let here = rows
                .unwrap_or_default()
                .iter()
                .filter(|row| mask.get(**row as usize).copied().unwrap_or(false))
                .count() as u64;
            if here == 0 {
                continue;
            }
            let asb = snapshot
                .categories
                .get(usize::from(run.category))
                .is_some_and(|category| category.asb);
            let month = counts.months.entry(segment.month).or_default();
            month.0 += if asb { here } else { 0 };
            month.1 += here;
            *counts.types.entry(run.category).or_default() += here;
            *counts.sources.entry(segment.source).or_default() += here;
        }
    }
    let total: u64 = counts.sources.values().sum();
    let mut notes = precision(&query.ground, cells);
    let missing = i32::try_from(told.len()).map_or(0, |told| to.since(from) + 1 - told);
    if missing > 0 {
        notes.push(format!(
            "There are no figures for {missing} of the {} months; they are left out, not counted as zero.",
            to.since(from) + 1
        ));
    }
    SectionContent {
        count: Some(total),
        tables: if total == 0 {
            Vec::new()
        } else {
            tables(snapshot, &counts, &told, from, to)
        },
        notes,
        ..SectionContent::default()
    }
}

fn precision(ground: &Ground, cells: usize) -> Vec<String> {
    if matches!(ground, Ground::Area { .. }) {
        return vec![
            "Counted by area. Police incidents stand at the nearest of a list of map points, so one near the border may be counted next door.".to_owned(),
        ];
    }
    vec![format!(
        "Counted in the {} about 400 metres across that {} this ground, so more ground than you asked for: police incidents are moved to the nearest of a list of map points, and nothing finer is honest.",
        if cells == 1 {
            "one cell".to_owned()
        } else {
            format!("{cells} cells")
        },
        if cells == 1 { "touches" } else { "touch" },
    )]
}

fn tables(
    snapshot: &Snapshot,
    counts: &Counts,
    told: &BTreeSet<Month>,
    from: Month,
    to: Month,
) -> Vec<SectionTable> {
    let number = |n: u64| whole(i64::try_from(n).unwrap_or(i64::MAX));
    let period = format!("{} to {}", in_words(from), in_words(to));
    let mut months = SectionTable::of_figures(
        format!("By month, {period}"),
        &["Month", "Anti-social behaviour", "All incidents and crimes"],
    );
    let mut month = to;
    while month >= from {
        if told.contains(&month) {
            let (asb, all) = counts.months.get(&month).copied().unwrap_or_default();
            months
                .rows
                .push(vec![label(month), number(asb), number(all)]);
        }
        month = month.plus(-1);
    }
    let mut types = SectionTable::of_figures(format!("By type, {period}"), &["Type", "Incidents"]);
    let mut by_type: Vec<(String, u64)> = counts
        .types
        .iter()
        .filter_map(|(n, count)| {
            let category = snapshot.categories.get(usize::from(*n))?;
            Some((category.label.clone(), *count))
        })
        .collect();
    by_type.sort_by(|a, b| (std::cmp::Reverse(a.1), &a.0).cmp(&(std::cmp::Reverse(b.1), &b.0)));
    let rest: u64 = by_type.iter().skip(TYPES).map(|(_, n)| n).sum();
    types.rows.extend(
        by_type
            .into_iter()
            .take(TYPES)
            .map(|(name, n)| vec![name, number(n)]),
    );
    if rest > 0 {
        types
            .rows
            .push(vec!["Other types".to_owned(), number(rest)]);
    }
    let mut sources = SectionTable::of_figures(
        format!("By who recorded them, {period}"),
        &["Recorded by", "Incidents"],
    );
    sources
        .rows
        .extend(counts.sources.iter().filter_map(|(n, count)| {
            let source = snapshot.sources.get(usize::from(*n))?;
            Some(vec![source.name.clone(), number(*count)])
        }));
    vec![types, months, sources]
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::cube::samples;

    fn query(ground: Ground) -> PlaceQuery {
        PlaceQuery {
            ground,
            words: String::new(),
            postcode: None,
            from: NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
            to: NaiveDate::from_ymd_opt(2025, 12, 31).unwrap(),
        }
    }

    #[test]
    fn whole_cells_are_counted_and_the_page_says_so() {
        let snapshot = samples::snapshot();
        let here = Ground::Around {
            latitude: 54.775,
            longitude: -1.53,
            metres: 50.0,
        };
        let shown = content(&snapshot, &[0], &query(here.clone()));
        assert_eq!(shown.count, Some(2));
        assert!(shown.notes[0].contains("400 metres"), "{:?}", shown.notes);
        assert!(shown.notes[1].contains("9 of the 12 months"));
        assert_eq!(shown.tables[1].rows[0][0], "Mar 2025");
        // Whose source may not be seen: nothing, not even a name.
        let none = content(&snapshot, &[], &query(here));
        assert!(none.is_empty());
        let area = Ground::Area {
            set: "ward-2022".to_owned(),
            code: "E05000001".to_owned(),
            shape: snapshot.areas["ward-2022"].areas[0].geometry.clone(),
        };
        assert_eq!(content(&snapshot, &[0], &query(area)).count, Some(7));
    }

    #[test]
    fn cells_cover_the_ground() {
        let around = Ground::Around {
            latitude: 54.775,
            longitude: -1.58,
            metres: 500.0,
        };
        let found = cells(&around);
        assert!((8..30).contains(&found.len()), "{}", found.len());
        let centre = Point::new(-1.58, 54.775);
        for turn in 0..360 {
            for far in [10.0, 250.0, 499.0] {
                let there = Haversine.destination(centre, f64::from(turn), far);
                let cell = LatLng::new(there.y(), there.x())
                    .unwrap()
                    .to_cell(Resolution::Nine);
                assert!(found.contains(&cell), "{turn} {far}");
            }
        }
    }
}
