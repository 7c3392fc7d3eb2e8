//! A page that says one thing.

use axum::response::Response;
use commonweal_access::web::{PageError, Visit};
use commonweal_govuk::{Page, page};
use serde::Serialize;

use crate::Forms;

page!(pub(super) MESSAGE, "forms/message.html", "message.html");

/// What it says.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    pub(super) heading: String,
    pub(super) lines: Vec<String>,
    pub(super) action: Option<String>,
    pub(super) button: String,
    pub(super) href: Option<String>,
    pub(super) text: String,
}

/// Shows it.
///
/// # Errors
/// [`PageError`].
#[expect(clippy::needless_pass_by_value, reason = "made for this one page")]
pub(super) fn show(forms: &Forms, visit: &Visit, context: Context) -> Result<Response, PageError> {
    let title = context.heading.clone();
    forms.app.page(visit, Page::new(&MESSAGE, title), &context)
}
