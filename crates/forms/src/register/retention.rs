//! When their time to be kept is over, personal answers are erased or records removed, as the
//! definition says. What was done stays in events and audit, without values.

use chrono::Months;
use commonweal_core::events::Actor;
use commonweal_core::jobs::{JobContext, JobError, JobKind};
use commonweal_core::{DbError, args, read, sql, write};
use uuid::Uuid;

use super::store::{self, StoreError};
use crate::Forms;
use crate::definition::{Definition, DefinitionKind};

/// The job, to recur once a day.
pub const RETENTION: &str = "registers.retention";

/// Records read at a time; each is a transaction of its own, so that the job can stop anywhere.
const BATCH: i64 = 100;

/// The job.
#[must_use]
pub fn job(forms: &Forms) -> JobKind {
    let forms = forms.clone();
    JobKind::new(
        RETENTION,
        "Erase or remove records whose time to be kept is over",
        move |context| {
            let forms = forms.clone();
            async move {
                for definition in forms.catalogue.all() {
                    of(&forms, &context, &definition).await?;
                }
                Ok(())
            }
        },
    )
}

async fn of(forms: &Forms, context: &JobContext, definition: &Definition) -> Result<(), JobError> {
    let Some(months) = definition.retention.months else {
        return Ok(());
    };
    let Some(until) = context.clock.now().checked_sub_months(Months::new(months)) else {
        return Ok(());
    };
    let mut last = Uuid::nil();
    let mut done = 0_u64;
    loop {
        if context.stop.requested() {
            return Err(JobError::Again(
                "stopped; goes on at the next start".to_owned(),
            ));
        }
        let key = &definition.key;
        let rows = read!(&context.db, |tx| {
            let rows = match definition.kind {
                DefinitionKind::Register => {
                    tx.all(
                        sql!(
                            "select id from form_records where definition = $1 and closed_at <= $2 and erased_at is null
                             and id > $3 order by id limit $4"
                        ),
                        args![key, until, last, BATCH],
                    )
                    .await?
                }
                DefinitionKind::Form => {
                    tx.all(
                        sql!(
                            "select id from form_records where definition = $1 and created_at <= $2 and erased_at is null
                             and id > $3 order by id limit $4"
                        ),
                        args![key, until, last, BATCH],
                    )
                    .await?
                }
            };
            rows.iter()
                .map(|row| row.get("id"))
                .collect::<Result<Vec<Uuid>, DbError>>()
        })
        .await?;
        let Some(end) = rows.last() else { break };
        last = *end;
        for id in rows {
            let erased = write!(
                &context.db,
                &context.clock,
                &Actor::system("retention"),
                |tx| {
                    let record = store::load(tx, id).await?;
                    let version = record.definition_version;
                    let asked = forms.catalogue.version(tx, key, version).await?;
                    if definition.retention.erase_personal {
                        store::erase_personal(tx, &asked, id).await.map(drop)
                    } else {
                        store::remove(tx, &asked, id).await
                    }
                }
            );
            match erased.await {
                Ok(()) => done += 1,
                // Others belong to it: it goes when they are gone.
                Err(StoreError::Db(DbError::Refused(_) | DbError::NotFound)) => {}
                Err(StoreError::Db(error)) => return Err(error.into()),
                Err(error) => return Err(JobError::Again(error.to_string())),
            }
        }
    }
    if done > 0 {
        tracing::info!(definition = %definition.key, records = done, "records reached the end of their time to be kept");
    }
    Ok(())
}
