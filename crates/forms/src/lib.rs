//! Forms and registers as data. A partnership writes a TOML file; this crate gives it every page,
//! list, file, feed and figure that its users expect.

pub mod answers;
pub mod catalogue;
pub mod definition;
#[cfg(test)]
mod every_definition;
pub mod exchange;
pub mod filling;
pub mod made_up;
pub mod offline;
pub mod printable;
pub mod register;
pub mod results;
pub mod studio;
#[cfg(test)]
mod test_stage;
pub mod workflow;

use axum::extract::FromRef;
use commonweal_access::web::{App, Routes};
use commonweal_core::files::Files;
use commonweal_core::jobs::JobKind;
use commonweal_records::ports::HomeLink;

pub use catalogue::Catalogue;
pub use workflow::{Workflow, Workflows};

/// The state of all pages of this crate.
#[derive(Clone)]
pub struct Forms {
    /// The application's.
    pub app: App,
    /// All definitions.
    pub catalogue: Catalogue,
    /// Photographs and documents.
    pub files: Files,
    /// What areas do with forms that were sent.
    pub workflows: Workflows,
}

impl FromRef<Forms> for App {
    fn from_ref(forms: &Forms) -> Self {
        forms.app.clone()
    }
}

/// The routes of all pages of this crate. Each slice adds its own here.
#[must_use]
pub fn routes() -> Routes<Forms> {
    Routes::new()
        .merge(register::routes())
        .merge(filling::routes())
        .merge(printable::routes())
        .merge(studio::routes())
        .merge(exchange::routes())
        .merge(results::routes())
        .merge(offline::routes())
}

/// Work in the background. Each slice adds its own here.
#[must_use]
pub fn jobs(forms: &Forms) -> Vec<JobKind> {
    vec![filling::job(), studio::migrate::job(forms), offline::job()]
}

/// Links on the home page.
#[must_use]
pub fn home_links() -> Vec<HomeLink> {
    vec![
        register::home::home_link(),
        filling::home_link(),
        studio::home_link(),
        offline::home_link(),
    ]
}
