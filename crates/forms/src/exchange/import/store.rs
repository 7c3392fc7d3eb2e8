//! Tables that wait, and the records that they are about.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::Viewer;
use commonweal_core::db::{Asked as ListAsked, Predicate, Value};
use commonweal_core::events::Event;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::model::{self, Matching, Plan, Present, Sheet, There};
use crate::Forms;
use crate::definition::{QuestionKind, Shared};
use crate::exchange::columns::Known;
use crate::exchange::records::{self, RECORDS, Versions};
use crate::register::store::{self, NewRecord, StoreError};

/// How long a table waits for its confirmation.
const KEPT: Duration = Duration::days(2);
/// The most tables of one person that wait.
const MOST_WAITING: i64 = 20;

/// A table that was sent.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) id: Uuid,
    pub(super) definition: String,
    pub(super) name: String,
    pub(super) sheet: Sheet,
    pub(super) matching: Matching,
    pub(super) state: String,
    pub(super) version: i64,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Done {
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
}

fn decode<T: serde::de::DeserializeOwned>(json: Json) -> Result<T, DbError> {
    serde_json::from_value(json).map_err(|error| DbError::Refused(format!("an import: {error}")))
}

fn encode<T: Serialize>(value: &T) -> Result<Json, DbError> {
    serde_json::to_value(value).map_err(|error| DbError::Refused(format!("an import: {error}")))
}

/// Keeps a table until somebody confirms it, and forgets those that nobody did.
pub(super) async fn keep(
    tx: &mut Tx,
    id: Uuid,
    user: Uuid,
    definition: &str,
    name: &str,
    sheet: &Sheet,
    matching: &Matching,
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!("update form_imports set state = 'dropped', sheet = $2, changed_at = $3 where state = 'waiting' and created_at < $1"),
        args![now - KEPT, json!({ "headings": [], "rows": [] }), now],
    )
    .await?;
    let waiting = tx
        .count(
            sql!("select count(*) from form_imports where by_user = $1 and state = 'waiting'"),
            args![user],
        )
        .await?;
    if waiting >= MOST_WAITING {
        return Err(DbError::Refused("too many tables wait".to_owned()));
    }
    tx.run(
        sql!(
            "insert into form_imports (id, definition, name, sheet, matching, result, state, by_user, created_at, changed_at, version)
             values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, $8, 1)"
        ),
        args![id, definition, name, encode(sheet)?, encode(matching)?, encode(&Done::default())?, user, now],
    )
    .await?;
    tx.record(Event::new(
        "form_import",
        id,
        "form_import.received",
        json!({ "definition": definition, "rows": sheet.rows.len() }),
    ));
    Ok(())
}

/// A table of a user.
pub(super) async fn find(tx: &mut ReadTx, id: Uuid, user: Uuid) -> Result<Waiting, DbError> {
    let row = tx
        .one(
            sql!("select id, definition, name, sheet, matching, state, version from form_imports where id = $1 and by_user = $2"),
            args![id, user],
        )
        .await?;
    Ok(Waiting {
        id: row.get("id")?,
        definition: row.get("definition")?,
        name: row.get("name")?,
        sheet: decode(row.get("sheet")?)?,
        matching: decode(row.get("matching")?)?,
        state: row.get("state")?,
        version: row.get("version")?,
    })
}

/// The last tables of a user for a definition: id, name, state, moment.
pub(super) async fn last(
    tx: &mut ReadTx,
    user: Uuid,
    definition: &str,
) -> Result<Vec<(Uuid, String, String, DateTime<Utc>)>, DbError> {
    let rows = tx
        .all(
            sql!("select id, name, state, created_at from form_imports where by_user = $1 and definition = $2 order by created_at desc, id limit 10"),
            args![user, definition],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.get("id")?,
                row.get("name")?,
                row.get("state")?,
                row.get("created_at")?,
            ))
        })
        .collect()
}

/// Notes how columns are matched.
pub(super) async fn set_matching(
    tx: &mut Tx,
    waiting: &Waiting,
    matching: &Matching,
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!("update form_imports set matching = $3, changed_at = $4, version = version + 1 where id = $1 and version = $2 and state = 'waiting'"),
        args![waiting.id, waiting.version, encode(matching)?, now],
    )
    .await?;
    tx.record(Event::new(
        "form_import",
        waiting.id,
        "form_import.matched",
        json!({ "definition": waiting.definition }),
    ));
    Ok(())
}

/// Ends a table: its rows are not kept.
async fn end(
    tx: &mut Tx,
    waiting: &Waiting,
    state: &'static str,
    done: &Done,
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run_versioned(
        sql!("update form_imports set state = $3, sheet = $4, result = $5, changed_at = $6, version = version + 1 where id = $1 and version = $2 and state = 'waiting'"),
        args![waiting.id, waiting.version, state, json!({ "headings": [], "rows": [] }), encode(done)?, now],
    )
    .await?;
    let kind = if state == "done" {
        "form_import.done"
    } else {
        "form_import.dropped"
    };
    tx.record(Event::new(
        "form_import",
        waiting.id,
        kind,
        json!({ "definition": waiting.definition, "new": done.new, "changed": done.changed, "unchanged": done.unchanged }),
    ));
    Ok(())
}

/// Forgets a table.
pub(super) async fn drop_it(tx: &mut Tx, waiting: &Waiting) -> Result<(), DbError> {
    end(tx, waiting, "dropped", &Done::default()).await
}

/// Works out what a table would do, from what is there in this transaction.
pub(super) async fn look(
    forms: &Forms,
    tx: &mut ReadTx,
    viewer: &Viewer,
    definition: &Shared,
    sheet: &Sheet,
    matching: &Matching,
) -> Result<(Plan, Known), DbError> {
    let mut known = records::known(tx).await?;
    // References that cells name, of the registers that the questions ask for.
    for (place, id) in matching.columns.iter().enumerate() {
        if let Some((_, question)) = definition.question(id)
            && let QuestionKind::Record { register } = &question.kind
        {
            let cells = sheet.rows.iter().filter_map(|(_, cells)| cells.get(place));
            let references: BTreeSet<String> = cells
                .map(|cell| cell.trim().to_owned())
                .filter(|cell| !cell.is_empty())
                .collect();
            let found = records::by_references(tx, viewer, register, &references).await?;
            known.records.extend(found);
        }
    }
    let there = there(forms, tx, viewer, definition, sheet, matching, &mut known).await?;
    let today = forms.app.clock.today();
    let plan = model::plan(definition, sheet, matching, &known, &there, today);
    Ok((plan, known))
}

/// The records that rows may mean.
async fn there(
    forms: &Forms,
    tx: &mut ReadTx,
    viewer: &Viewer,
    definition: &Shared,
    sheet: &Sheet,
    matching: &Matching,
    known: &mut Known,
) -> Result<There, DbError> {
    let place = |id: &str| matching.columns.iter().position(|one| one == id);
    let cells = |place: Option<usize>| {
        let cells = sheet
            .rows
            .iter()
            .filter_map(move |(_, cells)| cells.get(place?));
        cells
            .map(|cell| cell.trim().to_owned())
            .filter(|cell| !cell.is_empty())
    };
    let references: BTreeSet<String> = cells(place(model::REFERENCE))
        .map(|cell| {
            cell.parse::<commonweal_core::ids::Reference>()
                .map_or(cell, |reference| reference.to_string())
        })
        .collect();
    let key = definition.import_key.and_then(|key| definition.get(key));
    let keyed = key.filter(|key| place(&key.id).is_some());
    let mut there = There::default();
    if references.is_empty() && keyed.is_none() {
        return Ok(there);
    }
    let mut versions = Versions::default();
    let mut asked = ListAsked {
        filters: vec![(
            "definition".to_owned(),
            Value::from(definition.key.as_str()),
        )],
        limit: Some(500),
        ..ListAsked::default()
    };
    loop {
        // All of them: a key that somebody else's record has must not be given out twice.
        let page = RECORDS.page(tx, &Predicate::everything(), &asked).await?;
        for row in &page.rows {
            let record = store::from_row(row)?;
            let resource = record.resource();
            let may = |act| viewer.principal.may_record(&definition.key, act, &resource);
            let seen = may(RecordAct::See);
            let named = seen && references.contains(&record.reference);
            let key_text = keyed.and_then(|question| {
                let answer = record.answers.get(&question.id)?;
                Some(model::folded_key(&crate::exchange::columns::text(
                    question, answer, known,
                )))
            });
            if !named && key_text.is_none() {
                continue;
            }
            let asked_by = versions
                .of(forms, tx, &definition.key, record.definition_version)
                .await?;
            if seen {
                records::learn(tx, known, &asked_by, &record.answers).await?;
            }
            let place = there.records.len();
            if named {
                there.by_reference.insert(record.reference.clone(), place);
            }
            if let Some(text) = key_text {
                there.by_key.entry(text).or_default().push(place);
            }
            there.records.push(Present {
                id: record.id,
                reference: record.reference,
                version: record.version,
                definition: asked_by,
                answers: record.answers,
                seen,
                changeable: seen && may(RecordAct::Manage),
                personal: may(RecordAct::SeePersonal),
                closed: record.closed_at.is_some(),
                state: record.state,
            });
        }
        asked.after = page.next;
        if asked.after.is_none() {
            return Ok(there);
        }
    }
}

/// Why a confirmed import was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It would do something else now than what was shown.
    #[error("what the file would do has changed")]
    Changed,
    /// The records' store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        Self::Store(error.into())
    }
}

/// Writes what was confirmed, all of it or nothing; the same plan must come out again.
pub(super) async fn write(
    forms: &Forms,
    tx: &mut Tx,
    viewer: &Viewer,
    definition: &Shared,
    waiting: &Waiting,
    digest: &str,
) -> Result<Done, Refused> {
    let (plan, _) = look(
        forms,
        tx,
        viewer,
        definition,
        &waiting.sheet,
        &waiting.matching,
    )
    .await?;
    if plan.digest() != digest || !plan.rejected.is_empty() {
        return Err(Refused::Changed);
    }
    let mut versions = Versions::default();
    for new in &plan.new {
        let record = NewRecord {
            answers: new.answers.clone(),
            agency: Some(viewer.principal.agency),
            owner: None,
            created_by: Some(viewer.user()),
            channel: "import",
            delivery: Some(format!("import:{}:{}", waiting.id, new.row)),
            ..NewRecord::default()
        };
        store::create(tx, &forms.app.clock, definition, record).await?;
    }
    for changed in &plan.changed {
        let asked_by = versions
            .of(forms, tx, &definition.key, changed.definition_version)
            .await?;
        store::change(
            tx,
            &asked_by,
            changed.record,
            changed.version,
            &changed.answers,
            None,
        )
        .await?;
    }
    let done = Done {
        new: plan.new.len(),
        changed: plan.changed.len(),
        unchanged: plan.unchanged,
    };
    end(tx, waiting, "done", &done).await?;
    Ok(done)
}

/// Whether a viewer may make records by an import: they belong to the viewer's own agency.
pub(super) fn may_add(viewer: &Viewer, key: &str) -> bool {
    let own = Resource::record(Uuid::nil(), Some(viewer.principal.agency), None);
    [RecordAct::Add, RecordAct::Manage]
        .into_iter()
        .all(|act| viewer.principal.may_record(key, act, &own))
}
