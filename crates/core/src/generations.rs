//! Numbers that grow with each change of something that is held in memory (the cube,
//! content), so that every copy of the application notices within a cheap query.

use crate::db::{DbError, ReadTx, Tx};
use crate::{Db, args, read, sql};

/// Raises a number in the transaction that makes the change, and returns it.
///
/// # Errors
/// [`DbError`].
pub async fn bump(tx: &mut Tx, name: &str) -> Result<i64, DbError> {
    tx.one(
        sql!(
            "insert into generations (name, number) values ($1, 1)
             on conflict (name) do update set number = generations.number + 1
             returning number"
        ),
        args![name],
    )
    .await?
    .at(0)
}

/// The present number; 0 where nothing changed yet.
///
/// # Errors
/// [`DbError`].
pub async fn current(tx: &mut ReadTx, name: &str) -> Result<i64, DbError> {
    tx.optional(
        sql!("select number from generations where name = $1"),
        args![name],
    )
    .await?
    .map_or(Ok(0), |row| row.at(0))
}

/// Follows one number.
#[derive(Clone)]
pub struct Follower {
    db: Db,
    name: &'static str,
    seen: i64,
}

impl Follower {
    /// A follower that has seen nothing yet.
    #[must_use]
    pub fn new(db: &Db, name: &'static str) -> Self {
        Self {
            db: db.clone(),
            name,
            seen: 0,
        }
    }

    /// The number, where it grew since [`Follower::saw`] was told of one.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn changed(&self) -> Result<Option<i64>, DbError> {
        let number = read!(&self.db, |tx| current(tx, self.name).await).await?;
        Ok((number > self.seen).then_some(number))
    }

    /// Notes the number whose change has been taken up.
    pub fn saw(&mut self, number: i64) {
        self.seen = self.seen.max(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::clock;
    use crate::{on_both, upkeep};

    on_both! {
        async fn a_follower_sees_each_change_once(db: Db) {
            let clock = clock();
            let mut follower = Follower::new(&db, "cube");
            assert_eq!(follower.changed().await.unwrap(), None);
            upkeep!(&db, &clock, |tx| bump(tx, "cube").await).await.unwrap();
            let number = upkeep!(&db, &clock, |tx| bump(tx, "cube").await).await.unwrap();
            assert_eq!(number, 2);
            assert_eq!(follower.changed().await.unwrap(), Some(2));
            follower.saw(2);
            assert_eq!(follower.changed().await.unwrap(), None);
            upkeep!(&db, &clock, |tx| bump(tx, "content").await).await.unwrap();
            assert_eq!(follower.changed().await.unwrap(), None);
        }
    }
}
