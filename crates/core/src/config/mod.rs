//! Settings: command line over environment (`COMMONWEAL_SECTION__KEY`) over
//! `commonweal.toml` in the data folder. Read here and nowhere else; `commonweal check`
//! explains each from the same table that the operations guide is made from.

mod kind;
mod read;
mod settings;

use std::fmt;
use std::path::{Path, PathBuf};

pub use kind::{Colour, Kind, LogFormat, Secret, WebAddress};
pub use read::{Problem, Source};
pub use settings::{
    Config, Database, IllegalImages, Jobs, Log, Mail, Map, Oidc, Partnership, Reports, Retention,
    SETTINGS, Server, Setting, SignIn, Texts, Uploads,
};

use read::Reader;

/// The configuration file's name in the data folder.
pub const FILE: &str = "commonweal.toml";
/// The database file's name in the data folder.
pub const DATABASE: &str = "commonweal.db";

/// All that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("The settings cannot be used:")?;
        for problem in &self.0 {
            write!(f, "\n- {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A setting as it stands, for `commonweal check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// `section.key`
    pub name: &'static str,
    /// The value in force; never a secret's.
    pub value: String,
    /// Where it came from.
    pub source: Source,
    /// What it does.
    pub explanation: &'static str,
}

/// The variables of the environment that may hold settings.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with("COMMONWEAL_"))
        .collect()
}

/// The data folder: `--data-dir`, or `COMMONWEAL_DATA_DIR`, or `commonweal-data` here.
#[must_use]
pub fn data_dir(argument: Option<PathBuf>, environment: &[(String, String)]) -> PathBuf {
    argument.unwrap_or_else(|| {
        environment
            .iter()
            .find(|(name, value)| name == "COMMONWEAL_DATA_DIR" && !value.is_empty())
            .map_or_else(
                || PathBuf::from("commonweal-data"),
                |(_, value)| value.into(),
            )
    })
}

impl Config {
    /// Reads the settings of a data folder: `arguments` (names such as `server.listen`,
    /// from the command line) over `environment` over the file, if there is one.
    ///
    /// # Errors
    /// Every problem there is, each with file and line or variable and what to do.
    pub fn load(
        data_dir: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
        arguments: &[(&str, String)],
    ) -> Result<Self, Problems> {
        Self::read(data_dir, environment, arguments).map(|(config, _)| config)
    }

    fn read(
        data_dir: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
        arguments: &[(&str, String)],
    ) -> Result<(Self, Reader), Problems> {
        let mut reader = Reader::default();
        match std::fs::read_to_string(data_dir.join(FILE)) {
            Ok(text) => reader.file(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => reader.problem(
                Source::File(1),
                format!("the file cannot be read ({error}). Check who may read it."),
            ),
        }
        reader.environment(environment);
        for (name, value) in arguments {
            reader.set(name, value.clone(), Source::CommandLine);
        }
        let config = Self::take(data_dir.to_owned(), &mut reader);
        match config {
            Some(mut config) if reader.problems.is_empty() => {
                config.sources = reader.sources();
                config.agree(&mut reader);
                if reader.problems.is_empty() {
                    Ok((config, reader))
                } else {
                    Err(Problems(reader.problems))
                }
            }
            _ => Err(Problems(reader.problems)),
        }
    }

    /// Rules between settings.
    fn agree(&self, reader: &mut Reader) {
        if self.oidc.issuer.is_some() && self.oidc.client_id.is_none() {
            reader.problem(
                self.source("oidc.issuer"),
                "`oidc.issuer` is set but `oidc.client_id` is not. Set both or neither.".to_owned(),
            );
        }
        if !self.partnership.colour.carries_white_text() {
            reader.problem(
                self.source("partnership.colour"),
                "white text cannot be read on `partnership.colour` (its contrast is below 4.5 to 1). Choose a darker colour.".to_owned(),
            );
        }
        if let Some(url) = &self.database.url
            && !["postgres://", "postgresql://"]
                .iter()
                .any(|scheme| url.reveal().starts_with(scheme))
        {
            reader.problem(
                self.source("database.url"),
                "`database.url` must begin with `postgres://`. Leave it out to use SQLite in the data folder.".to_owned(),
            );
        }
    }

    /// Where a setting's value came from.
    #[must_use]
    pub fn source(&self, name: &str) -> Source {
        self.sources
            .iter()
            .find(|(set, _)| set == name)
            .map_or(Source::Default, |(_, source)| source.clone())
    }

    /// The SQLite file; in use unless `database.url` is set.
    #[must_use]
    pub fn database_file(&self) -> PathBuf {
        self.data_dir.join(DATABASE)
    }

    /// The address that people type, without a final slash.
    #[must_use]
    pub fn public_url(&self) -> String {
        match &self.server.public_url {
            Some(url) => url.as_str().to_owned(),
            None => format!("http://{}", self.server.listen),
        }
    }

    /// Opens the database that the settings name, without bringing it up to date.
    ///
    /// # Errors
    /// Where it cannot be reached, made or opened.
    pub async fn open_database(&self) -> Result<crate::Db, crate::DbError> {
        match &self.database.url {
            Some(url) => crate::Db::postgres(url.reveal()).await,
            None => {
                std::fs::create_dir_all(&self.data_dir).map_err(|error| {
                    crate::DbError::Setup(format!(
                        "the data folder {} cannot be made: {error}",
                        self.data_dir.display()
                    ))
                })?;
                crate::Db::sqlite(&self.database_file()).await
            }
        }
    }
}

/// Every setting with its value in force and where that came from, secrets hidden.
///
/// # Errors
/// As [`Config::load`].
pub fn explain(
    data_dir: &Path,
    environment: impl IntoIterator<Item = (String, String)>,
    arguments: &[(&str, String)],
) -> Result<Vec<Explained>, Problems> {
    let (config, reader) = Config::read(data_dir, environment, arguments)?;
    Ok(SETTINGS
        .iter()
        .map(|setting| {
            let value = reader.written(setting.name).unwrap_or(setting.default);
            let value = match (setting.secret, value) {
                (_, "") => "none",
                (true, _) => "set, not shown",
                (false, value) => value,
            };
            Explained {
                name: setting.name,
                value: value.to_owned(),
                source: config.source(setting.name),
                explanation: setting.explanation,
            }
        })
        .collect())
}

#[cfg(test)]
mod tests;
