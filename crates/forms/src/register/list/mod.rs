//! The list of a register: filters, search, order, pages, saved views.

mod areas;
pub mod asked;
mod fields;
mod filter;
mod listings;
pub(crate) mod page;
pub mod query;
pub(crate) mod show;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

pub(crate) use areas::cells_of;
pub use asked::Asked;
pub(crate) use listings::{BY_COLUMN, of_scope, placed};
pub use query::{Page, Reading};

use crate::Forms;

/// The routes of lists.
pub(crate) fn routes() -> Routes<Forms> {
    let see = Rule::Records(RecordAct::See);
    Routes::new()
        .get("/registers/{key}", see, page::show)
        .post("/registers/{key}", see, page::ask)
        .post("/registers/{key}/views", see, page::save_view)
        .post(
            "/registers/{key}/views/{view}/remove",
            see,
            page::remove_view,
        )
}
