//! Kernels: how the weight of one incident is spread round it.

use std::f64::consts::PI;

/// The shape in which one incident is spread over the plane.
///
/// The bandwidth is the standard deviation of the Gaussian, and the radius beyond which the others are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// The bell curve, in two dimensions.
    Gaussian,
    /// `3/(π h²) (1 − (d/h)²)²`; CrimeStat's and ArcGIS's usual choice.
    Quartic,
    /// `2/(π h²) (1 − (d/h)²)`.
    Epanechnikov,
    /// `3/(π h²) (1 − d/h)`.
    Triangular,
    /// `1/(π h²)` everywhere within the radius.
    Uniform,
}

impl Kernel {
    /// All kernels.
    pub const ALL: [Self; 5] = [
        Self::Gaussian,
        Self::Quartic,
        Self::Epanechnikov,
        Self::Triangular,
        Self::Uniform,
    ];

    /// The kernel with bandwidth 1 at a squared distance.
    #[inline]
    pub(super) fn at(self, squared: f64) -> f64 {
        let inside = 1.0 - squared;
        match self {
            Self::Gaussian => (-0.5 * squared).exp() / (2.0 * PI),
            _ if inside < 0.0 => 0.0,
            Self::Quartic => 3.0 / PI * inside * inside,
            Self::Epanechnikov => 2.0 / PI * inside,
            Self::Triangular => 3.0 / PI * (1.0 - squared.sqrt()),
            Self::Uniform => 1.0 / PI,
        }
    }

    /// How many bandwidths the kernel reaches; for the Gaussian, to a 10⁻¹⁵th of its peak.
    pub(super) fn reach(self) -> f64 {
        match self {
            Self::Gaussian => 8.3,
            _ => 1.0,
        }
    }

    /// What the Gaussian's bandwidth is multiplied by for an equally smooth map with this kernel.
    ///
    /// `(R(K) / μ₂(K)²)^(1/6)` over that of the Gaussian, with R the integral of the squared kernel and μ₂ its
    /// variance along one axis: the factor by which bandwidths of least mean integrated squared error
    /// differ in two dimensions (Wand and Jones 1995, *Kernel Smoothing*, section 4.5).
    pub(super) fn canonical(self) -> f64 {
        let (roughness, variance) = match self {
            Self::Gaussian => return 1.0,
            Self::Quartic => (9.0 / (5.0 * PI), 1.0 / 8.0),
            Self::Epanechnikov => (4.0 / (3.0 * PI), 1.0 / 6.0),
            Self::Triangular => (3.0 / (2.0 * PI), 3.0 / 20.0),
            Self::Uniform => (1.0 / PI, 1.0 / 4.0),
        };
        let gaussian = 1.0 / (4.0 * PI);
        (roughness / (variance * variance) / gaussian).powf(1.0 / 6.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_hold_one_and_have_the_moments_used() {
        for kernel in Kernel::ALL {
            let reach = kernel.reach();
            let steps = 200_000;
            let (mut mass, mut variance, mut squares) = (0.0, 0.0, 0.0);
            for step in 0..steps {
                let r = (f64::from(step) + 0.5) / f64::from(steps) * reach;
                let ring = 2.0 * PI * r * reach / f64::from(steps);
                let value = kernel.at(r * r);
                mass += value * ring;
                variance += 0.5 * r * r * value * ring;
                squares += value * value * ring;
            }
            assert!((mass - 1.0).abs() < 1e-4, "{kernel:?} {mass}");
            let canonical = (squares / (variance * variance) * 4.0 * PI).powf(1.0 / 6.0);
            assert!(
                (canonical - kernel.canonical()).abs() < 1e-4,
                "{kernel:?} {canonical}"
            );
        }
    }
}
