#![doc = include_str!("../README.md")]

mod accuracy;
mod bayes;
mod coverage;
mod density;
mod draws;
mod error;
mod fdr;
mod geary;
mod gi;
mod gi_star;
mod global_permutation;
mod local_moran;
mod local_permutation;
mod moran;
mod near;
mod near_repeat;
mod nearest;
mod normal;
mod patrol;
mod permuted;
mod plane;
mod poisson_local;
mod ranking;
mod rate;
mod scan;
mod special;
mod values;
mod weights;

#[cfg(test)]
mod exhaustive;

pub use accuracy::{Accuracy, AccuracyError, accuracy, choose_areas};
pub use bayes::{empirical_bayes, empirical_bayes_index, spatial_empirical_bayes};
pub use coverage::{
    Coverage, CoverageError, CoverageOptions, CoverageProgress, Reach, Sector, Site, cover,
};
pub use density::{
    CrossValidated, Density, DensityError, DensityOptions, Grid, Kernel, Method,
    cross_validated_bandwidth, density, density_at, dual_density, reference_bandwidth,
};
pub use error::{
    ConfidenceError, InputError, PermutationError, PointError, RateError, WeightsError,
};
pub use fdr::{CutOff, Discovery, FdrError, benjamini_hochberg, caldas_de_castro_singer};
pub use geary::{Geary, geary};
pub use gi::{Gi, gi};
pub use gi_star::{GiStar, gi_star};
pub use global_permutation::{GlobalPermutation, global_permutation};
pub use local_moran::{LocalMoran, Quadrant, local_moran, local_moran_test};
pub use local_permutation::{LocalPermutation, local_permutation};
pub use moran::{Moran, moran};
pub use near::Metric;
pub use near_repeat::{
    Jacquez, Knox, KnoxBands, KnoxCell, Mantel, MantelTransform, ModifiedKnox, NearRepeatError,
    jacquez, knox, mantel, modified_knox,
};
pub use patrol::{
    Capacity, Dosage, PatrolError, PatrolOptions, PatrolPlace, PatrolPlan, Shift, Travel, Visit,
    plan_patrols,
};
pub use permuted::Permuted;
pub use plane::{CoordinateSystem, Plane};
pub use poisson_local::{PoissonLocal, poisson_local};
pub use ranking::{
    Ranked, RankingError, RankingOptions, RankingPlace, ReportingGap, Verdict, Weighting,
    rank_places, reporting_gap,
};
pub use rate::{
    CONFIDENCE_95, Interval, Rate, RatioEstimate, rate_per_1000, rate_ratio, relative_change,
};
pub use scan::{ScanCase, ScanCluster, ScanError, ScanModel, ScanOptions, Windows, Zones, scan};
pub use weights::{Standardisation, Weights, suggested_tolerance};

/// The worked examples in the project's method notes, run as tests.
#[cfg(doctest)]
mod method_notes {
    #[doc = include_str!("../../../docs/methods/accuracy.md")]
    struct Accuracy;
    #[doc = include_str!("../../../docs/methods/coverage.md")]
    struct Coverage;
    #[doc = include_str!("../../../docs/methods/gi-star.md")]
    struct GiStar;
    #[doc = include_str!("../../../docs/methods/kernel-density.md")]
    struct KernelDensity;
    #[doc = include_str!("../../../docs/methods/local-permutation.md")]
    struct LocalPermutation;
    #[doc = include_str!("../../../docs/methods/near-repeat.md")]
    struct NearRepeat;
    #[doc = include_str!("../../../docs/methods/patrols.md")]
    struct Patrols;
    #[doc = include_str!("../../../docs/methods/ranking.md")]
    struct Ranking;
    #[doc = include_str!("../../../docs/methods/rates.md")]
    struct Rates;
    #[doc = include_str!("../../../docs/methods/space-time-scan.md")]
    struct SpaceTimeScan;
}
