//! Flags, outcomes and what may follow on what: no database but for one question.

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_records::matters::{MatterId, State};

/// A flag: its key, its words, and what it means for whoever works on the matter.
pub const FLAGS: [(&str, &str, &str); 6] = [
    (
        "crime",
        "Crime",
        "The police record it. It still counts as a complaint, and the matter stays yours until somebody accepts it.",
    ),
    (
        "hate",
        "Hate",
        "Somebody is targeted for who they are. Tell your hate crime lead.",
    ),
    (
        "domestic_abuse",
        "Domestic abuse behind it",
        "No visit, letter or mediation at this address until it is ruled out.",
    ),
    (
        "home_taken_over",
        "A home taken over",
        "Somebody may be used in their own home. Speak to the police before any contact there.",
    ),
    (
        "exploitation",
        "Exploitation",
        "Somebody may be made to do this. Refer to safeguarding before any enforcement.",
    ),
    (
        "safeguarding",
        "Safeguarding",
        "A child or an adult may be at risk. Follow your safeguarding procedure now.",
    ),
];

/// How a matter ends without a case: key, words, whether there was something.
pub const OUTCOMES: [(&str, &str); 6] = [
    ("advised", "Advice given"),
    ("resolved", "Resolved"),
    ("passed_on", "Passed on to somebody outside the partnership"),
    ("withdrawn", "Withdrawn by whoever reported it"),
    ("unsubstantiated", "Unsubstantiated"),
    ("not_asb", "Not anti-social behaviour"),
];

/// Bands that a person records.
pub const BANDS: [(&str, &str); 3] = [
    ("standard", "Standard"),
    ("medium", "Medium"),
    ("high", "High"),
];

/// What can be done with a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The agency whose it is deals with it.
    Accept,
    /// Another agency is asked to take it.
    Refer,
    /// The agency that was asked answers.
    Answer,
    /// The agency that asked takes its question back.
    Withdraw,
    /// It ends with advice or another outcome.
    Close,
    /// It begins again.
    Reopen,
    /// A case is opened from it, or it joins one.
    Case,
    /// A flag is confirmed or ruled out.
    Flag,
    /// Its type or how it affects people is put right.
    Kind,
    /// It is joined with another one.
    Merge,
    /// A merge is undone.
    Unmerge,
}

impl Act {
    /// The act of an address.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "accept" => Self::Accept,
            "refer" => Self::Refer,
            "answer" => Self::Answer,
            "withdraw" => Self::Withdraw,
            "close" => Self::Close,
            "reopen" => Self::Reopen,
            "case" => Self::Case,
            "flag" => Self::Flag,
            "kind" => Self::Kind,
            "merge" => Self::Merge,
            "unmerge" => Self::Unmerge,
            _ => return None,
        })
    }

    /// Whether it can be done in a state.
    #[must_use]
    pub fn fits(self, state: State) -> bool {
        match self {
            Self::Accept => state == State::New,
            Self::Refer
            | Self::Answer
            | Self::Withdraw
            | Self::Close
            | Self::Case
            | Self::Merge => {
                matches!(state, State::New | State::Accepted)
            }
            Self::Reopen => state == State::Closed,
            Self::Flag | Self::Kind | Self::Unmerge => state != State::Merged,
        }
    }
}

/// The words of a key among these.
#[must_use]
pub fn words(of: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    of.iter().find(|one| one.0 == key).map(|one| one.1)
}

/// The words of a flag.
#[must_use]
pub fn flag_words(key: &str) -> Option<(&'static str, &'static str)> {
    let found = FLAGS.iter().find(|flag| flag.0 == key);
    found.map(|flag| (flag.1, flag.2))
}

/// A text with what is to be seen in it marked: pieces in order, each with whether it is marked.
#[must_use]
pub fn marked(text: &str, places: &[(usize, usize)]) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    for (start, end) in places {
        // Places that do not fit the text, such as those of an erased one, mark nothing.
        let (Some(before), Some(hot)) = (text.get(at..*start), text.get(*start..*end)) else {
            continue;
        };
        if hot.is_empty() {
            continue;
        }
        if !before.is_empty() {
            pieces.push((before.to_owned(), false));
        }
        pieces.push((hot.to_owned(), true));
        at = *end;
    }
    if let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        pieces.push((rest.to_owned(), false));
    }
    pieces
}

/// Whether visits, letters and mediation at the matter's address must wait: domestic abuse may be behind
/// it, or behind another matter at the same home, and nobody has ruled that out.
///
/// # Errors
/// [`DbError`].
pub async fn contact_stopped(tx: &mut ReadTx, matter: MatterId) -> Result<bool, DbError> {
    let found = tx
        .optional(
            sql!(
                "select 1 as one from matters as here
                 join matters as there on there.id = here.id or (here.at_home and there.at_home
                   and there.cell = here.cell and there.latitude = here.latitude and there.longitude = here.longitude)
                 join matter_flags on matter_flags.matter = there.id
                 where here.id = $1 and matter_flags.flag = 'domestic_abuse' and matter_flags.state <> 'ruled_out' limit 1"
            ),
            args![matter],
        )
        .await?;
    Ok(found.is_some())
}
