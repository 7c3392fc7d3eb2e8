//! Block heads outside the database: an append-only file, one line a block.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file's name in the data folder.
pub const FILE: &str = "audit-heads.log";

/// The number and hash of a block: who keeps one can later show that nothing up to it changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The block's number, from 1.
    pub number: i64,
    /// Its hash, in hexadecimal.
    pub hash: String,
}

impl std::fmt::Display for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.hash)
    }
}

impl std::str::FromStr for Head {
    type Err = ();
    fn from_str(line: &str) -> Result<Self, ()> {
        let (number, hash) = line.trim().split_once(' ').ok_or(())?;
        let hash = hash.trim().to_ascii_lowercase();
        if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        Ok(Self {
            number: number.parse().map_err(|_| ())?,
            hash,
        })
    }
}

/// The file of block heads cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadsError {
    /// Reading or writing failed.
    #[error("the file of audit block heads {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A line is not a number and a hash.
    #[error("the file of audit block heads {0}, line {1}, is not a number and a hash")]
    Line(PathBuf, usize),
}

/// The heads in a file; none where there is no file.
///
/// # Errors
/// [`HeadsError`].
pub fn read(file: &Path) -> Result<Vec<Head>, HeadsError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(HeadsError::File(file.to_owned(), error)),
    };
    let mut heads = Vec::new();
    let mut lines = text.split_inclusive('\n').enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        match line.parse() {
            Ok(head) => heads.push(head),
            // A power cut in the middle of the last line: the sealer writes it again.
            Err(()) if lines.peek().is_none() && !line.ends_with('\n') => {}
            Err(()) if line.trim().is_empty() => {}
            Err(()) => return Err(HeadsError::Line(file.to_owned(), number + 1)),
        }
    }
    Ok(heads)
}

/// Appends heads to a file, and returns once they are on the disk.
///
/// # Errors
/// [`HeadsError::File`].
pub fn append(file: &Path, heads: &[Head]) -> Result<(), HeadsError> {
    let error = |error| HeadsError::File(file.to_owned(), error);
    let whole = match fs::read(file) {
        Ok(bytes) => bytes.is_empty() || bytes.ends_with(b"\n"),
        Err(_) => true,
    };
    let mut open = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map_err(error)?;
    let mut text = if whole {
        String::new()
    } else {
        "\n".to_owned()
    };
    for head in heads {
        text.push_str(&format!("{head}\n"));
    }
    open.write_all(text.as_bytes()).map_err(error)?;
    open.sync_data().map_err(error)
}
