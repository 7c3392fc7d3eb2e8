use super::*;

fn spells(events: &[f64], censored: &[f64]) -> Vec<Spell> {
    let spell = |event| move |&time: &f64| Spell { time, event };
    let mut spells: Vec<Spell> = events.iter().map(spell(true)).collect();
    spells.extend(censored.iter().map(spell(false)));
    spells
}

/// Weeks in remission of the 21 children on 6-MP: Freireich, E. J. et al. (1963), *Blood* 21.
fn six_mp() -> Vec<Spell> {
    spells(
        &[6.0, 6.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0],
        &[
            6.0, 9.0, 10.0, 11.0, 17.0, 19.0, 20.0, 25.0, 32.0, 32.0, 34.0, 35.0,
        ],
    )
}

#[test]
fn the_leukaemia_trial_as_every_textbook_prints_it() {
    let curve = kaplan_meier(&six_mp(), 0.95).unwrap();
    // Time, at risk, events, S, Greenwood's standard error, log–log interval.
    let printed = [
        (6.0, 21, 3, 0.8571, 0.0764, 0.6197, 0.9516),
        (7.0, 17, 1, 0.8067, 0.0869, 0.5631, 0.9228),
        (10.0, 15, 1, 0.7529, 0.0963, 0.5032, 0.8894),
        (13.0, 12, 1, 0.6902, 0.1068, 0.4316, 0.8491),
        (16.0, 11, 1, 0.6275, 0.1141, 0.3675, 0.8049),
        (22.0, 7, 1, 0.5378, 0.1282, 0.2678, 0.7468),
        (23.0, 6, 1, 0.4482, 0.1346, 0.1881, 0.6801),
    ];
    assert_eq!(curve.steps.len(), printed.len());
    for (step, (time, at_risk, events, s, se, low, high)) in curve.steps.iter().zip(printed) {
        assert_eq!(
            (step.time, step.at_risk, step.events),
            (time, at_risk, events)
        );
        assert!((step.survival - s).abs() < 5e-5, "{step:?}");
        assert!((step.standard_error.unwrap() - se).abs() < 5e-5, "{step:?}");
        let interval = step.interval.unwrap();
        assert!((interval.lower - low).abs() < 5e-5, "{step:?}");
        assert!((interval.upper - high).abs() < 5e-5, "{step:?}");
    }
    assert_eq!(curve.median(), Some(23.0));
    assert_eq!(curve.survival_at(5.9), Some(1.0));
    assert!(curve.survival_at(35.0).is_some());
    assert_eq!(curve.survival_at(35.1), None);
    // The placebo arm, nobody censored: median 8 weeks.
    let placebo = [
        1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 8.0, 8.0, 8.0, 8.0, 11.0, 11.0, 12.0, 12.0,
        15.0, 17.0, 22.0, 23.0,
    ];
    let curve = kaplan_meier(&spells(&placebo, &[]), 0.95).unwrap();
    assert_eq!(curve.median(), Some(8.0));
    let last = curve.steps.last().unwrap();
    assert!(
        last.survival.abs() < 1e-12 && last.standard_error.is_none() && last.interval.is_none()
    );
}

#[test]
fn one_person_and_nobody() {
    assert_eq!(kaplan_meier(&[], 0.95), Err(SurvivalError::Empty));
    assert_eq!(aalen_johansen(&[], 0.95), Err(SurvivalError::Empty));
    assert!(matches!(
        kaplan_meier(&spells(&[1.0, f64::NAN], &[]), 0.95),
        Err(SurvivalError::Time { index: 1, .. })
    ));
    assert!(kaplan_meier(&spells(&[-1.0], &[]), 0.95).is_err());
    assert!(kaplan_meier(&six_mp(), 1.0).is_err());
    let curve = kaplan_meier(&spells(&[], &[4.0]), 0.95).unwrap();
    assert!(curve.steps.is_empty());
    assert_eq!((curve.survival_at(4.0), curve.median()), (Some(1.0), None));
    let curve = kaplan_meier(&spells(&[0.0], &[]), 0.95).unwrap();
    assert_eq!(curve.survival_at(0.0), Some(0.0));
}

fn exits(list: &[(f64, u32)]) -> Vec<Exit> {
    list.iter()
        .map(|&(time, way)| Exit {
            time,
            outcome: if way == 0 {
                Outcome::Censored
            } else {
                Outcome::Way(way)
            },
        })
        .collect()
}

#[test]
fn incidence_by_hand() {
    // Ten people. S: 1, .9 (t=1, way 1), .8 (t=2, way 2), censored at 3, .8·6/7 (t=4, way 1) …
    let people = exits(&[
        (1.0, 1),
        (2.0, 2),
        (3.0, 0),
        (4.0, 1),
        (5.0, 2),
        (6.0, 0),
        (7.0, 0),
        (8.0, 0),
        (9.0, 0),
        (9.0, 0),
    ]);
    let ways = aalen_johansen(&people, 0.95).unwrap();
    assert_eq!(ways.iter().map(|way| way.way).collect::<Vec<_>>(), [1, 2]);
    let first = ways[0].at(9.0).unwrap();
    let second = ways[1].at(9.0).unwrap();
    assert!((first - (0.1 + 0.8 / 7.0)).abs() < 1e-15);
    assert!((second - (0.1 + 0.8 * (6.0 / 7.0) / 6.0)).abs() < 1e-15);
    // With what has not left they make 1.
    let survival = 0.8 * (6.0 / 7.0) * (5.0 / 6.0);
    assert!((first + second + survival - 1.0).abs() < 1e-15);
    assert_eq!(ways[0].at(0.5), Some(0.0));
    assert_eq!(ways[0].at(9.5), None);
}

#[test]
fn without_a_rival_incidence_is_one_minus_kaplan_meier() {
    let spells = six_mp();
    let people: Vec<Exit> = spells
        .iter()
        .map(|spell| Exit {
            time: spell.time,
            outcome: if spell.event {
                Outcome::Way(7)
            } else {
                Outcome::Censored
            },
        })
        .collect();
    let curve = kaplan_meier(&spells, 0.95).unwrap();
    let ways = aalen_johansen(&people, 0.95).unwrap();
    for (km, aj) in curve.steps.iter().zip(&ways[0].steps) {
        assert!((1.0 - km.survival - aj.incidence).abs() < 1e-14);
        // With one way the delta method gives Greenwood's error.
        assert!((km.standard_error.unwrap() - aj.standard_error).abs() < 1e-12);
        let (km, aj) = (km.interval.unwrap(), aj.interval.unwrap());
        assert!((1.0 - km.upper - aj.lower).abs() < 1e-12);
    }
}

#[test]
fn when_the_last_leaves_nothing_is_divided_by_nothing() {
    let ways = aalen_johansen(&exits(&[(1.0, 1), (2.0, 2)]), 0.95).unwrap();
    for way in &ways {
        assert!((way.at(2.0).unwrap() - 0.5).abs() < 1e-15);
        assert!(way.steps.iter().all(|step| step.standard_error.is_finite()));
    }
    let all = aalen_johansen(&exits(&[(1.0, 1), (1.0, 1)]), 0.95).unwrap();
    assert_eq!(all[0].at(1.0), Some(1.0));
    assert_eq!(all[0].steps[0].interval, None);
    assert!(
        aalen_johansen(&exits(&[(1.0, 0)]), 0.95)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn windows_choose_people_by_follow_up_alone() {
    let people = [
        (14.0, Some(13.0)),
        (12.0, Some(12.0)),
        (11.9, Some(1.0)),
        (20.0, None),
    ];
    let window = within_window(&people, 12.0, 0.95).unwrap();
    let share = window.share.unwrap();
    assert_eq!((share.count, share.of, window.left_out), (1, 3, 1));
    assert_eq!(
        within_window(&[(3.0, None)], 12.0, 0.95).unwrap().share,
        None
    );
    assert!(within_window(&[(3.0, Some(4.0))], 2.0, 0.95).is_err());
    assert!(within_window(&people, 0.0, 0.95).is_err());
    assert!(within_window(&[], 12.0, 0.95).is_err());
}
