//! Which properties of an areas file hold the code and the name.

use std::collections::HashSet;

use serde_json::Value;

use super::shapes::{AreaOptions, Raw, areas};
use crate::imports::read::Problem;

/// Which properties hold code and name.
pub(super) struct Fields {
    pub(super) code: String,
    /// Whether the code is the feature's own id.
    own_id: bool,
    pub(super) name: Option<String>,
}

impl Fields {
    pub(super) fn find(raw: &[Raw], options: &AreaOptions<'_>) -> Result<Self, Problem> {
        let mut keys: Vec<&String> = Vec::new();
        let mut seen = HashSet::new();
        for key in raw.iter().flat_map(|r| r.properties.keys()) {
            if seen.insert(key) {
                keys.push(key);
            }
        }
        let given = |field: &str| {
            keys.iter()
                .find(|k| k.as_str() == field)
                .or_else(|| keys.iter().find(|k| k.eq_ignore_ascii_case(field)))
                .map_or_else(
                    || {
                        Err(Problem::NoSuchColumn {
                            column: field.to_owned(),
                            available: keys.iter().map(|k| (*k).clone()).collect(),
                        })
                    },
                    |k| Ok((*k).clone()),
                )
        };
        let mut own_id = false;
        let code = match options.code_field {
            Some(field) => given(field)?,
            None => {
                let own = best_code(raw, &keys);
                match own {
                    Some(key) => key.clone(),
                    None if raw.iter().all(|r| r.id.is_some()) => {
                        own_id = true;
                        "id".to_owned()
                    }
                    None => {
                        return Err(areas(
                            format!(
                                "no property looks like a code; there are: {}",
                                keys.iter()
                                    .map(|k| k.as_str())
                                    .collect::<Vec<_>>()
                                    .join(", ")
                            ),
                            "Say which property holds the code",
                        ));
                    }
                }
            }
        };
        let name = match options.name_field {
            Some(field) => Some(given(field)?),
            None => name_field(&keys, &code),
        };
        Ok(Self { code, own_id, name })
    }

    pub(super) fn code_of(&self, raw: &Raw) -> Option<String> {
        if self.own_id {
            raw.id.as_ref().and_then(plain)
        } else {
            raw.properties.get(&self.code).and_then(plain)
        }
    }
}

/// The property most like a code. A file may carry the codes of larger areas too, so among names
/// alike in form the one with the most different values is the area's own; a form whose values
/// mostly repeat gives way to the next.
fn best_code<'k>(raw: &[Raw], keys: &[&'k String]) -> Option<&'k String> {
    let differing = |key: &str| {
        let values = raw
            .iter()
            .filter_map(|r| r.properties.get(key).and_then(plain));
        values.collect::<HashSet<_>>().len()
    };
    let mut first = None;
    for rank in 0..=LAST_RANK {
        let alike = keys.iter().copied().filter(|k| code_rank(k) == Some(rank));
        let Some((count, key)) = alike
            .map(|k| (differing(k), k))
            .max_by_key(|(count, _)| *count)
        else {
            continue;
        };
        if count * 2 > raw.len() {
            return Some(key);
        }
        first = first.or(Some(key));
    }
    first
}

/// The last of the ranks that [`code_rank`] gives.
const LAST_RANK: u8 = 4;

/// A property's value as text, if it is plain and not empty.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// How much a property's name looks like that of a code: less is more.
fn code_rank(key: &str) -> Option<u8> {
    let lower = key.to_lowercase();
    if stem(&lower).is_some_and(|(_, digits)| !digits.is_empty()) {
        return Some(0);
    }
    match lower.as_str() {
        "code" | "area_code" | "areacode" | "geo_code" | "geography_code" | "gss_code"
        | "ons_code" => Some(1),
        _ if lower.ends_with("_code") || lower.ends_with("code") => Some(2),
        _ if lower.ends_with("cd") => Some(3),
        "id" | "ref" | "reference" => Some(4),
        _ => None,
    }
}

/// `lsoa21cd` or `lsoa21_code` as (`lsoa`, `21`).
fn stem(lower: &str) -> Option<(&str, &str)> {
    let front = lower
        .strip_suffix("_code")
        .or_else(|| lower.strip_suffix("cd"))?;
    let letters = front.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &front[letters.len()..];
    let good = !letters.is_empty()
        && letters.len() <= 6
        && letters.bytes().all(|b| b.is_ascii_lowercase())
        && matches!(digits.len(), 0 | 2);
    good.then_some((letters, digits))
}

/// The kind and vintage that a code's property suggests.
pub(super) fn hints(code_field: &str) -> (Option<String>, Option<i32>) {
    let lower = code_field.to_lowercase();
    let Some((letters, digits)) = stem(&lower) else {
        return (None, None);
    };
    (
        Some(letters.to_owned()),
        digits.parse::<i32>().ok().map(|year| 2000 + year),
    )
}

fn name_field(keys: &[&String], code: &str) -> Option<String> {
    let lower = code.to_lowercase();
    let front = lower
        .strip_suffix("cd")
        .or_else(|| lower.strip_suffix("code"))
        .unwrap_or("");
    let exact = [format!("{front}nm"), format!("{front}name")];
    let exactly = |wanted: &str| keys.iter().find(|k| k.eq_ignore_ascii_case(wanted));
    let ends = || {
        keys.iter().find(|k| {
            let lower = k.to_lowercase();
            lower.ends_with("nm") || lower.ends_with("name")
        })
    };
    exact
        .iter()
        .find_map(|wanted| exactly(wanted))
        .or_else(|| {
            ["name", "label", "title"]
                .iter()
                .find_map(|wanted| exactly(wanted))
        })
        .or_else(ends)
        .map(|k| (*k).clone())
}
