//! The page of the map.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{Basemap, PageError, Query, Viewer};
use commonweal_govuk::format::{decimal, whole};
use commonweal_govuk::{Page, page};
use serde::Serialize;

use super::Maps;
use super::draw::{drawing, frame, outside};
use super::figures::{Figures, missing_months, names};
use super::kept::{Answer, Key, What};
use super::layers::{Layers, Pairs};
use crate::cube::{By, Snapshot};
use crate::download::{Statements, by_words};
use crate::ranking::{code, population};
use crate::view::filters::{Filters, PageOf, with};
use crate::view::{Asked, View, encode};

page!(pub(super) MAP, "places/map.html", "map.html");

/// Places on one page of the table.
const ON_A_PAGE: usize = 50;

/// What the page shows.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    filters: Filters,
    drawing: String,
    legend: String,
    script: Script,
    key_figures: Vec<KeyFigure>,
    missing: Option<String>,
    caption: String,
    headings: Vec<Heading>,
    rows: Vec<Line>,
    has_rate: bool,
    pagination: Option<Pagination>,
    download: Option<String>,
    statements: Statements,
    layers: Layers,
}

/// What the script is told.
#[derive(Debug, Serialize)]
struct Script {
    url: String,
    label: String,
    resolutions: &'static str,
    bounds: Option<String>,
    item: Option<String>,
    tiles: Option<Basemap>,
}

#[derive(Debug, Serialize)]
struct KeyFigure {
    label: &'static str,
    value: String,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Heading {
    text: &'static str,
    href: String,
    sorted: Option<&'static str>,
    numeric: bool,
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    code: String,
    href: Option<String>,
    count: String,
    share: String,
    rate: Option<String>,
}

#[derive(Debug, Serialize)]
struct Pagination {
    previous: Option<String>,
    next: Option<String>,
    page: usize,
    pages: usize,
}

pub(super) async fn map(
    State(maps): State<Maps>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let (snapshot, view) = maps
        .places
        .view(&viewer, Action::SeeIncidents, &asked)
        .await?;
    let figures = maps.kept.figures(&snapshot, &view.by, &view.filter).await?;
    let drawn = drawn(&maps, &snapshot, &view, &figures).await?;
    let mut context = context(&snapshot, &view, &figures, drawn.text());
    context
        .script
        .tiles
        .clone_from(&maps.places.app.settings.basemap);
    context.statements = Statements::new(&maps.places.app.settings, &snapshot, &view);
    context.layers = Layers::new(&maps, &viewer, &view, &pairs).await;
    if !viewer.principal.may_enter(Action::Download) {
        context.download = None;
    }
    let page = Page::new(&MAP, "Map").script("map.js").style("map.css");
    maps.places.app.page(&viewer, page, &context)
}

async fn drawn(
    maps: &Maps,
    snapshot: &Arc<Snapshot>,
    view: &View,
    figures: &Arc<Figures>,
) -> Result<Arc<Answer>, PageError> {
    let key = Key {
        generation: snapshot.generation,
        what: What::Drawing,
        by: Some(if view.by == By::Cell8 {
            By::Cell9
        } else {
            view.by.clone()
        }),
        filter: Some(view.filter.clone()),
    };
    let outline = maps.kept.outline(snapshot).await?;
    let (snapshot, view, figures) = (Arc::clone(snapshot), view.clone(), Arc::clone(figures));
    maps.kept
        .answer(key, move || {
            Answer::new(
                "image/svg+xml",
                drawing(&snapshot, &view, &figures, &outline),
            )
        })
        .await
}

pub(super) fn context(snapshot: &Snapshot, view: &View, figures: &Figures, drawn: &str) -> Context {
    let table = Table::new(snapshot, view, figures);
    let frame = frame(snapshot, view, figures);
    let query = view.query();
    let at = |page: usize| format!("/map?{}", with(view, |asked| asked.page = page.to_string()));
    let item = match &view.by {
        // The script puts the area's code where `{id}` stands.
        By::Area(slug) => Some(format!(
            "/trend?{}&place={}%3A{{id}}",
            with(view, |asked| {
                asked.place = String::new();
                asked.page = String::new();
                asked.sort = String::new();
            }),
            encode(slug)
        )),
        By::Cell9 | By::Cell8 => None,
    };
    Context {
        drawing: drawn.to_owned(),
        legend: figures.classes.legend("map-key", "incidents"),
        script: Script {
            tiles: None,
            url: format!("/map/data?{query}"),
            label: format!(
                "Map: {}, by {}",
                view.words(snapshot),
                by_words(snapshot, view)
            ),
            resolutions: match view.by {
                By::Cell9 => "8,9",
                By::Cell8 => "8",
                By::Area(_) => "",
            },
            bounds: frame.map(|frame| frame.map(|degrees| format!("{degrees:.5}")).join(",")),
            item,
        },
        key_figures: key_figures(
            &table,
            outside(snapshot, &view.by, figures, frame),
            &view.by,
        ),
        missing: missing(snapshot, view),
        caption: format!("{}, by {}", view.words(snapshot), by_words(snapshot, view)),
        headings: table.headings(view),
        has_rate: table.has_rate,
        pagination: (table.pages > 1).then(|| Pagination {
            previous: (table.page > 1).then(|| at(table.page - 1)),
            next: (table.page < table.pages).then(|| at(table.page + 1)),
            page: table.page,
            pages: table.pages,
        }),
        rows: table.rows,
        download: Some(with(view, |asked| asked.page = String::new())),
        statements: Statements::default(),
        layers: Layers::default(),
        filters: Filters::new(snapshot, view, PageOf::Map),
    }
}

/// The figures as a table.
struct Table {
    rows: Vec<Line>,
    places: usize,
    total: u64,
    elsewhere: u32,
    page: usize,
    pages: usize,
    has_rate: bool,
    order: Order,
}

/// By what the table is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Count,
    Rate,
    Name,
}

impl Table {
    fn new(snapshot: &Snapshot, view: &View, figures: &Figures) -> Self {
        let counts = figures.counts(&view.by);
        let areas = matches!(view.by, By::Area(_));
        let mut slots: Vec<usize> = (0..counts.of.len())
            .filter(|slot| areas || counts.of[*slot] > 0)
            .collect();
        let rate = |slot: usize| {
            population(snapshot, &view.by, slot)
                .map(|residents| f64::from(counts.of[slot]) * 1_000.0 / residents)
        };
        let has_rate = slots.iter().any(|slot| rate(*slot).is_some());
        let order = match view.asked.sort.as_str() {
            "rate" if has_rate => Order::Rate,
            "name" => Order::Name,
            _ => Order::Count,
        };
        let known = |slot: usize| rate(slot).unwrap_or(-1.0);
        let mut named: Vec<String> = Vec::new();
        match order {
            Order::Count => slots.sort_by_key(|slot| (std::cmp::Reverse(counts.of[*slot]), *slot)),
            Order::Rate => slots.sort_by(|a, b| known(*b).total_cmp(&known(*a)).then(a.cmp(b))),
            Order::Name => {
                let names = names(snapshot, &view.by, &slots);
                let mut both: Vec<_> = names.into_iter().zip(slots).collect();
                both.sort();
                (named, slots) = both.into_iter().unzip();
            }
        }
        let pages = slots.len().div_ceil(ON_A_PAGE).max(1);
        let page = view
            .asked
            .page
            .parse::<usize>()
            .unwrap_or(1)
            .clamp(1, pages);
        let shown = (page - 1) * ON_A_PAGE..(page * ON_A_PAGE).min(slots.len());
        let names = match order {
            Order::Name => named[shown.clone()].to_vec(),
            Order::Count | Order::Rate => names(snapshot, &view.by, &slots[shown.clone()]),
        };
        let total = counts.total();
        let line = |(name, slot): (String, &usize)| {
            line(
                snapshot,
                view,
                name,
                *slot,
                counts.of[*slot],
                total,
                rate(*slot),
            )
        };
        Self {
            rows: names.into_iter().zip(&slots[shown]).map(line).collect(),
            places: slots.len(),
            total,
            elsewhere: counts.elsewhere,
            page,
            pages,
            has_rate,
            order,
        }
    }

    fn headings(&self, view: &View) -> Vec<Heading> {
        let heading = |text, sort: &str, of, direction| Heading {
            text,
            href: format!(
                "/map?{}",
                with(view, |asked| {
                    asked.sort = sort.to_owned();
                    asked.page = String::new();
                })
            ),
            sorted: (self.order == of).then_some(direction),
            numeric: of != Order::Name,
        };
        let mut headings = vec![
            heading("Place", "name", Order::Name, "ascending"),
            heading("Incidents", "count", Order::Count, "descending"),
        ];
        if self.has_rate {
            headings.push(heading(
                "Per 1,000 residents",
                "rate",
                Order::Rate,
                "descending",
            ));
        }
        headings
    }
}

fn line(
    snapshot: &Snapshot,
    view: &View,
    name: String,
    slot: usize,
    count: u32,
    total: u64,
    rate: Option<f64>,
) -> Line {
    let code = code(snapshot, &view.by, slot);
    let href = match &view.by {
        By::Area(slug) => Some(format!(
            "/trend?{}",
            with(view, |asked| {
                asked.place = format!("{slug}:{code}");
                asked.page = String::new();
                asked.sort = String::new();
            })
        )),
        By::Cell9 | By::Cell8 => None,
    };
    let share = if total == 0 {
        0.0
    } else {
        f64::from(count) * 100.0 / total as f64
    };
    Line {
        name,
        href,
        count: whole(i64::from(count)),
        share: format!("{}%", decimal(share, 1)),
        rate: rate.map(|rate| decimal(rate, 1)),
        code,
    }
}

fn key_figures(table: &Table, outside: u64, by: &By) -> Vec<KeyFigure> {
    let number = |n: u64| whole(i64::try_from(n).unwrap_or(i64::MAX));
    let areas = matches!(by, By::Area(_));
    let mut figures = vec![
        KeyFigure {
            label: "Incidents",
            value: number(table.total),
            note: None,
        },
        KeyFigure {
            label: if areas {
                "Areas"
            } else {
                "Cells with incidents"
            },
            value: number(table.places as u64),
            note: None,
        },
    ];
    if table.elsewhere > 0 {
        let note = if areas {
            "no place, or outside these areas"
        } else {
            "without a point: on no map"
        };
        figures.push(KeyFigure {
            label: "Elsewhere",
            value: number(u64::from(table.elsewhere)),
            note: Some(note.to_owned()),
        });
    }
    if outside > 0 {
        let note = Some("in the table, outside what the map shows first".to_owned());
        figures.push(KeyFigure {
            label: "Farther away",
            value: number(outside),
            note,
        });
    }
    figures
}

/// Months of the period without any figures, in words.
pub(crate) fn missing(snapshot: &Snapshot, view: &View) -> Option<String> {
    let months = missing_months(snapshot, &view.filter);
    let (first, last) = (months.first()?, months.last()?);
    let all = view.filter.to.since(view.filter.from) + 1;
    let words = crate::view::in_words;
    Some(if i32::try_from(months.len()) == Ok(all) {
        "There are no figures for any month of this period.".to_owned()
    } else if first == last {
        format!(
            "There are no figures for {}; it is left out, not counted as zero.",
            words(*first)
        )
    } else {
        format!(
            "There are no figures for {} of the {all} months (the first is {}, the last {}); they are left out, not counted as zero.",
            months.len(),
            words(*first),
            words(*last)
        )
    })
}
