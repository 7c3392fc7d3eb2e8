//! Taking records over to another version of their definition: a job in the background, a few hundred
//! records to a transaction. A record that was taken over belongs to the new version, so a job that
//! was killed goes on where it stopped, and one that is done twice does nothing.

use std::collections::BTreeMap;

use commonweal_core::events::Actor;
use commonweal_core::jobs::{self, JobContext, JobError, JobKind};
use commonweal_core::{DbError, Tx, read, write};
use serde_json::json;
use uuid::Uuid;

use super::impact::taken_over;
use super::store::{self, Old};
use crate::Forms;
use crate::catalogue::Catalogue;
use crate::definition::Definition;
use crate::register::store::{self as records, StoreError};

/// The job's name.
pub const JOB: &str = "forms.migrate";

/// Records to a transaction: other writers wait for no longer than that takes.
const BATCH: i64 = 250;

/// The job.
#[must_use]
pub fn job(forms: &Forms) -> JobKind {
    let catalogue = forms.catalogue.clone();
    JobKind::new(
        JOB,
        "Take records over to a new version of their form or register",
        move |context| {
            let catalogue = catalogue.clone();
            async move { run(&catalogue, &context).await }
        },
    )
}

/// Puts the job down. `states` says where records go whose state the version does not have.
pub(super) async fn begin(
    tx: &mut Tx,
    key: &str,
    version: i64,
    states: &BTreeMap<String, String>,
) -> Result<Uuid, DbError> {
    let by = tx.actor().clone();
    let payload = json!({
        "definition": key,
        "version": version,
        "states": states,
        "by": by.user,
        "purpose": by.purpose,
    });
    jobs::enqueue(tx, JOB, payload).await
}

pub(super) async fn run(catalogue: &Catalogue, context: &JobContext) -> Result<(), JobError> {
    let key = context.text("definition")?.to_owned();
    let version = context
        .payload
        .get("version")
        .and_then(serde_json::Value::as_i64)
        .ok_or_else(|| JobError::Never("the job has no version".to_owned()))?;
    let states: BTreeMap<String, String> = context
        .payload
        .get("states")
        .and_then(|states| serde_json::from_value(states.clone()).ok())
        .unwrap_or_default();
    let actor = match context.id("by") {
        Ok(user) => Actor::user(user, context.text("purpose")?),
        Err(_) => Actor::system("administration"),
    };
    let definition = read(catalogue, context, &key, version).await?;
    let mut last = Uuid::nil();
    loop {
        if context.stop.requested() {
            return Err(JobError::Again("it goes on after the restart".to_owned()));
        }
        let batch = next(context, &key, version, last).await?;
        let Some(end) = batch.last().map(|old| old.id) else {
            return Ok(());
        };
        write!(&context.db, &context.clock, &actor, |tx| {
            for old in &batch {
                take_over(tx, &definition, &states, old).await?;
            }
            Ok::<_, DbError>(())
        })
        .await
        .or_else(|error| match error {
            // Nothing was left to do: somebody else had taken all of them over.
            DbError::Unaudited => Ok(()),
            error => Err(error),
        })?;
        last = end;
    }
}

async fn read(
    catalogue: &Catalogue,
    context: &JobContext,
    key: &str,
    version: i64,
) -> Result<crate::definition::Shared, DbError> {
    read!(&context.db, |tx| catalogue.version(tx, key, version).await).await
}

async fn next(
    context: &JobContext,
    key: &str,
    version: i64,
    last: Uuid,
) -> Result<Vec<Old>, DbError> {
    read!(&context.db, |tx| store::old(tx, key, version, last, BATCH)
        .await)
    .await
}

/// Takes one record over as it is now; one that is there already stays.
async fn take_over(
    tx: &mut Tx,
    definition: &Definition,
    states: &BTreeMap<String, String>,
    old: &Old,
) -> Result<(), DbError> {
    let record = match records::load(tx, old.id).await {
        Ok(record) if record.definition_version != definition.version => record,
        // Taken over already, or removed meanwhile.
        Ok(_) | Err(DbError::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let (answers, _) = taken_over(definition, &record.answers);
    let mapped = states.get(&record.state).unwrap_or(&record.state);
    let first = definition.first_state().map(|state| &state.key);
    let state = definition
        .state(mapped)
        .map(|state| &state.key)
        .or(first)
        .unwrap_or(mapped);
    let done =
        records::migrate_to(tx, definition, record.id, record.version, state, &answers).await;
    match done {
        Ok(_) => Ok(()),
        Err(StoreError::Db(error)) => Err(error),
        // The record was read in this very transaction.
        Err(error) => Err(DbError::Setup(error.to_string())),
    }
}
