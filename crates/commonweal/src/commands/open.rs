//! Settings read, database open and up to date: where every command that touches data begins.

use commonweal_core::config::{Config, data_dir, environment};
use commonweal_core::{Clock, Db};

use crate::cli::Common;
use crate::failure::Failure;

/// What a command works with.
pub(crate) struct Opened {
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) clock: Clock,
}

impl Opened {
    /// Reads the settings and opens the database, bringing it up to date.
    pub(crate) async fn new(common: &Common, settings: &[(&str, String)]) -> Result<Self, Failure> {
        let config = read(common, settings)?;
        let db = config.open_database().await?;
        let collation = db.collation().await?;
        if collation != "C" && collation != "POSIX" {
            return Err(Failure::new(format!(
                "the database sorts by '{collation}', but must sort by 'C': make it anew with `createdb --template=template0 --locale=C`"
            )));
        }
        db.migrate().await?;
        Ok(Self {
            config,
            db,
            clock: Clock::System,
        })
    }
}

/// Reads the settings: command line over environment over file.
pub(crate) fn read(common: &Common, settings: &[(&str, String)]) -> Result<Config, Failure> {
    let environment = environment();
    let folder = data_dir(common.data_dir.clone(), &environment);
    let mut settings = settings.to_vec();
    if let Some(url) = &common.database_url {
        settings.push(("database.url", url.clone()));
    }
    Ok(Config::load(&folder, environment, &settings)?)
}
