//! Made-up answers that fit a definition: the same for the same seed. For the demonstration and for
//! tests that walk every definition; nothing in them is about anybody.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate, NaiveTime};
use uuid::Uuid;

use crate::answers::{self, Address, Answer, Answers, Contact, FileAnswer, Location, LocationHow};
use crate::definition::{Choice, Definition, Question, QuestionKind, TextFormat, TextLimits};

/// What made-up answers can refer to.
#[derive(Debug, Clone)]
pub struct World {
    /// Today: dates lie up to two years before and after it.
    pub today: NaiveDate,
    /// Degrees north and east: places lie within some 3 km of it.
    pub centre: (f64, f64),
    /// Agencies; without any, their questions stay unanswered.
    pub agencies: Vec<Uuid>,
    /// Users.
    pub staff: Vec<Uuid>,
    /// Parties.
    pub parties: Vec<Uuid>,
    /// Records, by the key of their register.
    pub records: BTreeMap<String, Vec<Uuid>>,
    /// Files that may be given.
    pub files: Vec<FileAnswer>,
}

impl World {
    /// A world of nothing but a day, around Durham.
    #[must_use]
    pub fn empty(today: NaiveDate) -> Self {
        Self {
            today,
            centre: (54.777, -1.575),
            agencies: Vec::new(),
            staff: Vec::new(),
            parties: Vec::new(),
            records: BTreeMap::new(),
            files: Vec::new(),
        }
    }
}

/// Answers that fit: every required question that is shown, and most others.
#[must_use]
pub fn answers(definition: &Definition, world: &World, seed: u64) -> Answers {
    let mut dice = Dice(seed ^ 0x5851_f42d_4c95_7f2d);
    let mut given = Answers::default();
    for (_, question) in definition.all() {
        let wanted = question.required || dice.below(10) < 8;
        let answer = one(question, world, &mut dice);
        if wanted {
            given.set(&question.id, answer);
        }
    }
    answers::shown(definition, &given).strip(&mut given);
    given
}

/// An answer to one question; none where the world has nothing to refer to.
#[must_use]
pub fn answer(question: &Question, world: &World, seed: u64) -> Option<Answer> {
    one(question, world, &mut Dice(seed))
}

/// Steele, Lea and Flood's SplitMix64 (2014): small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    /// A whole number between two, both included.
    fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to.saturating_sub(from)).unwrap_or(0);
        let step = i64::try_from(self.below(width.saturating_add(1))).unwrap_or(0);
        from.saturating_add(step)
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let length = u64::try_from(all.len()).ok().filter(|length| *length > 0)?;
        all.get(usize::try_from(self.below(length)).ok()?)
    }

    /// A fraction from 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

const WORDS: [&str; 24] = [
    "the",
    "neighbours",
    "say",
    "that",
    "it",
    "began",
    "in",
    "spring",
    "and",
    "a",
    "warden",
    "looked",
    "at",
    "gate",
    "was",
    "mended",
    "nobody",
    "came",
    "back",
    "since",
    "then",
    "quiet",
    "near",
    "path",
];
const STREETS: [&str; 6] = [
    "Sample Street",
    "Lantern Row",
    "Harbour Walk",
    "Violet Close",
    "Made Up Lane",
    "Example Terrace",
];
const TOWNS: [&str; 3] = ["Sampleton", "Northexample", "Lanternham"];
const NAMES: [&str; 6] = [
    "Alex Sample",
    "Sam Example",
    "Jo Lantern",
    "Kim Harbour",
    "Lee Violet",
    "Robin Made-Up",
];

fn one(question: &Question, world: &World, dice: &mut Dice) -> Option<Answer> {
    let made = match &question.kind {
        QuestionKind::Text(limits) => Answer::Text(line(limits, dice)),
        QuestionKind::LongText(limits) => Answer::Text(words(limits, 30, dice)),
        QuestionKind::Number {
            min, max, decimals, ..
        } => Answer::Number(number(*min, *max, *decimals, dice)),
        QuestionKind::Money { min, max } => {
            let from = min.unwrap_or(0);
            Answer::Money(dice.between(from, max.unwrap_or(from + 500_000).min(from + 500_000)))
        }
        QuestionKind::Date { future, past } => {
            let from = if *past { -730 } else { 0 };
            let to = if *future { 730 } else { 0 };
            let days = Duration::try_days(dice.between(from, to))?;
            Answer::Date(world.today.checked_add_signed(days)?)
        }
        QuestionKind::Time => {
            let hour = u32::try_from(dice.below(24)).ok()?;
            let quarter = u32::try_from(dice.below(4)).ok()?;
            Answer::Time(NaiveTime::from_hms_opt(hour, quarter * 15, 0)?)
        }
        QuestionKind::YesNo { .. } => Answer::YesNo(dice.below(2) == 1),
        QuestionKind::Choice(options) => Answer::Choice(dice.of(options)?.value.clone()),
        QuestionKind::Choices { options, min, max } => several(options, *min, *max, dice),
        QuestionKind::Scale {
            from, to, unsure, ..
        } => {
            if *unsure && dice.below(12) == 0 {
                Answer::Unsure
            } else {
                Answer::Scale(dice.between(*from, *to))
            }
        }
        QuestionKind::Location => {
            let (north, east) = world.centre;
            let shift = |dice: &mut Dice| (dice.share() - 0.5) * 0.05;
            let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
            Answer::Location(Location {
                latitude: round(north + shift(dice)),
                longitude: round(east + shift(dice)),
                how: LocationHow::Pin,
                text: String::new(),
                accuracy: None,
            })
        }
        QuestionKind::Address => Answer::Address(Address {
            line1: format!("{} {}", dice.between(1, 180), dice.of(&STREETS)?),
            line2: String::new(),
            town: (*dice.of(&TOWNS)?).to_owned(),
            postcode: format!("ZZ{} {}ZZ", dice.between(1, 9), dice.between(1, 9)),
            uprn: dice.between(1, 999_999_999_999).to_string(),
        }),
        QuestionKind::Contact => Answer::Contact(Contact {
            name: (*dice.of(&NAMES)?).to_owned(),
            // Ofcom keeps these numbers for drama.
            telephone: format!("+447700900{:03}", dice.below(1000)),
            email: format!("someone{}@example.org", dice.below(10_000)),
            safe: "After 5pm".to_owned(),
        }),
        QuestionKind::Files { most, .. } => {
            let first = dice.of(&world.files)?.clone();
            let other = |file: &&FileAnswer| **file != first;
            let more: Vec<FileAnswer> = world.files.iter().filter(other).cloned().collect();
            let wanted = dice.between(1, 2.min(i64::try_from(*most).unwrap_or(1)));
            let rest = usize::try_from(wanted - 1).unwrap_or(0);
            Answer::Files(
                std::iter::once(first)
                    .chain(more.into_iter().take(rest))
                    .collect(),
            )
        }
        QuestionKind::Agency => Answer::Agency(*dice.of(&world.agencies)?),
        QuestionKind::Person { staff: true } => Answer::Person(*dice.of(&world.staff)?),
        QuestionKind::Person { staff: false } => Answer::Person(*dice.of(&world.parties)?),
        QuestionKind::Record { register } => {
            Answer::Record(*dice.of(world.records.get(register)?)?)
        }
    };
    Some(made)
}

fn line(limits: &TextLimits, dice: &mut Dice) -> String {
    match limits.format {
        TextFormat::Any => words(limits, 4, dice),
        TextFormat::Email => format!("someone{}@example.org", dice.below(10_000)),
        TextFormat::Telephone => format!("+447700900{:03}", dice.below(1000)),
        TextFormat::Postcode => format!("ZZ{} {}ZZ", dice.between(1, 9), dice.between(1, 9)),
        TextFormat::Link => format!("https://example.org/{}", dice.below(10_000)),
        TextFormat::Uprn => dice.between(1, 999_999_999_999).to_string(),
    }
}

/// A sentence within the limits.
fn words(limits: &TextLimits, most: u64, dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(most) {
        text.push_str(dice.of(&WORDS).copied().unwrap_or("word"));
        text.push(' ');
    }
    while text.trim_end().chars().count() < limits.min {
        text.push_str(dice.of(&WORDS).copied().unwrap_or("word"));
        text.push(' ');
    }
    let short: String = text.chars().take(limits.max).collect();
    let mut text = short.trim_end().to_owned();
    while text.chars().count() < limits.min {
        text.push('x');
    }
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}", letters.as_str())
}

fn number(min: Option<f64>, max: Option<f64>, decimals: u8, dice: &mut Dice) -> f64 {
    let from = min.unwrap_or_else(|| max.map_or(0.0, |max| max.min(0.0)));
    let to = max.unwrap_or(from + 100.0);
    let shift = 10_f64.powi(i32::from(decimals));
    let made = from + (to.min(from + 1000.0) - from) * dice.share();
    // Rounding may leave the limits by a hair where they have more places than allowed.
    let rounded = (made * shift).round() / shift;
    let lowest = (from * shift).ceil() / shift;
    let highest = (to * shift).floor() / shift;
    rounded.clamp(lowest, highest.max(lowest))
}

fn several(options: &[Choice], min: Option<usize>, max: Option<usize>, dice: &mut Dice) -> Answer {
    let alone: Vec<&Choice> = options.iter().filter(|option| option.alone).collect();
    let others: Vec<&Choice> = options.iter().filter(|option| !option.alone).collect();
    if let Some(one) = dice.of(&alone).filter(|_| others.is_empty()) {
        return Answer::Choices(vec![one.value.clone()]);
    }
    if !alone.is_empty()
        && dice.below(8) == 0
        && let Some(one) = dice.of(&alone)
    {
        return Answer::Choices(vec![one.value.clone()]);
    }
    let fewest = min.unwrap_or(1).clamp(1, others.len());
    let most = max.unwrap_or(3).clamp(fewest, others.len());
    let extra = dice.below(u64::try_from(most - fewest + 1).unwrap_or(1));
    let wanted = fewest + usize::try_from(extra).unwrap_or(0);
    let skip = usize::try_from(dice.below(u64::try_from(others.len()).unwrap_or(1))).unwrap_or(0);
    let mut chosen: Vec<&str> = others
        .iter()
        .cycle()
        .skip(skip)
        .take(wanted)
        .map(|option| option.value.as_str())
        .collect();
    chosen.dedup();
    let in_order = options
        .iter()
        .filter(|option| chosen.contains(&option.value.as_str()));
    Answer::Choices(in_order.map(|option| option.value.clone()).collect())
}
