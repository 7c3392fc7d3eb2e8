//! The list as a page.

use axum::response::Response;
use chrono::NaiveDate;
use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{App, PageError, Viewer};
use commonweal_govuk::{Form, Page as Shown, page};
use serde::Serialize;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::asked::{Asked, DueBy, Owner};
use super::fields::{fields, selected};
use super::query::{MOST, Page};
use crate::answers::{Names, show as in_words};
use crate::definition::{Audience, Definition, DefinitionKind, Personal, Question, QuestionKind};
use crate::register::views::View;
use crate::register::visible::{Sight, title_is_personal};
use crate::register::words::{colour, day};

page!(pub(super) LIST, "forms/list.html", "list.html");

/// What a list's page needs beside its records.
pub(super) struct Around {
    pub views: Vec<View>,
    pub view: Option<Uuid>,
    pub search: Option<Uuid>,
    /// A search or view is no longer kept.
    pub lost: bool,
    pub agencies: Vec<(Uuid, String)>,
    pub areas: Vec<(String, String)>,
    pub names: Names,
    pub today: NaiveDate,
}

/// The context of the page.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub key: String,
    pub title: String,
    pub about: String,
    pub plural: String,
    /// The button that adds one.
    pub add: Option<Json>,
    pub tabs: Vec<Json>,
    pub quick: Vec<Json>,
    pub views: Vec<Json>,
    /// The view that is shown and may be removed.
    pub own_view: Option<Json>,
    pub fields: Vec<Json>,
    pub selected: Option<Json>,
    pub count: String,
    pub headings: Vec<Json>,
    pub rows: Vec<Row>,
    pub next: Option<String>,
    pub first: Option<String>,
    /// What is asked, as an address, for saving a view.
    pub query: String,
    pub search: Option<Uuid>,
    pub may_save: bool,
    pub narrowed: bool,
    pub lost: bool,
    pub personal_only: bool,
    pub has_owner: bool,
}

/// A record in the list.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub href: String,
    pub title: String,
    pub reference: String,
    pub state: String,
    pub colour: &'static str,
    pub owner: String,
    pub due: Option<String>,
    pub overdue: bool,
    pub cells: Vec<Json>,
}

/// The page's context, and the ids of the records whose personal answers it shows.
#[expect(
    clippy::needless_pass_by_value,
    reason = "what was read for this one page"
)]
pub(super) fn context(
    viewer: &Viewer,
    definition: &Definition,
    asked: &Asked,
    page: Page,
    around: Around,
) -> (Context, Vec<Uuid>) {
    let key = definition.key.clone();
    let register = definition.kind == DefinitionKind::Register;
    let columns: Vec<&Question> = definition
        .list
        .columns
        .iter()
        .filter_map(|id| definition.get(*id))
        .collect();
    let mut sight = Sight::new(&viewer.principal, definition);
    let personal_page = title_is_personal(definition)
        || columns
            .iter()
            .any(|column| column.personal != Personal::None);
    let mut read = Vec::new();
    let mut rows = Vec::with_capacity(page.records.len());
    for record in &page.records {
        let seen = sight.of(record);
        if seen.may_see_personal && personal_page {
            read.push(record.id);
        }
        let state = definition.state(&record.state);
        let cells = columns.iter().map(|question| {
            let text = seen
                .answer(question)
                .map(|answer| in_words(question, answer, "en", &around.names));
            json!({
                "text": text.unwrap_or_default(),
                "withheld": seen.withholds(question),
                "numeric": numeric(question),
            })
        });
        rows.push(Row {
            href: record.href(),
            cells: cells.collect(),
            reference: record.reference.clone(),
            state: state
                .map_or(record.state.as_str(), |state| state.title.en())
                .to_owned(),
            colour: state.map_or("grey", |state| colour(state.colour)),
            owner: match (record.owner, record.agency) {
                (Some(owner), _) => around.names.get(owner).to_owned(),
                (None, Some(agency)) => format!("Nobody at {}", around.names.get(agency)),
                (None, None) => "Nobody".to_owned(),
            },
            due: record.due_on.map(day),
            overdue: record.due_on.is_some_and(|due| due < around.today),
            title: seen.title,
        });
    }
    let may = |act| viewer.principal.may_enter_records(&key, act);
    let mut headings = vec![json!({ "text": capital(definition.singular.en()), "numeric": false })];
    if register {
        headings.push(json!({ "text": "State", "numeric": false }));
    }
    headings.extend(
        columns
            .iter()
            .map(|question| json!({ "text": short(question), "numeric": numeric(question) })),
    );
    let has_owner = register;
    if has_owner {
        headings.push(json!({ "text": "Who answers for it", "numeric": false }));
        headings.push(json!({ "text": "Due", "numeric": false }));
    }
    let (open, _) = asked.pairs(definition);
    let mut shown = open.clone();
    if let Some(view) = around.view.filter(|_| !around.lost) {
        shown.push(("view".to_owned(), view.to_string()));
    }
    if let Some(search) = around.search.filter(|_| !around.lost) {
        shown.push(("search".to_owned(), search.to_string()));
    }
    let base = format!("/registers/{key}");
    let at = |extra: &[(&str, &str)]| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&shown).extend_pairs(extra);
        let query = query.finish();
        if query.is_empty() {
            base.clone()
        } else {
            format!("{base}?{query}")
        }
    };
    let next = page.next.map(|next| at(&[("after", &next.to_string())]));
    let first = asked.after.is_some().then(|| at(&[]));
    let count = match page.count {
        0 => format!("No {}", definition.plural.en()),
        1 => format!("1 {}", definition.singular.en()),
        count if count > MOST => format!("1,000+ {}", definition.plural.en()),
        1_000 => format!("1,000 {}", definition.plural.en()),
        count => format!("{count} {}", definition.plural.en()),
    };
    let own_view = around.view.and_then(|id| {
        let view = around.views.iter().find(|view| view.id == id)?;
        (view.user == viewer.user()).then(|| json!({ "id": view.id, "name": view.name }))
    });
    let context = Context {
        title: definition.title.en().to_owned(),
        about: definition.about.en().to_owned(),
        plural: definition.plural.en().to_owned(),
        add: (viewer.principal.may_enter_records(&key, RecordAct::Add)).then(|| {
            json!({ "text": format!("Add {}", with_article(definition.singular.en())), "href": format!("/registers/{key}/new") })
        }),
        tabs: tabs(&key, definition, &may, ""),
        quick: if register { quick(&key, asked, &around) } else { Vec::new() },
        views: around
            .views
            .iter()
            .map(|view| {
                let shared = view.agency.is_some();
                json!({ "text": view.name, "href": view.href(&key), "active": around.view == Some(view.id), "shared": shared, "own": view.user == viewer.user() })
            })
            .collect(),
        own_view,
        fields: fields(viewer, definition, asked, &around),
        selected: selected(definition, asked, &around, &shown, &base),
        count,
        headings,
        rows,
        next,
        first,
        query: query(&open),
        search: around.search,
        may_save: asked.narrows() || asked.order.is_some(),
        narrowed: asked.narrows(),
        lost: around.lost,
        personal_only: page.personal_only && !sees_all_personal(viewer, &key),
        has_owner,
        key,
    };
    (context, read)
}

fn sees_all_personal(viewer: &Viewer, key: &str) -> bool {
    let strange = Resource::record(Uuid::nil(), None, None);
    viewer
        .principal
        .may_record(key, RecordAct::SeePersonal, &strange)
}

pub(super) fn query(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The page for a reader.
pub(super) fn respond(
    app: &App,
    viewer: &Viewer,
    definition: &Definition,
    form: &Form,
    context: &Context,
) -> Result<Response, PageError> {
    let page = Shown::new(&LIST, definition.title.en())
        .breadcrumb("Forms and registers", "/registers")
        .form(form);
    app.page(viewer, page, context)
}

/// The pages of a register that a reader may open.
pub(crate) fn tabs(
    key: &str,
    definition: &Definition,
    may: &dyn Fn(RecordAct) -> bool,
    active: &str,
) -> Vec<Json> {
    let mut tabs = vec![
        json!({ "text": "List", "href": format!("/registers/{key}"), "active": active.is_empty() }),
    ];
    let mut tab = |act, text: &str, path: &str| {
        if may(act) {
            tabs.push(json!({ "text": text, "href": format!("/registers/{key}/{path}"), "active": active == path }));
        }
    };
    if definition.place.is_some() {
        tab(RecordAct::See, "Map", "map");
    }
    tab(RecordAct::Results, "Results", "results");
    tab(RecordAct::Manage, "Import", "import");
    tab(RecordAct::Manage, "Change many", "bulk");
    tab(RecordAct::Export, "Take out (CSV)", "export.csv");
    tab(RecordAct::Export, "Subscribe", "feeds");
    if definition.audience == Audience::Invited {
        tab(RecordAct::Add, "Invitations", "invitations");
    }
    tabs
}

fn quick(key: &str, asked: &Asked, around: &Around) -> Vec<Json> {
    let plain = around.view.is_none() && around.search.is_none();
    let item = |text: &str, query: &str, active: bool| {
        let href = if query.is_empty() {
            format!("/registers/{key}")
        } else {
            format!("/registers/{key}?{query}")
        };
        json!({ "text": text, "href": href, "active": active && plain })
    };
    let only_mine = asked.owner == Some(Owner::Me);
    let overdue = asked.due == Some(DueBy::Overdue);
    vec![
        item("All", "", !asked.narrows()),
        item("Mine", "owner=me", only_mine && !overdue),
        item("Overdue", "due=overdue&sort=due", overdue && !only_mine),
        item(
            "Nobody’s at my agency",
            "owner=nobody&agency=mine",
            asked.owner == Some(Owner::Nobody),
        ),
    ]
}

/// A question's name in columns.
pub(crate) fn short(question: &Question) -> &str {
    question.short.as_ref().unwrap_or(&question.label).en()
}

fn numeric(question: &Question) -> bool {
    matches!(
        question.kind,
        QuestionKind::Number { .. } | QuestionKind::Money { .. }
    )
}

/// With a capital letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// 'an empty home', 'a street audit'.
pub(crate) fn with_article(singular: &str) -> String {
    let vowel = singular.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O'])
        && !singular.starts_with("use")
        && !singular.starts_with("uni");
    format!("{} {singular}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let row = |withheld| Row {
            href: "/registers/sample/records/SA-7K3M-9QX4".to_owned(),
            title: "1 High Street".to_owned(),
            reference: "SA-7K3M-9QX4".to_owned(),
            state: "Found".to_owned(),
            colour: "blue",
            owner: "Nobody".to_owned(),
            due: Some("1 June 2026".to_owned()),
            overdue: withheld,
            cells: vec![json!({ "text": "12", "withheld": withheld, "numeric": true })],
        };
        let sample = |rows: Vec<Row>, narrowed: bool| {
            Context {
            key: "sample".to_owned(),
            title: "Sample problems".to_owned(),
            about: "Every kind of question once.".to_owned(),
            plural: "sample problems".to_owned(),
            add: Some(json!({ "text": "Add a sample problem", "href": "/registers/sample/new" })),
            tabs: vec![json!({ "text": "List", "href": "/registers/sample", "active": true })],
            quick: vec![json!({ "text": "All", "href": "/registers/sample", "active": true })],
            views: vec![json!({ "text": "Old ones", "href": "/registers/sample?view=1", "active": false, "shared": true, "own": true })],
            own_view: narrowed.then(|| json!({ "id": Uuid::nil(), "name": "Old ones" })),
            fields: vec![
                json!({ "kind": "words", "id": "words", "label": "Search", "hint": "Words" }),
                json!({ "kind": "select", "id": "state", "label": "State", "items": [{ "value": "", "text": "Any", "selected": true }] }),
                json!({ "kind": "record", "id": "q-audit", "label": "Audit", "value": "SA-7K3M-9QX4" }),
                json!({ "kind": "between", "type": "date", "id": "q-found_on", "label": "Found", "from": "2026-01-01", "to": null }),
            ],
            selected: narrowed.then(|| json!({ "heading": "Filters in use", "clear": { "text": "Clear filters", "href": "/" }, "categories": [{ "heading": { "text": "State" }, "items": [{ "text": "Found", "href": "/" }] }] })),
            count: "2 sample problems".to_owned(),
            headings: vec![
                json!({ "text": "Sample problem", "numeric": false }),
                json!({ "text": "State", "numeric": false }),
                json!({ "text": "People near", "numeric": true }),
                json!({ "text": "Who answers for it", "numeric": false }),
                json!({ "text": "Due", "numeric": false }),
            ],
            rows,
            next: narrowed.then(|| "/registers/sample?after=1".to_owned()),
            first: narrowed.then(|| "/registers/sample".to_owned()),
            query: String::new(),
            search: None,
            may_save: narrowed,
            narrowed,
            lost: narrowed,
            personal_only: narrowed,
            has_owner: true,
        }
        };
        for context in [
            sample(vec![row(false), row(true)], true),
            sample(vec![row(false)], false),
            sample(Vec::new(), true),
            sample(Vec::new(), false),
        ] {
            commonweal_govuk::check_page(&LIST, &context).unwrap();
        }
    }

    #[test]
    fn articles_are_right() {
        assert_eq!(with_article("empty home"), "an empty home");
        assert_eq!(with_article("use of a camera"), "a use of a camera");
        assert_eq!(capital("street audit"), "Street audit");
    }
}
