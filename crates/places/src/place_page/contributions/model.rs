//! What a moderator should look at twice: names, and whatever leads to somebody.

use serde::Serialize;

/// Something found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Flag {
    /// What it looks like, in words.
    pub(crate) what: &'static str,
    /// The words themselves.
    pub(crate) found: String,
}

/// What looks as if it named somebody or led to them. `known`: names of places, which are no names of
/// people. It errs on the side of showing too much; somebody reads the text in any case.
pub(super) fn flags(text: &str, known: &[String]) -> Vec<Flag> {
    let mut found = Vec::new();
    let mut add = |what, words: &str| {
        let flag = Flag {
            what,
            found: words.to_owned(),
        };
        if !found.contains(&flag) {
            found.push(flag);
        }
    };
    for number in numbers(text) {
        add("A telephone number?", &number);
    }
    let known: Vec<String> = known
        .iter()
        .flat_map(|name| name.split_whitespace().map(plain).collect::<Vec<_>>())
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    for (n, word) in words.iter().enumerate() {
        let next = words.get(n + 1).copied().unwrap_or_default();
        let bare = trimmed(word);
        if bare.contains('@') {
            add(
                if bare.starts_with('@') {
                    "An account name?"
                } else {
                    "An e-mail address?"
                },
                bare,
            );
        }
        if ["http://", "https://", "www."]
            .iter()
            .any(|start| bare.to_lowercase().starts_with(start))
        {
            add("A link", bare);
        }
        if is_plate(bare) || is_plate(&format!("{bare}{}", trimmed(next))) {
            add("A vehicle's number?", &format!("{bare} {}", trimmed(next)));
        }
        let number = bare.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let house =
            !number.is_empty() && number.len() <= 3 && number.chars().all(|c| c.is_ascii_digit());
        let before = n
            .checked_sub(1)
            .and_then(|before| words.get(before))
            .map_or_else(String::new, |word| plain(word));
        if house && (capital(trimmed(next)) || ["number", "no", "flat"].contains(&before.as_str()))
        {
            add("A house number?", &format!("{word} {next}"));
        }
        let title = TITLES.contains(&plain(word).as_str());
        if title && capital(trimmed(next)) {
            add("A name?", &format!("{word} {}", trimmed(next)));
            continue;
        }
        // Two words with capitals one after another, inside a sentence.
        let ends = word.ends_with(['.', '!', '?', ',', ';', ':']);
        let both = capital(bare) && capital(trimmed(next)) && !ends;
        let place =
            |word: &str| known.contains(&plain(word)) || NOT_NAMES.contains(&plain(word).as_str());
        if both && !place(bare) && !place(next) && !TITLES.contains(&plain(next).as_str()) {
            add("A name?", &format!("{bare} {}", trimmed(next)));
        }
    }
    found
}

/// What stands before a name.
const TITLES: [&str; 8] = ["mr", "mrs", "ms", "miss", "dr", "pc", "councillor", "cllr"];
/// Words with capitals that name nobody.
const NOT_NAMES: [&str; 58] = [
    "i",
    "we",
    "the",
    "a",
    "an",
    "in",
    "on",
    "at",
    "our",
    "my",
    "your",
    "there",
    "this",
    "that",
    "it",
    "they",
    "he",
    "she",
    "street",
    "road",
    "lane",
    "avenue",
    "park",
    "close",
    "terrace",
    "court",
    "square",
    "station",
    "bus",
    "school",
    "church",
    "hall",
    "county",
    "council",
    "police",
    "north",
    "south",
    "east",
    "west",
    "upper",
    "lower",
    "new",
    "old",
    "town",
    "city",
    "village",
    "centre",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "christmas",
    "halloween",
    "bonfire",
    "night",
];

fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| ".,;:!?()\"'\u{2019}\u{2018}\u{201c}\u{201d}".contains(c))
}

fn plain(word: &str) -> String {
    let word = trimmed(word);
    let word = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix("\u{2019}s"))
        .unwrap_or(word);
    word.to_lowercase()
}

fn capital(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
}

/// A vehicle's number as issued since 2001: two letters, two digits, three letters.
fn is_plate(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters.len() == 7
        && letters.iter().enumerate().all(|(n, c)| match n {
            2 | 3 => c.is_ascii_digit(),
            _ => c.is_ascii_uppercase(),
        })
}

/// Runs of nine to thirteen digits, however they are spaced.
fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run = String::new();
    for letter in text.chars().chain(std::iter::once('\n')) {
        let goes_on = letter.is_ascii_digit() || " -().+".contains(letter);
        if goes_on {
            run.push(letter);
        } else {
            let digits = run.chars().filter(char::is_ascii_digit).count();
            if (9..=13).contains(&digits) {
                found.push(run.trim().to_owned());
            }
            run.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        flags(text, &["Gilesgate Moor".to_owned(), "Elvet".to_owned()])
            .into_iter()
            .map(|flag| format!("{} {}", flag.what, flag.found))
            .collect()
    }

    #[test]
    fn what_leads_to_somebody_is_flagged() {
        assert_eq!(
            found("It is always Kevin Smith who starts it."),
            ["A name? Kevin Smith"]
        );
        assert_eq!(found("Ask Mrs Jones, she saw it."), ["A name? Mrs Jones"]);
        assert_eq!(
            found("Ring me on 0191 555 0123, after six"),
            ["A telephone number? 0191 555 0123"]
        );
        assert_eq!(
            found("mail me: sam@example.org."),
            ["An e-mail address? sam@example.org"]
        );
        assert_eq!(
            found("the lad at number 14 does it"),
            ["A house number? 14 does"]
        );
        assert_eq!(
            found("a quad, NA12 XYZ, drives here"),
            ["A vehicle's number? NA12 XYZ"]
        );
        assert_eq!(found("See www.example.org/x"), ["A link www.example.org/x"]);
    }

    #[test]
    fn what_names_nobody_is_left_alone() {
        for text in [
            "Gilesgate Moor is nicer since the lamps work. Thank you.",
            "On Saturday night the Bus Station is loud.",
            "I can help with a litter pick in Elvet. I have 20 bags.",
            "",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            let _ = flags(&text, std::slice::from_ref(&text));
        }

        #[test]
        fn a_telephone_number_is_found_wherever_it_stands(before in "[a-z ]{0,20}", digits in "0[0-9]{10}", after in "[a-z ]{0,20}") {
            let text = format!("{before}, {digits} {after}");
            prop_assert!(found(&text).iter().any(|flag| flag.contains(&digits)));
        }
    }
}
