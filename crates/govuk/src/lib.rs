//! Page shell and components, chart building blocks, catalogue of texts.
//!
//! # How a slice makes a page
//!
//! 1. Its template lies beside its Rust, say `crates/places/src/ranking/list.html`:
//!
//!    ```jinja
//!    {% extends "layout.html" %}
//!    {% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}
//!    {% from "components/table.html" import scrollTable %}
//!    {% block content %}
//!    <h1 class="govuk-heading-l">{{ heading }}</h1>
//!    …
//!    <form method="post" action="/places/watch" novalidate>
//!      {{ csrf_field() }}
//!      {{ govukInput({"id": "name", "name": "name", "label": {"text": "Name"},
//!                     "value": value("name"), "errorMessage": error("name")}) }}
//!      {{ govukButton({"text": "Continue"}) }}
//!    </form>
//!    {% endblock %}
//!    ```
//!
//! 2. Rust declares it with [`page!`], fills it with any `Serialize` context and answers:
//!
//!    ```
//!    use commonweal_govuk::{Form, Page, Shell, page};
//!    use axum::response::Response;
//!
//!    page!(LIST, "docs/list.html", "../templates/example.html");
//!
//!    #[derive(serde::Serialize)]
//!    struct List { heading: String, rows: Vec<Row> }
//!    #[derive(serde::Serialize)]
//!    struct Row { name: String, count: u32 }
//!
//!    // `shell` comes from the request (crates/access makes it).
//!    fn list(shell: &Shell) -> Response {
//!        let context = List { heading: "Where it happens".into(), rows: vec![] };
//!        Page::new(&LIST, "Where it happens").breadcrumb("Home", "/").respond(shell, &context)
//!    }
//!
//!    // A form that was sent: `axum::Form<Vec<(String, String)>>` becomes a `Form`.
//!    fn send(shell: &Shell, pairs: Vec<(String, String)>) -> Response {
//!        let mut form = Form::from(pairs);
//!        let _name = form.required("name", "Enter a name");
//!        let context = List { heading: "Where it happens".into(), rows: vec![] };
//!        Page::new(&LIST, "Where it happens").form(&form).respond(shell, &context) // 422 with the summary
//!    }
//!    # list(&Shell::default()); send(&Shell::default(), vec![]);
//!    ```
//!
//! 3. Its test calls [`check_page`] with a sample: every name used must exist in it (optional values
//!    as `null`), components get only parameters they know, and the house rules hold
//!    (one `h1`, unique ids, nothing inline, `{{ csrf_field() }}` in posted forms, table captions).
//!    Pages that the public sees take [`check_public_page`]: their text must be in the catalogue.
//!
//! # What templates have
//!
//! * Blocks of `layout.html`: `content` (inside `main`), `head`, `before` (between header and `main`,
//!   after breadcrumbs), `after` (after `main`), `scripts`. `main` holds flash message and error
//!   summary before `content`.
//! * Variables: the fields of the context; `shell` ([`Shell`]) and `page`.
//! * Functions: `asset("map.js")`, `t("sign_in.title", name=…)` (public pages take every text from
//!   `data/text/en.toml`), `csrf_field()`, and for the form on the page `value("field")`,
//!   `checked("field", "choice")`, `error("field")` (give it to a component as `errorMessage`).
//!   They work in the page itself, not inside macros of another file.
//! * Filters: `number` (12,345), `decimal(1)`, and those of Jinja.
//! * Official components: `govuk_frontend_jinja/components/NAME/macro.html`, parameters as documented
//!   by the GOV.UK Design System. Ours, after the Ministry of Justice's: `components/NAME.html` with
//!   `subNavigation`, `sideNavigation`, `timeline`, `filter`, `identityBar`, `badge`, `pageHeader`,
//!   `scrollTable`, `keyFigures`, `chart`.
//!
//! # A map
//!
//! `Page::script("map.js").style("map.css")` and, in the template, the server's key and
//!
//! ```html
//! <div id="map" data-map data-url="/map/cells?kind=noise" data-resolutions="8,9" data-unit="incidents"
//!      data-label="Map of incidents by cell" data-outline="/map/outline" data-item-url="/cells/{id}">
//!   <p class="govuk-body">…what is here without a script, such as a drawn [`chart::MapChart`]…</p>
//! </div>
//! ```
//!
//! `data-url` answers `{"resolution":9,"cells":[["8919…",12],…],"breaks":[1,5,20],"marked":[]}` or a GeoJSON
//! `FeatureCollection` with `breaks` and properties `value`, `name`, `id`, `url`, `marked`. `breaks` are
//! those of [`chart::Classes`], whose `legend` is the key; colours and patterns are the same in both.
//!
//! # What handlers and the router have
//!
//! [`error_page()`] / [`ErrorPage`] for people and [`Problem`] for programs; [`assets::router`];
//! [`headers::SecurityHeaders`] with [`headers::set`]; [`csrf::token`] and [`csrf::verify`];
//! [`chart`] for drawings with their tables; [`text::t`]; [`format`](mod@format).

pub mod assets;
pub mod chart;
mod check;
pub mod csrf;
mod environment;
mod error_page;
#[cfg(test)]
mod fixtures;
mod form;
pub mod format;
pub mod headers;
mod page;
mod problem;
mod shell;
pub mod text;

#[doc(hidden)]
pub use inventory;

pub use check::{CheckError, check_page, check_public_page, page_faults, sample_shell};
pub use error_page::{ErrorKind, ErrorPage, error_page};
pub use form::{FieldErrors, Form};
pub use page::{Page, PageTemplate, RenderError};
pub use problem::Problem;
pub use shell::{Colour, Flash, Link, NavItem, Person, Shell};
pub use text::Language;

/// Text made safe for HTML and SVG, in content and in double-quoted attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
