//! What becomes of records: scores with bands, states, moves, due dates.

use super::super::expression::Expression;
use super::super::words::Words;
use super::QuestionId;

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
