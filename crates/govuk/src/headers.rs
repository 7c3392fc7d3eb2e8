//! Headers that every response carries: a strict content security policy and its companions.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The security headers, made once from the configuration.
///
/// ```
/// use commonweal_govuk::headers::{SecurityHeaders, set};
/// let headers = std::sync::Arc::new(SecurityHeaders::new(&[], true));
/// let router: axum::Router = axum::Router::new()
///     .layer(axum::middleware::from_fn_with_state(headers, set));
/// ```
#[derive(Clone, Debug)]
pub struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// `tile_origins`: where an administrator allows map tiles from, such as `https://tiles.example.org`;
    /// anything that is not a plain origin is left out. `behind_tls`: whether people reach the
    /// service by HTTPS, which turns on strict transport security.
    pub fn new(tile_origins: &[&str], behind_tls: bool) -> Self {
        let mut headers = vec![
            // Pages hold personal data: nothing is kept on shared computers unless a handler says so.
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
            (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
            (
                header::REFERRER_POLICY,
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("cross-origin-opener-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                HeaderValue::from_static("same-origin"),
            ),
            (
                HeaderName::from_static("permissions-policy"),
                HeaderValue::from_static(
                    "camera=(), geolocation=(self), microphone=(), payment=(), usb=()",
                ),
            ),
        ];
        if let Ok(policy) = HeaderValue::from_str(&content_security_policy(tile_origins)) {
            headers.push((header::CONTENT_SECURITY_POLICY, policy));
        }
        if behind_tls {
            let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
            headers.push((header::STRICT_TRANSPORT_SECURITY, two_years));
        }
        Self(headers)
    }

    /// Sets the headers that a handler has not set itself.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The content security policy: everything from here, nothing inline, no frames.
pub fn content_security_policy(tile_origins: &[&str]) -> String {
    let tiles: String = tile_origins
        .iter()
        .filter(|origin| is_origin(origin))
        .map(|origin| format!(" {origin}"))
        .collect();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{tiles}; font-src 'self'; \
         connect-src 'self'{tiles}; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

fn is_origin(text: &str) -> bool {
    let Some(host) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-:*[]".contains(&byte))
}

/// Middleware for `axum::middleware::from_fn_with_state`.
pub async fn set(
    State(headers): State<Arc<SecurityHeaders>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    headers.apply(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_only_plain_origins() {
        let policy = content_security_policy(&[
            "https://tiles.example.org:8443",
            "https://x.org; script-src *",
            "data:",
        ]);
        assert!(!policy.contains("unsafe") && !policy.contains("script-src *"));
        assert!(policy.contains("img-src 'self' data: https://tiles.example.org:8443;"));
    }

    #[test]
    fn strict_transport_only_behind_tls_and_handlers_win() {
        let mut headers = HeaderMap::from_iter([(
            header::X_FRAME_OPTIONS,
            HeaderValue::from_static("SAMEORIGIN"),
        )]);
        SecurityHeaders::new(&[], false).apply(&mut headers);
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert_eq!(headers[header::X_FRAME_OPTIONS], "SAMEORIGIN");
        SecurityHeaders::new(&[], true).apply(&mut headers);
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
    }
}
