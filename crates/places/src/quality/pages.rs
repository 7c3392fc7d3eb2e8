//! The page of data quality.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Query, Viewer};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use serde::Serialize;

use super::model::{LATE_AFTER_DAYS, SourceQuality, quality};
use crate::Places;
use crate::cube::Snapshot;
use crate::view::filters::{Filters, PageOf};
use crate::view::{Asked, View, label};

page!(pub(super) QUALITY, "places/quality.html", "quality.html");

/// What the page shows.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    filters: Filters,
    sources: Vec<SourceTable>,
    late_after: i64,
    has_areas: bool,
}

#[derive(Debug, Serialize)]
struct SourceTable {
    id: String,
    name: String,
    summary: String,
    rows: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    month: String,
    missing: bool,
    rows: String,
    asb_rows: String,
    no_place: String,
    outside: String,
    duplicates: String,
    unknown_category: String,
    first_seen: String,
    late: bool,
    retold: i64,
    vintage: String,
}

pub(super) async fn quality_page(
    State(places): State<Places>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let (snapshot, view) = places.view(&viewer, Action::SeeDataQuality, &asked).await?;
    let allowed = view.filter.allowed.clone().unwrap_or_default();
    let sources = quality(&places.app.db, &snapshot, &allowed).await?;
    places.app.page(
        &viewer,
        Page::new(&QUALITY, "Data quality"),
        &context(&snapshot, &view, &sources),
    )
}

pub(super) fn context(snapshot: &Snapshot, view: &View, sources: &[SourceQuality]) -> Context {
    Context {
        filters: Filters::new(snapshot, view, PageOf::Quality),
        sources: sources.iter().map(table).collect(),
        late_after: LATE_AFTER_DAYS,
        has_areas: snapshot.home().is_some(),
    }
}

fn table(source: &SourceQuality) -> SourceTable {
    let told = source.months.iter().filter_map(|month| month.told.as_ref());
    let rows: i64 = told.clone().map(|told| told.rows).sum();
    let missing = source
        .months
        .iter()
        .filter(|month| month.told.is_none())
        .count();
    let late = told.clone().filter(|told| told.late()).count();
    SourceTable {
        id: format!("source-{}", source.source),
        name: source.name.clone(),
        summary: format!(
            "{} rows in {} months; {missing} months missing in between; {late} came late.",
            whole(rows),
            told.count()
        ),
        rows: source
            .months
            .iter()
            .map(|month| match &month.told {
                None => Line::missing(label(month.month)),
                Some(told) => Line {
                    month: label(month.month),
                    missing: false,
                    rows: whole(told.rows),
                    asb_rows: whole(told.asb_rows),
                    no_place: part(told.no_place, told.rows),
                    outside: told
                        .outside
                        .map_or_else(|| "not known".to_owned(), |n| part(n, told.rows)),
                    duplicates: whole(told.duplicates),
                    unknown_category: whole(told.unknown_category),
                    first_seen: told.first_seen.format("%-d %b %Y").to_string(),
                    late: told.late(),
                    retold: told.retold,
                    vintage: told.vintage.clone(),
                },
            })
            .collect(),
    }
}

impl Line {
    fn missing(month: String) -> Self {
        let none = String::new;
        Self {
            month,
            missing: true,
            rows: none(),
            asb_rows: none(),
            no_place: none(),
            outside: none(),
            duplicates: none(),
            unknown_category: none(),
            first_seen: none(),
            late: false,
            retold: 0,
            vintage: none(),
        }
    }
}

/// A number with its share: `296 (6.2%)`.
fn part(n: i64, of: i64) -> String {
    if n == 0 || of == 0 {
        return whole(n);
    }
    format!(
        "{} ({}%)",
        whole(n),
        commonweal_govuk::format::decimal(n as f64 * 100.0 / of as f64, 1)
    )
}
