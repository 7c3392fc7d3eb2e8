//! Context figures by area: population, deprivation, tenure and the like, from CSVs whose shapes
//! are described in `data/imports/context.toml`, or by the caller.

use std::collections::HashMap;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::csv_text::CsvText;
use super::{Problem, ReadError, Reject, Step};

/// The shapes that are recognised by their header.
const SHIPPED: &str = include_str!("../../../../../data/imports/context.toml");

/// One figure of one area.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure<'a> {
    /// The line of the file.
    pub line: u64,
    /// The area's code.
    pub area: &'a str,
    /// What is measured: `population`, `imd_decile`, `households: Owned: Owns outright`.
    pub measure: &'a str,
    /// The figure.
    pub value: f64,
}

/// How one kind of context file is laid out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// A short name, such as `imd2019`.
    pub key: String,
    /// What it is, for people.
    pub title: String,
    /// Who published it, to show beside the figures.
    #[serde(default)]
    pub source: String,
    /// The column with the area's code.
    pub area: String,
    /// The kind of area: `lsoa`, `ward`, `lad`.
    pub kind: String,
    /// The year of the areas: 2011 or 2021 for LSOAs.
    pub vintage: i32,
    /// What the figures are of: a year, or a month such as `2020-06`.
    pub period: String,
    /// Columns by which a file is recognised, besides those named below.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Columns that a file of this shape does not have.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// The figures, one column each.
    #[serde(default)]
    pub values: Vec<ValueColumn>,
    /// The figure of a long table, in which each row is one category.
    pub long: Option<Long>,
}

/// One column of figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueColumn {
    /// The column.
    pub column: String,
    /// What it measures.
    pub measure: String,
    /// Numbers for words, where the column holds words.
    #[serde(default)]
    pub words: HashMap<String, f64>,
}

/// A long table's columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Long {
    /// The column with the category, which is added to the measure.
    pub category: String,
    /// The column with the figure.
    pub value: String,
    /// What is measured.
    pub measure: String,
}

#[derive(Deserialize)]
struct Shapes {
    shape: Vec<Shape>,
}

impl Shape {
    /// The shipped shapes.
    ///
    /// # Errors
    /// [`Problem::Profile`] if the shipped text is wrong, which a test rules out.
    pub fn shipped() -> Result<Vec<Self>, Problem> {
        toml::from_str::<Shapes>(SHIPPED)
            .map(|s| s.shape)
            .map_err(|e| Problem::Profile(e.to_string()))
    }

    /// A shape of the partnership's own, as a TOML file holds it.
    ///
    /// # Errors
    /// [`Problem::Profile`] with line and reason.
    pub fn from_toml(text: &str) -> Result<Self, Problem> {
        toml::from_str(text).map_err(|e| Problem::Profile(e.to_string()))
    }

    fn columns(&self) -> impl Iterator<Item = &str> {
        let long = self.long.iter().flat_map(|l| [&l.category, &l.value]);
        std::iter::once(&self.area)
            .chain(&self.needs)
            .chain(self.values.iter().map(|v| &v.column))
            .chain(long)
            .map(String::as_str)
    }

    fn fits<R: Read>(&self, text: &CsvText<R>) -> bool {
        self.columns().all(|c| text.column(c).is_some())
            && self.lacks.iter().all(|c| text.column(c).is_none())
    }
}

/// Reads one file of figures.
#[derive(Debug)]
pub struct ContextReader<R> {
    text: CsvText<R>,
    shape: Shape,
    area: usize,
    values: Vec<usize>,
    long: Option<(usize, usize)>,
    /// The figures of the current row still to give.
    code: String,
    line: u64,
    pending: Vec<(String, f64)>,
    rejects: Vec<Reject>,
    measure: String,
}

impl<R: Read> ContextReader<R> {
    /// Opens a file whose shape is recognised by its header, the one with the most columns first,
    /// or is given.
    ///
    /// # Errors
    /// A header that no shape fits, or that lacks a column of the given shape, and all that
    /// [`CsvText::open`] refuses.
    pub fn open(name: &str, reader: R, shape: Option<&Shape>) -> Result<Self, ReadError> {
        let text = CsvText::open(name, reader)?;
        let shape = match shape {
            Some(shape) => shape.clone(),
            None => {
                let mut fitting: Vec<Shape> = Shape::shipped()
                    .map_err(|p| text.fail(p))?
                    .into_iter()
                    .filter(|shape| shape.fits(&text))
                    .collect();
                fitting.sort_by_key(|shape| std::cmp::Reverse(shape.columns().count()));
                fitting.into_iter().next().ok_or_else(|| {
                    text.fail(Problem::Header {
                        kind: "any known file of context figures",
                        missing: Vec::new(),
                        unknown: text
                            .header()
                            .iter()
                            .take(20)
                            .map(|c| super::shorten(c))
                            .collect(),
                    })
                })?
            }
        };
        let area = text.need_column(&shape.area)?;
        let values = shape
            .values
            .iter()
            .map(|v| text.need_column(&v.column))
            .collect::<Result<_, _>>()?;
        let long = match &shape.long {
            Some(l) => Some((text.need_column(&l.category)?, text.need_column(&l.value)?)),
            None => None,
        };
        Ok(Self {
            text,
            shape,
            area,
            values,
            long,
            code: String::new(),
            line: 0,
            pending: Vec::new(),
            rejects: Vec::new(),
            measure: String::new(),
        })
    }

    /// The shape recognised or given: what the areas, their vintage and the period are.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The next figure or reject, or `None` at the end. Empty cells and marks of suppression
    /// (`c`, `..`, `-`, `:`) give no figure.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_figure(&mut self) -> Result<Option<Step<Figure<'_>>>, ReadError> {
        loop {
            if let Some(reject) = self.rejects.pop() {
                return Ok(Some(Step::Reject(reject)));
            }
            if let Some((measure, value)) = self.pending.pop() {
                self.measure = measure;
                return Ok(Some(Step::Row(Figure {
                    line: self.line,
                    area: &self.code,
                    measure: &self.measure,
                    value,
                })));
            }
            if !self.read_record()? {
                return Ok(None);
            }
        }
    }

    /// Takes the next record apart into `pending` and `rejects`, last first.
    fn read_record(&mut self) -> Result<bool, ReadError> {
        let width = self.text.header().len();
        let Some(record) = self.text.next_record()? else {
            return Ok(false);
        };
        self.line = record.line;
        if record.len() != width {
            let reason = format!("the row has {} columns, the header {width}", record.len());
            self.rejects
                .push(Reject::new(record.line, "", reason, &record.text(0)));
            return Ok(true);
        }
        let code = record.text(self.area);
        if code.is_empty() || code.len() > 20 || !code.is_ascii() {
            self.rejects.push(Reject::new(
                record.line,
                &self.shape.area,
                "not an area's code",
                &code,
            ));
            return Ok(true);
        }
        self.code.clear();
        self.code.push_str(&code);
        let cells = self
            .values
            .iter()
            .zip(&self.shape.values)
            .map(|(&at, v)| (at, v.column.as_str(), v.measure.clone(), Some(&v.words)));
        let long = self
            .shape
            .long
            .iter()
            .zip(self.long)
            .map(|(l, (category, value))| {
                (
                    value,
                    l.value.as_str(),
                    format!("{}: {}", l.measure, record.text(category)),
                    None,
                )
            });
        for (at, column, measure, words) in cells.chain(long) {
            let text = record.text(at);
            if matches!(&*text, "" | "c" | ".." | "-" | ":" | "NA") {
                continue;
            }
            let number = words.and_then(|w| w.get(&*text).copied()).or_else(|| {
                text.replace(',', "")
                    .parse()
                    .ok()
                    .filter(|n: &f64| n.is_finite())
            });
            match number {
                Some(value) => self.pending.push((measure, value)),
                None => self
                    .rejects
                    .push(Reject::new(record.line, column, "not a number", &text)),
            }
        }
        self.pending.reverse();
        self.rejects.reverse();
        Ok(true)
    }
}
