//! Records that belong to a record, and those that name it.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::Viewer;
use commonweal_govuk::escape;
use serde_json::{Value as Json, json};

use super::context::Children;
use super::timeline::Entry;
use crate::Forms;
use crate::answers::Names;
use crate::definition::Definition;
use crate::register::list::show::{capital, with_article};
use crate::register::store::Record;
use crate::register::visible::Sight;
use crate::register::words::{colour, day};

/// Records of other registers that belong to this one, with the link that adds another.
pub(super) fn belonging(
    forms: &Forms,
    viewer: &Viewer,
    record: &Record,
    children: &[Record],
    names: &Names,
    entries: &mut Vec<Entry>,
) -> Vec<Children> {
    let mut groups = Vec::new();
    for child in forms.catalogue.all() {
        let belongs = child
            .parent
            .as_ref()
            .is_some_and(|parent| parent.register == record.definition);
        if !belongs
            || !viewer
                .principal
                .may_enter_records(&child.key, RecordAct::See)
        {
            continue;
        }
        let mut sight = Sight::new(&viewer.principal, &child);
        let titles_open = !crate::register::visible::title_is_personal(&child);
        let mut rows = Vec::new();
        for one in children.iter().filter(|one| one.definition == child.key) {
            if !sight.may(RecordAct::See, one) {
                continue;
            }
            let title = if titles_open {
                &one.title
            } else {
                &one.reference
            };
            rows.push(row(&child, one, title, names));
            entries.push(Entry {
                at: one.created_at,
                kind: "records",
                label: format!("{} added", capital(child.singular.en())),
                who: one.created_by,
                system: false,
                html: format!(
                    "<a class=\"govuk-link\" href=\"{}\">{}</a>",
                    one.href(),
                    escape(title)
                ),
            });
        }
        let add = viewer
            .principal
            .may_enter_records(&child.key, RecordAct::Add)
            .then(|| {
                json!({
                    "text": format!("Add {}", with_article(child.singular.en())),
                    "href": format!("/registers/{}/new?parent={}", child.key, record.reference),
                })
            });
        groups.push(Children {
            id: child.key.clone(),
            title: capital(child.plural.en()),
            add,
            rows,
        });
    }
    groups
}

fn row(definition: &Definition, record: &Record, title: &str, names: &Names) -> Json {
    let state = definition.state(&record.state);
    json!({
        "href": record.href(),
        "title": title,
        "reference": record.reference,
        "state": state.map_or(record.state.as_str(), |state| state.title.en()),
        "colour": state.map_or("grey", |state| colour(state.colour)),
        "owner": record.owner.map_or("Nobody", |id| names.get(id)),
        "due": record.due_on.map(day),
    })
}

/// Records elsewhere whose answers name this one, and the one that it belongs to is among its answers.
pub(super) fn links(
    forms: &Forms,
    viewer: &Viewer,
    record: &Record,
    uses: &[Record],
    names: &Names,
) -> Vec<Json> {
    uses.iter()
        .filter(|one| one.parent != Some(record.id))
        .filter_map(|one| {
            let definition = forms.catalogue.get(&one.definition)?;
            let mut sight = Sight::new(&viewer.principal, &definition);
            if !sight.may(RecordAct::See, one) {
                return None;
            }
            let open = !crate::register::visible::title_is_personal(&definition);
            let title = if open { &one.title } else { &one.reference };
            let mut row = row(&definition, one, title, names);
            row["register"] = json!(definition.title.en());
            Some(row)
        })
        .collect()
}
