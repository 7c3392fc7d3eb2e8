//! The few statistics that results need, as pure functions over plain numbers.
//!
//! | figure | method | source |
//! |---|---|---|
//! | interval of a share | Wilson's score interval, 95 % | Wilson, E. B. (1927), *JASA* 22, 209–212 |
//! | interval of a mean | Student's t, 95 % | 'Student' (1908), *Biometrika* 6, 1–25 |
//! | median, quartiles | linear between order statistics (type 7) | Hyndman & Fan (1996), *The American Statistician* 50 |
//!
//! Both intervals cover chance alone, as if those who answered had been drawn at random from all
//! who could have; they say nothing of who did not answer.

use statrs::distribution::{ContinuousCDF as _, StudentsT};

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// A share with its interval, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    /// The share.
    pub share: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A share of `of` that `count` are, with Wilson's interval; none of nobody.
#[must_use]
pub(super) fn share(count: u64, of: u64) -> Option<Share> {
    if of == 0 || count > of {
        return None;
    }
    let (k, n) = (count as f64, of as f64);
    let p = k / n;
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(Share {
        share: p,
        // The ends are exact where all or none are; rounding must not move them.
        low: if count == 0 {
            0.0
        } else {
            (middle - half).max(0.0)
        },
        high: if count == of {
            1.0
        } else {
            (middle + half).min(1.0)
        },
    })
}

/// What a set of numbers comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    /// How many.
    pub n: u64,
    /// The mean.
    pub mean: f64,
    /// The 95 % interval of the mean; none of fewer than two numbers.
    pub interval: Option<(f64, f64)>,
    /// The sum.
    pub sum: f64,
    /// Smallest, lower quartile, median, upper quartile, largest.
    pub five: [f64; 5],
}

/// Sums numbers up; none where there are none. Numbers that are not finite are passed over.
#[must_use]
pub(super) fn summary(values: &[f64]) -> Option<Summary> {
    let mut sorted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    if sorted.is_empty() {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let sum: f64 = sorted.iter().sum();
    let mean = sum / n;
    let interval = (sorted.len() > 1)
        .then(|| {
            let squares: f64 = sorted.iter().map(|value| (value - mean).powi(2)).sum();
            let half = t_975(n - 1.0)? * (squares / (n - 1.0) / n).sqrt();
            Some((mean - half, mean + half))
        })
        .flatten();
    Some(Summary {
        n: sorted.len() as u64,
        mean,
        interval,
        sum,
        five: [0.0, 0.25, 0.5, 0.75, 1.0].map(|p| quantile(&sorted, p)),
    })
}

/// The 97.5 % point of Student's t with so many degrees of freedom.
fn t_975(freedom: f64) -> Option<f64> {
    StudentsT::new(0.0, 1.0, freedom)
        .ok()
        .map(|t| t.inverse_cdf(0.975))
}

/// A quantile of sorted numbers, type 7 of Hyndman and Fan; 0 of none.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p * sorted.len().saturating_sub(1) as f64;
    let below = place.floor();
    let at = |place: f64| sorted.get(place as usize).copied();
    let low = at(below).unwrap_or(0.0);
    let high = at(below + 1.0).unwrap_or(low);
    low + (place - below) * (high - low)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(a: f64, b: f64, within: f64) {
        assert!((a - b).abs() < within, "{a} is not {b}");
    }

    /// Newcombe, R. G. (1998), 'Two-sided confidence intervals for the single proportion',
    /// Statistics in Medicine 17, 857–872, table I, method 3.
    #[test]
    fn shares_are_those_of_newcombe() {
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = share(count, of).unwrap();
            near(share.low, low, 0.00005);
            near(share.high, high, 0.00005);
        }
        assert_eq!(share(0, 0), None);
        assert_eq!(share(3, 2), None);
    }

    /// Student (1908), the additional hours of sleep that Cushny and Peebles measured with drug 2;
    /// interval and quartiles as R 4 gives them: t.test(x)$conf.int, quantile(x).
    #[test]
    fn a_mean_is_that_of_students_sleep() {
        let hours = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let summary = summary(&hours).unwrap();
        near(summary.mean, 2.33, 1e-12);
        let (low, high) = summary.interval.unwrap();
        near(low, 0.897_677_5, 1e-6);
        near(high, 3.762_322_5, 1e-6);
        for (ours, theirs) in summary.five.iter().zip([-0.1, 0.875, 1.75, 4.15, 5.5]) {
            near(*ours, theirs, 1e-12);
        }
    }

    #[test]
    fn one_number_has_no_interval_and_none_has_no_summary() {
        let one = summary(&[4.0]).unwrap();
        assert_eq!((one.n, one.mean, one.interval), (1, 4.0, None));
        assert_eq!(one.five, [4.0; 5]);
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&[f64::NAN]), None);
        let same = summary(&[2.0, 2.0, 2.0]).unwrap();
        assert_eq!(same.interval, Some((2.0, 2.0)));
    }

    /// The 97.5 % points as printed in every table of Student's t.
    #[test]
    fn t_is_that_of_the_tables() {
        for (freedom, t) in [
            (1.0, 12.706),
            (2.0, 4.303),
            (9.0, 2.262),
            (30.0, 2.042),
            (120.0, 1.980),
        ] {
            near(t_975(freedom).unwrap(), t, 0.0005);
        }
    }

    proptest! {
        #[test]
        fn intervals_hold_what_they_are_of(count in 0_u64..500, more in 0_u64..500, values in proptest::collection::vec(-1e6_f64..1e6, 2..60)) {
            if let Some(share) = share(count, count + more) {
                prop_assert!(0.0 <= share.low && share.low <= share.share && share.share <= share.high && share.high <= 1.0);
            }
            let summary = summary(&values).unwrap();
            let (low, high) = summary.interval.unwrap();
            prop_assert!(low <= summary.mean && summary.mean <= high);
            prop_assert!(summary.five.is_sorted());
        }
    }
}
