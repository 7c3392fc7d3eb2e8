//! Answers that need not be sent twice.

use super::*;

/// A file with what a program needs to ask for it again only where it has changed.
pub(super) fn fresh(
    headers: &HeaderMap,
    bytes: Vec<u8>,
    media_type: &'static str,
    updated: Option<DateTime<Utc>>,
) -> Response {
    let tag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..16]));
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let same = match text(header::IF_NONE_MATCH) {
        Some(known) => {
            known == "*"
                || known
                    .split(',')
                    .any(|one| one.trim().trim_start_matches("W/") == tag)
        }
        // Only where no tag was sent (RFC 9110, 13.1.3): a moment says less.
        None => text(header::IF_MODIFIED_SINCE)
            .and_then(|text| DateTime::parse_from_rfc2822(text).ok())
            .zip(updated)
            .is_some_and(|(since, updated)| updated.timestamp() <= since.timestamp()),
    };
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        bytes.into_response()
    };
    let answer = response.headers_mut();
    if !same {
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    let modified = updated.map(|moment| moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    for (name, value) in [(header::ETAG, Some(tag)), (header::LAST_MODIFIED, modified)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            answer.insert(name, value);
        }
    }
    response
}
