//! Ids and keys: their shape, and that each stands for one thing.

use std::collections::BTreeMap;

use super::super::expression::is_reserved;
use super::super::file::{At, File};
use super::Faults;

/// The longest id or key.
const LONGEST: usize = 40;

/// Names of form fields and columns beside the questions.
const FIELDS: [&str; 5] = ["reason", "version", "note", "record", "reference"];

/// Parts of addresses that stand where a page's key does.
const PAGES: [&str; 6] = ["check", "sent", "start", "submit", "resume", "files"];

/// The key of a definition: its file's name.
pub(in super::super) fn key_shape(key: &str) -> Result<(), String> {
    if !shaped(key, b"-") {
        return Err(format!(
            "name the file with small letters, digits and hyphens, at most {LONGEST}: 'empty-homes.toml'"
        ));
    }
    if matches!(key, "definitions" | "invited" | "resume" | "drafts") {
        return Err(format!(
            "'{key}' is an address of the program itself: choose another name"
        ));
    }
    Ok(())
}

/// Whether a name begins with a small letter and goes on with small letters, digits and `also`.
fn shaped(name: &str, also: &[u8]) -> bool {
    name.len() <= LONGEST
        && name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || also.contains(&byte))
}

/// One set of names that must differ.
struct Set<'a, 'f> {
    faults: &'a mut Faults<'f>,
    seen: BTreeMap<String, usize>,
    what: &'static str,
}

impl<'a, 'f> Set<'a, 'f> {
    fn new(faults: &'a mut Faults<'f>, what: &'static str) -> Self {
        Self {
            faults,
            seen: BTreeMap::new(),
            what,
        }
    }

    fn add(&mut self, name: &At<String>, path: String, also: &[u8]) {
        let text = name.str();
        if !shaped(text, also) {
            let signs = if also == b"_" {
                "underscores"
            } else {
                "underscores or hyphens"
            };
            self.faults.at(
                name,
                path.clone(),
                format!(
                    "'{text}' must begin with a small letter and hold small letters, digits and {signs} alone, at most {LONGEST}"
                ),
            );
        }
        let line = self.faults.line(name.start());
        if let Some(first) = self.seen.insert(text.to_owned(), line) {
            let what = self.what;
            self.faults.at(
                name,
                path,
                format!(
                    "there is already {what} '{text}' on line {first}: give this one another name"
                ),
            );
        }
    }
}

pub(in super::super) fn ids(file: &File, faults: &mut Faults<'_>) {
    let mut names = Set::new(faults, "a question or score");
    for question in file.page.iter().flat_map(|page| &page.question) {
        names.add(
            &question.id,
            format!("question {}", question.id.str()),
            b"_",
        );
    }
    for score in &file.score {
        names.add(&score.id, format!("score {}", score.id.str()), b"_");
    }
    let mut pages = Set::new(faults, "a page");
    for page in &file.page {
        pages.add(&page.key, format!("page {}", page.key.str()), b"-_");
    }
    let mut states = Set::new(faults, "a state");
    for state in &file.state {
        states.add(&state.key, format!("state {}", state.key.str()), b"-_");
    }
    let mut moves = Set::new(faults, "a move");
    for one in &file.moves {
        moves.add(&one.key, format!("move {}", one.key.str()), b"-_");
    }
    let mut dues = Set::new(faults, "a due date");
    for due in &file.due {
        dues.add(&due.key, format!("due {}", due.key.str()), b"-_");
    }
    let mut waves = Set::new(faults, "a wave");
    for wave in &file.wave {
        waves.add(&wave.key, format!("wave {}", wave.key.str()), b"-_");
    }
    for score in &file.score {
        let mut bands = Set::new(faults, "a band");
        for band in &score.bands {
            bands.add(&band.key, format!("score {}, band", score.id.str()), b"-_");
        }
    }
    reserved(file, faults);
    binds(file, faults);
}

fn reserved(file: &File, faults: &mut Faults<'_>) {
    let questions = file.page.iter().flat_map(|page| &page.question);
    let named = questions.map(|question| ("question", &question.id));
    let scores = file.score.iter().map(|score| ("score", &score.id));
    for (what, id) in named.chain(scores) {
        if is_reserved(id.str()) || FIELDS.contains(&id.str()) {
            faults.at(
                id,
                format!("{what} {}", id.str()),
                format!("'{}' has a meaning of its own: choose another id", id.str()),
            );
        }
    }
    for page in &file.page {
        if PAGES.contains(&page.key.str()) {
            let message = format!(
                "'{}' is a page of every form: choose another key",
                page.key.str()
            );
            faults.at(&page.key, format!("page {}", page.key.str()), message);
        }
    }
}

fn binds(file: &File, faults: &mut Faults<'_>) {
    let mut seen = BTreeMap::new();
    for question in file.page.iter().flat_map(|page| &page.question) {
        let Some(bind) = &question.bind else { continue };
        if let Some(first) = seen.insert(bind.str(), question.id.str()) {
            let message = format!("question '{first}' feeds '{}' already", bind.str());
            faults.at(
                bind,
                format!("question {}, bind", question.id.str()),
                message,
            );
        }
    }
}
