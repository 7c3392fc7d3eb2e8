//! What the page of a matter shows of one report.

use commonweal_forms::definition::Personal;
use commonweal_records::matters::Identity;
use serde::Serialize;

use super::model;
use super::queue::moment;
use super::show::{Heard, Loaded};
use super::view::Fact;
use crate::public_report;
use crate::reporting::Rules;

/// Binds of the report's form that stand on the page by themselves.
const SHOWN: [&str; 12] = [
    "report.whom",
    "report.kind",
    "report.description",
    "report.place",
    "report.place_words",
    "report.at_home",
    "report.happening",
    "report.on",
    "report.at",
    "report.safe_now",
    "report.hate",
    "report.identity",
];

#[derive(Debug, Clone, Serialize)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) hot: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub(super) reference: String,
    pub(super) when: String,
    pub(super) who: String,
    pub(super) pieces: Vec<Piece>,
    pub(super) hot: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) more: Vec<Answered>,
    pub(super) files: Option<String>,
    pub(super) unsafe_now: bool,
}

/// A question that was asked, and what was answered.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Answered {
    pub(super) question: String,
    pub(super) answer: Option<String>,
}

pub(super) fn told(rules: &Rules, loaded: &Loaded, heard: &Heard) -> Told {
    let (report, party) = (&heard.report, heard.party.as_ref());
    let places: Vec<(usize, usize)> = report
        .hot_words
        .iter()
        .map(|word| (word.start, word.end))
        .collect();
    let mut facts = vec![Fact {
        key: "Where",
        value: match (report.place.words.as_str(), report.place.at_home) {
            ("", _) => "A place on the map".to_owned(),
            (words, true) => format!("{words} (a home)"),
            (words, false) => words.to_owned(),
        },
    }];
    facts.push(Fact {
        key: "When",
        value: match (report.happening, report.happened_from) {
            (happening, Some(from)) => format!("{}, {}", happening.label(), moment(from)),
            (happening, None) => happening.label().to_owned(),
        },
    });
    if report.hate == Some(true) {
        facts.push(Fact {
            key: "Hate",
            value: "They think that hatred is behind it".to_owned(),
        });
    }
    if let Some(theirs) = &report.their_reference {
        facts.push(Fact {
            key: "Their reference",
            value: theirs.clone(),
        });
    }
    let who = match (report.identity, party) {
        (Identity::Anonymous, _) => "Anonymous".to_owned(),
        (Identity::Confidential, None) => "Confidential".to_owned(),
        (Identity::Confidential, Some(party)) => {
            format!(
                "{} ({}), confidential",
                party.details.name(),
                party.reference
            )
        }
        (Identity::Named, Some(party)) => format!("{} ({})", party.details.name(), party.reference),
        (Identity::Named, None) => "No name".to_owned(),
    };
    let mut hot: Vec<String> = report
        .hot_words
        .iter()
        .map(|word| rules.hot_words.label(&word.group).to_owned())
        .collect();
    hot.dedup();
    Told {
        reference: report.reference.clone(),
        when: format!(
            "{}, {}, {}",
            moment(report.received_at),
            report.channel.label(),
            loaded.name(report.agency)
        ),
        who,
        pieces: model::marked(&report.description, &places)
            .into_iter()
            .map(|(text, hot)| Piece { text, hot })
            .collect(),
        hot,
        facts,
        more: more(heard),
        files: heard
            .facts
            .iter()
            .any(|fact| !fact.files.is_empty())
            .then(|| format!("{}/messages/{}", loaded.matter.href(), report.reference)),
        unsafe_now: report.safe_now == Some(false),
    }
}

/// What else was asked and answered. Of a confidential reporter, personal answers are for those who may
/// know who it is.
fn more(heard: &Heard) -> Vec<Answered> {
    let shown = |fact: &&public_report::Fact| {
        let bind = fact.bind.as_deref().unwrap_or_default();
        !SHOWN.contains(&bind) && fact.files.is_empty()
    };
    heard
        .facts
        .iter()
        .filter(shown)
        .map(|fact| Answered {
            question: fact.question.clone(),
            answer: (heard.open || fact.personal == Personal::None).then(|| fact.answer.clone()),
        })
        .collect()
}
