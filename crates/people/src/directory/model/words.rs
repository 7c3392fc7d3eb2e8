//! Words as people type them: stems, and words with a typing error.

use commonweal_core::search::normalised;

/// The stem of an English word, cut roughly: good enough to make 'shouts', 'shouting' and 'shouted'
/// one. Both sides of a comparison are cut alike, so that a stem need be no word.
#[must_use]
pub fn stem(word: &str) -> String {
    if word.len() <= 3 || !word.bytes().all(|letter| letter.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let cut =
        |ending: &str, least: usize| word.strip_suffix(ending).filter(|rest| rest.len() >= least);
    let base = if let Some(rest) = cut("ies", 2) {
        return format!("{rest}y");
    } else if let Some(rest) = cut("ing", 3).or_else(|| cut("ed", 3)) {
        rest
    } else if word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        word
    } else if let Some(rest) = cut("shes", 2)
        .or_else(|| cut("ches", 2))
        .or_else(|| cut("sses", 2))
    {
        return format!("{rest}{}", &word[rest.len()..word.len() - 2]);
    } else {
        cut("s", 3).unwrap_or(word)
    };
    // 'stopping' and 'stop', 'arguing' and 'argue'.
    let bytes = base.as_bytes();
    let base = match bytes {
        [.., a, b] if a == b && !b"lsz".contains(b) => &base[..base.len() - 1],
        [.., b'e'] if base.len() > 3 => &base[..base.len() - 1],
        _ => base,
    };
    base.to_owned()
}

/// The stems of a text, without words that say nothing; all of them where nothing else is left.
#[must_use]
pub fn stems(text: &str, stop: &[String]) -> Vec<String> {
    let plain = normalised(text);
    let all: Vec<&str> = plain
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(60)
        .collect();
    let mut telling: Vec<String> = all
        .iter()
        .filter(|word| !stop.iter().any(|other| other == *word))
        .map(|word| stem(word))
        .collect();
    if telling.is_empty() {
        telling = all.into_iter().map(stem).collect();
    }
    let mut seen = Vec::with_capacity(telling.len());
    for word in telling {
        if !seen.contains(&word) {
            seen.push(word);
        }
    }
    seen
}

/// How alike two stems are: 1 where they are the same, 0.8 where one typing error (two in long words)
/// makes one the other, else 0. The first letter is seldom mistyped and must be the same; in short
/// words an error makes another word too easily.
#[must_use]
pub fn likeness(typed: &str, known: &str) -> f64 {
    if typed == known {
        return 1.0;
    }
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), known.chars().collect());
    let shorter = a.len().min(b.len());
    let allowed = match shorter {
        0..=3 => return 0.0,
        // Four letters only where two stand in the wrong order: 'nosie' is cut to four.
        4 if a.len() == b.len() => {
            let sorted = |word: &[char]| {
                let mut word = word.to_vec();
                word.sort_unstable();
                word
            };
            return if sorted(&a) == sorted(&b) && errors(&a, &b) == 1 {
                0.8
            } else {
                0.0
            };
        }
        4..=7 => 1,
        _ => 2,
    };
    if a.first() != b.first() || a.len().abs_diff(b.len()) > allowed {
        return 0.0;
    }
    if errors(&a, &b) <= allowed { 0.8 } else { 0.0 }
}

/// Letters left out, put in, changed or swapped with the next (optimal string alignment).
fn errors(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y))
                .min(last[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for forms in [
            &["shout", "shouts", "shouting", "shouted"][..],
            &["argue", "argues", "arguing", "argued"],
            &["stop", "stops", "stopping", "stopped"],
            &["party", "parties"],
            &["wash", "washes", "washing"],
            &["neighbour", "neighbours"],
            &["noise", "noises"],
        ] {
            let all: Vec<String> = forms.iter().map(|word| stem(word)).collect();
            assert!(all.iter().all(|other| *other == all[0]), "{all:?}");
        }
        assert_eq!(stem("bus"), "bus");
    }

    #[test]
    fn a_typing_error_is_forgiven_in_long_enough_words() {
        assert!(likeness("nosie", "noise") > 0.5);
        assert!(likeness("nieghbour", "neighbour") > 0.5);
        assert!(likeness("mediaton", "mediation") > 0.5);
        assert!(likeness("load", "loud") == 0.0);
        assert!(likeness("house", "mouse") == 0.0);
        assert!(likeness("drug", "drum") == 0.0);
    }

    #[test]
    fn words_that_say_nothing_are_left_out_unless_there_is_nothing_else() {
        let stop = vec!["my".to_owned(), "and".to_owned()];
        assert_eq!(
            stems("My neighbour DRINKS, and shouts!", &stop),
            ["neighbour", "drink", "shout"]
        );
        assert_eq!(stems("my", &stop), ["my"]);
        assert!(stems("…", &stop).is_empty());
    }

    proptest! {
        #[test]
        fn likeness_is_mutual(a in "[a-z]{0,10}", b in "[a-z]{0,10}") {
            prop_assert!((likeness(&a, &b) - likeness(&b, &a)).abs() < 1e-9);
            prop_assert!((likeness(&a, &a) - 1.0).abs() < 1e-9);
        }

        #[test]
        fn nothing_typed_stops_the_program(text in ".{0,40}") {
            let _ = stems(&text, &[]);
        }
    }
}
