//! A question as it is written. Every kind's keys stand beside each other, because a union by kind
//! would lose their lines; which key belongs to which kind is in [`KEYS`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{At, Text};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum KindFile {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A number.
    Number,
    /// Pounds and pence.
    Money,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// Yes or no.
    YesNo,
    /// One of the options.
    Choice,
    /// Several of the options.
    Choices,
    /// A whole number between two ends that have words.
    Scale,
    /// A pin, a postcode, the name of a place, 'near here'.
    Location,
    /// A postal address.
    Address,
    /// Name, telephone, e-mail and what is safe.
    Contact,
    /// Photographs or documents.
    Files,
    /// An agency of the partnership.
    Agency,
    /// A party, or with `staff = true` a colleague.
    Person,
    /// A record of a register.
    Record,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct QuestionFile {
    /// Small letters, digits and underscores.
    pub(in crate::definition) id: At<String>,
    /// What sort of answer it takes.
    pub(in crate::definition) kind: At<KindFile>,
    /// The question as it is asked.
    pub(in crate::definition) label: Text,
    /// A short name for columns and messages.
    pub(in crate::definition) short: Option<Text>,
    /// Help under it.
    pub(in crate::definition) hint: Option<Text>,
    /// Whether it must be answered where it is shown.
    #[serde(default)]
    pub(in crate::definition) required: bool,
    /// The question whose answer may stand instead; of a location also the one that takes the words
    /// of a place that nobody knows.
    pub(in crate::definition) or: Option<At<String>>,
    /// What to say where it must be answered and is not.
    pub(in crate::definition) missing: Option<Text>,
    /// Whether it is shown; an expression.
    pub(in crate::definition) shown_if: Option<At<String>>,
    /// How far its answers are personal data.
    #[serde(default)]
    pub(in crate::definition) personal: PersonalFile,
    /// Whether lists show, filter and sort by it.
    #[serde(default)]
    pub(in crate::definition) list: bool,
    /// The typed place in the program that it feeds.
    pub(in crate::definition) bind: Option<At<String>>,
    /// Smallest: characters of text, a number, pounds, or how many to choose.
    pub(in crate::definition) min: Option<At<f64>>,
    /// Largest: characters of text, a number, pounds, or how many to choose.
    pub(in crate::definition) max: Option<At<f64>>,
    /// text: what it must look like.
    pub(in crate::definition) format: Option<At<FormatFile>>,
    /// number: decimal places; 0 for whole numbers.
    pub(in crate::definition) decimals: Option<At<u8>>,
    /// number: its unit, such as 'hours'.
    pub(in crate::definition) unit: Option<Text>,
    /// date: whether it may lie ahead.
    pub(in crate::definition) future: Option<At<bool>>,
    /// date: whether it may lie behind.
    pub(in crate::definition) past: Option<At<bool>>,
    /// `yes_no`: what 'yes' scores.
    pub(in crate::definition) yes_score: Option<f64>,
    /// `yes_no`: what 'no' scores.
    pub(in crate::definition) no_score: Option<f64>,
    /// choice, choices: what there is to choose.
    pub(in crate::definition) options: Option<At<Vec<OptionFile>>>,
    /// scale: lowest.
    pub(in crate::definition) from: Option<At<i64>>,
    /// scale: highest.
    pub(in crate::definition) to: Option<At<i64>>,
    /// scale: words of the lowest.
    pub(in crate::definition) low: Option<Text>,
    /// scale: words of the highest.
    pub(in crate::definition) high: Option<Text>,
    /// scale: whether 'do not know or rather not say' is offered.
    pub(in crate::definition) unsure: Option<bool>,
    /// files: which types.
    pub(in crate::definition) types: Option<TypesFile>,
    /// files: the most files.
    pub(in crate::definition) most: Option<At<u32>>,
    /// files: the largest, in megabytes.
    pub(in crate::definition) megabytes: Option<At<u32>>,
    /// files: whether the place and time in a photograph are kept, because the question asks for them.
    pub(in crate::definition) keep_location: Option<bool>,
    /// person: whether it names a colleague.
    pub(in crate::definition) staff: Option<bool>,
    /// record: the register's key.
    pub(in crate::definition) register: Option<At<String>>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum PersonalFile {
    /// Not about a person.
    #[default]
    None,
    /// About a person.
    Personal,
    /// Health, ethnicity, belief, orientation and the like (UK GDPR article 9).
    Special,
    /// Offences and allegations (article 10).
    Criminal,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum FormatFile {
    /// Anything.
    #[default]
    Any,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Telephone,
    /// A postcode.
    Postcode,
    /// A web address.
    Link,
    /// A unique property reference number.
    Uprn,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::definition) enum TypesFile {
    /// Photographs.
    #[default]
    Photographs,
    /// Documents and photographs.
    Documents,
    /// Photographs, documents, sound and video.
    Any,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::definition) struct OptionFile {
    /// What is stored: small letters, digits, underscores, hyphens.
    pub(in crate::definition) value: At<String>,
    /// What is read.
    pub(in crate::definition) text: Text,
    /// Help under it.
    pub(in crate::definition) hint: Option<Text>,
    /// What it scores.
    #[serde(default)]
    pub(in crate::definition) score: f64,
    /// Whether it excludes all others.
    #[serde(default)]
    pub(in crate::definition) alone: bool,
}

/// The keys that belong to some kinds alone, and to which.
pub(in crate::definition) const KEYS: [(&str, &[KindFile]); 21] = [
    (
        "min",
        &[
            KindFile::Text,
            KindFile::LongText,
            KindFile::Number,
            KindFile::Money,
            KindFile::Choices,
        ],
    ),
    (
        "max",
        &[
            KindFile::Text,
            KindFile::LongText,
            KindFile::Number,
            KindFile::Money,
            KindFile::Choices,
        ],
    ),
    ("format", &[KindFile::Text]),
    ("decimals", &[KindFile::Number]),
    ("unit", &[KindFile::Number]),
    ("future", &[KindFile::Date]),
    ("past", &[KindFile::Date]),
    ("yes_score", &[KindFile::YesNo]),
    ("no_score", &[KindFile::YesNo]),
    ("options", &[KindFile::Choice, KindFile::Choices]),
    ("from", &[KindFile::Scale]),
    ("to", &[KindFile::Scale]),
    ("low", &[KindFile::Scale]),
    ("high", &[KindFile::Scale]),
    ("unsure", &[KindFile::Scale]),
    ("types", &[KindFile::Files]),
    ("most", &[KindFile::Files]),
    ("megabytes", &[KindFile::Files]),
    ("keep_location", &[KindFile::Files]),
    ("staff", &[KindFile::Person]),
    ("register", &[KindFile::Record]),
];

impl KindFile {
    /// All kinds, in the order of the guide.
    pub(in crate::definition) const ALL: [Self; 17] = [
        Self::Text,
        Self::LongText,
        Self::Number,
        Self::Money,
        Self::Date,
        Self::Time,
        Self::YesNo,
        Self::Choice,
        Self::Choices,
        Self::Scale,
        Self::Location,
        Self::Address,
        Self::Contact,
        Self::Files,
        Self::Agency,
        Self::Person,
        Self::Record,
    ];

    /// As it is written.
    pub(in crate::definition) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Number => "number",
            Self::Money => "money",
            Self::Date => "date",
            Self::Time => "time",
            Self::YesNo => "yes_no",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Scale => "scale",
            Self::Location => "location",
            Self::Address => "address",
            Self::Contact => "contact",
            Self::Files => "files",
            Self::Agency => "agency",
            Self::Person => "person",
            Self::Record => "record",
        }
    }
}

impl QuestionFile {
    /// The keys of some kinds alone that are written here.
    pub(in crate::definition) fn written(&self) -> Vec<&'static str> {
        let present = [
            self.min.is_some(),
            self.max.is_some(),
            self.format.is_some(),
            self.decimals.is_some(),
            self.unit.is_some(),
            self.future.is_some(),
            self.past.is_some(),
            self.yes_score.is_some(),
            self.no_score.is_some(),
            self.options.is_some(),
            self.from.is_some(),
            self.to.is_some(),
            self.low.is_some(),
            self.high.is_some(),
            self.unsure.is_some(),
            self.types.is_some(),
            self.most.is_some(),
            self.megabytes.is_some(),
            self.keep_location.is_some(),
            self.staff.is_some(),
            self.register.is_some(),
        ];
        let keys = KEYS.iter().zip(present);
        keys.filter_map(|((key, _), present)| present.then_some(*key))
            .collect()
    }
}
