//! Adding and changing users, and links for those who cannot sign in.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, ReadTx, read, write};
use commonweal_govuk::{Form, Page};
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::list::show_list;
use super::role_list::show_roles;
use super::store::{self, Account, User};
use crate::agencies::store::{self as agencies, Agency};
use crate::policy::roles::{self, Role};
use crate::policy::{Action, Reach, Resource};
use crate::sign_in::link::{self, Reset};
use crate::web::{App, PageError, Path, Routes, Rule, Sent, Viewer};

commonweal_govuk::page!(EDIT_PAGE, "access/user.html", "edit.html");
commonweal_govuk::page!(LINK_PAGE, "access/user-link.html", "link.html");

/// The pages for users and roles.
#[must_use]
pub fn routes() -> Routes<App> {
    let manage = Rule::May(Action::ManageUsers);
    Routes::new()
        .get("/users", manage, show_list)
        .get("/users/new", manage, ask_new)
        .post("/users/new", manage, add)
        .get("/users/{id}", manage, ask_edit)
        .post("/users/{id}", manage, edit)
        .post("/users/{id}/reset", manage, reset)
        .get("/roles", Rule::May(Action::SeeRoles), show_roles)
}

#[derive(Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) hint: Option<String>,
    pub(super) selected: bool,
}

/// Whether somebody may give (or take) a role: whoever manages all users may; others only where
/// they hold all that it grants, so that nobody rises by giving.
fn may_give(viewer: &Viewer, role: &Role) -> bool {
    let holds = |action: Action, reach: Reach| {
        viewer
            .principal
            .grants
            .iter()
            .any(|own| own.0 == action && own.1 <= reach)
    };
    holds(Action::ManageUsers, Reach::All)
        || role
            .grants
            .iter()
            .all(|(action, reach)| holds(*action, *reach))
}

/// What the form needs around it.
struct Around {
    roles: Vec<Role>,
    agencies: Vec<Agency>,
}

async fn around(tx: &mut ReadTx, viewer: &Viewer) -> Result<Around, DbError> {
    let mut agencies = agencies::all(tx).await?;
    agencies.retain(|agency| {
        agency.active
            && viewer.may(
                Action::ManageUsers,
                &Resource::account(Uuid::nil(), agency.id),
            )
    });
    let mut roles = roles::all(tx).await?;
    roles.retain(|role| may_give(viewer, role));
    Ok(Around { roles, agencies })
}

/// An account that this viewer may manage: in reach, and without a role that is above the viewer.
async fn managed(tx: &mut ReadTx, viewer: &Viewer, id: Uuid) -> Result<User, PageError> {
    let user = store::find(tx, id).await?;
    if !viewer.may(Action::ManageUsers, &Resource::account(id, user.agency)) {
        return Err(PageError::NotFound);
    }
    let all = roles::all(tx).await?;
    let above = all
        .iter()
        .any(|role| user.roles.contains(&role.key) && !may_give(viewer, role));
    if above {
        Err(PageError::Forbidden)
    } else {
        Ok(user)
    }
}

/// Both versions, where somebody else was quicker.
#[derive(Serialize)]
struct Theirs {
    name: String,
    email: String,
    agency: String,
    roles: String,
    active: bool,
}

#[derive(Serialize)]
struct EditContext {
    id: Uuid,
    new: bool,
    version: i64,
    roles: Vec<Choice>,
    agencies: Vec<Choice>,
    second_factor: bool,
    theirs: Option<Theirs>,
}

fn edit_page(
    app: &App,
    viewer: &Viewer,
    around: &Around,
    user: Option<&User>,
    id: Uuid,
    form: &Form,
    theirs: Option<Theirs>,
) -> Result<Response, PageError> {
    let chosen: Vec<&str> = form.choices("roles").collect();
    let context = EditContext {
        id,
        new: user.is_none(),
        version: user.map_or(0, |user| user.version),
        roles: around
            .roles
            .iter()
            .map(|role| Choice {
                value: role.key.clone(),
                text: role.name.clone(),
                hint: Some(role.description.clone()),
                selected: chosen.contains(&role.key.as_str()),
            })
            .collect(),
        agencies: around
            .agencies
            .iter()
            .map(|agency| Choice {
                value: agency.id.to_string(),
                text: agency.name.clone(),
                hint: None,
                selected: form.value("agency") == agency.id.to_string(),
            })
            .collect(),
        second_factor: user.is_some_and(|user| user.second_factor),
        theirs,
    };
    let title = if context.new {
        "Add a user"
    } else {
        "Change a user"
    };
    let mut page = Page::new(&EDIT_PAGE, title)
        .breadcrumb("Users", "/users")
        .form(form);
    if context.theirs.is_some() {
        page = page.status(StatusCode::CONFLICT);
    }
    app.page(viewer, page, &context)
}

fn read_form(form: &mut Form, around: &Around) -> Option<Account> {
    let name = form.required("name", "Enter the person's name");
    let email = form.required("email", "Enter the person's email address");
    if !email.is_empty() && !store::is_email(&email) {
        form.errors
            .add("email", "Enter an email address, like name@example.org");
    }
    let agency = form.value("agency").parse::<Uuid>().ok();
    let agency = agency.filter(|id| around.agencies.iter().any(|agency| agency.id == *id));
    if agency.is_none() {
        form.errors.add("agency", "Select the person's agency");
    }
    let roles: Vec<String> = form
        .choices("roles")
        .filter(|key| around.roles.iter().any(|role| role.key == *key))
        .map(str::to_owned)
        .collect();
    if roles.is_empty() {
        form.errors.add("roles", "Select at least one role");
    }
    let agency = agency.filter(|_| form.is_valid())?;
    Some(Account {
        name,
        email,
        agency,
        roles,
    })
}

async fn ask_new(State(app): State<App>, viewer: Viewer) -> Result<Response, PageError> {
    let around = read!(&app.db, |tx| around(tx, &viewer).await).await?;
    let mut form = Form::default();
    if let [agency] = around.agencies.as_slice() {
        form.set("agency", agency.id.to_string());
    }
    edit_page(
        &app,
        &viewer,
        &around,
        None,
        new_uuid(&app.clock),
        &form,
        None,
    )
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let around = read!(&app.db, |tx| around(tx, &viewer).await).await?;
    let id = form
        .value("id")
        .parse()
        .unwrap_or_else(|_| new_uuid(&app.clock));
    let Some(account) = read_form(&mut form, &around) else {
        return edit_page(&app, &viewer, &around, None, id, &form, None);
    };
    let added = write!(&app.db, &app.clock, &viewer.actor(), |tx| {
        store::add(tx, id, &account).await?;
        link::make_reset(tx, id, Reset::Password).await
    })
    .await;
    match added {
        Ok(token) => link_page(&app, &viewer, &account.name, &link::path(&token)),
        Err(DbError::Duplicate) => {
            // The same form sent twice has added the account already: its link was shown then.
            let existing = read!(&app.db, |tx| store::by_email(tx, &account.email).await).await?;
            if existing == Some(id) {
                return Ok(Redirect::to(&format!("/users/{id}")).into_response());
            }
            form.errors.add(
                "email",
                "Somebody has an account with this email address already",
            );
            edit_page(&app, &viewer, &around, None, id, &form, None)
        }
        Err(error) => Err(error.into()),
    }
}

fn link_page(app: &App, viewer: &Viewer, name: &str, path: &str) -> Result<Response, PageError> {
    let address = app.settings.address.trim_end_matches('/');
    let context = json!({ "name": name, "link": format!("{address}{path}") });
    let page = Page::new(&LINK_PAGE, "A link to set the password").breadcrumb("Users", "/users");
    let mut response = app.page(viewer, page, &context)?;
    response.headers_mut().insert(
        http::header::CACHE_CONTROL,
        http::HeaderValue::from_static("no-store"),
    );
    Ok(response)
}

async fn ask_edit(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let (around, user) = look(&app, &viewer, id).await?;
    let pairs = [
        ("name", user.name.clone()),
        ("email", user.email.clone()),
        ("agency", user.agency.to_string()),
        ("active", if user.active { "yes" } else { "no" }.to_owned()),
    ];
    let pairs = pairs
        .into_iter()
        .chain(user.roles.iter().map(|role| ("roles", role.clone())));
    let form = Form::from(
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<Vec<_>>(),
    );
    edit_page(&app, &viewer, &around, Some(&user), id, &form, None)
}

async fn look(app: &App, viewer: &Viewer, id: Uuid) -> Result<(Around, User), PageError> {
    read!(&app.db, |tx| {
        let user = managed(tx, viewer, id).await?;
        Ok::<_, PageError>((around(tx, viewer).await?, user))
    })
    .await
}

async fn edit(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(mut form): Sent,
) -> Result<Response, PageError> {
    let (around, user) = look(&app, &viewer, id).await?;
    let version: i64 = form.value("version").parse().unwrap_or(0);
    let active = form.value("active") != "no";
    let Some(account) = read_form(&mut form, &around) else {
        return edit_page(&app, &viewer, &around, Some(&user), id, &form, None);
    };
    let changed = write!(&app.db, &app.clock, &viewer.actor(), |tx| store::change(
        tx, id, version, &account, active
    )
    .await)
    .await;
    match changed {
        Ok(()) => {
            app.flash(&viewer, "The user was changed").await?;
            Ok(Redirect::to("/users").into_response())
        }
        Err(DbError::Stale) => {
            let (around, user) = look(&app, &viewer, id).await?;
            let same = user.name == account.name
                && user.email == store::plain_email(&account.email)
                && user.agency == account.agency
                && user.active == active;
            if same
                && user.roles.len() == account.roles.len()
                && account.roles.iter().all(|role| user.roles.contains(role))
            {
                // The same form sent twice: what was wanted is what is there.
                return Ok(Redirect::to("/users").into_response());
            }
            let theirs = Theirs {
                name: user.name.clone(),
                email: user.email.clone(),
                agency: user.agency_name.clone(),
                roles: user.roles.join(", "),
                active: user.active,
            };
            edit_page(&app, &viewer, &around, Some(&user), id, &form, Some(theirs))
        }
        Err(DbError::Duplicate) => {
            form.errors.add(
                "email",
                "Somebody has an account with this email address already",
            );
            edit_page(&app, &viewer, &around, Some(&user), id, &form, None)
        }
        Err(DbError::Refused(_)) => {
            form.errors.add(
                "active",
                "Nobody would be left to manage users. Give somebody else the role first",
            );
            edit_page(&app, &viewer, &around, Some(&user), id, &form, None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn reset(
    State(app): State<App>,
    viewer: Viewer,
    Path(id): Path<Uuid>,
    Sent(form): Sent,
) -> Result<Response, PageError> {
    let (_, user) = look(&app, &viewer, id).await?;
    let everything = form.value("what") == "everything";
    let wish = if everything {
        Reset::Everything
    } else {
        Reset::Password
    };
    let token = write!(&app.db, &app.clock, &viewer.actor(), |tx| link::make_reset(
        tx, id, wish
    )
    .await)
    .await?;
    link_page(&app, &viewer, &user.name, &link::path(&token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Vec<Choice> {
        let choice = |value: &str| Choice {
            value: value.to_owned(),
            text: value.to_owned(),
            hint: Some("Hint".to_owned()),
            selected: value == "b",
        };
        vec![choice("a"), choice("b")]
    }

    #[test]
    fn the_pages_keep_the_rules() {
        let text = || "Text".to_owned();
        for (new, theirs) in [
            (true, None),
            (
                false,
                Some(Theirs {
                    name: text(),
                    email: text(),
                    agency: text(),
                    roles: text(),
                    active: true,
                }),
            ),
        ] {
            let sample = EditContext {
                id: Uuid::nil(),
                new,
                version: 1,
                roles: choices(),
                agencies: choices(),
                second_factor: !new,
                theirs,
            };
            commonweal_govuk::check_page(&EDIT_PAGE, &sample).unwrap();
        }
        commonweal_govuk::check_page(
            &LINK_PAGE,
            &json!({ "name": "Sam", "link": "https://example.org/link/00" }),
        )
        .unwrap();
    }
}
