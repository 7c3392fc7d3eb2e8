//! What each role may do, in plain words.

use axum::extract::State;
use axum::response::Response;
use commonweal_core::read;
use commonweal_govuk::Page;
use serde_json::json;

use crate::policy::roles;
use crate::web::{App, PageError, Viewer};

commonweal_govuk::page!(ROLES_PAGE, "access/roles.html", "roles.html");

pub(super) async fn show_roles(
    State(app): State<App>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let all = read!(&app.db, |tx| roles::all(tx).await).await?;
    let rows: Vec<_> = all
        .iter()
        .map(|role| {
            let grants: Vec<String> = role
                .grants
                .iter()
                .map(|(action, reach)| match (action.kinds().is_empty(), reach) {
                    (true, _) => action.words().to_owned(),
                    (false, reach) => format!("{}, {}", action.words(), reach.words()),
                })
                .collect();
            json!({ "name": role.name, "description": role.description, "purpose": role.purpose, "grants": grants })
        })
        .collect();
    app.page(
        &viewer,
        Page::new(&ROLES_PAGE, "Roles"),
        &json!({ "roles": rows, "tabs": super::tabs(&viewer, "/roles") }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let role = json!({ "name": "Officer", "description": "Works.", "purpose": "casework", "grants": ["see things"] });
        commonweal_govuk::check_page(&ROLES_PAGE, &json!({ "roles": [role], "tabs": [] })).unwrap();
    }
}
