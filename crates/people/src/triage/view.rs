//! What the page of a matter shows, made of what was read.

use std::collections::BTreeMap;

use chrono_tz::Europe::London;
use commonweal_access::policy::Action;
use commonweal_access::web::Viewer;
use commonweal_records::incidents::Qualifier;
use commonweal_records::matters::{self, State};
use serde::Serialize;

use super::model::{self, Act, BANDS, FLAGS, OUTCOMES};
use super::queue::moment;
use super::show::{Loaded, Seen};
use super::store::Referral;
use super::told::{Told, told};
use crate::messages;
use crate::reporting::{self, Rules};

/// Reports whose words stand on the page; the others are a link away in their messages.
pub(super) const WORDS: usize = 10;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Fact {
    pub(super) key: &'static str,
    pub(super) value: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) selected: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Flag {
    pub(super) key: &'static str,
    pub(super) text: &'static str,
    pub(super) meaning: &'static str,
    pub(super) state: Option<&'static str>,
    pub(super) colour: &'static str,
    pub(super) reason: Option<String>,
    pub(super) their_reference: Option<String>,
    pub(super) police: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) href: Option<String>,
    pub(super) note: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Referred {
    pub(super) id: String,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) reason: String,
    pub(super) due: String,
}

/// What the page shows.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Context {
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) state: &'static str,
    pub(super) band: Option<&'static str>,
    pub(super) version: i64,
    pub(super) stale: bool,
    pub(super) facts: Vec<Fact>,
    pub(super) stopped: bool,
    pub(super) told: Vec<Told>,
    pub(super) more: usize,
    pub(super) flags: Vec<Flag>,
    pub(super) suggested: Option<Fact>,
    pub(super) alike: Vec<Line>,
    pub(super) near: Vec<Line>,
    pub(super) merges: Vec<Line>,
    pub(super) answers: Vec<Line>,
    /// A referral that waits for this viewer's agency.
    pub(super) to_answer: Option<Referred>,
    /// A referral that this viewer's agency made.
    pub(super) waiting: Option<Referred>,
    pub(super) may: BTreeMap<&'static str, bool>,
    pub(super) bands: Vec<Item>,
    pub(super) agencies: Vec<Item>,
    pub(super) outcomes: Vec<Item>,
    pub(super) kinds: Vec<Item>,
    pub(super) qualifiers: Vec<Item>,
    pub(super) cases: Vec<Item>,
    pub(super) case: Option<String>,
    pub(super) merged_into: Option<String>,
    pub(super) messages: Option<messages::Panel>,
}

fn items<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>, chosen: Option<&str>) -> Vec<Item> {
    all.into_iter()
        .map(|(value, text)| Item {
            value: value.to_owned(),
            text: text.to_owned(),
            selected: chosen == Some(value),
        })
        .collect()
}

pub(super) fn context(
    rules: &Rules,
    viewer: &Viewer,
    loaded: &Loaded,
    seen: Seen,
    stale: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Context {
    let matter = &loaded.matter;
    let decides = loaded.decides(viewer);
    let works = viewer.may(Action::WorkOnReports, &loaded.resource);
    let shown = |referral: &Referral| Referred {
        id: referral.id.to_string(),
        to: loaded.name(referral.to),
        from: loaded.name(referral.from),
        reason: referral.reason.clone(),
        due: moment(referral.answer_due),
    };
    let offered = loaded.offered();
    let fits = |act: Act| decides && act.fits(matter.state);
    let stopped = seen
        .flags
        .get("domestic_abuse")
        .is_some_and(|flag| flag.0 != "ruled_out");
    Context {
        reference: matter.reference.clone(),
        title: matter.title.clone(),
        state: matter.state.label(),
        band: matter
            .band
            .as_deref()
            .and_then(|band| model::words(&BANDS, band)),
        version: matter.version,
        stale,
        facts: facts(rules, loaded, seen.owner.as_deref(), now),
        stopped,
        told: seen
            .reports
            .iter()
            .take(WORDS)
            .map(|heard| told(rules, loaded, heard))
            .collect(),
        more: seen.reports.len().saturating_sub(WORDS),
        flags: flags(&seen.flags),
        suggested: suggested(rules, loaded, &seen),
        alike: seen
            .alike
            .into_iter()
            .map(|one| Line {
                text: format!("{} ({})", one.title, one.reference),
                href: Some(format!("/matters/{}", one.reference)),
                note: format!(
                    "{}. {}, {}",
                    one.reasons.join(", "),
                    one.state.label(),
                    moment(one.received_at)
                ),
            })
            .collect(),
        near: seen
            .near
            .into_iter()
            .map(|(reference, title, note, reports)| Line {
                text: format!("{title} ({reference})"),
                href: Some(format!("/matters/{reference}")),
                note: format!(
                    "{note}, {reports} report{}",
                    if reports == 1 { "" } else { "s" }
                ),
            })
            .collect(),
        merges: seen
            .merges
            .into_iter()
            .map(|one| Line {
                text: one.reference,
                href: Some(one.id.to_string()),
                note: format!("{}. {}", moment(one.at), one.reason),
            })
            .collect(),
        answers: loaded
            .referrals
            .iter()
            .filter(|one| one.state != "offered")
            .map(|one| Line {
                text: format!("{}: {}", loaded.name(one.to), one.state),
                href: None,
                note: match one.answer.as_deref().filter(|text| !text.is_empty()) {
                    Some(answer) => format!("{}. They said: {answer}", moment(one.asked_at)),
                    None => moment(one.asked_at),
                },
            })
            .collect(),
        to_answer: offered.filter(|_| loaded.answers(viewer)).map(shown),
        waiting: offered.filter(|_| decides).map(shown),
        may: BTreeMap::from([
            ("accept", fits(Act::Accept)),
            ("refer", fits(Act::Refer) && offered.is_none()),
            ("close", fits(Act::Close)),
            ("reopen", fits(Act::Reopen)),
            (
                "case",
                fits(Act::Case) && viewer.principal.may_enter(Action::WorkOnCases),
            ),
            ("merge", fits(Act::Merge)),
            ("unmerge", fits(Act::Unmerge)),
            ("kind", decides && Act::Kind.fits(matter.state)),
            ("flag", works && Act::Flag.fits(matter.state)),
        ]),
        bands: items(BANDS, matter.band.as_deref()),
        agencies: std::iter::once(Item {
            value: String::new(),
            text: "Choose an agency".to_owned(),
            selected: false,
        })
        .chain(
            loaded
                .agencies
                .iter()
                .filter(|agency| agency.id != matter.agency)
                .map(|agency| Item {
                    value: agency.id.to_string(),
                    text: agency.name.clone(),
                    selected: false,
                }),
        )
        .collect(),
        outcomes: items(OUTCOMES, None),
        kinds: items(
            rules
                .kinds
                .iter()
                .map(|kind| (kind.key.as_str(), kind.label.as_str())),
            Some(&matter.kind),
        ),
        qualifiers: Qualifier::ALL
            .iter()
            .map(|one| Item {
                value: one.number().to_string(),
                text: one.label().to_owned(),
                selected: matter.qualifier == Some(*one),
            })
            .collect(),
        cases: seen
            .cases
            .into_iter()
            .map(|(reference, title)| Item {
                text: format!("{title} ({reference})"),
                value: reference,
                selected: false,
            })
            .collect(),
        case: seen.case,
        merged_into: seen.merged_into,
        messages: Some(seen.messages),
    }
}

fn facts(
    rules: &Rules,
    loaded: &Loaded,
    owner: Option<&str>,
    now: chrono::DateTime<chrono::Utc>,
) -> Vec<Fact> {
    let matter = &loaded.matter;
    let mut facts = vec![
        Fact {
            key: "Whose it is",
            value: match owner {
                Some(owner) => format!("{owner}, {}", loaded.name(matter.agency)),
                None => format!("{}; nobody in person yet", loaded.name(matter.agency)),
            },
        },
        Fact {
            key: "Type",
            value: match matter.qualifier {
                Some(qualifier) => {
                    format!(
                        "{}, {}",
                        rules.kinds.label(&matter.kind),
                        qualifier.label().to_lowercase()
                    )
                }
                None => rules.kinds.label(&matter.kind).to_owned(),
            },
        },
        Fact {
            key: "Came",
            value: moment(matter.opened_at),
        },
    ];
    if let Some((due, kind)) = &matter.due {
        facts.push(Fact {
            key: "To do next",
            value: format!(
                "{} by {}{}",
                rules.clocks.label(kind),
                moment(*due),
                if *due < now { " (overdue)" } else { "" }
            ),
        });
    }
    if let Some(outcome) = matter
        .outcome
        .as_deref()
        .and_then(|one| model::words(&OUTCOMES, one))
    {
        facts.push(Fact {
            key: "What became of it",
            value: outcome.to_owned(),
        });
    }
    facts
}

fn flags(known: &BTreeMap<String, (String, String, Option<String>)>) -> Vec<Flag> {
    FLAGS
        .iter()
        .map(|(key, text, meaning)| {
            let now = known.get(*key);
            let (state, colour) = match now.map(|flag| flag.0.as_str()) {
                Some("suggested") => (Some("Suggested"), "yellow"),
                Some("confirmed") => (Some("Confirmed"), "red"),
                Some("ruled_out") => (Some("Ruled out"), "grey"),
                _ => (None, "grey"),
            };
            Flag {
                key,
                text,
                meaning,
                state,
                colour,
                reason: now.map(|flag| flag.1.clone()),
                their_reference: now.and_then(|flag| flag.2.clone()),
                police: *key == "crime",
            }
        })
        .collect()
}

/// The agency that the rules would give it to by now, where that is another, with the reason.
fn suggested(rules: &Rules, loaded: &Loaded, seen: &Seen) -> Option<Fact> {
    let matter = &loaded.matter;
    let flags: Vec<String> = seen
        .flags
        .iter()
        .filter(|flag| flag.1.0 != "ruled_out")
        .map(|flag| flag.0.clone())
        .collect();
    let newest = &seen.reports.first()?.report;
    let routed = rules.routing.route(
        reporting::rules::Asked {
            kind: &matter.kind,
            flags: &flags,
            at_home: matter.at_home,
            now: newest.happening == matters::Happening::Now,
            time: newest.received_at.with_timezone(&London).time(),
            landlord: None,
        },
        &loaded.agencies,
        matter.agency,
    );
    (routed.agency != matter.agency && matter.state == State::New).then(|| Fact {
        key: "Suggested",
        value: format!("{}, because {}", loaded.name(routed.agency), routed.because),
    })
}
