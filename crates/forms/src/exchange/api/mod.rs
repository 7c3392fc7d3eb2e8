//! `/api/v1`: registers and their records for programs, as JSON, with access tokens.
//!
//! What it says of itself is `/api/v1/openapi.json` (OpenAPI 3.1), made of the definitions in
//! force, and the page `/api`. Errors are problem details (RFC 9457). A change names the version
//! that it is meant for (`If-Match`), a new record may name its request (`Idempotency-Key`).

mod handlers;
mod openapi;
mod page;
mod problem;
mod shape;

#[cfg(test)]
mod tests;

use commonweal_access::policy::RecordAct;
use commonweal_access::web::{Routes, Rule};

use crate::Forms;

pub(super) fn routes() -> Routes<Forms> {
    let see = Rule::Records(RecordAct::See);
    let add = Rule::Records(RecordAct::Add);
    let records = "/api/v1/registers/{key}/records";
    let record = "/api/v1/registers/{key}/records/{reference}";
    Routes::new()
        .get("/api", see, page::show)
        .get("/api/v1/openapi.json", see, openapi::show)
        .get("/api/v1/registers", see, handlers::registers)
        .get("/api/v1/registers/{key}", see, handlers::register)
        .get(records, see, handlers::list)
        .post(records, add, handlers::create)
        .get(record, see, handlers::show)
        // Who may change what is asked of each record; whoever may not see it cannot change it.
        .patch(record, see, handlers::change)
        .post(
            "/api/v1/registers/{key}/records/{reference}/moves",
            see,
            handlers::make_move,
        )
}
