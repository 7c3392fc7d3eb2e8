//! One definition: its outline in plain words, its versions, and its records by version.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::web::{PageError, Path, Query, Viewer};
use commonweal_core::content::version as stored_version;
use commonweal_core::{DbError, read};
use commonweal_govuk::{Page, page};
use serde::{Deserialize, Serialize};

use super::outline::{Outline, outline};
use super::{LIST, address, store};
use crate::Forms;
use crate::answers::day;
use crate::catalogue::{file_name, read_version};
use crate::definition::advice;

page!(pub(super) PAGE, "forms/studio-show.html", "show.html");

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    version: Option<i64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) title: String,
    pub(super) file: String,
    pub(super) edit: String,
    pub(super) records: String,
    pub(super) version: i64,
    pub(super) in_force: bool,
    pub(super) older: i64,
    pub(super) moving: bool,
    pub(super) outline: Option<Outline>,
    pub(super) faults: Vec<String>,
    pub(super) advice: Vec<String>,
    pub(super) versions: Vec<VersionRow>,
}

#[derive(Debug, Serialize)]
pub(super) struct VersionRow {
    pub(super) version: i64,
    pub(super) href: String,
    pub(super) state: &'static str,
    pub(super) from: String,
    pub(super) by: String,
    pub(super) records: i64,
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
    Path(key): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let app = &forms.app;
    let (today, file) = (app.clock.today(), file_name(&key));
    let (versions, current, counts, moving) = read!(&app.db, |tx| {
        let versions = store::versions(tx, &file).await?;
        let current = store::in_force(tx, &file, today).await?;
        let counts = store::counts(tx).await?.remove(&key).unwrap_or_default();
        let moving = store::is_moving(tx, &key).await?;
        Ok::<_, DbError>((versions, current, counts, moving))
    })
    .await?;
    let newest = versions.first().ok_or(PageError::NotFound)?;
    let wanted = asked
        .version
        .or(current.as_ref().map(|current| current.version))
        .unwrap_or(newest.version);
    let listed = versions
        .iter()
        .find(|version| version.version == wanted)
        .ok_or(PageError::NotFound)?;
    let shown = read!(&app.db, |tx| stored_version(
        tx,
        &listed.kind,
        &file,
        wanted
    )
    .await
    .map_err(PageError::from))
    .await?;
    let holds = current.as_ref().map(|current| current.version);
    let rows = versions.iter().map(|version| VersionRow {
        version: version.version,
        href: format!("{}?version={}", address(&key), version.version),
        state: match version.state.as_str() {
            "offered" => "Shipped with the program; ours is in force instead",
            "withdrawn" => "Taken back",
            _ if holds == Some(version.version) => "In force",
            _ if version.effective_from > today => "Begins later",
            _ => "Earlier",
        },
        from: day(version.effective_from),
        by: match (&version.by, version.shipped) {
            (Some(by), _) => by.clone(),
            (None, true) => "Shipped".to_owned(),
            (None, false) => "Command line".to_owned(),
        },
        records: counts.get(&version.version).copied().unwrap_or(0),
    });
    let (definition, faults) = match read_version(&shown) {
        Ok(definition) => (Some(definition), Vec::new()),
        Err(faults) => (None, faults.iter().map(ToString::to_string).collect()),
    };
    let title = definition.as_ref().map_or_else(
        || key.clone(),
        |definition| definition.title.en().to_owned(),
    );
    let elsewhere = counts
        .iter()
        .filter(|(version, _)| Some(**version) != holds)
        .map(|(_, count)| *count);
    let from = if holds == Some(wanted) {
        String::new()
    } else {
        format!("?from={wanted}")
    };
    let context = Context {
        file: format!("data/{}/{file}", listed.kind),
        edit: format!("{}/edit{from}", address(&key)),
        records: format!("{}/records", address(&key)),
        version: wanted,
        in_force: holds == Some(wanted),
        older: elsewhere.sum(),
        moving,
        outline: definition.as_ref().map(outline),
        advice: definition.as_ref().map(advice).unwrap_or_default(),
        faults,
        versions: rows.collect(),
        title: title.clone(),
    };
    let page = Page::new(&PAGE, title)
        .breadcrumb("Registers and forms", "/registers")
        .breadcrumb("Definitions", LIST);
    app.page(&viewer, page, &context)
}
