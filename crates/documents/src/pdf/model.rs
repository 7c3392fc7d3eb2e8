//! What a document holds. All text is plain: nothing in it can act as markup.

use chrono::NaiveDate;

/// A document for print and screen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Its title; must not be empty.
    pub title: String,
    /// A line below the title; may be empty.
    pub subtitle: String,
    /// Whose document it is, at the top of each page: the partnership's name.
    pub organisation: String,
    /// A protective marking at the top of each page, such as `Official – sensitive`; may be empty.
    pub marking: String,
    /// The language of its text: `en-GB`; empty is `en-GB`.
    pub language: String,
    /// Its reference, at the foot of each page; may be empty.
    pub reference: String,
    /// The version of what it shows, at the foot of each page; may be empty.
    pub version: String,
    /// The day that it speaks of, at the foot of each page.
    pub date: Option<NaiveDate>,
    /// The few words that the layout adds.
    pub words: Words,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// The words that the layout adds, in the document's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Before the page's number.
    pub page: String,
    /// Between the page's number and that of the last.
    pub of: String,
    /// Over a list of which one is to be ticked.
    pub choose_one: String,
    /// Over a list of which several may be ticked.
    pub choose_several: String,
    /// Under the boxes for a day.
    pub day: String,
    /// Under the boxes for a month.
    pub month: String,
    /// Under the boxes for a year.
    pub year: String,
    /// Yes.
    pub yes: String,
    /// No.
    pub no: String,
    /// After the label of a question that need not be answered.
    pub optional: String,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            page: "Page".into(),
            of: "of".into(),
            choose_one: "Tick one box".into(),
            choose_several: "Tick all that apply".into(),
            day: "Day".into(),
            month: "Month".into(),
            year: "Year".into(),
            yes: "Yes".into(),
            no: "No".into(),
            optional: "optional".into(),
        }
    }
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading. Levels begin at 1; one that would skip a level is raised to the next.
    Heading {
        /// Its level.
        level: u8,
        /// Its text.
        text: String,
    },
    /// Text. A line end starts a line, a blank line a paragraph.
    Paragraph(String),
    /// A list.
    List {
        /// Whether its items are numbered.
        numbered: bool,
        /// Its items.
        items: Vec<String>,
    },
    /// Questions with answers, or names with values.
    KeyValues(Vec<KeyValue>),
    /// A table of data.
    Table(DataTable),
    /// A question with room to answer by hand.
    Field(Field),
    /// A chart with the table of what it shows.
    Chart(Chart),
    /// A picture.
    Image {
        /// PNG, JPEG, GIF or WebP.
        bytes: Vec<u8>,
        /// What it shows, for people who can't see it; must not be empty.
        alt: String,
        /// Words below it; may be empty.
        caption: String,
    },
    /// Boxes side by side: services in a leaflet.
    Cards {
        /// How many stand side by side, 1 to 3.
        across: u8,
        /// The boxes.
        cards: Vec<Card>,
    },
    /// Text that stands out.
    Note {
        /// Its heading; may be empty.
        title: String,
        /// Its text, as of a paragraph.
        text: String,
    },
    /// What follows begins a page.
    PageBreak,
}

/// A name with a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyValue {
    /// The question or name.
    pub key: String,
    /// The answer or value; a line end starts a line.
    pub value: String,
}

impl KeyValue {
    /// A name with a value.
    pub fn new(key: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            value: value.into(),
        }
    }
}

/// A table of data.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DataTable {
    /// What it shows; may be empty where a heading says so.
    pub caption: String,
    /// The headings; must not be empty.
    pub header: Vec<String>,
    /// Which columns hold numbers, which stand to the right; one that is missing does not.
    pub numeric: Vec<bool>,
    /// The rows; a row that is too short ends in empty cells.
    pub rows: Vec<Vec<String>>,
}

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// SVG text.
    pub svg: String,
    /// What it shows in a sentence; must not be empty.
    pub alt: String,
    /// The same figures.
    pub table: DataTable,
}

/// A box of a leaflet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// Its heading.
    pub title: String,
    /// Its text, as of a paragraph; may be empty.
    pub text: String,
    /// Where, when, how to reach it.
    pub details: Vec<KeyValue>,
}

/// A question with room to answer by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The question.
    pub label: String,
    /// How to answer; may be empty.
    pub hint: String,
    /// Whether it may be left blank, which is said beside the question.
    pub optional: bool,
    /// What room there is.
    pub kind: FieldKind,
}

/// Room to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// One line.
    Line,
    /// A box of so many lines, 2 to 24.
    Lines(u8),
    /// Boxes to tick.
    Choices {
        /// What they say.
        options: Vec<String>,
        /// Whether several may be ticked.
        several: bool,
    },
    /// Yes or no.
    YesNo,
    /// A day.
    Date,
    /// An amount in pounds.
    Money,
    /// A few letters, each in its box (a postcode), 1 to 16.
    Letters(u8),
    /// A number from a scale of at most 11.
    Scale {
        /// The lowest number.
        lowest: i8,
        /// The highest.
        highest: i8,
        /// What the lowest means.
        low: String,
        /// What the highest means.
        high: String,
    },
    /// Room for a drawing, a map or a signature, in millimetres, 15 to 200.
    Space(u8),
}
