//! From texts to keys: the same on both engines, since both store what is made here.

use rphonetic::DoubleMetaphone;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::ids::Reference;

/// Words of a question that count; more are left out.
const MOST_WORDS: usize = 8;

/// A text as words: lower case, without accents and apostrophes, and nothing but letters,
/// digits and single spaces.
#[must_use]
pub fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd().flat_map(char::to_lowercase) {
        match c {
            '\'' | '\u{2019}' | '\u{2018}' | '`' => {}
            // Letters that Unicode does not take apart.
            'ł' => out.push('l'),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            c if is_combining_mark(c) => {}
            c if c.is_alphanumeric() => out.push(c),
            _ if out.ends_with(' ') || out.is_empty() => {}
            _ => out.push(' '),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// How a word sounds (Philips' Double Metaphone, 2000): one or two keys; none for what is
/// not a word of at least three Latin letters.
fn sounds(word: &str) -> Vec<String> {
    if word.len() < 3 || !word.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return Vec::new();
    }
    let found = DoubleMetaphone::new(Some(6)).double_metaphone(word);
    let mut keys = vec![found.primary()];
    if found.alternate() != keys[0] {
        keys.push(found.alternate());
    }
    keys.retain(|key| !key.is_empty());
    keys
}

/// A telephone number as its national digits, without the leading 0; none for what is not
/// one. `+44 7700 900123`, `0044 7700 900123` and `07700 900123` are one number.
fn telephone(text: &str) -> Option<String> {
    if text
        .chars()
        .any(|c| !(c.is_ascii_digit() || c.is_whitespace() || "+-()./".contains(c)))
    {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let national = digits
        .strip_prefix("0044")
        .or_else(|| {
            digits
                .strip_prefix("44")
                .filter(|_| text.trim().starts_with('+'))
        })
        .unwrap_or(&digits)
        .trim_start_matches('0');
    (6..=14)
        .contains(&national.len())
        .then(|| national.to_owned())
}

/// A reference without its hyphens; none for what is not one.
fn reference(text: &str) -> Option<String> {
    let found = text.parse::<Reference>().ok()?;
    Some(found.as_str().replace('-', ""))
}

/// The keys of an entry. The first letter says of which sort a key is.
pub(super) fn keys(names: &[String], references: &[String], telephones: &[String]) -> Vec<String> {
    let mut keys = Vec::new();
    for name in names {
        for word in normalised(name).split(' ').filter(|word| !word.is_empty()) {
            keys.extend(sounds(word).into_iter().map(|sound| format!("s{sound}")));
            keys.push(format!("n{word}"));
        }
    }
    for text in references {
        // References of other agencies are found as they are written, but for case and spaces.
        let key =
            reference(text).unwrap_or_else(|| normalised(text).replace(' ', "").to_uppercase());
        keys.push(format!("r{key}"));
    }
    for number in telephones.iter().filter_map(|text| telephone(text)) {
        keys.push(format!("e{}", &number[number.len() - 6..]));
        keys.push(format!("p{number}"));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub(super) words: Vec<String>,
    /// Keys that by themselves are an answer: a reference, a telephone number.
    pub(super) exact: Vec<String>,
}

impl Question {
    /// Reads a question as people type it; none where there is nothing to look for.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut words: Vec<String> = normalised(text)
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        words.dedup();
        words.truncate(MOST_WORDS);
        let whole = normalised(text).replace(' ', "").to_uppercase();
        let mut exact = vec![format!("r{}", reference(text).unwrap_or(whole))];
        if let Some(number) = telephone(text) {
            // Six digits are enough where somebody remembers only the end.
            exact.push(if number.len() == 6 {
                format!("e{number}")
            } else {
                format!("p{number}")
            });
        }
        (!words.is_empty()).then_some(Self { words, exact })
    }

    /// For each word, the first and the last key of names that begin with it, and how it sounds.
    pub(super) fn of_names(&self) -> impl Iterator<Item = (String, String, Vec<String>)> {
        self.words.iter().map(|word| {
            let sounds = sounds(word).into_iter().map(|sound| format!("s{sound}"));
            (
                format!("n{word}"),
                format!("n{word}\u{10ffff}"),
                sounds.collect(),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_however_they_are_written() {
        assert_eq!(
            normalised("  O\u{2019}Neill-Łukasz,\tÉlodie  "),
            "oneill lukasz elodie"
        );
        assert_eq!(normalised("…"), "");
        assert_eq!(normalised("ﬁre № 5"), "fire no 5");
    }

    #[test]
    fn a_telephone_number_is_one_number() {
        for text in [
            "+44 7700 900123",
            "0044 7700-900123",
            "07700 900123",
            "(07700) 900123",
        ] {
            assert_eq!(telephone(text).as_deref(), Some("7700900123"), "{text}");
        }
        assert_eq!(telephone("call me"), None);
        assert_eq!(telephone("12345"), None);
    }

    #[test]
    fn names_that_sound_alike_share_a_key() {
        for (a, b) in [
            ("smith", "smyth"),
            ("catherine", "kathryn"),
            ("stephen", "steven"),
            ("shaun", "shawn"),
        ] {
            assert!(
                sounds(a).iter().any(|key| sounds(b).contains(key)),
                "{a} {b} {:?} {:?}",
                sounds(a),
                sounds(b)
            );
        }
        assert!(sounds("李").is_empty() && sounds("ng").is_empty());
    }
}
