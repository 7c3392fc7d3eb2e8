//! How far apart two points are.

/// Mean radius of the earth, metres (International Union of Geodesy and Geophysics, R₁ of GRS80).
const RADIUS: f64 = 6_371_008.8;

/// Metres between two points, each latitude and longitude in degrees (WGS84), along a great circle by the
/// haversine formula; within 0.6 % of the ellipsoid. None where a coordinate is none on the earth.
///
/// Source: R. W. Sinnott (1984), *Virtues of the haversine*, Sky and Telescope 68 (2).
///
/// ```
/// let away = linkage::metres((40.7128, -74.0060), (51.5074, -0.1278));
/// assert_eq!(away.map(f64::round), Some(5_570_230.0));
/// ```
#[must_use]
pub fn metres(a: (f64, f64), b: (f64, f64)) -> Option<f64> {
    let good = |(latitude, longitude): (f64, f64)| {
        (-90.0..=90.0).contains(&latitude) && (-360.0..=360.0).contains(&longitude)
    };
    if !good(a) || !good(b) {
        return None;
    }
    let half = |from: f64, to: f64| libm::sin((to - from).to_radians() / 2.0);
    let (north, east) = (half(a.0, b.0), half(a.1, b.1));
    let between =
        north * north + libm::cos(a.0.to_radians()) * libm::cos(b.0.to_radians()) * east * east;
    Some(2.0 * RADIUS * libm::asin(libm::sqrt(between.clamp(0.0, 1.0))))
}
