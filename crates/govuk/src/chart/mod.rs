//! Charts drawn on the server as SVG, each with the table of its figures.
//!
//! Colours, line styles and shapes are presentation attributes, so that the same drawing serves pages
//! (whose policy forbids inline style) and PDF. Meaning never rests on colour alone: signals have a
//! shape of their own, classes a pattern, series a dash. A page gets two drawings of a chart with
//! text, a wide and a narrow one, of which the style sheet shows one: letters keep their size on a phone.
//!
//! ```
//! use commonweal_govuk::chart::{Bar, BarChart};
//! let chart = BarChart {
//!     id: "towns".into(),
//!     title: "Incidents by town".into(),
//!     unit: "incidents".into(),
//!     bars: vec![Bar::new("Peterlee", Some(120.0)), Bar::new("Consett", None)],
//!     ..BarChart::default()
//! };
//! let drawn = chart.draw();
//! assert!(drawn.figure.contains("<svg") && drawn.table.contains("no data"));
//! ```
//!
//! In a template: `{% from "components/chart.html" import chart %}{{ chart({"drawn": towns}) }}`.

mod bar;
mod classes;
mod line;
mod map;
mod scale;
mod svg;

use serde::Serialize;

pub use bar::{Bar, BarChart};
pub use classes::{Classes, PALETTE};
pub use line::{Limits, LineChart, Series, Signal};
pub use map::{MapChart, Shape};

use crate::escape;

/// A chart, ready for a page (see `components/chart.html`) and for a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// The chart's id.
    pub id: String,
    /// `<figure>` with title, drawing and key.
    pub figure: String,
    /// The figures as `<table>`, which every page shows with the chart.
    pub table: String,
    /// The wide drawing by itself, for documents.
    pub svg: String,
}

impl Drawn {
    fn new(id: &str, title: &str, drawings: &[(&str, String)], key: &str, table: String) -> Self {
        let inner: String = drawings
            .iter()
            .map(|(class, svg)| format!("<div class=\"cw-chart__drawing {class}\">{svg}</div>"))
            .collect();
        let figure = format!(
            "<figure class=\"cw-chart\" id=\"{}\"><figcaption>{}</figcaption>{inner}{key}</figure>",
            escape(id),
            escape(title)
        );
        let svg = drawings
            .first()
            .map(|(_, svg)| svg.clone())
            .unwrap_or_default();
        Self {
            id: id.to_owned(),
            figure,
            table,
            svg,
        }
    }
}

/// A table cell: words or a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    Words(String),
    Figure(String),
}

/// The figures of a chart as a table; the first cell of a row is its heading.
fn table(id: &str, caption: &str, headings: &[(&str, bool)], rows: &[Vec<Cell>]) -> String {
    let mut html = format!(
        "<div class=\"cw-scroll\" role=\"region\" aria-labelledby=\"{id}-caption\" tabindex=\"0\">\
         <table class=\"govuk-table\"><caption class=\"govuk-table__caption govuk-table__caption--s\" \
         id=\"{id}-caption\">{}</caption><thead class=\"govuk-table__head\"><tr class=\"govuk-table__row\">",
        escape(caption),
        id = escape(id)
    );
    for (heading, numeric) in headings {
        let class = if *numeric {
            " govuk-table__header--numeric"
        } else {
            ""
        };
        html += &format!(
            "<th scope=\"col\" class=\"govuk-table__header{class}\">{}</th>",
            escape(heading)
        );
    }
    html += "</tr></thead><tbody class=\"govuk-table__body\">";
    for row in rows {
        html += "<tr class=\"govuk-table__row\">";
        for (index, cell) in row.iter().enumerate() {
            html += &match (index, cell) {
                (0, Cell::Words(text) | Cell::Figure(text)) => {
                    format!(
                        "<th scope=\"row\" class=\"govuk-table__header\">{}</th>",
                        escape(text)
                    )
                }
                (_, Cell::Words(text)) => {
                    format!("<td class=\"govuk-table__cell\">{}</td>", escape(text))
                }
                (_, Cell::Figure(text)) => {
                    format!(
                        "<td class=\"govuk-table__cell govuk-table__cell--numeric\">{}</td>",
                        escape(text)
                    )
                }
            };
        }
        html += "</tr>";
    }
    html + "</tbody></table></div>"
}

/// A value as text, with so many decimals; "no data" where it is missing.
fn shown(value: Option<f64>, decimals: u32) -> String {
    value.map_or_else(
        || "no data".to_owned(),
        |value| crate::format::decimal(value, decimals),
    )
}

#[cfg(test)]
mod tests;
