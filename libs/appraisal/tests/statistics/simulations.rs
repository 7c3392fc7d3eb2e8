//! Planted effects are found, and nothing is found where nothing is, at the rates that
//! `docs/methods/evaluation.md` states. The months are made up here, apart from the library's own randomness.

use appraisal::displacement::{Areas, BeforeAfter, displacement};
use appraisal::evaluation::{
    Family, Panel, Plan, PreTrend, Series, SeriesOptions, Test, Unit, before_after,
    difference_in_differences, interrupted_series, power, randomisation, synthetic_control,
};
use appraisal::intervals::Reading;
use appraisal::survival::{Spell, kaplan_meier};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// Made-up numbers, by ways other than the library's.
struct Dice(ChaCha20Rng);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }

    fn uniform(&mut self) -> f64 {
        (f64::from(self.0.next_u32()) + 0.5) / 4_294_967_296.0
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    /// Knuth: as many as it takes for waiting times to pass the mean.
    fn poisson(&mut self, mean: f64) -> u64 {
        let mut waited = 0.0;
        for count in 0.. {
            waited -= self.uniform().ln();
            if waited > mean {
                return count;
            }
        }
        0
    }

    /// Poisson about a gamma level of this many halves of squares of normals (α = 1/shape).
    fn negative_binomial(&mut self, mean: f64, shape: usize) -> u64 {
        let level: f64 = (0..shape).map(|_| -self.uniform().ln()).sum();
        self.poisson(mean * level / shape as f64)
    }
}

/// A series to make up.
#[derive(Clone, Copy)]
struct Made {
    name: &'static str,
    before: usize,
    after: usize,
    mean: f64,
    /// 0: Poisson; else shape of the negative binomial.
    shape: usize,
    /// How the hidden level goes from month to month, and how much it moves.
    carry: (f64, f64),
}

impl Made {
    fn counts(&self, dice: &mut Dice, effect: f64) -> Vec<Option<u64>> {
        let (carry, moves) = self.carry;
        let mut hidden = 0.0;
        (0..self.before + self.after)
            .map(|t| {
                if moves > 0.0 {
                    hidden = carry * hidden + moves * dice.normal();
                }
                let season = 0.3 * (std::f64::consts::TAU * t as f64 / 12.0).cos();
                let there = if t >= self.before { 1.0 + effect } else { 1.0 };
                let mean = self.mean * (season + hidden).exp() * there;
                Some(match self.shape {
                    0 => dice.poisson(mean),
                    shape => dice.negative_binomial(mean, shape),
                })
            })
            .collect()
    }

    fn judged(&self, dice: &mut Dice, effect: f64, options: &SeriesOptions) -> (Reading, bool) {
        let counts = self.counts(dice, effect);
        let series = Series {
            counts: &counts,
            exposure: None,
            start: self.before,
            first_month: 7,
        };
        match interrupted_series(&series, options) {
            Ok(result) => {
                let interval = result.average.interval;
                let holds = interval.lower <= 1.0 + effect && 1.0 + effect <= interval.upper;
                (result.average.reading(), holds)
            }
            Err(_) => (Reading::NotClear, false),
        }
    }
}

const SERIES: [Made; 7] = [
    Made {
        name: "36 + 12 months, 40 a month, Poisson",
        before: 36,
        after: 12,
        mean: 40.0,
        shape: 0,
        carry: (0.0, 0.0),
    },
    Made {
        name: "the same, more spread (α 0.05)",
        before: 36,
        after: 12,
        mean: 40.0,
        shape: 20,
        carry: (0.0, 0.0),
    },
    Made {
        name: "the same, months hang together (0.4)",
        before: 36,
        after: 12,
        mean: 40.0,
        shape: 0,
        carry: (0.4, 0.12),
    },
    Made {
        name: "60 + 24 months, 40 a month, hang together (0.4)",
        before: 60,
        after: 24,
        mean: 40.0,
        shape: 0,
        carry: (0.4, 0.12),
    },
    Made {
        name: "36 + 6 months, 40 a month, α 0.05",
        before: 36,
        after: 6,
        mean: 40.0,
        shape: 20,
        carry: (0.0, 0.0),
    },
    Made {
        name: "24 + 6 months, 40 a month, Poisson",
        before: 24,
        after: 6,
        mean: 40.0,
        shape: 0,
        carry: (0.0, 0.0),
    },
    Made {
        name: "36 + 12 months, 6 a month, Poisson",
        before: 36,
        after: 12,
        mean: 6.0,
        shape: 0,
        carry: (0.0, 0.0),
    },
];

fn without_trend() -> SeriesOptions {
    SeriesOptions {
        trend: false,
        ..SeriesOptions::default()
    }
}

fn panel(dice: &mut Dice, treated: usize, comparison: usize, effect: f64, own: f64) -> Panel {
    let (before, after) = (24, 12);
    let units = (0..treated + comparison).map(|i| {
        let level = 12.0 * (0.5 * dice.normal()).exp();
        // How the area itself changes at the time, whatever is done.
        let change = own * dice.normal();
        let counts = (0..before + after).map(|t| {
            let season = 0.3 * (std::f64::consts::TAU * t as f64 / 12.0).cos();
            let there = if t >= before {
                change.exp() * if i < treated { 1.0 + effect } else { 1.0 }
            } else {
                1.0
            };
            Some(dice.poisson(level * season.exp() * there))
        });
        Unit {
            name: format!("area {i}"),
            treated: i < treated,
            counts: counts.collect(),
            exposure: None,
        }
    });
    Panel {
        units: units.collect(),
        start: before,
    }
}

fn clear(reading: Reading) -> bool {
    reading != Reading::NotClear
}

/// Share of tries, in per cent, in which each of these happens.
fn shares<const N: usize>(
    tries: u64,
    seed: u64,
    each: impl Fn(&mut Dice) -> [bool; N] + Sync,
) -> [f64; N] {
    let hits: Vec<[bool; N]> = (0..tries)
        .into_par_iter()
        .map(|i| each(&mut Dice::new(seed * 1_000_003 + i)))
        .collect();
    std::array::from_fn(|j| 100.0 * hits.iter().filter(|hit| hit[j]).count() as f64 / tries as f64)
}

#[test]
#[ignore = "prints the table of docs/methods/evaluation.md; takes minutes"]
fn table_of_series() {
    let tries = 2_000;
    println!(
        "\n| series | no effect: false alarm | −20 %: seen | −40 %: seen | interval holds −20 % |"
    );
    for (name, options) in [
        ("no trend", without_trend()),
        ("trend", SeriesOptions::default()),
        (
            "trend, NB",
            SeriesOptions {
                family: Family::NegativeBinomial,
                ..SeriesOptions::default()
            },
        ),
    ] {
        for made in SERIES {
            let [alarm] = shares(tries, 1, |d| [clear(made.judged(d, 0.0, &options).0)]);
            let [seen, holds] = shares(tries, 2, |d| {
                let (reading, holds) = made.judged(d, -0.2, &options);
                [reading == Reading::Fell, holds]
            });
            let [large] = shares(tries, 3, |d| {
                [made.judged(d, -0.4, &options).0 == Reading::Fell]
            });
            println!(
                "| {name}: {} | {alarm:.1} % | {seen:.0} % | {large:.0} % | {holds:.1} % |",
                made.name
            );
        }
    }
    for made in [SERIES[0], SERIES[4]] {
        let history: Vec<_> = made.counts(&mut Dice::new(9), 0.0)[..made.before].to_vec();
        let test = Test::Interrupted(without_trend());
        let plan = Plan {
            months_after: made.after,
            change: -0.2,
            test,
            tries: 2_000,
            seed: 1,
        };
        let answer = power(&history, 7, &plan).unwrap();
        println!(
            "power, {}: {:.2}, false alarm {:.3}, α {:.3}",
            made.name, answer.seen.share, answer.false_alarm.share, answer.alpha
        );
    }
}

#[test]
#[ignore = "prints the table of docs/methods/evaluation.md; takes minutes"]
fn table_of_panels() {
    println!(
        "\n| areas | own change | false alarm | re-arranged | −20 % seen | re-arranged | holds | trend before |"
    );
    for (treated, comparison) in [(1, 10), (2, 10), (3, 10), (5, 10)] {
        for own in [0.0, 0.15] {
            let of = |effect: f64| {
                shares(1_000, 4, |dice| {
                    let panel = panel(dice, treated, comparison, effect, own);
                    let result = difference_in_differences(&panel, 0.95).unwrap();
                    let interval = result.effect.interval;
                    let trend = matches!(&result.pre_trend, PreTrend::Tested(t) if t.p < 0.05);
                    [
                        clear(result.effect.reading()),
                        randomisation(&panel, 1).is_ok_and(|test| test.p <= 0.05),
                        interval.lower <= 1.0 + effect && 1.0 + effect <= interval.upper,
                        trend,
                    ]
                })
            };
            let [alarm, lot_alarm, _, trend] = of(0.0);
            let [seen, lot_seen, holds, _] = of(-0.2);
            println!(
                "| {treated} and {comparison} | {own} | {alarm:.1} % | {lot_alarm:.1} % | {seen:.0} % | \
                 {lot_seen:.0} % | {holds:.1} % | {trend:.1} % |"
            );
        }
    }
}

#[test]
#[ignore = "prints the table of docs/methods/evaluation.md; takes minutes"]
fn table_of_the_rest() {
    for donors in [20, 40] {
        let of = |effect: f64| shares(500, 5, |dice| [synthetic_found(dice, donors, effect)]);
        let ([alarm], [seen]) = (of(0.0), of(-0.25));
        println!("synthetic, {donors} donors: false alarm {alarm:.1} %, −25 % seen {seen:.0} %");
    }
    let [total] = shares(20_000, 6, |dice| [total_holds(dice)]);
    println!("displacement: interval of the total holds {total:.1} %");
    let [curve] = shares(10_000, 7, |dice| [curve_holds(dice)]);
    println!("survival: log–log interval at 12 holds {curve:.1} %");
    let [any, highest] = shares(10_000, 8, |dice| [fell(dice, false), fell(dice, true)]);
    println!(
        "before and after: 'fell' of any area {any:.1} %, of the highest of 30 {highest:.1} %"
    );
}

/// Twelve months of an area that three donors make up, with an effect on it.
fn synthetic_found(dice: &mut Dice, donors: usize, effect: f64) -> bool {
    let months = 48;
    let mut paths = [[0.0_f64; 48]; 3];
    for path in &mut paths {
        for t in 1..months {
            path[t] = path[t - 1] + 0.05 * dice.normal();
        }
    }
    let series: Vec<Vec<f64>> = (0..=donors)
        .map(|i| {
            let mut loads = [0; 3].map(|_| -dice.uniform().ln());
            let sum: f64 = loads.iter().sum();
            loads.iter_mut().for_each(|load| *load /= sum);
            (0..months)
                .map(|t| {
                    let level: f64 = loads.iter().zip(&paths).map(|(l, p)| l * p[t]).sum();
                    let there = if i == 0 && t >= 36 { 1.0 + effect } else { 1.0 };
                    // Rates per 1,000 of 5,000 residents.
                    dice.poisson(60.0 * level.exp() * there) as f64 / 5.0
                })
                .collect()
        })
        .collect();
    synthetic_control(&series[0], &series[1..], 36).is_ok_and(|result| result.p <= 0.05)
}

/// Whether the interval of the total net effect holds what was planted: 40 fewer, 10 moved.
fn total_holds(dice: &mut Dice) -> bool {
    let mut area = |before: f64, after: f64| BeforeAfter {
        before: dice.poisson(before),
        after: dice.poisson(after),
    };
    let areas = Areas {
        response: area(120.0, 68.0),
        buffer: area(100.0, 100.0),
        comparison: area(300.0, 270.0),
    };
    // Expected without: 108 and 90; 40 fewer and 10 more are 30 net.
    displacement(&areas, 10, 0.95).is_ok_and(|result| {
        let interval = result.total_net_effect.interval;
        interval.lower <= 30.0 && 30.0 <= interval.upper
    })
}

/// Fifty people, a tenth a month leaving by the event, follow-up of 6 to 24 months: the share at 12 months.
fn curve_holds(dice: &mut Dice) -> bool {
    let spells: Vec<Spell> = (0..50)
        .map(|_| {
            let event = -dice.uniform().ln() / 0.05;
            let followed = 6.0 + 18.0 * dice.uniform();
            Spell {
                time: event.min(followed),
                event: event <= followed,
            }
        })
        .collect();
    let truth = (-0.05_f64 * 12.0).exp();
    kaplan_meier(&spells, 0.95).is_ok_and(|curve| {
        curve
            .step_at(12.0)
            .and_then(|step| step.interval)
            .is_some_and(|interval| interval.lower <= truth && truth <= interval.upper)
    })
}

/// Whether 'fell' is said of an area in which nothing was done, any or the highest of 30.
fn fell(dice: &mut Dice, highest: bool) -> bool {
    let areas = if highest { 30 } else { 1 };
    let before = (0..areas)
        .map(|_| dice.poisson(60.0))
        .max()
        .unwrap_or_default();
    let after = dice.poisson(60.0);
    before_after((before, 1.0), (after, 1.0), true, 0.95).is_ok_and(|r| r.reading == Reading::Fell)
}

#[test]
fn a_series_seldom_cries_wolf_and_mostly_sees_a_fifth_less() {
    let made = SERIES[0];
    let options = without_trend();
    let [alarm] = shares(300, 1, |dice| [clear(made.judged(dice, 0.0, &options).0)]);
    let [seen, holds] = shares(300, 2, |dice| {
        let (reading, holds) = made.judged(dice, -0.2, &options);
        [reading == Reading::Fell, holds]
    });
    assert!(alarm <= 8.0, "{alarm} % false alarms");
    assert!(seen >= 85.0, "{seen} % seen");
    assert!(holds >= 91.0, "{holds} % of intervals hold the effect");
}

#[test]
fn areas_seldom_cry_wolf_and_mostly_show_a_third_less() {
    let did = |effect| {
        shares(150, 3, |dice| {
            let panel = panel(dice, 5, 10, effect, 0.1);
            let reading = difference_in_differences(&panel, 0.95).map(|r| r.effect.reading());
            let lot = randomisation(&panel, 1).is_ok_and(|test| test.p <= 0.05);
            [reading.is_ok_and(clear), lot]
        })
    };
    let [alarm, lot_alarm] = did(0.0);
    let [seen, lot_seen] = did(-0.33);
    assert!(
        alarm <= 11.0 && lot_alarm <= 10.0,
        "{alarm} and {lot_alarm} % false alarms"
    );
    assert!(
        seen >= 85.0 && lot_seen >= 80.0,
        "{seen} and {lot_seen} % seen"
    );
}

#[test]
fn a_mixture_of_areas_finds_what_was_planted() {
    let of = |effect: f64| shares(60, 5, |dice| [synthetic_found(dice, 20, effect)]);
    let ([alarm], [seen]) = (of(0.0), of(-0.35));
    assert!(alarm <= 15.0, "{alarm} % false alarms");
    assert!(seen >= 70.0, "{seen} % seen");
}

#[test]
fn intervals_hold_what_is_true() {
    let [total] = shares(2_000, 6, |dice| [total_holds(dice)]);
    assert!((93.0..97.5).contains(&total), "{total} %");
    let [curve] = shares(2_000, 7, |dice| [curve_holds(dice)]);
    assert!((93.0..97.5).contains(&curve), "{curve} %");
    // Why before and after alone is not enough: the highest of 30 areas 'falls' by itself.
    let [any, highest] = shares(2_000, 8, |dice| [fell(dice, false), fell(dice, true)]);
    assert!(any < 4.0 && highest > 15.0, "{any} % and {highest} %");
}
