//! Passwords: argon2id, and why a weak one is refused.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use commonweal_core::DbError;

use super::SignIn;

/// The fewest characters.
pub const SHORTEST: usize = 12;
/// The most characters: hashing more would only serve to keep the server busy.
pub const LONGEST: usize = 200;

/// Memory in KiB and passes: about a tenth of a second on one core of 2020 (measured in a test).
/// OWASP asks for 19,456 KiB and 2 passes at least.
const MEMORY: u32 = 32 * 1024;
const PASSES: u32 = 3;

fn argon2() -> Result<Argon2<'static>, DbError> {
    let params = Params::new(MEMORY, PASSES, 1, None)
        .map_err(|error| DbError::Setup(format!("the password hash: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String, DbError> {
    let hashed = argon2()?.hash_password(password.as_bytes());
    hashed
        .map(|hash| hash.to_string())
        .map_err(|error| DbError::Setup(format!("the password hash: {error}")))
}

/// A hash that nothing fits, of the same cost: so that an unknown account takes as long as a known.
const NOBODYS: &str = "$argon2id$v=19$m=32768,t=3,p=1$Y29tbW9ud2VhbC1ub2JvZHk$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn verify_now(password: &str, hash: Option<&str>) -> bool {
    let Ok(argon2) = argon2() else { return false };
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODYS)) else {
        return false;
    };
    let fits = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
    fits && hash.is_some()
}

impl SignIn {
    /// The hash of a password, for storing.
    ///
    /// # Errors
    /// [`DbError::Setup`] where the system gives no randomness.
    pub async fn hash_password(&self, password: &str) -> Result<String, DbError> {
        let password = password.to_owned();
        self.hashing(move || hash_now(&password)).await?
    }

    /// Whether a password fits a stored hash; takes as long where there is none.
    ///
    /// # Errors
    /// [`DbError::Setup`] where the server is stopping.
    pub async fn verify_password(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, DbError> {
        let password: String = password.chars().take(LONGEST + 1).collect();
        self.hashing(move || verify_now(&password, hash.as_deref()))
            .await
    }

    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, DbError> {
        let stopping =
            || DbError::Setup("passwords cannot be hashed while the server stops".to_owned());
        let _permit = self.hashing.acquire().await.map_err(|_| stopping())?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| stopping())
    }
}

/// Why a password is refused, kindly; none where it is good. `context` holds words that others can
/// guess: the person's name and address, the partnership.
#[must_use]
pub fn weakness(password: &str, context: &[&str]) -> Option<String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Some(format!(
            "Choose a password of at least {SHORTEST} characters. Three or four unrelated words work well"
        ));
    }
    if length > LONGEST {
        return Some(format!("Choose a password of at most {LONGEST} characters"));
    }
    let words: Vec<&str> = context
        .iter()
        .flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| word.chars().count() >= 3)
        .chain(context.iter().copied())
        .chain([
            "commonweal",
            "antisocial",
            "behaviour",
            "partnership",
            "council",
            "police",
            "safety",
        ])
        .collect();
    // The estimator does not see known words that are glued together, so they are taken out here.
    let mut rest = password.to_lowercase();
    let mut known: Vec<String> = words
        .iter()
        .filter(|word| word.len() >= 3)
        .map(|word| word.to_lowercase())
        .collect();
    known.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let near = known.iter().fold(false, |near, word| {
        let found = rest.contains(word.as_str());
        rest = rest.replace(word.as_str(), "");
        near || found
    });
    let hardly_more = near
        && rest
            .chars()
            .filter(|letter| letter.is_alphanumeric())
            .count()
            < 6;
    let estimate = zxcvbn::zxcvbn(password, &words);
    if estimate.score() >= zxcvbn::Score::Three && !hardly_more {
        return None;
    }
    let why = match estimate
        .feedback()
        .and_then(zxcvbn::feedback::Feedback::warning)
    {
        _ if near => "it is made of words that others connect with you or this service".to_owned(),
        Some(warning) => {
            let text = warning.to_string();
            let text = text.trim_end_matches('.');
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_lowercase().chain(letters).collect()
            })
        }
        None => "somebody with time could guess it".to_owned(),
    };
    Some(format!(
        "Choose a password that is harder to guess: {why}. Three or four unrelated words work well"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        let context = [
            "Sam Ridley",
            "sam.ridley@wardens.example",
            "Weardale Safety Partnership",
        ];
        for weak in [
            "short",
            "password1234",
            "qwertyuiop12",
            "samridley2026",
            "weardalesafety",
            "aaaaaaaaaaaaaa",
        ] {
            let why = weakness(weak, &context).unwrap_or_else(|| panic!("{weak}"));
            assert!(why.starts_with("Choose a password"), "{weak}: {why}");
        }
        assert!(
            weakness("samridley2026", &context)
                .unwrap()
                .contains("connect with you")
        );
        assert_eq!(weakness("kettle-orbit-lantern-19", &context), None);
        assert_eq!(
            weakness(&"correct horse battery staple ".repeat(20), &context)
                .map(|why| why.len() > 10),
            Some(true)
        );
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_and_nobodys_fits_none_in_the_same_time() {
        let sign_in = SignIn::new();
        let hash = sign_in
            .hash_password("kettle-orbit-lantern-19")
            .await
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=32768,t=3,p=1$"),
            "{hash}"
        );
        let timed = async |password: &str, hash: Option<String>| {
            let begun = std::time::Instant::now();
            let fits = sign_in.verify_password(password, hash).await.unwrap();
            (fits, begun.elapsed().as_secs_f64())
        };
        let (fits, known) = timed("kettle-orbit-lantern-19", Some(hash.clone())).await;
        let (wrong, _) = timed("kettle-orbit-lantern-18", Some(hash)).await;
        let (nobody, unknown) = timed("kettle-orbit-lantern-19", None).await;
        assert!(fits && !wrong && !nobody);
        println!("verify: {known:.3} s, of an unknown account: {unknown:.3} s");
        assert!(unknown > known / 4.0, "an unknown account answers too soon");
    }
}
