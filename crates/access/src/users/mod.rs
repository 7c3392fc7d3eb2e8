//! The people who may sign in: their accounts, and what administrators do with them.

pub mod commands;
mod list;
pub mod pages;
mod role_list;
pub mod store;

pub use pages::routes;

use serde::Serialize;

use crate::policy::Action;
use crate::web::Viewer;

/// One of the pages about people, for the navigation between them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tab {
    pub(crate) text: &'static str,
    pub(crate) href: &'static str,
    pub(crate) active: bool,
}

/// The pages about people that this viewer may open; none where it would be one alone.
pub(crate) fn tabs(viewer: &Viewer, here: &str) -> Vec<Tab> {
    let pages = [
        ("Users", "/users", Action::ManageUsers),
        ("Agencies", "/agencies", Action::ManageAgencies),
        ("Roles", "/roles", Action::SeeRoles),
    ];
    let open: Vec<Tab> = pages
        .into_iter()
        .filter(|(_, _, action)| viewer.principal.may_enter(*action))
        .map(|(text, href, _)| Tab {
            text,
            href,
            active: href == here,
        })
        .collect();
    if open.len() > 1 { open } else { Vec::new() }
}
