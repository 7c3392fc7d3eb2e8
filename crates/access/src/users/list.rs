//! The list of users.

use axum::extract::State;
use axum::response::Response;
use commonweal_core::db::{Asked, Filter, List, Sort};
use commonweal_core::{DbError, Value, args, list, read, sql};
use commonweal_govuk::Page;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::pages::Choice;
use super::{Tab, tabs};
use crate::account::moment;
use crate::agencies::store as agencies;
use crate::policy::{Action, Kind, Resource, roles};
use crate::web::{App, PageError, Query, Viewer};

commonweal_govuk::page!(LIST_PAGE, "access/users.html", "list.html");

static USERS: List = List {
    columns: "users.id, users.name, users.email, users.active, users.last_sign_in, users.totp_secret is not null as second_factor, agencies.name as agency_name",
    from: "users join agencies on agencies.id = users.agency",
    key: "users.id",
    filters: &[
        Filter {
            name: "role",
            sql: "users.id in (select user_id from user_roles where role = ?)",
        },
        Filter {
            name: "agency",
            sql: "users.agency = ?",
        },
        Filter {
            name: "active",
            sql: "users.active = ?",
        },
    ],
    sorts: &[Sort {
        name: "name",
        by: "lower(users.name)",
        descending: false,
    }],
};
list!(USERS);

#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    role: String,
    #[serde(default)]
    agency: String,
    #[serde(default)]
    state: String,
    after: Option<Uuid>,
}

#[derive(Serialize)]
struct Row {
    id: Uuid,
    name: String,
    email: String,
    agency: String,
    active: bool,
    second_factor: bool,
    last: String,
    roles: String,
}

#[derive(Serialize)]
struct ListContext {
    rows: Vec<Row>,
    count: i64,
    roles: Vec<Choice>,
    agencies: Vec<Choice>,
    states: Vec<Choice>,
    next: Option<String>,
    tabs: Vec<Tab>,
}

pub(super) async fn show_list(
    State(app): State<App>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let mut filters: Vec<(String, Value)> = Vec::new();
    if !wanted.role.is_empty() {
        filters.push(("role".to_owned(), Value::from(wanted.role.as_str())));
    }
    if let Ok(agency) = wanted.agency.parse::<Uuid>() {
        filters.push(("agency".to_owned(), Value::from(agency)));
    }
    if ["active", "disabled"].contains(&wanted.state.as_str()) {
        filters.push(("active".to_owned(), Value::from(wanted.state == "active")));
    }
    let scope = viewer.principal.scope(Action::ManageUsers, Kind::Account);
    let asked = Asked {
        filters: filters.clone(),
        after: wanted.after,
        ..Asked::default()
    };
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let page = USERS.page(tx, &scope, &asked).await?;
        let count = USERS.count(tx, &scope, &filters, 10_001).await?;
        let (all_roles, all_agencies) = (roles::all(tx).await?, agencies::all(tx).await?);
        let mut rows = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let id: Uuid = row.get("id")?;
            let keys = tx
                .all(
                    sql!("select role from user_roles where user_id = $1"),
                    args![id],
                )
                .await?;
            let keys: Vec<String> = keys
                .iter()
                .map(|row| row.get("role"))
                .collect::<Result<_, _>>()?;
            let names = all_roles
                .iter()
                .filter(|role| keys.contains(&role.key))
                .map(|role| role.name.as_str());
            let last: Option<chrono::DateTime<chrono::Utc>> = row.get("last_sign_in")?;
            rows.push(Row {
                id,
                name: row.get("name")?,
                email: row.get("email")?,
                agency: row.get("agency_name")?,
                active: row.get("active")?,
                second_factor: row.get("second_factor")?,
                last: last.map_or_else(|| "Never".to_owned(), moment),
                roles: names.collect::<Vec<_>>().join(", "),
            });
        }
        Ok((rows, count, page.next, all_roles, all_agencies))
    })
    .await;
    let (rows, count, next, all_roles, all_agencies) = looked?;
    let choice = |value: &str, text: &str, chosen: &str| Choice {
        value: value.to_owned(),
        text: text.to_owned(),
        hint: None,
        selected: value == chosen,
    };
    let with_any = |text: &str, chosen: &str, more: Vec<Choice>| {
        std::iter::once(choice("", text, chosen))
            .chain(more)
            .collect::<Vec<_>>()
    };
    let next = next.map(|after| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("role", &wanted.role),
            ("agency", &wanted.agency),
            ("state", &wanted.state),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!(
            "/users?{}",
            query.append_pair("after", &after.to_string()).finish()
        )
    });
    let seen = all_agencies.iter().filter(|agency| {
        viewer.may(
            Action::ManageUsers,
            &Resource::account(Uuid::nil(), agency.id),
        )
    });
    let context = ListContext {
        rows,
        count,
        roles: with_any(
            "Any role",
            &wanted.role,
            all_roles
                .iter()
                .map(|role| choice(&role.key, &role.name, &wanted.role))
                .collect(),
        ),
        agencies: with_any(
            "Any agency",
            &wanted.agency,
            seen.map(|agency| choice(&agency.id.to_string(), &agency.name, &wanted.agency))
                .collect(),
        ),
        states: with_any(
            "Any state",
            &wanted.state,
            vec![
                choice("active", "In use", &wanted.state),
                choice("disabled", "Disabled", &wanted.state),
            ],
        ),
        next,
        tabs: tabs(&viewer, "/users"),
    };
    app.page(&viewer, Page::new(&LIST_PAGE, "Users"), &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let text = || "Text".to_owned();
        let choices = || {
            let choice = |value: &str| Choice {
                value: value.to_owned(),
                text: value.to_owned(),
                hint: None,
                selected: value == "b",
            };
            vec![choice("a"), choice("b")]
        };
        let row = Row {
            id: Uuid::nil(),
            name: text(),
            email: text(),
            agency: text(),
            active: false,
            second_factor: true,
            last: text(),
            roles: text(),
        };
        let list = ListContext {
            rows: vec![row],
            count: 1,
            roles: choices(),
            agencies: choices(),
            states: choices(),
            next: Some("/users".to_owned()),
            tabs: vec![Tab {
                text: "Users",
                href: "/users",
                active: true,
            }],
        };
        commonweal_govuk::check_page(&LIST_PAGE, &list).unwrap();
    }
}
