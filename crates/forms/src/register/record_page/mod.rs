//! The page of a record: what it is, what can be done next, its answers, what happened, and what
//! belongs to it.

mod answered;
mod context;
mod history;
mod load;
mod others;
mod place;
mod show;
mod timeline;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

pub(crate) use load::{Loaded, all_names, load};
pub(crate) use place::place_is_personal;

use crate::Forms;

/// The routes of the record's page.
pub(crate) fn routes() -> Routes<Forms> {
    let see = Rule::Records(RecordAct::See);
    Routes::new()
        .get("/registers/{key}/records/{reference}", see, show::show)
        .get(
            "/registers/{key}/records/{reference}/history",
            see,
            history::show,
        )
        .get(
            "/registers/{key}/records/{reference}/place",
            see,
            place::of_record,
        )
        .get("/registers/{key}/map", see, place::map)
        .get("/registers/{key}/map/cells", see, place::cells)
}
