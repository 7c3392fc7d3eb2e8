//! `commonweal import …`

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use commonweal_core::events::Actor;
use commonweal_records::imports::load::{self, LoadError, Progress};
use commonweal_records::imports::read::Reject;
use commonweal_records::imports::read::context::Shape;
use commonweal_records::imports::read::profile::Profile;
use commonweal_records::imports::{areas, context, police_uk, postcodes, records};
use serde::Serialize;

use super::Opened;
use crate::cli::{
    Common, Import, ImportAreas, ImportContext, ImportFile, ImportPoliceUk, ImportRecords,
};
use crate::failure::Failure;
use crate::say;

/// How many rejects of a file are shown.
const SHOWN: usize = 10;

pub(crate) async fn run(import: Import) -> Result<ExitCode, Failure> {
    match import {
        Import::PoliceUk(asked) => police_uk(asked).await,
        Import::Areas(asked) => areas(asked).await,
        Import::Postcodes(asked) => postcodes(asked).await,
        Import::Context(asked) => context(asked).await,
        Import::Records(asked) => records(asked).await,
        Import::OpenReferral(asked) => super::open_referral::run(asked).await,
        Import::Mail(asked) => super::intake::mail(asked).await,
        Import::Reports(asked) => super::intake::reports(asked).await,
    }
}

fn actor() -> Actor {
    Actor::system("command line")
}

fn progress() -> Option<Progress> {
    Some(Arc::new(|rows| say::progress(&format!("{rows} rows"))))
}

/// Runs an import between opening and closing the database, and tells what it did.
async fn one<R: Serialize>(
    common: &Common,
    import: impl AsyncFnOnce(&Opened) -> Result<R, LoadError>,
    words: impl FnOnce(&R) -> String,
    rejects: impl FnOnce(&R) -> (i64, &[Reject]),
) -> Result<ExitCode, Failure> {
    let opened = Opened::new(common, &[]).await?;
    load::sweep(&opened.db, &opened.clock).await?;
    let done = import(&opened).await;
    say::progress_done();
    load::sweep(&opened.db, &opened.clock).await?;
    opened.db.close().await;
    let report = done?;
    let words = words(&report);
    if common.json {
        say::json(&report)?;
    } else {
        say::line(&words);
    }
    let (rejected, listed) = rejects(&report);
    if rejected == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if !common.json {
        tell_rejects(listed, rejected);
    }
    Err(Failure::new(format!(
        "nothing was imported: {rejected} rejected; a file with any is held back whole"
    )))
}

fn outcome(unchanged: bool, dry_run: bool) -> &'static str {
    match (unchanged, dry_run) {
        (true, _) => "unchanged, it is here already",
        (false, true) => "checked, nothing written",
        (false, false) => "imported",
    }
}

async fn areas(asked: ImportAreas) -> Result<ExitCode, Failure> {
    let ImportFile {
        file,
        common,
        dry_run,
    } = asked.file;
    let options = areas::AreasOptions {
        kind: asked.kind,
        vintage: asked.vintage,
        code_field: asked.code_field,
        name_field: asked.name_field,
        object: asked.object,
        valid_from: asked.valid_from,
        valid_to: asked.valid_to,
        add: asked.add,
        dry_run,
        ..areas::AreasOptions::default()
    };
    one(
        &common,
        async |opened| {
            areas::import(
                &opened.db,
                &opened.clock,
                &actor(),
                file.as_path(),
                &options,
            )
            .await
        },
        |report| {
            format!(
                "{}: {}; {} areas of {} {} (code in {}){}",
                report.name,
                outcome(report.unchanged, report.dry_run),
                report.areas,
                report.kind,
                report.vintage,
                report.code_field,
                if report.replaced {
                    ", in place of those before"
                } else {
                    ""
                }
            )
        },
        |_| (0, &[]),
    )
    .await
}

async fn postcodes(asked: ImportFile) -> Result<ExitCode, Failure> {
    let ImportFile {
        file,
        common,
        dry_run,
    } = asked;
    let options = postcodes::PostcodesOptions {
        dry_run,
        progress: progress(),
        ..postcodes::PostcodesOptions::default()
    };
    one(
        &common,
        async |opened| {
            postcodes::import(
                &opened.db,
                &opened.clock,
                &actor(),
                file.as_path(),
                &options,
            )
            .await
        },
        |report| {
            format!(
                "{}: {}; {} postcodes, {} of them ended, {} new, {} changed",
                report.name,
                outcome(report.unchanged, report.dry_run),
                report.rows,
                report.terminated,
                report.new,
                report.replaced
            )
        },
        |report| (report.rejected, &report.rejects),
    )
    .await
}

async fn context(asked: ImportContext) -> Result<ExitCode, Failure> {
    let ImportFile {
        file,
        common,
        dry_run,
    } = asked.file;
    let shape = asked
        .shape
        .as_deref()
        .map(|path| parsed(path, Shape::from_toml))
        .transpose()?;
    let options = context::ContextOptions {
        shape,
        dry_run,
        progress: progress(),
        ..context::ContextOptions::default()
    };
    one(
        &common,
        async |opened| {
            context::import(
                &opened.db,
                &opened.clock,
                &actor(),
                file.as_path(),
                &options,
            )
            .await
        },
        |report| {
            format!(
                "{}: {}; {}: {} figures of {} areas, {} new, {} changed",
                report.name,
                outcome(report.unchanged, report.dry_run),
                report.title,
                report.figures,
                report.areas,
                report.new,
                report.replaced
            )
        },
        |report| (report.rejected, &report.rejects),
    )
    .await
}

async fn records(asked: ImportRecords) -> Result<ExitCode, Failure> {
    let ImportFile {
        file,
        common,
        dry_run,
    } = asked.file;
    let options = records::RecordsOptions {
        source: asked.source,
        profile: parsed(&asked.profile, Profile::from_toml)?,
        dry_run,
        limits: commonweal_records::imports::read::source::Limits::default(),
        progress: progress(),
    };
    one(
        &common,
        async |opened| records::import(&opened.db, &opened.clock, &actor(), file.as_path(), &options).await,
        |report| {
            format!(
                "{}: {}; {} rows of {}, {} of anti-social behaviour: {} new, {} changed, {} as before",
                report.name,
                outcome(report.unchanged, report.dry_run),
                report.rows,
                report.source,
                report.asb_rows,
                report.new,
                report.changed,
                report.unchanged_rows
            )
        },
        |report| (report.rejected, &report.rejects),
    )
    .await
}

/// Reads a small file of ours.
fn parsed<T, E: std::fmt::Display>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, Failure> {
    let refuse =
        |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refuse(&error))?;
    parse(&text).map_err(|error| refuse(&error))
}

async fn police_uk(asked: ImportPoliceUk) -> Result<ExitCode, Failure> {
    let opened = Opened::new(&asked.common, &[]).await?;
    load::sweep(&opened.db, &opened.clock).await?;
    let options = police_uk::Options {
        dry_run: asked.dry_run,
        progress: progress(),
        ..police_uk::Options::default()
    };
    let report =
        police_uk::import(&opened.db, &opened.clock, &actor(), &asked.paths, &options).await?;
    say::progress_done();
    // What a refused file left behind is nobody's: take it away now rather than at the next start.
    load::sweep(&opened.db, &opened.clock).await?;
    opened.db.close().await;
    if asked.common.json {
        say::json(&report)?;
    } else {
        tell(&report);
    }
    if report.ok() {
        return Ok(ExitCode::SUCCESS);
    }
    let bad = report
        .each
        .iter()
        .filter(|file| file.error.is_some() || file.rejected > 0)
        .count();
    let first = report
        .each
        .iter()
        .find_map(|file| file.error.clone())
        .unwrap_or_else(|| {
            format!(
                "{} rows rejected; a file with any is held back whole",
                report.rejected
            )
        });
    Err(Failure::new(format!(
        "{bad} of {} files not imported: {first}",
        report.files
    )))
}

fn tell(report: &police_uk::Report) {
    for file in &report.each {
        say::line(&format!(
            "{}: {}, {} rows, {} of anti-social behaviour",
            file.name, file.state, file.rows, file.asb_rows
        ));
        for note in &file.notes {
            say::line(&format!("    {note}"));
        }
        tell_rejects(&file.rejects, file.rejected);
    }
    for replaced in &report.replaced {
        say::line(&format!(
            "{} {}: told again; rows {} → {}, anti-social behaviour {} → {}",
            replaced.source,
            replaced.month,
            replaced.rows.0,
            replaced.rows.1,
            replaced.asb_rows.0,
            replaced.asb_rows.1
        ));
    }
    for skipped in &report.skipped {
        say::line(&format!(
            "{}: passed over, {}",
            skipped.name, skipped.reason
        ));
    }
    say::line(&format!(
        "{} files, {} unchanged: {} rows{}, {} of anti-social behaviour, {} rejected, in {:.1} seconds",
        report.files,
        report.unchanged,
        report.rows,
        if report.dry_run {
            " checked, nothing written"
        } else {
            ""
        },
        report.asb_rows,
        report.rejected,
        report.seconds
    ));
}

fn tell_rejects(rejects: &[Reject], all: i64) {
    for reject in rejects.iter().take(SHOWN) {
        say::line(&format!(
            "    line {}, {}: {} ({})",
            reject.line, reject.column, reject.reason, reject.value
        ));
    }
    if all > i64::try_from(SHOWN).unwrap_or(0) {
        say::line(&format!("    … {all} rejects in all"));
    }
}
