//! The model as values for the template, with text that the fonts can show.

use typst::foundations::{Array, Bytes, Dict, IntoValue, Str, Value};

use super::PdfError;
use super::fonts::FONTS;
use super::model::{Block, Card, Chart, DataTable, Document, Field, FieldKind, KeyValue};

/// Words of more letters than this may break anywhere between [`PIECE`]s, so that a long address
/// stays on the page.
const UNBROKEN: usize = 28;
const PIECE: usize = 4;

pub(super) fn document(document: &Document) -> Result<Dict, PdfError> {
    if document.title.trim().is_empty() {
        return Err(PdfError::NoTitle);
    }
    let language = if document.language.is_empty() {
        "en-GB"
    } else {
        &document.language
    };
    let (lang, region) = language.split_once('-').unwrap_or((language, ""));
    let code = |code: &str, lengths: &[usize]| {
        lengths.contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphabetic())
    };
    if !code(lang, &[2, 3]) || !(region.is_empty() || code(region, &[2])) {
        return Err(PdfError::Language);
    }
    let date = document
        .date
        .map(|date| date.format("%-d %B %Y").to_string());
    let foot = [
        &document.reference,
        &document.version,
        &date.unwrap_or_default(),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .map(|part| shown(part))
    .collect::<Vec<_>>()
    .join(" \u{b7} ");
    let words = &document.words;
    let words = dict([
        ("page", text(&words.page)),
        ("of", text(&words.of)),
        ("choose_one", text(&words.choose_one)),
        ("choose_several", text(&words.choose_several)),
        ("day", text(&words.day)),
        ("month", text(&words.month)),
        ("year", text(&words.year)),
        ("yes", text(&words.yes)),
        ("no", text(&words.no)),
        ("optional", text(&words.optional)),
    ]);
    let mut level = 0;
    let blocks = document
        .blocks
        .iter()
        .map(|part| block(part, &mut level))
        .collect::<Result<Array, PdfError>>()?;
    let author: Array = Some(text(&document.organisation))
        .into_iter()
        .filter(|_| !document.organisation.is_empty())
        .collect();
    Ok(dict([
        ("title", text(&document.title)),
        ("subtitle", text(&document.subtitle)),
        ("organisation", text(&document.organisation)),
        ("author", author.into_value()),
        ("marking", text(&document.marking)),
        ("lang", lang.to_ascii_lowercase().into_value()),
        (
            "region",
            if region.is_empty() {
                Value::None
            } else {
                region.to_ascii_uppercase().into_value()
            },
        ),
        ("foot", foot.into_value()),
        ("words", words.into_value()),
        ("blocks", blocks.into_value()),
    ]))
}

fn block(block: &Block, level: &mut u8) -> Result<Value, PdfError> {
    let (kind, mut values) = match block {
        Block::Heading { text, .. } if shown(text).trim().is_empty() => return Ok(empty()),
        Block::Heading {
            level: wanted,
            text: words,
        } => {
            // A reader of headings must not fall through a missing level (PDF/UA, 7.4.2).
            *level = (*wanted).clamp(1, level.saturating_add(1).min(6));
            (
                "heading",
                dict([
                    ("level", i64::from(*level).into_value()),
                    ("text", text(words)),
                ]),
            )
        }
        Block::Paragraph(words) => ("paragraph", dict([("text", text(words))])),
        Block::List { items, .. } if items.is_empty() => return Ok(empty()),
        Block::List { numbered, items } => (
            "list",
            dict([("numbered", numbered.into_value()), ("items", texts(items))]),
        ),
        Block::KeyValues(rows) if rows.is_empty() => return Ok(empty()),
        Block::KeyValues(rows) => ("key_values", dict([("rows", key_values(rows))])),
        Block::Table(table) => ("table", data_table(table)?),
        Block::Field(field) => ("field", self::field(field)),
        Block::Chart(chart) => ("chart", self::chart(chart)?),
        Block::Image {
            bytes,
            alt,
            caption,
        } => {
            let values = [
                ("bytes", Bytes::new(bytes.clone()).into_value()),
                ("alt", alt_text(alt)?),
                ("caption", text(caption)),
            ];
            ("image", dict(values))
        }
        Block::Cards { cards, .. } if cards.is_empty() => return Ok(empty()),
        Block::Cards { across, cards } => {
            let values = [
                ("across", i64::from((*across).clamp(1, 3)).into_value()),
                (
                    "level",
                    i64::from(level.saturating_add(1).min(6)).into_value(),
                ),
                (
                    "cards",
                    cards.iter().map(card).collect::<Array>().into_value(),
                ),
            ];
            ("cards", dict(values))
        }
        Block::Note { title, text: words } => (
            "note",
            dict([("title", text(title)), ("text", text(words))]),
        ),
        Block::PageBreak => ("page_break", Dict::new()),
    };
    values.insert("type".into(), kind.into_value());
    Ok(values.into_value())
}

/// What stands for a block with nothing in it.
fn empty() -> Value {
    dict([("type", "paragraph".into_value()), ("text", text(""))]).into_value()
}

fn card(card: &Card) -> Value {
    dict([
        ("title", text(&card.title)),
        ("text", text(&card.text)),
        ("details", key_values(&card.details)),
    ])
    .into_value()
}

fn key_values(rows: &[KeyValue]) -> Value {
    let row =
        |row: &KeyValue| dict([("key", text(&row.key)), ("value", text(&row.value))]).into_value();
    rows.iter().map(row).collect::<Array>().into_value()
}

fn data_table(table: &DataTable) -> Result<Dict, PdfError> {
    if table.header.is_empty() {
        return Err(PdfError::NoHeader);
    }
    let columns = 0..table.header.len();
    let numeric = columns
        .clone()
        .map(|n| table.numeric.get(n).copied().unwrap_or(false).into_value());
    let row = |row: &Vec<String>| {
        let cell = |n: usize| row.get(n).map_or_else(|| text(""), |words| text(words));
        columns.clone().map(cell).collect::<Array>().into_value()
    };
    Ok(dict([
        ("caption", text(&table.caption)),
        ("header", texts(&table.header)),
        ("numeric", numeric.collect::<Array>().into_value()),
        (
            "rows",
            table.rows.iter().map(row).collect::<Array>().into_value(),
        ),
    ]))
}

fn chart(chart: &Chart) -> Result<Dict, PdfError> {
    Ok(dict([
        (
            "svg",
            Bytes::new(chart.svg.clone().into_bytes()).into_value(),
        ),
        ("alt", alt_text(&chart.alt)?),
        ("table", data_table(&chart.table)?.into_value()),
    ]))
}

fn field(field: &Field) -> Dict {
    let count = |n: u8, low: u8, high: u8| [("count", i64::from(n.clamp(low, high)).into_value())];
    let (kind, values) = match &field.kind {
        FieldKind::Line => ("line", Dict::new()),
        FieldKind::Lines(n) => ("lines", dict(count(*n, 2, 24))),
        FieldKind::Choices { options, several } => (
            "choices",
            dict([
                ("options", texts(options)),
                ("several", several.into_value()),
            ]),
        ),
        FieldKind::YesNo => ("yes_no", Dict::new()),
        FieldKind::Date => ("date", Dict::new()),
        FieldKind::Money => ("money", Dict::new()),
        FieldKind::Letters(n) => ("letters", dict(count(*n, 1, 16))),
        FieldKind::Scale {
            lowest,
            highest,
            low,
            high,
        } => {
            let lowest = i64::from(*lowest);
            let highest = i64::from(*highest).clamp(lowest, lowest + 10);
            let values = [
                ("lowest", lowest.into_value()),
                ("highest", highest.into_value()),
                ("low", text(low)),
                ("high", text(high)),
            ];
            ("scale", dict(values))
        }
        FieldKind::Space(n) => ("space", dict(count(*n, 15, 200))),
    };
    let mut all = dict([
        ("kind", kind.into_value()),
        ("label", text(&field.label)),
        ("hint", text(&field.hint)),
        ("optional", field.optional.into_value()),
    ]);
    for (name, value) in values {
        all.insert(name, value);
    }
    all
}

fn dict<const N: usize>(values: [(&str, Value); N]) -> Dict {
    values
        .into_iter()
        .map(|(name, value)| (Str::from(name), value))
        .collect()
}

fn texts(words: &[String]) -> Value {
    words
        .iter()
        .map(|words| text(words))
        .collect::<Array>()
        .into_value()
}

fn text(words: &str) -> Value {
    shown(words).into_value()
}

fn alt_text(words: &str) -> Result<Value, PdfError> {
    if words.trim().is_empty() {
        return Err(PdfError::NoAlt);
    }
    Ok(text(words))
}

/// Text that the fonts can show: line ends as `\n`, no control characters, `\u{fffd}` for each
/// letter that no font has, and a place to break in words that are longer than a line.
fn shown(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    let mut letters = words.chars().peekable();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\r' if letters.peek() == Some(&'\n') => continue,
            '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{b}' | '\u{c}' => '\n',
            '\t' => ' ',
            letter => letter,
        };
        if letter == '\n' || letter == ' ' || FONTS.have(letter) {
            out.push(letter);
        } else if letter.is_whitespace() {
            out.push(' ');
        } else if !letter.is_control() && !is_ignorable(letter) {
            out.push('\u{fffd}');
        }
    }
    if out.split_whitespace().any(|word| word.len() > UNBROKEN) {
        out = out
            .split_inclusive(char::is_whitespace)
            .map(breakable)
            .collect();
    }
    out
}

fn breakable(word: &str) -> String {
    if word.chars().count() <= UNBROKEN {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len() * 2);
    for (n, letter) in word.chars().enumerate() {
        if n > 0 && n % PIECE == 0 {
            out.push('\u{200b}');
        }
        out.push(letter);
    }
    out
}

/// Selectors and joiners, which have no look of their own.
fn is_ignorable(letter: char) -> bool {
    matches!(
        letter,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}'
    )
}
