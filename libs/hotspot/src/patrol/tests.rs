use geo::coord;

use super::*;

fn place(x: f64, need: f64, rural: bool) -> PatrolPlace {
    PatrolPlace {
        at: coord! { x: x, y: 0.0 },
        need,
        rural,
        hours: None,
    }
}

fn county() -> Vec<PatrolPlace> {
    let mut places: Vec<_> = (0..8)
        .map(|i| place(f64::from(i) * 700.0, 40.0 - f64::from(i) * 4.0, false))
        .collect();
    places.extend((0..4).map(|i| place(20_000.0 + f64::from(i) * 6_000.0, 1.0, true)));
    places
}

fn evenings(days: u32) -> Vec<Shift> {
    (0..days)
        .map(|day| Shift {
            day,
            from: 20 * 60,
            minutes: 360,
        })
        .collect()
}

const DRIVING: Travel<'static> = Travel::StraightLine {
    metres_a_minute: 500.0,
};

#[test]
fn visits_keep_the_rules() {
    let (places, shifts) = (county(), evenings(7));
    for seed in 0..20 {
        let options = PatrolOptions {
            seed,
            ..PatrolOptions::default()
        };
        let plan = plan_patrols(&places, Capacity::Shifts(&shifts), DRIVING, &options).unwrap();
        let mut last: Vec<Option<u32>> = vec![None; places.len()];
        let mut until = (0, 0);
        for visit in &plan.visits {
            let shift = shifts[visit.shift.unwrap()];
            let start = visit.start.unwrap();
            assert!((12..=15).contains(&visit.minutes));
            assert!(start >= shift.from && start + visit.minutes <= shift.from + shift.minutes);
            if until.0 == visit.day {
                assert!(start >= until.1, "visits overlap");
            }
            until = (visit.day, start + visit.minutes);
            let now = visit.day * 1440 + start;
            assert!(last[visit.place].is_none_or(|last| now >= last + 120));
            last[visit.place] = Some(now + visit.minutes);
        }
        // Nobody is starved, and need decides among the rest.
        assert!(
            plan.dosage[8..].iter().all(|dosage| dosage.visits >= 2),
            "{:?}",
            plan.dosage
        );
        assert!(plan.dosage[0].visits > plan.dosage[7].visits);
        let all: f64 = plan.dosage.iter().map(|dosage| dosage.target).sum();
        assert!((all - plan.visits.len() as f64).abs() < 1e-6);
        let spent: f64 = plan
            .visits
            .iter()
            .map(|v| f64::from(v.minutes) + v.travel)
            .sum();
        assert!((spent + plan.idle - 7.0 * 360.0).abs() < 1e-6);
    }
}

#[test]
fn the_order_follows_the_seed_and_nothing_else() {
    let (places, shifts) = (county(), evenings(7));
    let order = |seed| {
        let options = PatrolOptions {
            seed,
            ..PatrolOptions::default()
        };
        let plan = plan_patrols(&places, Capacity::Shifts(&shifts), DRIVING, &options).unwrap();
        plan.visits
            .iter()
            .map(|visit| visit.place)
            .collect::<Vec<_>>()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
}

#[test]
fn hours_decide_when() {
    let mut places = county();
    let mut late = [0.0; 24];
    late[23] = 1.0;
    late[0] = 1.0;
    late[1] = 1.0;
    places[0].hours = Some(late);
    let plan = plan_patrols(
        &places,
        Capacity::Shifts(&evenings(7)),
        DRIVING,
        &PatrolOptions::default(),
    )
    .unwrap();
    let starts: Vec<u32> = plan
        .visits
        .iter()
        .filter(|v| v.place == 0)
        .filter_map(|v| v.start)
        .collect();
    assert!(!starts.is_empty());
    assert!(
        starts
            .iter()
            .all(|start| (23 * 60..26 * 60).contains(start)),
        "{starts:?}"
    );
}

#[test]
fn without_a_clock_there_are_no_hours() {
    let mut places = county();
    let days = Capacity::Visits { days: 7, a_day: 10 };
    let plan = plan_patrols(&places, days, DRIVING, &PatrolOptions::default()).unwrap();
    assert_eq!(plan.visits.len(), 70);
    assert!(
        plan.visits
            .iter()
            .all(|visit| visit.start.is_none() && visit.shift.is_none())
    );
    assert!(plan.dosage[8..].iter().all(|dosage| dosage.visits >= 2));
    let text = plan.gpx(
        |place| format!("Place <{place}> & co"),
        |place| coord! { x: -1.5, y: 54.0 + place as f64 * 0.01 },
    );
    assert_eq!(text.matches("<rtept").count(), 70);
    assert_eq!(text.matches("<rte>").count(), 7);
    assert!(
        text.contains("Place &lt;0&gt; &amp; co") && !text.contains(':')
            || text.contains("http://")
    );
    places[3].hours = Some([1.0; 24]);
    assert_eq!(
        plan_patrols(&places, days, DRIVING, &PatrolOptions::default()),
        Err(PatrolError::Hours { place: 3 })
    );
}

#[test]
fn bad_input_is_refused_and_one_place_is_no_trouble() {
    let good = PatrolOptions::default();
    let shifts = evenings(1);
    let run =
        |places: &[PatrolPlace], shifts: &[Shift], travel: Travel<'_>, options: &PatrolOptions| {
            plan_patrols(places, Capacity::Shifts(shifts), travel, options)
        };
    let one = [place(0.0, 1.0, false)];
    let plan = run(&one, &shifts, DRIVING, &good).unwrap();
    assert_eq!(plan.visits.len(), 1); // and then it has to rest, with nowhere else to go
    assert_eq!(run(&[], &shifts, DRIVING, &good), Err(PatrolError::Need));
    assert_eq!(
        run(&[place(0.0, 0.0, false)], &shifts, DRIVING, &good),
        Err(PatrolError::Need)
    );
    assert_eq!(
        run(&[place(0.0, f64::NAN, false)], &shifts, DRIVING, &good),
        Err(PatrolError::Need)
    );
    assert!(matches!(
        run(&[place(f64::NAN, 1.0, false)], &shifts, DRIVING, &good),
        Err(PatrolError::Points(_))
    ));
    assert_eq!(run(&one, &[], DRIVING, &good), Err(PatrolError::Capacity));
    let long = [Shift {
        day: 0,
        from: 0,
        minutes: 2000,
    }];
    assert_eq!(run(&one, &long, DRIVING, &good), Err(PatrolError::Capacity));
    let visit = PatrolOptions {
        visit: (15, 12),
        ..good
    };
    assert_eq!(
        run(&one, &shifts, DRIVING, &visit),
        Err(PatrolError::Visit { from: 15, to: 12 })
    );
    assert_eq!(
        run(
            &one,
            &shifts,
            Travel::StraightLine {
                metres_a_minute: 0.0
            },
            &good
        ),
        Err(PatrolError::Travel)
    );
    assert_eq!(
        run(&one, &shifts, Travel::Given(&[]), &good),
        Err(PatrolError::Travel)
    );
    assert!(run(&one, &shifts, Travel::Given(&[vec![0.0]]), &good).is_ok());
}
