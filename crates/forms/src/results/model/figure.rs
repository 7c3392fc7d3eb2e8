//! Figures as a reader gets them.

use super::*;

/// All figures of a definition.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::results) struct Figures {
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
pub(in crate::results) struct Figure {
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
pub(in crate::results) struct Part {
    /// The answer's words.
    pub label: String,
    /// How many; none where that is hidden.
    pub count: Option<u64>,
    /// The share of those who answered, with its interval; none where hidden or of nobody.
    pub share: Option<Share>,
}

impl Figure {
    pub(super) fn new(id: &str, title: &str, open: bool) -> Self {
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
    pub(in crate::results) fn hides(&self) -> bool {
        self.answered.is_none()
            || self.unanswered.is_none()
            || self.not_asked.is_none()
            || self.parts.iter().any(|part| part.count.is_none())
    }

    pub(super) fn hidden_rest(&mut self, count: &Count, sight: Sight, open: bool) {
        let shown = sight.hide(open, &[count.answered, count.unanswered, count.not_asked]);
        self.answered = shown.cell(0);
        self.unanswered = shown.cell(1);
        self.not_asked = shown.cell(2);
    }

    /// Answers of which each gives one; whether all of them are shown.
    pub(super) fn parts(
        &mut self,
        cells: &[(String, u64)],
        count: &Count,
        sight: Sight,
        open: bool,
    ) -> bool {
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
    pub(super) fn several(
        &mut self,
        cells: &[(String, u64)],
        count: &Count,
        sight: Sight,
        open: bool,
    ) {
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
    pub(super) fn months(&mut self, count: &Count, sight: Sight, open: bool) {
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
