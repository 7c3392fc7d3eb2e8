//! Searches of the public: kept for 24 hours under an id that says nothing.

use chrono::Duration;
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, Db, DbError, ReadTx, args, sql, upkeep};
use uuid::Uuid;

use crate::directory::model::search::Question;

/// Keeps a question and gives its id.
///
/// # Errors
/// [`DbError`].
pub async fn keep(db: &Db, clock: &Clock, question: &Question) -> Result<Uuid, DbError> {
    let id = new_uuid(clock);
    let body = serde_json::to_value(question).map_err(|error| DbError::Setup(error.to_string()))?;
    upkeep!(db, clock, |tx| {
        let now = tx.now();
        tx.run(
            sql!("insert into directory_searches (id, question, created_at) values ($1, $2, $3)"),
            args![id, body.clone(), now],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(id)
}

/// A question that was asked in the last 24 hours.
///
/// # Errors
/// [`DbError::NotFound`].
pub async fn find(tx: &mut ReadTx, clock: &Clock, id: Uuid) -> Result<Question, DbError> {
    let since = clock.now() - Duration::days(1);
    let text = sql!("select question from directory_searches where id = $1 and created_at > $2");
    let body = tx.one(text, args![id, since]).await?.get("question")?;
    serde_json::from_value(body).map_err(|error| DbError::Setup(error.to_string()))
}

/// Forgets older questions and files that nobody confirmed.
///
/// # Errors
/// [`DbError`].
pub async fn sweep(db: &Db, clock: &Clock) -> Result<(), DbError> {
    let before = clock.now() - Duration::days(1);
    upkeep!(db, clock, |tx| {
        tx.run(
            sql!("delete from directory_searches where created_at <= $1"),
            args![before],
        )
        .await?;
        tx.run(
            sql!("delete from directory_uploads where created_at <= $1"),
            args![before],
        )
        .await?;
        Ok::<_, DbError>(())
    })
    .await
}
