//! Errors for programs: problem details (RFC 9457), each with a pointer to the field (RFC 6901).

use axum::response::{IntoResponse, Response};
use commonweal_access::web::PageError;
use commonweal_core::DbError;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::register::store::StoreError;

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where: a JSON pointer into what was sent, as a fragment, such as `#/answers/uprn`.
    pub(super) pointer: String,
    /// What, and what to do.
    pub(super) detail: String,
}

impl Fault {
    pub(super) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// A fault of an answer. Ids of questions hold nothing that a pointer must escape, what a
    /// program sends in their place may.
    pub(super) fn answer(question: &str, detail: impl Into<String>) -> Self {
        let escaped = question.replace('~', "~0").replace('/', "~1");
        Self::new(format!("#/answers/{escaped}"), detail)
    }
}

/// A request that was not done.
#[derive(Debug)]
pub(super) enum Refusal {
    /// As pages are refused.
    Page(PageError),
    /// Said here.
    Problem(Box<Problem>),
}

/// What is said.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    faults: Vec<Fault>,
    /// What is there now, where that helps.
    current: Option<Value>,
    /// The current version, for the next attempt.
    etag: Option<String>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self::Problem(Box::new(Problem {
            status,
            title,
            detail: detail.into(),
            faults: Vec::new(),
            current: None,
            etag: None,
        }))
    }

    /// What was sent is JSON, but not what is asked for.
    pub(super) fn faults(faults: Vec<Fault>) -> Self {
        Self::Problem(Box::new(Problem {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            title: "What was sent cannot be taken",
            detail: "See errors, each with a pointer to its field.".to_owned(),
            faults,
            current: None,
            etag: None,
        }))
    }

    /// The record is not at the version that the request names.
    pub(super) fn stale(current: Value, etag: String) -> Self {
        Self::Problem(Box::new(Problem {
            status: StatusCode::PRECONDITION_FAILED,
            title: "Somebody changed this record",
            detail: "The member current holds what is there now. Look at it, then send If-Match with the ETag of this answer.".to_owned(),
            faults: Vec::new(),
            current: Some(current),
            etag: Some(etag),
        }))
    }
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Page(error.into())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NoSuchMove => Self::new(
                StatusCode::CONFLICT,
                "This move cannot be made",
                "It does not lead on from the state that the record is in.",
            ),
            StoreError::Unmet(words) => Self::new(
                StatusCode::CONFLICT,
                "This move cannot be made yet",
                words.join(" "),
            ),
            other => Self::Page(other.into()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Page(error) => return error.into_response(),
            Self::Problem(problem) => *problem,
        };
        let Problem {
            status,
            title,
            detail,
            faults,
            current,
            etag,
        } = problem;
        let mut body = Map::new();
        body.insert("type".to_owned(), json!("about:blank"));
        body.insert("title".to_owned(), json!(title));
        body.insert("status".to_owned(), json!(status.as_u16()));
        body.insert("detail".to_owned(), json!(detail));
        if !faults.is_empty() {
            let faults: Vec<Value> = faults
                .into_iter()
                .map(|fault| json!({ "pointer": fault.pointer, "detail": fault.detail }))
                .collect();
            body.insert("errors".to_owned(), Value::from(faults));
        }
        if let Some(current) = current {
            body.insert("current".to_owned(), current);
        }
        let kind = HeaderValue::from_static("application/problem+json");
        let text = Value::Object(body).to_string();
        let mut response = (status, [(header::CONTENT_TYPE, kind)], text).into_response();
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(&etag).ok()) {
            response.headers_mut().insert(header::ETAG, etag);
        }
        response
    }
}
