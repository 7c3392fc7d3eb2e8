use geo::coord;

use super::*;

fn place(x: f64, months: &[u32]) -> RankingPlace {
    RankingPlace {
        at: coord! { x: x, y: 0.0 },
        months: months.iter().map(|&count| vec![count]).collect(),
    }
}

fn options() -> RankingOptions {
    RankingOptions {
        most: 2,
        distance: 0.0,
        weighting: None,
        resamplings: 499,
        seed: 4,
    }
}

#[test]
fn alike_places_have_wide_intervals_and_unlike_ones_narrow() {
    let mut places: Vec<_> = (0..10)
        .map(|i| place(f64::from(i), &[3, 5, 2, 4, 3, 6, (i % 2) as u32]))
        .collect();
    places.push(place(99.0, &[40; 7]));
    places.push(place(100.0, &[0, 0, 0, 0, 0, 0, 1]));
    let ranked = rank_places(&places, &options()).unwrap();
    assert_eq!(
        (ranked[0].place, ranked[0].interval, ranked[0].in_the_top),
        (10, (1, 1), 1.0)
    );
    assert_eq!(ranked[0].months_in_the_top, 7);
    assert_eq!((ranked[11].place, ranked[11].interval), (11, (12, 12)));
    assert!(
        ranked[1].interval.1 - ranked[1].interval.0 >= 5,
        "{:?}",
        ranked[1]
    );
    assert!(ranked[1].to_string().contains("chance alone"));
    assert!(
        ranked
            .iter()
            .all(|r| r.interval.0 <= r.rank && r.rank <= r.interval.1
                || r.count == 24
                || r.count == 23)
    );
}

#[test]
fn few_months_are_resampled_as_poisson_counts() {
    let places: Vec<_> = [100, 95, 10, 0]
        .iter()
        .zip(0..)
        .map(|(&c, i)| place(f64::from(i), &[c]))
        .collect();
    let ranked = rank_places(&places, &options()).unwrap();
    assert_eq!(ranked[0].interval, (1, 2));
    assert!((0.5..1.0).contains(&(1.0 - ranked[1].interval.0 as f64 / 10.0)));
    assert_eq!(ranked[2].interval, (3, 3));
    assert_eq!(ranked[3].verdict, Verdict::Nothing);
}

#[test]
fn weights_change_the_order_but_not_the_count() {
    let kinds = |x: f64, nuisance: u32, personal: u32| RankingPlace {
        at: coord! { x: x, y: 0.0 },
        months: vec![vec![nuisance, personal]; 6],
    };
    let places = [kinds(0.0, 9, 0), kinds(1.0, 2, 4)];
    let plain = rank_places(&places, &options()).unwrap();
    assert_eq!((plain[0].place, plain[0].score), (0, 54.0));
    let mut weighted = options();
    weighted.weighting = Some(Weighting {
        kinds: vec![1.0, 5.0],
        author: "Analyst".into(),
        date: "2026-11-01".into(),
        reason: "Personal incidents harm more (survey 2025)".into(),
    });
    let ranked = rank_places(&places, &weighted).unwrap();
    assert_eq!(
        (ranked[0].place, ranked[0].count, ranked[0].score),
        (1, 36, 132.0)
    );
    assert!(
        ranked[0]
            .to_string()
            .contains("36 incidents in 6 months, weighted score 132.0")
    );
    for (kinds, author, error) in [
        (vec![1.0], "A", RankingError::Weights { kinds: 2 }),
        (vec![0.0, 0.0], "A", RankingError::Weights { kinds: 2 }),
        (vec![1.0, f64::NAN], "A", RankingError::Weights { kinds: 2 }),
        (vec![1.0, 2.0], " ", RankingError::Unexplained),
    ] {
        let mut bad = weighted.clone();
        bad.weighting = Some(Weighting {
            kinds,
            author: author.into(),
            date: "d".into(),
            reason: "r".into(),
        });
        assert_eq!(rank_places(&places, &bad), Err(error));
    }
}

#[test]
fn threads_do_not_matter_and_bad_input_is_refused() {
    let places: Vec<_> = (0..40)
        .map(|i| place(f64::from(i), &[i % 7, i % 5, i % 3, i % 4, i % 6, i % 2]))
        .collect();
    let on = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| rank_places(&places, &options()).unwrap())
    };
    assert_eq!(on(1), on(4));
    assert_eq!(rank_places(&[], &options()), Ok(vec![]));
    assert_eq!(
        rank_places(&[place(0.0, &[])], &options()),
        Err(RankingError::Nothing)
    );
    assert!(matches!(
        rank_places(&[place(0.0, &[1]), place(0.0, &[1, 2])], &options()),
        Err(RankingError::Shape { place: 1, .. })
    ));
    assert!(matches!(
        rank_places(&[place(f64::NAN, &[1])], &options()),
        Err(RankingError::Points(_))
    ));
    let few = RankingOptions {
        resamplings: 0,
        ..options()
    };
    assert_eq!(rank_places(&places, &few), Err(RankingError::Resamplings));
    let odd = RankingOptions {
        distance: f64::NAN,
        ..options()
    };
    assert!(rank_places(&places, &odd).is_err());
    assert!(reporting_gap(&[1.0], &[]).is_err());
    assert!(reporting_gap(&[1.0], &[f64::NAN]).is_err());
    assert_eq!(reporting_gap(&[], &[]), Ok(vec![]));
}
