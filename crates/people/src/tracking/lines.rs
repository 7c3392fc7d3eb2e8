//! Lines that the page shows, and the switch that takes page and notifications off.

use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use commonweal_records::matters::{Matter, MatterId, Report, ReportId, SUBJECT};
use serde_json::json;
use uuid::Uuid;

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// Only whoever sent this report reads it; none for all who reported the matter.
    pub report: Option<ReportId>,
    /// Its words.
    pub words: String,
    /// The template that it comes from.
    pub template: Option<String>,
    /// When it was released.
    pub at: DateTime<Utc>,
}

/// Puts a line on the tracking page: of a template marked safe for victims, or released by whoever
/// writes.
///
/// # Errors
/// [`DbError`].
pub async fn add_line(
    tx: &mut Tx,
    matter: &Matter,
    report: Option<ReportId>,
    words: &str,
    template: Option<&str>,
) -> Result<Uuid, DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    let id = uuid_at(now);
    tx.run(
        sql!(
            "insert into tracking_lines (id, matter, report, words, template, released_by, released_at)
             values ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![
            id,
            matter.id,
            report.map(|report| report.0),
            words,
            template,
            by,
            now
        ],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        matter.id.0,
        "matter.line_released",
        json!({ "line": id, "template": template }),
    ));
    Ok(id)
}

/// Takes a line off the page.
///
/// # Errors
/// [`DbError::Stale`] where somebody did before, or it is none of this matter.
pub async fn withdraw_line(tx: &mut Tx, matter: MatterId, line: Uuid) -> Result<(), DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    tx.run_versioned(
        sql!(
            "update tracking_lines set withdrawn_at = $3, withdrawn_by = $4
             where id = $1 and matter = $2 and withdrawn_at is null"
        ),
        args![line, matter, now, by],
    )
    .await?;
    tx.record(Event::new(
        SUBJECT,
        matter.0,
        "matter.line_withdrawn",
        json!({ "line": line }),
    ));
    Ok(())
}

/// The lines of a matter that stand on the page, newest first; `report` leaves out those for others.
///
/// # Errors
/// [`DbError`].
pub async fn lines(
    tx: &mut ReadTx,
    matter: MatterId,
    report: Option<ReportId>,
) -> Result<Vec<Line>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select id, report, words, template, released_at from tracking_lines
                 where matter = $1 and withdrawn_at is null order by released_at desc, id desc"
            ),
            args![matter],
        )
        .await?;
    let mut all = Vec::new();
    for row in rows {
        let whose = row.get::<Option<Uuid>>("report")?.map(ReportId);
        if report.is_some() && whose.is_some() && whose != report {
            continue;
        }
        all.push(Line {
            id: row.get("id")?,
            report: whose,
            words: row.get("words")?,
            template: row.get("template")?,
            at: row.get("released_at")?,
        });
    }
    Ok(all)
}

/// How the switch of a matter stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Switch {
    /// Whether page and notifications are off.
    pub off: bool,
    /// Why, as whoever switched it wrote.
    pub reason: String,
    /// When it was last switched.
    pub at: Option<DateTime<Utc>>,
    /// Its version; 0 where it was never switched.
    pub version: i64,
}

/// How the switch of a matter stands.
///
/// # Errors
/// [`DbError`].
pub async fn switch(tx: &mut ReadTx, matter: MatterId) -> Result<Switch, DbError> {
    let row = tx
        .optional(
            sql!(
                "select switched_off, reason, at, version from tracking_switches where matter = $1"
            ),
            args![matter],
        )
        .await?;
    match row {
        None => Ok(Switch::default()),
        Some(row) => Ok(Switch {
            off: row.get("switched_off")?,
            reason: row.get("reason")?,
            at: row.get("at")?,
            version: row.get("version")?,
        }),
    }
}

/// Switches page and all notifications of a matter off, or on again.
///
/// # Errors
/// [`DbError::Stale`] where somebody switched meanwhile.
pub async fn set_switch(
    tx: &mut Tx,
    matter: MatterId,
    version: i64,
    off: bool,
    reason: &str,
) -> Result<(), DbError> {
    let (now, by) = (tx.now(), tx.actor().user);
    if version == 0 {
        let made = tx
            .run(
                sql!(
                    "insert into tracking_switches (matter, switched_off, reason, by_user, at, version)
                     values ($1, $2, $3, $4, $5, 1) on conflict (matter) do nothing"
                ),
                args![matter, off, reason, by, now],
            )
            .await?;
        if made == 0 {
            return Err(DbError::Stale);
        }
    } else {
        tx.run_versioned(
            sql!(
                "update tracking_switches set switched_off = $3, reason = $4, by_user = $5, at = $6,
                 version = version + 1 where matter = $1 and version = $2"
            ),
            args![matter, version, off, reason, by, now],
        )
        .await?;
    }
    // Browsers that read now stop at once.
    if off {
        tx.run(
            sql!(
                "delete from tracking_sessions where report in (select id from reports where matter = $1 or came_with = $1)"
            ),
            args![matter],
        )
        .await?;
    }
    tx.record(Event::new(
        SUBJECT,
        matter.0,
        if off {
            "matter.page_switched_off"
        } else {
            "matter.page_switched_on"
        },
        json!({ "switched_off": off }),
    ));
    Ok(())
}

/// Whether page and notifications of a report are off: for the matter in which it is worked on, or
/// for the one that it came with.
///
/// # Errors
/// [`DbError`].
pub async fn is_off(tx: &mut ReadTx, report: &Report) -> Result<bool, DbError> {
    let off = tx
        .count(
            sql!(
                "select count(*) from tracking_switches join reports
                 on reports.matter = tracking_switches.matter or reports.came_with = tracking_switches.matter
                 where reports.id = $1 and tracking_switches.switched_off"
            ),
            args![report.id],
        )
        .await?;
    Ok(off > 0)
}
