//! `/imports`: what was imported, and importing by upload, preview and confirmation.
//!
//! A file that is sent waits in the spool folder. Its page reads it as the import would, without
//! writing, and says what would happen; for an unknown CSV it asks which column is what. Confirmed,
//! the import runs in the background of this process, under a lease: a page of it refreshes
//! itself, and where the process dies the file is still there and can be started again.

mod list;
mod mapping;
mod outcome;
mod peek;
mod preview;
mod receive;
mod run;
mod show;
#[cfg(test)]
mod tests;
mod uploads;

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRef};
use axum::handler::Handler as _;
use commonweal_access::policy::Action;
use commonweal_access::web::{App, Routes, Rule};

pub use uploads::sweep as sweep_uploads;

/// The largest file that may be sent, in bytes: England and Wales, three years, zipped, is less.
pub const UPLOAD_LIMIT: u64 = 2_000_000_000;

/// State of the pages about imports.
#[derive(Clone)]
pub struct Imports {
    /// The application's state.
    pub app: App,
    /// Where files that are sent wait; made if it is not there.
    pub spool: PathBuf,
    /// Called when something became visible, so that the figures can be read again.
    pub after: Arc<dyn Fn() + Send + Sync>,
    /// The largest file that may be sent, in bytes.
    pub limit: u64,
}

impl Imports {
    /// The state, with [`UPLOAD_LIMIT`].
    #[must_use]
    pub fn new(app: App, spool: PathBuf, after: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            app,
            spool,
            after,
            limit: UPLOAD_LIMIT,
        }
    }
}

impl FromRef<Imports> for App {
    fn from_ref(imports: &Imports) -> Self {
        imports.app.clone()
    }
}

/// The routes of imports.
#[must_use]
pub fn routes() -> Routes<Imports> {
    let see = Rule::May(Action::SeeImports);
    let import = Rule::May(Action::ImportData);
    Routes::new()
        .get("/imports", see, list::page)
        .get("/imports/new", import, receive::page)
        // How much may come is counted as it comes, with a message at the field.
        .post(
            "/imports/new",
            import,
            receive::receive.layer(DefaultBodyLimit::disable()),
        )
        .get("/imports/uploads/{id}", import, preview::page)
        .post("/imports/uploads/{id}", import, preview::answer)
        .get("/imports/{id}", see, show::page)
        .get("/imports/{id}/rejects.csv", see, show::rejects)
}
