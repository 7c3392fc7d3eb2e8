//! Counting: a filter over the cube, and the counts by cell, area, month, source or category.

use std::collections::BTreeMap;

use commonweal_records::Month;

use super::snapshot::{NONE, Segment, Snapshot};

/// Which incidents are meant by type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// All anti-social behaviour.
    #[default]
    Asb,
    /// Everything that is recorded.
    All,
    /// One category, by code.
    Category(String),
}

/// Which incidents are meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Filter {
    /// The first month.
    pub from: Month,
    /// The last month, included.
    pub to: Month,
    /// What.
    pub kind: Kind,
    /// Whom it affects: a qualifier's stored number.
    pub qualifier: Option<u8>,
    /// Who recorded it: index into [`Snapshot::sources`].
    pub source: Option<u16>,
    /// Where: the slug of an area set and the code of an area.
    pub place: Option<(String, String)>,
    /// The sources that the reader may see, by index; `None` for the command line, which sees all.
    pub allowed: Option<Vec<u16>>,
}

impl Filter {
    /// Whether it asks for a source, and the reader may see it.
    fn admits(&self, source: u16) -> bool {
        self.source.is_none_or(|wanted| wanted == source)
            && self
                .allowed
                .as_ref()
                .is_none_or(|allowed| allowed.contains(&source))
    }
}

/// By what to count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum By {
    /// H3 cells of resolution 9.
    Cell9,
    /// H3 cells of resolution 8.
    Cell8,
    /// Areas of a set, by slug.
    Area(String),
}

/// Counts by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// A count for each cell or area of the dimension.
    pub of: Vec<u32>,
    /// Incidents that lie in none of them.
    pub elsewhere: u32,
}

impl Counts {
    /// All incidents, those elsewhere included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.of.iter().map(|n| u64::from(*n)).sum::<u64>() + u64::from(self.elsewhere)
    }
}

/// What is known of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthCount {
    /// The count of what is here.
    pub count: u32,
    /// How many of the sources asked for have told of this month.
    pub sources: u32,
}

impl Snapshot {
    /// Counts by cell or area. An area set that is not loaded counts everything as elsewhere.
    #[must_use]
    pub fn count(&self, by: &By, filter: &Filter) -> Counts {
        let (of_location, size) = match by {
            By::Cell9 => (&self.cells9.of_location[..], self.cells9.cells.len()),
            By::Cell8 => (&self.cells8.of_location[..], self.cells8.cells.len()),
            By::Area(slug) => match self.areas.get(slug) {
                Some(set) => (&set.of_location[..], set.areas.len()),
                None => (&[][..], 0),
            },
        };
        // One slot more takes what lies elsewhere, so that the loop has no branch.
        let mut counts = vec![0_u32; size + 1];
        self.rows_of(filter, |rows| {
            for row in rows {
                let slot = of_location
                    .get(*row as usize)
                    .map_or(size, |slot| (*slot as usize).min(size));
                counts[slot] += 1;
            }
        });
        let elsewhere = counts.pop().unwrap_or(0);
        Counts {
            of: counts,
            elsewhere,
        }
    }

    /// Counts by month, for every month of the filter; a month without any source is there
    /// with `sources` 0, which is missing and not zero.
    #[must_use]
    pub fn months(&self, filter: &Filter) -> BTreeMap<Month, MonthCount> {
        let mut months = BTreeMap::new();
        let mut month = filter.from;
        while month <= filter.to {
            months.insert(
                month,
                MonthCount {
                    count: 0,
                    sources: 0,
                },
            );
            month = month.plus(1);
        }
        let mask = self.mask(filter);
        for segment in self.segments_of(filter) {
            let count = count_rows(self, segment, filter, mask.as_deref());
            let entry = months.entry(segment.month).or_insert(MonthCount {
                count: 0,
                sources: 0,
            });
            entry.count += count;
            entry.sources += 1;
        }
        months
    }

    /// All incidents that the filter means.
    #[must_use]
    pub fn total(&self, filter: &Filter) -> u64 {
        let mask = self.mask(filter);
        self.segments_of(filter)
            .map(|segment| u64::from(count_rows(self, segment, filter, mask.as_deref())))
            .sum()
    }

    /// The point of each incident that the filter means; none where it has no place.
    #[must_use]
    pub fn points(&self, filter: &Filter) -> Vec<Option<(f64, f64)>> {
        let mut points = Vec::new();
        self.rows_of(filter, |rows| {
            points.extend(rows.iter().map(|row| self.locations[*row as usize].point));
        });
        points
    }

    /// The sources that a filter asks for which have told of each of its months.
    #[must_use]
    pub fn complete_sources(&self, filter: &Filter) -> Vec<u16> {
        let months = usize::try_from(filter.to.since(filter.from) + 1).unwrap_or(0);
        let mut told: BTreeMap<u16, usize> = BTreeMap::new();
        for segment in self.segments_of(filter) {
            *told.entry(segment.source).or_default() += 1;
        }
        told.into_iter()
            .filter(|(_, n)| *n == months)
            .map(|(source, _)| source)
            .collect()
    }

    /// How many sources a filter asks for: those that sent any month of its period. One that began
    /// later or ended before would make every month look incomplete.
    #[must_use]
    pub fn sources_of(&self, filter: &Filter) -> u32 {
        let sources: std::collections::BTreeSet<u16> = self
            .segments_of(filter)
            .map(|segment| segment.source)
            .collect();
        u32::try_from(sources.len()).unwrap_or(u32::MAX)
    }

    fn segments_of(&self, filter: &Filter) -> impl Iterator<Item = &Segment> {
        self.segments
            .iter()
            .map(std::convert::AsRef::as_ref)
            .filter(move |segment| {
                segment.month >= filter.from
                    && segment.month <= filter.to
                    && filter.admits(segment.source)
            })
    }

    /// Gives every stretch of rows that the filter means; with a place, row by row.
    fn rows_of(&self, filter: &Filter, mut each: impl FnMut(&[u32])) {
        let mask = self.mask(filter);
        for segment in self.segments_of(filter) {
            for run in &segment.runs {
                if !self.wanted(run.category, run.qualifier, filter) {
                    continue;
                }
                let rows = &segment.rows[run.start as usize..run.end as usize];
                match &mask {
                    None => each(rows),
                    Some(mask) => {
                        for row in rows.chunks(1).filter(|row| mask[row[0] as usize]) {
                            each(row);
                        }
                    }
                }
            }
        }
    }

    fn wanted(&self, category: u16, qualifier: u8, filter: &Filter) -> bool {
        let category = &self.categories[usize::from(category)];
        (match &filter.kind {
            Kind::Asb => category.asb,
            Kind::All => true,
            Kind::Category(code) => category.code == *code,
        }) && filter.qualifier.is_none_or(|wanted| wanted == qualifier)
    }

    /// Which locations lie in the filter's place; an unknown place holds none.
    fn mask(&self, filter: &Filter) -> Option<Vec<bool>> {
        let (slug, code) = filter.place.as_ref()?;
        let set = self.areas.get(slug);
        let area = set
            .and_then(|set| set.by_code.get(code))
            .copied()
            .unwrap_or(NONE);
        Some(match set {
            Some(set) if area != NONE => set.of_location.iter().map(|of| *of == area).collect(),
            _ => vec![false; self.locations.len()],
        })
    }
}

fn count_rows(
    snapshot: &Snapshot,
    segment: &Segment,
    filter: &Filter,
    mask: Option<&[bool]>,
) -> u32 {
    segment
        .runs
        .iter()
        .filter(|run| snapshot.wanted(run.category, run.qualifier, filter))
        .map(|run| match mask {
            None => run.end - run.start,
            Some(mask) => {
                let rows = &segment.rows[run.start as usize..run.end as usize];
                u32::try_from(rows.iter().filter(|row| mask[**row as usize]).count())
                    .unwrap_or(u32::MAX)
            }
        })
        .sum()
}
