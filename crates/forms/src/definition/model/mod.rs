//! A definition as the rest of the engine sees it: checked, immutable, cheap to share.
//!
//! Nobody makes one by hand: `definition::read` turns TOML into it, or says what is wrong and where.

mod flow;
mod question;

use std::collections::BTreeMap;
use std::sync::Arc;

use commonweal_access::policy::{Reach, RecordAct};

use super::expression::Expression;
use super::words::{Template, Words};

pub use flow::*;
pub use question::*;

/// A form or a register, in one version.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its key, such as `empty-homes`: the file's name without `.toml`, and its part of an address.
    pub key: String,
    /// Its version's number, from 1.
    pub version: i64,
    /// Whether records only arrive, or also move through states.
    pub kind: DefinitionKind,
    /// Its title, such as 'Empty homes and abandoned buildings'.
    pub title: Words,
    /// One of its records, such as 'empty home'; in lower case.
    pub singular: Words,
    /// Several, such as 'empty homes'; in lower case.
    pub plural: Words,
    /// What it is for, in a sentence or two; stands above its list.
    pub about: Words,
    /// What references start with, such as `EH`.
    pub prefix: String,
    /// The group of the page of all registers that it stands in, such as 'Places'.
    pub group: String,
    /// Lines of the delivery plan that it serves, such as `PL7`.
    pub plan: Vec<String>,
    /// Who fills it in.
    pub audience: Audience,
    /// Whether each question has a page of its own or pages hold sections.
    pub layout: Layout,
    /// What stands before the first question, and after the last.
    pub texts: Texts,
    /// The line that names a record in lists, such as `{address}`.
    pub record_title: Template,
    /// The pages, in order; each holds at least one question.
    pub pages: Vec<Page>,
    /// Every question in the order of the pages; a [`QuestionId`] is a place in it.
    pub questions: Vec<Question>,
    /// Scores that are worked out from answers.
    pub scores: Vec<Score>,
    /// States, the first being that of a new record; a form has the one state `received`.
    pub states: Vec<State>,
    /// Permitted moves between them; none in a form.
    pub moves: Vec<Move>,
    /// Dates by which something is to be done.
    pub dues: Vec<Due>,
    /// Who may do what, by the key of the role.
    pub access: Vec<Grant>,
    /// How long records are kept.
    pub retention: Retention,
    /// How its list looks.
    pub list: ListView,
    /// The question of kind location or address that places it on the map.
    pub place: Option<QuestionId>,
    /// The question that names a record across imports.
    pub import_key: Option<QuestionId>,
    /// The register whose records these belong to, such as items to a street audit.
    pub parent: Option<Parent>,
    /// Points in time at which people are asked, such as `first-response`; none for most.
    pub waves: Vec<Wave>,
    /// What of it stands on public pages of a place; none for most.
    pub public: Option<PublicView>,
    /// Whether it can be filled in without a signal.
    pub offline: bool,
    /// Whether nothing leads from an answer to whoever gave it, not even an invitation.
    pub anonymous: bool,
    /// Whether an area of the program works on what is sent: then no page of registers shows it.
    pub workflow: bool,
    /// Answers by id; kept by [`Definition::question`].
    pub(in crate::definition) by_id: BTreeMap<String, QuestionId>,
    /// Typed places in code that questions feed, such as `report.qualifier`.
    pub(in crate::definition) binds: BTreeMap<String, QuestionId>,
    /// For each question, the questions whose 'shown if' reads it, directly or not; sorted so
    /// that a question comes after all that it depends on.
    pub(in crate::definition) order: Vec<QuestionId>,
}

/// The one state of a form's records.
pub const RECEIVED: &str = "received";

/// A definition that many hold.
pub type Shared = Arc<Definition>;

/// A question's place in [`Definition::questions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub(in crate::definition) usize);

impl QuestionId {
    /// The place as a number, for tables beside the questions.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// Whether records only arrive, or have a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// Filled in and sent: a survey, a questionnaire, an audit's answers.
    Form,
    /// A list that is worked on: states, moves, owners, due dates.
    Register,
}

/// Who fills it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Anybody, signed in or not.
    Public,
    /// Whoever has an invitation's link; staff may fill it in for somebody.
    Invited,
    /// People of the partnership whose roles allow it.
    Staff,
}

/// How questions are spread over pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A page for each question.
    OnePerPage,
    /// A page for each section.
    Sections,
}

/// Text around the questions.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// Paragraphs of the start page.
    pub intro: Vec<Words>,
    /// What to have at hand, as a list.
    pub before_you_start: Vec<Words>,
    /// How answers are used, and by whom: what data protection law asks to be told.
    pub privacy: Option<Words>,
    /// What happens next, on the confirmation page; paragraphs.
    pub next: Vec<Words>,
    /// Words of the last button, such as 'Send'; a default where none.
    pub submit: Option<Words>,
    /// Minutes that it takes, for the start page.
    pub minutes: Option<u32>,
    /// Whether every page has the component 'exit this page'.
    pub exit: bool,
    /// Whether each page offers to pass over it.
    pub skip: bool,
    /// Whether the last page sends the answers, without a page on which they are checked first.
    pub send_at_once: bool,
    /// What stands on every page beside its questions, such as how to tell a person instead.
    pub elsewhere: Vec<Elsewhere>,
}

/// A way out of the questions that stands on every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its words.
    pub text: Words,
    /// Where it leads: a path of this service.
    pub href: String,
}

/// A page of questions.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its key, its part of the address.
    pub key: String,
    /// Its title.
    pub title: Words,
    /// Paragraphs under the title.
    pub intro: Vec<Words>,
    /// Whether it is shown; always where none.
    pub shown_if: Option<Expression>,
    /// Its questions.
    pub questions: Vec<QuestionId>,
}

/// A grant of the definition: what a role may do with its records, and how far that reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The role's key.
    pub role: String,
    /// What it may do.
    pub act: RecordAct,
    /// How far.
    pub reach: Reach,
}

/// How long records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Months after closing, or after arrival in a form; none keeps them until somebody decides.
    pub months: Option<u32>,
    /// Whether personal answers are erased and the rest kept, rather than all removed.
    pub erase_personal: bool,
}

/// How a list looks.
#[derive(Debug, Clone, Default)]
pub struct ListView {
    /// Questions shown as columns, beside reference, title, state, owner and due date.
    pub columns: Vec<QuestionId>,
    /// Questions filtered by.
    pub filters: Vec<QuestionId>,
    /// The question sorted by at first; newest first where none.
    pub sort: Option<QuestionId>,
}

/// The register that records belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its key.
    pub register: String,
    /// The question of kind record that names the parent.
    pub question: QuestionId,
}

/// A point in time at which people are asked.
#[derive(Debug, Clone)]
pub struct Wave {
    /// Its key, such as `closure`.
    pub key: String,
    /// Its title, such as '90 days later'.
    pub title: Words,
    /// Days after the event that starts it at which the invitation goes out.
    pub after_days: i64,
    /// Days in which it can be answered.
    pub open_days: i64,
}

/// What of a register stands on public pages.
#[derive(Debug, Clone)]
pub struct PublicView {
    /// Under which heading of a place's page.
    pub heading: PublicHeading,
    /// Which records; those for which it holds. States are read as `state`.
    pub when: Expression,
    /// The line, such as `{name}`: only of questions that are not personal.
    pub title: Template,
    /// More, in small.
    pub text: Option<Template>,
    /// The question of kind date that it is dated by.
    pub date: Option<QuestionId>,
}

/// The headings of a place's public page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicHeading {
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

impl Definition {
    /// A question by its place.
    ///
    /// A [`QuestionId`] comes only from a definition; one of another definition gives none.
    #[must_use]
    pub fn get(&self, id: QuestionId) -> Option<&Question> {
        self.questions.get(id.0)
    }

    /// A question by its id.
    #[must_use]
    pub fn question(&self, id: &str) -> Option<(QuestionId, &Question)> {
        let place = *self.by_id.get(id)?;
        self.get(place).map(|question| (place, question))
    }

    /// The question that feeds a typed place in code.
    #[must_use]
    pub fn bound(&self, bind: &str) -> Option<QuestionId> {
        self.binds.get(bind).copied()
    }

    /// All questions with their places.
    pub fn all(&self) -> impl Iterator<Item = (QuestionId, &Question)> {
        self.questions
            .iter()
            .enumerate()
            .map(|(place, question)| (QuestionId(place), question))
    }

    /// Every question after those that its 'shown if' reads.
    #[must_use]
    pub fn in_order(&self) -> &[QuestionId] {
        &self.order
    }

    /// A state by its key.
    #[must_use]
    pub fn state(&self, key: &str) -> Option<&State> {
        self.states.iter().find(|state| state.key == key)
    }

    /// The state of a new record.
    #[must_use]
    pub fn first_state(&self) -> Option<&State> {
        self.states.first()
    }

    /// The moves that leave a state.
    pub fn moves_from<'a>(&'a self, state: &'a str) -> impl Iterator<Item = &'a Move> {
        self.moves
            .iter()
            .filter(move |one| one.from.iter().any(|from| from == state))
    }

    /// Whether any role may do this with its records.
    #[must_use]
    pub fn grants(&self, act: RecordAct) -> bool {
        self.access.iter().any(|grant| grant.act == act)
    }

    /// Whether any question asks for personal data.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.questions
            .iter()
            .any(|question| question.personal != Personal::None)
    }
}
