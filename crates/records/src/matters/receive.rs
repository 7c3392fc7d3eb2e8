//! The one way in which a report comes in: report, incidents, matter, clocks and flags in the
//! caller's transaction.

use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, Tx, args, generations, sql};
use serde_json::json;
use uuid::Uuid;

use super::model::{Deadline, IncidentId, MatterId, NewReport, Part, ReportId, State};
use super::{GENERATION, MATTER, REPORT, REPORT_SUBJECT, SUBJECT, fresh, read};
use crate::incidents::CELL_RESOLUTION;

/// What became of a report that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The report.
    pub report: ReportId,
    /// Its reference.
    pub reference: String,
    /// The matter that it is worked on in.
    pub matter: MatterId,
    /// The matter's reference.
    pub matter_reference: String,
    /// Whether it came before: nothing was written then.
    pub again: bool,
}

/// The cell of a point, as the database keeps it.
fn cell(point: Option<(f64, f64)>) -> Option<i64> {
    let (latitude, longitude) = point?;
    let at = h3o::LatLng::new(latitude, longitude).ok()?;
    Some(u64::from(at.to_cell(CELL_RESOLUTION)).cast_signed())
}

/// Receives a report. The same delivery twice gives the first report back.
///
/// A report that goes on from another joins that one's matter, also where it was closed: then the
/// matter is new again, so that somebody decides. Nothing that a report says sets or lowers a band.
///
/// # Errors
/// [`DbError`].
pub async fn receive(tx: &mut Tx, new: &NewReport) -> Result<Received, DbError> {
    if let Some(delivery) = &new.delivery
        && let Some(row) = tx
            .optional(
                sql!("select id from reports where delivery = $1"),
                args![delivery],
            )
            .await?
    {
        let id = ReportId(row.get("id")?);
        tx.record(Event::new(
            REPORT_SUBJECT,
            id.0,
            "report.delivered_again",
            json!({}),
        ));
        return received(tx, id, true).await;
    }
    let matter = match new.further_to {
        Some(report) => go_on(tx, new, report).await?,
        None => begin(tx, new).await?,
    };
    let id = add_report(tx, new, matter).await?;
    take_part(tx, matter, new.agency, Part::Received).await?;
    for occurrence in &new.occurrences {
        add_incident(tx, new, matter, id, Some(*occurrence)).await?;
    }
    if new.occurrences.is_empty() {
        add_incident(tx, new, matter, id, None).await?;
    }
    for (flag, reason) in &new.flags {
        tx.run(
            sql!(
                "insert into matter_flags (matter, flag, state, reason, at) values ($1, $2, 'suggested', $3, $4)
                 on conflict (matter, flag) do nothing"
            ),
            args![matter, flag, reason, tx.now()],
        )
        .await?;
    }
    generations::bump(tx, GENERATION).await?;
    received(tx, id, false).await
}

async fn received(tx: &mut Tx, id: ReportId, again: bool) -> Result<Received, DbError> {
    let report = read::report(tx, id).await?;
    let matter = read::load(tx, report.matter).await?;
    Ok(Received {
        report: id,
        reference: report.reference,
        matter: matter.id,
        matter_reference: matter.reference,
        again,
    })
}

/// Makes the matter of a report that goes on from none.
async fn begin(tx: &mut Tx, new: &NewReport) -> Result<MatterId, DbError> {
    let now = tx.now();
    let id = MatterId(uuid_at(now));
    let reference = fresh(tx, MATTER).await?;
    tx.run(
        sql!(
            "insert into matters (id, reference, state, agency, kind, qualifier, title, urgent, reports, latitude,
             longitude, cell, at_home, opened_at, last_report_at, state_since, version)
             values ($1, $2, 'new', $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $12, $12, 1)"
        ),
        args![
            id,
            &reference,
            new.owner,
            &new.kind,
            new.qualifier.map(crate::incidents::Qualifier::number),
            &new.title,
            new.urgent(),
            new.place.point.map(|point| point.0),
            new.place.point.map(|point| point.1),
            cell(new.place.point),
            new.place.at_home,
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        id.0,
        "matter.opened",
        json!({ "agency": new.owner, "kind": new.kind, "urgent": new.urgent() }),
    ));
    take_part(tx, id, new.owner, Part::Owner).await?;
    for clock in &new.clocks {
        open_clock(tx, id, clock).await?;
    }
    set_first_clock(tx, id).await?;
    Ok(id)
}

/// Adds a report to the matter of another.
async fn go_on(tx: &mut Tx, new: &NewReport, report: ReportId) -> Result<MatterId, DbError> {
    let matter = read::matter_of_report(tx, report).await?;
    let reopened = matter.state == State::Closed;
    let state = if reopened { State::New } else { matter.state };
    let now = tx.now();
    tx.run(
        sql!(
            "update matters set state = $2, state_since = $3, urgent = $4, reports = reports + 1, last_report_at = $5,
             closed_at = null, version = version + 1 where id = $1"
        ),
        args![
            matter.id,
            state.name(),
            if reopened { now } else { matter.state_since },
            matter.urgent || new.urgent(),
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        matter.id.0,
        if reopened {
            "matter.opened_again"
        } else {
            "matter.reported_again"
        },
        json!({ "state": { "was": matter.state.name(), "is": state.name() } }),
    ));
    if reopened {
        for clock in &new.clocks {
            open_clock(tx, matter.id, clock).await?;
        }
        set_first_clock(tx, matter.id).await?;
    }
    Ok(matter.id)
}

async fn add_report(tx: &mut Tx, new: &NewReport, matter: MatterId) -> Result<ReportId, DbError> {
    let now = tx.now();
    let id = ReportId(uuid_at(now));
    let reference = fresh(tx, REPORT).await?;
    let times = new.occurrences.iter().filter_map(|one| one.at);
    tx.run(
        sql!(
            "insert into reports (id, reference, matter, came_with, channel, delivery, agency, taken_by, their_reference,
             identity, reporter, for_whom, kind, qualifier, description, happening, happened_from, happened_to, latitude,
             longitude, cell, place, at_home, safe_now, hate, hot_words, language, record, further_to, received_at, version)
             values ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
             $22, $23, $24, $25, $26, $27, $28, $29, 1)"
        ),
        args![
            id,
            &reference,
            matter,
            new.channel.name(),
            new.delivery.clone(),
            new.agency,
            new.taken_by,
            new.their_reference.clone(),
            new.identity.name(),
            // An anonymous report is never linked to a person, whatever the caller gives.
            new.reporter
                .filter(|_| new.identity != super::Identity::Anonymous)
                .map(|party| party.0),
            new.whom.name(),
            &new.kind,
            new.qualifier.map(crate::incidents::Qualifier::number),
            &new.description,
            new.happening.name(),
            times.clone().min(),
            times.max(),
            new.place.point.map(|point| point.0),
            new.place.point.map(|point| point.1),
            cell(new.place.point),
            &new.place.words,
            new.place.at_home,
            new.safe_now,
            new.hate,
            json!({ "words": new.hot_words }),
            &new.language,
            new.record,
            new.further_to.map(|report| report.0),
            now
        ],
    )
    .await?;
    // The words stay in the row, from which they can be erased; the event tells what kind it was.
    tx.record(Event::new(
        REPORT_SUBJECT,
        id.0,
        "report.received",
        json!({
            "matter": matter, "channel": new.channel.name(), "kind": new.kind, "identity": new.identity.name(),
            "agency": new.agency, "urgent": new.urgent(), "further": new.further_to.is_some()
        }),
    ));
    Ok(id)
}

/// Adds an incident, unless another report of the matter already told of this kind on this day.
async fn add_incident(
    tx: &mut Tx,
    new: &NewReport,
    matter: MatterId,
    report: ReportId,
    occurrence: Option<super::Occurrence>,
) -> Result<(), DbError> {
    let day = occurrence.map(|one| one.on);
    let known = match day {
        Some(day) => {
            tx.optional(
                sql!(
                    "select id from reported_incidents where matter = $1 and kind = $2 and happened_on = $3
                     order by created_at, id limit 1"
                ),
                args![matter, &new.kind, day],
            )
            .await?
        }
        None => None,
    };
    let incident = match known {
        Some(row) => IncidentId(row.get("id")?),
        None => {
            let id = IncidentId(uuid_at(tx.now()));
            tx.run(
                sql!(
                    "insert into reported_incidents (id, matter, kind, qualifier, happened_on, happened_at, latitude,
                     longitude, cell, at_home, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
                ),
                args![
                    id,
                    matter,
                    &new.kind,
                    new.qualifier.map(crate::incidents::Qualifier::number),
                    day,
                    occurrence.and_then(|one| one.at),
                    new.place.point.map(|point| point.0),
                    new.place.point.map(|point| point.1),
                    cell(new.place.point),
                    new.place.at_home,
                    tx.now()
                ],
            )
            .await?;
            id
        }
    };
    tx.run(
        sql!(
            "insert into report_incidents (report, incident) values ($1, $2) on conflict (report, incident) do nothing"
        ),
        args![report, incident],
    )
    .await?;
    Ok(())
}

/// Lets an agency see a matter from now on. Of two parts the stronger holds: an owner's, then that of the
/// agency by whose door a report came, which no declined referral and no undone merge takes away.
///
/// # Errors
/// [`DbError`].
pub async fn take_part(
    tx: &mut Tx,
    matter: MatterId,
    agency: Uuid,
    part: Part,
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "insert into matter_agencies (matter, agency, part, since) values ($1, $2, $3, $4)
             on conflict (matter, agency) do update set part = case when excluded.part = 'owner' then 'owner'
             when excluded.part = 'received' and matter_agencies.part <> 'owner' then 'received'
             else matter_agencies.part end"
        ),
        args![matter, agency, part.name(), now],
    )
    .await?;
    Ok(())
}

/// Starts a clock; the caller then sets the matter's first one with [`set_first_clock`].
///
/// # Errors
/// [`DbError`].
pub async fn open_clock(tx: &mut Tx, matter: MatterId, clock: &Deadline) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "insert into matter_clocks (id, matter, kind, started_at, due_at, basis) values ($1, $2, $3, $4, $5, $6)"
        ),
        args![
            uuid_at(now),
            matter,
            &clock.kind,
            now,
            clock.due_at,
            &clock.basis
        ],
    )
    .await?;
    Ok(())
}

/// Ends the open clocks of a kind: met, or no longer needed. Says whether there was one.
///
/// # Errors
/// [`DbError`].
pub async fn close_clock(
    tx: &mut Tx,
    matter: MatterId,
    kind: &str,
    met: bool,
) -> Result<bool, DbError> {
    let now: DateTime<Utc> = tx.now();
    let ended = tx
        .run(
            sql!(
                "update matter_clocks set met_at = $3, ended_at = $4
                 where matter = $1 and kind = $2 and met_at is null and ended_at is null"
            ),
            args![matter, kind, met.then_some(now), now],
        )
        .await?;
    set_first_clock(tx, matter).await?;
    Ok(ended > 0)
}

/// Writes the first open clock into the matter's row, by which queues are sorted.
///
/// # Errors
/// [`DbError`].
pub async fn set_first_clock(tx: &mut Tx, matter: MatterId) -> Result<(), DbError> {
    tx.run(
        sql!(
            "update matters set
             due_at = (select min(due_at) from matter_clocks where matter = $1 and met_at is null and ended_at is null),
             due_kind = (select kind from matter_clocks where matter = $1 and met_at is null and ended_at is null
                         order by due_at, id limit 1)
             where id = $1"
        ),
        args![matter],
    )
    .await?;
    Ok(())
}
