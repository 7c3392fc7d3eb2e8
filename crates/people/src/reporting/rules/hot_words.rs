//! Words that somebody must see now. Whole words are sought, in any case; one that ends in `*` with any ending.

use commonweal_records::matters::HotWord;
use serde::Deserialize;

use super::Wrong;

/// The words by group.
#[derive(Debug, Clone)]
pub struct HotWords(Vec<Group>);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    key: String,
    label: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    group: Vec<Group>,
}

impl HotWords {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let mut file: File = toml::from_str(text)?;
        for group in &mut file.group {
            for word in &mut group.words {
                *word = word.trim().to_lowercase();
                if word.trim_end_matches('*').is_empty() {
                    return Err(Wrong(format!(
                        "the group '{}' has an empty word",
                        group.key
                    )));
                }
            }
        }
        Ok(Self(file.group))
    }

    /// What people read for a group's key.
    #[must_use]
    pub fn label<'a>(&'a self, key: &'a str) -> &'a str {
        let found = self.0.iter().find(|group| group.key == key);
        found.map_or(key, |group| group.label.as_str())
    }

    /// The hot words of a text, in its order; where two overlap, the longer.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<HotWord> {
        // Lower case letter by letter, each with its place in the text: lower case can be longer. A
        // typographer's apostrophe is an apostrophe, a line break a space.
        let letters: Vec<(usize, char)> = text
            .char_indices()
            .flat_map(|(at, letter)| {
                let plain = match letter {
                    '’' | '‘' => '\'',
                    space if space.is_whitespace() => ' ',
                    other => other,
                };
                plain.to_lowercase().map(move |lower| (at, lower))
            })
            .collect();
        let mut found: Vec<HotWord> = Vec::new();
        for group in &self.0 {
            for word in &group.words {
                found.extend(places(text, &letters, word).map(|(start, end)| HotWord {
                    group: group.key.clone(),
                    words: text.get(start..end).unwrap_or_default().to_owned(),
                    start,
                    end,
                }));
            }
        }
        found.sort_by_key(|word| (word.start, usize::MAX - word.end));
        let mut until = 0;
        found.retain(|word| {
            let free = word.start >= until;
            if free {
                until = word.end;
            }
            free
        });
        found
    }
}

/// Where a word stands in a text: from and to, in bytes of the text.
fn places<'a>(
    text: &'a str,
    letters: &'a [(usize, char)],
    word: &'a str,
) -> impl Iterator<Item = (usize, usize)> + 'a {
    let stem: Vec<char> = word.trim_end_matches('*').chars().collect();
    let open = word.ends_with('*');
    let end_of = |place: usize| letters.get(place).map_or(text.len(), |letter| letter.0);
    let inside = |place: usize| letters.get(place).is_some_and(|l| l.1.is_alphanumeric());
    (0..letters.len()).filter_map(move |start| {
        if start > 0 && inside(start - 1) {
            return None;
        }
        let mut end = start;
        for letter in &stem {
            if letters.get(end)?.1 != *letter {
                return None;
            }
            end += 1;
        }
        if open {
            while inside(end) {
                end += 1;
            }
        } else if inside(end) {
            return None;
        }
        Some((end_of(start), end_of(end)))
    })
}
