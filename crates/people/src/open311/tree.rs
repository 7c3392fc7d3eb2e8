//! Answers as a tree, written as XML or JSON; and errors in the standard's shape.

use std::fmt::Write as _;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Nothing.
    Null,
    /// Words.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Yes(bool),
    /// Named pieces.
    Fields(Vec<(&'static str, Node)>),
    /// Pieces that have the same name in XML.
    List(&'static str, Vec<Node>),
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Node>> From<Option<T>> for Node {
    fn from(some: Option<T>) -> Self {
        some.map_or(Self::Null, Into::into)
    }
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Xml,
    Json,
}

impl Format {
    /// A name with its ending, such as `requests.json`; none for an ending that is not offered.
    pub(super) fn split(file: &str) -> Option<(&str, Self)> {
        let (name, ending) = file.rsplit_once('.')?;
        match ending {
            "xml" => Some((name, Self::Xml)),
            "json" => Some((name, Self::Json)),
            _ => None,
        }
    }
}

impl Node {
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::String(text.clone()),
            Self::Whole(number) => Value::from(*number),
            Self::Number(number) => Value::from(*number),
            Self::Yes(yes) => Value::Bool(*yes),
            Self::Fields(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, node)| ((*name).to_owned(), node.json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Self::List(_, items) => Value::Array(items.iter().map(Self::json).collect()),
        }
    }

    fn write(&self, name: &str, out: &mut String) {
        // Writing to a String cannot fail.
        let _ = match self {
            Self::Null => write!(out, "<{name}/>"),
            Self::Text(text) => write!(out, "<{name}>{}</{name}>", escaped(text)),
            Self::Whole(number) => write!(out, "<{name}>{number}</{name}>"),
            Self::Number(number) => write!(out, "<{name}>{number}</{name}>"),
            Self::Yes(yes) => write!(out, "<{name}>{yes}</{name}>"),
            Self::Fields(fields) => {
                let _ = write!(out, "<{name}>");
                for (name, node) in fields {
                    node.write(name, out);
                }
                write!(out, "</{name}>")
            }
            Self::List(item, items) => {
                let _ = write!(out, "<{name}>");
                for node in items {
                    node.write(item, out);
                }
                write!(out, "</{name}>")
            }
        };
    }

    /// As a document with this root.
    pub(super) fn xml(&self, root: &str) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(root, &mut out);
        out
    }
}

/// Text for XML 1.0, which has no control characters.
fn escaped(text: &str) -> String {
    let good = |c: &char| {
        (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    commonweal_govuk::escape(&text.chars().filter(good).collect::<String>())
}

/// An answer.
pub(super) fn answer(status: StatusCode, format: Format, root: &str, node: &Node) -> Response {
    let (kind, body) = match format {
        Format::Xml => ("text/xml; charset=utf-8", node.xml(root)),
        Format::Json => ("application/json; charset=utf-8", node.json().to_string()),
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // Browsers of other places may read what everybody may read; they never send cookies along.
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

/// Why there is no answer: a status of the standard, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) String);

impl Refusal {
    pub(super) fn bad(words: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, words.into())
    }

    pub(super) fn missing(words: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, words.into())
    }

    pub(super) fn respond(&self, format: Format) -> Response {
        let error = Node::Fields(vec![
            ("code", Node::Whole(i64::from(self.0.as_u16()))),
            ("description", Node::from(self.1.as_str())),
        ]);
        let node = Node::List("error", vec![error]);
        answer(self.0, format, "errors", &node)
    }
}

impl From<commonweal_core::DbError> for Refusal {
    fn from(error: commonweal_core::DbError) -> Self {
        tracing::error!(%error, "an Open311 request failed");
        Self(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This did not work. Try again later.".to_owned(),
        )
    }
}
