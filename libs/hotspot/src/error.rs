//! What can be wrong with the input, one narrow type per family of functions.

use thiserror::Error;

/// Why neighbour lists could not be built.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// More units than a 32-bit index can name.
    #[error("there are more than {} units", u32::MAX)]
    TooMany,
    /// The tolerance is negative, infinite or not a number.
    #[error("the tolerance must be zero or a positive number, not {0}")]
    Tolerance(f64),
    /// The tolerance is so small beside the extent of the map that positions cannot be told apart.
    #[error("the tolerance {tolerance} is too small for coordinates that span {extent}")]
    ToleranceTooFine {
        /// The tolerance that was given.
        tolerance: f64,
        /// The larger side of the bounding box, in the same units.
        extent: f64,
    },
    /// A vertex of a polygon is infinite or not a number.
    #[error("polygon {polygon} has a coordinate that is not a finite number")]
    NotFinite {
        /// Position of the polygon in the input, from 0.
        polygon: usize,
    },
    /// The same cell was given twice.
    #[error("cell {cell} is given twice")]
    RepeatedCell {
        /// The cell's H3 index in hexadecimal.
        cell: String,
    },
    /// Cells of more than one resolution were given.
    #[error("cells of resolution {first} and {other} are mixed")]
    MixedResolution {
        /// Resolution of the first cell.
        first: u8,
        /// The other resolution.
        other: u8,
    },
    /// A disc of so many steps would hold too many cells.
    #[error("a disc of {steps} steps is too large, {most} is the most")]
    Steps {
        /// How many steps were asked for.
        steps: u32,
        /// How many it may have.
        most: u32,
    },
    /// A neighbour list names a unit that does not exist.
    #[error("unit {unit} names neighbour {neighbour}, but there are {units} units")]
    NoSuchNeighbour {
        /// The unit whose list is wrong.
        unit: usize,
        /// The neighbour that does not exist.
        neighbour: usize,
        /// How many units there are.
        units: usize,
    },
    /// The points are unusable.
    #[error(transparent)]
    Points(#[from] PointError),
    /// No neighbour was asked for, or more than there are other points.
    #[error("{neighbours} nearest neighbours were asked for among {others} other points")]
    NearestOfTooFew {
        /// How many nearest neighbours were asked for.
        neighbours: usize,
        /// How many other points there are.
        others: usize,
    },
}

/// Why a statistic could not be computed from these values and weights.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum InputError {
    /// There is not one value for each unit.
    #[error("there are {values} values for {units} units")]
    Length {
        /// How many values were given.
        values: usize,
        /// How many units the weights have.
        units: usize,
    },
    /// A value is infinite or not a number. A missing value has no place in these statistics: leave
    /// the unit out of values and weights alike, or say what it should count as.
    #[error("value {index} is missing or not a finite number")]
    NotFinite {
        /// Position of the value, from 0.
        index: usize,
    },
    /// There are too few units for the statistic.
    #[error("{units} units are too few, at least {needed} are needed")]
    TooFew {
        /// How many units there are.
        units: usize,
        /// How many are needed.
        needed: usize,
    },
    /// The values are so large or so close together that their squares leave the range of `f64`.
    #[error("the values are too large or too close together to compute their variance")]
    Range,
    /// The statistic counts the unit itself, but the weights leave it out.
    #[error("the weights must count each unit as its own neighbour (use `with_self`)")]
    SelfMissing,
    /// The statistic compares a unit with others, but the weights count the unit itself.
    #[error("the weights must not count a unit as its own neighbour (use `without_self`)")]
    SelfIncluded,
}

/// A confidence level that is not between 0 and 1.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("a confidence level lies between 0 and 1, for example 0.95, not {0}")]
pub struct ConfidenceError(pub f64);

/// Why a rate or a ratio of rates could not be computed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RateError {
    /// There is not one exposure (or unit) for each count.
    #[error("there are {counts} counts for {others} areas")]
    Lengths {
        /// How many counts were given.
        counts: usize,
        /// How many exposures or units.
        others: usize,
    },
    /// An exposure (residents, days) is negative, infinite or not a number.
    #[error("an exposure must be zero or a positive number, not {0}")]
    Exposure(f64),
    /// Incidents were counted where there was nobody to count them among.
    #[error("{0} incidents are counted against an exposure of zero")]
    CountWithoutExposure(u64),
    /// The confidence level is unusable.
    #[error(transparent)]
    Confidence(#[from] ConfidenceError),
}

/// Why a permutation or Monte Carlo test could not be made.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PermutationError {
    /// No re-arrangement was asked for, so there is nothing to compare with.
    #[error("at least one random re-arrangement is needed, 999 are usual")]
    None,
    /// The values or weights are unusable.
    #[error(transparent)]
    Input(InputError),
}

/// Why points could not be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum PointError {
    /// A coordinate is infinite or not a number.
    #[error("point {point} has a coordinate that is not a finite number")]
    NotFinite {
        /// Position of the point, from 0.
        point: usize,
    },
    /// More points than a 32-bit index can name.
    #[error("there are more than {} points", u32::MAX)]
    TooMany,
    /// There are too few points.
    #[error("{points} points are too few, at least {needed} are needed")]
    TooFew {
        /// How many points there are.
        points: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Longitude and latitude were expected, but this is no place on the earth.
    #[error("point {point} is no longitude and latitude: are these metres?")]
    Degrees {
        /// Position of the point, from 0.
        point: usize,
    },
    /// A distance is negative, infinite or not a number.
    #[error("a distance must be zero or a positive number, not {0}")]
    Distance(f64),
}
