//! Handing text messages to GOV.UK Notify, where it is set up.

use std::time::Duration;

use chrono::Utc;
use commonweal_core::Clock;
use commonweal_core::config::Config;
use commonweal_core::jobs::JobError;
use commonweal_people::messages::texts::{Outgoing, Texts};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::failure::Failure;

/// Where Notify takes text messages.
const NOTIFY: &str = "https://api.notifications.service.gov.uk/v2/notifications/sms";

/// An API key: its service and secret are the last 73 letters, each a UUID (Notify's documentation,
/// 'API keys').
#[derive(Clone)]
struct Key {
    service: String,
    secret: String,
}

impl Key {
    fn read(text: &str) -> Option<Self> {
        let uuid = |text: &str| uuid::Uuid::try_parse(text).ok().map(|_| text.to_owned());
        let secret = text.get(text.len().checked_sub(36)?..)?;
        let rest = text.get(..text.len().checked_sub(37)?)?;
        let service = rest.get(rest.len().checked_sub(36)?..)?;
        Some(Self {
            service: uuid(service)?,
            secret: uuid(secret)?,
        })
    }

    /// The token that each request bears: a JSON Web Token (RFC 7519) under HMAC-SHA256.
    fn token(&self, now: chrono::DateTime<Utc>) -> Option<String> {
        let head = base64url(br#"{"typ":"JWT","alg":"HS256"}"#);
        let claims = json!({ "iss": self.service, "iat": now.timestamp() }).to_string();
        let signed = format!("{head}.{}", base64url(claims.as_bytes()));
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).ok()?;
        mac.update(signed.as_bytes());
        Some(format!(
            "{signed}.{}",
            base64url(&mac.finalize().into_bytes())
        ))
    }
}

/// Base 64 for addresses, without padding (RFC 4648, section 5).
fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..=chunk.len() {
            let index = (bits >> (18 - 6 * place)) & 63;
            let letter = usize::try_from(index)
                .ok()
                .and_then(|index| LETTERS.get(index));
            out.extend(letter.map(|letter| char::from(*letter)));
        }
    }
    out
}

/// GOV.UK Notify where it is set up, else the outbox keeps everything.
pub(super) fn deliver(config: &Config, clock: &Clock) -> Result<Texts, Failure> {
    let (Some(key), Some(template)) = (&config.texts.notify_key, &config.texts.notify_template)
    else {
        if config.texts.notify_key.is_some() || config.texts.notify_template.is_some() {
            return Err(Failure::usage(
                "set both `texts.notify_key` and `texts.notify_template`, or neither",
            ));
        }
        return Ok(Texts::Keep);
    };
    let key = Key::read(key.reveal())
        .ok_or_else(|| Failure::usage("`texts.notify_key` is not an API key of GOV.UK Notify"))?;
    // An error means that it is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
        .build()
        .map_err(|error| Failure::new(format!("no HTTP client for GOV.UK Notify: {error}")))?;
    let (template, clock) = (template.clone(), clock.clone());
    Ok(Texts::by(move |text| {
        let token = key.token(clock.now());
        send(client.clone(), token, template.clone(), text)
    }))
}

async fn send(
    client: reqwest::Client,
    token: Option<String>,
    template: String,
    text: Outgoing,
) -> Result<(), JobError> {
    let token = token.ok_or_else(|| JobError::Never("the key cannot sign".to_owned()))?;
    let answer = client
        .post(NOTIFY)
        .bearer_auth(token)
        .json(&json!({
            "phone_number": text.to,
            "template_id": template,
            "personalisation": { "message": text.words },
            "reference": text.id,
        }))
        .send()
        .await
        // The error may name the address, never the number; still nothing of it is kept but its kind.
        .map_err(|error| JobError::Again(format!("no answer (timeout: {})", error.is_timeout())))?;
    outcome(answer.status())
}

/// What an answer means: too many and its own failures pass, what it refuses stays refused.
fn outcome(status: http::StatusCode) -> Result<(), JobError> {
    let said = format!("GOV.UK Notify answered {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Ok(()),
        429 | 500.. => Err(JobError::Again(said)),
        // The key or the clock is wrong: an administrator can mend it.
        401 | 403 => Err(JobError::Again(said)),
        _ => Err(JobError::Never(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_as_notify_wants_it() {
        let service = "26785a09-ab16-4eb0-8407-a37497a57506";
        let secret = "3d844edf-8d35-48ac-975b-e847b4f122b0";
        let key = Key::read(&format!("my-key-{service}-{secret}")).unwrap();
        assert_eq!(
            (key.service.as_str(), key.secret.as_str()),
            (service, secret)
        );
        let now = chrono::DateTime::from_timestamp(1_568_818_578, 0).unwrap();
        let token = key.token(now).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        assert_eq!(parts.len(), 3);
        assert_eq!(parts[0], "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9");
        assert_eq!(parts[2].len(), 43);
        assert!(Key::read("my-key").is_none() && Key::read("").is_none());
    }

    #[test]
    fn base64_is_that_of_the_standard() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg"),
            ("fo", "Zm8"),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg"),
        ] {
            assert_eq!(base64url(plain.as_bytes()), coded);
        }
        assert_eq!(base64url(&[0xfb, 0xff]), "-_8");
    }

    #[test]
    fn what_is_refused_stays_refused() {
        let of = |code| outcome(http::StatusCode::from_u16(code).unwrap());
        assert!(of(201).is_ok());
        assert!(matches!(of(400), Err(JobError::Never(_))));
        assert!(matches!(of(429), Err(JobError::Again(_))));
        assert!(matches!(of(503), Err(JobError::Again(_))));
    }
}
