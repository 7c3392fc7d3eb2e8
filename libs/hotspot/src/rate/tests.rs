use super::*;

fn close(found: f64, expected: f64, within: f64) {
    assert!(
        (found - expected).abs() < within,
        "found {found}, expected {expected}"
    );
}

#[test]
fn garwood_bounds_are_those_of_the_summed_tails() {
    // Bounds found apart from this crate, by bisection on Poisson tails summed term by term.
    for (count, lower, upper) in [
        (0, 0.0, 3.688_879_454_1),
        (1, 0.025_317_808_0, 5.571_643_390_9),
        (3, 0.618_672_122_9, 8.767_273_069_7),
        (10, 4.795_388_696_1, 18.390_356_042_0),
        (100, 81.363_991_250_9, 121.626_793_792_4),
    ] {
        let rate = rate_per_1000(count, 1000.0, CONFIDENCE_95)
            .unwrap()
            .unwrap();
        assert_eq!(rate.per_1000, count as f64);
        close(rate.interval.lower, lower, 1e-9);
        close(rate.interval.upper, upper, 1e-9);
    }
}

#[test]
fn the_ratio_is_that_of_rs_poisson_test() {
    // Example of R's help page: poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)) prints
    // rate ratio 1.971488, 95 % interval 0.8584264 to 4.2772659.
    let ratio = rate_ratio((11, 800.0), (21, 3011.0), CONFIDENCE_95)
        .unwrap()
        .unwrap();
    close(ratio.estimate, 1.971_488, 5e-7);
    close(ratio.interval.lower, 0.858_426_4, 5e-8);
    close(ratio.interval.upper, 4.277_265_9, 5e-8);
}

#[test]
fn ratios_found_by_summed_binomial_tails() {
    for (later, base, lower, upper) in [
        (0, 5, 0.0, 1.091_279_105),
        (120, 100, 0.912_605_778, 1.580_742_007),
        (30, 60, 0.311_359_198, 0.787_467_833),
    ] {
        let ratio = rate_ratio((later, 1.0), (base, 1.0), CONFIDENCE_95)
            .unwrap()
            .unwrap();
        close(ratio.interval.lower, lower, 1e-8);
        close(ratio.interval.upper, upper, 1e-8);
        let change = relative_change((later, 1.0), (base, 1.0), CONFIDENCE_95)
            .unwrap()
            .unwrap();
        close(change.estimate, ratio.estimate - 1.0, 1e-15);
        close(change.interval.upper, upper - 1.0, 1e-8);
    }
}

#[test]
fn the_counts_of_a_whole_force_are_no_trouble() {
    let ratio = rate_ratio((2_100_000, 1.0), (2_000_000, 1.0), CONFIDENCE_95)
        .unwrap()
        .unwrap();
    // log ratio ± 1.96 √(1/a + 1/b).
    let spread = 1.959_963_985 * (1.0 / 2.1e6_f64 + 1.0 / 2.0e6).sqrt();
    close(ratio.interval.lower, 1.05 * (-spread).exp(), 2e-6);
    close(ratio.interval.upper, 1.05 * spread.exp(), 2e-6);
}

#[test]
fn nothing_in_the_base_gives_no_ratio() {
    assert_eq!(rate_ratio((5, 1.0), (0, 1.0), CONFIDENCE_95), Ok(None));
    assert_eq!(relative_change((0, 1.0), (0, 1.0), CONFIDENCE_95), Ok(None));
    assert_eq!(rate_ratio((0, 0.0), (5, 1.0), CONFIDENCE_95), Ok(None));
    assert_eq!(rate_per_1000(0, 0.0, CONFIDENCE_95), Ok(None));
}

#[test]
fn nonsense_is_refused() {
    assert_eq!(
        rate_per_1000(5, 0.0, CONFIDENCE_95),
        Err(RateError::CountWithoutExposure(5))
    );
    assert_eq!(
        rate_per_1000(5, -1.0, CONFIDENCE_95),
        Err(RateError::Exposure(-1.0))
    );
    assert!(rate_per_1000(5, f64::NAN, CONFIDENCE_95).is_err());
    assert!(rate_ratio((5, 1.0), (0, f64::INFINITY), CONFIDENCE_95).is_err());
    for confidence in [0.0, 1.0, 95.0, f64::NAN] {
        assert!(matches!(
            rate_per_1000(5, 1.0, confidence),
            Err(RateError::Confidence(_))
        ));
    }
}
