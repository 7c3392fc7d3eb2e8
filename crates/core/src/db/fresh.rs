//! A fresh, migrated database for one test, on either engine. What tests call is
//! [`testing`](crate::testing).

use std::fs;
use std::str::FromStr as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqlSafeStr as _};
use tempfile::TempDir;

use super::{Db, DbError, MIGRATIONS};

/// The migrated file, made once per process.
static TEMPLATE: OnceLock<Result<Vec<u8>, String>> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);
/// The key of the advisory lock under which the template on the server is made.
const LOCK: i64 = 0x636f_6d6d_6f6e;

fn setup(error: impl std::fmt::Display) -> DbError {
    DbError::Setup(error.to_string())
}

/// A folder for one test: in memory where the machine has such a place.
pub(crate) fn folder() -> Result<TempDir, DbError> {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .map_err(setup)
}

/// A SQLite database of its own, and the folder that goes with it.
pub(crate) async fn sqlite() -> Result<(Db, TempDir), DbError> {
    let template = TEMPLATE.get_or_init(|| {
        // A thread of its own, since a runtime cannot be started within another.
        std::thread::spawn(migrated_file)
            .join()
            .unwrap_or_else(|_| Err("the template could not be made".to_owned()))
    });
    let bytes = template.as_ref().map_err(setup)?;
    let folder = folder()?;
    let file = folder.path().join("commonweal.db");
    fs::write(&file, bytes).map_err(setup)?;
    Ok((Db::sqlite(&file).await?, folder))
}

fn migrated_file() -> Result<Vec<u8>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let folder = folder().map_err(|error| error.to_string())?;
    let file = folder.path().join("template.db");
    runtime
        .block_on(async {
            let db = Db::sqlite(&file).await?;
            db.migrate().await?;
            db.close().await;
            Ok::<_, DbError>(())
        })
        .map_err(|error| error.to_string())?;
    fs::read(&file).map_err(|error| error.to_string())
}

/// A PostgreSQL database of its own on a server; [`Fresh::remove`] drops it.
pub(crate) struct Fresh {
    server: PgConnectOptions,
    name: String,
}

/// Makes one from the template, which is made first where the server has none for these
/// migrations.
pub(crate) async fn postgres(url: &str) -> Result<(Db, Fresh), DbError> {
    let server = PgConnectOptions::from_str(url)?.disable_statement_logging();
    let mut connection = server.connect().await?;
    let template = format!("commonweal_template_{}", schema());
    make_template(&server, &mut connection, &template).await?;
    let name = format!(
        "commonweal_test_{}_{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let mut tries = 0;
    loop {
        tries += 1;
        run(
            &mut connection,
            format!("drop database if exists {name} with (force)"),
        )
        .await?;
        match run(
            &mut connection,
            format!("create database {name} template {template}"),
        )
        .await
        {
            Ok(()) => break,
            // Somebody else copies the template at this moment.
            Err(_) if tries < 20 => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => return Err(error),
        }
    }
    connection.close().await?;
    // Few connections: test binaries run many tests at once on one server.
    let db = Db::postgres_with(server.clone().database(&name), 8).await?;
    Ok((db, Fresh { server, name }))
}

impl Fresh {
    pub(crate) async fn remove(self) -> Result<(), DbError> {
        let mut connection = self.server.connect().await?;
        let name = self.name;
        run(
            &mut connection,
            format!("drop database if exists {name} with (force)"),
        )
        .await?;
        connection.close().await?;
        Ok(())
    }
}

async fn make_template(
    server: &PgConnectOptions,
    connection: &mut PgConnection,
    template: &str,
) -> Result<(), DbError> {
    if exists(connection, template).await? {
        return Ok(());
    }
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut *connection)
        .await?;
    if !exists(connection, template).await? {
        // Renamed when whole, so that a killed test run leaves no half-made template.
        let making = format!("{template}_making");
        run(
            connection,
            format!("drop database if exists {making} with (force)"),
        )
        .await?;
        run(
            connection,
            format!("create database {making} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"),
        )
        .await?;
        let db = Db::postgres_with(server.clone().database(&making), 2).await?;
        db.migrate().await?;
        db.close().await;
        run(
            connection,
            format!("alter database {making} rename to {template}"),
        )
        .await?;
    }
    sqlx::query("select pg_advisory_unlock($1)")
        .bind(LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

async fn exists(connection: &mut PgConnection, name: &str) -> Result<bool, DbError> {
    Ok(
        sqlx::query_scalar("select exists (select 1 from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(connection)
            .await?,
    )
}

async fn run(connection: &mut PgConnection, text: String) -> Result<(), DbError> {
    sqlx::raw_sql(AssertSqlSafe(text).into_sql_str())
        .execute(connection)
        .await?;
    Ok(())
}

/// Names the state of the schema: a hash over all migrations.
fn schema() -> String {
    let mut hash = Sha256::new();
    for migration in MIGRATIONS.iter() {
        hash.update(migration.version.to_be_bytes());
        hash.update(&migration.checksum);
    }
    hash.update(crate::search::SCHEMA);
    hex::encode(hash.finalize()).chars().take(16).collect()
}
