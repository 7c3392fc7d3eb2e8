//! Feeds of what changed and calendars of what is due, by addresses that hold a secret.
//!
//! | address | what |
//! |---|---|
//! | `/feeds/{secret}/registers/{key}/changes.atom` | the records that changed last, Atom |
//! | `/feeds/{secret}/registers/{key}/due.ics` | open due dates, iCalendar |
//! | `/feeds/{secret}/due.ics` | open due dates of one's own records, over all registers |
//!
//! The secret stands for its owner with the rights of this moment; whoever loses the right to
//! export a register loses its feeds.

mod model;
mod pages;

#[cfg(test)]
mod tests;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

pub(super) fn routes() -> Routes<Forms> {
    let export = Rule::Records(RecordAct::Export);
    let see = Rule::Records(RecordAct::See);
    Routes::new()
        .get("/registers/{key}/feeds", export, pages::of_register)
        .post("/registers/{key}/feeds", export, pages::act_on_register)
        .get("/registers/due-dates", see, pages::of_mine)
        .post("/registers/due-dates", see, pages::act_on_mine)
        .get(
            "/feeds/{secret}/registers/{key}/changes.atom",
            Rule::Public,
            pages::changes,
        )
        .get(
            "/feeds/{secret}/registers/{key}/due.ics",
            Rule::Public,
            pages::dues,
        )
        .get("/feeds/{secret}/due.ics", Rule::Public, pages::my_dues)
}
