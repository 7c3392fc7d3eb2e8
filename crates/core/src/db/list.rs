//! Lists: a base query with a closed set of filters and sorts, a scope, and keyset paging.
//! The only place that puts SQL text together, from fixed pieces.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, SqlSafeStr as _};
use uuid::Uuid;

use super::{DbError, ReadTx, Row, Value};

/// A condition in fixed SQL, `?` standing for each value; how a scope enters a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The SQL of the condition.
    pub sql: &'static str,
    /// A value for each `?`, in order.
    pub values: Vec<Value>,
}

impl Predicate {
    /// The condition that everything meets.
    #[must_use]
    pub fn everything() -> Self {
        Self {
            sql: "1 = 1",
            values: Vec::new(),
        }
    }

    /// The condition that nothing meets: what an outsider's scope is.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            sql: "1 = 0",
            values: Vec::new(),
        }
    }
}

/// One filter that a list offers.
#[derive(Debug)]
pub struct Filter {
    /// Its name in the URL.
    pub name: &'static str,
    /// Its condition, with one `?`.
    pub sql: &'static str,
}

/// One order that a list offers.
#[derive(Debug)]
pub struct Sort {
    /// Its name in the URL.
    pub name: &'static str,
    /// The expression to sort by; never null.
    pub by: &'static str,
    /// Largest first.
    pub descending: bool,
}

/// A list; declare it as a `static` and register it with [`list!`](crate::list).
#[derive(Debug)]
pub struct List {
    /// The columns to select.
    pub columns: &'static str,
    /// Tables and joins.
    pub from: &'static str,
    /// A unique uuid expression that breaks ties and names a row in a cursor.
    pub key: &'static str,
    /// The filters.
    pub filters: &'static [Filter],
    /// The orders; the first is the default.
    pub sorts: &'static [Sort],
}

/// Registers a `static` list, so that a test prepares each of its filters and sorts.
#[macro_export]
macro_rules! list {
    ($list:path) => {
        $crate::inventory::submit! { $crate::db::Registered::List(&$list) }
    };
}

/// What a reader asked of a list.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Filters by name, each with its value.
    pub filters: Vec<(String, Value)>,
    /// The order's name.
    pub sort: Option<String>,
    /// The key of the last row of the page before.
    pub after: Option<Uuid>,
    /// Rows a page; 50 unless told, 500 at most.
    pub limit: Option<u32>,
}

/// A page of a list.
pub struct Listed {
    /// The rows.
    pub rows: Vec<Row>,
    /// The cursor of the next page, where there is one.
    pub next: Option<Uuid>,
}

impl List {
    /// One page of what `scope` allows and `asked` asks for.
    ///
    /// # Errors
    /// [`DbError::NoSuch`] for a filter or sort that the list does not have; [`DbError`].
    pub async fn page(
        &'static self,
        tx: &mut ReadTx,
        scope: &Predicate,
        asked: &Asked,
    ) -> Result<Listed, DbError> {
        let limit = asked.limit.unwrap_or(50).clamp(1, 500);
        let mut chosen = Vec::new();
        let mut values = scope.values.clone();
        for (name, value) in &asked.filters {
            chosen.push(
                self.filters
                    .iter()
                    .find(|filter| filter.name == name)
                    .ok_or(DbError::NoSuch("filter"))?,
            );
            values.push(value.clone());
        }
        let sort = match &asked.sort {
            None => self.sorts.first(),
            Some(name) => self.sorts.iter().find(|sort| sort.name == name),
        }
        .ok_or(DbError::NoSuch("order"))?;
        if let Some(after) = asked.after {
            values.push(Value::from(after));
        }
        values.push(Value::from(i64::from(limit) + 1));
        let text = self.text(scope.sql, &chosen, sort, asked.after.is_some());
        let mut rows = tx
            .all_text(AssertSqlSafe(text).into_sql_str(), values)
            .await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = match rows.last() {
            Some(last) if more => Some(last.get("list_key")?),
            _ => None,
        };
        Ok(Listed { rows, next })
    }

    /// How many rows `scope` and the filters leave, stopping at `most`.
    ///
    /// # Errors
    /// As [`List::page`].
    pub async fn count(
        &'static self,
        tx: &mut ReadTx,
        scope: &Predicate,
        filters: &[(String, Value)],
        most: i64,
    ) -> Result<i64, DbError> {
        let mut conditions = format!("({})", scope.sql);
        let mut values = scope.values.clone();
        for (name, value) in filters {
            let filter = self
                .filters
                .iter()
                .find(|filter| filter.name == name)
                .ok_or(DbError::NoSuch("filter"))?;
            let _ = write!(conditions, " and ({})", filter.sql);
            values.push(value.clone());
        }
        values.push(Value::from(most));
        let text = numbered(&format!(
            "select count(*) from (select 1 as one from {} where ({conditions}) limit ?) as counted",
            self.from
        ));
        let rows = tx
            .all_text(AssertSqlSafe(text).into_sql_str(), values)
            .await?;
        rows.first().ok_or(DbError::NotFound)?.at(0)
    }

    fn text(&self, scope: &str, filters: &[&Filter], sort: &Sort, after: bool) -> String {
        let Self {
            columns, from, key, ..
        } = self;
        let mut text = format!("select {columns}, {key} as list_key from {from} where ({scope})");
        for filter in filters {
            let _ = write!(text, " and ({})", filter.sql);
        }
        let (compare, order) = if sort.descending {
            ("<", " desc")
        } else {
            (">", "")
        };
        let by = sort.by;
        if after {
            let _ = write!(
                text,
                " and ({by}, {key}) {compare} (select {by}, {key} from {from} where {key} = ?)"
            );
        }
        let _ = write!(text, " order by {by}{order}, {key}{order} limit ?");
        numbered(&text)
    }

    /// Every text that this list can send, one filter or sort at a time, for preparation.
    pub(super) fn texts(&self) -> Vec<String> {
        let Some(default) = self.sorts.first() else {
            return Vec::new();
        };
        let mut texts: Vec<String> = self
            .filters
            .iter()
            .map(|filter| self.text("1 = 1", &[filter], default, false))
            .collect();
        texts.extend(
            self.sorts
                .iter()
                .map(|sort| self.text("1 = 1", &[], sort, true)),
        );
        texts
    }
}

/// Numbers the `?` of a text: `$1`, `$2`, … No piece holds a question mark for another reason.
pub(crate) fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut number = 0;
    for part in text.split_inclusive('?') {
        if let Some(body) = part.strip_suffix('?') {
            number += 1;
            let _ = write!(out, "{body}${number}");
        } else {
            out.push_str(part);
        }
    }
    out
}
