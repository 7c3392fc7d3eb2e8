//! From what a door takes down to a report that can be received.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use commonweal_records::calendar::Calendar;
use commonweal_records::incidents::Qualifier;
use commonweal_records::matters::{
    Channel, Happening, Identity, NewReport, Occurrence, Place, ReportId, Whom,
};
use commonweal_records::party::PartyId;
use uuid::Uuid;

use super::rules::{Agency, Applies, Asked, Routed, Rules};

/// A report as a door takes it.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// By which door.
    pub channel: Channel,
    /// Names what arrived, so that the same twice makes one report.
    pub delivery: Option<String>,
    /// The agency whose door it came by.
    pub agency: Uuid,
    /// Who took it there.
    pub taken_by: Option<Uuid>,
    /// What another system calls it.
    pub their_reference: Option<String>,
    /// Who may know who reports.
    pub identity: Identity,
    /// Who reports.
    pub reporter: Option<PartyId>,
    /// For whom.
    pub whom: Whom,
    /// The type's key.
    pub kind: String,
    /// How it affects people, where told; else as is usual of the type.
    pub qualifier: Option<Qualifier>,
    /// What they told.
    pub description: String,
    /// Whether it is over.
    pub happening: Happening,
    /// Each time that it happened, as far as told.
    pub occurrences: Vec<Occurrence>,
    /// Where.
    pub place: Place,
    /// The town or ward, for the line in lists: never the address of a home.
    pub town: Option<String>,
    /// The landlord that they named, where it is in the partnership.
    pub landlord: Option<Uuid>,
    /// Whether they say that they are safe now.
    pub safe_now: Option<bool>,
    /// Whether they think that hatred is behind it.
    pub hate: Option<bool>,
    /// More text in which hot words are sought, such as who does it.
    pub more_words: Vec<String>,
    /// The language that it was told in.
    pub language: String,
    /// The record of the form that holds all answers.
    pub record: Option<Uuid>,
    /// The report that it goes on from.
    pub further_to: Option<ReportId>,
}

/// Makes a report ready: flags, hot words, whose it becomes and why, clocks, a line for lists.
#[must_use]
pub fn prepare(
    rules: &Rules,
    calendar: &Calendar,
    agencies: &[Agency],
    now: DateTime<Utc>,
    incoming: Incoming,
) -> (NewReport, Routed) {
    let kind = rules.kinds.get(&incoming.kind);
    let mut flags: Vec<(String, String)> = kind
        .map(|kind| {
            let because = format!("{} often comes with it", kind.label);
            let of = kind
                .suggest
                .iter()
                .map(|flag| (flag.clone(), because.clone()));
            of.collect()
        })
        .unwrap_or_default();
    if incoming.hate == Some(true) {
        flags.push(("hate".to_owned(), "whoever reported it says so".to_owned()));
    }
    let mut hot_words = rules.hot_words.find(&incoming.description);
    for more in &incoming.more_words {
        // They stand in another answer: without a place in the description.
        hot_words.extend(rules.hot_words.find(more).into_iter().map(|mut word| {
            (word.start, word.end) = (0, 0);
            word
        }));
    }
    for word in &hot_words {
        let flag = match word.group.as_str() {
            "domestic" => "domestic_abuse",
            "taken_over" => "home_taken_over",
            "weapons" | "violence" => "crime",
            "child" | "self_harm" => "safeguarding",
            _ => continue,
        };
        if !flags.iter().any(|known| known.0 == flag) {
            flags.push((flag.to_owned(), format!("the report says '{}'", word.words)));
        }
    }
    let names: Vec<String> = flags.iter().map(|flag| flag.0.clone()).collect();
    let routed = rules.routing.route(
        Asked {
            kind: &incoming.kind,
            flags: &names,
            at_home: incoming.place.at_home,
            now: incoming.happening == Happening::Now,
            time: now.with_timezone(&London).time(),
            landlord: incoming.landlord,
        },
        agencies,
        incoming.agency,
    );
    let urgent = !hot_words.is_empty() || incoming.safe_now == Some(false);
    let applies = if urgent {
        Applies::Urgent
    } else {
        Applies::New
    };
    let clocks = rules.clocks.start(calendar, "triage", applies, now);
    let title = title(
        rules.kinds.label(&incoming.kind),
        incoming.place.at_home,
        incoming.town.as_deref(),
    );
    let report = NewReport {
        channel: incoming.channel,
        delivery: incoming.delivery,
        agency: incoming.agency,
        taken_by: incoming.taken_by,
        their_reference: incoming.their_reference,
        identity: incoming.identity,
        reporter: incoming.reporter,
        whom: incoming.whom,
        qualifier: incoming
            .qualifier
            .or_else(|| kind.and_then(|kind| kind.qualifier)),
        kind: incoming.kind,
        description: incoming.description,
        happening: incoming.happening,
        occurrences: incoming.occurrences,
        place: incoming.place,
        safe_now: incoming.safe_now,
        hate: incoming.hate,
        hot_words,
        language: incoming.language,
        record: incoming.record,
        further_to: incoming.further_to,
        owner: routed.agency,
        title,
        clocks: clocks.into_iter().collect(),
        flags,
    };
    (report, routed)
}

/// A line for lists, without personal data: 'Noise at a home, Peterlee'.
fn title(kind: &str, at_home: bool, town: Option<&str>) -> String {
    let place = if at_home { " at a home" } else { "" };
    match town {
        Some(town) => format!("{kind}{place}, {town}"),
        None => format!("{kind}{place}"),
    }
}
