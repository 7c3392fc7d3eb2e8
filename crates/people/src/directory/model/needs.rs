//! Needs in plain words, and the taxonomy that services are marked with: content, in
//! `data/directory/needs.toml`.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use uuid::Uuid;

use super::words::{likeness, stems};

/// The shipped needs, as they lie in `data/directory/needs.toml`.
pub const SHIPPED: &str = include_str!("../../../../../data/directory/needs.toml");

/// A need counts where it is at least this likely meant, from 0 to 1.
const LEAST: f64 = 0.5;
/// And at least this much of the likeliest.
const BESIDE: f64 = 0.6;
/// So many needs at most.
const MOST: usize = 5;

/// The taxonomy, as the Open Referral interface names it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its version.
    pub version: String,
}

/// A term that services are marked with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Its key.
    pub key: String,
    /// Its id in the Open Referral interface.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it covers.
    pub description: String,
}

/// A need: what somebody says, and which terms help.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Its key, in addresses.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Keys of the terms that help.
    pub terms: Vec<String>,
    /// Words and sentences in which people say it.
    pub words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    taxonomy: Taxonomy,
    stop: Vec<String>,
    danger: Vec<String>,
    term: Vec<Term>,
    need: Vec<Need>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadNeeds {
    /// It is not such TOML; the text says where.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// It contradicts itself.
    #[error("{0}")]
    Content(String),
}

/// The needs and the taxonomy, ready for questions.
#[derive(Debug, Clone)]
pub struct Needs {
    /// The taxonomy.
    pub taxonomy: Taxonomy,
    /// Its terms.
    pub terms: Vec<Term>,
    /// The needs.
    pub needs: Vec<Need>,
    stop: Vec<String>,
    /// For each need its ways of saying it, as stems.
    phrases: Vec<Vec<Vec<String>>>,
    danger: Vec<Vec<String>>,
    weights: HashMap<String, f64>,
}

/// A need that somebody may mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meant<'a> {
    /// The need.
    pub need: &'a Need,
    /// How likely, from 0 to 1.
    pub score: f64,
}

/// What somebody's words mean.
#[derive(Debug, Clone)]
pub struct Understood<'a> {
    /// Needs, the likeliest first.
    pub needs: Vec<Meant<'a>>,
    /// Whether the words speak of danger.
    pub danger: bool,
}

impl Needs {
    /// Reads the file.
    ///
    /// # Errors
    /// [`BadNeeds`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, BadNeeds> {
        let file: File = toml::from_str(text)?;
        let wrong = |words: String| Err(BadNeeds::Content(words));
        let mut keys = HashSet::new();
        let mut ids = HashSet::from([file.taxonomy.id]);
        for term in &file.term {
            if !is_key(&term.key) || !keys.insert(term.key.as_str()) {
                return wrong(format!(
                    "the term '{}' is there twice or is no key (small letters, digits, hyphens)",
                    term.key
                ));
            }
            if !ids.insert(term.id) {
                return wrong(format!("the id of the term '{}' is there twice", term.key));
            }
        }
        let mut known = HashSet::new();
        for need in &file.need {
            if !is_key(&need.key) || !known.insert(need.key.as_str()) {
                return wrong(format!(
                    "the need '{}' is there twice or is no key (small letters, digits, hyphens)",
                    need.key
                ));
            }
            if need.terms.is_empty() || need.words.is_empty() {
                return wrong(format!("the need '{}' has no terms or no words", need.key));
            }
            if let Some(term) = need.terms.iter().find(|term| !keys.contains(term.as_str())) {
                return wrong(format!(
                    "the need '{}' names the term '{term}', which there is not",
                    need.key
                ));
            }
        }
        let stop: Vec<String> = file
            .stop
            .iter()
            .map(|word| commonweal_core::search::normalised(word))
            .collect();
        let cut = |words: &[String]| -> Vec<Vec<String>> {
            words
                .iter()
                .map(|words| stems(words, &stop))
                .filter(|stems| !stems.is_empty())
                .collect()
        };
        let phrases: Vec<_> = file
            .need
            .iter()
            .map(|need| {
                let mut all = cut(&need.words);
                all.push(stems(&need.name, &stop));
                all
            })
            .collect();
        let weights = weights(&phrases);
        let danger = cut(&file.danger);
        drop(keys);
        drop(known);
        Ok(Self {
            taxonomy: file.taxonomy,
            terms: file.term,
            needs: file.need,
            stop,
            phrases,
            danger,
            weights,
        })
    }

    /// The term of a key.
    #[must_use]
    pub fn term(&self, key: &str) -> Option<&Term> {
        self.terms.iter().find(|term| term.key == key)
    }

    /// The need of a key.
    #[must_use]
    pub fn need(&self, key: &str) -> Option<&Need> {
        self.needs.iter().find(|need| need.key == key)
    }

    /// The telling stems of a text.
    #[must_use]
    pub fn stems(&self, text: &str) -> Vec<String> {
        stems(text, &self.stop)
    }

    /// How much a stem tells: rare words more.
    fn weight(&self, stem: &str) -> f64 {
        self.weights.get(stem).copied().unwrap_or(1.0)
    }

    /// What somebody's words mean.
    #[must_use]
    pub fn understand(&self, text: &str) -> Understood<'_> {
        // A word that is known is no typing error for another.
        let asked: Vec<(String, bool)> = self
            .stems(text)
            .into_iter()
            .map(|stem| {
                let known = self.weights.contains_key(&stem);
                (stem, known)
            })
            .collect();
        let alike = |stem: &str, (typed, known): &(String, bool)| {
            if *known {
                f64::from(u8::from(typed == stem))
            } else {
                likeness(typed, stem)
            }
        };
        let all: f64 = asked
            .iter()
            .filter(|(_, known)| *known)
            .map(|(stem, _)| self.weight(stem))
            .sum();
        let score = |phrase: &Vec<String>| {
            let mut matched = 0.0;
            let mut whole = 0.0;
            for stem in phrase {
                let best = asked
                    .iter()
                    .map(|typed| alike(stem, typed))
                    .fold(0.0, f64::max);
                matched += best * self.weight(stem);
                whole += self.weight(stem);
            }
            if whole == 0.0 {
                return 0.0;
            }
            let of_question = matched / all.max(matched).max(f64::MIN_POSITIVE);
            (matched / whole) * (0.6 + 0.4 * of_question)
        };
        let mut needs: Vec<Meant<'_>> = self
            .needs
            .iter()
            .zip(&self.phrases)
            .map(|(need, phrases)| Meant {
                need,
                score: phrases.iter().map(score).fold(0.0, f64::max),
            })
            .filter(|meant| meant.score >= LEAST)
            .collect();
        needs.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = needs.first().map_or(0.0, |meant| meant.score);
        needs.retain(|meant| meant.score >= best * BESIDE);
        needs.truncate(MOST);
        let danger = self.danger.iter().any(|phrase| {
            phrase
                .iter()
                .all(|stem| asked.iter().any(|typed| alike(stem, typed) > 0.0))
        });
        Understood { needs, danger }
    }

    /// Keys of terms that another directory's words for a service mean; only what is quite sure.
    #[must_use]
    pub fn terms_of(&self, text: &str) -> Vec<String> {
        let mut terms: Vec<String> = Vec::new();
        for term in &self.terms {
            if commonweal_core::search::normalised(&term.name)
                == commonweal_core::search::normalised(text)
            {
                terms.push(term.key.clone());
            }
        }
        for meant in self
            .understand(text)
            .needs
            .iter()
            .filter(|meant| meant.score >= 0.75)
        {
            terms.extend(meant.need.terms.first().cloned());
        }
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// A stem's weight: the logarithm of how few needs use it.
fn weights(phrases: &[Vec<Vec<String>>]) -> HashMap<String, f64> {
    let mut uses: HashMap<&str, f64> = HashMap::new();
    for need in phrases {
        let distinct: HashSet<&str> = need.iter().flatten().map(String::as_str).collect();
        for stem in distinct {
            *uses.entry(stem).or_default() += 1.0;
        }
    }
    let all = phrases.len() as f64;
    uses.into_iter()
        .map(|(stem, uses)| (stem.to_owned(), (1.0 + all / uses).ln()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_needs_are_understood_as_people_say_them() {
        let needs = Needs::parse(SHIPPED).unwrap();
        for (said, meant) in [
            ("my neighbour drinks and shouts", &["alcohol", "noise"][..]),
            ("noise", &["noise"]),
            ("nosie at nite", &["noise"]),
            ("scared at night", &["afraid"]),
            ("drugs", &["drugs"]),
            ("debt", &["debt"]),
            ("I cant pay my rent", &["rent"]),
            ("my child is in trouble", &["child-in-trouble"]),
            ("mediaton", &["mediation"]),
            ("dealing from the flat upstairs", &["drug-dealing"]),
            ("my husband hits me", &["domestic-abuse"]),
            ("kids on quad bikes", &["vehicles"]),
            ("someone is following me", &["stalking"]),
            ("i want to end my life", &["suicide"]),
            ("nobody listens the council did nothing", &["case-review"]),
            ("barking dog", &["noise", "dogs"]),
            ("they call me names because of my skin colour", &["hate"]),
            ("lonely", &["lonely"]),
            ("fly tipping in the back lane", &["litter"]),
            ("empty house next door with smashed windows", &["buildings"]),
        ] {
            let found: Vec<&str> = needs
                .understand(said)
                .needs
                .iter()
                .map(|meant| meant.need.key.as_str())
                .collect();
            for key in meant {
                assert!(
                    found.contains(key),
                    "'{said}' means {key}, understood as {found:?}"
                );
            }
        }
        assert!(needs.understand("xyzzy qwertz").needs.is_empty());
        assert!(needs.understand("").needs.is_empty());
    }

    #[test]
    fn danger_is_heard() {
        let needs = Needs::parse(SHIPPED).unwrap();
        for said in [
            "he has a knife",
            "somebody is breaking in",
            "i am being attacked",
            "he is threatening to kill me",
        ] {
            assert!(needs.understand(said).danger, "{said}");
        }
        for said in ["noise", "debt", "litter in the park"] {
            assert!(!needs.understand(said).danger, "{said}");
        }
    }

    #[test]
    fn mistakes_in_the_file_are_named() {
        let double = SHIPPED.replacen("terms = [\"", "terms = [\"no-such-term\", \"", 1);
        assert!(
            Needs::parse(&double)
                .unwrap_err()
                .to_string()
                .contains("no-such-term")
        );
        assert!(Needs::parse("taxonomy = 1").is_err());
    }

    #[test]
    fn other_directories_words_become_terms() {
        let needs = Needs::parse(SHIPPED).unwrap();
        assert_eq!(needs.terms_of("Debt advice"), ["debt"]);
        assert!(needs.terms_of("name").is_empty());
    }
}
