//! From values to places on the drawing.

/// A linear scale with round ticks; zero is always on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
    /// Values at which the axis is marked.
    pub(super) ticks: Vec<f64>,
    /// Decimals that the ticks need.
    pub(super) decimals: u32,
}

impl Scale {
    /// A scale over the finite values, about `count` ticks, drawn from `start` to `end`.
    pub(super) fn new(values: impl Iterator<Item = f64>, count: f64, start: f64, end: f64) -> Self {
        let (mut low, mut high) = values
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if high - low <= f64::EPSILON {
            (low, high) = (0.0, 1.0);
        }
        let rough = (high - low) / count;
        let magnitude = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * magnitude)
            .into_iter()
            .find(|step| *step >= rough);
        let step = step.unwrap_or(magnitude * 10.0);
        low = (low / step).floor() * step;
        high = (high / step).ceil() * step;
        let mut ticks = Vec::new();
        let mut index = 0.0;
        while low + index * step <= high + step / 2.0 {
            ticks.push(low + index * step);
            index += 1.0;
        }
        let decimals = [(1.0, 0), (0.1, 1), (0.01, 2)]
            .into_iter()
            .find(|(least, _)| step >= *least - 1e-12);
        Self {
            low,
            high,
            start,
            end,
            ticks,
            decimals: decimals.map_or(3, |(_, decimals)| decimals),
        }
    }

    /// Where a value lies.
    pub(super) fn at(&self, value: f64) -> f64 {
        self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_zero() {
        let scale = Scale::new([37.0, 412.0].into_iter(), 5.0, 0.0, 100.0);
        assert_eq!(scale.ticks, [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
        assert!((scale.at(250.0) - 50.0).abs() < 1e-9);
        let scale = Scale::new([-0.3, 0.25].into_iter(), 4.0, 0.0, 100.0);
        assert_eq!((scale.decimals, scale.ticks.len()), (1, 5));
        let empty = Scale::new(std::iter::empty(), 4.0, 0.0, 1.0);
        assert!(empty.at(0.0).abs() < 1e-9);
    }
}
