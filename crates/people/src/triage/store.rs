//! The acts on a matter, each in the caller's transaction.

use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, generations, sql};
use commonweal_records::calendar::Calendar;
use commonweal_records::incidents::Qualifier;
use commonweal_records::matters::{
    CaseId, GENERATION, Matter, Part, SUBJECT, close_clock, open_clock, set_first_clock, take_part,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::cases;
use crate::reporting::Rules;
use crate::reporting::rules::Applies;

/// A matter that an agency was asked to take.
#[derive(Debug, Clone, PartialEq)]
pub struct Referral {
    /// Its id.
    pub id: Uuid,
    /// Who asked.
    pub from: Uuid,
    /// Who was asked.
    pub to: Uuid,
    /// Why.
    pub reason: String,
    /// `offered`, `accepted`, `declined` or `withdrawn`.
    pub state: String,
    /// When.
    pub asked_at: chrono::DateTime<chrono::Utc>,
    /// By when they answer.
    pub answer_due: chrono::DateTime<chrono::Utc>,
    /// What they answered.
    pub answer: Option<String>,
}

/// The referrals of a matter, newest first.
///
/// # Errors
/// [`DbError`].
pub async fn referrals(tx: &mut ReadTx, matter: &Matter) -> Result<Vec<Referral>, DbError> {
    tx.all(
        sql!(
            "select id, from_agency, to_agency, reason, state, asked_at, answer_due, answer from referrals
             where matter = $1 order by asked_at desc, id desc"
        ),
        args![matter.id],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Referral {
            id: row.get("id")?,
            from: row.get("from_agency")?,
            to: row.get("to_agency")?,
            reason: row.get("reason")?,
            state: row.get("state")?,
            asked_at: row.get("asked_at")?,
            answer_due: row.get("answer_due")?,
            answer: row.get("answer")?,
        })
    })
    .collect()
}

/// Writes the parts of a matter's head that acts change, unless somebody else changed it since.
pub(super) async fn save(tx: &mut Tx, before: &Matter, after: &Matter) -> Result<(), DbError> {
    let now = tx.now();
    let since = if before.state == after.state {
        before.state_since
    } else {
        now
    };
    tx.run_versioned(
        sql!(
            "update matters set state = $3, agency = $4, owner = $5, kind = $6, qualifier = $7, title = $8, band = $9,
             urgent = $10, state_since = $11, case_id = $12, outcome = $13, closed_at = $14, version = version + 1
             where id = $1 and version = $2"
        ),
        args![
            before.id,
            before.version,
            after.state.name(),
            after.agency,
            after.owner,
            &after.kind,
            after.qualifier.map(Qualifier::number),
            &after.title,
            after.band.clone(),
            after.urgent,
            since,
            after.case.map(|case| case.0),
            after.outcome.clone(),
            after.closed_at
        ],
    )
    .await?;
    generations::bump(tx, GENERATION).await?;
    Ok(())
}

pub(super) fn told(tx: &mut Tx, matter: &Matter, kind: &'static str, data: Json) {
    tx.record(Event::new(SUBJECT, matter.id.0, kind, data));
}

async fn start(
    tx: &mut Tx,
    rules: &Rules,
    matter: &Matter,
    kind: &str,
    applies: Applies,
) -> Result<(), DbError> {
    let clock = rules
        .clocks
        .start(Calendar::england(), kind, applies, tx.now());
    if let Some(clock) = clock {
        open_clock(tx, matter.id, &clock).await?;
    }
    set_first_clock(tx, matter.id).await
}

/// The agency whose it is deals with it: the clock of triage ends, those of the work begin.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn accept(
    tx: &mut Tx,
    rules: &Rules,
    matter: &Matter,
    owner: Uuid,
    band: Option<&str>,
) -> Result<(), DbError> {
    let mut after = matter.clone();
    after.state = commonweal_records::matters::State::Accepted;
    after.owner = Some(owner);
    after.band = band.map(str::to_owned).or(after.band);
    after.urgent = false;
    save(tx, matter, &after).await?;
    close_clock(tx, matter.id, "triage", true).await?;
    let applies = Applies::band(after.band.as_deref());
    start(tx, rules, matter, "first_response", applies).await?;
    start(tx, rules, matter, "update", applies).await?;
    told(
        tx,
        matter,
        "matter.accepted",
        json!({ "owner": owner, "band": after.band }),
    );
    Ok(())
}

/// Asks another agency to take a matter. It stays whose it is until they accept.
///
/// # Errors
/// [`DbError::Duplicate`] where an agency is asked already; [`DbError::Stale`]; [`DbError`].
pub async fn refer(
    tx: &mut Tx,
    rules: &Rules,
    matter: &Matter,
    to: Uuid,
    reason: &str,
) -> Result<(), DbError> {
    let open = tx
        .optional(
            sql!("select 1 as one from referrals where matter = $1 and state = 'offered'"),
            args![matter.id],
        )
        .await?;
    if open.is_some() {
        return Err(DbError::Duplicate);
    }
    save(tx, matter, matter).await?;
    let now = tx.now();
    let clock = rules
        .clocks
        .start(Calendar::england(), "referral", Applies::Referral, now);
    // Without a clock of the partnership's, an answer is due at once.
    let due = clock.map_or(now, |clock| clock.due_at);
    tx.run(
        sql!(
            "insert into referrals (id, matter, from_agency, to_agency, reason, state, asked_by, asked_at, answer_due, version)
             values ($1, $2, $3, $4, $5, 'offered', $6, $7, $8, 1)"
        ),
        args![uuid_at(now), matter.id, matter.agency, to, reason, tx.actor().user, now, due],
    )
    .await?;
    take_part(tx, matter.id, to, Part::Referred).await?;
    told(tx, matter, "matter.referred", json!({ "to": to }));
    Ok(())
}

/// Answers a referral: accepted, the matter becomes theirs; declined, they no longer see it, unless a
/// report of it came by their door.
///
/// # Errors
/// [`DbError::Stale`] where it was answered or withdrawn meanwhile; [`DbError`].
pub async fn answer(
    tx: &mut Tx,
    rules: &Rules,
    matter: &Matter,
    referral: &Referral,
    accepts: bool,
    reason: &str,
    by: Uuid,
) -> Result<(), DbError> {
    end_referral(
        tx,
        referral.id,
        if accepts { "accepted" } else { "declined" },
        reason,
    )
    .await?;
    if accepts {
        let mut after = matter.clone();
        after.agency = referral.to;
        save(tx, matter, &after).await?;
        // Whoever had it goes on seeing it: they know it, and whoever reported it may ask them.
        tx.run(
            sql!("update matter_agencies set part = 'member' where matter = $1 and agency = $2 and part = 'owner'"),
            args![matter.id, matter.agency],
        )
        .await?;
        take_part(tx, matter.id, referral.to, Part::Owner).await?;
        told(
            tx,
            matter,
            "matter.taken_over",
            json!({ "agency": { "was": matter.agency, "is": referral.to } }),
        );
        after.version += 1;
        if after.state == commonweal_records::matters::State::New {
            accept(tx, rules, &after, by, None).await
        } else {
            let mut mine = after.clone();
            mine.owner = Some(by);
            save(tx, &after, &mine).await
        }
    } else {
        save(tx, matter, matter).await?;
        leave(tx, matter, referral.to).await?;
        told(
            tx,
            matter,
            "matter.referral_declined",
            json!({ "by": referral.to }),
        );
        Ok(())
    }
}

/// Takes a question back that another agency has not answered.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn withdraw(tx: &mut Tx, matter: &Matter, referral: &Referral) -> Result<(), DbError> {
    end_referral(tx, referral.id, "withdrawn", "").await?;
    save(tx, matter, matter).await?;
    leave(tx, matter, referral.to).await?;
    told(
        tx,
        matter,
        "matter.referral_withdrawn",
        json!({ "to": referral.to }),
    );
    Ok(())
}

async fn end_referral(tx: &mut Tx, id: Uuid, state: &str, reason: &str) -> Result<(), DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    tx.run_versioned(
        sql!(
            "update referrals set state = $2, answer = $3, answered_by = $4, answered_at = $5, version = version + 1
             where id = $1 and state = 'offered'"
        ),
        args![id, state, reason, by, now],
    )
    .await
    .map(drop)
}

/// Nobody is asked any longer to take a matter that was decided about.
async fn withdraw_all(tx: &mut Tx, matter: &Matter) -> Result<(), DbError> {
    for referral in referrals(tx, matter).await? {
        if referral.state == "offered" {
            end_referral(tx, referral.id, "withdrawn", "").await?;
            leave(tx, matter, referral.to).await?;
        }
    }
    Ok(())
}

/// An agency that was only asked no longer sees the matter.
async fn leave(tx: &mut Tx, matter: &Matter, agency: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("delete from matter_agencies where matter = $1 and agency = $2 and part = 'referred'"),
        args![matter.id, agency],
    )
    .await
    .map(drop)
}

/// Closes a matter that needs no case, with what became of it and why.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn close(
    tx: &mut Tx,
    matter: &Matter,
    outcome: &str,
    reason: &str,
) -> Result<(), DbError> {
    let mut after = matter.clone();
    after.state = commonweal_records::matters::State::Closed;
    after.outcome = Some(outcome.to_owned());
    after.closed_at = Some(tx.now());
    after.urgent = false;
    save(tx, matter, &after).await?;
    end_clocks(tx, matter).await?;
    withdraw_all(tx, matter).await?;
    told(
        tx,
        matter,
        "matter.closed",
        json!({ "outcome": outcome, "reason": reason }),
    );
    Ok(())
}

/// Ends every clock: triage is met by any decision, the rest is no longer needed.
async fn end_clocks(tx: &mut Tx, matter: &Matter) -> Result<(), DbError> {
    close_clock(tx, matter.id, "triage", true).await?;
    for kind in ["first_response", "update"] {
        close_clock(tx, matter.id, kind, false).await?;
    }
    Ok(())
}

/// Opens a closed matter again: somebody decides anew.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn reopen(
    tx: &mut Tx,
    rules: &Rules,
    matter: &Matter,
    reason: &str,
) -> Result<(), DbError> {
    let mut after = matter.clone();
    after.state = commonweal_records::matters::State::New;
    after.closed_at = None;
    after.outcome = None;
    save(tx, matter, &after).await?;
    start(tx, rules, matter, "triage", Applies::New).await?;
    told(
        tx,
        matter,
        "matter.opened_again",
        json!({ "reason": reason }),
    );
    Ok(())
}

/// Joins a matter to a case, or to a new one that takes over what is known of it.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn to_case(
    tx: &mut Tx,
    matter: &Matter,
    case: Option<CaseId>,
    by: Uuid,
) -> Result<CaseId, DbError> {
    let case = match case {
        Some(case) => case,
        None => cases::open(tx, matter, by).await?,
    };
    cases::take_in(tx, case, matter).await?;
    let mut after = matter.clone();
    after.state = commonweal_records::matters::State::InCase;
    after.case = Some(case);
    after.owner = after.owner.or(Some(by));
    after.urgent = false;
    save(tx, matter, &after).await?;
    close_clock(tx, matter.id, "triage", true).await?;
    withdraw_all(tx, matter).await?;
    told(tx, matter, "matter.in_case", json!({ "case": case }));
    Ok(case)
}

/// Confirms a flag or rules it out, with the reason and, for a crime, what the police call it.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn flag(
    tx: &mut Tx,
    matter: &Matter,
    flag: &str,
    confirmed: bool,
    reason: &str,
    their_reference: Option<&str>,
) -> Result<(), DbError> {
    save(tx, matter, matter).await?;
    let (now, by) = (tx.now(), tx.actor().user);
    let state = if confirmed { "confirmed" } else { "ruled_out" };
    tx.run(
        sql!(
            "insert into matter_flags (matter, flag, state, reason, by_user, at, their_reference) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (matter, flag) do update set state = excluded.state, reason = excluded.reason,
             by_user = excluded.by_user, at = excluded.at,
             their_reference = coalesce(excluded.their_reference, matter_flags.their_reference)"
        ),
        args![matter.id, flag, state, reason, by, now, their_reference.map(str::to_owned)],
    )
    .await?;
    told(
        tx,
        matter,
        if confirmed {
            "matter.flag_confirmed"
        } else {
            "matter.flag_ruled_out"
        },
        json!({ "flag": flag, "reason": reason, "their_reference": their_reference.is_some() }),
    );
    Ok(())
}

/// Puts the type right, and how it affects people.
///
/// # Errors
/// [`DbError::Stale`]; [`DbError`].
pub async fn set_kind(
    tx: &mut Tx,
    rules: &Rules,
    matter: &Matter,
    kind: &str,
    qualifier: Option<Qualifier>,
    reason: &str,
) -> Result<(), DbError> {
    let mut after = matter.clone();
    let (was, is) = (rules.kinds.label(&matter.kind), rules.kinds.label(kind));
    if let Some(rest) = matter.title.strip_prefix(was) {
        after.title = format!("{is}{rest}");
    }
    kind.clone_into(&mut after.kind);
    after.qualifier = qualifier;
    save(tx, matter, &after).await?;
    told(
        tx,
        matter,
        "matter.kind_changed",
        json!({ "kind": { "was": matter.kind, "is": kind }, "reason": reason }),
    );
    Ok(())
}
