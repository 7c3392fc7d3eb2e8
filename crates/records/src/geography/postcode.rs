//! Postcodes as people write them, made one.

use std::fmt;
use std::str::FromStr;

/// A United Kingdom postcode in its usual writing, such as `DH1 5UL`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Postcode(String);

/// The text is not a full postcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a full postcode such as DH1 5UL")]
pub struct NotAPostcode;

impl Postcode {
    /// The postcode with one space, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first half: `DH1`.
    #[must_use]
    pub fn district(&self) -> &str {
        self.0.split(' ').next().unwrap_or(&self.0)
    }

    /// The first half and one digit: `DH1 5`.
    #[must_use]
    pub fn sector(&self) -> &str {
        self.0
            .get(..self.0.len().saturating_sub(2))
            .unwrap_or(&self.0)
    }
}

impl fmt::Display for Postcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Postcode {
    type Err = NotAPostcode;

    /// Reads any letter case and spacing, also hyphens and full stops; it must have the form of a
    /// postcode (`A9 9AA`, `A99 9AA`, `AA9 9AA`, `AA99 9AA`, `A9A 9AA`, `AA9A 9AA`).
    fn from_str(text: &str) -> Result<Self, NotAPostcode> {
        let mut code = String::with_capacity(8);
        for c in text.chars() {
            match c {
                'A'..='Z' | 'a'..='z' | '0'..='9' if code.len() < 7 => {
                    code.push(c.to_ascii_uppercase());
                }
                ' ' | '-' | '.' | '\u{a0}' => {}
                _ => return Err(NotAPostcode),
            }
        }
        if !(5..=7).contains(&code.len()) {
            return Err(NotAPostcode);
        }
        let (outward, inward) = code.split_at(code.len() - 3);
        let shape: String = outward
            .bytes()
            .map(|b| if b.is_ascii_digit() { '9' } else { 'A' })
            .collect();
        let inward = inward.as_bytes();
        let fits = matches!(
            shape.as_str(),
            "A9" | "A99" | "AA9" | "AA99" | "A9A" | "AA9A"
        ) && inward[0].is_ascii_digit()
            && inward[1].is_ascii_uppercase()
            && inward[2].is_ascii_uppercase();
        if !fits {
            return Err(NotAPostcode);
        }
        code.insert(code.len() - 3, ' ');
        Ok(Self(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_one_postcode_are_one() {
        for text in ["DH1 5UL", "dh15ul", " dh1  5ul ", "DH1-5UL", "D H 1 5 U L"] {
            assert_eq!(
                text.parse::<Postcode>().unwrap().as_str(),
                "DH1 5UL",
                "{text}"
            );
        }
        let code: Postcode = "sw1a1aa".parse().unwrap();
        assert_eq!(
            (code.as_str(), code.district(), code.sector()),
            ("SW1A 1AA", "SW1A", "SW1A 1")
        );
        for text in [
            "", "DH1", "DH1 5U", "DH1 55L", "1DH 5UL", "DHX1 5UL", "DH1 5ULX", "Ｄ1 1AA",
        ] {
            assert_eq!(text.parse::<Postcode>(), Err(NotAPostcode), "{text}");
        }
    }
}
