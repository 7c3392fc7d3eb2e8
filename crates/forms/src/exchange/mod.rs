//! Records that go out and come in: files, imports, changes of many at once, the interface for
//! programs, feeds.
//!
//! Everything that leaves goes through [`crate::register::visible`]: whoever may not see personal
//! answers gets 'Withheld' in their place, whatever the form of the file.

mod columns;
pub(crate) mod download;
mod feeds;
mod import;
mod records;

use commonweal_access::web::Routes;

use crate::Forms;

/// All routes of this folder.
#[must_use]
pub fn routes() -> Routes<Forms> {
    Routes::new().merge(feeds::routes()).merge(import::routes())
}
