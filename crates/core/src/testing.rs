//! For tests: each story on both engines, on a fresh database.
//!
//! Enable the feature `testing` in `[dev-dependencies]` and write
//!
//! ```
//! commonweal_core::on_both! {
//!     async fn nothing_is_recorded_at_first(db: Db) {
//!         let events = commonweal_core::read!(&db, |tx| tx
//!             .count(commonweal_core::sql!("select count(*) from events"), vec![])
//!             .await)
//!         .await
//!         .unwrap();
//!         assert_eq!(events, 0);
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! PostgreSQL is tried on the server that the environment names in `COMMONWEAL_TEST_POSTGRES`
//! (`scripts/postgres COMMAND` starts one for a command); without it that half is skipped
//! and says so.

use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::process::{ExitCode, Termination};

use futures::FutureExt as _;
pub use tempfile::TempDir;

use crate::db::{DbError, Engine, fresh};
use crate::{Clock, Db};

/// Where the server for tests is named.
pub const SERVER: &str = "COMMONWEAL_TEST_POSTGRES";

/// Makes two tests of one story, `name::on_sqlite` and `name::on_postgres`, each with a
/// fresh, migrated database: `on_both! { async fn name(db: Db) { … } }`. Several stories
/// may stand in one call; a story may return a `Result`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($($db:ident)+: $type:ty) $(-> $out:ty)? $body:block)+) => {$(
        $(#[$meta])*
        async fn $name($($db)+: $crate::Db) $(-> $out)? $body

        mod $name {
            #[test]
            fn on_sqlite() {
                $crate::testing::story($crate::db::Engine::Sqlite, super::$name);
            }
            #[test]
            fn on_postgres() {
                $crate::testing::story($crate::db::Engine::Postgres, super::$name);
            }
        }
    )+};
}

/// Runs a story on a fresh database of one engine, removes the database, then passes on
/// a panic of the story; [`on_both!`](crate::on_both) calls it.
///
/// # Panics
/// Where the story does, returns an error, or the database cannot be made.
pub fn story<F, Fut>(engine: Engine, story: F)
where
    F: FnOnce(Db) -> Fut,
    Fut: Future<Output: Termination>,
{
    let outcome = run(engine, story);
    if let Err(error) = outcome {
        #[expect(clippy::panic, reason = "this is how a test fails")]
        {
            panic!("the database of this test: {error}");
        }
    }
}

fn run<F, Fut>(engine: Engine, story: F) -> Result<(), DbError>
where
    F: FnOnce(Db) -> Fut,
    Fut: Future<Output: Termination>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| DbError::Setup(error.to_string()))?;
    runtime.block_on(async {
        let (db, folder, remote) = match engine {
            Engine::Sqlite => {
                let (db, folder) = fresh::sqlite().await?;
                (db, Some(folder), None)
            }
            Engine::Postgres => {
                let Some(server) = server() else {
                    skipped(&format!("{SERVER} names no server"));
                    return Ok(());
                };
                let (db, remote) = fresh::postgres(&server).await?;
                (db, None, Some(remote))
            }
        };
        let ended = AssertUnwindSafe(async { story(db.clone()).await.report() })
            .catch_unwind()
            .await;
        if ended.is_ok() {
            db.close().await;
        }
        drop(folder);
        if let Some(remote) = remote {
            remote.remove().await?;
        }
        match ended {
            Ok(code) if code == ExitCode::SUCCESS => Ok(()),
            Ok(_) => Err(DbError::Setup("the story returned an error".to_owned())),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// The server for tests, where the environment names one.
#[must_use]
pub fn server() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "not a setting of the program")]
    std::env::var(SERVER).ok().filter(|url| !url.is_empty())
}

/// Says that the running test is skipped, and why, past the test harness's capture.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a test");
    // Where standard error is closed nobody wants to know.
    let _ = writeln!(std::io::stderr(), "{name} skipped: {why}");
}

/// A fresh, migrated SQLite database and the folder that holds it, for tests that need
/// one engine or several databases.
///
/// # Errors
/// Where it cannot be made.
pub async fn sqlite() -> Result<(Db, TempDir), DbError> {
    fresh::sqlite().await
}

/// An empty folder that goes when the value does.
///
/// # Errors
/// Where it cannot be made.
pub fn folder() -> Result<TempDir, DbError> {
    fresh::folder()
}

/// A clock that stands at noon on 1 June 2026 until the test moves it.
#[must_use]
pub fn clock() -> Clock {
    Clock::fixed(chrono::DateTime::from_timestamp_micros(1_780_315_200_000_000).unwrap_or_default())
}

/// Prepares every statement, insert and list that is linked into this test binary, and
/// returns those that the engine refuses. The registry knows only what is linked, so the
/// binary `commonweal`, which links everything, has a test that calls this:
///
/// ```text
/// commonweal_core::on_both! {
///     async fn every_statement_is_good(db: Db) {
///         assert_eq!(commonweal_core::testing::prepare_every_statement(&db).await, Vec::<String>::new());
///     }
/// }
/// ```
pub async fn prepare_every_statement(db: &Db) -> Vec<String> {
    db.prepare_all().await
}
