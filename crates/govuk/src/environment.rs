//! The template engine as the official templates need it, and the functions that pages may call.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, context,
    escape_formatter,
};
use rust_embed::RustEmbed;

use crate::page::PageTemplate;
use crate::text::{self, Language};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist/templates"]
struct OfficialTemplates;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/templates"]
struct OwnTemplates;

inventory::collect!(PageTemplate);

/// How an environment treats names that do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As the official templates expect: unknown names are blank.
    Serve,
    /// For [`crate::check_page`]: components are replaced by stubs that inspect their parameters,
    /// and every other use of an unknown name is an error.
    Check,
}

/// The one environment that serves pages, made at first use.
pub(crate) fn serving() -> &'static Environment<'static> {
    static SERVING: OnceLock<Environment<'static>> = OnceLock::new();
    SERVING.get_or_init(|| build(Mode::Serve))
}

/// The environment of [`crate::check_page`].
pub(crate) fn checking() -> &'static Environment<'static> {
    static CHECKING: OnceLock<Environment<'static>> = OnceLock::new();
    CHECKING.get_or_init(|| build(Mode::Check))
}

fn build(mode: Mode) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(match mode {
        Mode::Serve => UndefinedBehavior::Chainable,
        Mode::Check => UndefinedBehavior::Strict,
    });
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_auto_reload(false);
    environment.set_formatter(write);
    environment.set_path_join_callback(join);
    environment.set_loader(move |name| Ok(load(name, mode)));
    environment.add_test("escaped", |value: Value| value.is_safe());
    environment.add_test("mapping", |value: Value| value.kind() == ValueKind::Map);
    environment.add_filter("number", |value: Value| number(&value));
    environment.add_filter("decimal", |value: f64, digits: Option<u32>| {
        decimal(value, digits.unwrap_or(1))
    });
    environment.add_function("asset", |name: &str| {
        crate::assets::address(name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOperation,
                format!("no asset is called '{name}'"),
            )
        })
    });
    environment.add_function("t", move |state: &State, key: &str, values: Kwargs| {
        translate(state, key, &values, mode)
    });
    environment.add_function("csrf_field", csrf_field);
    environment.add_function("error", field_error);
    environment.add_function("value", field_value);
    environment.add_function("checked", field_checked);
    environment.add_function("commonweal_check", check_parameters);
    environment
}

/// Names the functions and globals that a page may use without having them in its context.
pub(crate) fn known_names(environment: &Environment<'_>) -> BTreeSet<String> {
    let ours = [
        "shell", "page", "caller", "loop", "self", "super", "varargs",
    ];
    environment
        .globals()
        .map(|(name, _)| name.to_owned())
        .chain(ours.map(str::to_owned))
        .collect()
}

fn load(name: &str, mode: Mode) -> Option<String> {
    let component = name.starts_with("govuk_frontend_jinja/") || name.starts_with("components/");
    let source = if name.starts_with("govuk_frontend_jinja/") {
        text_of(&OfficialTemplates::get(name)?)
    } else if let Some(page) = inventory::iter::<PageTemplate>().find(|page| page.name == name) {
        page.source.to_owned()
    } else {
        text_of(&OwnTemplates::get(name)?)
    };
    Some(if component && mode == Mode::Check {
        stubs(&source)
    } else {
        source
    })
}

/// Writes a value: nothing for a missing one, and text escaped as [`crate::escape`] does it (the
/// engine's own way also escapes slashes, which makes addresses hard to read and to test).
fn write(output: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        _ if value.is_none() => Ok(()),
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => {
            output.write_str(&crate::escape(text)).map_err(Error::from)
        }
        _ => escape_formatter(output, state, value),
    }
}

fn text_of(file: &rust_embed::EmbeddedFile) -> String {
    String::from_utf8_lossy(&file.data).into_owned()
}

/// Relative imports ("./x", "../x") start at the folder of the importing template.
fn join<'s>(name: &'s str, parent: &'s str) -> Cow<'s, str> {
    if !name.starts_with("./") && !name.starts_with("../") {
        return Cow::Borrowed(name);
    }
    let mut parts: Vec<&str> = parent.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    Cow::Owned(parts.join("/"))
}

/// A macro's name and the parameters it reads, for each macro in a component's source.
fn macros(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let identifier = |text: &str| -> String {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect()
    };
    let names: Vec<String> = source
        .match_indices("macro ")
        .filter(|(at, _)| source[..*at].trim_end_matches([' ', '-']).ends_with("{%"))
        .map(|(at, found)| identifier(&source[at + found.len()..]))
        .filter(|name| !name.is_empty() && !name.starts_with('_'))
        .collect();
    let parameters: BTreeSet<String> = [
        "params.",
        "params['",
        "params[\"",
        "params.get('",
        "params.get(\"",
    ]
    .iter()
    .flat_map(|prefix| source.match_indices(prefix))
    .map(|(at, found)| identifier(&source[at + found.len()..]))
    .collect();
    names
        .into_iter()
        .map(|name| (name, parameters.clone()))
        .collect()
}

/// Stand-ins for the macros of a component: they look at what they are given and print nothing of it.
fn stubs(source: &str) -> String {
    macros(source)
        .into_iter()
        .map(|(name, parameters)| {
            let known = parameters.into_iter().collect::<Vec<_>>().join(" ");
            format!(
                "{{% macro {name}(params) %}}\
                 {{{{ commonweal_check('{name}', '{known}', params) if params is defined }}}}\
                 {{{{ caller() if caller is defined }}}}{{% endmacro %}}\n"
            )
        })
        .collect()
}

fn check_parameters(component: &str, known: &str, parameters: &Value) -> Result<Value, Error> {
    let known: BTreeSet<&str> = known.split(' ').collect();
    if parameters.kind() == ValueKind::Map {
        for key in parameters.try_iter()? {
            let key = key.as_str().unwrap_or_default();
            if !known.contains(key) {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    format!("{component} has no parameter '{key}'"),
                ));
            }
        }
    }
    refuse_undefined(component, parameters)?;
    Ok(Value::from(""))
}

fn refuse_undefined(path: &str, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined => Err(Error::new(
            ErrorKind::UndefinedError,
            format!("{path} is given a name that does not exist"),
        )),
        ValueKind::Map => value
            .try_iter()?
            .try_for_each(|key| refuse_undefined(&format!("{path}.{key}"), &value.get_item(&key)?)),
        ValueKind::Seq | ValueKind::Iterable => value
            .try_iter()?
            .enumerate()
            .try_for_each(|(index, item)| refuse_undefined(&format!("{path}[{index}]"), &item)),
        _ => Ok(()),
    }
}

fn translate(state: &State, key: &str, values: &Kwargs, mode: Mode) -> Result<String, Error> {
    let language = shell(state, "language")
        .and_then(|code| Language::from_code(code.as_str()?))
        .unwrap_or_default();
    let names: Vec<String> = values.args().map(str::to_owned).collect();
    let mut fields = HashMap::new();
    for name in names {
        let value: Value = values.get(&name)?;
        fields.insert(name, value.to_string());
    }
    match text::find(language, key) {
        Some(pattern) => text::fill(&pattern, &fields).map_err(|name| {
            Error::new(
                ErrorKind::MissingArgument,
                format!("text '{key}' needs '{name}'"),
            )
        }),
        None if mode == Mode::Check => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("data/text/en.toml has no text '{key}'"),
        )),
        None => Ok(key.to_owned()),
    }
}

fn shell(state: &State, name: &str) -> Option<Value> {
    state
        .lookup("shell")?
        .get_attr(name)
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_none())
}

fn form(state: &State, part: &str, field: &str) -> Option<Value> {
    let part = state
        .lookup("page")?
        .get_attr("form")
        .ok()?
        .get_attr(part)
        .ok()?;
    part.get_attr(field)
        .ok()
        .filter(|value| !value.is_undefined())
}

/// `{{ csrf_field() }}`: the hidden field that every form sent by POST needs.
fn csrf_field(state: &State) -> Value {
    let token = shell(state, "csrf_token")
        .map(|token| token.to_string())
        .unwrap_or_default();
    Value::from_safe_string(crate::csrf::field(&token))
}

/// `error("email")`: an `errorMessage` parameter, or `false` where the field is fine.
fn field_error(state: &State, field: &str) -> Value {
    form(state, "errors", field).map_or_else(
        || Value::from(false),
        |message| context! { text => message },
    )
}

/// `value("email")`: what was typed, or an empty text.
fn field_value(state: &State, field: &str) -> Value {
    form(state, "values", field)
        .and_then(|values| values.get_item(&Value::from(0)).ok())
        .unwrap_or_else(|| Value::from(""))
}

/// `checked("roles", "officer")`: whether this choice was made.
fn field_checked(state: &State, field: &str, choice: &str) -> bool {
    form(state, "values", field)
        .and_then(|values| {
            values
                .try_iter()
                .ok()
                .map(|mut values| values.any(|value| value.as_str() == Some(choice)))
        })
        .unwrap_or(false)
}

/// `{{ 12345 | number }}` is 12,345; anything that is not a number stays as it is.
fn number(value: &Value) -> String {
    i64::try_from(value.clone()).map_or_else(|_| value.to_string(), crate::format::whole)
}

fn decimal(value: f64, digits: u32) -> String {
    crate::format::decimal(value, digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_imports_start_at_the_parent() {
        assert_eq!(
            join("../macros/a.html", "x/components/b.html"),
            "x/macros/a.html"
        );
        assert_eq!(join("./a.html", "x/b.html"), "x/a.html");
        assert_eq!(join("y/a.html", "x/b.html"), "y/a.html");
    }

    #[test]
    fn stubs_know_a_macro_and_its_parameters() {
        let found = macros("{%- macro govukTag(params) %}{{ params.text }}{% macro _x() %}");
        assert_eq!(
            found,
            [("govukTag".to_owned(), BTreeSet::from(["text".to_owned()]))]
        );
    }
}
