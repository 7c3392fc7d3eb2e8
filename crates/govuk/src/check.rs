//! The test that every page has: rendered strictly with sample data, and obeying the house rules.

use std::collections::BTreeSet;

use minijinja::value::{Serde, Value};
use serde::Serialize;

use crate::environment;
use crate::page::{Page, PageTemplate, RenderError};
use crate::shell::{Flash, NavItem, Person, Shell};
use crate::text::Language;

/// What is wrong with a page.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Names that the template uses and the sample lacks.
    #[error("{page} uses names that its sample lacks: {names}")]
    Unknown {
        /// The page.
        page: &'static str,
        /// The names, separated by commas.
        names: String,
    },
    /// It could not be rendered strictly.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// It breaks rules of the house.
    #[error("{page}: {faults}")]
    Rules {
        /// The page.
        page: &'static str,
        /// The faults, separated by semicolons.
        faults: String,
    },
}

/// Checks a page and returns its HTML, so that a test may look further.
///
/// Every name in the template must exist in the sample (optional values as `null`, not left out),
/// components must get parameters they know, and [`page_faults`] must find nothing.
///
/// # Errors
/// [`CheckError`] says what is wrong.
pub fn check_page(
    template: &'static PageTemplate,
    sample: &impl Serialize,
) -> Result<String, CheckError> {
    let shell = sample_shell();
    let page = Page::new(template, "Sample");
    let fields = Value::from(Serde(sample));
    let strict = environment::checking();
    let wrap = |source| RenderError::Template {
        page: template.name,
        source,
    };

    let globals = environment::known_names(strict);
    let used = strict
        .get_template(template.name)
        .map_err(wrap)?
        .undeclared_variables(true);
    let unknown: BTreeSet<String> = used
        .into_iter()
        .filter(|name| !globals.contains(name.split('.').next().unwrap_or_default()))
        .filter(|name| !exists(&fields, name))
        .collect();
    if !unknown.is_empty() {
        let names = unknown.into_iter().collect::<Vec<_>>().join(", ");
        return Err(CheckError::Unknown {
            page: template.name,
            names,
        });
    }
    page.render_in(strict, &shell, fields)?;
    let html = page.render(&shell, sample)?.0;
    let faults = page_faults(&html);
    if faults.is_empty() {
        Ok(html)
    } else {
        Err(CheckError::Rules {
            page: template.name,
            faults: faults.join("; "),
        })
    }
}

/// [`check_page`] for a page that the public sees: besides, all of its text must come from the
/// catalogue (`t("…")`) or from the sample.
///
/// # Errors
/// [`CheckError`] says what is wrong.
pub fn check_public_page(
    template: &'static PageTemplate,
    sample: &impl Serialize,
) -> Result<String, CheckError> {
    let html = check_page(template, sample)?;
    let shell = Shell {
        language: Language::Pseudo,
        ..sample_shell()
    };
    let disguised = Page::new(template, "Sample").render(&shell, sample)?.0;
    let known = [serde_json::to_string(&shell), serde_json::to_string(sample)]
        .map(Result::unwrap_or_default)
        .concat();
    let faults: Vec<String> = texts(&disguised)
        // As the sample has it: what somebody typed stands on the page with its signs escaped.
        .map(|text| {
            text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&")
        })
        .filter(|text| !known.contains(text.as_str()))
        .map(|text| format!("'{text}' is not from the catalogue"))
        .collect();
    if faults.is_empty() {
        Ok(html)
    } else {
        Err(CheckError::Rules {
            page: template.name,
            faults: faults.join("; "),
        })
    }
}

/// The words of a page outside the brackets of [`crate::text::pseudo`]: in its body and in attributes
/// that are read out.
fn texts(html: &str) -> impl Iterator<Item = String> {
    let body = html
        .split_once("<body")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(html, |(_, body)| body);
    let content = body
        .split('>')
        .filter_map(|part| part.split('<').next())
        .map(str::to_owned);
    let read_out = tags(body).flat_map(|tag| {
        ["aria-label", "alt", "title", "placeholder"]
            .map(|name| attribute(tag, name).unwrap_or_default().to_owned())
    });
    content
        .collect::<Vec<_>>()
        .into_iter()
        .chain(read_out.collect::<Vec<_>>())
        .filter_map(|text| {
            let mut plain = String::new();
            let mut depth = 0_u32;
            for letter in text.chars() {
                match letter {
                    '[' => depth += 1,
                    ']' => depth = depth.saturating_sub(1),
                    _ if depth == 0 => plain.push(letter),
                    _ => {}
                }
            }
            let plain = plain.trim();
            plain
                .contains(|letter: char| letter.is_ascii_alphabetic())
                .then(|| plain.to_owned())
        })
}

/// A shell with everything in it.
pub fn sample_shell() -> Shell {
    Shell {
        partnership_name: "Sample partnership".to_owned(),
        navigation: vec![NavItem::new("Home", "/"), NavItem::new("Places", "/places")],
        person: Some(Person {
            name: "Sam Sample".to_owned(),
            account: Some("/account".to_owned()),
            sign_out: "/sign-out".to_owned(),
        }),
        csrf_token: Some("00".to_owned()),
        made_up_data: true,
        flash: Some(Flash {
            success: true,
            text: "Saved".to_owned(),
        }),
        ..Shell::default()
    }
    .source("Contains public sector information licensed under the Open Government Licence v3.0.")
}

/// A dotted name is there, as far as the sample's own maps reach.
fn exists(fields: &Value, name: &str) -> bool {
    let mut value = fields.clone();
    for part in name.split('.') {
        if value.kind() != minijinja::value::ValueKind::Map {
            return true; // a method, or an attribute of something that may be missing
        }
        match value.get_attr(part) {
            Ok(inner) if !inner.is_undefined() => value = inner,
            _ => return false,
        }
    }
    true
}

/// Rules that every finished page keeps: one `h1`, unique ids, nothing inline, a token in every form
/// that is posted, words for every image, a caption for every table.
pub fn page_faults(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let headings = html.matches("<h1").count();
    if headings != 1 {
        faults.push(format!("{headings} h1 headings instead of one"));
    }
    let mut ids = BTreeSet::new();
    for tag in tags(html) {
        if let Some(id) = attribute(tag, "id").filter(|id| !ids.insert(*id)) {
            faults.push(format!("the id '{id}' is used twice"));
        }
        if attribute(tag, "style").is_some() || tag.starts_with("style") {
            faults.push(format!("inline style in <{tag}>"));
        }
        if tag
            .split_ascii_whitespace()
            .skip(1)
            .any(|word| word.starts_with("on") && word.contains('='))
        {
            faults.push(format!("inline script in <{tag}>"));
        }
        if tag.starts_with("script") && attribute(tag, "src").is_none() {
            faults.push("inline script".to_owned());
        }
        if tag.starts_with("img") && attribute(tag, "alt").is_none() {
            faults.push(format!("no words for <{tag}>"));
        }
    }
    for form in between(html, "<form", "</form>") {
        if form.contains("method=\"post\"") && !form.contains("name=\"csrf_token\"") {
            faults.push("a form is posted without {{ csrf_field() }}".to_owned());
        }
    }
    if between(html, "<table", "</table>").any(|table| !table.contains("<caption")) {
        faults.push("a table has no caption".to_owned());
    }
    faults
}

fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(tag, _)| tag)
        .filter(|tag| !tag.starts_with(['/', '!']))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

fn between<'a>(html: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(open)
        .skip(1)
        .map(move |rest| rest.split(close).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    crate::page!(EXAMPLE, "example.html", "../templates/example.html");
    const WRONG_LOOP: PageTemplate = PageTemplate {
        name: "test/wrong-loop.html",
        source: "{% extends 'layout.html' %}{% from 'govuk_frontend_jinja/components/tag/macro.html' import govukTag %}\
                 {% block content %}{% for row in rows %}{{ govukTag({'text': row.nmae}) }}{% endfor %}{% endblock %}",
    };
    const WRONG_PARAMETER: PageTemplate = PageTemplate {
        name: "test/wrong-parameter.html",
        source: "{% extends 'layout.html' %}{% from 'govuk_frontend_jinja/components/tag/macro.html' import govukTag %}\
                 {% block content %}{{ govukTag({'labell': 'x'}) }}{% endblock %}",
    };
    inventory::submit! { WRONG_LOOP }
    inventory::submit! { WRONG_PARAMETER }

    #[test]
    fn a_right_page_passes() {
        let html = check_page(
            &EXAMPLE,
            &json!({ "heading": "Peterlee", "rows": [{ "name": "Cell", "count": 1234 }] }),
        );
        assert!(html.unwrap().contains("1,234"));
    }

    #[test]
    fn a_misspelt_name_is_found() {
        let error = check_page(&EXAMPLE, &json!({ "heading": "Peterlee" })).unwrap_err();
        assert!(error.to_string().contains("rows"), "{error}");
    }

    #[test]
    fn a_misspelt_name_inside_a_loop_is_found() {
        let error = check_page(&WRONG_LOOP, &json!({ "rows": [{ "name": "Cell" }] })).unwrap_err();
        assert!(matches!(error, CheckError::Render(_)), "{error}");
    }

    #[test]
    fn a_parameter_that_a_component_does_not_know_is_found() {
        let error = check_page(&WRONG_PARAMETER, &json!({})).unwrap_err();
        let RenderError::Template { source, .. } = &match error {
            CheckError::Render(error) => error,
            other => panic!("{other}"),
        };
        assert!(format!("{source:#}").contains("labell"), "{source:#}");
    }

    #[test]
    fn text_outside_the_catalogue_is_found() {
        let error =
            check_public_page(&EXAMPLE, &json!({ "heading": "Peterlee", "rows": [] })).unwrap_err();
        assert!(
            error.to_string().contains("'Continue'") && !error.to_string().contains("Peterlee"),
            "{error}"
        );
    }

    #[test]
    fn rules_are_kept() {
        let faults = page_faults(
            "<h1>a</h1><h1 id=\"x\" style=\"a\">b</h1><p id=\"x\" onclick=\"y\"><form method=\"post\"></form><script>1</script><img src=\"a\"><table></table>",
        );
        assert_eq!(faults.len(), 8, "{faults:?}");
        assert!(page_faults("<h1>a</h1><form method=\"get\"></form>").is_empty());
    }
}
