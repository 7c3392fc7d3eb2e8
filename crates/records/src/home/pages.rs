//! What stands at `/`.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::roles;
use commonweal_access::web::{PageError, Viewer, Visit};
use commonweal_core::read;
use commonweal_govuk::{Page, page, text};
use serde::Serialize;
use serde_json::json;

use super::Home;
use crate::ports::HomeLine;

page!(pub(super) WORK_PAGE, "records/home.html", "work.html");
page!(pub(super) START_PAGE, "records/start.html", "start.html");

/// What 'My work' shows.
#[derive(Debug, Serialize)]
pub(super) struct WorkContext {
    pub name: String,
    pub agency: String,
    /// Names of the roles, or that there are none yet.
    pub roles: String,
    pub cards: Vec<Card>,
    pub groups: Vec<Group>,
}

/// A card as shown.
#[derive(Debug, Serialize)]
pub(super) struct Card {
    pub title: &'static str,
    pub lines: Vec<HomeLine>,
    /// It could not be filled just now.
    pub failed: bool,
    pub more: Option<More>,
}

#[derive(Debug, Serialize)]
pub(super) struct More {
    pub text: &'static str,
    pub href: &'static str,
}

/// Links under one heading.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub title: &'static str,
    pub links: Vec<Link>,
}

#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub title: &'static str,
    pub hint: &'static str,
    pub href: &'static str,
}

pub(super) async fn show(State(home): State<Home>, visit: Visit) -> Result<Response, PageError> {
    match &visit.viewer {
        Some(viewer) => work(&home, viewer).await,
        None => {
            let title = text::t(home.app.settings.language, "start.title").into_owned();
            let page = Page::new(&START_PAGE, title);
            home.app.page(&visit, page, &json!({}))
        }
    }
}

async fn work(home: &Home, viewer: &Viewer) -> Result<Response, PageError> {
    let app = &home.app;
    let all = read!(&app.db, |tx| roles::all(tx).await).await?;
    let names: Vec<&str> = all
        .iter()
        .filter(|role| viewer.roles.contains(&role.key))
        .map(|role| role.name.as_str())
        .collect();
    let mut cards = Vec::new();
    for card in home.cards.iter() {
        let (lines, failed) = match card.lines(app, viewer).await {
            Ok(lines) if lines.is_empty() => continue,
            Ok(lines) => (lines, false),
            // One area's mistake must not close everybody's front door.
            Err(error) => {
                tracing::error!(card = card.title, %error, "a card of the home page cannot be filled");
                (Vec::new(), true)
            }
        };
        cards.push(Card {
            title: card.title,
            lines,
            failed,
            more: card.more.map(|(text, href)| More { text, href }),
        });
    }
    let mut groups: Vec<Group> = Vec::new();
    for link in home
        .links
        .iter()
        .filter(|link| link.rule.admits(Some(viewer)))
    {
        let shown = Link {
            title: link.title,
            hint: link.hint,
            href: link.href,
        };
        match groups.iter_mut().find(|group| group.title == link.group) {
            Some(group) => group.links.push(shown),
            None => groups.push(Group {
                title: link.group,
                links: vec![shown],
            }),
        }
    }
    let context = WorkContext {
        name: viewer.name.clone(),
        agency: viewer.agency_name.clone(),
        roles: if names.is_empty() {
            "No role yet".to_owned()
        } else {
            names.join(", ")
        },
        cards,
        groups,
    };
    app.page(viewer, Page::new(&WORK_PAGE, "My work"), &context)
}
