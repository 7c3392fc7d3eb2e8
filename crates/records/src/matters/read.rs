//! Reading reports and matters. Who may see them is asked by the caller, of [`resource`].

use commonweal_access::policy::Resource;
use commonweal_core::{DbError, ReadTx, Row, args, sql};
use uuid::Uuid;

use super::model::{
    CaseId, Channel, Happening, Identity, Matter, MatterId, Place, Report, ReportId, State, Whom,
};
use crate::incidents::Qualifier;
use crate::party::PartyId;

fn bad(what: &str, text: &str) -> DbError {
    DbError::Setup(format!(
        "{what} is '{text}', which this version does not know"
    ))
}

fn word<T>(row: &Row, column: &str, of: fn(&str) -> Option<T>) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    of(&text).ok_or_else(|| bad(column, &text))
}

fn qualifier(row: &Row) -> Result<Option<Qualifier>, DbError> {
    let number: Option<i64> = row.get("qualifier")?;
    Ok(Qualifier::ALL
        .into_iter()
        .find(|one| Some(one.number()) == number))
}

fn point(row: &Row) -> Result<Option<(f64, f64)>, DbError> {
    let latitude: Option<f64> = row.get("latitude")?;
    Ok(latitude.zip(row.get("longitude")?))
}

/// A matter from its row.
///
/// # Errors
/// [`DbError`].
fn matter(row: &Row) -> Result<Matter, DbError> {
    let due: Option<chrono::DateTime<chrono::Utc>> = row.get("due_at")?;
    Ok(Matter {
        id: MatterId(row.get("id")?),
        reference: row.get("reference")?,
        state: word(row, "state", State::from_name)?,
        agency: row.get("agency")?,
        owner: row.get("owner")?,
        kind: row.get("kind")?,
        qualifier: qualifier(row)?,
        title: row.get("title")?,
        band: row.get("band")?,
        urgent: row.get("urgent")?,
        reports: row.get("reports")?,
        due: due.zip(row.get("due_kind")?),
        point: point(row)?,
        at_home: row.get("at_home")?,
        opened_at: row.get("opened_at")?,
        last_report_at: row.get("last_report_at")?,
        state_since: row.get("state_since")?,
        case: row.get::<Option<Uuid>>("case_id")?.map(CaseId),
        merged_into: row.get::<Option<Uuid>>("merged_into")?.map(MatterId),
        outcome: row.get("outcome")?,
        closed_at: row.get("closed_at")?,
        version: row.get("version")?,
    })
}

fn report_of(row: &Row) -> Result<Report, DbError> {
    let hot: serde_json::Value = row.get("hot_words")?;
    let hot_words = hot
        .get("words")
        .cloned()
        .and_then(|words| serde_json::from_value(words).ok())
        .unwrap_or_default();
    Ok(Report {
        id: ReportId(row.get("id")?),
        reference: row.get("reference")?,
        matter: MatterId(row.get("matter")?),
        channel: word(row, "channel", Channel::from_name)?,
        agency: row.get("agency")?,
        taken_by: row.get("taken_by")?,
        their_reference: row.get("their_reference")?,
        identity: word(row, "identity", Identity::from_name)?,
        reporter: row.get::<Option<Uuid>>("reporter")?.map(PartyId),
        whom: word(row, "for_whom", Whom::from_name)?,
        kind: row.get("kind")?,
        qualifier: qualifier(row)?,
        description: row.get("description")?,
        happening: word(row, "happening", Happening::from_name)?,
        happened_from: row.get("happened_from")?,
        happened_to: row.get("happened_to")?,
        place: Place {
            point: point(row)?,
            words: row.get("place")?,
            at_home: row.get("at_home")?,
        },
        safe_now: row.get("safe_now")?,
        hate: row.get("hate")?,
        hot_words,
        language: row.get("language")?,
        record: row.get("record")?,
        further_to: row.get::<Option<Uuid>>("further_to")?.map(ReportId),
        received_at: row.get("received_at")?,
    })
}

/// A matter.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn load(tx: &mut ReadTx, id: MatterId) -> Result<Matter, DbError> {
    matter(
        &tx.one(sql!("select * from matters where id = $1"), args![id])
            .await?,
    )
}

/// The matter of a reference.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn by_reference(tx: &mut ReadTx, reference: &str) -> Result<Matter, DbError> {
    let text = sql!("select * from matters where reference = $1");
    matter(&tx.one(text, args![reference]).await?)
}

/// The matter in which a report is worked on today.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn matter_of_report(tx: &mut ReadTx, report: ReportId) -> Result<Matter, DbError> {
    let text = sql!(
        "select matters.* from matters join reports on reports.matter = matters.id where reports.id = $1"
    );
    matter(&tx.one(text, args![report]).await?)
}

/// A report.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn report(tx: &mut ReadTx, id: ReportId) -> Result<Report, DbError> {
    report_of(
        &tx.one(sql!("select * from reports where id = $1"), args![id])
            .await?,
    )
}

/// The report of a reference.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn report_by_reference(tx: &mut ReadTx, reference: &str) -> Result<Report, DbError> {
    let text = sql!("select * from reports where reference = $1");
    report_of(&tx.one(text, args![reference]).await?)
}

/// The reports of a matter, oldest first.
///
/// # Errors
/// [`DbError`].
pub async fn reports_of(tx: &mut ReadTx, matter: MatterId) -> Result<Vec<Report>, DbError> {
    tx.all(
        sql!("select * from reports where matter = $1 order by received_at, id"),
        args![matter],
    )
    .await?
    .iter()
    .map(report_of)
    .collect()
}

/// The agencies that take part in a matter.
///
/// # Errors
/// [`DbError`].
pub async fn parts(tx: &mut ReadTx, matter: MatterId) -> Result<Vec<Uuid>, DbError> {
    tx.all(
        sql!("select agency from matter_agencies where matter = $1 order by agency"),
        args![matter],
    )
    .await?
    .iter()
    .map(|row| row.get("agency"))
    .collect()
}

/// What policies are asked about for a matter.
///
/// # Errors
/// [`DbError`].
pub async fn resource(tx: &mut ReadTx, matter: &Matter) -> Result<Resource, DbError> {
    Ok(matter.resource(parts(tx, matter.id).await?))
}
