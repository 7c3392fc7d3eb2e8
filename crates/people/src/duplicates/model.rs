//! What is compared, and what was found.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_records::matters::{MatterId, ReportId, State};
use commonweal_records::party::PartyId;

/// When something happened, as far as told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Whether the hour was told, not the day alone.
    pub exact: bool,
}

impl Times {
    /// From one moment to another.
    #[must_use]
    pub fn moments(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            from: from.min(to),
            to: from.max(to),
            exact: true,
        }
    }

    /// From one day to another, both whole, as London's calendar has them.
    #[must_use]
    pub fn days(from: NaiveDate, to: NaiveDate) -> Self {
        let begins = |day: NaiveDate| {
            let midnight = day.and_time(NaiveTime::MIN);
            let there = London.from_local_datetime(&midnight).earliest();
            there.map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
        };
        Self {
            from: begins(from.min(to)),
            to: begins(from.max(to) + Duration::days(1)) - Duration::seconds(1),
            exact: false,
        }
    }
}

/// A report that others are compared with: one that is stored, or one that somebody types.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its matter, which is left out; none while it is typed.
    pub matter: Option<MatterId>,
    /// The type's key; empty while it is not known.
    pub kind: String,
    /// What was told.
    pub words: String,
    /// Latitude and longitude, WGS84.
    pub point: Option<(f64, f64)>,
    /// Where, in words.
    pub place: String,
    /// When, as far as told.
    pub times: Option<Times>,
    /// Whether it keeps happening.
    pub repeated: bool,
    /// Who told, where they gave their name and it is not confidential.
    pub reporter: Option<PartyId>,
    /// When it came; while it is typed, now.
    pub received_at: DateTime<Utc>,
}

impl Subject {
    /// A report that somebody begins to type.
    #[must_use]
    pub fn typed(now: DateTime<Utc>) -> Self {
        Self {
            matter: None,
            kind: String::new(),
            words: String::new(),
            point: None,
            place: String::new(),
            times: None,
            repeated: false,
            reporter: None,
            received_at: now,
        }
    }
}

/// A matter that may be about the same thing.
#[derive(Debug, Clone, PartialEq)]
pub struct Likely {
    /// The matter.
    pub matter: MatterId,
    /// Its reference.
    pub reference: String,
    /// Its line for lists, without personal data.
    pub title: String,
    /// Its state.
    pub state: State,
    /// The one of its reports that is most alike.
    pub report: ReportId,
    /// That report's reference.
    pub report_reference: String,
    /// When that report came.
    pub received_at: DateTime<Utc>,
    /// The sum of the weights.
    pub score: f64,
    /// Why, in plain words, such as '120 metres away'; the strongest first.
    pub reasons: Vec<String>,
}
