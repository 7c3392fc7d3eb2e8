//! All definitions.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::content::all_current;
use commonweal_core::{DbError, read};
use commonweal_govuk::{Page, page};
use serde::Serialize;

use super::{address, store};
use crate::Forms;
use crate::answers::day;
use crate::catalogue::{definition_kind, key_of, read_version};
use crate::definition::DefinitionKind;

page!(pub(super) PAGE, "forms/studio-list.html", "list.html");

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) groups: Vec<Group>,
}

#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) file: String,
    pub(super) version: String,
    pub(super) origin: &'static str,
    pub(super) since: String,
    pub(super) records: i64,
    pub(super) older: i64,
    pub(super) wrong: bool,
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let app = &forms.app;
    let today = app.clock.today();
    let (versions, coming, counts) = read!(&app.db, |tx| {
        let versions = all_current(tx, today).await?;
        let coming = store::coming(tx, today).await?;
        Ok::<_, DbError>((versions, coming, store::counts(tx).await?))
    })
    .await?;
    let mut registers = Vec::new();
    let mut others = Vec::new();
    let mut add = |kind: Option<DefinitionKind>, row: Row| match kind {
        Some(DefinitionKind::Register) => registers.push(row),
        Some(DefinitionKind::Form) => others.push(row),
        None => {}
    };
    for version in &versions {
        let kind = definition_kind(&version.kind);
        let (Some(_), Some(key)) = (kind, key_of(&version.key)) else {
            continue;
        };
        let read = read_version(version).ok();
        let of = counts.get(key);
        let records = of.map_or(0, |of| of.values().sum());
        let current = of.and_then(|of| of.get(&version.version)).copied();
        add(
            kind,
            Row {
                href: address(key),
                wrong: read.is_none(),
                title: read.map_or_else(|| key.to_owned(), |read| read.title.en().to_owned()),
                file: version.key.clone(),
                version: version.version.to_string(),
                origin: if version.shipped {
                    "Shipped"
                } else {
                    "Our own"
                },
                since: day(version.effective_from),
                records,
                older: records - current.unwrap_or(0),
            },
        );
    }
    for (kind, file, begins) in coming {
        let Some(key) = key_of(&file) else { continue };
        add(
            definition_kind(&kind),
            Row {
                href: address(key),
                title: key.to_owned(),
                file: file.clone(),
                version: "1".to_owned(),
                origin: "Our own",
                since: format!("from {}", day(begins)),
                records: 0,
                older: 0,
                wrong: false,
            },
        );
    }
    for rows in [&mut registers, &mut others] {
        rows.sort_by_key(|row| row.title.to_lowercase());
    }
    let context = Context {
        groups: vec![
            Group {
                id: "registers",
                title: "Registers",
                rows: registers,
            },
            Group {
                id: "forms",
                title: "Forms",
                rows: others,
            },
        ],
    };
    let page = Page::new(&PAGE, "Definitions of forms and registers")
        .breadcrumb("Registers and forms", "/registers");
    app.page(&viewer, page, &context)
}
