//! Statements, registered where they are written, so that one test prepares every one
//! of them on both engines.

use super::Engine;

/// A registered SQL text.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    pub(crate) text: &'static str,
}

impl Statement {
    /// Made by [`sql!`](crate::sql) only, which registers the text.
    #[doc(hidden)]
    #[must_use]
    pub const fn registered(text: &'static str) -> Self {
        Self { text }
    }

    /// The SQL text.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.text
    }
}

/// What the registry holds.
#[doc(hidden)]
pub enum Registered {
    Statement(&'static str),
    Only(super::Engine, &'static str),
    Insert(Insert),
    List(&'static super::List),
    Listing(&'static super::Listing),
}
inventory::collect!(Registered);

/// A registered SQL statement: `tx.all(sql!("select …"), args![…])`.
#[macro_export]
macro_rules! sql {
    ($text:literal) => {{
        $crate::inventory::submit! { $crate::db::Registered::Statement($text) }
        $crate::db::Statement::registered($text)
    }};
}

/// A registered SQL statement in each engine's own words: `sql_on!(tx.engine(), sqlite: "…",
/// postgres: "…")`. Only for core, where one text cannot serve both.
macro_rules! sql_on {
    ($engine:expr, sqlite: $sqlite:literal, postgres: $postgres:literal $(,)?) => {{
        $crate::inventory::submit! { $crate::db::Registered::Only($crate::db::Engine::Sqlite, $sqlite) }
        $crate::inventory::submit! { $crate::db::Registered::Only($crate::db::Engine::Postgres, $postgres) }
        match $engine {
            $crate::db::Engine::Sqlite => $crate::db::Statement::registered($sqlite),
            $crate::db::Engine::Postgres => $crate::db::Statement::registered($postgres),
        }
    }};
}
pub(crate) use sql_on;

/// A registered multi-row insert; see [`insert!`](crate::insert).
#[derive(Debug, Clone, Copy)]
pub struct Insert {
    pub(crate) head: &'static str,
    pub(crate) columns: &'static str,
    pub(crate) tail: &'static str,
}

impl Insert {
    #[doc(hidden)]
    #[must_use]
    pub const fn registered(head: &'static str, columns: &'static str, tail: &'static str) -> Self {
        Self {
            head,
            columns,
            tail,
        }
    }

    /// How many columns a row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.columns.split(',').count()
    }

    /// The statement for so many rows. SQLite gets bare `?`: there, numbered parameters are
    /// names, and looking each up among thousands costs far more than the insert itself.
    pub(crate) fn text(&self, rows: usize, engine: Engine) -> String {
        use std::fmt::Write as _;
        let width = self.width();
        let mut text = String::with_capacity(self.head.len() + rows * width * 7 + self.tail.len());
        text.push_str(self.head);
        for row in 0..rows {
            text.push_str(if row == 0 { " (" } else { ", (" });
            for column in 0..width {
                if column > 0 {
                    text.push(',');
                }
                match engine {
                    Engine::Sqlite => text.push('?'),
                    // Writing to a String cannot fail.
                    Engine::Postgres => {
                        let _ = write!(text, "${}", row * width + column + 1);
                    }
                }
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }
}

/// A registered multi-row insert: `insert!("table", "a, b", "on conflict (a) do nothing")`.
#[macro_export]
macro_rules! insert {
    ($table:literal, $columns:literal) => {
        $crate::insert!($table, $columns, "")
    };
    ($table:literal, $columns:literal, $tail:literal) => {{
        const INSERT: $crate::db::Insert = $crate::db::Insert::registered(
            concat!("insert into ", $table, " (", $columns, ") values"),
            $columns,
            $tail,
        );
        $crate::inventory::submit! { $crate::db::Registered::Insert(INSERT) }
        INSERT
    }};
}
