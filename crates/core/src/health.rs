//! Whether this copy of the application can serve: what `/readyz` answers.

use crate::db::DbError;
use crate::{Db, read};

/// Ready: the database answers, and its tables are as this program needs them.
///
/// # Errors
/// [`DbError`]: where the database does not answer, or lacks a migration.
pub async fn ready(db: &Db) -> Result<(), DbError> {
    read!(db, |tx| {
        let done: Vec<i64> = tx
            .all_text(
                sqlx::SqlSafeStr::into_sql_str(
                    "select version from _sqlx_migrations where success",
                ),
                Vec::new(),
            )
            .await?
            .iter()
            .map(|row| row.at(0))
            .collect::<Result<_, _>>()?;
        match crate::db::migrations().find(|version| !done.contains(version)) {
            None => Ok(()),
            Some(version) => Err(DbError::Setup(format!(
                "the database lacks migration {version}"
            ))),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::clock;
    use crate::{args, on_both, sql, upkeep};

    on_both! {
        async fn a_copy_is_ready_when_the_tables_are_there(db: Db) {
            ready(&db).await.unwrap();
            // As an older database looks to a newer program.
            upkeep!(&db, &clock(), |tx| tx.run(
                sql!("delete from _sqlx_migrations where version = 20261122210000"), args![]).await).await.unwrap();
            assert!(ready(&db).await.unwrap_err().to_string().contains("20261122210000"));
            db.close().await;
            assert!(ready(&db).await.is_err());
        }
    }
}
