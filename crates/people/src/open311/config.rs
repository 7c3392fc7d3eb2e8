//! How a partnership wants the interface, and whom it passes matters on to: content `intake/open311.toml`.

use std::collections::BTreeMap;

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
    /// Council systems that matters are passed on to.
    #[serde(rename = "council", default)]
    pub councils: Vec<Council>,
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

/// A council system.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Council {
    /// Its key here.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Its address, up to and without the resource, such as `https://open311.example.gov.uk/v2`.
    pub url: String,
    /// Its jurisdiction.
    pub jurisdiction_id: Option<String>,
    /// The file in the data folder's `secrets` that holds the key that it gave us.
    pub key_file: Option<String>,
    /// Its service code for each of our types.
    pub services: BTreeMap<String, String>,
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
        for council in &config.councils {
            let key = &council.key;
            if !(council.url.starts_with("https://") || council.url.starts_with("http://")) {
                return Err(format!("the address of '{key}' must begin with https://"));
            }
            if council.services.is_empty() {
                return Err(format!("'{key}' takes no type: give it services"));
            }
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if let Some(file) = &council.key_file
                && (file.starts_with('.') || !file.chars().all(plain))
            {
                return Err(format!(
                    "'{file}' must be the name of a file, without folders"
                ));
            }
            if config.councils.iter().filter(|one| one.key == *key).count() > 1 {
                return Err(format!("the council '{key}' stands there twice"));
            }
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
