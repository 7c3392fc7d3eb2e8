//! The page of the ranking.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Query, Viewer};
use commonweal_govuk::format::{decimal, whole};
use commonweal_govuk::{Page, page};
use serde::Serialize;

use super::model::{Order, Ranked, Ranking, complete_places, rank};
use super::words::{signed, why};
use crate::Places;
use crate::cube::{By, Snapshot};
use crate::download::Statements;
use crate::map::missing;
use crate::view::filters::{Filters, PageOf, with};
use crate::view::{Asked, View};

page!(pub(super) LIST, "places/ranking.html", "ranking.html");
page!(pub(super) FILTERS, "places/filters.html", "../view/filters.html");

/// Places on one page of the table.
const ON_A_PAGE: usize = 25;

/// What the page shows.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    filters: Filters,
    caption: String,
    headings: Vec<Heading>,
    rows: Vec<Line>,
    figures: Vec<Figure>,
    comparison_note: Option<String>,
    missing: Option<String>,
    statements: Statements,
    has_rate: bool,
    has_decile: bool,
    has_change: bool,
    pagination: Option<Pagination>,
    download: Option<String>,
}

#[derive(Debug, Serialize)]
struct Heading {
    text: &'static str,
    href: String,
    current: bool,
    numeric: bool,
}

#[derive(Debug, Serialize)]
struct Figure {
    label: &'static str,
    value: String,
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    rank: usize,
    name: String,
    code: String,
    href: Option<String>,
    count: String,
    rate: Option<String>,
    rate_interval: Option<String>,
    change: Option<String>,
    change_interval: Option<String>,
    share: String,
    decile: Option<String>,
    why: String,
}

#[derive(Debug, Serialize)]
struct Pagination {
    previous: Option<String>,
    next: Option<String>,
    page: usize,
    pages: usize,
}

pub(super) async fn ranking(
    State(places): State<Places>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (snapshot, view) = places.view(&viewer, Action::SeeIncidents, &asked).await?;
    let mut context = context(&snapshot, &view);
    if !viewer.principal.may_enter(Action::Download) {
        context.download = None;
    }
    context.statements = Statements::new(&places.app.settings, &snapshot, &view);
    places
        .app
        .page(&viewer, Page::new(&LIST, "Ranking"), &context)
}

pub(super) fn context(snapshot: &Snapshot, view: &View) -> Context {
    let order = Order::read(&view.asked.sort);
    let mut ranking = rank(snapshot, view, order);
    let pages = ranking.places.len().div_ceil(ON_A_PAGE).max(1);
    let page = view
        .asked
        .page
        .parse::<usize>()
        .unwrap_or(1)
        .clamp(1, pages);
    let shown = (page - 1) * ON_A_PAGE..(page * ON_A_PAGE).min(ranking.places.len());
    let mut on_page: Vec<Ranked> = ranking.places[shown].to_vec();
    complete_places(snapshot, view, &mut on_page);
    let of_what = if matches!(view.by, By::Area(_)) {
        "areas"
    } else {
        "cells"
    };
    let at = |page: usize| {
        format!(
            "/ranking?{}",
            with(view, |asked| asked.page = page.to_string())
        )
    };
    let has_rate = ranking
        .places
        .iter()
        .any(|place| place.population.is_some());
    let has_decile = ranking.places.iter().any(|place| place.decile.is_some());
    Context {
        caption: format!("{}, by {}", view.words(snapshot), by_words(snapshot, view)),
        headings: headings(view, order, has_rate, ranking.has_comparison, has_decile),
        rows: on_page
            .iter()
            .map(|place| line(place, &ranking, view, of_what))
            .collect(),
        figures: figures(&ranking, of_what),
        comparison_note: ranking.comparison_note.take(),
        missing: missing(snapshot, view),
        statements: Statements::default(),
        has_rate,
        has_decile,
        has_change: ranking.has_comparison,
        pagination: (pages > 1).then(|| Pagination {
            previous: (page > 1).then(|| at(page - 1)),
            next: (page < pages).then(|| at(page + 1)),
            page,
            pages,
        }),
        download: Some(view.query()),
        filters: Filters::new(snapshot, view, PageOf::Ranking),
    }
}

fn by_words(snapshot: &Snapshot, view: &View) -> String {
    match view.area_set(snapshot) {
        Some(set) => set.label(),
        None => "cell".to_owned(),
    }
}

fn headings(view: &View, order: Order, rate: bool, change: bool, decile: bool) -> Vec<Heading> {
    let heading = |text, sort: &str, of, numeric| Heading {
        text,
        href: format!(
            "/ranking?{}",
            with(view, |asked| {
                asked.sort = sort.to_owned();
                asked.page = String::new();
            })
        ),
        current: order == of,
        numeric,
    };
    let mut headings = vec![heading("Incidents", "count", Order::Count, true)];
    if rate {
        headings.push(heading("Per 1,000 residents", "rate", Order::Rate, true));
    }
    if change {
        headings.push(heading(
            "Change on the year before",
            "change",
            Order::Change,
            true,
        ));
    }
    if decile {
        headings.push(heading(
            "Deprivation decile",
            "deprivation",
            Order::Deprivation,
            true,
        ));
    }
    headings
}

fn figures(ranking: &Ranking, of_what: &'static str) -> Vec<Figure> {
    let places = i64::try_from(ranking.places.len()).unwrap_or(i64::MAX);
    let mut figures = vec![
        Figure {
            label: "Incidents",
            value: whole(i64::try_from(ranking.total).unwrap_or(i64::MAX)),
            note: None,
        },
        Figure {
            label: if of_what == "areas" {
                "Areas"
            } else {
                "Cells with incidents"
            },
            value: whole(places),
            note: None,
        },
    ];
    if let Some(rate) = ranking.rate {
        figures.push(Figure {
            label: "Per 1,000 residents",
            value: decimal(rate.per_1000, 1),
            note: Some(format!(
                "95% interval {} to {}",
                decimal(rate.interval.lower, 1),
                decimal(rate.interval.upper, 1)
            )),
        });
    }
    if ranking.elsewhere > 0 {
        figures.push(Figure {
            label: "Elsewhere",
            value: whole(i64::from(ranking.elsewhere)),
            note: Some("no place, or outside these areas".to_owned()),
        });
    }
    figures
}

fn line(place: &Ranked, ranking: &Ranking, view: &View, of_what: &str) -> Line {
    let href = match &view.by {
        By::Area(slug) => {
            let chosen = format!("{slug}:{}", place.code);
            Some(format!(
                "/trend?{}",
                with(view, |asked| {
                    asked.place = chosen;
                    asked.page = String::new();
                    asked.sort = String::new();
                })
            ))
        }
        By::Cell9 | By::Cell8 => None,
    };
    let bounded = |upper: f64| {
        if upper.is_finite() {
            format!("{}%", signed(upper * 100.0))
        } else {
            "no bound".to_owned()
        }
    };
    Line {
        rank: place.rank,
        name: place.name.clone(),
        code: place.code.clone(),
        href,
        count: whole(i64::from(place.count)),
        rate: place.rate.map(|rate| decimal(rate.per_1000, 1)),
        rate_interval: place.rate.map(|rate| {
            format!(
                "{} to {}",
                decimal(rate.interval.lower, 1),
                decimal(rate.interval.upper, 1)
            )
        }),
        change: place
            .change
            .map(|change| format!("{}%", signed(change.estimate * 100.0))),
        change_interval: place.change.map(|change| {
            format!(
                "{}% to {}",
                signed(change.interval.lower * 100.0),
                bounded(change.interval.upper)
            )
        }),
        share: format!("{}%", decimal(place.share * 100.0, 1)),
        decile: place.decile.map(|decile| decimal(decile, 0)),
        why: why(place, ranking, of_what),
    }
}
