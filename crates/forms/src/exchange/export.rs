//! `/registers/{key}/export.csv`, `.ods`, `.xlsx`: what the list shows, as a file.
//!
//! CSV goes out as it is read, a page of records at a time. ODS and XLSX are archives, whose table
//! of contents comes last: they are made whole, with a limit.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::{DbError, read};
use commonweal_documents::{Cell, Column, Kind, Table};
use futures::stream;
use uuid::Uuid;

use super::columns::{self, FIXED, Known, WITHHELD};
use super::download::{self, Format};
use super::records::{self, Versions, enter};
use super::selection;
use crate::Forms;
use crate::definition::{Definition, Personal, Shared};
use crate::register::list::Asked;
use crate::register::store::Record;
use crate::register::{self, visible};

/// Records read at once.
const BATCH: u32 = 500;
/// The most records of an ODS or XLSX file.
const MOST: usize = 50_000;

type Pairs = Vec<(String, String)>;

pub(super) async fn csv(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    let export = Export::new(forms, viewer, &key, pairs).await?;
    let name = export.name(Format::Csv);
    let head = export.table(Vec::new());
    let head = Format::Csv.write(&head)?;
    let length = head.len();
    // The first batch is read before the answer begins, so that a failure is still a page.
    let state = Step::Head(head, Box::new(export.begin()));
    let body = stream::try_unfold(state, move |step| async move {
        let (bytes, next) = match step {
            Step::Head(bytes, reading) => (bytes, Step::Rows(reading)),
            Step::Rows(mut reading) => {
                let Some(rows) = reading.batch().await? else {
                    return Ok::<_, PageError>(None);
                };
                let mut bytes = Format::Csv.write(&reading.export.table(rows))?;
                bytes.drain(..length.min(bytes.len()));
                (bytes, Step::Rows(reading))
            }
        };
        Ok(Some((Bytes::from(bytes), next)))
    });
    let body = Body::from_stream(body);
    Ok(download::file(
        body.into_response(),
        Format::Csv.media_type(),
        &name,
    ))
}

enum Step {
    Head(Vec<u8>, Box<Reading>),
    Rows(Box<Reading>),
}

pub(super) async fn ods(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    whole(Export::new(forms, viewer, &key, pairs).await?, Format::Ods).await
}

pub(super) async fn xlsx(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, PageError> {
    whole(Export::new(forms, viewer, &key, pairs).await?, Format::Xlsx).await
}

async fn whole(export: Export, format: Format) -> Result<Response, PageError> {
    let mut reading = export.begin();
    let mut rows = Vec::new();
    while let Some(batch) = reading.batch().await? {
        rows.extend(batch);
        if rows.len() > MOST {
            return Err(PageError::TooLarge(format!(
                "A spreadsheet takes {MOST} records at once. Choose CSV, or filter the list first."
            )));
        }
    }
    let table = reading.export.table(rows);
    let name = format!("{}-records", reading.export.definition.key);
    download::table(table, format, &name).await
}

/// What goes out, to whom.
struct Export {
    forms: Forms,
    viewer: Viewer,
    definition: Shared,
    asked: Asked,
    cells: Option<Vec<i64>>,
    columns: Vec<Column>,
    notes: Vec<String>,
}

impl Export {
    async fn new(forms: Forms, viewer: Viewer, key: &str, pairs: Pairs) -> Result<Self, PageError> {
        let definition = enter(&forms, &viewer, key, RecordAct::Export)?;
        viewer.must_record(
            key,
            RecordAct::See,
            &commonweal_access::policy::Resource::door(),
        )?;
        let (asked, cells) = selection::asked(&forms, &viewer, &definition, pairs).await?;
        let headings = columns::headings(&definition);
        let fixed = FIXED.iter().zip([
            Kind::Text,
            Kind::Text,
            Kind::Text,
            Kind::Text,
            Kind::Text,
            Kind::Date,
            Kind::Date,
            Kind::Date,
            Kind::Integer,
        ]);
        let questions = definition.questions.iter().zip(&headings);
        let columns = fixed
            .map(|(name, kind)| Column::new(*name, kind))
            .chain(questions.map(|(question, heading)| columns::column(question, heading)))
            .collect();
        let made = forms
            .app
            .clock
            .now()
            .with_timezone(&chrono_tz::Europe::London);
        let settings = &forms.app.settings;
        let mut notes = vec![format!(
            "{}, exported on {} by {}",
            settings.partnership_name,
            made.format("%-d %B %Y at %H:%M"),
            viewer.name
        )];
        if settings.made_up_data {
            notes.push("The data are made up".to_owned());
        }
        if asked.narrows() {
            notes.push("Not all records: the list was filtered".to_owned());
        }
        notes.push(format!(
            "'{WITHHELD}' stands for an answer that whoever exported this may not see"
        ));
        notes.extend(columns::codebook(&definition));
        Ok(Self {
            forms,
            viewer,
            definition,
            asked,
            cells,
            columns,
            notes,
        })
    }

    fn name(&self, format: Format) -> String {
        format!("{}-records.{}", self.definition.key, format.ending())
    }

    fn table(&self, rows: Vec<Vec<Cell>>) -> Table {
        Table {
            title: self.definition.title.en().to_owned(),
            notes: self.notes.clone(),
            columns: self.columns.clone(),
            rows,
        }
    }

    fn begin(self) -> Reading {
        Reading {
            after: self.asked.after,
            export: self,
            known: None,
            versions: Versions::default(),
            ended: false,
        }
    }
}

/// An export under way.
struct Reading {
    export: Export,
    known: Option<Known>,
    versions: Versions,
    after: Option<Uuid>,
    ended: bool,
}

impl Reading {
    /// The next rows; none at the end. What is personal among them is logged before they go out.
    async fn batch(&mut self) -> Result<Option<Vec<Vec<Cell>>>, PageError> {
        if self.ended {
            return Ok(None);
        }
        let Self {
            export,
            known,
            versions,
            after,
            ended,
        } = self;
        let mut asked = export.asked.clone();
        asked.after = *after;
        let mut names = match known.take() {
            Some(known) => known,
            None => {
                let loaded = read!(&export.forms.app.db, |tx| records::known(tx).await).await;
                loaded.map_err(PageError::from)?
            }
        };
        let definition = &export.definition;
        let looked: Result<_, DbError> = read!(&export.forms.app.db, |tx| {
            let asking = selection::Asking {
                forms: &export.forms,
                viewer: &export.viewer,
                definition,
                asked: &asked,
                cells: export.cells.as_deref(),
                act: RecordAct::Export,
                limit: BATCH,
            };
            let page = asking.page(tx).await?;
            let mut with = Vec::with_capacity(page.records.len());
            for record in page.records {
                let asked_by = versions
                    .of(
                        &export.forms,
                        tx,
                        &definition.key,
                        record.definition_version,
                    )
                    .await?;
                let seen = visible(&export.viewer, &asked_by, &record);
                records::learn(tx, &mut names, &asked_by, &seen.answers).await?;
                with.push((record, asked_by, seen));
            }
            Ok((with, page.next))
        })
        .await;
        let (with, next) = looked?;
        let (mut rows, mut read) = (Vec::with_capacity(with.len()), Vec::new());
        for (record, asked_by, seen) in &with {
            if seen.personal {
                read.push(record.id);
            }
            rows.push(row(definition, asked_by, record, seen, &names));
        }
        register::log_read(&export.forms.app, &export.viewer, "export", &read).await?;
        *known = Some(names);
        *after = next;
        *ended = next.is_none();
        Ok(Some(rows))
    }
}

/// A record as a row: by the questions of today, with the words of those that asked it.
fn row(
    definition: &Definition,
    asked_by: &Definition,
    record: &Record,
    seen: &register::Visible,
    known: &Known,
) -> Vec<Cell> {
    let day = |moment: chrono::DateTime<chrono::Utc>| {
        Cell::from(
            moment
                .with_timezone(&chrono_tz::Europe::London)
                .date_naive(),
        )
    };
    let name = |names: &std::collections::BTreeMap<Uuid, String>, id: Option<Uuid>| {
        Cell::from(id.and_then(|id| names.get(&id)).cloned())
    };
    let state = asked_by
        .state(&record.state)
        .map_or(record.state.as_str(), |state| state.title.en());
    let mut cells = vec![
        Cell::from(record.reference.as_str()),
        Cell::from(seen.title.as_str()),
        Cell::from(state),
        name(&known.agencies, record.agency),
        name(&known.staff, record.owner),
        Cell::from(record.due_on),
        day(record.created_at),
        day(record.changed_at),
        Cell::from(record.definition_version),
    ];
    for question in &definition.questions {
        // The kind may have changed since: the words of an answer are those of its own question.
        let own = asked_by
            .question(&question.id)
            .map_or(question, |(_, own)| own);
        // A question that is personal today was perhaps not when it was asked: the stricter holds.
        let personal = question.personal != Personal::None && !seen.may_see_personal;
        let there = record.answers.get(&question.id).is_some();
        cells.push(if seen.withholds(question) || (personal && there) {
            Cell::from(WITHHELD)
        } else {
            seen.answer(question)
                .map_or(Cell::Empty, |answer| columns::cell(own, answer, known))
        });
    }
    cells
}
