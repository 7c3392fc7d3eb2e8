//! Content to and from a folder: `commonweal content export DIR`, edit, `… apply DIR`.
//! A file `KIND/KEY` is a piece of content.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Kind, all_current, publish, sha256};
use crate::db::DbError;
use crate::events::Actor;
use crate::{Clock, Db, read, write};

/// The largest piece of content, in bytes.
const LARGEST: u64 = 4_000_000;

/// Why a folder cannot be applied or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file or folder cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// Some files are wrong; nothing was applied. Each with its place and what to do.
    #[error("nothing was applied:\n{}", .0.join("\n"))]
    Wrong(Vec<String>),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What [`apply`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// `KIND/KEY` and number of each new version.
    pub published: Vec<(String, i64)>,
    /// Files that say what holds already.
    pub unchanged: u32,
}

/// A name that is a plain file name, in lower case.
fn plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

/// Writes everything that holds today into a folder; returns how many files. Other files
/// in it are left alone.
///
/// # Errors
/// [`FolderError`].
pub async fn export(db: &Db, clock: &Clock, folder: &Path) -> Result<usize, FolderError> {
    let today = clock.today();
    let all = read!(db, |tx| all_current(tx, today).await).await?;
    for version in &all {
        // Keys come from files or from our own pages; still nothing is written elsewhere.
        if !plain(&version.kind) || !plain(&version.key) {
            continue;
        }
        let place = folder.join(&version.kind);
        fs::create_dir_all(&place).map_err(|error| FolderError::File(place.clone(), error))?;
        let file = place.join(&version.key);
        fs::write(&file, &version.body).map_err(|error| FolderError::File(file.clone(), error))?;
    }
    Ok(all.len())
}

/// Publishes each file of a folder that differs from what holds today, from today on: all
/// of them or, where one is wrong, none.
///
/// # Errors
/// [`FolderError`].
pub async fn apply(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    kinds: &[Kind],
    folder: &Path,
) -> Result<Applied, FolderError> {
    let files = collect(kinds, folder)?;
    let today = clock.today();
    let mut changed = Vec::new();
    let mut done = Applied::default();
    let all = read!(db, |tx| all_current(tx, today).await).await?;
    for (kind, key, body) in files {
        let hash = sha256(&body);
        let same = all
            .iter()
            .any(|version| version.kind == kind && version.key == key && version.sha256 == hash);
        if same {
            done.unchanged += 1;
        } else {
            changed.push((kind, key, body));
        }
    }
    if changed.is_empty() {
        return Ok(done);
    }
    done.published = write!(db, clock, actor, |tx| {
        let mut published = Vec::new();
        for (kind, key, body) in &changed {
            let version = publish(tx, kind, key, body, today).await?;
            published.push((format!("{kind}/{key}"), version));
        }
        Ok::<_, DbError>(published)
    })
    .await?;
    Ok(done)
}

/// Kind, key and body of every file, checked.
fn collect(
    kinds: &[Kind],
    folder: &Path,
) -> Result<Vec<(&'static str, String, String)>, FolderError> {
    let mut files = Vec::new();
    let mut wrong = Vec::new();
    for entry in entries(folder)? {
        let name = entry
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !entry.is_dir() || name.starts_with('.') {
            continue;
        }
        let Some(kind) = kinds.iter().find(|kind| kind.name == name) else {
            let known: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
            wrong.push(format!(
                "- {}: there is no such kind of content. The kinds are: {}.",
                entry.display(),
                known.join(", ")
            ));
            continue;
        };
        for file in entries(&entry)? {
            let key = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            // Editors leave hidden files and copies behind.
            if key.starts_with('.') || key.ends_with('~') {
                continue;
            }
            match body(kind, &key, &file) {
                Ok(body) => files.push((kind.name, key, body)),
                Err(why) => wrong.push(format!("- {}: {why}", file.display())),
            }
        }
    }
    if wrong.is_empty() {
        Ok(files)
    } else {
        Err(FolderError::Wrong(wrong))
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, FolderError> {
    let error = |error| FolderError::File(folder.to_owned(), error);
    let mut entries = fs::read_dir(folder)
        .map_err(error)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(error)?;
    entries.sort();
    Ok(entries)
}

fn body(kind: &Kind, key: &str, file: &Path) -> Result<String, String> {
    if !plain(key) || !file.is_file() {
        return Err("name the file with small letters, digits, hyphens and dots only.".to_owned());
    }
    let size = fs::metadata(file).map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("it is larger than {} MB.", LARGEST / 1_000_000));
    }
    let body = String::from_utf8(fs::read(file).map_err(|error| error.to_string())?)
        .map_err(|_| "it is not UTF-8 text. Save it as UTF-8.".to_owned())?;
    kind.check(key, &body)?;
    Ok(body)
}
