//! The flip: all parts of a file become visible in one transaction, and replace what an
//! earlier file said of the same source and month.

use std::collections::BTreeMap;

use commonweal_core::events::{Actor, Event};
use commonweal_core::{Clock, Db, DbError, Tx, args, insert, read, sql, write};
use serde::Serialize;
use uuid::Uuid;

use super::Outcome;
use super::batch::Part;
use crate::Month;
use crate::imports::read::RejectReport;
use crate::incidents::source_key;

/// What an import did.
#[derive(Debug, Clone, Serialize)]
pub struct Finished {
    /// The import.
    pub import: Uuid,
    /// Whether its rows can be seen: not where rows were rejected.
    pub visible: bool,
    /// Rows read and written.
    pub rows: i64,
    /// Rows of anti-social behaviour.
    pub asb_rows: i64,
    /// Rows that were refused; any refusal holds the whole file back.
    pub rejected: i64,
    /// Months that an earlier file had told of, with how much they changed.
    pub replaced: Vec<Replaced>,
    /// The first months and last months found.
    pub months: Vec<Month>,
    /// What people should know about how the file was read.
    pub notes: Vec<String>,
}

/// A source's month that a later file told again.
#[derive(Debug, Clone, Serialize)]
pub struct Replaced {
    /// Who recorded it.
    pub source: String,
    /// Which month.
    pub month: Month,
    /// Rows before and after.
    pub rows: (i64, i64),
    /// Rows of anti-social behaviour before and after.
    pub asb_rows: (i64, i64),
}

pub(super) async fn finish(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    import: Uuid,
    parts: BTreeMap<(i64, Month), Part>,
    outcome: Outcome,
) -> Result<Finished, DbError> {
    let rejected = i64::try_from(outcome.rejects.count).unwrap_or(i64::MAX);
    let visible = rejected == 0;
    let rows = parts.values().map(|part| part.counts.rows).sum();
    let asb_rows = parts.values().map(|part| part.counts.asb_rows).sum();
    let replaced = write!(db, clock, actor, |tx| {
        let now = tx.now();
        write_rejects(tx, import, &outcome.rejects).await?;
        if let (true, Some(basis)) = (visible, &outcome.basis) {
            basis.check(tx).await?;
        }
        let mut replaced = Vec::new();
        if visible {
            for ((source, month), part) in &parts {
                replaced.extend(replace_part(tx, *source, *month, part).await?);
                write_part(tx, import, *source, *month, part).await?;
            }
        }
        let state = if visible { "visible" } else { "rejected" };
        let notes = serde_json::json!({"notes": outcome.notes, "replaced": replaced});
        let changed = tx
            .run(
                sql!(
                    "update imports set state = $2, finished_at = $3, rows = $4, rejected = $5, notes = $6, lease_until = null
                     where id = $1 and state = 'loading'"
                ),
                args![import, state, now, rows, rejected, notes],
            )
            .await?;
        if changed == 0 {
            // Somebody took this import for dead and swept it: nothing of it may be seen.
            return Err(DbError::Stale);
        }
        let data = serde_json::json!({"rows": rows, "asb_rows": asb_rows, "rejected": rejected, "state": state});
        tx.record(Event::new("import", import, "import.finished", data));
        Ok::<_, DbError>(replaced)
    })
    .await?;
    let months = parts
        .keys()
        .map(|(_, month)| *month)
        .collect::<std::collections::BTreeSet<_>>();
    Ok(Finished {
        import,
        visible,
        rows,
        asb_rows,
        rejected,
        replaced,
        months: months.into_iter().collect(),
        notes: outcome.notes,
    })
}

/// Keeps the listed rejects with their import.
pub(crate) async fn write_rejects(
    tx: &mut Tx,
    import: Uuid,
    rejects: &RejectReport,
) -> Result<(), DbError> {
    let mut values = Vec::new();
    for (number, reject) in rejects.listed.iter().enumerate() {
        values.extend(args![
            import,
            i64::try_from(number).unwrap_or(i64::MAX),
            i64::try_from(reject.line).unwrap_or(i64::MAX),
            &reject.column,
            &reject.reason,
            &reject.value
        ]);
    }
    tx.insert_many(
        insert!(
            "import_rejects",
            "import, number, row, column_name, reason, value"
        ),
        values,
    )
    .await?;
    Ok(())
}

/// What a trial found of each source and month: rows, and those of anti-social behaviour.
pub(crate) type Tally = BTreeMap<(String, Month), (i64, i64)>;

/// The months that an import would replace, by how much.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn would_replace(db: &Db, tally: &Tally) -> Result<Vec<Replaced>, DbError> {
    read!(db, |tx| {
        let mut replaced = Vec::new();
        for ((source, month), now) in tally {
            let before = tx
                .optional(
                    sql!(
                        "select rows, asb_rows from import_parts
                         where source = $1 and month = $2 and state = 'visible'"
                    ),
                    args![source_key(source), month.index()],
                )
                .await?;
            if let Some(before) = before {
                replaced.push(Replaced {
                    source: source.clone(),
                    month: *month,
                    rows: (before.get("rows")?, now.0),
                    asb_rows: (before.get("asb_rows")?, now.1),
                });
            }
        }
        Ok::<_, DbError>(replaced)
    })
    .await
}

async fn replace_part(
    tx: &mut Tx,
    source: i64,
    month: Month,
    part: &Part,
) -> Result<Option<Replaced>, DbError> {
    let now = tx.now();
    let before = tx
        .all(
            sql!(
                "update import_parts set state = 'replaced', replaced_at = $3
                 where source = $1 and month = $2 and state = 'visible' returning rows, asb_rows"
            ),
            args![source, month.index(), now],
        )
        .await?;
    let mut rows = (0, part.counts.rows);
    let mut asb_rows = (0, part.counts.asb_rows);
    for row in &before {
        rows.0 += row.get::<i64>("rows")?;
        asb_rows.0 += row.get::<i64>("asb_rows")?;
    }
    Ok((!before.is_empty()).then(|| Replaced {
        source: part.source_name.clone(),
        month,
        rows,
        asb_rows,
    }))
}

async fn write_part(
    tx: &mut Tx,
    import: Uuid,
    source: i64,
    month: Month,
    part: &Part,
) -> Result<(), DbError> {
    let now = tx.now();
    let counts = &part.counts;
    tx.run(
        sql!(
            "insert into import_parts (part, import, source, month, state, rows, asb_rows, no_place, duplicates, unknown_category, visible_at)
             values ($1, $2, $3, $4, 'visible', $5, $6, $7, $8, $9, $10)"
        ),
        args![
            part.key, import, source, month.index(), counts.rows, counts.asb_rows, counts.no_place, counts.duplicates,
            counts.unknown_category, now
        ],
    )
    .await?;
    Ok(())
}
