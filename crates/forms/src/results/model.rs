//! What answers come to: pure counting, from records to figures. No database, no clock.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use commonweal_records::suppression::{self, Shown};

use super::statistics::{self, Share, Summary};
use crate::answers::{Answer, Answers};
use crate::definition::{Definition, Personal, Question, QuestionKind};

mod figure;

pub(super) use figure::{Figure, Figures};

/// Below so many answers people outside the team see no mean: with few, a mean and its interval
/// tell what each answered.
pub(super) const FEWEST_FOR_MEAN: u64 = 10;

/// One record as it is counted.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    /// The version that asked.
    pub definition: &'a Definition,
    /// Its answers.
    pub answers: &'a Answers,
    /// Its state.
    pub state: &'a str,
    /// The point in time at which it was asked for.
    pub wave: Option<&'a str>,
    /// The name of its agency.
    pub agency: Option<&'a str>,
    /// The name of the area that it lies in.
    pub area: Option<&'a str>,
}

/// How far a reader may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sight {
    /// Counts of records and of answers that are not personal, however small.
    pub small: bool,
    /// Counts of personal answers, however small.
    pub personal: bool,
    /// Below which a count is small.
    pub threshold: u64,
}

impl Sight {
    /// Everything, for the team.
    pub(super) const TEAM: Self = Self {
        small: true,
        personal: true,
        threshold: suppression::THRESHOLD,
    };

    fn of(self, question: &Question) -> bool {
        self.small && (self.personal || question.personal == Personal::None)
    }

    fn hide(self, open: bool, counts: &[u64]) -> Shown {
        if open {
            suppression::all(counts)
        } else {
            suppression::hide(counts, self.threshold)
        }
    }
}

/// Counts as they come in.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    definition: &'a Definition,
    records: u64,
    questions: Vec<Count>,
    scores: Vec<ScoreCount>,
    states: BTreeMap<String, u64>,
    waves: BTreeMap<String, u64>,
    agencies: BTreeMap<String, u64>,
    areas: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Default)]
struct Count {
    answered: u64,
    unanswered: u64,
    not_asked: u64,
    unsure: u64,
    options: BTreeMap<String, u64>,
    points: BTreeMap<i64, u64>,
    months: BTreeMap<(i32, u32), u64>,
    numbers: Vec<f64>,
}

#[derive(Debug, Clone, Default)]
struct ScoreCount {
    values: Vec<f64>,
    missing: u64,
    bands: BTreeMap<String, u64>,
}

const UNKNOWN: &str = "Not known";

impl<'a> Tally<'a> {
    /// Nothing counted yet; figures are shown by this version.
    #[must_use]
    pub(super) fn new(definition: &'a Definition) -> Self {
        Self {
            definition,
            records: 0,
            questions: vec![Count::default(); definition.questions.len()],
            scores: vec![ScoreCount::default(); definition.scores.len()],
            states: BTreeMap::new(),
            waves: BTreeMap::new(),
            agencies: BTreeMap::new(),
            areas: BTreeMap::new(),
        }
    }

    /// Counts a record.
    pub(super) fn add(&mut self, record: &Counted<'_>) {
        self.records += 1;
        let shown = crate::answers::shown_in(record.definition, record.answers, record.state);
        for (question, count) in self.definition.questions.iter().zip(&mut self.questions) {
            let asked = record
                .definition
                .question(&question.id)
                .is_some_and(|(id, _)| shown.question(id));
            match record.answers.get(&question.id) {
                // What was asked in an earlier state stays answered.
                Some(answer) => count.add(answer),
                None if asked => count.unanswered += 1,
                None => count.not_asked += 1,
            }
        }
        let mut scored = crate::answers::scores(record.definition, record.answers);
        for (score, count) in self.definition.scores.iter().zip(&mut self.scores) {
            let found = scored.iter_mut().find(|one| one.score.id == score.id);
            match found.and_then(|one| one.value.map(|value| (value, one.band))) {
                None => count.missing += 1,
                Some((value, band)) => {
                    count.values.push(value);
                    let band = band.map_or_else(String::new, |band| band.key.clone());
                    *count.bands.entry(band).or_default() += 1;
                }
            }
        }
        let plus = |counts: &mut BTreeMap<String, u64>, key: Option<&str>| {
            *counts
                .entry(key.unwrap_or_default().to_owned())
                .or_default() += 1;
        };
        plus(&mut self.states, Some(record.state));
        plus(&mut self.waves, record.wave);
        plus(&mut self.agencies, record.agency);
        plus(&mut self.areas, record.area);
    }

    /// The figures for a reader.
    #[must_use]
    pub(super) fn figures(&self, sight: Sight) -> Figures {
        let total = if sight.small || self.records == 0 || self.records >= sight.threshold {
            Some(self.records)
        } else {
            None
        };
        let mut figures = Figures {
            records: total,
            questions: Vec::new(),
            scores: Vec::new(),
            groups: Vec::new(),
        };
        if total.is_none() {
            return figures;
        }
        for (question, count) in self.definition.questions.iter().zip(&self.questions) {
            figures
                .questions
                .push(self.question(question, count, sight));
        }
        for (score, count) in self.definition.scores.iter().zip(&self.scores) {
            figures.scores.push(self.score(score, count, sight));
        }
        let states = self
            .definition
            .states
            .iter()
            .map(|state| (state.key.clone(), state.title.en().to_owned()))
            .collect();
        let waves = self
            .definition
            .waves
            .iter()
            .map(|wave| (wave.key.clone(), wave.title.en().to_owned()))
            .collect();
        let mut group =
            |id, title, known: Vec<(String, String)>, counts: &BTreeMap<String, u64>| {
                if let Some(figure) = self.group(id, title, known, counts, sight) {
                    figures.groups.push(figure);
                }
            };
        if self.definition.states.len() > 1 {
            group("by-state", "By state", states, &self.states);
        }
        if !self.definition.waves.is_empty() {
            group("by-wave", "By point in time", waves, &self.waves);
        }
        group("by-agency", "By agency", Vec::new(), &self.agencies);
        if self.definition.place.is_some() {
            group("by-area", "By ward", Vec::new(), &self.areas);
        }
        figures
    }

    fn question(&self, question: &Question, count: &Count, sight: Sight) -> Figure {
        let open = sight.of(question);
        let label = question.label.en();
        let mut figure = Figure::new(&question.id, label, open);
        figure.personal = question.personal != Personal::None;
        let rest = [count.unanswered, count.not_asked];
        match &question.kind {
            QuestionKind::Choice(options) => {
                let known = options
                    .iter()
                    .map(|option| (option.value.clone(), option.text.en().to_owned()));
                figure.parts(&labelled(known, &count.options), count, sight, open);
            }
            QuestionKind::YesNo { .. } => {
                let known = [("yes", "Yes"), ("no", "No")]
                    .map(|(value, text)| (value.to_owned(), text.to_owned()));
                figure.parts(&labelled(known, &count.options), count, sight, open);
            }
            QuestionKind::Choices { options, .. } => {
                let known = options
                    .iter()
                    .map(|option| (option.value.clone(), option.text.en().to_owned()));
                figure.several(&labelled(known, &count.options), count, sight, open);
            }
            QuestionKind::Scale {
                from,
                to,
                low,
                high,
                unsure,
            } => {
                let mut cells: Vec<(String, u64)> = (*from..=*to)
                    .map(|point| {
                        let words = match point {
                            point if point == *from => format!("{point} ({})", low.en()),
                            point if point == *to => format!("{point} ({})", high.en()),
                            point => point.to_string(),
                        };
                        (words, count.points.get(&point).copied().unwrap_or(0))
                    })
                    .collect();
                if *unsure {
                    cells.push(("Do not know or rather not say".to_owned(), count.unsure));
                }
                let whole = figure.parts(&cells, count, sight, open);
                figure.mean = whole.then(|| statistics::summary(&count.numbers)).flatten();
            }
            QuestionKind::Number { unit, decimals, .. } => {
                figure.unit = unit
                    .as_ref()
                    .map(|unit| unit.en().to_owned())
                    .unwrap_or_default();
                figure.decimals = u32::from(*decimals).max(1);
                figure.hidden_rest(count, sight, open);
                figure.mean = statistics::summary(&count.numbers);
                figure.quartiles = open;
            }
            QuestionKind::Money { .. } => {
                "pounds".clone_into(&mut figure.unit);
                figure.decimals = 2;
                figure.hidden_rest(count, sight, open);
                figure.mean = statistics::summary(&count.numbers);
                figure.quartiles = open;
            }
            QuestionKind::Date { .. } => figure.months(count, sight, open),
            QuestionKind::Text(_) | QuestionKind::LongText(_) => {
                figure.words = true;
                figure.hidden_rest(count, sight, open);
            }
            QuestionKind::Time
            | QuestionKind::Location
            | QuestionKind::Address
            | QuestionKind::Contact
            | QuestionKind::Files { .. }
            | QuestionKind::Agency
            | QuestionKind::Person { .. }
            | QuestionKind::Record { .. } => figure.hidden_rest(count, sight, open),
        }
        if !open && (figure.answered.is_none_or(|n| n < FEWEST_FOR_MEAN)) {
            figure.mean = None;
        }
        debug_assert!(rest.iter().sum::<u64>() + count.answered == self.records);
        figure
    }

    fn score(&self, score: &crate::definition::Score, count: &ScoreCount, sight: Sight) -> Figure {
        // A score may rest on any answer, so it is as personal as the most personal of them.
        let open = sight.small && (sight.personal || !self.definition.is_personal());
        let mut figure = Figure::new(&score.id, score.title.en(), open);
        figure.personal = self.definition.is_personal();
        figure.decimals = 1;
        let known = score
            .bands
            .iter()
            .map(|band| (band.key.clone(), band.title.en().to_owned()));
        let scored = Count {
            answered: count.values.len() as u64,
            unanswered: count.missing,
            ..Count::default()
        };
        if score.bands.is_empty() {
            figure.hidden_rest(&scored, sight, open);
        } else {
            let mut cells = labelled(known, &count.bands);
            for (label, _) in cells.iter_mut().filter(|(label, _)| label.is_empty()) {
                "Below every band".clone_into(label);
            }
            figure.parts(&cells, &scored, sight, open);
        }
        let whole = open || figure.answered.is_some_and(|n| n >= FEWEST_FOR_MEAN);
        figure.mean = whole.then(|| statistics::summary(&count.values)).flatten();
        figure.quartiles = open;
        figure
    }

    fn group(
        &self,
        id: &str,
        title: &str,
        known: Vec<(String, String)>,
        counts: &BTreeMap<String, u64>,
        sight: Sight,
    ) -> Option<Figure> {
        let mut cells = labelled(known, counts);
        for (label, _) in cells.iter_mut().filter(|(label, _)| label.is_empty()) {
            UNKNOWN.clone_into(label);
        }
        // One group that holds everything tells nothing.
        if cells.len() < 2 {
            return None;
        }
        let mut figure = Figure::new(id, title, sight.small);
        let count = Count {
            answered: self.records,
            ..Count::default()
        };
        figure.parts(&cells, &count, sight, sight.small);
        Some(figure)
    }
}

impl Count {
    fn add(&mut self, answer: &Answer) {
        self.answered += 1;
        match answer {
            Answer::Choice(value) => *self.options.entry(value.clone()).or_default() += 1,
            Answer::Choices(values) => {
                for value in values {
                    *self.options.entry(value.clone()).or_default() += 1;
                }
            }
            Answer::YesNo(yes) => {
                let value = if *yes { "yes" } else { "no" };
                *self.options.entry(value.to_owned()).or_default() += 1;
            }
            Answer::Scale(point) => {
                *self.points.entry(*point).or_default() += 1;
                self.numbers.push(*point as f64);
            }
            Answer::Unsure => self.unsure += 1,
            Answer::Number(value) => self.numbers.push(*value),
            Answer::Money(pence) => self.numbers.push(*pence as f64 / 100.0),
            Answer::Date(day) => *self.months.entry((day.year(), day.month())).or_default() += 1,
            _ => {}
        }
    }
}

/// The known keys in their order with their counts, then those that are known no longer.
fn labelled(
    known: impl IntoIterator<Item = (String, String)>,
    counts: &BTreeMap<String, u64>,
) -> Vec<(String, u64)> {
    let known: Vec<(String, String)> = known.into_iter().collect();
    let gone = counts
        .iter()
        .filter(|(key, _)| !known.iter().any(|(one, _)| one == *key))
        .map(|(key, count)| {
            let label = if known.is_empty() || key.is_empty() {
                key.clone()
            } else {
                format!("{key} (no longer offered)")
            };
            (label, *count)
        });
    known
        .iter()
        .map(|(key, text)| (text.clone(), counts.get(key).copied().unwrap_or(0)))
        .chain(gone)
        .collect()
}
