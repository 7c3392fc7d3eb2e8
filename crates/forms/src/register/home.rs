//! The page of all registers and forms, and the home page's card of work to do.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Routes, Rule, Viewer};
use commonweal_core::db::Condition;
use commonweal_core::{DbError, args, read};
use commonweal_govuk::{Page, page};
use commonweal_records::ports::{HomeCard, HomeLine, HomeLink};
use serde::Serialize;

use super::list::BY_COLUMN;
use super::list::asked::{Asked, DueBy, Order, Owner};
use super::list::query;
use super::list::{Reading, show::capital};
use super::visible::Sight;
use super::words::day;
use crate::Forms;
use crate::catalogue::Catalogue;
use crate::definition::DefinitionKind;

page!(pub(super) ALL, "forms/registers.html", "registers.html");

/// The context of the page.
#[derive(Debug, Serialize)]
struct Context {
    groups: Vec<Group>,
    may_manage: bool,
}

/// Registers under one heading.
#[derive(Debug, Serialize)]
struct Group {
    title: String,
    slug: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    href: String,
    title: String,
    about: String,
    form: bool,
    count: String,
    overdue: String,
    add: Option<String>,
}

pub(super) fn routes() -> Routes<Forms> {
    // Whoever may see none reads so: pages of drafts and definitions lead here too.
    Routes::new().get("/registers", Rule::SignedIn, all)
}

/// The link on the home page.
#[must_use]
pub fn home_link() -> HomeLink {
    HomeLink {
        group: "Work",
        title: "Forms and registers",
        hint: "Lists that the partnership works on, and what people told it",
        href: "/registers",
        rule: Rule::Records(RecordAct::See),
    }
}

fn many(count: i64) -> String {
    if count > query::MOST {
        "1,000+".to_owned()
    } else {
        commonweal_govuk::format::whole(count)
    }
}

async fn all(State(forms): State<Forms>, viewer: Viewer) -> Result<Response, PageError> {
    let app = &forms.app;
    let (who, today) = (&viewer.principal, app.clock.today());
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for definition in forms.catalogue.all() {
        let key = &definition.key;
        if !who.may_enter_records(key, RecordAct::See) {
            continue;
        }
        let form = definition.kind == DefinitionKind::Form;
        let scope = who.record_scope_in(key, RecordAct::See);
        let (count, overdue) = read!(&app.db, |tx| {
            let scope = Condition::from(scope);
            let open = if form {
                Condition::new("1 = 1", args![])
            } else {
                Condition::new("form_records.closed_at is null", args![])
            };
            let most = query::MOST + 1;
            let count = BY_COLUMN.count(tx, &[scope.clone(), open], most).await?;
            let late = Condition::new("form_records.due_on < ?", args![today]);
            let overdue = BY_COLUMN.count(tx, &[scope, late], most).await?;
            Ok::<_, DbError>((count, overdue))
        })
        .await?;
        groups
            .entry(definition.group.clone())
            .or_default()
            .push(Row {
                href: format!("/registers/{key}"),
                title: definition.title.en().to_owned(),
                about: definition.about.en().to_owned(),
                form,
                count: many(count),
                overdue: if overdue > 0 {
                    many(overdue)
                } else {
                    String::new()
                },
                add: who
                    .may_enter_records(key, RecordAct::Add)
                    .then(|| format!("/registers/{key}/new")),
            });
    }
    let groups = groups
        .into_iter()
        .map(|(title, mut rows)| {
            rows.sort_by(|a, b| a.title.cmp(&b.title));
            let slug = title
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_lowercase()
                    } else {
                        '-'
                    }
                })
                .collect();
            Group { title, slug, rows }
        })
        .collect();
    let context = Context {
        groups,
        may_manage: who.may_enter(commonweal_access::policy::Action::ManageContent),
    };
    app.page(&viewer, Page::new(&ALL, "Forms and registers"), &context)
}

/// The home page's card: what is overdue or due within 14 days and the viewer's own, then what is
/// overdue at the viewer's agency and nobody's.
#[must_use]
pub fn card(catalogue: &Catalogue) -> HomeCard {
    let catalogue = catalogue.clone();
    HomeCard::new(
        "Work due",
        Rule::Records(RecordAct::See),
        move |app, viewer| {
            let catalogue = catalogue.clone();
            async move {
                let (who, today) = (&viewer.principal, app.clock.today());
                let mut mine = Vec::new();
                let mut nobodys = Vec::new();
                for definition in catalogue.all() {
                    if definition.dues.is_empty()
                        || !who.may_enter_records(&definition.key, RecordAct::See)
                    {
                        continue;
                    }
                    let asked = Asked {
                        owner: Some(Owner::Me),
                        due: Some(DueBy::Soon),
                        order: Some(Order::Due),
                        ..Asked::default()
                    };
                    let agencys = Asked {
                        owner: Some(Owner::Nobody),
                        agency: Some(super::list::asked::OfAgency::Mine),
                        due: Some(DueBy::Overdue),
                        order: Some(Order::Due),
                        ..Asked::default()
                    };
                    let manages = who.may_enter_records(&definition.key, RecordAct::Change);
                    let (own, unowned) = read!(&app.db, |tx| {
                        let reading = |asked| Reading {
                            definition: &definition,
                            who,
                            today,
                            asked,
                            cells: None,
                            limit: 10,
                        };
                        let own = reading(&asked).page(tx).await?;
                        let unowned = if manages {
                            Some(reading(&agencys).page(tx).await?.count)
                        } else {
                            None
                        };
                        Ok::<_, DbError>((own, unowned))
                    })
                    .await?;
                    let mut sight = Sight::new(who, &definition);
                    for record in own.records {
                        let Some(due) = record.due_on else { continue };
                        // Titles that hold personal answers stand on the record's page, where
                        // their reading is logged.
                        let title = if super::visible::title_is_personal(&definition) {
                            record.reference.clone()
                        } else {
                            sight.of(&record).title
                        };
                        let late = due < today;
                        let line = HomeLine::new(format!(
                            "{}: {title}",
                            capital(definition.singular.en())
                        ))
                        .note(if late {
                            format!("Overdue since {}", day(due))
                        } else if due == today {
                            "Due today".to_owned()
                        } else {
                            format!("Due on {}", day(due))
                        })
                        .href(record.href());
                        mine.push((due, if late { line.attention() } else { line }));
                    }
                    if let Some(count) = unowned.filter(|count| *count > 0) {
                        let line = HomeLine::new(format!(
                            "{}: {} overdue at your agency that nobody answers for",
                            definition.title.en(),
                            many(count)
                        ))
                        .href(format!(
                            "/registers/{}?owner=nobody&agency=mine&due=overdue&sort=due",
                            definition.key
                        ))
                        .attention();
                        nobodys.push(line);
                    }
                }
                mine.sort_by_key(|(due, _)| *due);
                let mut lines: Vec<HomeLine> =
                    mine.into_iter().take(10).map(|(_, line)| line).collect();
                lines.extend(nobodys);
                Ok(lines)
            }
        },
    )
    .more("All registers", "/registers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let row = |form, overdue: &str| Row {
            href: "/registers/sample".to_owned(),
            title: "Sample problems".to_owned(),
            about: "Every kind of question once.".to_owned(),
            form,
            count: "12".to_owned(),
            overdue: overdue.to_owned(),
            add: form.then(|| "/registers/sample/new".to_owned()),
        };
        let group = Group {
            title: "Places".to_owned(),
            slug: "places".to_owned(),
            rows: vec![row(false, "3"), row(true, "")],
        };
        for groups in [vec![group], Vec::new()] {
            let context = Context {
                groups,
                may_manage: true,
            };
            commonweal_govuk::check_page(&ALL, &context).unwrap();
        }
    }
}
