//! Tracking: what somebody who reported can see and do, by a private link (PE1, PE11).
//!
//! The link alone shows the reference, a word for the state and the next promise. Everything else
//! needs a one-time code, sent to the safe contact. Then there are the lines that an officer released
//! or a template marked safe for victims, messages both ways, evidence, 'it happened again', and the
//! satisfaction questions. Never who else reported, nor anything about the subject.

//!
//! | route | who |
//! |---|---|
//! | `GET`, `POST /track` | everybody: a lost link, sent to the known contact only |
//! | `GET /track/{secret}` | whoever has the link; with a code, more |
//! | `POST /track/{secret}/code`, `…/keep`, `…/enter`, `…/leave` | whoever has the link |
//! | `POST /track/{secret}/messages`, `…/evidence`, `…/how-did-we-do`; `GET`, `POST …/again` | with a code |

use commonweal_access::web::Routes;

use crate::reporting::People;

pub mod codes;
mod lines;
mod links;
pub mod model;
mod pages;
#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod tests;

pub use codes::sweep;
pub use lines::{Line, Switch, add_line, is_off, lines, set_switch, switch, withdraw_line};
pub use links::make_link;
pub use model::promise;

/// The routes of the tracking page.
#[must_use]
pub fn routes(people: &People) -> Routes<()> {
    pages::routes().with_state(people.clone())
}
