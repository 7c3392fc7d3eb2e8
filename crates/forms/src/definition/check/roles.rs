//! That the roles which a definition names exist. Roles are facts of the partnership, so this is
//! apart from what the file itself decides.

use std::collections::BTreeSet;

use super::super::file::{At, File};
use super::super::near;
use super::Faults;

pub(in super::super) fn roles(file: &File, known: &BTreeSet<String>, faults: &mut Faults<'_>) {
    let mut role = |name: &At<String>, path: String| {
        if !known.contains(name.str()) {
            let message = format!(
                "there is no role '{}'{}",
                name.str(),
                near(name.str(), known.iter().map(String::as_str))
            );
            faults.at(name, path, message);
        }
    };
    for (act, granted) in file.access.get().acts() {
        for name in granted.keys() {
            role(name, format!("access, {}", act.name()));
        }
    }
    for one in &file.moves {
        for name in &one.by {
            role(name, format!("move {}, by", one.key.str()));
        }
    }
}
