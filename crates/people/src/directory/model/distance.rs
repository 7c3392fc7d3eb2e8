//! Straight-line distances.

/// The earth's mean radius (IUGG), in metres.
const EARTH: f64 = 6_371_008.8;

/// Metres in a mile (statute).
pub const MILE: f64 = 1_609.344;

/// A point: longitude and latitude in degrees, WGS84.
pub type Point = (f64, f64);

/// Whether a pair of numbers can be a place on earth.
#[must_use]
pub fn is_place(longitude: f64, latitude: f64) -> bool {
    longitude.is_finite()
        && latitude.is_finite()
        && (-180.0..=180.0).contains(&longitude)
        && (-90.0..=90.0).contains(&latitude)
}

/// Metres between two points in a straight line over the earth's surface: the haversine formula on
/// a sphere, within 0.5 % of the ellipsoid. Roads are longer.
#[must_use]
pub fn metres(from: Point, to: Point) -> f64 {
    let (west, south) = (from.0.to_radians(), from.1.to_radians());
    let (east, north) = (to.0.to_radians(), to.1.to_radians());
    let height = ((north - south) / 2.0).sin().powi(2);
    let width = ((east - west) / 2.0).sin().powi(2);
    let part = height + south.cos() * north.cos() * width;
    2.0 * EARTH * part.clamp(0.0, 1.0).sqrt().asin()
}

/// Miles to one decimal below ten, whole above: as people say them. At least 0.1.
#[must_use]
pub fn miles_shown(metres: f64) -> String {
    let miles = metres / MILE;
    if miles < 9.95 {
        format!("{:.1}", miles.max(0.1))
    } else {
        format!("{miles:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_distances() {
        // Durham and Newcastle railway stations lie some 21 km apart.
        let apart = metres((-1.5817, 54.7793), (-1.6174, 54.9683));
        assert!((apart - 21_150.0).abs() < 200.0, "{apart}");
        assert_eq!(miles_shown(10.0), "0.1");
        assert_eq!(miles_shown(2_575.0), "1.6");
        assert_eq!(miles_shown(20_000.0), "12");
    }

    fn place() -> impl Strategy<Value = Point> {
        (-8.0..2.0_f64, 49.0..61.0_f64)
    }

    proptest! {
        #[test]
        fn a_distance_is_one(a in place(), b in place(), c in place()) {
            prop_assert!(metres(a, a) < 0.001);
            prop_assert!((metres(a, b) - metres(b, a)).abs() < 0.001);
            prop_assert!(metres(a, c) <= metres(a, b) + metres(b, c) + 0.001);
        }
    }
}
