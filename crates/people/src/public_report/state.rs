//! What the pages of the public report stand on.

use axum::extract::FromRef;
use commonweal_access::web::App;

use super::guard::Limits;
use crate::directory::GoTo;
use crate::reporting::People;

/// The state of these pages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PublicReport {
    /// That of the area's pages.
    pub people: People,
    /// The directory, for support services near by.
    pub go_to: GoTo,
    /// How much may come from one network address.
    pub limits: Limits,
}

impl PublicReport {
    /// The state over the area's.
    #[must_use]
    pub fn new(people: &People, limits: Limits) -> Self {
        Self {
            people: people.clone(),
            go_to: GoTo::new(&people.app),
            limits,
        }
    }
}

impl FromRef<PublicReport> for App {
    fn from_ref(state: &PublicReport) -> Self {
        state.people.app.clone()
    }
}
