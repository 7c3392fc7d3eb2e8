//! What somebody asks of a list, in the words of its address. Nothing that may be personal stands in
//! an address: such words are kept behind an id (`records::searches`).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use commonweal_govuk::Form;
use uuid::Uuid;

use crate::definition::{Definition, Personal, Question, QuestionId, QuestionKind};

/// Whose records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The viewer's own.
    Me,
    /// Nobody's yet.
    Nobody,
    /// Somebody's.
    User(Uuid),
}

/// Which agency's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfAgency {
    /// The viewer's own.
    Mine,
    /// One.
    One(Uuid),
}

/// By when something is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueBy {
    /// It should have been done before today.
    Overdue,
    /// Within the next 14 days, or overdue.
    Soon,
}

/// What an answer is to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// This choice.
    Text(String),
    /// Yes or no.
    Truth(bool),
    /// An agency, a person or a record.
    Linked(Uuid),
    /// A number between two, as it is typed (money in pounds); either may be missing.
    Number(Option<f64>, Option<f64>),
    /// A day between two, both included.
    Days(Option<NaiveDate>, Option<NaiveDate>),
}

/// In which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// Last changed first.
    Changed,
    /// What is due first; what is never due last.
    Due,
    /// By title.
    Title,
    /// By the answer to a question, backwards where set; without an answer last.
    Answer(String, bool),
}

/// What somebody asks of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// A state.
    pub state: Option<String>,
    /// Whose.
    pub owner: Option<Owner>,
    /// Which agency's.
    pub agency: Option<OfAgency>,
    /// When due.
    pub due: Option<DueBy>,
    /// An area, as `kind/code`.
    pub area: Option<String>,
    /// Answers, by question.
    pub answers: BTreeMap<String, Wanted>,
    /// Free text.
    pub text: String,
    /// In which order; the definition's own where none.
    pub order: Option<Order>,
    /// The last record of the page before.
    pub after: Option<Uuid>,
}

/// Whether a question's answers can be filtered by.
#[must_use]
pub fn filters_by(question: &Question) -> bool {
    question.list
        && matches!(
            question.kind,
            QuestionKind::Choice(_)
                | QuestionKind::Choices { .. }
                | QuestionKind::YesNo { .. }
                | QuestionKind::Number { .. }
                | QuestionKind::Money { .. }
                | QuestionKind::Scale { .. }
                | QuestionKind::Date { .. }
                | QuestionKind::Agency
                | QuestionKind::Record { .. }
        )
}

/// The questions that a definition's list is filtered by.
pub fn filters(definition: &Definition) -> impl Iterator<Item = (QuestionId, &Question)> {
    definition
        .list
        .filters
        .iter()
        .filter_map(|id| Some((*id, definition.get(*id)?)))
        .filter(|(_, question)| filters_by(question))
}

/// Whether a question's answers can be sorted by.
#[must_use]
pub fn sorts_by(question: &Question) -> bool {
    question.list
        && !matches!(
            question.kind,
            QuestionKind::Agency | QuestionKind::Person { .. } | QuestionKind::Record { .. }
        )
}

impl Asked {
    /// Reads what stands in an address or was sent by the filter's form. What makes no sense, such as
    /// a state that there is not, is passed over.
    #[must_use]
    pub fn read(definition: &Definition, form: &Form) -> Self {
        let given = |name: &str| Some(form.value(name)).filter(|value| !value.is_empty());
        let mut asked = Self {
            state: given("state")
                .filter(|state| definition.state(state).is_some())
                .map(str::to_owned),
            owner: given("owner").and_then(|value| match value {
                "me" => Some(Owner::Me),
                "nobody" => Some(Owner::Nobody),
                id => id.parse().ok().map(Owner::User),
            }),
            agency: given("agency").and_then(|value| match value {
                "mine" => Some(OfAgency::Mine),
                id => id.parse().ok().map(OfAgency::One),
            }),
            due: given("due").and_then(|value| match value {
                "overdue" => Some(DueBy::Overdue),
                "soon" => Some(DueBy::Soon),
                _ => None,
            }),
            area: given("area").map(str::to_owned),
            answers: BTreeMap::new(),
            text: form.value("words").chars().take(200).collect(),
            order: given("sort").and_then(|sort| Order::read(definition, sort)),
            after: given("after").and_then(|id| id.parse().ok()),
        };
        for (_, question) in filters(definition) {
            if let Some(wanted) = Wanted::read(question, form) {
                asked.answers.insert(question.id.clone(), wanted);
            }
        }
        asked
    }

    /// The same as names and values, in two parts: what may stand in an address, and what may not.
    #[must_use]
    pub fn pairs(&self, definition: &Definition) -> (Pairs, Pairs) {
        let (mut open, mut kept) = (Vec::new(), Vec::new());
        let mut say = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                open.push((name.to_owned(), value));
            }
        };
        say("state", self.state.clone());
        say(
            "owner",
            self.owner.map(|owner| match owner {
                Owner::Me => "me".to_owned(),
                Owner::Nobody => "nobody".to_owned(),
                Owner::User(id) => id.to_string(),
            }),
        );
        say(
            "agency",
            self.agency.map(|agency| match agency {
                OfAgency::Mine => "mine".to_owned(),
                OfAgency::One(id) => id.to_string(),
            }),
        );
        say(
            "due",
            self.due.map(|due| match due {
                DueBy::Overdue => "overdue".to_owned(),
                DueBy::Soon => "soon".to_owned(),
            }),
        );
        say("area", self.area.clone());
        say("sort", self.order.as_ref().map(Order::name));
        for (id, wanted) in &self.answers {
            let personal = definition
                .question(id)
                .is_none_or(|(_, question)| question.personal != Personal::None);
            let into = if personal { &mut kept } else { &mut open };
            into.extend(wanted.pairs(id));
        }
        if !self.text.is_empty() {
            kept.push(("words".to_owned(), self.text.clone()));
        }
        (open, kept)
    }

    /// Whether anything is left out because of what was asked.
    #[must_use]
    pub fn narrows(&self) -> bool {
        self.state.is_some()
            || self.owner.is_some()
            || self.agency.is_some()
            || self.due.is_some()
            || self.area.is_some()
            || !self.answers.is_empty()
            || !self.text.is_empty()
    }

    /// Whether anything that is asked, or sorted by, is personal: then only records are listed whose
    /// personal answers the viewer may see, so that no count tells what is withheld.
    #[must_use]
    pub fn is_personal(&self, definition: &Definition) -> bool {
        let personal = |id: &str| {
            definition
                .question(id)
                .is_none_or(|(_, question)| question.personal != Personal::None)
        };
        self.answers.keys().any(|id| personal(id))
            || match &self.order {
                Some(Order::Answer(id, _)) => personal(id),
                Some(Order::Title) => crate::register::visible::title_is_personal(definition),
                _ => false,
            }
    }
}

/// Names and values of an address.
pub type Pairs = Vec<(String, String)>;

impl Order {
    /// The order of a name; none where the definition has no such.
    #[must_use]
    pub fn read(definition: &Definition, name: &str) -> Option<Self> {
        Some(match name {
            "newest" => Self::Newest,
            "oldest" => Self::Oldest,
            "changed" => Self::Changed,
            "due" => Self::Due,
            "title" => Self::Title,
            other => {
                let (id, back) = other
                    .strip_prefix('-')
                    .map_or((other, false), |id| (id, true));
                let (_, question) = definition.question(id)?;
                if !sorts_by(question) {
                    return None;
                }
                Self::Answer(id.to_owned(), back)
            }
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Newest => "newest".to_owned(),
            Self::Oldest => "oldest".to_owned(),
            Self::Changed => "changed".to_owned(),
            Self::Due => "due".to_owned(),
            Self::Title => "title".to_owned(),
            Self::Answer(id, false) => id.clone(),
            Self::Answer(id, true) => format!("-{id}"),
        }
    }
}

impl Wanted {
    fn read(question: &Question, form: &Form) -> Option<Self> {
        let field = format!("q-{}", question.id);
        let one = form.value(&field);
        let between = || {
            let (from, to) = (
                form.value(&format!("{field}-from")),
                form.value(&format!("{field}-to")),
            );
            (from.to_owned(), to.to_owned())
        };
        let number = |text: &str| {
            let read = text.replace([',', '£'], "").parse::<f64>().ok()?;
            read.is_finite().then_some(read)
        };
        match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => options
                .iter()
                .any(|option| option.value == one)
                .then(|| Self::Text(one.to_owned())),
            QuestionKind::YesNo { .. } => match one {
                "yes" => Some(Self::Truth(true)),
                "no" => Some(Self::Truth(false)),
                _ => None,
            },
            QuestionKind::Agency | QuestionKind::Record { .. } => {
                one.parse().ok().map(Self::Linked)
            }
            QuestionKind::Date { .. } => {
                let (from, to) = between();
                let (from, to) = (from.parse().ok(), to.parse().ok());
                (from.is_some() || to.is_some()).then_some(Self::Days(from, to))
            }
            QuestionKind::Number { .. }
            | QuestionKind::Scale { .. }
            | QuestionKind::Money { .. } => {
                let (from, to) = between();
                let (from, to) = (number(&from), number(&to));
                (from.is_some() || to.is_some()).then_some(Self::Number(from, to))
            }
            _ => None,
        }
    }

    fn pairs(&self, id: &str) -> Pairs {
        let field = format!("q-{id}");
        let ends = |from: Option<String>, to: Option<String>| {
            [("from", from), ("to", to)]
                .into_iter()
                .filter_map(|(end, value)| Some((format!("{field}-{end}"), value?)))
                .collect()
        };
        match self {
            Self::Text(value) => vec![(field, value.clone())],
            Self::Truth(yes) => vec![(field, if *yes { "yes" } else { "no" }.to_owned())],
            Self::Linked(id) => vec![(field, id.to_string())],
            Self::Number(from, to) => ends(
                from.map(|number| number.to_string()),
                to.map(|number| number.to_string()),
            ),
            Self::Days(from, to) => ends(
                from.map(|day| day.to_string()),
                to.map(|day| day.to_string()),
            ),
        }
    }
}
