//! The TOML file as it is written: what serde reads and the JSON Schema describes. What it means
//! is in `read/`, what is wrong with it in `check/`.

mod at;
mod question;

use std::collections::BTreeMap;

use commonweal_access::policy::RecordAct;
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use at::{At, Text};
pub(super) use question::*;

/// A form or register of Commonweal: see docs/guide/definitions.md.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Form or register")]
pub(in crate::definition) struct File {
    /// Its title, such as 'Empty homes and abandoned buildings'.
    pub(in crate::definition) title: Text,
    /// One of its records, in lower case: 'empty home'.
    pub(in crate::definition) singular: Text,
    /// Several of its records, in lower case: 'empty homes'.
    pub(in crate::definition) plural: Text,
    /// What references start with: two to four capital letters.
    pub(in crate::definition) prefix: At<String>,
    /// Where it stands on the page of all registers.
    pub(in crate::definition) group: String,
    /// What it is for, in a sentence or two.
    pub(in crate::definition) about: Text,
    /// Lines of the delivery plan that it serves, such as PL7.
    #[serde(default)]
    pub(in crate::definition) plan: Vec<String>,
    /// Who fills it in.
    pub(in crate::definition) audience: At<AudienceFile>,
    /// Whether pages hold sections or a question each.
    #[serde(default)]
    pub(in crate::definition) layout: LayoutFile,
    /// What names a record in lists; questions in braces: '{address}'.
    pub(in crate::definition) record_title: At<String>,
    /// The question of kind location or address that puts it on the map.
    pub(in crate::definition) place: Option<At<String>>,
    /// The question that finds a record again in an import.
    pub(in crate::definition) import_key: Option<At<String>>,
    /// Whether it can be filled in without a signal.
    #[serde(default)]
    pub(in crate::definition) offline: bool,
    /// Whether nothing leads from an answer to whoever gave it.
    #[serde(default)]
    pub(in crate::definition) anonymous: bool,
    /// Whether an area of the program works on what is sent, so that no page of registers shows it.
    #[serde(default)]
    pub(in crate::definition) workflow: bool,
    /// What stands before the first question and after the last.
    #[serde(default)]
    pub(in crate::definition) texts: TextsFile,
    /// How long records are kept.
    #[serde(default)]
    pub(in crate::definition) retention: RetentionFile,
    /// Who may do what: act = { role = reach }.
    pub(in crate::definition) access: At<AccessFile>,
    /// How its list looks.
    #[serde(default)]
    pub(in crate::definition) list: ListFile,
    /// The pages, each with its questions.
    pub(in crate::definition) page: Vec<PageFile>,
    /// Figures that are worked out from answers.
    #[serde(default)]
    pub(in crate::definition) score: Vec<ScoreFile>,
    /// States of a register's records; the first is that of a new record.
    #[serde(default)]
    pub(in crate::definition) state: Vec<StateFile>,
    /// Permitted moves between states.
    #[serde(default, rename = "move")]
    pub(in crate::definition) moves: Vec<MoveFile>,
    /// Dates by which something is to be done.
    #[serde(default)]
    pub(in crate::definition) due: Vec<DueFile>,
    /// The register that records belong to.
    pub(in crate::definition) parent: Option<ParentFile>,
    /// Points in time at which people are asked.
    #[serde(default)]
    pub(in crate::definition) wave: Vec<WaveFile>,
    /// What stands on the public page of a place.
    pub(in crate::definition) public: Option<PublicFile>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum AudienceFile {
    /// People of the partnership whose roles allow it.
    Staff,
    /// Whoever has a personal link.
    Invited,
    /// Anybody.
    Public,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum LayoutFile {
    /// A page for each section.
    #[default]
    Sections,
    /// A page for each question.
    OnePerPage,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::definition) struct TextsFile {
    /// Paragraphs of the start page.
    pub(in crate::definition) intro: Vec<Text>,
    /// What to have at hand.
    pub(in crate::definition) before_you_start: Vec<Text>,
    /// How answers are used, by whom, and how long they are kept.
    pub(in crate::definition) privacy: Option<Text>,
    /// What happens next; paragraphs of the confirmation page.
    pub(in crate::definition) next: Vec<Text>,
    /// Words of the last button.
    pub(in crate::definition) submit: Option<Text>,
    /// Minutes that it takes.
    pub(in crate::definition) minutes: Option<u32>,
    /// Whether every page has the component 'exit this page'.
    pub(in crate::definition) exit: bool,
    /// Whether each page offers to pass over it.
    pub(in crate::definition) skip: bool,
    /// Whether the last page sends the answers at once.
    pub(in crate::definition) send_at_once: bool,
    /// Ways out of the questions that stand on every page.
    pub(in crate::definition) elsewhere: Vec<ElsewhereFile>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct ElsewhereFile {
    /// Its words.
    pub(in crate::definition) text: Text,
    /// Where it leads: a path of this service, such as '/report/person'.
    pub(in crate::definition) href: At<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::definition) struct RetentionFile {
    /// Months after closing; of a form, after arrival.
    pub(in crate::definition) months: Option<At<u32>>,
    /// Whether personal answers are erased and the rest kept.
    pub(in crate::definition) erase_personal: bool,
}

pub(in crate::definition) type RolesFile = BTreeMap<At<String>, ReachFile>;

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::definition) struct AccessFile {
    /// See records, without personal answers.
    pub(in crate::definition) see: RolesFile,
    /// See personal answers too.
    pub(in crate::definition) see_personal: RolesFile,
    /// Make records.
    pub(in crate::definition) add: RolesFile,
    /// Change answers, add notes and files, make moves that name no role.
    pub(in crate::definition) change: RolesFile,
    /// See figures over all answers.
    pub(in crate::definition) results: RolesFile,
    /// Take records out as files and feeds.
    pub(in crate::definition) export: RolesFile,
    /// Import, and change many at once.
    pub(in crate::definition) manage: RolesFile,
}

impl AccessFile {
    /// Each act with the roles that may do it.
    pub(in crate::definition) fn acts(&self) -> [(RecordAct, &RolesFile); 7] {
        [
            (RecordAct::See, &self.see),
            (RecordAct::SeePersonal, &self.see_personal),
            (RecordAct::Add, &self.add),
            (RecordAct::Change, &self.change),
            (RecordAct::Results, &self.results),
            (RecordAct::Export, &self.export),
            (RecordAct::Manage, &self.manage),
        ]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum ReachFile {
    /// Records of every agency.
    All,
    /// Records of the person's own agency.
    OwnAgency,
    /// The person's own records.
    Own,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::definition) struct ListFile {
    /// Questions shown as columns.
    pub(in crate::definition) columns: Vec<At<String>>,
    /// Questions filtered by.
    pub(in crate::definition) filters: Vec<At<String>>,
    /// The question sorted by at first; newest first where none.
    pub(in crate::definition) sort: Option<At<String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct PageFile {
    /// Its part of the address: small letters, digits, hyphens.
    pub(in crate::definition) key: At<String>,
    /// Its title.
    pub(in crate::definition) title: Text,
    /// Paragraphs under the title.
    #[serde(default)]
    pub(in crate::definition) intro: Vec<Text>,
    /// Whether it is shown; an expression.
    pub(in crate::definition) shown_if: Option<At<String>>,
    /// Its questions.
    #[serde(default)]
    pub(in crate::definition) question: Vec<QuestionFile>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct ScoreFile {
    /// Its id, usable in later expressions.
    pub(in crate::definition) id: At<String>,
    /// Its title.
    pub(in crate::definition) title: Text,
    /// How it is worked out; an expression.
    pub(in crate::definition) value: At<String>,
    /// Bands from the lowest upwards.
    #[serde(default)]
    pub(in crate::definition) bands: Vec<BandFile>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct BandFile {
    /// The lowest score in it.
    pub(in crate::definition) from: At<f64>,
    /// Its key, such as 'high'.
    pub(in crate::definition) key: At<String>,
    /// Its name.
    pub(in crate::definition) title: Text,
    /// What to do about it.
    pub(in crate::definition) advice: Option<Text>,
    /// The tag's colour.
    #[serde(default)]
    pub(in crate::definition) colour: ColourFile,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum ColourFile {
    #[default]
    Grey,
    Green,
    Turquoise,
    Blue,
    Purple,
    Pink,
    Red,
    Orange,
    Yellow,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct StateFile {
    /// Its key.
    pub(in crate::definition) key: At<String>,
    /// Its name.
    pub(in crate::definition) title: Text,
    /// What it means.
    pub(in crate::definition) about: Option<Text>,
    /// Whether nothing more is to be done: retention starts here.
    #[serde(default)]
    pub(in crate::definition) closed: bool,
    /// The tag's colour.
    #[serde(default)]
    pub(in crate::definition) colour: ColourFile,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct MoveFile {
    /// Its part of the address.
    pub(in crate::definition) key: At<String>,
    /// Its words on a button.
    pub(in crate::definition) title: Text,
    /// States that it leaves.
    pub(in crate::definition) from: Vec<At<String>>,
    /// The state that it leads to.
    pub(in crate::definition) to: At<String>,
    /// Roles that may make it; whoever may change the record where empty.
    #[serde(default)]
    pub(in crate::definition) by: Vec<At<String>>,
    /// Questions that must be answered before.
    #[serde(default)]
    pub(in crate::definition) needs: Vec<At<String>>,
    /// Questions that are asked while it is made.
    #[serde(default)]
    pub(in crate::definition) asks: Vec<At<String>>,
    /// A condition on the answers; an expression.
    pub(in crate::definition) when: Option<At<String>>,
    /// What people read where `when` does not hold.
    pub(in crate::definition) unless: Option<Text>,
    /// Whether a reason must be written.
    #[serde(default)]
    pub(in crate::definition) reason: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct DueFile {
    /// Its key.
    pub(in crate::definition) key: At<String>,
    /// What is to be done.
    pub(in crate::definition) title: Text,
    /// What it counts from: created, state:KEY or answer:QUESTION.
    pub(in crate::definition) from: At<String>,
    /// How long after: '28 days', '10 working days', '3 months'.
    pub(in crate::definition) after: At<String>,
    /// States in which it applies; every state that is not closed where empty.
    #[serde(default)]
    pub(in crate::definition) states: Vec<At<String>>,
    /// Days before it at which its owner is reminded.
    #[serde(default)]
    pub(in crate::definition) remind: Vec<At<u16>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct ParentFile {
    /// The register's key.
    pub(in crate::definition) register: At<String>,
    /// The question of kind record that names the parent.
    pub(in crate::definition) question: At<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct WaveFile {
    /// Its key, such as 'closure'.
    pub(in crate::definition) key: At<String>,
    /// Its title, such as '90 days later'.
    pub(in crate::definition) title: Text,
    /// Days after the event that starts it at which the invitation goes out.
    pub(in crate::definition) after_days: u16,
    /// Days in which it can be answered.
    pub(in crate::definition) open_days: At<u16>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct PublicFile {
    /// Under which heading of a place's page.
    pub(in crate::definition) heading: HeadingFile,
    /// Which records; an expression.
    pub(in crate::definition) when: At<String>,
    /// The line; questions in braces.
    pub(in crate::definition) title: At<String>,
    /// More, in small; questions in braces.
    pub(in crate::definition) text: Option<At<String>>,
    /// The question of kind date that it is dated by.
    pub(in crate::definition) date: Option<At<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum HeadingFile {
    /// What is being done.
    Done,
    /// Orders in force.
    Orders,
    /// Events.
    Events,
    /// You said, we did.
    Said,
    /// How to take part.
    TakePart,
}
