//! Entries in the database. What was told stays in its row, from which it can be erased: events and audit
//! hold none of it.

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_access::policy::Resource;
use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Row, Tx, args, list, sql};
use commonweal_records::incidents::CELL_RESOLUTION;
use commonweal_records::matters::{Channel, INTELLIGENCE, Place, fresh};
use serde_json::json;
use uuid::Uuid;

use super::model::Grade;

/// What events and audit call an entry.
pub const SUBJECT: &str = "intelligence";

/// The log, for those who may see it.
pub(super) static ENTRIES: List = List {
    columns: "intelligence.id, intelligence.reference, intelligence.state, intelligence.channel, intelligence.told_at, \
              intelligence.source_grade, intelligence.intelligence_grade, intelligence.handling, intelligence.review_on",
    from: "intelligence",
    key: "intelligence.id",
    filters: &[Filter {
        name: "state",
        sql: "intelligence.state = ?",
    }],
    sorts: &[Sort {
        name: "newest",
        by: "intelligence.told_at",
        descending: true,
    }],
};
list!(ENTRIES);

/// Something that somebody told.
#[derive(Debug, Clone)]
pub struct NewIntelligence {
    /// Who grades it.
    pub agency: Uuid,
    /// By which door it came.
    pub channel: Channel,
    /// Names what arrived, so that the same twice makes one entry.
    pub delivery: Option<String>,
    /// What they told.
    pub told: String,
    /// When it happens or happened, in their words.
    pub happened: String,
    /// Where.
    pub place: Place,
    /// The record of the form that holds all answers.
    pub record: Option<Uuid>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The entry.
    pub id: Uuid,
    /// What people call it.
    pub reference: String,
    /// Whether it came before: nothing was written then.
    pub again: bool,
}

/// Puts down what somebody told. Nobody who told it is ever linked to it.
///
/// # Errors
/// [`DbError`].
pub async fn add(tx: &mut Tx, new: &NewIntelligence) -> Result<Added, DbError> {
    if let Some(delivery) = &new.delivery
        && let Some(row) = tx
            .optional(
                sql!("select id, reference from intelligence where delivery = $1"),
                args![delivery],
            )
            .await?
    {
        let id: Uuid = row.get("id")?;
        tx.record(Event::new(
            SUBJECT,
            id,
            "intelligence.delivered_again",
            json!({}),
        ));
        return Ok(Added {
            id,
            reference: row.get("reference")?,
            again: true,
        });
    }
    let now = tx.now();
    let id = uuid_at(now);
    let reference = fresh(tx, INTELLIGENCE).await?;
    let point = new.place.point;
    let cell = point
        .and_then(|(latitude, longitude)| h3o::LatLng::new(latitude, longitude).ok())
        .map(|at| u64::from(at.to_cell(CELL_RESOLUTION)).cast_signed());
    tx.run(
        sql!(
            "insert into intelligence (id, reference, agency, state, channel, told, happened, latitude, longitude, cell,
             place, handling_conditions, sanitised, record, delivery, told_at, version)
             values ($1, $2, $3, 'new', $4, $5, $6, $7, $8, $9, $10, '', '', $11, $12, $13, 1)"
        ),
        args![
            id,
            &reference,
            new.agency,
            new.channel.name(),
            &new.told,
            &new.happened,
            point.map(|point| point.0),
            point.map(|point| point.1),
            cell,
            &new.place.words,
            new.record,
            new.delivery.clone(),
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        id,
        "intelligence.added",
        json!({ "agency": new.agency, "channel": new.channel.name() }),
    ));
    Ok(Added {
        id,
        reference,
        again: false,
    })
}

/// An entry as stored.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) id: Uuid,
    pub(super) reference: String,
    pub(super) agency: Uuid,
    pub(super) state: String,
    pub(super) channel: String,
    pub(super) told: String,
    pub(super) happened: String,
    pub(super) place: String,
    pub(super) source: String,
    pub(super) intelligence: String,
    pub(super) handling: String,
    pub(super) conditions: String,
    pub(super) sanitised: String,
    pub(super) review_on: Option<NaiveDate>,
    pub(super) told_at: DateTime<Utc>,
    pub(super) version: i64,
}

impl Entry {
    pub(super) fn resource(&self) -> Resource {
        Resource::intelligence(self.id, self.agency)
    }

    fn of(row: &Row) -> Result<Self, DbError> {
        let text = |name| {
            row.get::<Option<String>>(name)
                .map(Option::unwrap_or_default)
        };
        Ok(Self {
            id: row.get("id")?,
            reference: row.get("reference")?,
            agency: row.get("agency")?,
            state: row.get("state")?,
            channel: row.get("channel")?,
            told: row.get("told")?,
            happened: row.get("happened")?,
            place: row.get("place")?,
            source: text("source_grade")?,
            intelligence: text("intelligence_grade")?,
            handling: text("handling")?,
            conditions: row.get("handling_conditions")?,
            sanitised: row.get("sanitised")?,
            review_on: row.get("review_on")?,
            told_at: row.get("told_at")?,
            version: row.get("version")?,
        })
    }
}

/// The entry of a reference.
pub(super) async fn find(tx: &mut ReadTx, reference: &str) -> Result<Entry, DbError> {
    let text = sql!("select * from intelligence where reference = $1");
    Entry::of(&tx.one(text, args![reference]).await?)
}

/// Grades an entry, unless somebody else changed it since `version`.
pub(super) async fn grade(
    tx: &mut Tx,
    id: Uuid,
    version: i64,
    grade: &Grade,
) -> Result<(), DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    tx.run_versioned(
        sql!(
            "update intelligence set state = $3, source_grade = $4, intelligence_grade = $5, handling = $6,
             handling_conditions = $7, sanitised = $8, review_on = $9, graded_by = $10, graded_at = $11,
             version = version + 1 where id = $1 and version = $2"
        ),
        args![
            id,
            version,
            if grade.close { "closed" } else { "graded" },
            &grade.source,
            &grade.intelligence,
            &grade.handling,
            &grade.conditions,
            &grade.sanitised,
            grade.review_on,
            by,
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        id,
        if grade.close { "intelligence.closed" } else { "intelligence.graded" },
        json!({ "source": grade.source, "intelligence": grade.intelligence, "handling": grade.handling }),
    ));
    Ok(())
}
