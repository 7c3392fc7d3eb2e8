//! What the answers of a form or register come to: figures with their intervals, charts with their
//! tables, response rates, and free texts to search.
//!
//! | page | who |
//! |---|---|
//! | `/registers/{key}/results` and its files `results.csv`, `.ods`, `.xlsx`, `.pdf` | may see results |
//! | `/registers/{key}/results/answers/{question}` | may see the records; their personal answers where the question asks for such |
//!
//! Who may see every record anyway sees every count and may filter as they like. Anybody else may
//! only be told what gives nobody away (see [`commonweal_records::suppression`]): counts under five
//! and those that would tell them are hidden, and figures stand for whole calendar years without
//! further filters, so that no two pages differ by one person. What stays possible is to look at
//! the present year today and again after one more record has come in.

mod files;
mod model;
mod pages;
mod paper;
mod statistics;
mod store;
mod texts;

#[cfg(test)]
mod tests;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

/// The pages.
#[must_use]
pub fn routes() -> Routes<Forms> {
    let results = Rule::Records(RecordAct::Results);
    let see = Rule::Records(RecordAct::See);
    Routes::new()
        .get("/registers/{key}/results", results, pages::show)
        .get("/registers/{key}/results.csv", results, files::csv)
        .get("/registers/{key}/results.ods", results, files::ods)
        .get("/registers/{key}/results.xlsx", results, files::xlsx)
        .get("/registers/{key}/results.pdf", results, paper::pdf)
        .get(
            "/registers/{key}/results/answers/{question}",
            see,
            texts::show,
        )
        .post(
            "/registers/{key}/results/answers/{question}",
            see,
            texts::search,
        )
}
