//! Kinds of questions with their limits.

use std::collections::BTreeSet;

use super::super::file::{At, FormatFile, KEYS, KindFile, OptionFile, QuestionFile, TypesFile};
use super::super::model::{Choice, FileTypes, QuestionKind, TextFormat, TextLimits};
use super::super::words::Words;
use super::Reader;

/// The most characters of one line and of several, where the definition says nothing.
const LINE: usize = 200;
const LINES: usize = 4000;
/// The most that a definition can allow.
const MOST_CHARACTERS: f64 = 100_000.0;
const MOST_FILES: u32 = 50;
const MOST_MEGABYTES: u32 = 1000;

impl Reader<'_> {
    pub(super) fn kind(&mut self, written: &QuestionFile) -> QuestionKind {
        let kind = *written.kind.get();
        let path = format!("question {}", written.id.str());
        for key in written.written() {
            let kinds = KEYS.iter().find(|(known, _)| *known == key);
            let Some((_, kinds)) = kinds.filter(|(_, kinds)| !kinds.contains(&kind)) else {
                continue;
            };
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            let message = format!(
                "'{key}' does not belong to kind '{}' but to {}: take it out",
                kind.name(),
                names.join(", ")
            );
            self.faults.at(&written.id, path.clone(), message);
        }
        match kind {
            KindFile::Text => QuestionKind::Text(self.text(written, LINE)),
            KindFile::LongText => QuestionKind::LongText(self.text(written, LINES)),
            KindFile::Number => self.number(written),
            KindFile::Money => {
                self.ordered(written);
                let pence = |limit: &Option<At<f64>>| limit.as_ref().map(|at| pence(*at.get()));
                QuestionKind::Money {
                    min: pence(&written.min),
                    max: pence(&written.max),
                }
            }
            KindFile::Date => self.date(written),
            KindFile::Time => QuestionKind::Time,
            KindFile::YesNo => QuestionKind::YesNo {
                yes: written.yes_score.unwrap_or_default(),
                no: written.no_score.unwrap_or_default(),
            },
            KindFile::Choice => QuestionKind::Choice(self.options(written, kind)),
            KindFile::Choices => self.choices(written),
            KindFile::Scale => self.scale(written),
            KindFile::Location => QuestionKind::Location,
            KindFile::Address => QuestionKind::Address,
            KindFile::Contact => QuestionKind::Contact,
            KindFile::Files => self.files(written),
            KindFile::Agency => QuestionKind::Agency,
            KindFile::Person => QuestionKind::Person {
                staff: written.staff.unwrap_or_default(),
            },
            KindFile::Record => self.record(written),
        }
    }

    /// Faults where the smallest is above the largest.
    fn ordered(&mut self, written: &QuestionFile) {
        let path = format!("question {}", written.id.str());
        for limit in [&written.min, &written.max].into_iter().flatten() {
            if !limit.get().is_finite() || limit.get().abs() > 1e12 {
                let message = "write a number below a million million";
                self.faults.at(limit, path.clone(), message);
            }
        }
        if let (Some(min), Some(max)) = (&written.min, &written.max)
            && min.get() > max.get()
        {
            let message = "'min' is above 'max', so that no answer would do: swap them";
            self.faults.at(min, path, message);
        }
    }

    /// A limit that counts something.
    fn counted(&mut self, limit: Option<&At<f64>>, most: f64, path: &str) -> Option<usize> {
        let at = limit?;
        let number = *at.get();
        if number.fract() != 0.0 || !(0.0..=most).contains(&number) {
            let message = format!("write a whole number from 0 to {most}");
            self.faults.at(at, path, message);
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and between 0 and 100,000"
        )]
        Some(number as usize)
    }

    fn text(&mut self, written: &QuestionFile, usual: usize) -> TextLimits {
        self.ordered(written);
        let path = format!("question {}", written.id.str());
        let min = self.counted(written.min.as_ref(), MOST_CHARACTERS, &path);
        let max = self.counted(written.max.as_ref(), MOST_CHARACTERS, &path);
        let format = written.format.as_ref().map(|format| *format.get());
        let max = max.unwrap_or(usual.max(min.unwrap_or(0)));
        if max == 0 {
            let message = "'max' is 0, so that no answer would do";
            self.faults.at(&written.id, path, message);
        }
        TextLimits {
            min: min.unwrap_or(0),
            max,
            format: match format.unwrap_or_default() {
                FormatFile::Any => TextFormat::Any,
                FormatFile::Email => TextFormat::Email,
                FormatFile::Telephone => TextFormat::Telephone,
                FormatFile::Postcode => TextFormat::Postcode,
                FormatFile::Link => TextFormat::Link,
                FormatFile::Uprn => TextFormat::Uprn,
            },
        }
    }

    fn number(&mut self, written: &QuestionFile) -> QuestionKind {
        self.ordered(written);
        let path = format!("question {}", written.id.str());
        if let Some(decimals) = written.decimals.as_ref().filter(|at| *at.get() > 6) {
            let message = "write at most 6 decimal places";
            self.faults.at(decimals, path.clone(), message);
        }
        QuestionKind::Number {
            min: written.min.as_ref().map(|at| *at.get()),
            max: written.max.as_ref().map(|at| *at.get()),
            decimals: written.decimals.as_ref().map_or(0, |at| *at.get()),
            unit: self.some_words(written.unit.as_ref(), written.id.start(), &path),
        }
    }

    fn date(&mut self, written: &QuestionFile) -> QuestionKind {
        let future = written.future.as_ref().is_none_or(|at| *at.get());
        let past = written.past.as_ref().is_none_or(|at| *at.get());
        if !future && !past {
            let path = format!("question {}", written.id.str());
            let message = "with neither 'future' nor 'past' only today would do: take one out";
            self.faults.at(&written.id, path, message);
        }
        QuestionKind::Date { future, past }
    }

    fn choices(&mut self, written: &QuestionFile) -> QuestionKind {
        self.ordered(written);
        let path = format!("question {}", written.id.str());
        let options = self.options(written, KindFile::Choices);
        let min = self.counted(written.min.as_ref(), 500.0, &path);
        let max = self.counted(written.max.as_ref(), 500.0, &path);
        if min.is_some_and(|min| min > options.len()) || max == Some(0) {
            let message = "no answer would do: look at 'min' and 'max' beside the options";
            self.faults.at(&written.id, path, message);
        }
        QuestionKind::Choices { options, min, max }
    }

    fn options(&mut self, written: &QuestionFile, kind: KindFile) -> Vec<Choice> {
        let path = format!("question {}, options", written.id.str());
        let given: &[OptionFile] = written.options.as_ref().map_or(&[], |at| at.get());
        let fewest = if kind == KindFile::Choice { 2 } else { 1 };
        if given.len() < fewest || given.len() > 500 {
            let message =
                format!("offer {fewest} to 500 options: options = [{{ value = …, text = … }}]");
            self.faults.at(&written.id, path.clone(), message);
        }
        let (mut values, mut texts) = (BTreeSet::new(), BTreeSet::new());
        let mut options = Vec::new();
        for option in given {
            let value = option.value.str();
            let shaped = (1..=60).contains(&value.len())
                && value
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
            if !shaped {
                let message = format!(
                    "'{value}' must hold small letters, digits, underscores and hyphens alone, at most 60"
                );
                self.faults.at(&option.value, path.clone(), message);
            }
            let text = self.words(&option.text, option.value.start(), &path);
            if !values.insert(value.to_owned()) {
                let message = format!("there is already an option '{value}'");
                self.faults.at(&option.value, path.clone(), message);
            }
            if !texts.insert(text.en().to_lowercase()) {
                let message = format!(
                    "two options read '{}': people cannot tell them apart",
                    text.en()
                );
                self.faults.at(&option.value, path.clone(), message);
            }
            if option.alone && kind == KindFile::Choice {
                let message = "'alone' belongs to kind 'choices': of one choice each stands alone";
                self.faults.at(&option.value, path.clone(), message);
            }
            options.push(Choice {
                value: value.to_owned(),
                hint: self.some_words(option.hint.as_ref(), option.value.start(), &path),
                text,
                score: option.score,
                alone: option.alone,
            });
        }
        options
    }

    fn scale(&mut self, written: &QuestionFile) -> QuestionKind {
        let path = format!("question {}", written.id.str());
        let near = written.id.start();
        let from = written.from.as_ref().map_or(1, |at| *at.get());
        let to = written.to.as_ref().map_or(5, |at| *at.get());
        if from >= to || to.saturating_sub(from) > 20 || from < -100 || to > 100 {
            let at = written.from.as_ref().map_or(near, At::start);
            let message = "a scale goes from a lower to a higher number, over at most 21 points";
            self.faults.add(at, path.clone(), message);
        }
        let low = self.some_words(written.low.as_ref(), near, &path);
        let high = self.some_words(written.high.as_ref(), near, &path);
        if low.is_none() || high.is_none() {
            let message = "say what the ends of the scale mean: low = \"…\" and high = \"…\"";
            self.faults.add(near, path, message);
        }
        QuestionKind::Scale {
            from,
            to,
            low: low.unwrap_or_else(|| Words::english("")),
            high: high.unwrap_or_else(|| Words::english("")),
            unsure: written.unsure.unwrap_or_default(),
        }
    }

    fn files(&mut self, written: &QuestionFile) -> QuestionKind {
        let path = format!("question {}", written.id.str());
        let mut limit = |at: Option<&At<u32>>, usual: u32, most: u32| {
            let Some(at) = at else { return usual };
            if !(1..=most).contains(at.get()) {
                let message = format!("write a whole number from 1 to {most}");
                self.faults.at(at, path.clone(), message);
            }
            *at.get()
        };
        let most = limit(written.most.as_ref(), 10, MOST_FILES);
        let megabytes = limit(written.megabytes.as_ref(), 20, MOST_MEGABYTES);
        QuestionKind::Files {
            types: match written.types.unwrap_or_default() {
                TypesFile::Photographs => FileTypes::Photographs,
                TypesFile::Documents => FileTypes::Documents,
                TypesFile::Any => FileTypes::Any,
            },
            most: usize::try_from(most).unwrap_or(1),
            megabytes,
            keep_location: written.keep_location.unwrap_or_default(),
        }
    }

    fn record(&mut self, written: &QuestionFile) -> QuestionKind {
        let register = written.register.as_ref();
        if register.is_none_or(|at| at.str().is_empty()) {
            let path = format!("question {}", written.id.str());
            let message = "say of which register: register = \"empty-homes\"";
            self.faults.at(&written.id, path, message);
        }
        QuestionKind::Record {
            register: register.map_or_else(String::new, |at| at.str().to_owned()),
        }
    }
}

fn pence(pounds: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "limits above a million million pounds are faults; the cast saturates"
    )]
    let pence = (pounds * 100.0).round() as i64;
    pence
}
