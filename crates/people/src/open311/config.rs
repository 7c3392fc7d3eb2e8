//! How a partnership wants the interface: content `intake/open311.toml`.

use chrono::NaiveDate;
use commonweal_core::{DbError, ReadTx};
use serde::Deserialize;

use crate::intake::content;

/// The content's key.
pub(crate) const FILE: &str = "open311.toml";

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The interface here.
    pub server: Server,
}

/// Whether who sends a report needs a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// Everybody needs one.
    Required,
    /// Anybody may send, within the limit.
    Optional,
}

/// The interface here.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// What clients may give as `jurisdiction_id`.
    pub jurisdiction_id: Option<String>,
    /// Whom to ask, for programmers.
    pub contact: String,
    /// Whether keys are needed.
    pub keys: Keys,
    /// Reports without a key that one network address may send in an hour.
    pub limit: i64,
}

impl Config {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if !(0..=10_000).contains(&config.server.limit) {
            return Err("the limit must be from 0 to 10,000 reports an hour".to_owned());
        }
        Ok(config)
    }
}

/// The file as it holds today.
///
/// # Errors
/// [`DbError`].
pub async fn current(tx: &mut ReadTx, today: NaiveDate) -> Result<Config, DbError> {
    let text = content::current(tx, FILE, today).await?;
    Config::parse(&text).map_err(|wrong| DbError::Setup(format!("intake/{FILE}: {wrong}")))
}
