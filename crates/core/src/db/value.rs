//! The erased value: what a slice binds, without naming a driver.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A value to bind, with its type even where it is null (PostgreSQL asks for the type).
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `boolean`
    Bool(Option<bool>),
    /// `bigint`
    Int(Option<i64>),
    /// `double precision`
    Float(Option<f64>),
    /// `text`
    Text(Option<String>),
    /// `bytea`
    Bytes(Option<Vec<u8>>),
    /// `uuid`
    Uuid(Option<Uuid>),
    /// `timestamptz`, in whole microseconds
    Time(Option<DateTime<Utc>>),
    /// `date`
    Date(Option<NaiveDate>),
    /// `jsonb`, an object
    Json(Option<serde_json::Value>),
}

macro_rules! from {
    ($($variant:ident: $($type:ty),+;)+) => {$($(
        impl From<$type> for Value {
            fn from(value: $type) -> Self { Self::$variant(Some(value.into())) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(Into::into)) }
        }
    )+)+};
}
from! {
    Bool: bool;
    Int: i64, i32, u32, u16, u8;
    Float: f64;
    Text: String, &str;
    Bytes: Vec<u8>, &[u8];
    Uuid: Uuid;
    Time: DateTime<Utc>;
    Date: NaiveDate;
    Json: serde_json::Value;
}
impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(Some(value.clone()))
    }
}
impl From<crate::ids::Reference> for Value {
    fn from(value: crate::ids::Reference) -> Self {
        Self::Text(Some(value.as_str().to_owned()))
    }
}

/// The values of a statement, in the order of `$1`, `$2`, …
///
/// ```
/// use commonweal_core::{args, db::Value};
/// assert_eq!(args!["a", 1_i64].len(), 2);
/// let none: Vec<Value> = args![];
/// assert!(none.is_empty());
/// ```
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { ::std::vec![$($crate::db::Value::from($value)),*] as ::std::vec::Vec<$crate::db::Value> };
}
