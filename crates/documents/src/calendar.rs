//! Calendars (iCalendar, RFC 5545) that people subscribe to or download: due dates, meetings,
//! reviews.
//!
//! Moments are written in UTC, which every calendar program shows in its reader's own time, so
//! that no time-zone rules need to travel with the file; days are written as days. A feed goes
//! to calendars outside Commonweal: callers put nothing personal in it.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

/// The media type.
pub const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// What it is called among its reader's other calendars.
    pub name: String,
    /// What it holds; may be empty.
    pub description: String,
    /// How often programs should ask again, in whole hours; 0 says nothing.
    pub refresh_hours: u32,
    /// What is in it.
    pub entries: Vec<Entry>,
}

/// An event or a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name for good, the same in every download: `{id}@{host}`.
    pub uid: String,
    /// When it last changed; also its time stamp, so that the same entries give the same bytes.
    pub changed: DateTime<Utc>,
    /// How often it changed, so that programs take the newer of two copies.
    pub sequence: u32,
    /// What it is.
    pub kind: Kind,
    /// Its line in the calendar.
    pub summary: String,
    /// More words; may be empty.
    pub description: String,
    /// Where; may be empty.
    pub location: String,
    /// Its page, an absolute address; may be empty.
    pub url: String,
    /// Labels.
    pub categories: Vec<String>,
    /// When the reader is reminded.
    pub alarms: Vec<Alarm>,
}

/// What an entry is, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something that happens.
    Event {
        /// When.
        when: When,
        /// Whether it was called off: programs then take it away or strike it through.
        cancelled: bool,
    },
    /// Something to do.
    Task {
        /// The day by whose end, or the moment by which.
        due: Due,
        /// When it was done, where it is.
        done: Option<DateTime<Utc>>,
    },
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Whole days, the last one included.
    Days {
        /// The first.
        first: NaiveDate,
        /// The last; the first itself for a single day.
        last: NaiveDate,
    },
    /// From a moment to a moment; the end is not before the start.
    Time {
        /// Its start.
        start: DateTime<Utc>,
        /// Its end.
        end: DateTime<Utc>,
    },
}

/// By when something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// On this day.
    Day(NaiveDate),
    /// At this moment.
    Time(DateTime<Utc>),
}

/// A reminder, shown by the reader's own program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// How many minutes before the start of an event, or before a task is due (the start of the
    /// day, where it is due on a day); less than 0 is after it.
    pub minutes_before: i64,
}

impl Calendar {
    /// The calendar as a file.
    #[must_use]
    pub fn to_ics(&self) -> String {
        let mut lines = Lines::default();
        lines.raw("BEGIN:VCALENDAR");
        lines.raw("VERSION:2.0");
        lines.raw("PRODID:-//Commonweal//Commonweal//EN");
        lines.raw("CALSCALE:GREGORIAN");
        lines.raw("METHOD:PUBLISH");
        // The older name beside that of RFC 7986: Outlook and Apple read the older.
        lines.text("NAME", &self.name);
        lines.text("X-WR-CALNAME", &self.name);
        lines.text("DESCRIPTION", &self.description);
        lines.text("X-WR-CALDESC", &self.description);
        lines.raw("X-WR-TIMEZONE:Europe/London");
        if self.refresh_hours > 0 {
            lines.raw(&format!(
                "REFRESH-INTERVAL;VALUE=DURATION:PT{}H",
                self.refresh_hours
            ));
            lines.raw(&format!("X-PUBLISHED-TTL:PT{}H", self.refresh_hours));
        }
        for entry in &self.entries {
            entry.write(&mut lines);
        }
        lines.raw("END:VCALENDAR");
        lines.0
    }
}

impl Entry {
    fn write(&self, lines: &mut Lines) {
        let name = match self.kind {
            Kind::Event { .. } => "VEVENT",
            Kind::Task { .. } => "VTODO",
        };
        lines.raw(&format!("BEGIN:{name}"));
        lines.text("UID", &self.uid);
        lines.raw(&format!("DTSTAMP:{}", moment(self.changed)));
        lines.raw(&format!("LAST-MODIFIED:{}", moment(self.changed)));
        lines.raw(&format!("SEQUENCE:{}", self.sequence));
        match self.kind {
            Kind::Event { when, cancelled } => {
                match when {
                    When::Days { first, last } => {
                        // The end of whole days is the day after the last.
                        let end = last.max(first);
                        let end = end.checked_add_days(Days::new(1)).unwrap_or(end);
                        lines.raw(&format!("DTSTART;VALUE=DATE:{}", day(first)));
                        lines.raw(&format!("DTEND;VALUE=DATE:{}", day(end)));
                        lines.raw("TRANSP:TRANSPARENT");
                    }
                    When::Time { start, end } => {
                        lines.raw(&format!("DTSTART:{}", moment(start)));
                        lines.raw(&format!("DTEND:{}", moment(end.max(start))));
                    }
                }
                lines.raw(if cancelled {
                    "STATUS:CANCELLED"
                } else {
                    "STATUS:CONFIRMED"
                });
            }
            Kind::Task { due, done } => {
                lines.raw(&match due {
                    Due::Day(date) => format!("DUE;VALUE=DATE:{}", day(date)),
                    Due::Time(time) => format!("DUE:{}", moment(time)),
                });
                if let Some(done) = done {
                    lines.raw("STATUS:COMPLETED");
                    lines.raw("PERCENT-COMPLETE:100");
                    lines.raw(&format!("COMPLETED:{}", moment(done)));
                } else {
                    lines.raw("STATUS:NEEDS-ACTION");
                }
            }
        }
        lines.text("SUMMARY", &self.summary);
        lines.text("DESCRIPTION", &self.description);
        lines.text("LOCATION", &self.location);
        let url: String = self
            .url
            .chars()
            .filter(|c| !c.is_control() && *c != ' ')
            .collect();
        if !url.is_empty() {
            lines.raw(&format!("URL:{url}"));
        }
        let labels: Vec<String> = self.categories.iter().map(|label| escape(label)).collect();
        if !labels.is_empty() {
            lines.raw(&format!("CATEGORIES:{}", labels.join(",")));
        }
        let done = matches!(
            self.kind,
            Kind::Task { done: Some(_), .. }
                | Kind::Event {
                    cancelled: true,
                    ..
                }
        );
        for alarm in self.alarms.iter().filter(|_| !done) {
            // A task has no start to count from.
            let related = if name == "VTODO" { ";RELATED=END" } else { "" };
            lines.raw("BEGIN:VALARM");
            lines.raw("ACTION:DISPLAY");
            lines.text(
                "DESCRIPTION",
                if self.summary.is_empty() {
                    "Reminder"
                } else {
                    &self.summary
                },
            );
            lines.raw(&format!(
                "TRIGGER{related}:{}",
                length(-alarm.minutes_before)
            ));
            lines.raw("END:VALARM");
        }
        lines.raw(&format!("END:{name}"));
    }
}

fn day(date: NaiveDate) -> String {
    date.format("%Y%m%d").to_string()
}

fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y%m%dT%H%M%SZ").to_string()
}

/// Minutes as RFC 5545 writes lengths: `-P1DT2H`.
fn length(minutes: i64) -> String {
    // At most a hundred years, so that no calendar program overflows.
    let length = TimeDelta::minutes(minutes.clamp(-52_560_000, 52_560_000));
    let sign = if minutes < 0 { "-" } else { "" };
    let whole = length.abs();
    let (days, hours, minutes) = (
        whole.num_days(),
        whole.num_hours() % 24,
        whole.num_minutes() % 60,
    );
    let mut text = format!("{sign}P");
    if days > 0 {
        text += &format!("{days}D");
    }
    if hours > 0 || minutes > 0 || days == 0 {
        text.push('T');
        if hours > 0 {
            text += &format!("{hours}H");
        }
        if minutes > 0 || hours == 0 {
            text += &format!("{minutes}M");
        }
    }
    text
}

/// Text as a value: what has a meaning in the format is escaped, line ends become `\n`, other
/// control characters go.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' | ';' | ',' => {
                safe.push('\\');
                safe.push(letter);
            }
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => safe.push_str("\\n"),
            '\t' => safe.push(' '),
            letter if letter.is_control() => {}
            letter => safe.push(letter),
        }
    }
    safe
}

/// Content lines, folded at 75 octets.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A property with text; nothing where the text is empty.
    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.raw(&format!("{name}:{}", escape(text)));
        }
    }

    fn raw(&mut self, line: &str) {
        let mut width = 0;
        for letter in line.chars() {
            if width + letter.len_utf8() > 75 {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(letter);
            width += letter.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
