//! Extractors whose refusals have proper pages.
#![expect(clippy::disallowed_types, reason = "these are what others use instead")]

use axum::extract::multipart::{Field, Multipart};
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use commonweal_govuk::{Form, csrf};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::{PageError, Visit};

/// What varies in the path; what does not fit is a page that does not exist.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let found = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        found
            .map(|path| Self(path.0))
            .map_err(|_| PageError::NotFound)
    }
}

/// The query of the address.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = PageError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let found = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        found.map(|query| Self(query.0)).map_err(|_| {
            PageError::Invalid(
                "The address of this page is wrong. Check it, or start again.".to_owned(),
            )
        })
    }
}

/// A form that was sent.
#[derive(Debug, Clone)]
pub struct Sent(pub Form);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        match axum::Form::<Vec<(String, String)>>::from_request(request, state).await {
            Ok(pairs) => Ok(Self(Form::from(pairs.0))),
            Err(FormRejection::BytesRejection(_)) => Err(PageError::TooLarge(String::new())),
            Err(_) => Err(PageError::Invalid("The form could not be read.".to_owned())),
        }
    }
}

/// A form with files. Its first field must be the token, as `{{ csrf_field() }}` writes it where
/// it stands first in the form. How large it may be is set per route by `DefaultBodyLimit`.
#[derive(Debug)]
pub struct Upload(Multipart);

impl Upload {
    /// The next field.
    ///
    /// # Errors
    /// [`PageError::TooLarge`] and [`PageError::Invalid`].
    pub async fn next_field(&mut self) -> Result<Option<Field<'_>>, PageError> {
        self.0
            .next_field()
            .await
            .map_err(|error| match PageError::of_status(error.status()) {
                Some(error @ PageError::TooLarge(_)) => error,
                _ => PageError::Invalid("The file did not arrive whole. Send it again.".to_owned()),
            })
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = PageError;
    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let visit = request
            .extensions()
            .get::<Visit>()
            .cloned()
            .ok_or(PageError::Expired)?;
        let parts = Multipart::from_request(request, state).await;
        let mut upload =
            Self(parts.map_err(|_| PageError::Invalid("The form could not be read.".to_owned()))?);
        let Some(first) = upload.next_field().await? else {
            return Err(PageError::Expired);
        };
        if first.name() != Some(csrf::FIELD) {
            return Err(PageError::Expired);
        }
        let token = first.text().await.map_err(|_| PageError::Expired)?;
        if csrf::verify(visit.secret().as_bytes(), &token) {
            Ok(upload)
        } else {
            Err(PageError::Expired)
        }
    }
}
