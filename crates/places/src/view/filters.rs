//! The filter form that map, ranking and trend share, ready for its template.

use commonweal_govuk::format::whole;
use serde::Serialize;

use super::{Asked, View, encode, in_words};
use crate::cube::{By, Snapshot};

/// The pages that share a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageOf {
    /// `/map`
    Map,
    /// `/ranking`
    Ranking,
    /// `/trend`
    Trend,
    /// `/data-quality`
    Quality,
}

/// A choice of a select.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
    /// Whether it is chosen.
    pub selected: bool,
}

/// A select, with what is wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct Select {
    /// Its name.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// Its choices.
    pub items: Vec<Choice>,
    /// What is wrong.
    pub error: Option<String>,
}

/// An item of the sub navigation.
#[derive(Debug, Clone, Serialize)]
pub struct Tab {
    /// Its words.
    pub text: &'static str,
    /// Where it leads: the same view on another page.
    pub href: String,
    /// Whether it is this page.
    pub active: bool,
}

/// Everything that `places/filters.html` shows.
#[derive(Debug, Clone, Serialize)]
pub struct Filters {
    /// Where the form is sent.
    pub action: &'static str,
    /// The selects.
    pub selects: Vec<Select>,
    /// The place that the view keeps to, and the view without it.
    pub place: Option<PlaceChosen>,
    /// Hidden fields that keep the rest of the view.
    pub kept: Vec<(&'static str, String)>,
    /// The pages that share the view.
    pub tabs: Vec<Tab>,
    /// The view in words.
    pub words: String,
    /// The view's query.
    pub query: String,
    /// What is wrong, for the error summary.
    pub problems: Vec<(String, String)>,
}

/// The place that a view keeps to.
#[derive(Debug, Clone, Serialize)]
pub struct PlaceChosen {
    /// Its name.
    pub name: String,
    /// The same view of everywhere.
    pub everywhere: String,
}

/// The most areas that a select offers; finer places are chosen from the ranking.
const MOST_PLACES: usize = 160;

impl Filters {
    /// The form for a view, on a page.
    #[must_use]
    pub fn new(snapshot: &Snapshot, view: &View, page: PageOf) -> Self {
        let mut selects = vec![
            select(
                "from",
                "From",
                months(snapshot, view, view.filter.from),
                view,
            ),
            select("to", "To", months(snapshot, view, view.filter.to), view),
            select("type", "Type", kinds(snapshot, view), view),
        ];
        if view.filter.qualifier.is_some()
            || snapshot
                .segments
                .iter()
                .any(|s| s.runs.iter().any(|r| r.qualifier > 0))
        {
            selects.push(select(
                "qualifier",
                "Whom it affects",
                qualifiers(view),
                view,
            ));
        }
        let sources = sources(snapshot, view);
        if sources.len() > 2 {
            selects.push(select("source", "Recorded by", sources, view));
        }
        if page != PageOf::Trend {
            selects.push(select(
                "areas",
                "Count by",
                area_kinds(snapshot, view),
                view,
            ));
        }
        let places = places(snapshot, view);
        if places.len() > 1 {
            selects.push(select("place", "Place", places, view));
        }
        let kept = if page == PageOf::Trend {
            vec![("areas", view.asked.areas.clone())]
        } else {
            Vec::new()
        };
        let query = view.query();
        let tab = |text, path: &str, of| Tab {
            text,
            href: format!("{path}?{query}"),
            active: of == page,
        };
        Self {
            action: match page {
                PageOf::Map => "/map",
                PageOf::Ranking => "/ranking",
                PageOf::Trend => "/trend",
                PageOf::Quality => "/data-quality",
            },
            selects,
            place: view.place_name(snapshot).map(|name| {
                let mut asked = view.clone();
                asked.asked.place = String::new();
                PlaceChosen {
                    name,
                    everywhere: asked.query(),
                }
            }),
            kept,
            tabs: vec![
                tab("Map", "/map", PageOf::Map),
                tab("Ranking", "/ranking", PageOf::Ranking),
                tab("Trend", "/trend", PageOf::Trend),
                tab("Data quality", "/data-quality", PageOf::Quality),
            ],
            words: view.words(snapshot),
            query,
            problems: view
                .problems
                .iter()
                .map(|(field, why)| ((*field).to_owned(), why.clone()))
                .collect(),
        }
    }
}

fn select(name: &'static str, label: &'static str, items: Vec<Choice>, view: &View) -> Select {
    let error = view
        .problems
        .iter()
        .find(|(field, _)| *field == name)
        .map(|(_, why)| why.clone());
    Select {
        name,
        label,
        items,
        error,
    }
}

fn choice(value: impl Into<String>, text: impl Into<String>, selected: bool) -> Choice {
    Choice {
        value: value.into(),
        text: text.into(),
        selected,
    }
}

/// Every month from the first that holds anything to the last, newest first.
fn months(snapshot: &Snapshot, view: &View, chosen: commonweal_records::Month) -> Vec<Choice> {
    let allowed = view.filter.allowed.as_deref();
    let seen = snapshot
        .segments
        .iter()
        .filter(|s| allowed.is_none_or(|allowed| allowed.contains(&s.source)));
    let seen = seen.map(|segment| segment.month);
    let first = seen.clone().min().unwrap_or(view.filter.from);
    let last = seen.max().unwrap_or(view.filter.to);
    let (first, last) = (first.min(chosen), last.max(chosen));
    (0..=last.since(first))
        .map(|back| last.plus(-back))
        .map(|month| choice(month.to_string(), in_words(month), month == chosen))
        .collect()
}

fn kinds(snapshot: &Snapshot, view: &View) -> Vec<Choice> {
    let asked = view.asked.kind.as_str();
    let mut choices = vec![
        choice("asb", "All anti-social behaviour", asked == "asb"),
        choice("all", "All incidents and crimes", asked == "all"),
    ];
    let mut categories: Vec<_> = snapshot.categories.iter().collect();
    categories.sort_by(|a, b| (!a.asb, &a.label).cmp(&(!b.asb, &b.label)));
    choices.extend(
        categories
            .iter()
            .map(|c| choice(&c.code, &c.label, c.code == asked)),
    );
    choices
}

fn qualifiers(view: &View) -> Vec<Choice> {
    let asked = view.asked.qualifier.as_str();
    [
        ("", "Anybody or anything"),
        ("personal", "Personal"),
        ("nuisance", "Nuisance"),
        ("environmental", "Environmental"),
    ]
    .into_iter()
    .map(|(value, text)| choice(value, text, value == asked))
    .collect()
}

fn sources(snapshot: &Snapshot, view: &View) -> Vec<Choice> {
    let allowed = view.filter.allowed.as_deref();
    let mut choices = vec![choice("", "Everybody", view.asked.source.is_empty())];
    for (n, source) in (0_u16..).zip(&snapshot.sources) {
        if allowed.is_none_or(|allowed| allowed.contains(&n)) {
            choices.push(choice(
                &source.name,
                &source.name,
                source.name == view.asked.source,
            ));
        }
    }
    choices
}

fn area_kinds(snapshot: &Snapshot, view: &View) -> Vec<Choice> {
    let mut choices: Vec<Choice> = snapshot
        .areas
        .values()
        .map(|set| {
            let text = format!(
                "{} ({} areas)",
                set.label(),
                whole(i64::try_from(set.areas.len()).unwrap_or(0))
            );
            choice(set.slug(), text, view.by == By::Area(set.slug()))
        })
        .collect();
    choices.push(choice(
        "cell8",
        "Cells about 1 km across",
        view.by == By::Cell8,
    ));
    choices.push(choice(
        "cell9",
        "Cells about 400 m across",
        view.by == By::Cell9,
    ));
    choices
}

fn places(snapshot: &Snapshot, view: &View) -> Vec<Choice> {
    let mut choices = vec![choice("", "Everywhere", view.asked.place.is_empty())];
    for set in snapshot
        .areas
        .values()
        .filter(|set| set.areas.len() <= MOST_PLACES)
    {
        let mut areas: Vec<_> = set.areas.iter().collect();
        areas.sort_by(|a, b| a.name.cmp(&b.name));
        for area in areas {
            let value = format!("{}:{}", set.slug(), area.code);
            let selected = value == view.asked.place;
            choices.push(choice(
                value,
                format!("{} ({})", area.name, set.label()),
                selected,
            ));
        }
    }
    if let (Some(name), true) = (
        view.place_name(snapshot),
        choices.iter().all(|choice| !choice.selected),
    ) {
        choices.push(choice(&view.asked.place, name, true));
    }
    choices
}

/// The same view with something changed.
#[must_use]
pub fn with(view: &View, change: impl FnOnce(&mut Asked)) -> String {
    let mut changed = view.clone();
    change(&mut changed.asked);
    let mut query = changed.query();
    for (name, value) in [("sort", &changed.asked.sort), ("page", &changed.asked.page)] {
        if !value.is_empty() {
            query.push_str(&format!("&{name}={}", encode(value)));
        }
    }
    query
}
