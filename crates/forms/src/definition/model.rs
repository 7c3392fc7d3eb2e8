//! A definition as the rest of the engine sees it: checked, immutable, cheap to share.
//!
//! Nobody makes one by hand: `definition::read` turns TOML into it, or says what is wrong and where.

use std::collections::BTreeMap;
use std::sync::Arc;

use commonweal_access::policy::{Reach, RecordAct};

use super::expression::Expression;
use super::words::{Template, Words};

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
    /// Answers by id; kept by [`Definition::question`].
    pub(super) by_id: BTreeMap<String, QuestionId>,
    /// Typed places in code that questions feed, such as `report.qualifier`.
    pub(super) binds: BTreeMap<String, QuestionId>,
    /// For each question, the questions whose 'shown if' reads it, directly or not; sorted so
    /// that a question comes after all that it depends on.
    pub(super) order: Vec<QuestionId>,
}

/// The one state of a form's records.
pub const RECEIVED: &str = "received";

/// A definition that many hold.
pub type Shared = Arc<Definition>;

/// A question's place in [`Definition::questions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub(super) usize);

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

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its id, such as `date_empty`.
    pub id: String,
    /// The question as it is asked.
    pub label: Words,
    /// A short name for columns; the label where none.
    pub short: Option<Words>,
    /// A line of help under it.
    pub hint: Option<Words>,
    /// Whether it must be answered where it is shown.
    pub required: bool,
    /// Whether it is shown; always where none. Reads answers only of other questions.
    pub shown_if: Option<Expression>,
    /// What sort of answer it takes, with its limits.
    pub kind: QuestionKind,
    /// How far its answers are personal data.
    pub personal: Personal,
    /// Whether its answers are indexed: shown in lists, filtered and sorted by.
    pub list: bool,
    /// The typed place in code that it feeds, such as `report.qualifier`.
    pub bind: Option<String>,
    /// The place of its page in [`Definition::pages`].
    pub page: usize,
}

/// How far an answer is personal data: decides who sees it and whether reads are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Personal {
    /// Not about a person.
    None,
    /// About a person (UK GDPR article 4).
    Personal,
    /// Special categories (article 9): health, ethnicity, belief, orientation.
    Special,
    /// Criminal offences and allegations (article 10).
    Criminal,
}

/// The sorts of answers.
#[derive(Debug, Clone)]
pub enum QuestionKind {
    /// One line.
    Text(TextLimits),
    /// Several lines.
    LongText(TextLimits),
    /// A number, with its unit.
    Number {
        /// Smallest and largest.
        min: Option<f64>,
        /// Largest.
        max: Option<f64>,
        /// Decimal places; 0 for whole numbers.
        decimals: u8,
        /// Such as 'hours'.
        unit: Option<Words>,
    },
    /// Pounds and pence.
    Money {
        /// Smallest, in pence.
        min: Option<i64>,
        /// Largest, in pence.
        max: Option<i64>,
    },
    /// A day.
    Date {
        /// Whether it may lie ahead.
        future: bool,
        /// Whether it may lie behind.
        past: bool,
    },
    /// A time of day.
    Time,
    /// Yes or no.
    YesNo {
        /// What 'yes' scores.
        yes: f64,
        /// What 'no' scores.
        no: f64,
    },
    /// One of several.
    Choice(Vec<Choice>),
    /// Any of several.
    Choices {
        /// What there is.
        options: Vec<Choice>,
        /// The fewest and the most to choose.
        min: Option<usize>,
        /// The most.
        max: Option<usize>,
    },
    /// A whole number between two ends that have words.
    Scale {
        /// Lowest.
        from: i64,
        /// Highest.
        to: i64,
        /// Words of the lowest.
        low: Words,
        /// Words of the highest.
        high: Words,
        /// Whether 'do not know / rather not say' is offered.
        unsure: bool,
    },
    /// A pin, a postcode, the name of a place or 'near here'.
    Location,
    /// A postal address.
    Address,
    /// Name, telephone, e-mail and when it is safe to get in touch.
    Contact,
    /// Photographs or documents.
    Files {
        /// Which types.
        types: FileTypes,
        /// The most files.
        most: usize,
        /// The largest, in megabytes.
        megabytes: u32,
        /// Whether the place and time in a photograph are kept, because the question asks for them.
        keep_location: bool,
    },
    /// An agency of the partnership.
    Agency,
    /// A person in `records::party`, or one of staff where `staff` is set.
    Person {
        /// Whether it names a colleague (a user) rather than a party.
        staff: bool,
    },
    /// A record of a register.
    Record {
        /// The register's key.
        register: String,
    },
}

/// Limits of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// What it must look like beyond that.
    pub format: TextFormat,
}

/// What text must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFormat {
    /// Anything.
    Any,
    /// An e-mail address.
    Email,
    /// A telephone number of the United Kingdom, or with its country's code.
    Telephone,
    /// A postcode of the United Kingdom.
    Postcode,
    /// An address that starts with `https://`.
    Link,
    /// A unique property reference number: up to 12 digits.
    Uprn,
}

/// Which files a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileTypes {
    /// Photographs.
    Photographs,
    /// Documents and photographs.
    Documents,
    /// Photographs, documents, sound and video.
    Any,
}

/// One possible answer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub text: Words,
    /// Help under it.
    pub hint: Option<Words>,
    /// What it scores, where scores are worked out.
    pub score: f64,
    /// Whether it excludes all others, such as 'none of these'.
    pub alone: bool,
}

/// A figure worked out from answers.
#[derive(Debug, Clone)]
pub struct Score {
    /// Its id, usable in expressions after the questions' ids.
    pub id: String,
    /// Its title.
    pub title: Words,
    /// How it is worked out.
    pub value: Expression,
    /// Bands from the lowest upwards; none for most.
    pub bands: Vec<Band>,
}

/// A band of a score.
#[derive(Debug, Clone)]
pub struct Band {
    /// The lowest score in it.
    pub from: f64,
    /// Its key, such as `high`.
    pub key: String,
    /// Its name.
    pub title: Words,
    /// What to do about it.
    pub advice: Option<Words>,
    /// The tag's colour.
    pub colour: Colour,
}

/// Colours of GOV.UK tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Grey.
    Grey,
    /// Green.
    Green,
    /// Turquoise.
    Turquoise,
    /// Blue.
    Blue,
    /// Purple.
    Purple,
    /// Pink.
    Pink,
    /// Red.
    Red,
    /// Orange.
    Orange,
    /// Yellow.
    Yellow,
}

/// A state of a record.
#[derive(Debug, Clone)]
pub struct State {
    /// Its key.
    pub key: String,
    /// Its name, such as 'Notice served'.
    pub title: Words,
    /// What it means.
    pub about: Option<Words>,
    /// Whether nothing more is to be done: retention starts here.
    pub closed: bool,
    /// The tag's colour.
    pub colour: Colour,
}

/// A permitted move.
#[derive(Debug, Clone)]
pub struct Move {
    /// Its key, its part of the address.
    pub key: String,
    /// Its words on a button, such as 'Serve notice'.
    pub title: Words,
    /// States that it leaves.
    pub from: Vec<String>,
    /// The state that it leads to.
    pub to: String,
    /// Roles that may make it; whoever may change the record where empty.
    pub by: Vec<String>,
    /// Questions that must be answered first.
    pub needs: Vec<QuestionId>,
    /// Questions asked while it is made.
    pub asks: Vec<QuestionId>,
    /// A condition on the answers.
    pub when: Option<Expression>,
    /// What to tell those who may not make it yet because `when` does not hold.
    pub unless: Option<Words>,
    /// Whether a reason must be written.
    pub reason: bool,
}

/// A date by which something is to be done.
#[derive(Debug, Clone)]
pub struct Due {
    /// Its key.
    pub key: String,
    /// What is to be done, such as 'Review the deployment'.
    pub title: Words,
    /// What it counts from.
    pub from: DueFrom,
    /// How long after.
    pub after: Period,
    /// States in which it applies; every state that is not closed where empty.
    pub states: Vec<String>,
    /// Days before it at which its owner is reminded; 0 is the day itself.
    pub remind: Vec<i64>,
}

/// What a due date counts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DueFrom {
    /// When the record was made.
    Created,
    /// When it came into a state.
    State(String),
    /// An answer of kind date.
    Answer(QuestionId),
}

/// A span of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Days.
    Days(i64),
    /// Working days in England, by the bank-holiday calendar.
    WorkingDays(i64),
    /// Months.
    Months(i64),
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
