//! What can go wrong with a page, by what the person can do about it.

use axum::response::{IntoResponse, Response};
use commonweal_core::DbError;
use commonweal_core::files::FilesError;
use commonweal_govuk::{ErrorKind, RenderError};
use http::StatusCode;

/// Why there is no page. Every variant has a page with a way forward; for programs it is
/// `application/problem+json`. [`App::serve`](super::App::serve) shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignIn,
    /// The person may not see or do this.
    #[error("the person may not do this")]
    Forbidden,
    /// There is no such page or record.
    #[error("there is no such page")]
    NotFound,
    /// The form's token does not hold.
    #[error("the form has expired")]
    Expired,
    /// Somebody else changed the same thing in the meantime.
    #[error("somebody else changed it")]
    Conflict,
    /// What was sent is too large; the sentence says how large it may be.
    #[error("too large: {0}")]
    TooLarge(String),
    /// Too many attempts.
    #[error("too many attempts")]
    TooMany {
        /// After how many seconds to try again.
        seconds: u32,
    },
    /// A file that nobody is given, because it may be illegal.
    #[error("the file was stopped")]
    Stopped,
    /// Not at the moment.
    #[error("not at the moment")]
    Unavailable,
    /// The address or what was sent makes no sense; the sentence says why.
    #[error("invalid: {0}")]
    Invalid(String),
    /// Our mistake. The text goes to the log, never to the page.
    #[error("{0}")]
    Internal(String),
}

impl PageError {
    /// The page that shows it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::SignIn | Self::Forbidden => ErrorKind::Forbidden,
            Self::NotFound => ErrorKind::NotFound,
            Self::Expired => ErrorKind::ExpiredForm,
            Self::Conflict => ErrorKind::Conflict,
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::TooMany { .. } => ErrorKind::TooMany,
            Self::Stopped => ErrorKind::Stopped,
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Invalid(_) => ErrorKind::BadRequest,
            Self::Internal(_) => ErrorKind::Failure,
        }
    }

    /// The status for programs.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            other => other.kind().status(),
        }
    }

    /// What an answer without words of its own means; none where it is no error.
    pub(super) fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::UNAUTHORIZED => Self::SignIn,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Self::NotFound,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge(String::new()),
            StatusCode::TOO_MANY_REQUESTS => Self::TooMany { seconds: 60 },
            StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => Self::Stopped,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => Self::Unavailable,
            status if status.is_client_error() => Self::Invalid(String::new()),
            status if status.is_server_error() => Self::Internal(status.to_string()),
            _ => return None,
        })
    }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::NotFound => Self::NotFound,
            DbError::Stale => Self::Conflict,
            DbError::Busy => Self::Unavailable,
            DbError::NoSuch(what) => Self::Invalid(format!("This list has no such {what}.")),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<FilesError> for PageError {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Missing => Self::NotFound,
            FilesError::Stopped => Self::Stopped,
            FilesError::Unasked(error) => error.into(),
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<RenderError> for PageError {
    fn from(error: RenderError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl IntoResponse for PageError {
    /// The status alone, with the error as an extension: whoever serves the page knows the reader.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
