//! Two matters that are one: joined, and taken apart again without loss.

use std::collections::BTreeMap;

use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use commonweal_records::matters::{Matter, Part, State, load, parts, set_first_clock, take_part};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::store::{save, told};

/// A flag that was taken over: its key, and state and reason that it had before.
type TakenFlag = (String, Option<(String, String)>);

/// What an undone merge goes back to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Was {
    /// Reports that moved.
    reports: Vec<Uuid>,
    /// Incidents that moved.
    incidents: Vec<Uuid>,
    /// Reports' links to an incident that the other matter had already: report, theirs, ours.
    links: Vec<(Uuid, Uuid, Uuid)>,
    /// Agencies that came to take part in the matter that stayed.
    agencies: Vec<Uuid>,
    /// Clocks of the matter that went.
    clocks: Vec<Uuid>,
    /// Flags that the matter that stayed took over: each with its state and reason before, if it had it.
    flags: Vec<TakenFlag>,
    /// The state of the matter that went.
    state: State,
    /// Whether either stood at the top.
    kept_urgent: bool,
    merged_urgent: bool,
}

/// A merge that can be undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// Its id.
    pub id: Uuid,
    /// The reference of the matter that went.
    pub reference: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// The merges into a matter that were not undone, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn merges(tx: &mut ReadTx, kept: &Matter) -> Result<Vec<Merge>, DbError> {
    tx.all(
        sql!(
            "select matter_merges.id, matters.reference, matter_merges.reason, matter_merges.at from matter_merges
             join matters on matters.id = matter_merges.merged
             where matter_merges.kept = $1 and matter_merges.undone_at is null
             order by matter_merges.at desc, matter_merges.id desc"
        ),
        args![kept.id],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Merge {
            id: row.get("id")?,
            reference: row.get("reference")?,
            reason: row.get("reason")?,
            at: row.get("at")?,
        })
    })
    .collect()
}

async fn ids(
    tx: &mut ReadTx,
    text: commonweal_core::db::Statement,
    of: Uuid,
) -> Result<Vec<Uuid>, DbError> {
    let rows = tx.all(text, args![of]).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Joins `merged` into `kept`: its reports, its incidents, the agencies that take part. Of two incidents
/// of one kind and day one is left.
///
/// # Errors
/// [`DbError::Stale`] where either changed meanwhile; [`DbError`].
pub async fn merge(
    tx: &mut Tx,
    kept: &Matter,
    merged: &Matter,
    reason: &str,
    by: Uuid,
) -> Result<(), DbError> {
    let (now, gone) = (tx.now(), merged.id.0);
    let reports = ids(
        tx,
        sql!("select id from reports where matter = $1 order by id"),
        gone,
    )
    .await?;
    let clocks = ids(
        tx,
        sql!("select id from matter_clocks where matter = $1 and met_at is null and ended_at is null order by id"),
        gone,
    )
    .await?;
    let (incidents, links) = move_incidents(tx, kept, merged).await?;
    tx.run(
        sql!("update reports set matter = $2 where matter = $1"),
        args![merged.id, kept.id],
    )
    .await?;
    let mine = parts(tx, kept.id).await?;
    let mut agencies = parts(tx, merged.id).await?;
    agencies.retain(|agency| !mine.contains(agency));
    for agency in &agencies {
        take_part(tx, kept.id, *agency, Part::Member).await?;
    }
    let was = Was {
        reports,
        incidents,
        links,
        agencies,
        clocks: clocks.clone(),
        flags: take_flags(tx, kept, merged).await?,
        state: merged.state,
        kept_urgent: kept.urgent,
        merged_urgent: merged.urgent,
    };
    for clock in clocks {
        tx.run(
            sql!("update matter_clocks set ended_at = $2 where id = $1"),
            args![clock, now],
        )
        .await?;
    }
    tx.run(
        sql!(
            "insert into matter_merges (id, kept, merged, reason, was, by_user, at) values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![
            uuid_at(now),
            kept.id,
            merged.id,
            reason,
            serde_json::to_value(&was).map_err(|error| DbError::Setup(error.to_string()))?,
            by,
            now
        ],
    )
    .await?;
    let mut after = merged.clone();
    after.state = State::Merged;
    after.urgent = false;
    save(tx, merged, &after).await?;
    tx.run(
        sql!("update matters set merged_into = $2 where id = $1"),
        args![merged.id, kept.id],
    )
    .await?;
    let mut after = kept.clone();
    after.urgent = kept.urgent || merged.urgent;
    save(tx, kept, &after).await?;
    recount(tx, kept).await?;
    recount(tx, merged).await?;
    set_first_clock(tx, merged.id).await?;
    told(
        tx,
        kept,
        "matter.merged",
        json!({ "merged": merged.id, "reason": reason }),
    );
    told(
        tx,
        merged,
        "matter.merged_into",
        json!({ "kept": kept.id, "reason": reason }),
    );
    Ok(())
}

/// How strongly a flag stands.
fn strength(state: &str) -> u8 {
    match state {
        "confirmed" => 2,
        "suggested" => 1,
        _ => 0,
    }
}

async fn flags(tx: &mut ReadTx, of: &Matter) -> Result<Vec<(String, String, String)>, DbError> {
    tx.all(
        sql!("select flag, state, reason from matter_flags where matter = $1 order by flag"),
        args![of.id],
    )
    .await?
    .iter()
    .map(|row| Ok((row.get("flag")?, row.get("state")?, row.get("reason")?)))
    .collect()
}

/// A flag of either is a flag of both: what stands more strongly holds, so that no warning is lost.
async fn take_flags(
    tx: &mut Tx,
    kept: &Matter,
    merged: &Matter,
) -> Result<Vec<TakenFlag>, DbError> {
    let ours = flags(tx, kept).await?;
    let mut taken = Vec::new();
    for (flag, state, reason) in flags(tx, merged).await? {
        let own = ours.iter().find(|own| own.0 == flag);
        if own.is_some_and(|own| strength(&own.1) >= strength(&state)) {
            continue;
        }
        set_flag(tx, kept, &flag, &state, &reason).await?;
        taken.push((flag, own.map(|own| (own.1.clone(), own.2.clone()))));
    }
    Ok(taken)
}

async fn set_flag(
    tx: &mut Tx,
    matter: &Matter,
    flag: &str,
    state: &str,
    reason: &str,
) -> Result<(), DbError> {
    let now = tx.now();
    tx.run(
        sql!(
            "insert into matter_flags (matter, flag, state, reason, at) values ($1, $2, $3, $4, $5)
             on conflict (matter, flag) do update set state = excluded.state, reason = excluded.reason, at = excluded.at"
        ),
        args![matter.id, flag, state, reason, now],
    )
    .await
    .map(drop)
}

/// Gives flags back that only the other matter had, unless somebody has decided about them since.
async fn give_flags_back(
    tx: &mut Tx,
    kept: &Matter,
    merged: &Matter,
    was: &Was,
) -> Result<(), DbError> {
    let (ours, theirs) = (flags(tx, kept).await?, flags(tx, merged).await?);
    for (flag, before) in &was.flags {
        let now = ours.iter().find(|own| own.0 == *flag);
        let took = theirs.iter().find(|other| other.0 == *flag);
        if now.map(|one| &one.1) != took.map(|one| &one.1) {
            continue;
        }
        match before {
            Some((state, reason)) => set_flag(tx, kept, flag, state, reason).await?,
            None => {
                tx.run(
                    sql!("delete from matter_flags where matter = $1 and flag = $2"),
                    args![kept.id, flag],
                )
                .await?;
            }
        }
    }
    Ok(())
}

/// Moves incidents; those that the other matter knows already stay behind, their reports' links go over.
async fn move_incidents(
    tx: &mut Tx,
    kept: &Matter,
    merged: &Matter,
) -> Result<(Vec<Uuid>, Vec<(Uuid, Uuid, Uuid)>), DbError> {
    let text = sql!(
        "select id, kind, happened_on from reported_incidents where matter = $1 order by created_at, id"
    );
    let key = |row: &commonweal_core::Row| -> Result<_, DbError> {
        let kind: String = row.get("kind")?;
        let on: Option<chrono::NaiveDate> = row.get("happened_on")?;
        Ok(on.map(|on| (kind, on)))
    };
    let mut known: BTreeMap<_, Uuid> = BTreeMap::new();
    for row in tx.all(text, args![kept.id]).await? {
        if let Some(key) = key(&row)? {
            known.entry(key).or_insert(row.get("id")?);
        }
    }
    let (mut moved, mut links) = (Vec::new(), Vec::new());
    for row in tx.all(text, args![merged.id]).await? {
        let id: Uuid = row.get("id")?;
        match key(&row)?.and_then(|key| known.get(&key).copied()) {
            Some(ours) => {
                let reports = tx
                    .all(
                        sql!("select report from report_incidents where incident = $1 order by report"),
                        args![id],
                    )
                    .await?;
                for report in reports {
                    links.push((report.get("report")?, id, ours));
                }
            }
            None => {
                tx.run(
                    sql!("update reported_incidents set matter = $2 where id = $1"),
                    args![id, kept.id],
                )
                .await?;
                moved.push(id);
            }
        }
    }
    for (report, theirs, ours) in &links {
        relink(tx, *report, *theirs, *ours).await?;
    }
    Ok((moved, links))
}

async fn relink(tx: &mut Tx, report: Uuid, from: Uuid, to: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("delete from report_incidents where report = $1 and incident = $2"),
        args![report, from],
    )
    .await?;
    tx.run(
        sql!("insert into report_incidents (report, incident) values ($1, $2) on conflict (report, incident) do nothing"),
        args![report, to],
    )
    .await
    .map(drop)
}

/// Takes two matters apart again. Reports that came since the merge stay where they came.
///
/// # Errors
/// [`DbError::NotFound`] where there is no such merge into `kept` or it was undone; [`DbError::Stale`];
/// [`DbError`].
pub async fn unmerge(tx: &mut Tx, kept: &Matter, merge: Uuid, by: Uuid) -> Result<(), DbError> {
    let now = tx.now();
    let row = tx
        .one(
            sql!("select merged, was from matter_merges where id = $1 and kept = $2 and undone_at is null"),
            args![merge, kept.id],
        )
        .await?;
    let was: Was = serde_json::from_value(row.get("was")?)
        .map_err(|error| DbError::Setup(format!("a merge: {error}")))?;
    let merged = load(
        tx,
        commonweal_records::matters::MatterId(row.get("merged")?),
    )
    .await?;
    for report in &was.reports {
        tx.run(
            sql!("update reports set matter = $3 where id = $1 and matter = $2"),
            args![*report, kept.id, merged.id],
        )
        .await?;
    }
    for incident in &was.incidents {
        move_back(tx, *incident, kept, &merged).await?;
    }
    give_flags_back(tx, kept, &merged, &was).await?;
    for (report, theirs, ours) in &was.links {
        relink(tx, *report, *ours, *theirs).await?;
    }
    for agency in &was.agencies {
        // One that has come to more since, such as an owner, stays.
        tx.run(
            sql!(
                "delete from matter_agencies where matter = $1 and agency = $2 and part = 'member'"
            ),
            args![kept.id, *agency],
        )
        .await?;
    }
    for clock in &was.clocks {
        tx.run(
            sql!("update matter_clocks set ended_at = null where id = $1"),
            args![*clock],
        )
        .await?;
    }
    tx.run(
        sql!("update matter_merges set undone_by = $2, undone_at = $3 where id = $1"),
        args![merge, by, now],
    )
    .await?;
    let mut after = merged.clone();
    after.state = was.state;
    after.urgent = was.merged_urgent;
    save(tx, &merged, &after).await?;
    tx.run(
        sql!("update matters set merged_into = null where id = $1"),
        args![merged.id],
    )
    .await?;
    let mut after = kept.clone();
    // It stood at the top for the other's sake alone; what has come since speaks for itself.
    after.urgent = kept.urgent && (was.kept_urgent || since(tx, kept, merge).await?);
    save(tx, kept, &after).await?;
    recount(tx, kept).await?;
    recount(tx, &merged).await?;
    set_first_clock(tx, merged.id).await?;
    set_first_clock(tx, kept.id).await?;
    told(tx, kept, "matter.unmerged", json!({ "merged": merged.id }));
    told(
        tx,
        &merged,
        "matter.unmerged_from",
        json!({ "kept": kept.id }),
    );
    Ok(())
}

/// An incident goes back with its reports. One that a report which stays tells of, too, stays for that
/// one, and those that go get a copy.
async fn move_back(
    tx: &mut Tx,
    incident: Uuid,
    kept: &Matter,
    merged: &Matter,
) -> Result<(), DbError> {
    let stays = tx
        .optional(
            sql!(
                "select 1 as one from report_incidents join reports on reports.id = report_incidents.report
                 where report_incidents.incident = $1 and reports.matter = $2 limit 1"
            ),
            args![incident, kept.id],
        )
        .await?;
    if stays.is_none() {
        return tx
            .run(
                sql!("update reported_incidents set matter = $3 where id = $1 and matter = $2"),
                args![incident, kept.id, merged.id],
            )
            .await
            .map(drop);
    }
    let copy = uuid_at(tx.now());
    tx.run(
        sql!(
            "insert into reported_incidents (id, matter, kind, qualifier, happened_on, happened_at, latitude, longitude,
             cell, at_home, created_at) select $2, $3, kind, qualifier, happened_on, happened_at, latitude, longitude,
             cell, at_home, created_at from reported_incidents where id = $1"
        ),
        args![incident, copy, merged.id],
    )
    .await?;
    tx.run(
        sql!(
            "update report_incidents set incident = $2 where incident = $1
             and report in (select id from reports where matter = $3)"
        ),
        args![incident, copy, merged.id],
    )
    .await
    .map(drop)
}

/// Whether a report came since a merge.
async fn since(tx: &mut ReadTx, kept: &Matter, merge: Uuid) -> Result<bool, DbError> {
    let found = tx
        .optional(
            sql!(
                "select 1 as one from reports where matter = $1 and received_at > (select at from matter_merges where id = $2) limit 1"
            ),
            args![kept.id, merge],
        )
        .await?;
    Ok(found.is_some())
}

/// Counts a matter's reports anew, and when the newest came.
async fn recount(tx: &mut Tx, matter: &Matter) -> Result<(), DbError> {
    tx.run(
        sql!(
            "update matters set reports = (select count(*) from reports where reports.matter = $1),
             last_report_at = coalesce((select max(received_at) from reports where reports.matter = $1), last_report_at)
             where id = $1"
        ),
        args![matter.id],
    )
    .await
    .map(drop)
}
