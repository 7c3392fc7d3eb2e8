//! What must hold of survival and incidence whatever the people.

use appraisal::survival::{Exit, Outcome, Spell, aalen_johansen, kaplan_meier, within_window};
use proptest::prelude::*;

fn exits() -> impl Strategy<Value = Vec<Exit>> {
    let exit = (0_u8..20, 0_u32..4).prop_map(|(time, way)| Exit {
        time: f64::from(time),
        outcome: if way == 0 {
            Outcome::Censored
        } else {
            Outcome::Way(way)
        },
    });
    prop::collection::vec(exit, 1..60)
}

proptest! {
    #[test]
    fn incidences_and_survival_make_one(exits in exits()) {
        let spells: Vec<Spell> = exits.iter()
            .map(|exit| Spell { time: exit.time, event: exit.outcome != Outcome::Censored }).collect();
        let curve = kaplan_meier(&spells, 0.95).unwrap();
        let ways = aalen_johansen(&exits, 0.95).unwrap();
        for step in &curve.steps {
            let sum: f64 = ways.iter().map(|way| way.at(step.time).unwrap()).sum();
            prop_assert!((sum + step.survival - 1.0).abs() < 1e-12);
        }
        prop_assert!(curve.steps.is_sorted_by(|a, b| a.time < b.time && a.survival >= b.survival));
        for way in &ways {
            prop_assert!(way.steps.is_sorted_by(|a, b| a.incidence <= b.incidence));
            for step in &way.steps {
                prop_assert!(step.standard_error.is_finite());
                if let Some(interval) = step.interval {
                    prop_assert!(0.0 <= interval.lower && interval.lower <= step.incidence + 1e-12);
                    prop_assert!(step.incidence <= interval.upper + 1e-12 && interval.upper <= 1.0);
                }
            }
        }
    }

    #[test]
    fn the_order_of_people_does_not_matter(exits in exits(), seed in any::<u64>()) {
        let mut shuffled = exits.clone();
        let n = shuffled.len();
        for i in 0..n {
            shuffled.swap(i, (seed as usize).wrapping_mul(i + 7) % n);
        }
        prop_assert_eq!(aalen_johansen(&exits, 0.9).unwrap(), aalen_johansen(&shuffled, 0.9).unwrap());
    }

    #[test]
    fn without_censoring_the_curve_counts_people(times in prop::collection::vec(0_u8..30, 1..50)) {
        let spells: Vec<Spell> = times.iter().map(|t| Spell { time: f64::from(*t), event: true }).collect();
        let curve = kaplan_meier(&spells, 0.95).unwrap();
        for t in 0_u8..30 {
            let left = times.iter().filter(|time| **time > t).count() as f64 / times.len() as f64;
            if let Some(survival) = curve.survival_at(f64::from(t)) {
                prop_assert!((survival - left).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn any_numbers_at_all_give_an_answer_or_an_error(
        people in prop::collection::vec((any::<f64>(), prop::option::of(any::<f64>())), 0..20),
        window in any::<f64>(), confidence in any::<f64>(),
    ) {
        let _ = within_window(&people, window, confidence);
        let spells: Vec<Spell> = people.iter()
            .map(|(time, event)| Spell { time: *time, event: event.is_some() }).collect();
        let _ = kaplan_meier(&spells, confidence);
        let exits: Vec<Exit> = people.iter().map(|(time, event)| Exit {
            time: *time,
            outcome: event.map_or(Outcome::Censored, |_| Outcome::Way(u32::MAX)),
        }).collect();
        let _ = aalen_johansen(&exits, confidence);
    }
}
