//! A table as it was sent, and which of its columns is what.

use super::*;

/// A table as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sheet {
    /// Its headings.
    pub(crate) headings: Vec<String>,
    /// Its rows: number in the file, cells.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
}

/// Which column is what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Matching {
    /// For each column in order: the id of a question, [`REFERENCE`], or nothing.
    pub(crate) columns: Vec<String>,
    /// Whether an empty cell takes the answer away; otherwise it leaves it.
    pub(crate) empty_clears: bool,
    /// Whether somebody has said that it is right.
    pub(crate) confirmed: bool,
}

impl Matching {
    /// What headings say: a question's id, its heading in an export, its short name or its label.
    pub(crate) fn guess(definition: &Definition, headings: &[String]) -> Self {
        let exported = columns::headings(definition);
        let mut taken = BTreeSet::new();
        let columns = headings
            .iter()
            .map(|heading| {
                let wanted = folded(heading);
                let reference = wanted == folded(FIXED[0]);
                let found = if reference {
                    Some(REFERENCE.to_owned())
                } else if FIXED.iter().any(|fixed| folded(fixed) == wanted) {
                    None
                } else {
                    let names = |question: &Question, heading: &str| {
                        let short = question.short.as_ref().map(|short| folded(short.en()));
                        folded(&question.id) == wanted
                            || folded(heading) == wanted
                            || short.is_some_and(|short| short == wanted)
                            || folded(question.label.en()) == wanted
                    };
                    let mut fitting = definition
                        .questions
                        .iter()
                        .zip(&exported)
                        .filter(|(question, heading)| names(question, heading));
                    // The exported heading decides where a short name fits two.
                    let exact = definition
                        .questions
                        .iter()
                        .zip(&exported)
                        .find(|(_, heading)| folded(heading) == wanted);
                    match (exact, fitting.next(), fitting.next()) {
                        (Some((question, _)), ..) | (None, Some((question, _)), None) => {
                            Some(question.id.clone())
                        }
                        _ => None,
                    }
                };
                found
                    .filter(|id| taken.insert(id.clone()))
                    .unwrap_or_default()
            })
            .collect();
        Self {
            columns,
            ..Self::default()
        }
    }

    /// What is wrong with it.
    pub(crate) fn faults(&self, definition: &Definition) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for id in self.columns.iter().filter(|id| !id.is_empty()) {
            if !seen.insert(id) {
                let name = definition
                    .question(id)
                    .map_or(FIXED[0], |(_, question)| question.label.en());
                faults.push(format!("Two columns are matched with '{name}'"));
            }
        }
        if seen.is_empty() {
            faults.push("Match at least one column with a question".to_owned());
        }
        faults
    }

    pub(super) fn place(&self, id: &str) -> Option<usize> {
        self.columns.iter().position(|one| one == id)
    }
}
