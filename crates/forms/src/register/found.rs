//! What search is made anew from: every record, in batches.

use commonweal_core::search::{Entry, Source};
use commonweal_core::{Db, DbError, args, read, sql};
use uuid::Uuid;

use super::store::{FOUND, FOUND_PERSONAL, entry, load};
use crate::catalogue::Catalogue;

/// The two kinds of entries of records: what anybody who sees a record may find it by, and what only
/// those find it by who may see its personal answers.
#[must_use]
pub fn sources(catalogue: &Catalogue) -> Vec<Source> {
    let (open, personal) = (catalogue.clone(), catalogue.clone());
    vec![
        Source::new(FOUND, move |db, after| {
            let catalogue = open.clone();
            async move { entries(&db, &catalogue, after, false).await }
        }),
        Source::new(FOUND_PERSONAL, move |db, after| {
            let catalogue = personal.clone();
            async move { entries(&db, &catalogue, after, true).await }
        }),
    ]
}

async fn entries(
    db: &Db,
    catalogue: &Catalogue,
    after: Option<Uuid>,
    personal: bool,
) -> Result<Vec<Entry>, DbError> {
    let after = after.unwrap_or(Uuid::nil());
    read!(db, |tx| {
        let rows = if personal {
            tx.all(
                sql!(
                    "select id, personal_entry as subject from form_records where personal_entry > $1
                     order by personal_entry limit 300"
                ),
                args![after],
            )
            .await?
        } else {
            tx.all(
                sql!("select id, id as subject from form_records where id > $1 order by id limit 300"),
                args![after],
            )
            .await?
        };
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let record = load(tx, row.get("id")?).await?;
            let definition = catalogue
                .version(tx, &record.definition, record.definition_version)
                .await?;
            entries.push(entry(&definition, &record, row.get("subject")?, personal));
        }
        Ok::<_, DbError>(entries)
    })
    .await
}
