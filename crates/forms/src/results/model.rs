//! What answers come to: pure counting, from records to figures. No database, no clock.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};
use commonweal_records::suppression::{self, Shown};

use super::statistics::{self, Share, Summary};
use crate::answers::{Answer, Answers};
use crate::definition::{Definition, Personal, Question, QuestionKind};

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
        let titles = |keys: Vec<(String, String)>| keys;
        let states = titles(
            self.definition
                .states
                .iter()
                .map(|state| (state.key.clone(), state.title.en().to_owned()))
                .collect(),
        );
        let waves = titles(
            self.definition
                .waves
                .iter()
                .map(|wave| (wave.key.clone(), wave.title.en().to_owned()))
                .collect(),
        );
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

/// All figures of a definition.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figures {
    /// How many records; none where they are too few to be shown, and then nothing else is.
    pub records: Option<u64>,
    /// One for each question, in their order.
    pub questions: Vec<Figure>,
    /// One for each score.
    pub scores: Vec<Figure>,
    /// By state, point in time, agency and area.
    pub groups: Vec<Figure>,
}

/// The figures of one question, score or grouping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether the question asks for personal data.
    pub personal: bool,
    /// Whether nothing of it is hidden from this reader by rule.
    pub open: bool,
    /// How many answered; none where that is hidden.
    pub answered: Option<u64>,
    /// How many were asked and did not answer; none where that is hidden.
    pub unanswered: Option<u64>,
    /// How many were not asked; none where that is hidden.
    pub not_asked: Option<u64>,
    /// Counts by answer; empty for kinds without.
    pub parts: Vec<Part>,
    /// Whether one may give several answers, so that shares do not add up to all.
    pub several: bool,
    /// Whether parts follow each other in time.
    pub by_month: bool,
    /// Mean, interval and the rest, where there are numbers.
    pub mean: Option<Summary>,
    /// Whether median and quartiles may be shown: each is somebody's answer.
    pub quartiles: bool,
    /// Of the numbers, such as 'hours'.
    pub unit: String,
    /// Decimals of the numbers.
    pub decimals: u32,
    /// Whether there are free texts to read.
    pub words: bool,
}

/// One answer's count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// The answer's words.
    pub label: String,
    /// How many; none where that is hidden.
    pub count: Option<u64>,
    /// The share of those who answered, with its interval; none where hidden or of nobody.
    pub share: Option<Share>,
}

impl Figure {
    fn new(id: &str, title: &str, open: bool) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            personal: false,
            open,
            answered: None,
            unanswered: None,
            not_asked: None,
            parts: Vec::new(),
            several: false,
            by_month: false,
            mean: None,
            quartiles: false,
            unit: String::new(),
            decimals: 2,
            words: false,
        }
    }

    /// Whether something of it is hidden.
    #[must_use]
    pub(super) fn hides(&self) -> bool {
        self.answered.is_none()
            || self.unanswered.is_none()
            || self.not_asked.is_none()
            || self.parts.iter().any(|part| part.count.is_none())
    }

    fn hidden_rest(&mut self, count: &Count, sight: Sight, open: bool) {
        let shown = sight.hide(open, &[count.answered, count.unanswered, count.not_asked]);
        self.answered = shown.cell(0);
        self.unanswered = shown.cell(1);
        self.not_asked = shown.cell(2);
    }

    /// Answers of which each gives one; whether all of them are shown.
    fn parts(&mut self, cells: &[(String, u64)], count: &Count, sight: Sight, open: bool) -> bool {
        let mut counts: Vec<u64> = cells.iter().map(|(_, count)| *count).collect();
        // One table with those who gave none, since all together are the records, which are known.
        counts.extend([count.unanswered, count.not_asked]);
        let shown = sight.hide(open, &counts);
        self.unanswered = shown.cell(cells.len());
        self.not_asked = shown.cell(cells.len() + 1);
        let known = self.unanswered.is_some() && self.not_asked.is_some();
        self.answered = known.then_some(count.answered);
        self.parts = cells
            .iter()
            .enumerate()
            .map(|(place, (label, _))| {
                let count = shown.cell(place);
                Part {
                    label: label.clone(),
                    count,
                    share: count
                        .zip(self.answered)
                        .and_then(|(count, of)| statistics::share(count, of)),
                }
            })
            .collect();
        shown.whole()
    }

    /// Answers of which each may give several: each a table of its own, chosen or not.
    fn several(&mut self, cells: &[(String, u64)], count: &Count, sight: Sight, open: bool) {
        self.several = true;
        self.hidden_rest(count, sight, open);
        self.parts = cells
            .iter()
            .map(|(label, chosen)| {
                let others = count.answered.saturating_sub(*chosen);
                let shown = match self.answered {
                    Some(_) => sight.hide(open, &[*chosen, others]).cell(0),
                    None => None,
                };
                Part {
                    label: label.clone(),
                    count: shown,
                    share: shown
                        .zip(self.answered)
                        .and_then(|(count, of)| statistics::share(count, of)),
                }
            })
            .collect();
    }

    /// Days by month, each month from the first to the last; by year where they are many.
    fn months(&mut self, count: &Count, sight: Sight, open: bool) {
        self.by_month = true;
        let ends = count
            .months
            .keys()
            .next()
            .zip(count.months.keys().next_back());
        let Some((first, last)) = ends else {
            self.hidden_rest(count, sight, open);
            return;
        };
        let months = (last.0 - first.0) * 12 + last.1 as i32 - first.1 as i32;
        let cells: Vec<(String, u64)> = if months < 36 {
            (0..=months)
                .map(|step| {
                    let month = first.1 as i32 - 1 + step;
                    let key = (first.0 + month / 12, (month % 12) as u32 + 1);
                    let name = NaiveDate::from_ymd_opt(key.0, key.1, 1)
                        .map(|day| day.format("%B %Y").to_string())
                        .unwrap_or_default();
                    (name, count.months.get(&key).copied().unwrap_or(0))
                })
                .collect()
        } else {
            let mut years: BTreeMap<i32, u64> = BTreeMap::new();
            for ((year, _), n) in &count.months {
                *years.entry(*year).or_default() += n;
            }
            // A year typed wrongly must not make thousands of rows.
            years
                .into_iter()
                .map(|(year, n)| (year.to_string(), n))
                .collect()
        };
        self.parts(&cells, count, sight, open);
        for part in &mut self.parts {
            part.share = None;
        }
    }
}
