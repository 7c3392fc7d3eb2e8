//! Private links: a secret of 128 bits that is given once and kept only as its hash.

use commonweal_access::session::Token;
use commonweal_core::events::Event;
use commonweal_core::ids::uuid_at;
use commonweal_core::{DbError, Tx, args, sql};
use commonweal_records::matters::{REPORT_SUBJECT, ReportId};
use serde_json::json;

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
