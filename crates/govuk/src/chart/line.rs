//! Lines over time: gaps for what is missing, control limits, signals by shape.

use std::fmt::Display;

use super::bar::capitalised;
use super::svg::{GREY, GRID, INK, Svg, round};
use super::{Cell, Drawn, scale::Scale, shown, table};
use crate::escape;

/// Colour and dash of the first, second and third series.
const STYLES: [(&str, &str); 3] = [("#1d4f91", ""), ("#b5400a", "8 4"), ("#54319f", "2 4")];
const SIGNAL: &str = "#942514";

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What it stands for.
    pub name: String,
    /// One value per label of the chart; `None` is a gap, never zero.
    pub values: Vec<Option<f64>>,
}

/// Control limits over the points `from..=to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// First point.
    pub from: usize,
    /// Last point.
    pub to: usize,
    /// The centre line.
    pub centre: f64,
    /// The lower limit.
    pub lower: f64,
    /// The upper limit.
    pub upper: f64,
}

/// A point of the first series that is more than chance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Which point.
    pub at: usize,
    /// The rule that found it, in words.
    pub rule: String,
}

/// A chart of lines over time (or any other order).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineChart {
    /// Unique on the page.
    pub id: String,
    /// What it shows; also the table's caption.
    pub title: String,
    /// What can be seen in it, in a sentence; empty: made from the figures.
    pub description: String,
    /// What the labels are, such as "Month"; empty: "Period".
    pub period: String,
    /// What is counted, such as "incidents".
    pub unit: String,
    /// Decimals of the values.
    pub decimals: u32,
    /// One per point, such as "Jan 2025".
    pub labels: Vec<String>,
    /// Up to three lines.
    pub series: Vec<Series>,
    /// Control limits of the first series; a new pair where the process was re-based.
    pub limits: Vec<Limits>,
    /// Signals in the first series.
    pub signals: Vec<Signal>,
}

impl LineChart {
    /// Draws the chart and writes its table.
    pub fn draw(&self) -> Drawn {
        let drawings = [
            ("cw-chart__wide", self.drawing("wide", 760.0, 340.0)),
            ("cw-chart__narrow", self.drawing("narrow", 340.0, 280.0)),
        ];
        Drawn::new(&self.id, &self.title, &drawings, &self.key(), self.table())
    }

    fn description(&self) -> String {
        if !self.description.is_empty() {
            return self.description.clone();
        }
        let (Some(first), Some(last)) = (self.labels.first(), self.labels.last()) else {
            return "There are no figures.".to_owned();
        };
        let missing = self.series.first().map_or(0, |series| {
            series.values.iter().filter(|value| value.is_none()).count()
        });
        format!(
            "From {first} to {last}: {} marked as signals, {missing} without data.",
            self.signals.len()
        )
    }

    fn drawing(&self, suffix: &str, width: f64, height: f64) -> String {
        let (left, right, top, bottom) = (52.0, width - 16.0, 24.0, height - 34.0);
        let values = self
            .series
            .iter()
            .flat_map(|series| series.values.iter().flatten().copied());
        let limits = self
            .limits
            .iter()
            .flat_map(|limits| [limits.lower, limits.upper]);
        let scale = Scale::new(values.chain(limits), 5.0, bottom, top);
        let count = self.labels.len();
        let step = (right - left - 16.0) / (count.max(2) - 1) as f64;
        let x = |index: usize| left + 8.0 + step * index as f64;
        let mut svg = Svg::new(
            &format!("{}-{suffix}", self.id),
            width,
            height,
            &self.title,
            &self.description(),
        );

        svg.text(2.0, 14.0, "start", &capitalised(&self.unit));
        for tick in &scale.ticks {
            let y = scale.at(*tick);
            svg.line(
                (left, y),
                (right, y),
                if *tick == 0.0 { INK } else { GRID },
                1.0,
                "",
            );
            svg.text(
                left - 8.0,
                y + 5.0,
                "end",
                &crate::format::decimal(*tick, scale.decimals),
            );
        }
        let every = count.div_ceil(if width > 500.0 { 8 } else { 4 }).max(1);
        for (index, label) in self
            .labels
            .iter()
            .enumerate()
            .filter(|(index, _)| index % every == 0)
        {
            svg.line((x(index), bottom), (x(index), bottom + 5.0), INK, 1.0, "");
            // A label in the middle of its tick; only where it would be cut off is it moved.
            let anchor = if x(index) > right - 30.0 {
                "end"
            } else {
                "middle"
            };
            svg.text(x(index), bottom + 22.0, anchor, label);
        }
        for limits in &self.limits {
            let (from, to) = (
                x(limits.from) - step.min(16.0) / 2.0,
                x(limits.to) + step.min(16.0) / 2.0,
            );
            for (value, stroke, dash) in [
                (limits.centre, INK, ""),
                (limits.lower, GREY, "6 4"),
                (limits.upper, GREY, "6 4"),
            ] {
                svg.line(
                    (from, scale.at(value)),
                    (to, scale.at(value)),
                    stroke,
                    1.5,
                    dash,
                );
            }
        }
        for (number, series) in self.series.iter().enumerate().take(STYLES.len()).rev() {
            self.draw_series(&mut svg, number, series, &x, &scale);
        }
        svg.finish()
    }

    fn draw_series(
        &self,
        svg: &mut Svg,
        number: usize,
        series: &Series,
        x: &dyn Fn(usize) -> f64,
        scale: &Scale,
    ) {
        let (stroke, dash) = STYLES[number];
        let at = |index: usize| series.values.get(index).copied().flatten();
        for index in 1..self.labels.len() {
            if let (Some(before), Some(value)) = (at(index - 1), at(index)) {
                svg.line(
                    (x(index - 1), scale.at(before)),
                    (x(index), scale.at(value)),
                    stroke,
                    2.5,
                    dash,
                );
            }
        }
        for (index, label) in self.labels.iter().enumerate() {
            let signal = self
                .signals
                .iter()
                .find(|signal| number == 0 && signal.at == index);
            match (at(index), signal) {
                (None, _) if number == 0 => {
                    let y = scale.at(0.0) - 9.0;
                    let path = cross(x(index), y);
                    let attributes: [(&str, &dyn Display); 3] =
                        [("d", &path), ("stroke", &GREY), ("stroke-width", &2)];
                    svg.titled("path", &attributes, &format!("{label}: no data"));
                }
                (None, _) => {}
                (Some(value), Some(signal)) => {
                    let title = format!(
                        "{label}: {} {} – {}",
                        shown(Some(value), self.decimals),
                        self.unit,
                        signal.rule
                    );
                    let path = diamond(x(index), scale.at(value), 8.0);
                    let attributes: [(&str, &dyn Display); 4] = [
                        ("d", &path),
                        ("fill", &"#ffffff"),
                        ("stroke", &SIGNAL),
                        ("stroke-width", &3),
                    ];
                    svg.titled("path", &attributes, &title);
                }
                (Some(value), None) => {
                    let title = format!(
                        "{label}: {} {}",
                        shown(Some(value), self.decimals),
                        self.unit
                    );
                    svg.titled(
                        "circle",
                        &[
                            ("cx", &round(x(index))),
                            ("cy", &round(scale.at(value))),
                            ("r", &3.5),
                            ("fill", &stroke),
                        ],
                        &title,
                    );
                }
            }
        }
    }

    /// The key says in words what lines and shapes mean.
    fn key(&self) -> String {
        let mut entries = Vec::new();
        let line = |stroke: &str, dash: &str| {
            let dash = if dash.is_empty() {
                String::new()
            } else {
                format!(" stroke-dasharray=\"{dash}\"")
            };
            format!("<path d=\"M0 10H36\" stroke=\"{stroke}\" stroke-width=\"2.5\"{dash}/>")
        };
        for (series, (stroke, dash)) in self.series.iter().zip(STYLES) {
            entries.push((
                format!(
                    "{}<circle cx=\"18\" cy=\"10\" r=\"3.5\" fill=\"{stroke}\"/>",
                    line(stroke, dash)
                ),
                escape(&series.name),
            ));
        }
        if !self.limits.is_empty() {
            entries.push((line(INK, ""), "Average".to_owned()));
            entries.push((line(GREY, "6 4"), "Limits of usual change".to_owned()));
        }
        if !self.signals.is_empty() {
            let mark = format!(
                "<path d=\"{}\" fill=\"#ffffff\" stroke=\"{SIGNAL}\" stroke-width=\"3\"/>",
                diamond(18.0, 10.0, 8.0)
            );
            entries.push((mark, "Signal: more than chance".to_owned()));
        }
        if self
            .series
            .first()
            .is_some_and(|series| series.values.iter().any(Option::is_none))
        {
            entries.push((
                format!(
                    "<path d=\"M13 5 23 15M23 5 13 15\" stroke=\"{GREY}\" stroke-width=\"2\"/>"
                ),
                "No data".to_owned(),
            ));
        }
        let items: String = entries
            .into_iter()
            .map(|(swatch, words)| {
                format!(
                    "<li class=\"cw-legend__item\"><svg class=\"cw-legend__swatch\" viewBox=\"0 0 36 20\" \
                     aria-hidden=\"true\" focusable=\"false\">{swatch}</svg>{words}</li>"
                )
            })
            .collect();
        format!("<ul class=\"cw-legend\">{items}</ul>")
    }

    fn table(&self) -> String {
        let period = if self.period.is_empty() {
            "Period"
        } else {
            &self.period
        };
        let mut headings = vec![(period, false)];
        headings.extend(
            self.series
                .iter()
                .map(|series| (series.name.as_str(), true)),
        );
        if !self.limits.is_empty() {
            headings.extend([
                ("Average", true),
                ("Lower limit", true),
                ("Upper limit", true),
            ]);
        }
        if !self.signals.is_empty() {
            headings.push(("Signal", false));
        }
        let rows: Vec<Vec<Cell>> = self
            .labels
            .iter()
            .enumerate()
            .map(|(index, label)| self.row(index, label))
            .collect();
        table(&format!("{}-table", self.id), &self.title, &headings, &rows)
    }

    fn row(&self, index: usize, label: &str) -> Vec<Cell> {
        let mut row = vec![Cell::Words(label.to_owned())];
        for series in &self.series {
            row.push(Cell::Figure(shown(
                series.values.get(index).copied().flatten(),
                self.decimals,
            )));
        }
        if !self.limits.is_empty() {
            let limits = self
                .limits
                .iter()
                .find(|limits| (limits.from..=limits.to).contains(&index));
            for value in [
                limits.map(|l| l.centre),
                limits.map(|l| l.lower),
                limits.map(|l| l.upper),
            ] {
                row.push(Cell::Figure(
                    value.map(|value| shown(Some(value), 1)).unwrap_or_default(),
                ));
            }
        }
        if !self.signals.is_empty() {
            let rules: Vec<&str> = self
                .signals
                .iter()
                .filter(|signal| signal.at == index)
                .map(|signal| signal.rule.as_str())
                .collect();
            row.push(Cell::Words(rules.join("; ")));
        }
        row
    }
}

fn diamond(x: f64, y: f64, size: f64) -> String {
    let (x, y) = (round(x), round(y));
    format!(
        "M{x} {}L{} {y}L{x} {}L{} {y}Z",
        round(y - size),
        round(x + size),
        round(y + size),
        round(x - size)
    )
}

fn cross(x: f64, y: f64) -> String {
    let (left, right, top, bottom) = (
        round(x - 5.0),
        round(x + 5.0),
        round(y - 5.0),
        round(y + 5.0),
    );
    format!("M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}")
}
