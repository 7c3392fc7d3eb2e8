use super::*;
use crate::{InputError, gi_star};

fn grid(side: usize) -> Weights {
    Weights::from_neighbours((0..side * side).map(|cell| {
        let (x, y) = ((cell % side) as isize, (cell / side) as isize);
        let side = side as isize;
        (-1..=1)
            .flat_map(move |dx| (-1..=1).map(move |dy| (x + dx, y + dy)))
            .filter(move |&(a, b)| {
                (a, b) != (x, y) && (0..side).contains(&a) && (0..side).contains(&b)
            })
            .map(move |(a, b)| (b * side + a) as usize)
            .collect::<Vec<_>>()
    }))
    .unwrap()
}

/// The exact chances that the sum of the neighbours drawn is at least, at most the observed one.
fn exact(values: &[f64], own: usize, neighbours: &[usize]) -> (f64, f64) {
    let others: Vec<f64> = (0..values.len())
        .filter(|&j| j != own)
        .map(|j| values[j])
        .collect();
    let observed: f64 = neighbours.iter().map(|&j| values[j]).sum();
    let (mut all, mut high, mut low) = (0.0, 0.0, 0.0);
    for chosen in 0_u32..1 << others.len() {
        if chosen.count_ones() as usize == neighbours.len() {
            let sum: f64 = (0..others.len())
                .filter(|bit| chosen >> bit & 1 == 1)
                .map(|bit| others[bit])
                .sum();
            all += 1.0;
            high += f64::from(u8::from(sum >= observed - 1e-9));
            low += f64::from(u8::from(sum <= observed + 1e-9));
        }
    }
    (high / all, low / all)
}

#[test]
fn the_shares_are_those_of_all_samples() {
    // Twelve units, values with ties and tenths that binary fractions cannot hold.
    let values = [0.1, 0.2, 0.3, 0.3, 0.0, 0.0, 0.7, 0.1, 0.2, 0.9, 0.4, 0.0];
    let lists: Vec<Vec<usize>> = vec![
        vec![1],
        vec![0, 2, 3],
        vec![1, 3],
        vec![4, 5, 6, 7, 8],
        vec![5],
        vec![9, 10],
        vec![7],
        vec![6, 8],
        vec![7],
        vec![6, 10],
        vec![9, 0, 1, 2],
        vec![],
    ];
    let weights = Weights::from_neighbours(lists.clone()).unwrap();
    let rounds = 40_000;
    let found = local_permutation(&values, &weights, rounds, 5).unwrap();
    for (unit, list) in lists.iter().enumerate() {
        let Some(test) = found[unit] else {
            assert!(list.is_empty());
            continue;
        };
        let (high, low) = exact(&values, unit, list);
        let near = |count: u32, p: f64| {
            (f64::from(count) / f64::from(rounds) - p).abs()
                <= 4.5 * (p * (1.0 - p) / f64::from(rounds)).sqrt() + 1e-12
        };
        assert!(
            near(test.gi.at_least, high),
            "unit {unit}: {test:?}, exact {high}"
        );
        assert!(
            near(test.gi.at_most, low),
            "unit {unit}: {test:?}, exact {low}"
        );
    }
}

#[test]
fn large_maps_sample_without_replacement_too() {
    // One unit of value 1 among zeros: of 200 others, 8 drawn, it is drawn with chance 8/200.
    let n = 201;
    let mut values = vec![0.0; n];
    values[1] = 1.0;
    let weights =
        Weights::from_neighbours((0..n).map(|i| (1..=8).map(move |d| (i + d) % n))).unwrap();
    let rounds = 200_000;
    let found = local_permutation(&values, &weights, rounds, 1).unwrap();
    let share = f64::from(found[0].unwrap().gi.at_least) / f64::from(rounds);
    assert!(
        (share - 0.04).abs() < 4.5 * (0.04 * 0.96 / f64::from(rounds)).sqrt(),
        "{share}"
    );
    // No sum can be 2: replacement would make some.
    let pair: Vec<f64> = (0..n)
        .map(|i| if i == 1 { 2.0_f64.powi(20) } else { 0.5 })
        .collect();
    let found = local_permutation(&pair, &weights, 999, 1).unwrap();
    assert!(found[0].unwrap().gi.p_high() < 0.1);
}

#[test]
fn mostly_empty_maps_have_no_false_cold_spots() {
    let weights = grid(30);
    let values: Vec<f64> = (0..900)
        .map(|i| if i % 50 == 7 { 3.0 } else { 0.0 })
        .collect();
    let found = local_permutation(&values, &weights, 199, 9).unwrap();
    assert!(found.iter().flatten().all(|test| test.gi.p_low() > 0.5));
}

#[test]
fn it_agrees_with_the_normal_approximation_where_that_holds() {
    let weights = grid(20);
    let mut draws = Draws::new(3, 0);
    let values: Vec<f64> = (0..400)
        .map(|_| (0..12).map(|_| draws.unit()).sum::<f64>())
        .collect();
    let found = local_permutation(&values, &weights, 9_999, 4).unwrap();
    let analytic = crate::gi(&values, &weights).unwrap();
    for (test, z) in found.iter().zip(&analytic) {
        let (test, z) = (test.unwrap(), z.unwrap());
        assert!((test.gi.p_two_sided() - z.p).abs() < 0.05, "{test:?} {z:?}");
    }
    // With self and row-standardised makes no difference.
    let own = weights.with_self().row_standardised();
    assert_eq!(
        local_permutation(&values, &own, 99, 4),
        local_permutation(&values, &weights, 99, 4)
    );
    assert!(gi_star(&values, &own).is_ok());
}

#[test]
fn p_values_of_random_maps_are_uniform() {
    // 300 maps of independent values, one cell looked at in each: p_high is uniform over its steps.
    let weights = grid(12);
    let mut decile = [0_u32; 10];
    for map in 0..300 {
        let mut draws = Draws::new(77, map);
        let values: Vec<f64> = (0..144).map(|_| draws.unit()).collect();
        let found = local_permutation(&values, &weights, 199, map).unwrap();
        let p = found[65].unwrap().gi.p_high();
        decile[((p - 0.0025) * 10.0) as usize] += 1;
    }
    let chi_square: f64 = decile
        .iter()
        .map(|&n| (f64::from(n) - 30.0).powi(2) / 30.0)
        .sum();
    assert!(chi_square < 27.9, "{decile:?}"); // the 0.999 quantile with 9 degrees of freedom
}

#[test]
fn nothing_to_test_and_bad_input() {
    let weights = Weights::from_neighbours([vec![1, 2], vec![0], vec![0], vec![]]).unwrap();
    let found = local_permutation(&[1.0, 2.0, 3.0, 4.0], &weights, 9, 0).unwrap();
    assert!(found[0].is_some() && found[3].is_none());
    assert_eq!(
        local_permutation(&[1.0; 4], &weights, 9, 0),
        Ok(vec![None; 4])
    );
    assert_eq!(
        local_permutation(&[1.0; 4], &weights, 0, 0),
        Err(PermutationError::None)
    );
    assert_eq!(
        local_permutation(&[1.0, f64::NAN, 1.0, 2.0], &weights, 9, 0),
        Err(PermutationError::Input(InputError::NotFinite { index: 1 }))
    );
    let none = Weights::from_neighbours(Vec::<Vec<usize>>::new()).unwrap();
    assert_eq!(local_permutation(&[], &none, 9, 0), Ok(vec![]));
}
