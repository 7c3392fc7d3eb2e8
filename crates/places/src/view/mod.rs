//! What a reader asked to see: the filters that map, ranking and trend share, read from the
//! address of the page. An address names months, types and places, never a person, so it
//! can be shared.

pub mod filters;
#[cfg(test)]
mod tests;

use commonweal_records::Month;
use serde::{Deserialize, Serialize};

use crate::cube::{AreaSet, By, Filter, Kind, Snapshot};

/// The query string as it came.
#[derive(Debug, Clone, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(default)]
pub struct Asked {
    /// The first month, `2025-01`.
    pub from: String,
    /// The last month.
    pub to: String,
    /// `asb`, `all` or a category's code.
    #[serde(rename = "type")]
    pub kind: String,
    /// `personal`, `nuisance` or `environmental`.
    pub qualifier: String,
    /// A source's name.
    pub source: String,
    /// An area: slug of its set, a colon, its code.
    pub place: String,
    /// What to count by: `cells`, `cell9`, `cell8` or the slug of an area set.
    pub areas: String,
    /// The order of a table.
    pub sort: String,
    /// The page of a table, from 1.
    pub page: String,
}

/// A wrong value in the address: the field, and what to do.
pub type Problem = (&'static str, String);

/// A view: what was asked, made sense of.
#[derive(Debug, Clone)]
pub struct View {
    /// What was asked, with defaults filled in.
    pub asked: Asked,
    /// The incidents that are meant; of no source, until somebody says which the reader may see.
    pub filter: Filter,
    /// What to count by.
    pub by: By,
    /// What was wrong; the default stands in.
    pub problems: Vec<Problem>,
}

/// The fields in the order in which they stand on the pages.
const FIELDS: [&str; 7] = [
    "from",
    "to",
    "type",
    "qualifier",
    "source",
    "areas",
    "place",
];
/// The earliest month that any source can tell of; before it is a typing error.
const EARLIEST: i32 = 1990 * 12;
/// The longest period that a page shows, in months.
const LONGEST: i32 = 600;

impl View {
    /// Makes sense of what was asked over what the cube holds. The default is anti-social
    /// behaviour in the newest twelve months, by the partnership's own small areas.
    #[must_use]
    pub fn new(snapshot: &Snapshot, asked: &Asked) -> Self {
        let mut problems = Vec::new();
        let (_, newest) = snapshot
            .period()
            .unwrap_or((Month::from_index(0), Month::from_index(2000 * 12)));
        let to = month("to", &asked.to, &mut problems).unwrap_or(newest);
        let mut from = month("from", &asked.from, &mut problems).unwrap_or_else(|| to.plus(-11));
        if from > to {
            problems.push((
                "from",
                format!("The first month must not be after the last month, {to}"),
            ));
            from = to.plus(-11);
        }
        if to.since(from) > LONGEST {
            problems.push(("from", "Choose a period of 50 years or less".to_owned()));
            from = to.plus(-11);
        }
        let kind = kind(snapshot, &asked.kind, &mut problems);
        let qualifier = qualifier(&asked.qualifier, &mut problems);
        let source = source(snapshot, &asked.source, &mut problems);
        let place = place(snapshot, &asked.place, &mut problems);
        let (by, areas) = by(snapshot, &asked.areas, &mut problems);
        // As the fields stand on the page, so that the list of mistakes leads through them in order.
        problems.sort_by_key(|(field, _)| FIELDS.iter().position(|name| name == field));
        let asked = Asked {
            from: from.to_string(),
            to: to.to_string(),
            kind: match &kind {
                Kind::Asb => "asb".to_owned(),
                Kind::All => "all".to_owned(),
                Kind::Category(code) => code.clone(),
            },
            qualifier: qualifier.map_or_else(String::new, |_| asked.qualifier.clone()),
            source: source.map_or_else(String::new, |_| asked.source.clone()),
            place: place
                .as_ref()
                .map_or_else(String::new, |_| asked.place.clone()),
            areas,
            sort: asked.sort.clone(),
            page: asked.page.clone(),
        };
        Self {
            filter: Filter {
                from,
                to,
                kind,
                qualifier,
                source,
                place,
                allowed: Some(Vec::new()),
            },
            by,
            asked,
            problems,
        }
    }

    /// Keeps the view to the sources that the reader may see. One that was asked for and may
    /// not be seen is answered like one that does not exist.
    pub fn keep_to(&mut self, allowed: &[u16]) {
        if self
            .filter
            .source
            .is_some_and(|source| !allowed.contains(&source))
        {
            self.filter.source = None;
            self.asked.source.clear();
            self.problems
                .push(("source", "Choose a source from the list".to_owned()));
        }
        self.filter.allowed = Some(allowed.to_vec());
    }

    /// The address's query, in one order, with defaults named: the same view on another day.
    #[must_use]
    pub fn query(&self) -> String {
        let asked = &self.asked;
        let mut pairs = vec![
            ("from", &asked.from),
            ("to", &asked.to),
            ("type", &asked.kind),
        ];
        for (name, value) in [
            ("qualifier", &asked.qualifier),
            ("source", &asked.source),
            ("place", &asked.place),
            ("areas", &asked.areas),
        ] {
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect::<Vec<_>>()
            .join("&")
    }

    /// The filter in words, for headings and files: 'Anti-social behaviour, January 2025 to …'.
    #[must_use]
    pub fn words(&self, snapshot: &Snapshot) -> String {
        let filter = &self.filter;
        let mut words = match &filter.kind {
            Kind::Asb => "Anti-social behaviour".to_owned(),
            Kind::All => "All incidents and crimes".to_owned(),
            Kind::Category(code) => snapshot
                .categories
                .iter()
                .find(|category| category.code == *code)
                .map_or_else(|| code.clone(), |category| category.label.clone()),
        };
        if !self.asked.qualifier.is_empty() {
            words = format!("{words} ({})", self.asked.qualifier);
        }
        words = if filter.from == filter.to {
            format!("{words}, {}", in_words(filter.from))
        } else {
            format!(
                "{words}, {} to {}",
                in_words(filter.from),
                in_words(filter.to)
            )
        };
        if let Some(source) = filter
            .source
            .and_then(|source| snapshot.sources.get(usize::from(source)))
        {
            words = format!("{words}, recorded by {}", source.name);
        }
        if let Some(name) = self.place_name(snapshot) {
            words = format!("{words}, in {name}");
        }
        words
    }

    /// The name of the place that the filter keeps to.
    #[must_use]
    pub fn place_name(&self, snapshot: &Snapshot) -> Option<String> {
        let (slug, code) = self.filter.place.as_ref()?;
        let set = snapshot.areas.get(slug)?;
        let area = set.by_code.get(code)?;
        Some(set.areas.get(*area as usize)?.name.clone())
    }

    /// The area set that is counted by, if it is one.
    #[must_use]
    pub fn area_set<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a AreaSet> {
        match &self.by {
            By::Area(slug) => snapshot.areas.get(slug).map(std::convert::AsRef::as_ref),
            By::Cell9 | By::Cell8 => None,
        }
    }
}

/// A month in words: `January 2025`.
#[must_use]
pub fn in_words(month: Month) -> String {
    month.first_day().format("%B %Y").to_string()
}

/// A month as a label: `Jan 2025`.
#[must_use]
pub fn label(month: Month) -> String {
    month.first_day().format("%b %Y").to_string()
}

/// Percent-encodes a query value (RFC 3986: all but unreserved characters).
#[must_use]
pub fn encode(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn month(field: &'static str, text: &str, problems: &mut Vec<Problem>) -> Option<Month> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    match text.parse::<Month>() {
        Ok(month) if month.index() >= EARLIEST => Some(month),
        Ok(_) => {
            problems.push((field, "Enter a month from 1990 on".to_owned()));
            None
        }
        Err(_) => {
            problems.push((
                field,
                "Enter a month as year and month, such as 2025-01".to_owned(),
            ));
            None
        }
    }
}

fn kind(snapshot: &Snapshot, text: &str, problems: &mut Vec<Problem>) -> Kind {
    match text {
        "" | "asb" => Kind::Asb,
        "all" => Kind::All,
        code if snapshot
            .categories
            .iter()
            .any(|category| category.code == code) =>
        {
            Kind::Category(code.to_owned())
        }
        _ => {
            problems.push(("type", "Choose a type from the list".to_owned()));
            Kind::Asb
        }
    }
}

fn qualifier(text: &str, problems: &mut Vec<Problem>) -> Option<u8> {
    match text {
        "" => None,
        "personal" => Some(1),
        "nuisance" => Some(2),
        "environmental" => Some(3),
        _ => {
            problems.push((
                "qualifier",
                "Choose personal, nuisance or environmental".to_owned(),
            ));
            None
        }
    }
}

fn source(snapshot: &Snapshot, text: &str, problems: &mut Vec<Problem>) -> Option<u16> {
    if text.is_empty() {
        return None;
    }
    let found = snapshot
        .sources
        .iter()
        .position(|source| source.name == text);
    if found.is_none() {
        problems.push(("source", "Choose a source from the list".to_owned()));
    }
    found.and_then(|n| u16::try_from(n).ok())
}

fn place(snapshot: &Snapshot, text: &str, problems: &mut Vec<Problem>) -> Option<(String, String)> {
    if text.is_empty() {
        return None;
    }
    let found = text
        .split_once(':')
        .filter(|(slug, code)| {
            snapshot
                .areas
                .get(*slug)
                .is_some_and(|set| set.by_code.contains_key(*code))
        })
        .map(|(slug, code)| (slug.to_owned(), code.to_owned()));
    if found.is_none() {
        problems.push((
            "place",
            "There is no such place. Choose one from the list".to_owned(),
        ));
    }
    found
}

fn by(snapshot: &Snapshot, text: &str, problems: &mut Vec<Problem>) -> (By, String) {
    let usual = || match snapshot
        .newest("lsoa")
        .or_else(|| snapshot.areas.values().max_by_key(|set| set.areas.len()))
    {
        Some(set) => (By::Area(set.slug()), set.slug()),
        None => (By::Cell8, "cell8".to_owned()),
    };
    match text {
        "" => usual(),
        "cell9" | "cells" => (By::Cell9, "cell9".to_owned()),
        "cell8" => (By::Cell8, "cell8".to_owned()),
        slug if snapshot.areas.contains_key(slug) => (By::Area(slug.to_owned()), slug.to_owned()),
        _ => {
            problems.push(("areas", "Choose what to count by from the list".to_owned()));
            usual()
        }
    }
}
