//! One page: its template, its title and what stands around its content.

use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, context};
use serde::Serialize;

use crate::environment;
use crate::error_page::{ErrorKind, ErrorPage};
use crate::form::Form;
use crate::shell::{Link, Shell};

/// A template that lies beside its Rust; made and registered by [`page!`](crate::page!).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageTemplate {
    /// The name by which other templates import it, such as `places/map.html`.
    pub name: &'static str,
    /// Its text.
    pub source: &'static str,
}

/// Declares a page's template, kept beside the Rust that fills it: a constant, the name by which
/// other templates may import it, and its file.
///
/// ```
/// commonweal_govuk::page!(pub(crate) ERROR, "docs/error.html", "../templates/error.html");
/// assert_eq!(ERROR.name, "docs/error.html");
/// ```
#[macro_export]
macro_rules! page {
    ($visibility:vis $constant:ident, $name:literal, $file:literal) => {
        #[doc = concat!("Template `", $name, "`.")]
        $visibility const $constant: $crate::PageTemplate =
            $crate::PageTemplate { name: $name, source: include_str!($file) };
        $crate::inventory::submit! {
            $crate::PageTemplate { name: $name, source: include_str!($file) }
        }
    };
}

/// Why a page could not be made: always a mistake in its template or context.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The engine's message, with template and line.
    #[error("page '{page}' cannot be made: {source}")]
    Template {
        /// The page's name.
        page: &'static str,
        /// What the engine says.
        #[source]
        source: minijinja::Error,
    },
}

impl IntoResponse for RenderError {
    fn into_response(self) -> Response {
        tracing::error!(
            error = &self as &dyn std::error::Error,
            "a page cannot be made"
        );
        ErrorPage::new(ErrorKind::Failure).plain()
    }
}

/// A page about to be shown: template, title, and what stands around the content.
///
/// ```
/// # commonweal_govuk::page!(HELLO, "docs/hello.html", "../templates/example.html");
/// use commonweal_govuk::{Page, Shell};
/// let context = serde_json::json!({ "heading": "Peterlee", "rows": [] });
/// let html = Page::new(&HELLO, "Peterlee").back("/map").render(&Shell::default(), &context)?;
/// assert!(html.0.contains("<h1"));
/// # Ok::<(), commonweal_govuk::RenderError>(())
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Page<'a> {
    #[serde(skip)]
    template: &'a PageTemplate,
    #[serde(skip)]
    status: Option<StatusCode>,
    #[serde(skip)]
    language: Option<crate::Language>,
    title: String,
    back: Option<String>,
    breadcrumbs: Vec<Link>,
    form: Form,
    scripts: Vec<&'static str>,
    styles: Vec<&'static str>,
}

impl<'a> Page<'a> {
    /// A page with its title (the browser's; the template writes its own `h1`).
    pub fn new(template: &'a PageTemplate, title: impl Into<String>) -> Self {
        Self {
            template,
            status: None,
            language: None,
            title: title.into(),
            back: None,
            breadcrumbs: Vec::new(),
            form: Form::default(),
            scripts: Vec::new(),
            styles: Vec::new(),
        }
    }

    /// A back link, for the steps of a journey.
    #[must_use]
    pub fn back(mut self, href: impl Into<String>) -> Self {
        self.back = Some(href.into());
        self
    }

    /// One more breadcrumb, for pages that lie in a hierarchy.
    #[must_use]
    pub fn breadcrumb(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.breadcrumbs.push(Link::new(text, href));
        self
    }

    /// What was typed and what is wrong with it: makes the error summary, the title's "Error: "
    /// and the functions `value`, `checked` and `error` of templates.
    #[must_use]
    pub fn form(mut self, form: &Form) -> Self {
        self.form = form.clone();
        self
    }

    /// Adds a script from `web/dist` by its plain name, such as `map.js`.
    #[must_use]
    pub fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// Adds a style sheet from `web/dist` by its plain name, such as `map.css`.
    #[must_use]
    pub fn style(mut self, name: &'static str) -> Self {
        self.styles.push(name);
        self
    }

    /// Another language than that of the service, for whoever chose one.
    #[must_use]
    pub fn language(mut self, language: crate::Language) -> Self {
        self.language = Some(language);
        self
    }

    /// Another status than 200, or than 422 where the form has errors.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// The page as HTML. The fields of `context` are the template's variables, beside `shell` and `page`.
    ///
    /// # Errors
    /// [`RenderError`] where the template is wrong.
    pub fn render(
        &self,
        shell: &Shell,
        context: &impl Serialize,
    ) -> Result<Html<String>, RenderError> {
        self.render_in(environment::serving(), shell, Value::from(Serde(context)))
            .map(Html)
    }

    pub(crate) fn render_in(
        &self,
        environment: &Environment<'_>,
        shell: &Shell,
        fields: Value,
    ) -> Result<String, RenderError> {
        let mut shell = std::borrow::Cow::Borrowed(shell);
        if let Some(language) = self.language {
            shell.to_mut().language = language;
        }
        let context = context! { shell => Serde(shell.as_ref()), page => Serde(self), ..fields };
        environment
            .get_template(self.template.name)
            .and_then(|template| template.render(context))
            .map_err(|source| RenderError::Template {
                page: self.template.name,
                source,
            })
    }

    /// The page as a response with its status; where it cannot be made, the failure page.
    pub fn respond(&self, shell: &Shell, context: &impl Serialize) -> Response {
        let status = self.status.unwrap_or(if self.form.errors.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        });
        match self.render(shell, context) {
            Ok(html) => (status, html).into_response(),
            Err(error) => error.into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::page!(FORM, "test/form.html", "../examples/gallery/form.html");

    #[test]
    fn a_form_keeps_what_was_typed_and_says_what_is_wrong() {
        let mut form = Form::from(vec![
            ("town".to_owned(), "Peterlee <b>".to_owned()),
            ("kinds".to_owned(), "noise".to_owned()),
        ]);
        form.required("name", "Enter your name");
        let page = Page::new(&FORM, "Report").form(&form);
        let html = page.render(&Shell::default(), &()).unwrap().0;
        assert!(html.contains("<title>Error: Report – Commonweal"));
        assert!(
            html.contains("<a href=\"#name\">Enter your name</a>"),
            "{html}"
        );
        assert!(html.contains("id=\"name-error\"") && html.matches("Enter your name").count() == 2);
        assert!(html.contains("value=\"Peterlee &lt;b&gt;\""));
        assert!(html.contains("value=\"noise\" checked"));
        assert_eq!(
            page.respond(&Shell::default(), &()).status(),
            StatusCode::UNPROCESSABLE_ENTITY
        );
    }

    #[test]
    fn a_page_without_errors_has_no_summary() {
        let html = crate::check_page(&FORM, &()).unwrap();
        assert!(!html.contains("There is a problem") && !html.contains("Error:"));
    }
}
