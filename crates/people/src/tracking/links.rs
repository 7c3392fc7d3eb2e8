//! Private links: a secret of 128 bits that is given once and kept only as its hash.

use chrono::Duration;
use commonweal_access::session::Token;
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, ReadTx, Tx, args, sql};
use commonweal_records::matters::{self, REPORT_SUBJECT, ReportId};
use commonweal_records::party::{PartyId, store as parties};
use serde_json::json;

use crate::messages::merge::{Fields, Value};
use crate::messages::{Channel, Choice, Sender, Way, choose, deliver, templates};

/// The kind of mail with a lost link.
const KIND: &str = "tracking.link";
/// How many links one message holds at most.
const MOST: i64 = 5;
/// How old a report may be whose link is sent again.
const OLDEST: Duration = Duration::days(730);

/// Makes a private link to a report and returns its secret, 32 hexadecimal digits, which is nowhere
/// else: the link is `/track/{secret}`. A report may have several.
///
/// # Errors
/// [`DbError`].
pub async fn make_link(tx: &mut Tx, report: ReportId) -> Result<String, DbError> {
    let token = Token::short()?;
    let now = tx.now();
    tx.run(
        sql!(
            "insert into tracking_links (id, report, secret_hash, created_at) values ($1, $2, $3, $4)"
        ),
        args![uuid_at(now), report, token.hash(), now],
    )
    .await?;
    tx.record(Event::new(
        REPORT_SUBJECT,
        report.0,
        "report.link_made",
        json!({}),
    ));
    Ok(token.secret().to_owned())
}

/// The report that a secret leads to; none where there is no such link.
pub(crate) async fn report_of(tx: &mut ReadTx, secret: &str) -> Result<Option<ReportId>, DbError> {
    let row = tx
        .optional(
            sql!("select report from tracking_links where secret_hash = $1"),
            args![Token::sent(secret).hash()],
        )
        .await?;
    row.map(|row| Ok(ReportId(row.get("report")?))).transpose()
}

/// Sends links to the reports of whoever gave this e-mail address or number, to just that contact
/// and only as safe contact allows. Nobody learns from it whether the contact is known.
pub(crate) async fn send_again(tx: &mut Tx, sender: &Sender, contact: &str) -> Result<(), DbError> {
    let since = tx.now() - OLDEST;
    let rows = tx
        .all(
            sql!(
                "select reports.id, reports.reporter from reports join party_contacts on party_contacts.party = reports.reporter
                 where party_contacts.value = $1 and reports.identity <> 'anonymous' and reports.channel <> 'tracking'
                 and reports.received_at > $2 order by reports.received_at desc limit $3"
            ),
            args![contact, since, MOST],
        )
        .await?;
    let mut way: Option<Way> = None;
    let mut links = Vec::new();
    for row in rows {
        let report = matters::report(tx, ReportId(row.get("id")?)).await?;
        if super::is_off(tx, &report).await? {
            continue;
        }
        let Some(allowed) = allowed(tx, PartyId(row.get("reporter")?), contact).await? else {
            continue;
        };
        way.get_or_insert(allowed);
        let secret = make_link(tx, report.id).await?;
        let link = format!("{}/track/{secret}", sender.address);
        links.push(Fields::from([("link", Value::Text(link))]));
    }
    tx.record(Event::new(
        "tracking",
        uuid::Uuid::nil(),
        "tracking.link_asked",
        json!({}),
    ));
    let Some(way) = way else {
        return Ok(());
    };
    let today = tx
        .now()
        .with_timezone(&chrono_tz::Europe::London)
        .date_naive();
    let template = templates::load(tx, "link", today).await?;
    let fields = Fields::from([("links", Value::List(links))]);
    let words = match way.channel {
        Channel::Text => template.text.fill(&fields),
        _ => template.body.fill(&fields),
    };
    let words = words.map_err(|error| DbError::Setup(format!("messages/link.toml: {error}")))?;
    deliver(tx, &way, template.subject, words, KIND).await?;
    Ok(())
}

/// The way to exactly this contact of a party, where it may be used now.
async fn allowed(tx: &mut Tx, party: PartyId, contact: &str) -> Result<Option<Way>, DbError> {
    let mut party = parties::find(tx, party).await?;
    if party.rules.hide_caller {
        // A link tells who writes, and whoever asked may not be who it is for.
        return Ok(None);
    }
    party.contacts.retain(|one| one.given.value == contact);
    let now = tx.now();
    Ok(match choose(&party, None, now) {
        Choice::Now(way) => Some(way),
        Choice::Later(..) | Choice::Never(_) => None,
    })
}
