//! `/api`: the interface explained to people.

use axum::extract::State;
use axum::response::Response;
use commonweal_access::policy::RecordAct;
use commonweal_access::web::{PageError, Viewer};
use commonweal_govuk::{Page, page};
use serde::Serialize;

use super::openapi;
use crate::Forms;

page!(API, "forms/exchange/api/api.html", "api.html");

#[derive(Serialize)]
struct Register {
    key: String,
    title: String,
    questions: Vec<(String, &'static str, String)>,
}

#[derive(Serialize)]
struct Context {
    base: String,
    example: String,
    registers: Vec<Register>,
}

pub(super) async fn show(
    State(forms): State<Forms>,
    viewer: Viewer,
) -> Result<Response, PageError> {
    let registers: Vec<Register> = forms
        .catalogue
        .all()
        .iter()
        .filter(|one| viewer.principal.may_enter_records(&one.key, RecordAct::See))
        .map(|one| Register {
            key: one.key.clone(),
            title: one.title.en().to_owned(),
            questions: openapi::kinds(one),
        })
        .collect();
    let context = Context {
        base: forms.app.settings.address.trim_end_matches('/').to_owned(),
        example: registers
            .first()
            .map_or_else(|| "KEY".to_owned(), |first| first.key.clone()),
        registers,
    };
    let page = Page::new(&API, "For programs").breadcrumb("Forms and registers", "/registers");
    forms.app.page(&viewer, page, &context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_keeps_the_rules() {
        let register = |key: &str| Register {
            key: key.to_owned(),
            title: "Empty homes".to_owned(),
            questions: vec![("uprn".to_owned(), "text", "What is its UPRN?".to_owned())],
        };
        for registers in [vec![], vec![register("empty-homes"), register("schemes")]] {
            let sample = Context {
                base: "https://asb.example.org".to_owned(),
                example: "empty-homes".to_owned(),
                registers,
            };
            commonweal_govuk::check_page(&API, &sample).unwrap();
        }
    }
}
