//! How the directory is kept: the list with its filters, entries and their hours, assuring them.

mod fields;
mod hours;
mod list;
mod location;
mod organisation;
mod people;
mod service;
mod service_form;
mod show;
#[cfg(test)]
mod tests;

use commonweal_access::policy::Action;
use commonweal_access::web::{Routes, Rule};

use super::GoTo;

/// The pages of those who keep the directory.
#[must_use]
pub fn routes() -> Routes<GoTo> {
    let see = Rule::May(Action::SeeDirectoryDrafts);
    let edit = Rule::May(Action::EditDirectory);
    Routes::new()
        .get("/directory", see, list::show)
        .get("/directory/services/new", edit, service::ask_new)
        .post("/directory/services/new", edit, service::add)
        .get("/directory/services/{id}", see, show::service)
        .get("/directory/services/{id}/edit", edit, service::ask_edit)
        .post("/directory/services/{id}/edit", edit, service::edit)
        .post("/directory/services/{id}/assure", edit, show::assure)
        .post("/directory/entries/{id}/state", edit, show::set_state)
        .post("/directory/services/{id}/places", edit, hours::add_place)
        .post(
            "/directory/services/{id}/places/remove",
            edit,
            hours::remove_place,
        )
        .get("/directory/services/{id}/hours/new", edit, hours::ask_new)
        .post("/directory/services/{id}/hours/new", edit, hours::add)
        .get(
            "/directory/services/{id}/hours/{schedule}",
            edit,
            hours::ask_edit,
        )
        .post(
            "/directory/services/{id}/hours/{schedule}",
            edit,
            hours::edit,
        )
        .post(
            "/directory/services/{id}/hours/{schedule}/remove",
            edit,
            hours::remove,
        )
        .get("/directory/organisations/new", edit, organisation::ask_new)
        .post("/directory/organisations/new", edit, organisation::add)
        .get(
            "/directory/organisations/{id}",
            edit,
            organisation::ask_edit,
        )
        .post("/directory/organisations/{id}", edit, organisation::edit)
        .get("/directory/locations/new", edit, location::ask_new)
        .post("/directory/locations/new", edit, location::add)
        .get("/directory/locations/{id}", edit, location::ask_edit)
        .post("/directory/locations/{id}", edit, location::edit)
}
