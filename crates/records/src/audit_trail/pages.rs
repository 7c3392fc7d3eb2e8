//! The two lists: changes, and reads of personal data.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use commonweal_access::access_log::READS;
use commonweal_access::policy::{Action, Kind};
use commonweal_access::web::{App, PageError, Query, Viewer};
use commonweal_core::db::{Asked as Wanted, List, Listed, Row};
use commonweal_core::{DbError, read};
use commonweal_govuk::format::whole;
use commonweal_govuk::{Page, page};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::filter::{Asked, Subject};
use super::store::{self, CHANGES, Sealing, sees_everything};

page!(pub(super) CHANGES_PAGE, "records/audit.html", "changes.html");
page!(pub(super) READS_PAGE, "records/audit-reads.html", "reads.html");
page!(pub(super) FILTERS, "records/audit-filters.html", "filters.html");

/// Counts go no further.
const MOST: i64 = 1_001;

/// What both lists have.
#[derive(Debug, Serialize)]
pub(super) struct Around {
    pub tabs: Vec<Tab>,
    pub people: Vec<Choice>,
    pub count: String,
    pub next: Option<String>,
    pub path: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Tab {
    pub text: &'static str,
    pub href: &'static str,
    pub active: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub value: String,
    pub text: String,
    pub selected: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct ChangesContext {
    pub around: Around,
    pub sealing: Option<Seal>,
    pub rows: Vec<Change>,
}

/// How far the audit is sealed, in words.
#[derive(Debug, Serialize)]
pub(super) struct Seal {
    pub blocks: String,
    pub unsealed: String,
    pub last: Option<LastBlock>,
}

#[derive(Debug, Serialize)]
pub(super) struct LastBlock {
    pub number: i64,
    pub hash: String,
    pub at: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Change {
    pub at: String,
    pub actor: Option<Uuid>,
    pub who: String,
    pub action: String,
    pub purpose: String,
    pub subject_kind: String,
    pub subject: Option<Uuid>,
    pub fields: String,
    pub block: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReadsContext {
    pub around: Around,
    pub rows: Vec<ReadLine>,
}

#[derive(Debug, Serialize)]
pub(super) struct ReadLine {
    pub at: String,
    pub reader: Uuid,
    pub who: String,
    pub action: String,
    pub purpose: String,
    pub path: String,
    pub subjects: Vec<Uuid>,
}

pub(super) async fn show_changes(
    State(app): State<App>,
    viewer: Viewer,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::read(pairs, Subject::Column);
    let (page, around) = look(&app, &viewer, &CHANGES, &asked, "/audit").await?;
    let sealing = if sees_everything(&viewer) {
        Some(seal(read!(&app.db, |tx| store::sealing(tx).await).await?))
    } else {
        None
    };
    let rows: Vec<Change> = page
        .rows
        .iter()
        .map(change)
        .collect::<Result<_, DbError>>()?;
    let shown = rows.iter().flat_map(|row| [row.actor, row.subject]);
    record(&app, &viewer, shown.flatten().collect()).await?;
    let context = ChangesContext {
        around,
        sealing,
        rows,
    };
    let page = Page::new(&CHANGES_PAGE, "Audit").form(&asked.form);
    app.page(&viewer, page, &context)
}

pub(super) async fn show_reads(
    State(app): State<App>,
    viewer: Viewer,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let asked = Asked::read(pairs, Subject::Among);
    let (page, around) = look(&app, &viewer, &READS, &asked, "/audit/reads").await?;
    let rows: Vec<ReadLine> = page
        .rows
        .iter()
        .map(read_line)
        .collect::<Result<_, DbError>>()?;
    // Whose reading was looked at; what they had read is in the entry looked at.
    record(&app, &viewer, rows.iter().map(|row| row.reader).collect()).await?;
    let page = Page::new(&READS_PAGE, "Who read what")
        .breadcrumb("Audit", "/audit")
        .form(&asked.form);
    app.page(&viewer, page, &ReadsContext { around, rows })
}

async fn record(app: &App, viewer: &Viewer, shown: BTreeSet<Uuid>) -> Result<(), PageError> {
    if shown.is_empty() {
        return Ok(());
    }
    let shown: Vec<Uuid> = shown.into_iter().collect();
    app.access_log
        .record(&app.clock, viewer, Action::SeeAudit, &shown)
        .await
}

/// A page of one of the lists, and what stands around it. Filters that make no sense list nothing.
async fn look(
    app: &App,
    viewer: &Viewer,
    list: &'static List,
    asked: &Asked,
    path: &'static str,
) -> Result<(Listed, Around), PageError> {
    let scope = viewer.principal.scope(Action::SeeAudit, Kind::AuditEntry);
    let wanted = Wanted {
        filters: asked.filters.clone(),
        after: asked.after,
        ..Wanted::default()
    };
    let valid = asked.form.is_valid();
    let looked: Result<_, DbError> = read!(&app.db, |tx| {
        let (page, count) = if valid {
            let page = list.page(tx, &scope, &wanted).await?;
            (page, list.count(tx, &scope, &wanted.filters, MOST).await?)
        } else {
            let nothing = Listed {
                rows: Vec::new(),
                next: None,
            };
            (nothing, 0)
        };
        Ok((page, count, store::people(tx, viewer).await?))
    })
    .await;
    let (page, count, people) = looked?;
    let anybody = Choice {
        value: String::new(),
        text: "Anybody".to_owned(),
        selected: asked.actor.is_none(),
    };
    let people = people.into_iter().map(|(id, name)| Choice {
        value: id.to_string(),
        text: name,
        selected: asked.actor == Some(id),
    });
    let tab = |text, href| Tab {
        text,
        href,
        active: href == path,
    };
    let around = Around {
        tabs: vec![tab("Changes", "/audit"), tab("Reads", "/audit/reads")],
        people: std::iter::once(anybody).chain(people).collect(),
        count: match count {
            MOST.. => format!("{}+ entries", whole(MOST - 1)),
            1 => "1 entry".to_owned(),
            count => format!("{} entries", whole(count)),
        },
        next: page.next.map(|after| asked.address(path, Some(after))),
        path,
    };
    Ok((page, around))
}

fn change(row: &Row) -> Result<Change, DbError> {
    let actor: Option<Uuid> = row.get("actor")?;
    let name: Option<String> = row.get("actor_name")?;
    let fields: String = row.get("fields")?;
    Ok(Change {
        at: second(row.get("at")?),
        actor,
        who: who(actor, name),
        action: row.get("action")?,
        purpose: row.get("purpose")?,
        subject_kind: row.get("subject_kind")?,
        subject: row.get("subject_id")?,
        fields: fields.split(',').collect::<Vec<_>>().join(", "),
        block: row.get("block")?,
    })
}

fn read_line(row: &Row) -> Result<ReadLine, DbError> {
    let reader: Uuid = row.get("reader")?;
    let subjects: Json = row.get("subjects")?;
    let ids = subjects.get("ids").and_then(Json::as_array);
    let ids = ids
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str()?.parse().ok());
    Ok(ReadLine {
        at: second(row.get("at")?),
        reader,
        who: who(Some(reader), row.get("reader_name")?),
        action: row
            .get::<String>("action")
            .map(|name| match name.parse::<Action>() {
                Ok(action) => action.words().to_owned(),
                Err(_) => name,
            })?,
        purpose: row.get("purpose")?,
        path: row.get("path")?,
        subjects: ids.collect(),
    })
}

fn seal(sealing: Sealing) -> Seal {
    Seal {
        blocks: whole(sealing.blocks),
        unsealed: whole(sealing.unsealed),
        last: sealing.last.map(|(number, hash, at)| LastBlock {
            number,
            hash,
            at: second(at),
        }),
    }
}

fn who(actor: Option<Uuid>, name: Option<String>) -> String {
    match (actor, name) {
        (None, _) => "The system".to_owned(),
        (Some(_), Some(name)) => name,
        (Some(_), None) => "Somebody whose account is gone".to_owned(),
    }
}

/// A moment to the second, as people here read their clocks.
fn second(at: DateTime<Utc>) -> String {
    at.with_timezone(&London)
        .format("%-d %B %Y, %H:%M:%S")
        .to_string()
}
