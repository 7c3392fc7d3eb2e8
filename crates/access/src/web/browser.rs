//! A browser for tests: keeps cookies and sends forms with the token of the page that it saw last.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use commonweal_govuk::csrf;
use http::{Method, Request, StatusCode, header};
use tower::ServiceExt as _;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Where it leads, or nothing.
    pub location: String,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body as text.
    pub body: String,
}

/// A browser. Clones are other browsers with the same cookies.
#[derive(Debug, Clone)]
pub struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    token: String,
}

impl Browser {
    /// A browser without cookies.
    #[must_use]
    pub fn new(router: &Router) -> Self {
        Self {
            router: router.clone(),
            cookies: BTreeMap::new(),
            token: String::new(),
        }
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, "").await
    }

    /// Sends a form with the token of the last page that had one.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair(csrf::FIELD, &self.token)
            .extend_pairs(fields);
        let body = form.finish();
        self.send(
            Method::POST,
            path,
            Some("application/x-www-form-urlencoded"),
            body,
        )
        .await
    }

    /// Sends JSON as a script does.
    pub async fn post_json(&mut self, path: &str, body: &serde_json::Value) -> Answer {
        self.send(
            Method::POST,
            path,
            Some("application/json"),
            body.to_string(),
        )
        .await
    }

    /// Sends a file as a form does, with the token of the last page that had one.
    pub async fn upload(&mut self, path: &str, field: &str, name: &str, content: &[u8]) -> Answer {
        const BOUNDARY: &str = "a-boundary-that-no-file-holds";
        let name = name.replace('"', "%22");
        let mut body = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n",
            csrf::FIELD, self.token
        )
        .into_bytes();
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path, Some(&kind), body).await
    }

    /// Forgets all cookies.
    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: Option<&str>,
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html")
            .header(
                header::USER_AGENT,
                "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
            )
            .header(header::COOKIE, cookies.join("; "))
            .header("sec-fetch-site", "same-origin")
            .header("x-csrf-token", &self.token);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let request = request.body(Body::from(body.into())).unwrap_or_default();
        let Ok(response) = self.router.clone().oneshot(request).await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            let (pair, rest) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, 10 << 20).await.unwrap_or_default();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        let mark = format!("name=\"{}\" value=\"", csrf::FIELD);
        if let Some(token) = body
            .split(mark.as_str())
            .nth(1)
            .and_then(|rest| rest.split('"').next())
        {
            self.token = token.to_owned();
        }
        let location = parts
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        Answer {
            status: parts.status,
            location: location.unwrap_or_default().to_owned(),
            headers: parts.headers.clone(),
            body,
        }
    }
}
