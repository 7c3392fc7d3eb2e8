//! Horizontal bars: one value per name, with its interval where there is one.

use super::svg::{GREY, GRID, INK, Svg, round, wrap};
use super::{Cell, Drawn, scale::Scale, shown, table};

/// Dark enough beside white, light enough under a black whisker.
const SERIES: &str = "#5694ca";

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its value; `None` is shown as "no data", never as zero.
    pub value: Option<f64>,
    /// The interval around the value, drawn as whiskers.
    pub interval: Option<(f64, f64)>,
    /// Whether to mark it (a heavy outline, and a star after the figure).
    pub marked: bool,
}

impl Bar {
    /// A bar without interval or mark.
    pub fn new(label: impl Into<String>, value: Option<f64>) -> Self {
        Self {
            label: label.into(),
            value,
            interval: None,
            marked: false,
        }
    }
}

/// A chart of horizontal bars.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarChart {
    /// Unique on the page.
    pub id: String,
    /// What it shows; also the table's caption.
    pub title: String,
    /// What can be seen in it, in a sentence; empty: made from the figures.
    pub description: String,
    /// What the bars are named by, such as "Town"; empty: "Name".
    pub name: String,
    /// What is counted, such as "incidents".
    pub unit: String,
    /// Decimals of the values.
    pub decimals: u32,
    /// What a mark means; empty where none is marked.
    pub mark: String,
    /// The bars, in the order shown.
    pub bars: Vec<Bar>,
}

impl BarChart {
    /// Draws the chart and writes its table.
    pub fn draw(&self) -> Drawn {
        let drawings = [
            ("cw-chart__wide", self.drawing("wide", 760.0)),
            ("cw-chart__narrow", self.drawing("narrow", 340.0)),
        ];
        let key = if self.bars.iter().any(|bar| bar.marked) && !self.mark.is_empty() {
            format!(
                "<p class=\"govuk-body-s\">★ {}</p>",
                crate::escape(&self.mark)
            )
        } else {
            String::new()
        };
        Drawn::new(&self.id, &self.title, &drawings, &key, self.table())
    }

    fn description(&self) -> String {
        if !self.description.is_empty() {
            return self.description.clone();
        }
        let known = self
            .bars
            .iter()
            .filter_map(|bar| bar.value.map(|value| (bar, value)));
        let highest = known.max_by(|a, b| a.1.total_cmp(&b.1));
        highest.map_or_else(
            || "There are no figures.".to_owned(),
            |(bar, value)| {
                let value = shown(Some(value), self.decimals);
                format!(
                    "{} bars. The highest is {} with {value} {}.",
                    self.bars.len(),
                    bar.label,
                    self.unit
                )
            },
        )
    }

    fn drawing(&self, suffix: &str, width: f64) -> String {
        let wide = width > 500.0;
        let (left, row, bar_height) = if wide {
            (250.0, 40.0, 22.0)
        } else {
            (2.0, 56.0, 20.0)
        };
        let right = width - 74.0;
        let height = row * self.bars.len() as f64 + 12.0;
        let values = self.bars.iter().flat_map(|bar| {
            let (low, high) = bar.interval.unwrap_or((0.0, 0.0));
            [bar.value.unwrap_or(0.0), low, high]
        });
        let scale = Scale::new(values, if wide { 5.0 } else { 3.0 }, left, right);
        let zero = scale.at(0.0);
        let id = format!("{}-{suffix}", self.id);
        let mut svg = Svg::new(&id, width, height, &self.title, &self.description());
        for (index, bar) in self.bars.iter().enumerate() {
            let top = row * index as f64 + if wide { 9.0 } else { 26.0 };
            let middle = top + bar_height / 2.0;
            if wide {
                let lines = wrap(&bar.label, 32, 2);
                let first = middle + 5.0 - (lines.len() - 1) as f64 * 8.0;
                for (line, text) in lines.iter().enumerate() {
                    svg.text(left - 10.0, first + line as f64 * 17.0, "end", text);
                }
            } else {
                wrap(&bar.label, 44, 1)
                    .iter()
                    .for_each(|text| svg.text(left, top - 6.0, "start", text));
            }
            let Some(value) = bar.value else {
                svg.element(
                    "rect",
                    &[
                        ("x", &round(zero)),
                        ("y", &round(top)),
                        ("width", &64),
                        ("height", &bar_height),
                        ("fill", &"#ffffff"),
                        ("stroke", &GREY),
                        ("stroke-dasharray", &"3 3"),
                    ],
                );
                svg.text(zero + 72.0, middle + 5.0, "start", "no data");
                continue;
            };
            let end = scale.at(value);
            let figure = shown(Some(value), self.decimals);
            svg.titled(
                "rect",
                &[
                    ("x", &round(zero.min(end))),
                    ("y", &round(top)),
                    ("width", &round((end - zero).abs().max(1.0))),
                    ("height", &bar_height),
                    ("fill", &SERIES),
                    ("stroke", &if bar.marked { INK } else { "none" }),
                    ("stroke-width", &3),
                ],
                &format!("{}: {figure} {}", bar.label, self.unit),
            );
            let mut outer = zero.max(end);
            if let Some((low, high)) = bar.interval {
                let (low, high) = (scale.at(low), scale.at(high));
                svg.line((low, middle), (high, middle), INK, 2.0, "");
                for x in [low, high] {
                    svg.line((x, middle - 5.0), (x, middle + 5.0), INK, 2.0, "");
                }
                outer = outer.max(high);
            }
            let star = if bar.marked { " ★" } else { "" };
            svg.text(
                outer + 7.0,
                middle + 5.0,
                "start",
                &format!("{figure}{star}"),
            );
        }
        svg.line(
            (zero, 4.0),
            (zero, height - 4.0),
            if zero > left + 1.0 { INK } else { GRID },
            1.0,
            "",
        );
        svg.finish()
    }

    fn table(&self) -> String {
        let intervals = self.bars.iter().any(|bar| bar.interval.is_some());
        let marks = self.bars.iter().any(|bar| bar.marked);
        let unit = capitalised(&self.unit);
        let name = if self.name.is_empty() {
            "Name"
        } else {
            &self.name
        };
        let mut headings = vec![(name, false), (unit.as_str(), true)];
        if intervals {
            headings.push(("Interval", true));
        }
        if marks {
            headings.push(("Marked", false));
        }
        let rows: Vec<_> = self
            .bars
            .iter()
            .map(|bar| self.row(bar, intervals, marks))
            .collect();
        table(&format!("{}-table", self.id), &self.title, &headings, &rows)
    }

    fn row(&self, bar: &Bar, intervals: bool, marks: bool) -> Vec<Cell> {
        let mut row = vec![
            Cell::Words(bar.label.clone()),
            Cell::Figure(shown(bar.value, self.decimals)),
        ];
        if intervals {
            let words = |(low, high)| {
                format!(
                    "{} to {}",
                    shown(Some(low), self.decimals),
                    shown(Some(high), self.decimals)
                )
            };
            row.push(Cell::Figure(bar.interval.map(words).unwrap_or_default()));
        }
        if marks {
            row.push(Cell::Words(if bar.marked {
                "Yes".to_owned()
            } else {
                String::new()
            }));
        }
        row
    }
}

pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
