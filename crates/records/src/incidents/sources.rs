//! Which agency a source's incidents belong to.

use commonweal_core::events::Event;
use commonweal_core::{DbError, Tx, args, sql};
use uuid::Uuid;

use super::source_key;

/// Says that what a source records is an agency's, so that people whose grants reach their
/// own agency's records see it.
///
/// # Errors
/// [`DbError::NotFound`] where nothing of that source was imported yet.
pub async fn assign(tx: &mut Tx, source: &str, agency: Uuid) -> Result<(), DbError> {
    let changed = tx
        .run(
            sql!("update sources set agency = $2 where id = $1"),
            args![source_key(source), agency],
        )
        .await?;
    if changed == 0 {
        return Err(DbError::NotFound);
    }
    let data = serde_json::json!({"source": source});
    tx.record(Event::new("agency", agency, "source.assigned", data));
    Ok(())
}
