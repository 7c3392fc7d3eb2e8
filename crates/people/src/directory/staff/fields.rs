//! The fields of a form, as one template shows them.

use axum::response::Response;
use commonweal_access::web::{PageError, Viewer};
use commonweal_govuk::{Form, Page};
use http::StatusCode;
use serde::Serialize;

use crate::directory::GoTo;

commonweal_govuk::page!(pub(super) FORM_PAGE, "directory/form.html", "form.html");

/// A choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) text: String,
    pub(super) hint: Option<String>,
}

impl Item {
    pub(super) fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            hint: None,
        }
    }
}

/// A question.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Field {
    /// `input`, `text`, `select`, `radios` or `checkboxes`.
    pub(super) kind: &'static str,
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Option<&'static str>,
    /// A heading above it.
    pub(super) heading: Option<&'static str>,
    pub(super) classes: &'static str,
    pub(super) rows: u8,
    pub(super) items: Vec<Item>,
}

impl Field {
    fn new(kind: &'static str, name: &'static str, label: &'static str) -> Self {
        Self {
            kind,
            name,
            label,
            hint: None,
            heading: None,
            classes: "",
            rows: 3,
            items: Vec::new(),
        }
    }

    pub(super) fn input(name: &'static str, label: &'static str) -> Self {
        Self::new("input", name, label)
    }

    pub(super) fn narrow(name: &'static str, label: &'static str) -> Self {
        Self {
            classes: "govuk-input--width-10",
            ..Self::new("input", name, label)
        }
    }

    pub(super) fn text(name: &'static str, label: &'static str, rows: u8) -> Self {
        Self {
            rows,
            ..Self::new("text", name, label)
        }
    }

    pub(super) fn select(name: &'static str, label: &'static str, items: Vec<Item>) -> Self {
        Self {
            items,
            ..Self::new("select", name, label)
        }
    }

    pub(super) fn radios(name: &'static str, label: &'static str, items: Vec<Item>) -> Self {
        Self {
            items,
            ..Self::new("radios", name, label)
        }
    }

    pub(super) fn checkboxes(name: &'static str, label: &'static str, items: Vec<Item>) -> Self {
        Self {
            items,
            ..Self::new("checkboxes", name, label)
        }
    }

    pub(super) fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(super) fn under(mut self, heading: &'static str) -> Self {
        self.heading = Some(heading);
        self
    }
}

/// What is stored now, where somebody else changed it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Theirs {
    pub(super) label: String,
    pub(super) value: String,
}

/// A form's page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FormContext {
    pub(super) title: String,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) fields: Vec<Field>,
    pub(super) theirs: Vec<Theirs>,
    pub(super) button: &'static str,
}

/// What differs between two states of a form, as the stored one says it.
pub(super) fn theirs(fields: &[Field], stored: &Form, typed: &Form) -> Vec<Theirs> {
    let words = |field: &Field, form: &Form| -> String {
        let shown = |value: &str| {
            field
                .items
                .iter()
                .find(|item| item.value == value)
                .map_or(value, |item| item.text.as_str())
                .to_owned()
        };
        form.choices(field.name)
            .map(|value| shown(value.trim()))
            .filter(|value| !value.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    };
    fields
        .iter()
        .filter(|field| words(field, stored) != words(field, typed))
        .map(|field| Theirs {
            label: field.label.to_owned(),
            value: Some(words(field, stored))
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| "Nothing".to_owned()),
        })
        .collect()
}

/// Shows a form. With something of somebody else's it is a conflict.
pub(super) fn show(
    state: &GoTo,
    viewer: &Viewer,
    context: &FormContext,
    form: &Form,
) -> Result<Response, PageError> {
    let mut page = Page::new(&FORM_PAGE, &context.title)
        .breadcrumb("Directory", "/directory")
        .form(form);
    if !context.theirs.is_empty() {
        page = page.status(StatusCode::CONFLICT);
    }
    state.app.page(viewer, page, context)
}

/// A text of a form: none where nothing was typed, an error where it is too long.
pub(super) fn optional(form: &mut Form, name: &str, most: usize) -> Option<String> {
    let text = form.value(name).replace("\r\n", "\n");
    if text.chars().count() > most {
        form.errors
            .add(name, format!("Use {most} characters or fewer"));
    }
    (!text.is_empty()).then_some(text)
}

/// A text that must be there.
pub(super) fn required(form: &mut Form, name: &str, message: &str, most: usize) -> String {
    form.required(name, message);
    optional(form, name, most).unwrap_or_default()
}

/// An address on the web.
pub(super) fn web(form: &mut Form, name: &str) -> Option<String> {
    let text = optional(form, name, 2_000)?;
    if !crate::directory::model::entry::is_web_address(&text) {
        form.errors
            .add(name, "Enter an address that begins with https://");
    }
    Some(text)
}

/// An address for mail.
pub(super) fn email(form: &mut Form, name: &str) -> Option<String> {
    let text = optional(form, name, 254)?;
    if !commonweal_core::mail::is_address(&text) {
        form.errors
            .add(name, "Enter an email address, like name@example.org");
    }
    Some(text)
}

/// A form filled with one value each.
pub(super) fn filled(values: &[(&str, String)]) -> Form {
    let mut form = Form::default();
    for (name, value) in values {
        form.set(*name, value.clone());
    }
    form
}
