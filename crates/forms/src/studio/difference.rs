//! What changes between two versions of a definition.

use serde::Serialize;

use super::outline::{Item, Line, Outline, outline};
use crate::definition::Definition;

/// Changes of one sort.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) changed: Vec<Changed>,
}

/// Something that is there in both, and differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Changed {
    pub(super) name: String,
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
}

/// What changes; nothing where both say the same.
pub(super) fn difference(before: &Definition, after: &Definition) -> Vec<Section> {
    let (before, after) = (outline(before), outline(after));
    let lines = |lines: &[Line]| -> Vec<Item> {
        let item = |line: &Line| Item {
            key: line.name.clone(),
            title: line.name.clone(),
            details: vec![line.text.clone()],
        };
        lines.iter().map(item).collect()
    };
    [
        section("About it", &lines(&before.facts), &lines(&after.facts)),
        section("Pages", &pages(&before), &pages(&after)),
        section("Questions", &questions(&before), &questions(&after)),
        section("Scores", &before.scores, &after.scores),
        section("States", &before.states, &after.states),
        section("Moves", &before.moves, &after.moves),
        section("Due dates", &before.dues, &after.dues),
        section("Who may do what", &before.access, &after.access),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pages(outline: &Outline) -> Vec<Item> {
    let pages = outline.pages.iter().map(|page| Item {
        key: page.key.clone(),
        title: page.title.clone(),
        details: page
            .condition
            .iter()
            .map(|text| format!("Shown if {text}"))
            .collect(),
    });
    pages.collect()
}

fn questions(outline: &Outline) -> Vec<Item> {
    let pages = outline.pages.iter();
    pages
        .flat_map(|page| page.questions.iter().cloned())
        .collect()
}

fn section(title: &'static str, before: &[Item], after: &[Item]) -> Option<Section> {
    let named = |item: &Item| {
        if item.key == item.title {
            item.title.clone()
        } else {
            format!("{} ({})", item.title, item.key)
        }
    };
    let missing = |from: &[Item], there: &[Item]| -> Vec<String> {
        let gone = from
            .iter()
            .filter(|item| !there.iter().any(|one| one.key == item.key));
        gone.map(named).collect()
    };
    let mut changed = Vec::new();
    for item in after {
        let Some(old) = before.iter().find(|old| old.key == item.key) else {
            continue;
        };
        if old == item {
            continue;
        }
        let all = |item: &Item, other: &Item| {
            let title = (item.title != other.title).then(|| format!("‘{}’", item.title));
            let details = item
                .details
                .iter()
                .filter(|line| !other.details.contains(line));
            title
                .into_iter()
                .chain(details.cloned())
                .collect::<Vec<_>>()
        };
        let (mut was, mut is) = (all(old, item), all(item, old));
        if was.is_empty() && is.is_empty() {
            was.push("Another order".to_owned());
            is.push("This order".to_owned());
        }
        changed.push(Changed {
            name: named(old),
            before: was,
            after: is,
        });
    }
    let section = Section {
        title,
        added: missing(after, before),
        removed: missing(before, after),
        changed,
    };
    let nothing =
        section.added.is_empty() && section.removed.is_empty() && section.changed.is_empty();
    (!nothing).then_some(section)
}
