//! Lists whose conditions depend on data, such as the filters that a definition names: put together
//! from fixed pieces, each with as many `?` as it needs. [`List`](super::List) is the simpler sibling.

use std::borrow::Cow;
use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use uuid::Uuid;

use super::list::numbered;
use super::{DbError, Predicate, ReadTx, Row, Value};

/// A condition, or a piece of one: fixed SQL with a `?` for each of its values. Pieces join to larger
/// ones, but no text that anybody typed can enter.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    sql: Cow<'static, str>,
    values: Vec<Value>,
}

impl Condition {
    /// Fixed SQL and a value for each of its `?`.
    #[must_use]
    pub fn new(sql: &'static str, values: Vec<Value>) -> Self {
        Self {
            sql: Cow::Borrowed(sql),
            values,
        }
    }

    /// A text that core itself put together of fixed pieces.
    pub(crate) fn made(sql: String, values: Vec<Value>) -> Self {
        Self {
            sql: Cow::Owned(sql),
            values,
        }
    }

    /// A column that holds one of these values; nothing where there are none.
    #[must_use]
    pub fn any_of(column: &'static str, values: Vec<Value>) -> Self {
        if values.is_empty() {
            return Self::new("1 = 0", values);
        }
        let marks = vec!["?"; values.len()].join(",");
        Self::made(format!("{column} in ({marks})"), values)
    }

    /// The rows of a condition that is a whole select.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn rows(self, tx: &mut ReadTx) -> Result<Vec<Row>, DbError> {
        let text = numbered(&self.sql);
        tx.all_text(AssertSqlSafe(text).into_sql_str(), self.values)
            .await
    }

    /// This between two fixed texts: `Condition::new(…).within("id in (", ")")`.
    #[must_use]
    pub fn within(self, before: &'static str, after: &'static str) -> Self {
        Self {
            sql: Cow::Owned(format!("{before}{}{after}", self.sql)),
            values: self.values,
        }
    }

    /// This, a fixed text, another: `a.then(" union ", b)`.
    #[must_use]
    pub fn then(mut self, between: &'static str, other: Self) -> Self {
        self.sql = Cow::Owned(format!("{}{between}{}", self.sql, other.sql));
        self.values.extend(other.values);
        self
    }
}

impl From<Predicate> for Condition {
    fn from(predicate: Predicate) -> Self {
        Self::new(predicate.sql, predicate.values)
    }
}

/// One way to read a list: from where, in which order. Declare it as a `static` and register it with
/// [`listing!`](crate::listing).
#[derive(Debug)]
pub struct Listing {
    /// The columns to select.
    pub columns: &'static str,
    /// Tables and joins; SQLite reads `a cross join b` in this order.
    pub from: &'static str,
    /// A unique uuid expression that breaks ties.
    pub key: &'static str,
    /// The expression to sort by; never null where the conditions hold.
    pub by: &'static str,
    /// Largest first.
    pub descending: bool,
}

/// Registers a `static` listing, so that a test prepares it.
#[macro_export]
macro_rules! listing {
    ($listing:path) => {
        $crate::inventory::submit! { $crate::db::Registered::Listing(&$listing) }
    };
}

impl Listing {
    /// Rows that meet all conditions, after the row with this value to sort by and this key.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn rows(
        &'static self,
        tx: &mut ReadTx,
        conditions: &[Condition],
        after: Option<(Value, Uuid)>,
        limit: u32,
    ) -> Result<Vec<Row>, DbError> {
        let mut values = values(conditions);
        let text = self.text(conditions, after.is_some());
        if let Some((by, key)) = after {
            values.push(by);
            values.push(Value::from(key));
        }
        values.push(Value::from(i64::from(limit)));
        tx.all_text(AssertSqlSafe(text).into_sql_str(), values)
            .await
    }

    /// Some rows that meet all conditions, in whatever order is cheapest.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn some(
        &'static self,
        tx: &mut ReadTx,
        conditions: &[Condition],
        limit: u32,
    ) -> Result<Vec<Row>, DbError> {
        let mut values = values(conditions);
        values.push(Value::from(i64::from(limit)));
        let text = numbered(&format!(
            "select {} from {} where {} limit ?",
            self.columns,
            self.from,
            all(conditions)
        ));
        tx.all_text(AssertSqlSafe(text).into_sql_str(), values)
            .await
    }

    /// How many rows meet all conditions, counted up to `most`.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn count(
        &'static self,
        tx: &mut ReadTx,
        conditions: &[Condition],
        most: i64,
    ) -> Result<i64, DbError> {
        let mut values = values(conditions);
        values.push(Value::from(most));
        let text = numbered(&format!(
            "select count(*) from (select 1 as one from {} where {} limit ?) as counted",
            self.from,
            all(conditions)
        ));
        let rows = tx
            .all_text(AssertSqlSafe(text).into_sql_str(), values)
            .await?;
        rows.first().ok_or(DbError::NotFound)?.at(0)
    }

    pub(super) fn text(&self, conditions: &[Condition], after: bool) -> String {
        let Self {
            columns,
            from,
            key,
            by,
            ..
        } = self;
        let mut text = format!("select {columns} from {from} where {}", all(conditions));
        let (compare, order) = if self.descending {
            ("<", " desc")
        } else {
            (">", "")
        };
        if after {
            // Writing to a String cannot fail.
            let _ = write!(text, " and ({by}, {key}) {compare} (?, ?)");
        }
        let _ = write!(text, " order by {by}{order}, {key}{order} limit ?");
        numbered(&text)
    }
}

fn values(conditions: &[Condition]) -> Vec<Value> {
    conditions
        .iter()
        .flat_map(|condition| condition.values.clone())
        .collect()
}

fn all(conditions: &[Condition]) -> String {
    if conditions.is_empty() {
        return "1 = 1".to_owned();
    }
    let each: Vec<String> = conditions
        .iter()
        .map(|condition| format!("({})", condition.sql))
        .collect();
    each.join(" and ")
}
