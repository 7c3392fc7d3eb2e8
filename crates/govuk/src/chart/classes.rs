//! Classes of values on a map: a colour, a pattern and words for each.

use serde::Serialize;

use super::svg::GREY;
use crate::escape;

/// Five steps from light to dark (ColorBrewer YlGnBu): safe for the common kinds of colour blindness
/// and for grey print. `web/src/map.js` uses the same.
pub const PALETTE: [&str; 5] = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"];

/// The mark drawn on each step, on a tile of 8 by 8, so that steps differ without colour too.
const MARKS: [&str; 5] = [
    "",
    "<circle cx=\"4\" cy=\"4\" r=\"1\" fill=\"#0b0c0c\"/>",
    "<path d=\"M-2 2 2-2M0 8 8 0M6 10 10 6\" stroke=\"#0b0c0c\" stroke-width=\"1\"/>",
    "<path d=\"M0 2H8M0 6H8\" stroke=\"#ffffff\" stroke-width=\"1\"/>",
    "<path d=\"M0 0 8 8M8 0 0 8\" stroke=\"#ffffff\" stroke-width=\"1\"/>",
];

/// What has no data is neither white, which means none, nor any class.
pub(super) const NO_DATA: &str = "<rect width=\"8\" height=\"8\" fill=\"#e8e8e8\"/>\
    <path d=\"M2 2 6 6M6 2 2 6\" stroke=\"#6f777b\" stroke-width=\"1\"/>";

/// Classes by their lower bounds, ascending, at most five. A value below the first bound has no class.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Classes {
    /// Lower bound of each class; also the `breaks` of the map's data.
    pub breaks: Vec<f64>,
    /// Decimals of the bounds.
    pub decimals: u32,
}

impl Classes {
    /// Classes of about equal numbers of places over the values above zero, with round bounds.
    /// Few different values make fewer classes.
    pub fn quantiles(values: impl IntoIterator<Item = f64>, decimals: u32) -> Self {
        let mut values: Vec<f64> = values
            .into_iter()
            .filter(|value| value.is_finite() && *value > 0.0)
            .collect();
        values.sort_by(f64::total_cmp);
        let factor = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
        let mut breaks: Vec<f64> = Vec::new();
        for class in 0..PALETTE.len() {
            let Some(value) = values.get(class * values.len() / PALETTE.len()) else {
                break;
            };
            let bound = (value * factor).floor() / factor;
            let bound = if bound <= 0.0 { 1.0 / factor } else { bound };
            if breaks.last().is_none_or(|last| bound > *last) {
                breaks.push(bound);
            }
        }
        Self { breaks, decimals }
    }

    /// The class of a value, counted from zero.
    pub fn of(&self, value: f64) -> Option<usize> {
        self.breaks.iter().rposition(|bound| value >= *bound)
    }

    /// The step of the palette for a class, counted from zero; few classes spread over the palette.
    pub fn step(&self, class: usize) -> usize {
        let last = PALETTE.len() - 1;
        match self.breaks.len() {
            0 | 1 => last / 2,
            count => (class * last + (count - 1) / 2) / (count - 1),
        }
        .min(last)
    }

    /// The class in words: "5 to 9", "20 or more".
    pub fn label(&self, class: usize) -> String {
        let words = |value| crate::format::decimal(value, self.decimals);
        let Some(low) = self.breaks.get(class) else {
            return String::new();
        };
        let Some(next) = self.breaks.get(class + 1) else {
            return format!("{} or more", words(*low));
        };
        let high = next - 10_f64.powi(-i32::try_from(self.decimals).unwrap_or(0));
        if high <= *low {
            words(*low)
        } else {
            format!("{} to {}", words(*low), words(high))
        }
    }

    /// The key as HTML: a pattern and words for each class, for none and for no data. `prefix` keeps
    /// its ids unique on the page.
    pub fn legend(&self, prefix: &str, unit: &str) -> String {
        let mut html = format!(
            "<ul class=\"cw-legend\" aria-label=\"{}\">",
            escape(&format!("Key: {unit}"))
        );
        html += &item(
            "<rect width=\"36\" height=\"20\" fill=\"#ffffff\"/>",
            "",
            "None",
        );
        for class in 0..self.breaks.len() {
            let fill = format!("{prefix}-key-{class}");
            let swatch = format!(
                "<rect width=\"36\" height=\"20\" fill=\"url(#{})\"/>",
                escape(&fill)
            );
            html += &item(
                &swatch,
                &self.pattern(&fill, class, 1.0),
                &self.label(class),
            );
        }
        let missing = format!("{prefix}-key-missing");
        let swatch = format!(
            "<rect width=\"36\" height=\"20\" fill=\"url(#{})\"/>",
            escape(&missing)
        );
        html += &item(&swatch, &tile(&missing, NO_DATA, 1.0), "No data");
        html + "</ul>"
    }

    /// The definition of a class's pattern, on a tile of 8 times `scale`.
    pub(super) fn pattern(&self, id: &str, class: usize, scale: f64) -> String {
        let step = self.step(class);
        let colour = format!(
            "<rect width=\"8\" height=\"8\" fill=\"{}\"/>{}",
            PALETTE[step], MARKS[step]
        );
        tile(id, &colour, scale)
    }
}

/// A pattern of one tile, 8 times `scale` wide.
pub(super) fn tile(id: &str, content: &str, scale: f64) -> String {
    format!(
        "<pattern id=\"{}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"scale({scale})\">{content}</pattern>",
        escape(id)
    )
}

fn item(swatch: &str, definitions: &str, words: &str) -> String {
    let definitions = if definitions.is_empty() {
        String::new()
    } else {
        format!("<defs>{definitions}</defs>")
    };
    format!(
        "<li class=\"cw-legend__item\"><svg class=\"cw-legend__swatch\" viewBox=\"0 0 36 20\" aria-hidden=\"true\" \
         focusable=\"false\">{definitions}{swatch}<rect x=\"0.5\" y=\"0.5\" width=\"35\" height=\"19\" fill=\"none\" \
         stroke=\"{GREY}\"/></svg>{}</li>",
        escape(words)
    )
}
