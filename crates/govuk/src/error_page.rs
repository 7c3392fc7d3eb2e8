//! Pages for when something goes wrong: what happened in plain words, and a way forward.

use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::page::Page;
use crate::shell::{Link, Shell};
use crate::text::{self, Language};

crate::page!(TEMPLATE, "error.html", "../templates/error.html");

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The address or its parameters make no sense (400).
    BadRequest,
    /// The person may not see or do this (403).
    Forbidden,
    /// The form's token does not hold: its page was open too long, or the sign-in ended (403).
    ExpiredForm,
    /// No such page (404).
    NotFound,
    /// Somebody else changed the same thing in the meantime (409).
    Conflict,
    /// What was sent is too large (413).
    TooLarge,
    /// Too many requests in a short time (429).
    TooMany,
    /// A file that nobody is given, because it may be illegal (451, RFC 7725).
    Stopped,
    /// Our mistake (500).
    Failure,
    /// Not ready: starting, stopping or overloaded (503).
    Unavailable,
}

impl ErrorKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::ExpiredForm,
        Self::NotFound,
        Self::Conflict,
        Self::TooLarge,
        Self::TooMany,
        Self::Stopped,
        Self::Failure,
        Self::Unavailable,
    ];

    /// The response's status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Forbidden | Self::ExpiredForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Stopped => StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
            Self::Failure => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::Forbidden => "forbidden",
            Self::ExpiredForm => "expired_form",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::TooMany => "too_many",
            Self::Stopped => "stopped",
            Self::Failure => "failure",
            Self::Unavailable => "unavailable",
        }
    }
}

/// An error page about to be shown.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    kind: ErrorKind,
    reference: Option<String>,
    details: Vec<String>,
    links: Vec<Link>,
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Context<'a> {
    title: String,
    paragraphs: Vec<String>,
    details: &'a [String],
    reference: Option<&'a str>,
    links: Vec<Link>,
}

impl ErrorPage {
    /// The page for this kind of error.
    pub fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            reference: None,
            details: Vec::new(),
            links: Vec::new(),
            retry_after: None,
        }
    }

    /// The request's number, to quote to an administrator (it is in the log).
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// A sentence on this very case, such as the largest size allowed.
    #[must_use]
    pub fn detail(mut self, sentence: impl Into<String>) -> Self {
        self.details.push(sentence.into());
        self
    }

    /// A way forward, before the usual one to the start page.
    #[must_use]
    pub fn link(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.links.push(Link::new(text, href));
        self
    }

    /// After how many seconds to try again: sent as `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    fn context(&self, shell: &Shell) -> Context<'_> {
        let key = |part: &str| format!("errors.{}.{part}", self.kind.key());
        let mut links = self.links.clone();
        links.push(Link::new(
            text::t(shell.language, "errors.home"),
            shell.home.clone(),
        ));
        Context {
            title: text::t(shell.language, &key("title")).into_owned(),
            paragraphs: (1..=3)
                .filter_map(|number| text::find(shell.language, &key(&format!("p{number}"))))
                .map(std::borrow::Cow::into_owned)
                .collect(),
            details: &self.details,
            reference: self.reference.as_deref(),
            links,
        }
    }

    /// The page in its shell.
    pub fn respond(&self, shell: &Shell) -> Response {
        let context = self.context(shell);
        match Page::new(&TEMPLATE, context.title.clone()).render(shell, &context) {
            Ok(html) => self.finish(html.into_response()),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an error page cannot be made"
                );
                self.plain()
            }
        }
    }

    /// The page without shell or template, for when even those fail.
    pub fn plain(&self) -> Response {
        let shell = Shell::default();
        let context = self.context(&shell);
        let paragraphs: String = context
            .paragraphs
            .iter()
            .map(|text| format!("<p>{}</p>", crate::escape(text)))
            .collect();
        let title = crate::escape(&context.title);
        let home = crate::escape(&text::t(Language::English, "errors.home"));
        let html = format!(
            "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
             <main><h1>{title}</h1>{paragraphs}<p><a href=\"/\">{home}</a></p></main></html>"
        );
        self.finish(Html(html).into_response())
    }

    fn finish(&self, mut response: Response) -> Response {
        *response.status_mut() = self.kind.status();
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The usual error page: no reference, no further links.
pub fn error_page(kind: ErrorKind, shell: &Shell) -> Response {
    ErrorPage::new(kind).respond(shell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_words_and_a_way_forward() {
        for kind in ErrorKind::ALL {
            let page = ErrorPage::new(kind)
                .reference("7K3M")
                .detail("At most 20 MB.")
                .link("Sign in", "/sign-in");
            let shell = Shell {
                language: Language::Pseudo,
                ..Shell::default()
            };
            let context = page.context(&shell);
            assert!(
                !context.paragraphs.is_empty() && context.title.starts_with('['),
                "{kind:?}"
            );
            let html = crate::check_public_page(&TEMPLATE, &context).unwrap();
            assert!(html.contains("/sign-in") && html.contains("7K3M") && html.contains("20 MB"));
            assert_eq!(page.respond(&shell).status(), kind.status());
            assert_eq!(page.plain().status(), kind.status());
        }
    }
}
