//! Asking: one statement from fixed pieces, the values bound.

use std::fmt::{self, Write as _};

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use uuid::Uuid;

use super::Question;
use crate::args;
use crate::db::{Condition, DbError, Engine, Predicate, ReadTx, Value, numbered};

/// Counting stops here.
const MOST: i64 = 1_000;

/// A kind of record that can be found: how a scope reaches it.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The kind, as in [`Entry`](super::Entry).
    pub kind: &'static str,
    /// The tables that the scope's condition names, such as `cases`.
    pub from: &'static str,
    /// The subject's id there, such as `cases.id`.
    pub key: &'static str,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What somebody looks for.
    pub question: Question,
    /// The last answer of the page before.
    pub after: Option<Uuid>,
    /// Answers a page, 100 at most.
    pub limit: u32,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The record.
    pub subject: Uuid,
    /// What 'newest' means for it.
    pub at: DateTime<Utc>,
}

/// How many there are, up to '1,000+'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(i64);

impl Count {
    /// The number, where it was counted to the end.
    #[must_use]
    pub fn exact(self) -> Option<i64> {
        (self.0 <= MOST).then_some(self.0)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.exact() {
            Some(MOST) => f.write_str("1,000"),
            Some(number) => write!(f, "{number}"),
            None => f.write_str("1,000+"),
        }
    }
}

/// A page of answers.
#[derive(Debug, Clone)]
pub struct Found {
    /// The answers, newest first.
    pub hits: Vec<Hit>,
    /// Where the next page goes on.
    pub next: Option<Uuid>,
    /// How many there are in all.
    pub count: Count,
}

impl Kind {
    /// Finds what `scope` allows.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn find(
        self,
        tx: &mut ReadTx,
        scope: &Predicate,
        asked: &Asked,
    ) -> Result<Found, DbError> {
        let mut values = scope.values.clone();
        let condition = self.condition(scope.sql, &asked.question, tx.engine(), &mut values);
        let mut counted = values.clone();
        counted.push(Value::from(MOST + 1));
        let text = format!("select count(*) from (select 1 as one {condition} limit ?) as counted");
        let count = self.run(tx, &text, counted).await?;
        let count = Count(count.first().ok_or(DbError::NotFound)?.at(0)?);

        let limit = asked.limit.clamp(1, 100);
        let mut text = format!("select search_entries.subject, search_entries.at {condition}");
        if let Some(after) = asked.after {
            text.push_str(
                " and (search_entries.at, search_entries.subject) < (select before.at, before.subject from search_entries before where before.subject = ?)",
            );
            values.push(Value::from(after));
        }
        text.push_str(" order by search_entries.at desc, search_entries.subject desc limit ?");
        values.push(Value::from(i64::from(limit) + 1));
        let rows = self.run(tx, &text, values).await?;
        let mut hits = rows
            .iter()
            .map(|row| {
                Ok(Hit {
                    subject: row.at(0)?,
                    at: row.at(1)?,
                })
            })
            .collect::<Result<Vec<_>, DbError>>()?;
        let more = hits.len() > limit as usize;
        hits.truncate(limit as usize);
        let next = hits.last().filter(|_| more).map(|hit| hit.subject);
        Ok(Found { hits, next, count })
    }

    async fn run(
        self,
        tx: &mut ReadTx,
        text: &str,
        values: Vec<Value>,
    ) -> Result<Vec<crate::Row>, DbError> {
        tx.all_text(AssertSqlSafe(numbered(text)).into_sql_str(), values)
            .await
    }

    /// From `from` to the last condition; puts the values behind those of the scope.
    fn condition(
        self,
        scope: &str,
        question: &Question,
        engine: Engine,
        values: &mut Vec<Value>,
    ) -> String {
        let Self { kind, from, key } = self;
        // The few entries that match are found first, by their keys; then the scope is joined.
        let mut text = format!(
            "from {from} join search_entries on search_entries.subject = {key} where ({scope}) and search_entries.kind = ? and search_entries.number in ("
        );
        values.push(Value::from(kind));
        text.push_str(&numbers(question, engine, values));
        text.push(')');
        text
    }
}

/// The subjects of a kind that a question finds, as a select for lists of their own:
/// `search::subjects("case", &question, tx.engine()).within("cases.id in (", ")")`. It knows no
/// scope: the list must.
#[must_use]
pub fn subjects(kind: &'static str, question: &Question, engine: Engine) -> Condition {
    let mut values = args![kind];
    let text = format!(
        "select search_entries.subject from search_entries where search_entries.kind = ? and search_entries.number in ({})",
        numbers(question, engine, &mut values)
    );
    Condition::made(text, values)
}

/// A select of the numbers of entries that match.
fn numbers(question: &Question, engine: Engine, values: &mut Vec<Value>) -> String {
    let mut text = String::new();
    let one = "select number from search_keys where key = ?";
    for (number, (first, last, sounds)) in question.of_names().enumerate() {
        if number > 0 {
            text.push_str(" intersect ");
        }
        text.push_str(
            "select number from (select number from search_keys where key >= ? and key < ?",
        );
        values.extend(args![first, last]);
        for sound in sounds {
            // Writing to a String cannot fail.
            let _ = write!(text, " union {one}");
            values.push(Value::from(sound));
        }
        let _ = write!(text, ") as word{number}");
    }
    // After the intersections: SQLite takes set operations from left to right.
    for exact in &question.exact {
        let _ = write!(text, " union {one}");
        values.push(Value::from(exact));
    }
    // The words hold letters and digits only, so that no engine sees an operator of its own.
    let (match_text, join, quote) = match engine {
        Engine::Sqlite => (
            " union select rowid from search_text where search_text match ?",
            " AND ",
            '"',
        ),
        Engine::Postgres => (
            " union select number from search_entries where words @@ to_tsquery('simple', ?)",
            " & ",
            '\'',
        ),
    };
    let quoted: Vec<String> = question
        .words
        .iter()
        .map(|word| format!("{quote}{word}{quote}"))
        .collect();
    text.push_str(match_text);
    values.push(Value::from(quoted.join(join)));
    text
}
