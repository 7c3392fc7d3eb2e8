//! Collecting values from file, environment and command line, each with its place.

use std::collections::BTreeMap;
use std::fmt;

use toml::de::{DeTable, DeValue};

use super::kind::Kind;
use super::settings::SETTINGS;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The configuration file, and the line.
    File(usize),
    /// The environment variable.
    Environment(String),
    /// The command line.
    CommandLine,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(line) => write!(f, "{} line {line}", super::FILE),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::CommandLine => f.write_str("command line"),
        }
    }
}

/// Something wrong with the configuration: where, what, and what to do. Never a secret's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it is.
    pub source: Source,
    /// What is wrong and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.text)
    }
}

/// Values by setting, the strongest source last written.
#[derive(Default)]
pub(super) struct Reader {
    values: BTreeMap<String, (String, Source)>,
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn problem(&mut self, source: Source, text: String) {
        self.problems.push(Problem { source, text });
    }

    /// The values of a configuration file.
    pub(super) fn file(&mut self, text: &str) {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let table = match DeTable::parse(text) {
            Ok(table) => table,
            Err(error) => {
                let at = error.span().map_or(1, |span| line(span.start));
                self.problem(
                    Source::File(at),
                    format!(
                        "this is not TOML ({}). A setting is written as `key = \"value\"` under its `[section]`.",
                        error.message()
                    ),
                );
                return;
            }
        };
        for (section, content) in table.get_ref() {
            let at = Source::File(line(section.span().start));
            let section = section.get_ref();
            let Some(keys) = content.get_ref().as_table() else {
                self.problem(
                    at,
                    format!("`{section}` must stand under a section, such as `[server]`."),
                );
                continue;
            };
            for (key, value) in keys {
                let source = Source::File(line(key.span().start));
                let name = format!("{section}.{}", key.get_ref());
                let text = match value.get_ref() {
                    DeValue::String(text) => text.to_string(),
                    DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
                    DeValue::Boolean(value) => value.to_string(),
                    _ => {
                        self.problem(source, format!("`{name}` must be text in quotation marks, a whole number, or true or false."));
                        continue;
                    }
                };
                self.set(&name, text, source);
            }
        }
    }

    /// The values of environment variables `COMMONWEAL_SECTION__KEY`; others are not ours.
    pub(super) fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (variable, value) in variables {
            let Some((section, key)) = variable
                .strip_prefix("COMMONWEAL_")
                .and_then(|rest| rest.split_once("__"))
            else {
                continue;
            };
            let name = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
            self.set(&name, value, Source::Environment(variable));
        }
    }

    pub(super) fn set(&mut self, name: &str, value: String, source: Source) {
        if SETTINGS.iter().any(|setting| setting.name == name) {
            self.values.insert(name.to_owned(), (value, source));
            return;
        }
        let section = name.split('.').next().unwrap_or_default();
        let mut known: Vec<&str> = SETTINGS
            .iter()
            .filter_map(|setting| setting.name.strip_prefix(section)?.strip_prefix('.'))
            .collect();
        let text = if known.is_empty() {
            known = SETTINGS
                .iter()
                .filter_map(|setting| setting.name.split('.').next())
                .collect();
            known.dedup();
            format!(
                "there is no section `{section}`. The sections are: {}.",
                known.join(", ")
            )
        } else {
            format!(
                "there is no setting `{name}`. Section `{section}` has: {}.",
                known.join(", ")
            )
        };
        self.problem(source, text);
    }

    /// Reads one setting; none, and a problem noted, where its value is wrong.
    pub(super) fn take<T: Kind>(&mut self, name: &str, default: &str) -> Option<T> {
        let (value, source) = match self.values.get(name) {
            Some((value, source)) => (value.as_str(), source.clone()),
            None => (default, Source::Default),
        };
        let read = T::parse(value);
        if read.is_none() {
            let shown = if T::SECRET {
                String::new()
            } else {
                format!(" It is `{value}`.")
            };
            let text = format!("`{name}` must be {}.{shown}", T::FORM);
            self.problem(source, text);
        }
        read
    }

    /// Which settings were set, and where.
    pub(super) fn sources(&self) -> Vec<(String, Source)> {
        self.values
            .iter()
            .map(|(name, (_, source))| (name.clone(), source.clone()))
            .collect()
    }

    /// The value of a setting as it was written, for showing.
    pub(super) fn written(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }
}
