//! The place file itself.

use axum::extract::State;
use axum::response::Response;
use chrono::{Months, NaiveDate};
use commonweal_access::policy::Action;
use commonweal_access::web::{PageError, Path, Viewer};
use commonweal_core::read;
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use commonweal_records::ports::{Ground, PlaceQuery, SectionColumn, SectionContent, SectionLine};
use commonweal_records::searches;
use serde::Serialize;
use uuid::Uuid;

use super::PlaceFiles;
use super::ask::KIND;
use super::model::{Asked, PURPOSES, Where, shape, words};
use crate::place_page::day;

page!(pub(super) FILE, "places/place_file.html", "file.html");

/// A line as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) date: Option<String>,
    pub(super) href: Option<String>,
    pub(super) note: Option<String>,
    pub(super) attention: bool,
}

impl From<SectionLine> for Line {
    fn from(line: SectionLine) -> Self {
        Self {
            text: line.text,
            date: line.date.map(day),
            href: line.href,
            note: line.note,
            attention: line.attention,
        }
    }
}

/// A table with an id of its own.
#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub(super) id: String,
    pub(super) caption: String,
    pub(super) columns: Vec<SectionColumn>,
    pub(super) rows: Vec<Vec<String>>,
}

/// A section as the page shows it.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub(super) id: String,
    pub(super) title: &'static str,
    pub(super) count: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) tables: Vec<Table>,
    pub(super) notes: Vec<String>,
    pub(super) empty: bool,
    pub(super) failed: bool,
}

impl Section {
    /// A section of the page; `None` where its function failed.
    pub(super) fn new(n: usize, title: &'static str, content: Option<SectionContent>) -> Self {
        let failed = content.is_none();
        let content = content.unwrap_or_default();
        let count = content.count;
        Self {
            id: format!("section-{}", n + 1),
            title,
            empty: content.is_empty() && !failed,
            failed,
            count: count.map(|n| whole(i64::try_from(n).unwrap_or(i64::MAX))),
            lines: content.lines.into_iter().map(Line::from).collect(),
            tables: content
                .tables
                .into_iter()
                .enumerate()
                .map(|(t, table)| Table {
                    id: format!("table-{}-{}", n + 1, t + 1),
                    caption: table.caption,
                    columns: table.columns,
                    rows: table.rows,
                })
                .collect(),
            notes: content.notes,
        }
    }
}

/// A place file.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) id: Uuid,
    pub(super) place: String,
    pub(super) period: String,
    pub(super) purpose: String,
    pub(super) made: String,
    pub(super) reader: String,
    pub(super) sections: Vec<Section>,
}

pub(super) async fn file(
    State(files): State<PlaceFiles>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let context = read_file(&files, &viewer, id).await?;
    let page = Page::new(&FILE, "Place file").breadcrumb("Place file", "/place-file");
    files.app().page(&viewer, page, &context)
}

/// Collects what the reader may see of a place, and notes that it was read and why.
pub(super) async fn read_file(
    files: &PlaceFiles,
    viewer: &Viewer,
    id: Uuid,
) -> Result<Context, PageError> {
    let app = files.app();
    let kept = read!(&app.db, |tx| searches::find(
        tx,
        &app.clock,
        viewer.user(),
        KIND,
        id
    )
    .await
    .map_err(PageError::from))
    .await?
    .ok_or(PageError::NotFound)?;
    let asked: Asked =
        serde_json::from_str(&kept).map_err(|error| PageError::Internal(error.to_string()))?;
    let query = query(files, &asked, app.clock.today())?;
    // The reading is recorded under the purpose that was stated for it.
    let mut viewer = viewer.clone();
    viewer.purpose.clone_from(&asked.purpose);
    let mut sections = Vec::new();
    let mut subjects = vec![id];
    for section in files.sections.iter() {
        match section.content(app, &viewer, &query).await {
            Ok(None) => {}
            Ok(Some(content)) => {
                subjects.extend(&content.subjects);
                sections.push(Section::new(sections.len(), section.title, Some(content)));
            }
            Err(error) => {
                tracing::error!(%error, section = section.title, "a section of a place file failed");
                sections.push(Section::new(sections.len(), section.title, None));
            }
        }
    }
    subjects.dedup();
    app.access_log
        .record(&app.clock, &viewer, Action::SeePlaceFiles, &subjects)
        .await?;
    let purpose = PURPOSES.iter().find(|(value, _)| *value == asked.purpose);
    let now = app.clock.now().with_timezone(&chrono_tz::Europe::London);
    Ok(Context {
        id,
        place: query.words.clone(),
        period: format!("{} to {}", day(query.from), day(query.to)),
        purpose: purpose.map_or_else(String::new, |(_, words)| (*words).to_owned()),
        made: now.format("%-d %B %Y, %H:%M").to_string(),
        reader: format!("{}, {}", viewer.name, viewer.agency_name),
        sections,
    })
}

fn query(files: &PlaceFiles, asked: &Asked, today: NaiveDate) -> Result<PlaceQuery, PageError> {
    let snapshot = files.places.cube.snapshot();
    let mut name = None;
    let mut postcode = None;
    let ground = match &asked.at {
        Where::Postcode {
            postcode: code,
            latitude,
            longitude,
            metres,
            ..
        } => {
            postcode = Some(code.clone());
            Ground::Around {
                latitude: *latitude,
                longitude: *longitude,
                metres: f64::from(*metres),
            }
        }
        Where::Point {
            latitude,
            longitude,
            metres,
        } => Ground::Around {
            latitude: *latitude,
            longitude: *longitude,
            metres: f64::from(*metres),
        },
        Where::Drawn { corners } => Ground::Drawn(shape(corners)),
        Where::Area { set, code } => {
            let loaded = snapshot.areas.get(set).ok_or(PageError::NotFound)?;
            let area = loaded
                .by_code
                .get(code)
                .and_then(|area| loaded.areas.get(*area as usize))
                .ok_or(PageError::NotFound)?;
            name = Some(format!("{} ({})", area.name, loaded.label()));
            Ground::Area {
                set: set.clone(),
                code: code.clone(),
                shape: area.geometry.clone(),
            }
        }
    };
    let back = Months::new(u32::try_from(asked.months).unwrap_or(12));
    Ok(PlaceQuery {
        ground,
        words: words(&asked.at, name.as_deref()),
        postcode,
        from: today.checked_sub_months(back).unwrap_or(today),
        to: today,
    })
}
