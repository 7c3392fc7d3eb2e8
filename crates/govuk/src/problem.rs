//! Errors for programs: RFC 9457 problem details.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Serialize, Serializer};

use crate::form::FieldErrors;

/// An error as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// An address that names the kind of problem; `about:blank` where the status says all.
    #[serde(rename = "type")]
    pub kind: String,
    /// A short sentence, the same for all problems of the kind.
    pub title: String,
    /// The response's status.
    #[serde(serialize_with = "as_number")]
    pub status: StatusCode,
    /// What happened this time and what to do about it; never personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Messages by field.
    #[serde(skip_serializing_if = "FieldErrors::is_empty")]
    pub errors: FieldErrors,
}

impl Problem {
    /// A problem that its status and title describe.
    pub fn new(status: StatusCode, title: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: title.into(),
            status,
            detail: None,
            errors: FieldErrors::default(),
        }
    }

    /// Adds what happened this time.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds messages by field.
    #[must_use]
    pub fn errors(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_string(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        (self.status, [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}

fn as_number<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_where_and_why() {
        let mut errors = FieldErrors::default();
        errors.add("from", "Enter a month");
        let problem = Problem::new(StatusCode::BAD_REQUEST, "The request is wrong").errors(errors);
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"type":"about:blank","title":"The request is wrong","status":400,"errors":{"from":"Enter a month"}}"#
        );
        assert_eq!(
            problem.into_response().headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}
