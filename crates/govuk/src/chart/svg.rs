//! A small writer of SVG.

use std::fmt::{Display, Write};

use crate::escape;

pub(super) const INK: &str = "#0b0c0c";
pub(super) const GREY: &str = "#6f777b";
pub(super) const GRID: &str = "#cecece";

/// A drawing in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Svg(String);

impl Svg {
    /// Starts a drawing that scales to its box, with title and description for those who do not see it.
    pub(super) fn new(id: &str, width: f64, height: f64, title: &str, description: &str) -> Self {
        let id = escape(id);
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-desc\" font-family=\"Arial, sans-serif\" font-size=\"15\" \
             focusable=\"false\"><title id=\"{id}-title\">{}</title><desc id=\"{id}-desc\">{}</desc>",
            escape(title),
            escape(description)
        ))
    }

    /// An element without content.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        self.open(name, attributes);
        self.0.truncate(self.0.len() - 1);
        self.0.push_str("/>");
    }

    /// An element whose only content is its title (a tip under the pointer).
    pub(super) fn titled(&mut self, name: &str, attributes: &[(&str, &dyn Display)], title: &str) {
        self.open(name, attributes);
        self.0.push_str("<title>");
        self.0.push_str(&escape(title));
        self.0.push_str("</title>");
        self.close(name);
    }

    /// A line of text; `anchor` is start, middle or end.
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: &str, text: &str) {
        self.open(
            "text",
            &[
                ("x", &round(x)),
                ("y", &round(y)),
                ("text-anchor", &anchor),
                ("fill", &INK),
            ],
        );
        self.0.push_str(&escape(text));
        self.close("text");
    }

    /// A straight line.
    pub(super) fn line(
        &mut self,
        from: (f64, f64),
        to: (f64, f64),
        stroke: &str,
        width: f64,
        dash: &str,
    ) {
        self.open(
            "line",
            &[
                ("x1", &round(from.0)),
                ("y1", &round(from.1)),
                ("x2", &round(to.0)),
                ("y2", &round(to.1)),
                ("stroke", &stroke),
                ("stroke-width", &width),
            ],
        );
        self.0.truncate(self.0.len() - 1);
        if !dash.is_empty() {
            let _infallible = write!(self.0, " stroke-dasharray=\"{dash}\"");
        }
        self.0.push_str("/>");
    }

    /// Finished pieces of SVG.
    pub(super) fn raw(&mut self, svg: &str) {
        self.0.push_str(svg);
    }

    /// The finished drawing.
    pub(super) fn finish(mut self) -> String {
        self.close("svg");
        self.0
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            let _infallible = write!(self.0, " {attribute}=\"{}\"", escape(&value.to_string()));
        }
        self.0.push('>');
    }

    fn close(&mut self, name: &str) {
        let _infallible = write!(self.0, "</{name}>");
    }
}

/// A coordinate to a tenth of a unit: enough for the eye, short in the page.
pub(super) fn round(value: f64) -> f64 {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// Breaks words into at most `lines` lines of about `width` letters.
pub(super) fn wrap(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else if wrapped.len() + 1 < lines {
            wrapped.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line.push('…');
            break;
        }
    }
    wrapped.push(line);
    wrapped
}
