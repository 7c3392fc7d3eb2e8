//! `commonweal import open-referral`: fetching another directory, which only the program may do, and
//! handing it to the import.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use commonweal_core::events::Actor;
use commonweal_core::{DbError, args, read, sql};
use commonweal_people::directory::import::{Document, Options, Report, import};
use commonweal_people::directory::state::content_of;
use serde_json::Value;
use uuid::Uuid;

use super::Opened;
use crate::cli::ImportOpenReferral;
use crate::failure::Failure;
use crate::say;

/// The largest answer or file, in bytes.
const LARGEST: usize = 50_000_000;
/// The most pages of a list: 200,000 services.
const PAGES: u64 = 2_000;
/// So many lines of a kind are told.
const SHOWN: usize = 10;

pub(crate) async fn run(asked: ImportOpenReferral) -> Result<ExitCode, Failure> {
    let web = asked.from.starts_with("https://") || asked.from.starts_with("http://");
    let mut documents = if web {
        fetch(&asked.from).await?
    } else {
        files(Path::new(&asked.from))?
    };
    say::progress_done();
    if let Some(wanted) = &asked.organisation {
        documents
            .iter_mut()
            .for_each(|document| only(&mut document.value, wanted));
    }
    let opened = Opened::new(&asked.common, &[]).await?;
    let content = content_of(&opened.db, &opened.clock).await?;
    let agency = agency(&opened, asked.agency.as_deref()).await?;
    let options = Options {
        source: asked
            .source
            .unwrap_or_else(|| asked.from.trim_end_matches('/').to_owned()),
        agency,
        publish: asked.publish,
        dry_run: asked.dry_run,
        take_all: asked.take_theirs,
        ..Options::default()
    };
    let actor = Actor::system("command line");
    let report = import(
        &opened.db,
        &opened.clock,
        &actor,
        &content.needs,
        &documents,
        &options,
    )
    .await;
    opened.db.close().await;
    let report = report?;
    if asked.common.json {
        say::json(&report)?;
    } else {
        tell(&report);
    }
    if report.rejects.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(format!(
        "nothing was imported: {} things are wrong; a feed with any is held back whole",
        report.rejects.len()
    )))
}

async fn agency(opened: &Opened, name: Option<&str>) -> Result<Option<Uuid>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let found: Result<Option<Uuid>, DbError> = read!(&opened.db, |tx| {
        let row = tx
            .optional(
                sql!("select id from agencies where lower(name) = lower($1)"),
                args![name],
            )
            .await?;
        row.map(|row| row.get("id")).transpose()
    })
    .await;
    found?
        .map(Some)
        .ok_or_else(|| Failure::usage(format!("there is no agency called '{name}'")))
}

/// A file, or every `.json` file of a folder by name.
fn files(path: &Path) -> Result<Vec<Document>, Failure> {
    let mut paths = vec![path.to_owned()];
    if path.is_dir() {
        let listed = std::fs::read_dir(path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        paths = listed
            .filter_map(Result::ok)
            .map(|entry| entry.path())
            .collect();
        paths.retain(|path| {
            path.extension()
                .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
        });
        paths.sort();
        if paths.is_empty() {
            return Err(Failure::new(format!(
                "{} holds no .json file",
                path.display()
            )));
        }
    }
    paths.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> Result<Document, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
    let size = std::fs::metadata(path)
        .map_err(|error| wrong(&error))?
        .len();
    if size > LARGEST as u64 {
        return Err(wrong(&"is larger than 50 MB"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| wrong(&error))?;
    let name = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Document { name, value })
}

/// Leaves only the services of an organisation, by its id or a part of its name.
fn only(value: &mut Value, wanted: &str) {
    let fits = |organization: Option<&Value>| {
        let text = |key: &str| {
            organization
                .and_then(|value| value.get(key))
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        text("id").eq_ignore_ascii_case(wanted)
            || text("name").to_lowercase().contains(&wanted.to_lowercase())
    };
    if let Value::Object(fields) = value {
        if fields.get("services").is_some_and(Value::is_array) {
            if !fits(Some(&Value::Object(fields.clone()))) {
                fields.insert("services".to_owned(), Value::Array(Vec::new()));
            }
        } else if let Some(Value::Array(items)) = fields.get_mut("contents") {
            items.retain(|item| fits(item.get("organization")));
        } else if !fits(fields.get("organization")) {
            *value = Value::Array(Vec::new());
        }
    } else if let Value::Array(items) = value {
        items.retain(|item| fits(item.get("organization")));
    }
}

/// Reads a directory through its interface: the list page by page, then each service whole.
async fn fetch(address: &str) -> Result<Vec<Document>, Failure> {
    // An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .map_err(|error| Failure::new(format!("no HTTP client: {error}")))?;
    let base = address.trim_end_matches('/').trim_end_matches("/services");
    let mut ids = Vec::new();
    for page in 1..=PAGES {
        let list = get(
            &client,
            &format!("{base}/services?page={page}&per_page=100"),
        )
        .await?;
        let contents = list.get("contents").and_then(Value::as_array);
        let contents = contents
            .ok_or_else(|| Failure::new(format!("{base}/services is no list of services")))?;
        ids.extend(
            contents
                .iter()
                .filter_map(|service| service.get("id")?.as_str()?.parse::<Uuid>().ok()),
        );
        let last = list
            .get("last_page")
            .and_then(Value::as_bool)
            .unwrap_or(contents.is_empty());
        if last || contents.is_empty() {
            break;
        }
    }
    let mut documents = Vec::with_capacity(ids.len());
    for (number, id) in ids.iter().enumerate() {
        say::progress(&format!("{} of {} services", number + 1, ids.len()));
        let value = get(&client, &format!("{base}/services/{id}")).await?;
        documents.push(Document {
            name: format!("services/{id}"),
            value,
        });
    }
    Ok(documents)
}

async fn get(client: &reqwest::Client, address: &str) -> Result<Value, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("{address}: {error}"));
    let mut answer = client
        .get(address)
        .header("accept", "application/json")
        .send()
        .await
        .map_err(|error| failed(&error.without_url()))?;
    if !answer.status().is_success() {
        return Err(failed(&format!("answers {}", answer.status())));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|error| failed(&error.without_url()))?
    {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LARGEST {
            return Err(failed(&"answers with more than 50 MB"));
        }
    }
    serde_json::from_slice(&bytes).map_err(|error| failed(&format!("is no JSON: {error}")))
}

fn tell(report: &Report) {
    let done = match (report.dry_run, report.rejects.is_empty()) {
        (true, _) => "checked, nothing written",
        (false, true) => "imported",
        (false, false) => "refused",
    };
    say::line(&format!(
        "{}: {done}; {} new, {} fields changed, {} conflicts, {} unchanged, {} no longer there",
        report.source,
        report.new.len(),
        report.changed.len(),
        report.conflicts.len(),
        report.unchanged,
        report.gone.len()
    ));
    for line in report.conflicts.iter().take(SHOWN) {
        say::line(&format!(
            "conflict: {}, {}: here '{}', there '{}'; ours stands",
            line.name, line.field, line.before, line.after
        ));
    }
    for line in report.changed.iter().take(SHOWN) {
        say::line(&format!(
            "changed: {}, {}: '{}', was '{}'",
            line.name, line.field, line.after, line.before
        ));
    }
    for reject in report.warnings.iter().take(SHOWN) {
        say::to_stderr(&format!("odd: {}: {}", reject.path, reject.reason));
    }
    for reject in report.rejects.iter().take(SHOWN) {
        say::to_stderr(&format!("wrong: {}: {}", reject.path, reject.reason));
    }
}
