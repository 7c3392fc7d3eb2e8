//! One state of the cube: dictionaries, locations, and a segment for each source and month.
//! Immutable; a newer state shares what did not change.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use commonweal_records::Month;
use geo::MultiPolygon;
use h3o::CellIndex;

/// No area, no cell.
pub const NONE: u32 = u32::MAX;

/// A category as the cube knows it.
#[derive(Debug, Clone)]
pub struct Category {
    /// Its key in the database.
    pub key: i64,
    /// Its stable code.
    pub code: String,
    /// What people read.
    pub label: String,
    /// Whether it is anti-social behaviour.
    pub asb: bool,
}

/// Who records incidents.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its key in the database.
    pub key: i64,
    /// Its name.
    pub name: String,
}

/// A place that a source publishes.
#[derive(Debug, Clone, Copy)]
pub struct Location {
    /// Longitude and latitude, where it has a point.
    pub point: Option<(f64, f64)>,
    /// The LSOA code that the source gave, as an index into [`Snapshot::codes`].
    pub code: u32,
}

/// Rows of one category and qualifier within a segment.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Index into [`Snapshot::categories`].
    pub category: u16,
    /// The qualifier's stored number, 0 where it is not known.
    pub qualifier: u8,
    /// The first row.
    pub start: u32,
    /// One past the last row.
    pub end: u32,
}

/// All rows of one source and month: a location each, sorted by category and qualifier.
#[derive(Debug)]
pub struct Segment {
    /// The part it was loaded from.
    pub part: i64,
    /// Index into [`Snapshot::sources`].
    pub source: u16,
    /// The month.
    pub month: Month,
    /// Index into [`Snapshot::locations`] for each row.
    pub rows: Vec<u32>,
    /// Which rows are of which category.
    pub runs: Vec<Run>,
}

/// An area of a set.
#[derive(Debug, Clone)]
pub struct Area {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its shape, WGS84.
    pub geometry: MultiPolygon<f64>,
}

/// A set of areas of one kind and vintage, with the area of every location.
#[derive(Debug)]
pub struct AreaSet {
    /// The kind: `lsoa`, `ward`, `partnership`, …
    pub kind: String,
    /// The vintage, usually a year.
    pub vintage: String,
    /// Its key in the database.
    pub id: uuid::Uuid,
    /// The areas.
    pub areas: Vec<Area>,
    /// Area by code.
    pub by_code: HashMap<String, u32>,
    /// The area of each location, by index.
    pub of_location: Vec<u32>,
    /// Residents of each area, from the newest population figure, where known.
    pub population: Vec<Option<f64>>,
    /// Deprivation decile of each area (1 = most deprived), from the newest index, where known.
    pub deprivation: Vec<Option<f64>>,
}

impl AreaSet {
    /// `lsoa-2021`: how a set is named in URLs.
    #[must_use]
    pub fn slug(&self) -> String {
        format!("{}-{}", self.kind, self.vintage)
    }

    /// How people call it, such as `LSOA 2021`.
    #[must_use]
    pub fn label(&self) -> String {
        let kind = match self.kind.as_str() {
            "lsoa" | "msoa" | "lad" => self.kind.to_uppercase(),
            other => {
                let mut letters = other.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_uppercase().chain(letters).collect()
                })
            }
        };
        if self.vintage.is_empty() {
            kind
        } else {
            format!("{kind} {}", self.vintage)
        }
    }
}

/// The cells of one resolution that hold anything, with the cell of every location.
#[derive(Debug, Default)]
pub struct Cells {
    /// The cells.
    pub cells: Vec<CellIndex>,
    /// The cell of each location, by index.
    pub of_location: Vec<u32>,
    /// Residents of each cell, apportioned by postcodes, where postcodes and population are known.
    pub population: Option<Vec<f64>>,
}

/// One state of the cube.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Counts up with each new state.
    pub generation: u64,
    /// Categories, by index.
    pub categories: Vec<Category>,
    /// Sources, by index.
    pub sources: Vec<Source>,
    /// Places, by index.
    pub locations: Arc<Vec<Location>>,
    /// The index of each location by its key in the database.
    pub location_index: Arc<HashMap<i64, u32>>,
    /// LSOA codes that sources gave; index 0 is none.
    pub codes: Arc<Vec<String>>,
    /// The rows, newest month last.
    pub segments: Vec<Arc<Segment>>,
    /// Area sets by slug.
    pub areas: BTreeMap<String, Arc<AreaSet>>,
    /// Postcode points with the residents that fall to each, where both are known.
    pub shares: Option<Vec<super::population::Share>>,
    /// Cells of resolution 9.
    pub cells9: Arc<Cells>,
    /// Cells of resolution 8.
    pub cells8: Arc<Cells>,
}

impl Snapshot {
    /// The first and last month that hold anything.
    #[must_use]
    pub fn period(&self) -> Option<(Month, Month)> {
        let months = self.segments.iter().map(|segment| segment.month);
        Some((months.clone().min()?, months.max()?))
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.segments.iter().map(|segment| segment.rows.len()).sum()
    }

    /// The newest set of a kind.
    #[must_use]
    pub fn newest(&self, kind: &str) -> Option<&Arc<AreaSet>> {
        self.areas
            .values()
            .filter(|set| set.kind == kind)
            .max_by(|a, b| a.vintage.cmp(&b.vintage))
    }

    /// The areas that the partnership answers for: the set of kind `partnership` where there
    /// is one, else the newest LSOA set, else the newest set of any kind.
    #[must_use]
    pub fn home(&self) -> Option<&Arc<AreaSet>> {
        self.newest("partnership")
            .or_else(|| self.newest("lsoa"))
            .or_else(|| {
                self.areas
                    .values()
                    .max_by(|a, b| (a.areas.len(), &a.vintage).cmp(&(b.areas.len(), &b.vintage)))
            })
    }
}
