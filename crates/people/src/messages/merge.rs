//! Merge fields, `if` and `each`: all that a template may do, strict on names.
//!
//! `{name}` is a field; `{if name}…{else}…{end}` asks whether it says anything; `{each name}…{end}`
//! repeats for each item of a list, whose fields come before those outside.

use std::collections::{BTreeMap, BTreeSet};

/// How deep `if` and `each` may stand in each other.
const DEEPEST: usize = 4;

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text; says nothing where it is empty.
    Text(String),
    /// Items for `each`; says nothing where there is none.
    List(Vec<Fields>),
}

/// Fields by name.
pub type Fields = BTreeMap<&'static str, Value>;

/// Why a text is no template, or cannot be filled. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// A bracket is not closed, or closes nothing.
    #[error("a bracket is not closed, or `end` stands alone")]
    Unbalanced,
    /// `if` and `each` stand too deep in each other.
    #[error("`if` and `each` stand too deep in each other")]
    Deep,
    /// A field's name is none.
    #[error("'{0}' is not the name of a field")]
    Name(String),
    /// There is no such field.
    #[error("there is no field '{0}'")]
    Unknown(String),
    /// A list stands where text should, or the other way round.
    #[error("the field '{0}' is used as what it is not")]
    Kind(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(String),
    If(String, Vec<Part>, Vec<Part>),
    Each(String, Vec<Part>),
}

/// A text with merge fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// What ended a run of parts.
#[derive(PartialEq)]
enum End {
    Whole,
    Else,
    Closed,
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn parse(text: &str) -> Result<Self, MergeError> {
        let mut rest = text;
        let (parts, end) = parts(&mut rest, 0)?;
        if end == End::Whole {
            Ok(Self(parts))
        } else {
            Err(MergeError::Unbalanced)
        }
    }

    /// Every name that it uses.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        collect(&self.0, &mut names);
        names
    }

    /// The text with its fields filled in. What a field holds is never read as a template.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn fill(&self, fields: &Fields) -> Result<String, MergeError> {
        let mut out = String::new();
        fill(&self.0, &[fields], &mut out)?;
        Ok(out)
    }
}

fn name(text: &str) -> Result<String, MergeError> {
    let good = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if good {
        Ok(text.to_owned())
    } else {
        Err(MergeError::Name(text.chars().take(30).collect()))
    }
}

fn parts(rest: &mut &str, depth: usize) -> Result<(Vec<Part>, End), MergeError> {
    if depth > DEEPEST {
        return Err(MergeError::Deep);
    }
    let mut all = Vec::new();
    loop {
        let Some((before, after)) = rest.split_once('{') else {
            if rest.contains('}') {
                return Err(MergeError::Unbalanced);
            }
            all.push(Part::Text((*rest).to_owned()));
            *rest = "";
            return Ok((all, End::Whole));
        };
        if before.contains('}') {
            return Err(MergeError::Unbalanced);
        }
        all.push(Part::Text(before.to_owned()));
        let (tag, after) = after.split_once('}').ok_or(MergeError::Unbalanced)?;
        *rest = after;
        match tag.split_once(' ').unwrap_or((tag, "")) {
            ("end", "") => return Ok((all, End::Closed)),
            ("else", "") => return Ok((all, End::Else)),
            ("if", field) => {
                let field = name(field)?;
                let (yes, end) = parts(rest, depth + 1)?;
                let no = match end {
                    End::Closed => Vec::new(),
                    End::Else => match parts(rest, depth + 1)? {
                        (no, End::Closed) => no,
                        _ => return Err(MergeError::Unbalanced),
                    },
                    End::Whole => return Err(MergeError::Unbalanced),
                };
                all.push(Part::If(field, yes, no));
            }
            ("each", field) => {
                let field = name(field)?;
                let (inner, End::Closed) = parts(rest, depth + 1)? else {
                    return Err(MergeError::Unbalanced);
                };
                all.push(Part::Each(field, inner));
            }
            _ => all.push(Part::Field(name(tag)?)),
        }
    }
}

fn collect<'a>(parts: &'a [Part], names: &mut BTreeSet<&'a str>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Field(name) => {
                names.insert(name);
            }
            Part::If(name, yes, no) => {
                names.insert(name);
                collect(yes, names);
                collect(no, names);
            }
            Part::Each(name, inner) => {
                names.insert(name);
                collect(inner, names);
            }
        }
    }
}

fn look<'a>(name: &str, around: &[&'a Fields]) -> Result<&'a Value, MergeError> {
    around
        .iter()
        .rev()
        .find_map(|fields| fields.get(name))
        .ok_or_else(|| MergeError::Unknown(name.to_owned()))
}

fn fill(parts: &[Part], around: &[&Fields], out: &mut String) -> Result<(), MergeError> {
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Field(name) => match look(name, around)? {
                Value::Text(text) => out.push_str(text),
                Value::List(_) => return Err(MergeError::Kind(name.clone())),
            },
            Part::If(name, yes, no) => {
                let says = match look(name, around)? {
                    Value::Text(text) => !text.is_empty(),
                    Value::List(items) => !items.is_empty(),
                };
                fill(if says { yes } else { no }, around, out)?;
            }
            Part::Each(name, inner) => {
                let Value::List(items) = look(name, around)? else {
                    return Err(MergeError::Kind(name.clone()));
                };
                for item in items {
                    let mut nearer = around.to_vec();
                    nearer.push(item);
                    fill(inner, &nearer, out)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields() -> Fields {
        Fields::from([
            ("name", Value::Text("Ann {if x}".to_owned())),
            ("none", Value::Text(String::new())),
            (
                "links",
                Value::List(vec![
                    Fields::from([("link", Value::Text("a".to_owned()))]),
                    Fields::from([("link", Value::Text("b".to_owned()))]),
                ]),
            ),
        ])
    }

    fn filled(text: &str) -> Result<String, MergeError> {
        Template::parse(text)?.fill(&fields())
    }

    #[test]
    fn fields_ifs_and_lists_are_filled_and_values_are_never_templates() {
        assert_eq!(filled("Dear {name}.").unwrap(), "Dear Ann {if x}.");
        assert_eq!(
            filled("{if none}a{else}b{end}{if name}c{end}").unwrap(),
            "bc"
        );
        assert_eq!(
            filled("{each links}<{link} {name}>{end}").unwrap(),
            "<a Ann {if x}><b Ann {if x}>"
        );
        let template = Template::parse("{if none}{name}{end}{each links}{link}{end}").unwrap();
        let names: Vec<&str> = template.names().into_iter().collect();
        assert_eq!(names, ["link", "links", "name", "none"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(
            filled("{nobody}"),
            Err(MergeError::Unknown("nobody".to_owned()))
        );
        assert_eq!(filled("{links}"), Err(MergeError::Kind("links".to_owned())));
        assert_eq!(
            filled("{each name}{end}"),
            Err(MergeError::Kind("name".to_owned()))
        );
        for text in [
            "{",
            "}",
            "a}b{name}",
            "{end}",
            "{else}",
            "{if name}",
            "{each links}{else}{end}",
        ] {
            assert_eq!(filled(text), Err(MergeError::Unbalanced), "{text}");
        }
        assert!(matches!(filled("{Name}"), Err(MergeError::Name(_))));
        assert!(matches!(filled("{if }x{end}"), Err(MergeError::Name(_))));
        assert_eq!(
            filled(&("{if name}".repeat(9) + &"{end}".repeat(9))),
            Err(MergeError::Deep)
        );
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,40}", tags in "(\\{(if name|each links|else|end|name|link)\\}){0,12}") {
            let _ = filled(&text);
            let _ = filled(&tags);
        }
    }
}
