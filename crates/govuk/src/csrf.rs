//! Tokens against cross-site request forgery, bound to a session's secret.
//!
//! A token is a nonce and the HMAC-SHA256 of it under the secret, both in hexadecimal. A fresh nonce
//! per page means that the token never repeats, so that compression leaks nothing of it (BREACH).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The name of the hidden field.
pub const FIELD: &str = "csrf_token";

const PURPOSE: &[u8] = b"commonweal csrf 1";
const NONCE: usize = 16;

/// The token for a session with this secret.
pub fn token(session_secret: &[u8], nonce: [u8; NONCE]) -> String {
    let tag = mac(session_secret, &nonce).map(|mac| mac.finalize().into_bytes());
    format!(
        "{}{}",
        hex::encode(nonce),
        tag.map(hex::encode).unwrap_or_default()
    )
}

/// Whether a token was made for a session with this secret, in constant time.
pub fn verify(session_secret: &[u8], token: &str) -> bool {
    let Ok(bytes) = hex::decode(token) else {
        return false;
    };
    let Some((nonce, tag)) = bytes.split_at_checked(NONCE) else {
        return false;
    };
    mac(session_secret, nonce).is_some_and(|mac| mac.verify_slice(tag).is_ok())
}

/// The hidden field; templates write `{{ csrf_field() }}`.
pub fn field(token: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{FIELD}\" value=\"{}\">",
        crate::escape(token)
    )
}

fn mac(secret: &[u8], nonce: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(PURPOSE);
    mac.update(nonce);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_session_only() {
        let token = token(b"secret of one session", [7; NONCE]);
        assert!(verify(b"secret of one session", &token));
        assert!(!verify(b"secret of another", &token));
        for wrong in [
            "",
            "00",
            "zz",
            &token[..token.len() - 2],
            &format!("{}00", &token[..token.len() - 2]),
        ] {
            assert!(!verify(b"secret of one session", wrong), "{wrong}");
        }
    }
}
