//! The official templates against GOV.UK Frontend's own fixtures.

use std::path::Path;

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Deserialize;

use crate::environment::serving;

#[derive(Deserialize)]
struct Component {
    component: String,
    fixtures: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    name: String,
    options: serde_json::Value,
    html: String,
}

/// White space between and inside tags, and the spelling of two entities, carry no meaning.
fn canonical(html: &str) -> String {
    let words = html.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = words
        .replace("&#x27;", "&#39;")
        .replace("&#x2f;", "/")
        .replace("&#x2F;", "/");
    for (from, to) in [("> ", ">"), (" <", "<"), (" >", ">"), ("\" />", "\"/>")] {
        text = text.replace(from, to);
    }
    text
}

fn macro_name(component: &str) -> String {
    let capitalised = component.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_uppercase() + rest
    });
    format!("govuk{}", capitalised.collect::<String>())
}

#[test]
fn every_official_fixture_renders_as_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../web/node_modules/govuk-frontend/dist/govuk/components");
    assert!(
        folder.is_dir(),
        "{} is missing: run `make web`, which installs it by lock file",
        folder.display()
    );
    let mut seen = 0;
    let mut different = Vec::new();
    let mut folders: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    for path in folders
        .into_iter()
        .map(|path| path.join("fixtures.json"))
        .filter(|path| path.is_file())
    {
        let component: Component =
            serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = macro_name(&component.component);
        let source = format!(
            "{{% from 'govuk_frontend_jinja/components/{}/macro.html' import {name} %}}{{{{ {name}(params) }}}}",
            component.component
        );
        let template = serving()
            .template_from_named_str("fixture.html", &source)
            .unwrap();
        for fixture in component.fixtures {
            seen += 1;
            let rendered =
                template.render(context! { params => Value::from(Serde(&fixture.options)) });
            let rendered = rendered.unwrap_or_else(|error| format!("{error:#}"));
            if canonical(&rendered) != canonical(&fixture.html) {
                different.push(format!(
                    "{name} '{}'\n  {}\n  {}",
                    fixture.name,
                    canonical(&fixture.html),
                    canonical(&rendered)
                ));
            }
        }
    }
    assert!(
        different.is_empty(),
        "{} of {seen} fixtures differ:\n{}",
        different.len(),
        different.join("\n")
    );
    assert_eq!(seen, 657, "govuk-frontend 6.3.0 has 657 fixtures");
}
