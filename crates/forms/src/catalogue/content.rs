//! Definitions as content: what ships, and what is checked before anything comes into force.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_access::policy::roles;
use commonweal_core::content::{Kind, Shipped};
use commonweal_core::{DbError, ReadTx};
use rust_embed::RustEmbed;

use super::{content_kind, key_of};
use crate::definition::{self, Definition, DefinitionKind, Fault, QuestionKind};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../data/forms"]
struct ShippedForms;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../data/registers"]
struct ShippedRegisters;

/// The definitions that ship with the program.
#[must_use]
pub fn shipped() -> Vec<Shipped> {
    let forms = ShippedForms::iter()
        .map(|key| (DefinitionKind::Form, key.clone(), ShippedForms::get(&key)));
    let registers = ShippedRegisters::iter().map(|key| {
        (
            DefinitionKind::Register,
            key.clone(),
            ShippedRegisters::get(&key),
        )
    });
    let mut all: Vec<Shipped> = forms
        .chain(registers)
        .filter(|(_, key, _)| key_of(key).is_some())
        .filter_map(|(kind, key, file)| {
            Some(Shipped {
                kind: content_kind(kind).to_owned(),
                key: key.into_owned(),
                body: String::from_utf8(file?.data.into_owned()).ok()?,
            })
        })
        .collect();
    all.sort_by(|one, other| (&one.kind, &one.key).cmp(&(&other.kind, &other.key)));
    all
}

/// The keys of the roles that definitions may name: those in the database and those that ship.
///
/// # Errors
/// [`DbError`].
pub async fn known_roles(tx: &mut ReadTx) -> Result<BTreeSet<String>, DbError> {
    let mut known = shipped_roles();
    known.extend(roles::all(tx).await?.into_iter().map(|role| role.key));
    Ok(known)
}

/// The keys of the roles that ship.
#[must_use]
pub fn shipped_roles() -> BTreeSet<String> {
    let roles = roles::parse(roles::SHIPPED).unwrap_or_default();
    roles.into_iter().map(|role| role.key).collect()
}

/// Reads a file of a kind of content and checks it, its roles among these.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_file(
    kind: DefinitionKind,
    file: &str,
    body: &str,
    roles: &BTreeSet<String>,
) -> Result<Definition, Vec<Fault>> {
    let Some(key) = key_of(file) else {
        return Err(vec![Fault {
            line: None,
            path: String::new(),
            message: "the file's name must end in .toml".to_owned(),
        }]);
    };
    let read = definition::read(kind, key, 0, body);
    let unknown = definition::check_roles(body, roles);
    match read {
        Ok(definition) if unknown.is_empty() => Ok(definition),
        Ok(_) => Err(unknown),
        Err(mut faults) => {
            faults.extend(unknown);
            faults.sort_by_key(|fault| fault.line);
            Err(faults)
        }
    }
}

/// The kinds of content `forms` and `registers`, which may name these roles.
#[must_use]
pub fn kinds(roles: &BTreeSet<String>) -> Vec<Kind> {
    let kind = |kind: DefinitionKind| {
        let roles = roles.clone();
        Kind::new(content_kind(kind), move |file, body| {
            read_file(kind, file, body, &roles)
                .map(drop)
                .map_err(|faults| lines(&faults))
        })
    };
    vec![kind(DefinitionKind::Form), kind(DefinitionKind::Register)]
}

fn lines(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n  ")
}

/// What is wrong between definitions: links to registers that are not there, keys and prefixes that
/// two of them have. Each with the key of the definition that it is found in.
#[must_use]
pub fn between(definitions: &[&Definition]) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    let registers: BTreeSet<&str> = definitions
        .iter()
        .filter(|one| one.kind == DefinitionKind::Register)
        .map(|one| one.key.as_str())
        .collect();
    let mut keys = BTreeSet::new();
    let mut prefixes: BTreeMap<&str, &str> = BTreeMap::new();
    for one in definitions {
        let mut add = |message: String| wrong.push((one.key.clone(), message));
        if !keys.insert(one.key.as_str()) {
            add(format!(
                "'{}' is a form and a register: rename one of them",
                one.key
            ));
        }
        if let Some(other) = prefixes
            .insert(&one.prefix, &one.key)
            .filter(|other| *other != one.key)
        {
            add(format!(
                "prefix: '{}' has the prefix '{}' too; choose another, so that references tell them apart",
                other, one.prefix
            ));
        }
        for question in &one.questions {
            if let QuestionKind::Record { register } = &question.kind
                && !registers.contains(register.as_str())
            {
                add(format!(
                    "question {}: there is no register '{register}'",
                    question.id
                ));
            }
        }
        if let Some(parent) = &one.parent
            && !registers.contains(parent.register.as_str())
        {
            add(format!(
                "parent: there is no register '{}'",
                parent.register
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_definition_is_good() {
        let roles = shipped_roles();
        let (mut definitions, mut wrong) = (Vec::new(), Vec::new());
        for file in shipped() {
            let kind = super::super::definition_kind(&file.kind).unwrap();
            match read_file(kind, &file.key, &file.body, &roles) {
                Ok(definition) => definitions.push(definition),
                Err(faults) => {
                    wrong.push(format!(
                        "data/{}/{}:\n  {}",
                        file.kind,
                        file.key,
                        lines(&faults)
                    ));
                }
            }
        }
        let all: Vec<&Definition> = definitions.iter().collect();
        for (key, message) in between(&all) {
            wrong.push(format!("{key}: {message}"));
        }
        for definition in &all {
            for advice in definition::advice(definition) {
                wrong.push(format!("{}: {advice}", definition.key));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(definitions.len() >= 20);
    }
}
