//! A map of coloured areas or cells without a script: for print, documents and as the map's first picture.

use std::collections::BTreeSet;

use super::classes::{NO_DATA, tile};
use super::svg::{INK, Svg, round};
use super::{Cell, Classes, Drawn, bar::capitalised, shown, table};

/// A closed line of longitude and latitude in degrees (WGS84); the last point may repeat the first.
type Ring = Vec<[f64; 2]>;

/// An area or cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// Its name.
    pub name: String,
    /// Outer rings and holes of all its parts.
    pub rings: Vec<Ring>,
    /// Its value; `None` is "no data", which is drawn apart from zero.
    pub value: Option<f64>,
    /// Whether to mark it (a heavy outline): significant, chosen.
    pub marked: bool,
}

/// A map of shapes in classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapChart {
    /// Unique on the page.
    pub id: String,
    /// What it shows; also the table's caption.
    pub title: String,
    /// What can be seen in it, in a sentence.
    pub description: String,
    /// What the shapes are, such as "Ward"; empty: "Name".
    pub name: String,
    /// What is counted, such as "incidents".
    pub unit: String,
    /// Decimals of the values.
    pub decimals: u32,
    /// The classes.
    pub classes: Classes,
    /// What a mark means; empty where none is marked.
    pub mark: String,
    /// The shapes.
    pub shapes: Vec<Shape>,
    /// The partnership's outline.
    pub outline: Vec<Ring>,
}

const WIDTH: f64 = 760.0;

/// Longitude and latitude to the plane: right at the middle latitude, good enough for a county.
struct Projection {
    west: f64,
    north: f64,
    shrink: f64,
    scale: f64,
    height: f64,
}

impl Projection {
    fn over<'a>(points: impl Iterator<Item = &'a [f64; 2]>) -> Option<Self> {
        let all = points.fold(None, |bounds: Option<[f64; 4]>, &[x, y]| {
            let [west, south, east, north] = bounds.unwrap_or([x, y, x, y]);
            Some([west.min(x), south.min(y), east.max(x), north.max(y)])
        });
        let [west, south, east, north] = all?;
        let shrink = ((south + north) / 2.0).to_radians().cos();
        let (across, up) = ((east - west) * shrink, north - south);
        let scale = ((WIDTH - 8.0) / across.max(1e-9)).min(WIDTH / up.max(1e-9));
        Some(Self {
            west,
            north,
            shrink,
            scale,
            height: up * scale + 8.0,
        })
    }

    fn path(&self, rings: &[Ring]) -> String {
        let mut path = String::new();
        for ring in rings {
            for (index, [x, y]) in ring.iter().enumerate() {
                let x = round((x - self.west) * self.shrink * self.scale + 4.0);
                let y = round((self.north - y) * self.scale + 4.0);
                path += &format!("{}{x} {y}", if index == 0 { "M" } else { "L" });
            }
            path.push('Z');
        }
        path
    }
}

impl MapChart {
    /// Draws the map with its key and writes its table.
    pub fn draw(&self) -> Drawn {
        let mut key = self.classes.legend(&self.id, &self.unit);
        if !self.mark.is_empty() && self.shapes.iter().any(|shape| shape.marked) {
            key += &format!(
                "<p class=\"govuk-body-s\">Heavy outline: {}</p>",
                crate::escape(&self.mark)
            );
        }
        Drawn::new(
            &self.id,
            &self.title,
            &[("cw-chart__map", self.drawing())],
            &key,
            self.table(),
        )
    }

    fn drawing(&self) -> String {
        let points = self
            .shapes
            .iter()
            .flat_map(|shape| &shape.rings)
            .chain(&self.outline)
            .flatten();
        let Some(projection) = Projection::over(points) else {
            return String::new();
        };
        let mut svg = Svg::new(
            &self.id,
            WIDTH,
            round(projection.height),
            &self.title,
            &self.description,
        );
        let used: BTreeSet<usize> = self
            .shapes
            .iter()
            .filter_map(|shape| self.classes.of(shape.value?))
            .collect();
        let patterns: String = used
            .into_iter()
            .map(|class| {
                self.classes
                    .pattern(&format!("{}-class-{class}", self.id), class, 1.75)
            })
            .collect();
        let missing = format!("{}-missing", self.id);
        let no_data = tile(&missing, NO_DATA, 1.75);
        svg.raw(&format!("<defs>{patterns}{no_data}</defs>"));
        // Marked shapes last, so that no neighbour covers their outline.
        let (plain, marked): (Vec<_>, Vec<_>) = self.shapes.iter().partition(|shape| !shape.marked);
        for shape in plain.into_iter().chain(marked) {
            let fill = match shape.value.map(|value| self.classes.of(value)) {
                None => format!("url(#{missing})"),
                Some(None) => "#ffffff".to_owned(),
                Some(Some(class)) => format!("url(#{}-class-{class})", self.id),
            };
            let width = if shape.marked { 3.5 } else { 0.8 };
            svg.titled(
                "path",
                &[
                    ("d", &projection.path(&shape.rings)),
                    ("fill", &fill),
                    ("fill-rule", &"evenodd"),
                    ("stroke", &INK),
                    ("stroke-width", &width),
                ],
                &format!("{}: {}", shape.name, shown(shape.value, self.decimals)),
            );
        }
        if !self.outline.is_empty() {
            let outline = projection.path(&self.outline);
            svg.element(
                "path",
                &[
                    ("d", &outline),
                    ("fill", &"none"),
                    ("stroke", &INK),
                    ("stroke-width", &2),
                ],
            );
        }
        svg.finish()
    }

    fn table(&self) -> String {
        let name = if self.name.is_empty() {
            "Name"
        } else {
            &self.name
        };
        let unit = capitalised(&self.unit);
        let marks = self.shapes.iter().any(|shape| shape.marked);
        let mut headings = vec![(name, false), (unit.as_str(), true)];
        if marks {
            headings.push(("Marked", false));
        }
        let mut shapes: Vec<&Shape> = self.shapes.iter().collect();
        shapes.sort_by(|a, b| {
            b.value
                .unwrap_or(f64::MIN)
                .total_cmp(&a.value.unwrap_or(f64::MIN))
                .then_with(|| a.name.cmp(&b.name))
        });
        let rows: Vec<Vec<Cell>> = shapes
            .into_iter()
            .map(|shape| {
                let mut row = vec![
                    Cell::Words(shape.name.clone()),
                    Cell::Figure(shown(shape.value, self.decimals)),
                ];
                if marks {
                    row.push(Cell::Words(if shape.marked {
                        "Yes".to_owned()
                    } else {
                        String::new()
                    }));
                }
                row
            })
            .collect();
        table(&format!("{}-table", self.id), &self.title, &headings, &rows)
    }
}
