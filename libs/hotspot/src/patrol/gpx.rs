//! A plan for a satnav or a phone.

use std::fmt::Write as _;

use geo::Coord;

use super::PatrolPlan;

impl PatrolPlan {
    /// The plan as GPX 1.1: one route per shift (or day), one point per visit.
    ///
    /// `name` gives a place's name, `degrees` its longitude (x) and latitude (y).
    ///
    /// Source: Topografix, *GPX 1.1 Schema*.
    #[must_use]
    pub fn gpx(
        &self,
        name: impl Fn(usize) -> String,
        degrees: impl Fn(usize) -> Coord<f64>,
    ) -> String {
        let mut text = String::from(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <gpx version=\"1.1\" creator=\"hotspot\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n",
        );
        for route in self
            .visits
            .chunk_by(|a, b| (a.day, a.shift) == (b.day, b.shift))
        {
            let day = route.first().map_or(0, |visit| visit.day) + 1;
            let shift = route.first().and_then(|visit| visit.shift);
            let shift = shift.map_or_else(String::new, |shift| format!(", shift {}", shift + 1));
            // Writing to a string cannot fail.
            let _ = writeln!(text, "<rte><name>Day {day}{shift}</name>");
            for visit in route {
                let at = degrees(visit.place);
                let start = visit.start.map_or_else(String::new, |start| {
                    format!("{:02}:{:02}, ", start / 60 % 24, start % 60)
                });
                let _ = writeln!(
                    text,
                    "<rtept lat=\"{:.6}\" lon=\"{:.6}\"><name>{}</name><desc>{start}{} minutes</desc></rtept>",
                    at.y,
                    at.x,
                    escaped(&name(visit.place)),
                    visit.minutes
                );
            }
            text.push_str("</rte>\n");
        }
        text.push_str("</gpx>\n");
        text
    }
}

/// Text that XML can hold: marks escaped, control characters left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {}
            other => safe.push(other),
        }
    }
    safe
}
