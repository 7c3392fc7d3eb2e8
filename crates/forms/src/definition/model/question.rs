//! Questions, and the sorts of answers that they take.

use super::super::expression::Expression;
use super::super::words::Words;

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
    /// The question whose answer may stand instead where this one is required, and which takes the
    /// words of a place that nobody knows.
    pub or: Option<String>,
    /// What to say where it must be answered and is not; made of its name where none.
    pub missing: Option<Words>,
    /// The place of its page in [`super::Definition::pages`].
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
