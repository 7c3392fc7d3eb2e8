//! Made-up reports of known problems: who tells of one problem in what words, how far off the pin is, and
//! what is left out. Nothing here is taken from real reports.

mod facts;

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use facts::{FIRST, KINDS, Kind, SECOND, SMALL_TALK};

/// Made-up towns of some 13,000 people, each 2 km across: five counties.
const TOWNS: u64 = 200;
/// Streets in each.
const STREETS: u64 = 120;
/// Reports in a day over all towns: 77 a year for each 1,000 people.
pub(super) const A_DAY: u64 = 550;
/// Minutes in a day.
const DAY: i64 = 24 * 60;
/// Metres in a degree of latitude.
const DEGREE: f64 = 111_195.0;

/// A report of a problem.
#[derive(Debug, Clone)]
pub(super) struct Made {
    /// The problem's number: reports of one problem share it.
    pub(super) problem: u64,
    /// Minutes since the beginning, when it was told.
    pub(super) told: i64,
    /// Minutes since the beginning, when it happened.
    pub(super) happened: i64,
    /// How much they said about when.
    pub(super) when: When,
    pub(super) kind: &'static str,
    pub(super) repeated: bool,
    pub(super) words: String,
    /// None where no pin was set.
    pub(super) point: Option<(f64, f64)>,
    pub(super) place: String,
    /// A number for the person, where they gave their name.
    pub(super) reporter: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Exact,
    Day,
    Unknown,
}

/// Makes the reports of one problem after another.
pub(super) struct Maker {
    random: ChaCha8Rng,
    problem: u64,
    people: u64,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            problem: 0,
            people: 0,
        }
    }

    fn unit(&mut self) -> f64 {
        self.random.random_range(0.0..1.0)
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        let number = self.random.random_range(0..of.len().max(1));
        of.get(number).copied().unwrap_or("")
    }

    /// Roughly normal, with this spread.
    fn error(&mut self, spread: f64) -> f64 {
        let sum: f64 = (0..6).map(|_| self.unit() - 0.5).sum();
        sum * spread * 2.0_f64.sqrt()
    }

    /// The reports of a new problem that begins on a day; seven in ten are told once, the others by two to
    /// five people, or twice by one.
    pub(super) fn problem(&mut self, day: i64) -> Vec<Made> {
        self.problem += 1;
        let kind = self.kind();
        let repeated = self.happens(kind.repeated);
        // Most happens in the evening; some streets have far more than others.
        let hour = (19.0 + self.error(4.0)).rem_euclid(24.0);
        let begins = day * DAY + (hour * 60.0) as i64;
        let town = self.random.random_range(0..TOWNS);
        let street = (self.unit().powi(3) * STREETS as f64) as u64;
        let (centre, street_name, town_name) = ground(town, street);
        // Where on the street.
        let at = moved(centre, self.error(60.0), self.error(60.0));
        let facts: Vec<usize> = {
            let first = self.random.random_range(0..8);
            let step = [1, 3, 5, 7][self.random.random_range(0..4)];
            (0..3).map(|n| (first + n * step) % 8).collect()
        };
        let tellers = if self.happens(0.7) {
            1
        } else {
            self.random.random_range(2..=5)
        };
        let mut told = Vec::new();
        let mut known: Option<u64> = None;
        for number in 0..tellers {
            let over = if repeated {
                self.unit() * 10.0 * DAY as f64
            } else {
                0.0
            };
            let happened = begins + over as i64;
            let delay = (-self.unit().max(1e-9).ln() * 14.0 * 60.0).min(6.0 * DAY as f64);
            let again = number > 0 && self.happens(0.12);
            let reporter = match known {
                Some(person) if again => Some(person),
                _ => self.happens(0.6).then(|| {
                    self.people += 1;
                    self.people
                }),
            };
            known = known.or(reporter);
            let (when, minutes) = self.when();
            told.push(Made {
                problem: self.problem,
                told: happened + delay as i64 + 5,
                happened: happened + minutes,
                when,
                kind: if self.happens(0.85) {
                    kind.key
                } else {
                    kind.taken_for
                },
                repeated: repeated && self.happens(0.8),
                words: self.words(kind, &facts),
                point: self.pin(at),
                place: self.place(&street_name, &town_name),
                reporter,
            });
        }
        told.sort_by_key(|one| one.told);
        told
    }

    fn kind(&mut self) -> &'static Kind {
        let mut drawn = self.random.random_range(0..100);
        KINDS
            .iter()
            .find(|kind| {
                let here = drawn < kind.share;
                drawn = drawn.saturating_sub(kind.share);
                here
            })
            .unwrap_or(&KINDS[0])
    }

    fn when(&mut self) -> (When, i64) {
        let drawn = self.unit();
        if drawn < 0.55 {
            (When::Exact, self.error(40.0) as i64)
        } else if drawn < 0.8 {
            (When::Day, 0)
        } else {
            (When::Unknown, 0)
        }
    }

    /// Four in five pins within some 50 m, most others within 200 m, one in twenty none.
    fn pin(&mut self, at: (f64, f64)) -> Option<(f64, f64)> {
        let drawn = self.unit();
        let spread = match drawn {
            drawn if drawn < 0.05 => return None,
            drawn if drawn < 0.20 => 90.0,
            _ => 28.0,
        };
        Some(moved(at, self.error(spread), self.error(spread)))
    }

    fn place(&mut self, street: &str, town: &str) -> String {
        match self.random.random_range(0..4) {
            0 => format!("{street}, {town}"),
            1 => format!("{town}, top of {street}"),
            2 => format!("near the shop on {}", street.to_lowercase()),
            _ => street.to_owned(),
        }
    }

    /// One to three of the problem's facts in somebody's own words, nine in ten the main one; small talk,
    /// now and then a slip of the pen.
    fn words(&mut self, kind: &Kind, facts: &[usize]) -> String {
        let mut sentences: Vec<String> = Vec::new();
        for (fact, told) in facts.iter().zip([0.9, 0.6, 0.3]) {
            if self.happens(told) {
                sentences.push(self.one(&kind.facts[*fact]).to_owned());
            }
        }
        if sentences.is_empty() {
            sentences.extend(
                facts
                    .first()
                    .map(|fact| self.one(&kind.facts[*fact]).to_owned()),
            );
        }
        for _ in 0..self.random.random_range(0..3) {
            sentences.push(self.one(&SMALL_TALK).trim_end_matches('.').to_owned());
        }
        let mut text = sentences.join(". ");
        for _ in 0..text.len() / 60 {
            if self.happens(0.5) {
                self.slip(&mut text);
            }
        }
        text
    }

    /// Two neighbouring letters change places.
    fn slip(&mut self, text: &mut String) {
        let mut letters: Vec<char> = text.chars().collect();
        if letters.len() > 3 {
            let place = self.random.random_range(1..letters.len() - 1);
            letters.swap(place, place + 1);
        }
        *text = letters.into_iter().collect();
    }
}

/// Where a street lies, and what it and its town are called; the same each time.
fn ground(town: u64, street: u64) -> ((f64, f64), String, String) {
    let mut random = ChaCha8Rng::seed_from_u64(town * 10_007 + street + 1);
    let middle = (
        53.5 + 0.05 * (town / 8) as f64,
        -2.0 + 0.09 * (town % 8) as f64,
    );
    let mut away = || random.random_range(-950.0..950.0);
    let (north, east) = (away(), away());
    let first = FIRST[(random.next_u32() % 24) as usize];
    let second = SECOND[(random.next_u32() % 10) as usize];
    (
        moved(middle, north, east),
        format!("{first} {second}"),
        format!("{}ton", FIRST[(town % 24) as usize]),
    )
}

fn moved(from: (f64, f64), north: f64, east: f64) -> (f64, f64) {
    let wide = DEGREE * from.0.to_radians().cos();
    (from.0 + north / DEGREE, from.1 + east / wide)
}
