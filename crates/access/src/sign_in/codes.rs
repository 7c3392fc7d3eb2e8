//! The second factor: codes of an authenticator app (RFC 6238), each used once, and recovery codes.

use chrono::{DateTime, Utc};
use commonweal_core::events::Event;
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, DbError, Tx, args, insert, sql};
use qrcodegen::{QrCode, QrCodeEcc};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

/// How many recovery codes a person has.
pub const RECOVERY_CODES: usize = 10;

fn refused(error: &dyn std::fmt::Display) -> DbError {
    DbError::Setup(format!("the authenticator code: {error}"))
}

fn totp(secret: &[u8], account: &str, issuer: &str) -> Result<Totp, DbError> {
    // A colon separates issuer and account in the link, so that neither may hold one.
    Builder::new()
        .with_secret(Secret::from(secret.to_vec()))
        .with_account_name(account.replace(':', " "))
        .with_issuer(Some(issuer.replace(':', " ")))
        .build()
        .map_err(|error| refused(&error))
}

/// A new secret: 160 random bits.
///
/// # Errors
/// [`DbError::Setup`] where the system gives no randomness.
pub fn new_secret() -> Result<Vec<u8>, DbError> {
    let mut bytes = vec![0_u8; 20];
    getrandom::fill(&mut bytes).map_err(|error| refused(&error))?;
    Ok(bytes)
}

/// The 30-second step whose code this is, allowing one step to either side.
///
/// # Errors
/// [`DbError::Setup`] where the stored secret is broken.
pub fn matching_step(
    secret: &[u8],
    code: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>, DbError> {
    let digits: String = code
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let totp = totp(secret, "account", "Commonweal")?;
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Ok(totp
        .check(&digits, seconds)
        .and_then(|step| i64::try_from(step).ok()))
}

/// The code at a moment: for tests and for the demo's authenticator.
///
/// # Errors
/// [`DbError::Setup`] where the secret is broken.
pub fn code_at(secret: &[u8], now: DateTime<Utc>) -> Result<String, DbError> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Ok(totp(secret, "account", "Commonweal")?
        .generate(seconds)
        .to_string())
}

/// What a person needs to set up an authenticator app.
#[derive(Debug, Clone, serde::Serialize)]
pub struct SetUp {
    /// The secret as people type it, in groups of four.
    pub secret: String,
    /// The `otpauth:` link, for a phone that shows this page itself.
    pub link: String,
    /// The link as a QR code: the path of an SVG, one unit a module.
    pub path: String,
    /// The QR code's width in modules, with its quiet zone.
    pub width: i32,
}

/// What a person needs to set up an authenticator app.
///
/// # Errors
/// [`DbError::Setup`] where no QR code can hold it.
pub fn set_up(secret: &[u8], account: &str, issuer: &str) -> Result<SetUp, DbError> {
    let totp = totp(secret, account, issuer)?;
    let link = totp.to_url().map_err(|error| refused(&error))?;
    let code = QrCode::encode_text(&link, QrCodeEcc::Medium).map_err(|error| refused(&error))?;
    let quiet = 4;
    let path = (0..code.size())
        .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
        .filter(|(x, y)| code.get_module(*x, *y))
        .map(|(x, y)| format!("M{} {}h1v1h-1z", x + quiet, y + quiet))
        .collect();
    let plain = totp.secret().to_base32();
    let groups: Vec<String> = plain
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    Ok(SetUp {
        secret: groups.join(" "),
        link,
        path,
        width: code.size() + 2 * quiet,
    })
}

/// Takes a code of the app: right, and its step not used before.
///
/// # Errors
/// [`DbError`].
pub async fn use_code(tx: &mut Tx, user: Uuid, code: &str) -> Result<bool, DbError> {
    let row = tx
        .one(
            sql!("select totp_secret from users where id = $1"),
            args![user],
        )
        .await?;
    let Some(secret) = row.get::<Option<Vec<u8>>>("totp_secret")? else {
        return Ok(false);
    };
    let Some(step) = matching_step(&secret, code, tx.now())? else {
        return Ok(false);
    };
    let used = tx
        .run(
            sql!("update users set totp_step = $2 where id = $1 and (totp_step is null or totp_step < $2)"),
            args![user, step],
        )
        .await?;
    Ok(used == 1)
}

/// Takes a recovery code: it works once.
///
/// # Errors
/// [`DbError`].
pub async fn use_recovery_code(tx: &mut Tx, user: Uuid, code: &str) -> Result<bool, DbError> {
    let now = tx.now();
    let used = tx
        .run(
            sql!("update recovery_codes set used_at = $3 where user_id = $1 and code = $2 and used_at is null"),
            args![user, recovery_hash(user, code), now],
        )
        .await?;
    if used == 1 {
        tx.record(Event::new(
            "user",
            user,
            "user.recovery_code_used",
            json!({}),
        ));
    }
    Ok(used == 1)
}

/// Turns the second factor on with a secret whose code was just shown, and gives the recovery codes.
///
/// # Errors
/// [`DbError`].
pub async fn turn_on(
    tx: &mut Tx,
    clock: &Clock,
    user: Uuid,
    secret: &[u8],
    step: i64,
) -> Result<Vec<String>, DbError> {
    tx.run(
        sql!("update users set totp_secret = $2, totp_step = $3 where id = $1"),
        args![user, secret, step],
    )
    .await?;
    tx.record(Event::new("user", user, "user.second_factor_on", json!({})));
    new_recovery_codes(tx, clock, user).await
}

/// Turns the second factor off.
///
/// # Errors
/// [`DbError`].
pub async fn turn_off(tx: &mut Tx, user: Uuid) -> Result<(), DbError> {
    tx.run(
        sql!("update users set totp_secret = null, totp_step = null where id = $1"),
        args![user],
    )
    .await?;
    tx.run(
        sql!("delete from recovery_codes where user_id = $1"),
        args![user],
    )
    .await?;
    tx.record(Event::new(
        "user",
        user,
        "user.second_factor_off",
        json!({}),
    ));
    Ok(())
}

/// Ten new recovery codes in place of the old: 50 random bits each, shown once, kept as hashes.
///
/// # Errors
/// [`DbError`].
pub async fn new_recovery_codes(
    tx: &mut Tx,
    clock: &Clock,
    user: Uuid,
) -> Result<Vec<String>, DbError> {
    const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    tx.run(
        sql!("delete from recovery_codes where user_id = $1"),
        args![user],
    )
    .await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    let mut rows = Vec::new();
    for _ in 0..RECOVERY_CODES {
        let mut bytes = [0_u8; 10];
        getrandom::fill(&mut bytes).map_err(|error| refused(&error))?;
        let code: String = bytes
            .iter()
            .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
            .collect();
        rows.extend(args![new_uuid(clock), user, recovery_hash(user, &code)]);
        codes.push(format!("{}-{}", &code[..5], &code[5..]));
    }
    tx.insert_many(insert!("recovery_codes", "id, user_id, code"), rows)
        .await?;
    tx.record(Event::new(
        "user",
        user,
        "user.recovery_codes_made",
        json!({}),
    ));
    Ok(codes)
}

/// The hash of a recovery code, as typed in any case, with or without hyphen. The user's id makes
/// equal codes of two people differ.
fn recovery_hash(user: Uuid, code: &str) -> String {
    let plain = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| match letter.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        });
    hex::encode(Sha256::digest(format!(
        "{user} {}",
        plain.collect::<String>()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, SHA-1, last six digits.
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(code_at(secret, now).unwrap(), code);
            assert_eq!(
                matching_step(secret, code, now).unwrap(),
                Some(seconds / 30)
            );
            let late = now + chrono::Duration::seconds(95);
            assert_eq!(matching_step(secret, code, late).unwrap(), None);
        }
        assert_eq!(
            matching_step(secret, "28708", DateTime::from_timestamp(59, 0).unwrap()).unwrap(),
            None
        );
    }

    #[test]
    fn the_set_up_can_be_scanned_or_typed() {
        let set_up = set_up(
            b"12345678901234567890",
            "sam@example.org",
            "Weardale: partnership",
        )
        .unwrap();
        assert!(
            set_up.link.starts_with("otpauth://totp/Weardale"),
            "{}",
            set_up.link
        );
        assert!(set_up.secret.starts_with("GEZD GNBV"), "{}", set_up.secret);
        assert!(set_up.width > 40 && set_up.path.starts_with("M4 4h1"));
    }
}
