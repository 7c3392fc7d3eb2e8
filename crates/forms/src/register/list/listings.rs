//! The ways to read records, prepared on both engines by a test.

use commonweal_core::db::{Condition, Listing, Predicate};
use commonweal_core::{DbError, ReadTx, args, listing};

use crate::register::store::{Record, from_row};

macro_rules! listings {
    ($($name:ident: $from:literal, $by:literal, $key:literal, $descending:literal;)+) => {$(
        pub(super) static $name: Listing = Listing {
            columns: "form_records.id, form_records.definition, form_records.definition_version, form_records.reference, \
                      form_records.state, form_records.title, form_records.answers, form_records.agency, form_records.owner, \
                      form_records.created_by, form_records.parent, form_records.wave, form_records.channel, \
                      form_records.latitude, form_records.longitude, form_records.due_on, form_records.state_since, \
                      form_records.closed_at, form_records.erased_at, form_records.created_at, form_records.changed_at, \
                      form_records.version",
            from: $from,
            key: $key,
            by: $by,
            descending: $descending,
        };
        listing!($name);
    )+};
}
// Ties are broken by a column of the index that gives the order: by another, the engine would read and
// sort every record that has the same answer.
listings! {
    NEWEST: "form_records", "form_records.created_at", "form_records.id", true;
    OLDEST: "form_records", "form_records.created_at", "form_records.id", false;
    CHANGED: "form_records", "form_records.changed_at", "form_records.id", true;
    DUE: "form_records", "form_records.due_on", "form_records.id", false;
    UP: "answer_sort as sorted cross join form_records", "sorted.key", "sorted.record", false;
    DOWN: "answer_sort as sorted cross join form_records", "sorted.key", "sorted.record", true;
    FEW_NEWEST: "answer_sort as chosen cross join form_records", "form_records.created_at", "form_records.id", true;
    FEW_OLDEST: "answer_sort as chosen cross join form_records", "form_records.created_at", "form_records.id", false;
    FEW_CHANGED: "answer_sort as chosen cross join form_records", "form_records.changed_at", "form_records.id", true;
    FEW_DUE: "answer_sort as chosen cross join form_records", "form_records.due_on", "form_records.id", false;
    FEW_UP: "answer_sort as chosen cross join form_records cross join answer_sort as sorted", "sorted.key", "sorted.record", false;
    FEW_DOWN: "answer_sort as chosen cross join form_records cross join answer_sort as sorted", "sorted.key", "sorted.record", true;
}

pub(crate) static BY_COLUMN: Listing = Listing {
    columns: "form_records.id",
    from: "form_records",
    key: "form_records.id",
    by: "form_records.id",
    descending: false,
};
listing!(BY_COLUMN);

pub(super) static BY_WORDS: Listing = Listing {
    columns: "found.subject as id",
    from: "search_entries as found",
    key: "found.subject",
    by: "found.subject",
    descending: false,
};
listing!(BY_WORDS);

pub(super) static BY_PERSONAL_WORDS: Listing = Listing {
    columns: "form_records.id",
    from: "search_entries as found cross join form_records",
    key: "form_records.id",
    by: "form_records.id",
    descending: false,
};
listing!(BY_PERSONAL_WORDS);

/// Records that have a place, newest first: within a box of west, south, east and north where one is
/// given.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn placed(
    tx: &mut ReadTx,
    scopes: &[Predicate],
    within: Option<[f64; 4]>,
    limit: u32,
) -> Result<Vec<Record>, DbError> {
    let mut all = scopes.to_vec();
    all.push(Predicate {
        sql: "form_records.latitude is not null",
        values: Vec::new(),
    });
    of_scope(tx, &all, within, limit).await
}

/// Records that meet all conditions, newest first, within a box where one is given.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn of_scope(
    tx: &mut ReadTx,
    scopes: &[Predicate],
    within: Option<[f64; 4]>,
    limit: u32,
) -> Result<Vec<Record>, DbError> {
    let mut conditions: Vec<Condition> = scopes.iter().cloned().map(Condition::from).collect();
    if let Some([west, south, east, north]) = within {
        conditions.push(Condition::new(
            "form_records.longitude >= ? and form_records.longitude <= ? and form_records.latitude >= ? and form_records.latitude <= ?",
            args![west, east, south, north],
        ));
    }
    let rows = NEWEST.rows(tx, &conditions, None, limit).await?;
    rows.iter().map(from_row).collect()
}
