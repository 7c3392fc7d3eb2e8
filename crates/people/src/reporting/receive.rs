//! Receives a report by any door, and alerts whom it must.

use commonweal_core::jobs::{self, JobKind};
use commonweal_core::{DbError, ReadTx, Tx, args, read, sql};
use commonweal_records::calendar::Calendar;
use commonweal_records::matters::{self, Received};
use serde_json::json;

use super::prepare::{Incoming, prepare};
use super::rules::{Agency, Rules};

/// The job that alerts somebody to an urgent report.
pub const ALERT: &str = "reporting.alert";

/// The agencies of the partnership that can be given matters.
///
/// # Errors
/// [`DbError`].
pub async fn agencies(tx: &mut ReadTx) -> Result<Vec<Agency>, DbError> {
    tx.all(
        sql!("select id, name, kind from agencies where active order by created_at, id"),
        args![],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Agency {
            id: row.get("id")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
        })
    })
    .collect()
}

/// Receives a report: whose it becomes, by when, flags and hot words come from the rules. An urgent one
/// puts down the job [`ALERT`] in the same transaction, and one from somebody whom we may know that of
/// acknowledging it.
///
/// # Errors
/// [`DbError`].
pub async fn receive(tx: &mut Tx, rules: &Rules, incoming: Incoming) -> Result<Received, DbError> {
    let agencies = agencies(tx).await?;
    let (new, _) = prepare(rules, Calendar::england(), &agencies, tx.now(), incoming);
    let received = matters::receive(tx, &new).await?;
    if new.urgent() && !received.again {
        jobs::enqueue(tx, ALERT, json!({ "report": received.report })).await?;
    }
    if !received.again {
        let report = matters::report(tx, received.report).await?;
        crate::messages::acknowledge_later(tx, &report).await?;
    }
    Ok(received)
}

/// The job of [`ALERT`]: writes to the people of the agency whose matter it is who decide about new
/// reports. The message names the reference only.
#[must_use]
pub fn alert_job(address: &str) -> JobKind {
    let address = address.to_owned();
    JobKind::new(
        ALERT,
        "Alert somebody to an urgent report",
        move |context| {
            let address = address.clone();
            async move {
                let report = matters::ReportId(context.id("report")?);
                let (matter, people) = read!(&context.db, |tx| {
                    let matter = matters::matter_of_report(tx, report).await?;
                    let people = deciders(tx, matter.agency).await?;
                    Ok::<_, DbError>((matter, people))
                })
                .await?;
                let actor = commonweal_core::events::Actor::system("alert");
                commonweal_core::write!(&context.db, &context.clock, &actor, |tx| {
                    for to in &people {
                        let mail = commonweal_core::mail::Mail {
                            to: to.clone(),
                            kind: ALERT,
                            subject: format!("Urgent report in {}", matter.reference),
                            text: format!(
                                "A report that somebody should look at now came in.\n\n{address}{}\n\nSign in to read it.",
                                matter.href()
                            ),
                        };
                        match tx.send_mail(mail).await {
                            Ok(_) => {}
                            Err(commonweal_core::mail::MailError::Db(error)) => return Err(error),
                            // An address that is none is passed over: the others hear of it.
                            Err(error) => tracing::warn!(%error, "an alert could not be sent"),
                        }
                    }
                    tx.record(commonweal_core::events::Event::new(
                        matters::SUBJECT,
                        matter.id.0,
                        "matter.alerted",
                        json!({ "people": people.len() }),
                    ));
                    Ok::<_, DbError>(())
                })
                .await?;
                Ok(())
            }
        },
    )
}

/// Addresses of those in an agency who may decide about new reports.
async fn deciders(tx: &mut ReadTx, agency: uuid::Uuid) -> Result<Vec<String>, DbError> {
    tx.all(
        sql!(
            "select distinct users.email from users join user_roles on user_roles.user_id = users.id
             join role_grants on role_grants.role = user_roles.role
             where users.agency = $1 and users.active and role_grants.action = 'triage_reports' order by users.email"
        ),
        args![agency],
    )
    .await?
    .iter()
    .map(|row| row.get("email"))
    .collect()
}
