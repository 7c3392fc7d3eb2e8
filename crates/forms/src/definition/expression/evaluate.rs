//! What an expression is worth, given answers. Every expression has a value; there is nothing to
//! go wrong with: what cannot be worked out is missing.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};

use super::parse::{Function, Node, Operator};
use crate::answers::{Answer, Answers};
use crate::definition::{Definition, Question, QuestionId, QuestionKind};

/// What expressions read: answers of the questions that are shown, scores, and the state.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    definition: &'a Definition,
    answers: &'a Answers,
    state: Option<Cow<'a, str>>,
    pages: Vec<bool>,
    shown: Vec<bool>,
    scores: BTreeMap<&'a str, Option<f64>>,
}

impl<'a> Facts<'a> {
    /// Works out which questions could be shown, then the scores. A condition that reads the state
    /// counts as true: whether somebody is asked may depend on the state, what was answered does not
    /// become unanswered by it.
    #[must_use]
    pub fn new(definition: &'a Definition, answers: &'a Answers) -> Self {
        Self::worked_out(definition, answers, None)
    }

    /// Works out which questions are shown in a state, then the scores.
    #[must_use]
    pub fn shown_in(definition: &'a Definition, answers: &'a Answers, state: &'a str) -> Self {
        Self::worked_out(definition, answers, Some(state.into()))
    }

    fn worked_out(
        definition: &'a Definition,
        answers: &'a Answers,
        state: Option<Cow<'a, str>>,
    ) -> Self {
        let mut facts = Self {
            definition,
            answers,
            state,
            pages: vec![true; definition.pages.len()],
            shown: vec![false; definition.questions.len()],
            scores: BTreeMap::new(),
        };
        for id in definition.in_order() {
            let Some(question) = definition.get(*id) else {
                continue;
            };
            let page = definition.pages.get(question.page);
            let on_page = facts.holds(page.and_then(|page| page.shown_if.as_ref()));
            if let Some(place) = facts.pages.get_mut(question.page) {
                *place = on_page;
            }
            let shown = on_page && facts.holds(question.shown_if.as_ref());
            if let Some(place) = facts.shown.get_mut(id.index()) {
                *place = shown;
            }
        }
        for score in &definition.scores {
            let value = score.value.number(&facts);
            facts.scores.insert(&score.id, value);
        }
        facts
    }

    fn holds(&self, condition: Option<&super::Expression>) -> bool {
        condition.is_none_or(|condition| {
            (self.state.is_none() && condition.names().contains(&"state")) || condition.truth(self)
        })
    }

    /// The same for expressions that read the state of the record, such as a move's `when`.
    #[must_use]
    pub fn in_state(mut self, state: impl Into<Cow<'a, str>>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Whether a question is shown.
    #[must_use]
    pub fn question(&self, id: QuestionId) -> bool {
        self.shown.get(id.index()).copied().unwrap_or(false)
    }

    /// Whether a page is shown: it holds a question that is.
    #[must_use]
    pub fn page(&self, page: usize) -> bool {
        self.pages.get(page).copied().unwrap_or(false)
            && self
                .definition
                .pages
                .get(page)
                .is_some_and(|page| page.questions.iter().any(|id| self.question(*id)))
    }

    /// The value of a score.
    #[must_use]
    pub fn score(&self, id: &str) -> Option<f64> {
        self.scores.get(id).copied().flatten()
    }

    /// The question of a name and its answer, where it is shown and answered.
    fn given(&self, name: &str) -> Option<(&'a Question, &'a Answer)> {
        let (id, question) = self.definition.question(name)?;
        let answer = self.answers.get(name)?;
        let empty = match answer {
            Answer::Choices(chosen) => chosen.is_empty(),
            Answer::Files(files) => files.is_empty(),
            Answer::Text(text) => text.is_empty(),
            _ => false,
        };
        (self.question(id) && !empty).then_some((question, answer))
    }

    fn name(&self, name: &str) -> Value<'_> {
        if name == "state" {
            return self
                .state
                .as_deref()
                .map_or(Value::Missing, |state| Value::Text(state.into()));
        }
        if let Some(score) = self.scores.get(name) {
            return score.map_or(Value::Missing, Value::Number);
        }
        let Some((_, answer)) = self.given(name) else {
            return Value::Missing;
        };
        match answer {
            Answer::Text(text) | Answer::Choice(text) => Value::Text(text.as_str().into()),
            Answer::Number(number) => Value::Number(*number),
            Answer::Money(pence) => Value::Number(pounds(*pence)),
            Answer::Date(date) => Value::Date(*date),
            Answer::Time(time) => Value::Time(*time),
            Answer::YesNo(yes) => Value::Truth(*yes),
            #[expect(clippy::cast_precision_loss, reason = "points of a scale are few")]
            Answer::Scale(point) => Value::Number(*point as f64),
            _ => Value::Missing,
        }
    }

    /// What was chosen scores.
    fn score_of(&self, name: &str) -> Option<f64> {
        let (question, answer) = self.given(name)?;
        let options = match &question.kind {
            QuestionKind::Choice(options) | QuestionKind::Choices { options, .. } => {
                options.as_slice()
            }
            _ => &[],
        };
        let one = |value: &str| {
            let found = options.iter().find(|option| option.value == value);
            found.map(|option| option.score)
        };
        match (answer, &question.kind) {
            (Answer::Choice(value), _) => one(value),
            (Answer::Choices(values), _) => {
                Some(values.iter().filter_map(|value| one(value)).sum())
            }
            (Answer::YesNo(true), QuestionKind::YesNo { yes, .. }) => Some(*yes),
            (Answer::YesNo(false), QuestionKind::YesNo { no, .. }) => Some(*no),
            #[expect(clippy::cast_precision_loss, reason = "points of a scale are few")]
            (Answer::Scale(point), _) => Some(*point as f64),
            (Answer::Number(number), _) => Some(*number),
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "nobody gives so many")]
    fn count(&self, name: &str) -> f64 {
        match self.given(name) {
            Some((_, Answer::Choices(chosen))) => chosen.len() as f64,
            Some((_, Answer::Files(files))) => files.len() as f64,
            _ => 0.0,
        }
    }

    fn includes(&self, name: &str, wanted: &str) -> Option<bool> {
        match self.given(name)? {
            (_, Answer::Choices(chosen)) => Some(chosen.iter().any(|value| value == wanted)),
            (_, Answer::Choice(value)) => Some(value == wanted),
            _ => None,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "amounts far below 2^53 pence")]
fn pounds(pence: i64) -> f64 {
    pence as f64 / 100.0
}

/// A value; `Missing` where there is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    Missing,
    Number(f64),
    Text(Cow<'a, str>),
    Truth(bool),
    Date(NaiveDate),
    Time(NaiveTime),
}

impl Value<'_> {
    fn truth(&self) -> Option<bool> {
        match self {
            Self::Truth(truth) => Some(*truth),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }
}

fn truth<'a>(truth: Option<bool>) -> Value<'a> {
    truth.map_or(Value::Missing, Value::Truth)
}

fn number<'a>(number: Option<f64>) -> Value<'a> {
    number
        .filter(|number| number.is_finite())
        .map_or(Value::Missing, Value::Number)
}

pub(super) fn value<'a>(node: &'a Node, facts: &'a Facts<'_>) -> Value<'a> {
    match node {
        Node::Number(number) => Value::Number(*number),
        Node::Text(text) => Value::Text(text.as_str().into()),
        Node::Truth(truth) => Value::Truth(*truth),
        Node::Name(name) => facts.name(name),
        Node::Not(inner) => truth(value(inner, facts).truth().map(|truth| !truth)),
        Node::Minus(inner) => number(value(inner, facts).number().map(|number| -number)),
        Node::Two(operator, left, right) => {
            two(*operator, &value(left, facts), &value(right, facts))
        }
        Node::Call(function, given) => call(*function, given, facts),
    }
}

fn two<'a>(operator: Operator, left: &Value<'_>, right: &Value<'_>) -> Value<'a> {
    let order = || compare(left, right);
    let numbers = |work: fn(f64, f64) -> f64| {
        number(left.number().zip(right.number()).map(|(a, b)| work(a, b)))
    };
    match operator {
        Operator::And => truth(and(left.truth(), right.truth())),
        Operator::Or => truth(or(left.truth(), right.truth())),
        Operator::Equal => truth(order().map(Ordering::is_eq)),
        Operator::Unequal => truth(order().map(Ordering::is_ne)),
        Operator::Less => truth(order().map(Ordering::is_lt)),
        Operator::AtMost => truth(order().map(Ordering::is_le)),
        Operator::More => truth(order().map(Ordering::is_gt)),
        Operator::AtLeast => truth(order().map(Ordering::is_ge)),
        Operator::Add => numbers(|a, b| a + b),
        Operator::Subtract => numbers(|a, b| a - b),
        Operator::Multiply => numbers(|a, b| a * b),
        // By nought: neither infinite nor an error, but missing.
        Operator::Divide => numbers(|a, b| a / b),
    }
}

pub(super) fn and(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

pub(super) fn or(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Truth(a), Value::Truth(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Time(a), Value::Time(b)) => Some(a.cmp(b)),
        // Days and times are written as text in expressions.
        (Value::Date(a), Value::Text(b)) => Some(a.cmp(&b.parse().ok()?)),
        (Value::Time(a), Value::Text(b)) => Some(a.cmp(&time(b)?)),
        (Value::Text(_), Value::Date(_) | Value::Time(_)) => {
            compare(right, left).map(Ordering::reverse)
        }
        _ => None,
    }
}

pub(super) fn time(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text, "%H:%M").ok()
}

fn call<'a>(function: Function, given: &'a [Node], facts: &'a Facts<'_>) -> Value<'a> {
    let name = match given.first() {
        Some(Node::Name(name)) => name.as_str(),
        _ => "",
    };
    let numbers = || {
        let values = given.iter().map(|one| value(one, facts));
        values.filter_map(|value| value.number())
    };
    match function {
        Function::Answered => {
            let score = facts.scores.get(name).copied().flatten();
            Value::Truth(facts.given(name).is_some() || score.is_some())
        }
        Function::Includes => match given.get(1) {
            Some(Node::Text(wanted)) => truth(facts.includes(name, wanted)),
            _ => Value::Missing,
        },
        Function::Count => Value::Number(facts.count(name)),
        Function::Score => number(facts.score_of(name)),
        Function::Sum => number(numbers().reduce(|sum, one| sum + one)),
        Function::Max => number(numbers().reduce(f64::max)),
        Function::Min => number(numbers().reduce(f64::min)),
    }
}
