//! What somebody has to do about messages, on the home page and on the page of a matter.

use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::Rule;
use commonweal_core::db::{Asked, Filter, List, Sort};
use commonweal_core::{DbError, Value, list, read};
use commonweal_records::matters::Matter;
use commonweal_records::ports::{HomeCard, HomeLine};
use serde::Serialize;

use super::store::{self, ToDo};
use crate::reporting::People;
use crate::tracking;

/// How many matters the card names.
const SHOWN: usize = 5;

/// Matters with something to do about a message.
static WAITING: List = List {
    columns: "matters.id, matters.reference, matters.title, matters.owner",
    from: "matters",
    key: "matters.id",
    filters: &[Filter {
        name: "to_do",
        sql: "exists (select 1 from messages join reports on reports.id = messages.report
              where reports.matter = matters.id and messages.handled_at is null
              and messages.state in ('failed', 'received', 'to_print') and messages.state <> ?)",
    }],
    sorts: &[Sort {
        name: "newest",
        by: "matters.last_report_at",
        descending: true,
    }],
};
list!(WAITING);

/// The card 'Messages' on the home page: matters in which somebody wrote, or could not be reached.
#[must_use]
pub fn home_card(people: &People) -> HomeCard {
    let people = people.clone();
    HomeCard::new(
        "Messages",
        Rule::May(Action::WorkOnReports),
        move |_, viewer| {
            let people = people.clone();
            async move {
                let scope = viewer.principal.scope(Action::WorkOnReports, Kind::Matter);
                let asked = Asked {
                    filters: vec![("to_do".to_owned(), Value::from("none"))],
                    ..Asked::default()
                };
                let found = read!(&people.app.db, |tx| {
                    let page = WAITING.page(tx, &scope, &asked).await?;
                    let mut lines = Vec::new();
                    for row in page.rows.iter().take(SHOWN) {
                        let matter = commonweal_records::matters::MatterId(row.get("id")?);
                        let to_do = store::to_do(tx, matter).await?;
                        let (reference, title): (String, String) =
                            (row.get("reference")?, row.get("title")?);
                        let line = HomeLine::new(format!("{reference}: {}", words(to_do)))
                            .note(title)
                            .href(format!("/matters/{reference}/messages"));
                        lines.push(line.attention());
                    }
                    Ok::<_, DbError>(lines)
                })
                .await;
                Ok(found?)
            }
        },
    )
}

fn words(to_do: ToDo) -> String {
    let count = |n: i64, one: &str, more: &str| match n {
        0 => None,
        1 => Some(one.to_owned()),
        n => Some(format!("{n} {more}")),
    };
    let parts = [
        count(to_do.received, "a new message", "new messages"),
        count(
            to_do.failed,
            "one could not be delivered",
            "could not be delivered",
        ),
        count(to_do.letters, "a letter to print", "letters to print"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "nothing to do".to_owned()
    } else {
        parts.join(", ")
    }
}

/// What the page of a matter shows of its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Panel {
    /// Where the pages about messages begin.
    pub href: String,
    /// What there is to do, in words: 'a new message', 'nothing to do'.
    pub words: String,
    /// Whether somebody has to do something.
    pub attention: bool,
    /// Whether the tracking page and all notifications are switched off.
    pub off: bool,
    /// The version of the switch, for the form that switches: POST `{href}/switch` with `off`
    /// (`yes` or `no`) and `version`.
    pub version: i64,
}

/// What the page of a matter shows of its messages. The caller has asked whether the viewer may see
/// the matter.
///
/// # Errors
/// [`DbError`].
pub async fn panel(tx: &mut commonweal_core::ReadTx, matter: &Matter) -> Result<Panel, DbError> {
    let to_do = store::to_do(tx, matter.id).await?;
    let switch = tracking::switch(tx, matter.id).await?;
    Ok(Panel {
        href: format!("{}/messages", matter.href()),
        words: words(to_do),
        attention: !to_do.is_empty(),
        off: switch.off,
        version: switch.version,
    })
}
