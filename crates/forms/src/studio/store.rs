//! Versions of definitions, and counts of the records that belong to each.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_core::content::Version;
use commonweal_core::{Db, DbError, ReadTx, args, read, sql};
use uuid::Uuid;

use super::impact::{Examiner, Impact};
use crate::answers::Answers;
use crate::definition::Definition;

/// How many records are looked at at a time, and at most for a preview.
const BATCH: i64 = 1_000;
pub(super) const MOST: u64 = 50_000;

/// A version as the list of versions shows it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) kind: String,
    pub(super) version: i64,
    pub(super) shipped: bool,
    pub(super) state: String,
    pub(super) effective_from: NaiveDate,
    pub(super) created_at: DateTime<Utc>,
    pub(super) by: Option<String>,
}

/// All versions of a definition, the newest first; none where there is no such definition.
pub(super) async fn versions(tx: &mut ReadTx, file: &str) -> Result<Vec<Listed>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select content.kind, content.version, content.origin, content.state, content.effective_from,
                     content.created_at, users.name
                 from content left join users on users.id = content.created_by
                 where content.key = $1 and content.kind in ('forms', 'registers')
                 order by content.kind desc, content.version desc"
            ),
            args![file],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Listed {
                kind: row.get("kind")?,
                version: row.get("version")?,
                shipped: row.get::<String>("origin")? == "shipped",
                state: row.get("state")?,
                effective_from: row.get("effective_from")?,
                created_at: row.get("created_at")?,
                by: row.get("name")?,
            })
        })
        .collect()
}

/// Definitions that are published from a later day on, and of which nothing holds yet.
pub(super) async fn coming(
    tx: &mut ReadTx,
    today: NaiveDate,
) -> Result<Vec<(String, String, NaiveDate)>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select kind, key, min(effective_from) as begins from content
                 where state = 'published' and kind in ('forms', 'registers')
                 group by kind, key having min(effective_from) > $1 order by key"
            ),
            args![today],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("kind")?, row.get("key")?, row.get("begins")?)))
        .collect()
}

/// By definition and version, how many records there are.
pub(super) async fn counts(
    tx: &mut ReadTx,
) -> Result<BTreeMap<String, BTreeMap<i64, i64>>, DbError> {
    let rows = tx
        .all(
            sql!("select definition, definition_version, count(*) as records from form_records group by definition, definition_version"),
            args![],
        )
        .await?;
    let mut counts: BTreeMap<String, BTreeMap<i64, i64>> = BTreeMap::new();
    for row in rows {
        counts
            .entry(row.get("definition")?)
            .or_default()
            .insert(row.get("definition_version")?, row.get("records")?);
    }
    Ok(counts)
}

/// How many records of a definition belong to other versions than this.
pub(super) async fn elsewhere(tx: &mut ReadTx, key: &str, version: i64) -> Result<i64, DbError> {
    tx.count(
        sql!(
            "select count(*) from form_records where definition = $1 and definition_version <> $2"
        ),
        args![key, version],
    )
    .await
}

/// Whether records of a definition are being taken over, or wait for it.
pub(super) async fn is_moving(tx: &mut ReadTx, key: &str) -> Result<bool, DbError> {
    let rows = tx
        .all(
            sql!("select payload from jobs where kind = 'forms.migrate' and state in ('waiting', 'running')"),
            args![],
        )
        .await?;
    for row in rows {
        let payload: serde_json::Value = row.get("payload")?;
        if payload
            .get("definition")
            .and_then(serde_json::Value::as_str)
            == Some(key)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A record that belongs to another version.
pub(super) struct Old {
    pub(super) id: Uuid,
    pub(super) made_with: i64,
    pub(super) state: String,
    pub(super) answers: Answers,
}

/// The next records of other versions than this, by id.
pub(super) async fn old(
    tx: &mut ReadTx,
    key: &str,
    version: i64,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Old>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select id, definition_version, state, answers from form_records
                 where definition = $1 and definition_version <> $2 and id > $3 order by id limit $4"
            ),
            args![key, version, after, limit],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let answers: serde_json::Value = row.get("answers")?;
            Ok(Old {
                id: row.get("id")?,
                made_with: row.get("definition_version")?,
                state: row.get("state")?,
                answers: serde_json::from_value(answers)
                    .map_err(|error| DbError::Setup(format!("answers of a record: {error}")))?,
            })
        })
        .collect()
}

/// What a version would mean for the records of others. `target` is none for one that is not
/// published yet: then all records are looked at.
pub(super) async fn impact(
    db: &Db,
    before: &Definition,
    after: &Definition,
    target: Option<i64>,
) -> Result<Impact, DbError> {
    let mut examiner = Examiner::new(after);
    let (mut seen, mut last) = (0, Uuid::nil());
    loop {
        let batch: Vec<Old> = next(db, &before.key, target.unwrap_or(0), last).await?;
        for record in &batch {
            examiner.look(&record.state, &record.answers);
            last = record.id;
        }
        seen += u64::try_from(batch.len()).unwrap_or(0);
        if i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH || seen >= MOST {
            break;
        }
    }
    // Of states every record counts, however many there are: each needs to be told where to go.
    let states = states(db, &before.key, target.unwrap_or(0)).await?;
    Ok(examiner.finish(before, states))
}

/// By state, how many records of other versions than this there are.
async fn states(db: &Db, key: &str, version: i64) -> Result<BTreeMap<String, u64>, DbError> {
    let rows = read!(db, |tx| tx
        .all(
            sql!("select state, count(*) as records from form_records where definition = $1 and definition_version <> $2 group by state"),
            args![key, version],
        )
        .await)
    .await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.get("records")?;
            Ok((row.get("state")?, u64::try_from(count).unwrap_or(0)))
        })
        .collect()
}

async fn next(db: &Db, key: &str, version: i64, last: Uuid) -> Result<Vec<Old>, DbError> {
    read!(db, |tx| old(tx, key, version, last, BATCH).await).await
}

/// How contents stand: what holds today of a key, whatever its kind.
pub(super) async fn in_force(
    tx: &mut ReadTx,
    file: &str,
    today: NaiveDate,
) -> Result<Option<Version>, DbError> {
    for kind in ["registers", "forms"] {
        let found = commonweal_core::content::current(tx, kind, file, today).await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
