//! Identifiers. Internally a typed UUIDv7; people see a [`Reference`].

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use uuid::{NoContext, Timestamp};

use crate::Clock;

/// A new time-ordered UUID (version 7, RFC 9562) for the clock's present moment.
#[must_use]
pub fn new_uuid(clock: &Clock) -> Uuid {
    uuid_at(clock.now())
}

/// A new time-ordered UUID for a moment, such as a transaction's.
#[must_use]
pub fn uuid_at(now: DateTime<Utc>) -> Uuid {
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    Uuid::new_v7(Timestamp::from_unix(
        NoContext,
        seconds,
        now.timestamp_subsec_nanos(),
    ))
}

/// Declares a typed identifier over a UUID, so that one kind cannot be passed for another.
///
/// ```
/// commonweal_core::typed_id!(
///     /// A bench in a park.
///     BenchId
/// );
/// let id = BenchId::new(&commonweal_core::Clock::System);
/// assert_eq!(id.to_string().parse::<BenchId>().ok(), Some(id));
/// ```
#[macro_export]
macro_rules! typed_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, $crate::ids::Serialize, $crate::ids::Deserialize)]
        #[serde(crate = "commonweal_core::ids::serde", transparent)]
        pub struct $name(pub $crate::ids::Uuid);

        impl $name {
            /// A new identifier for the clock's present moment.
            #[must_use]
            pub fn new(clock: &$crate::Clock) -> Self { Self($crate::ids::new_uuid(clock)) }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { self.0.fmt(f) }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::ids::NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| $crate::ids::NotAnId)
            }
        }
        impl From<$name> for $crate::db::Value {
            fn from(id: $name) -> Self { $crate::db::Value::Uuid(Some(id.0)) }
        }
    };
}

#[doc(hidden)]
pub use ::serde;
#[doc(hidden)]
pub use ::serde::{Deserialize, Serialize};
#[doc(hidden)]
pub use ::uuid::Uuid;

/// The text is not an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an identifier")]
pub struct NotAnId;

/// Crockford's base 32: no I, L, O or U, so that it survives a telephone.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What people see and say: a kind prefix and 8 characters of Crockford's base 32, the
/// last a check character (Luhn modulo 32), shown as `C-7K3M-9QX4`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference(String);

/// Why a text is not a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    /// Wrong length, unknown character or no prefix.
    #[error("A reference looks like C-7K3M-9QX4. Check what you typed.")]
    Form,
    /// The check character does not fit: one character is wrong or two are swapped.
    #[error("This reference has a typing error. Check each character.")]
    Check,
}

impl Reference {
    /// A new random reference of a kind (`prefix`: one to four capital letters).
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random(prefix: &str) -> Result<Self, getrandom::Error> {
        let mut bytes = [0_u8; 7];
        getrandom::fill(&mut bytes)?;
        Ok(Self::from_digits(prefix, bytes.map(|byte| byte % 32)))
    }

    fn from_digits(prefix: &str, digits: [u8; 7]) -> Self {
        let letters: String = digits
            .iter()
            .chain([&check_digit(&digits)])
            .map(|digit| char::from(ALPHABET[usize::from(*digit)]))
            .collect();
        Self(format!("{prefix}-{}-{}", &letters[..4], &letters[4..]))
    }

    /// The reference as text, as shown and stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_digit(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let weighted = u32::from(*digit) * if place % 2 == 0 { 2 } else { 1 };
            weighted / 32 + weighted % 32
        })
        .sum();
    u8::try_from((32 - sum % 32) % 32).unwrap_or(0)
}

impl FromStr for Reference {
    type Err = BadReference;

    /// Reads a reference as people type it: any case, spaces or hyphens anywhere, and
    /// O for 0, I or L for 1.
    fn from_str(text: &str) -> Result<Self, BadReference> {
        let mut letters: Vec<char> = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        if !(9..=12).contains(&letters.len()) {
            return Err(BadReference::Form);
        }
        let body = letters.split_off(letters.len() - 8);
        let prefix: String = letters.into_iter().collect();
        if !prefix.chars().all(|c| c.is_ascii_uppercase()) {
            return Err(BadReference::Form);
        }
        let mut digits = [0_u8; 8];
        for (digit, letter) in digits.iter_mut().zip(body) {
            let letter = match letter {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let found = ALPHABET
                .iter()
                .position(|a| char::from(*a) == letter)
                .ok_or(BadReference::Form)?;
            *digit = u8::try_from(found).map_err(|_| BadReference::Form)?;
        }
        let [a, b, c, d, e, f, g, check] = digits;
        let body = [a, b, c, d, e, f, g];
        if check_digit(&body) != check {
            return Err(BadReference::Check);
        }
        Ok(Self::from_digits(&prefix, body))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_is_read_as_people_type_it() {
        let reference = Reference::random("C").unwrap();
        let typed = reference
            .as_str()
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        assert_eq!(typed.parse::<Reference>(), Ok(reference));
        assert_eq!("hello".parse::<Reference>(), Err(BadReference::Form));
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_noticed(digits in proptest::array::uniform7(0_u8..32), place in 0_usize..8, other in 1_u8..32) {
            let good = Reference::from_digits("C", digits);
            let mut letters: Vec<char> = good.as_str().chars().filter(|c| *c != '-').collect();
            let old = ALPHABET.iter().position(|a| char::from(*a) == letters[place + 1]).unwrap();
            letters[place + 1] = char::from(ALPHABET[(old + usize::from(other)) % 32]);
            let typed: String = letters.into_iter().collect();
            prop_assert_eq!(typed.parse::<Reference>(), Err(BadReference::Check));
        }
    }
}
