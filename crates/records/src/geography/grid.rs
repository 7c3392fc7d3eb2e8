//! British National Grid (OSGB36) to longitude and latitude (WGS84) and back.
//!
//! By the seven-parameter Helmert transformation, which is good to about 5 m over Great Britain;
//! the survey's own OSTN15 grid is exact but large. Formulas and parameters: Ordnance Survey, *A
//! guide to coordinate systems in Great Britain*, v3.6, sections 6.6 and annexes B and C.

/// Semi-axes of an ellipsoid, in metres.
struct Ellipsoid {
    a: f64,
    b: f64,
}

impl Ellipsoid {
    fn eccentricity_squared(&self) -> f64 {
        1.0 - (self.b * self.b) / (self.a * self.a)
    }
}

const AIRY_1830: Ellipsoid = Ellipsoid {
    a: 6_377_563.396,
    b: 6_356_256.909,
};
const WGS84: Ellipsoid = Ellipsoid {
    a: 6_378_137.0,
    b: 6_356_752.314_245,
};

/// The National Grid's transverse Mercator projection.
const SCALE: f64 = 0.999_601_271_7;
const ORIGIN_LATITUDE: f64 = 49.0;
const ORIGIN_LONGITUDE: f64 = -2.0;
const ORIGIN_EASTING: f64 = 400_000.0;
const ORIGIN_NORTHING: f64 = -100_000.0;

/// Helmert parameters from WGS84 to OSGB36: metres, parts per million, seconds of arc.
const SHIFT: [f64; 3] = [-446.448, 125.157, -542.060];
const SCALE_PPM: f64 = 20.4894;
const TURN: [f64; 3] = [-0.1502, -0.2470, -0.8421];

/// Whether a pair of numbers can be a place on the National Grid: within its 700 by 1,300 km.
#[must_use]
pub fn is_on_grid(easting: f64, northing: f64) -> bool {
    (0.0..=700_000.0).contains(&easting) && (0.0..=1_300_000.0).contains(&northing)
}

/// Easting and northing, in metres, of a longitude and latitude in degrees.
#[must_use]
pub fn from_wgs84(longitude: f64, latitude: f64) -> (f64, f64) {
    let earth = to_cartesian(&WGS84, longitude.to_radians(), latitude.to_radians());
    let (longitude, latitude) = from_cartesian(&AIRY_1830, helmert(earth, 1.0));
    project(longitude, latitude)
}

/// Longitude and latitude, in degrees, of an easting and northing in metres.
#[must_use]
pub fn to_wgs84(easting: f64, northing: f64) -> (f64, f64) {
    let (longitude, latitude) = unproject(easting, northing);
    let earth = to_cartesian(&AIRY_1830, longitude, latitude);
    let (longitude, latitude) = from_cartesian(&WGS84, helmert(earth, -1.0));
    (longitude.to_degrees(), latitude.to_degrees())
}

fn to_cartesian(on: &Ellipsoid, longitude: f64, latitude: f64) -> [f64; 3] {
    let e2 = on.eccentricity_squared();
    let (sin, cos) = latitude.sin_cos();
    let nu = on.a / (1.0 - e2 * sin * sin).sqrt();
    [
        nu * cos * longitude.cos(),
        nu * cos * longitude.sin(),
        (1.0 - e2) * nu * sin,
    ]
}

fn from_cartesian(on: &Ellipsoid, [x, y, z]: [f64; 3]) -> (f64, f64) {
    let e2 = on.eccentricity_squared();
    let p = x.hypot(y);
    let mut latitude = z.atan2(p * (1.0 - e2));
    for _ in 0..10 {
        let sin = latitude.sin();
        let nu = on.a / (1.0 - e2 * sin * sin).sqrt();
        latitude = (z + e2 * nu * sin).atan2(p);
    }
    (y.atan2(x), latitude)
}

/// The transformation with all parameters times `sign`: 1 from WGS84 to OSGB36, -1 back.
fn helmert([x, y, z]: [f64; 3], sign: f64) -> [f64; 3] {
    let [tx, ty, tz] = SHIFT.map(|t| t * sign);
    let [rx, ry, rz] = TURN.map(|seconds| (seconds * sign / 3600.0).to_radians());
    let s = 1.0 + sign * SCALE_PPM * 1e-6;
    [
        tx + s * x - rz * y + ry * z,
        ty + rz * x + s * y - rx * z,
        tz - ry * x + rx * y + s * z,
    ]
}

/// Length of the meridian from the origin's latitude, already scaled (annex C, equation C3).
fn meridian(latitude: f64) -> f64 {
    let n = (AIRY_1830.a - AIRY_1830.b) / (AIRY_1830.a + AIRY_1830.b);
    let origin = ORIGIN_LATITUDE.to_radians();
    let (less, more) = (latitude - origin, latitude + origin);
    let (n2, n3) = (n * n, n * n * n);
    AIRY_1830.b
        * SCALE
        * ((1.0 + n + 1.25 * n2 + 1.25 * n3) * less
            - (3.0 * n + 3.0 * n2 + 2.625 * n3) * less.sin() * more.cos()
            + (1.875 * n2 + 1.875 * n3) * (2.0 * less).sin() * (2.0 * more).cos()
            - 35.0 / 24.0 * n3 * (3.0 * less).sin() * (3.0 * more).cos())
}

/// Radii of curvature at a latitude: nu, rho and eta squared (equation C2).
fn radii(latitude: f64) -> (f64, f64, f64) {
    let e2 = AIRY_1830.eccentricity_squared();
    let w = 1.0 - e2 * latitude.sin().powi(2);
    let nu = AIRY_1830.a * SCALE / w.sqrt();
    let rho = AIRY_1830.a * SCALE * (1.0 - e2) / w.powf(1.5);
    (nu, rho, nu / rho - 1.0)
}

fn project(longitude: f64, latitude: f64) -> (f64, f64) {
    let (nu, rho, eta2) = radii(latitude);
    let (sin, cos) = latitude.sin_cos();
    let tan2 = latitude.tan().powi(2);
    let l = longitude - ORIGIN_LONGITUDE.to_radians();
    let north = meridian(latitude)
        + ORIGIN_NORTHING
        + nu / 2.0 * sin * cos * l.powi(2)
        + nu / 24.0 * sin * cos.powi(3) * (5.0 - tan2 + 9.0 * eta2) * l.powi(4)
        + nu / 720.0 * sin * cos.powi(5) * (61.0 - 58.0 * tan2 + tan2 * tan2) * l.powi(6);
    let east = ORIGIN_EASTING
        + nu * cos * l
        + nu / 6.0 * cos.powi(3) * (nu / rho - tan2) * l.powi(3)
        + nu / 120.0
            * cos.powi(5)
            * (5.0 - 18.0 * tan2 + tan2 * tan2 + 14.0 * eta2 - 58.0 * tan2 * eta2)
            * l.powi(5);
    (east, north)
}

fn unproject(easting: f64, northing: f64) -> (f64, f64) {
    let reach = northing - ORIGIN_NORTHING;
    let mut latitude = ORIGIN_LATITUDE.to_radians() + reach / (AIRY_1830.a * SCALE);
    for _ in 0..20 {
        let left = reach - meridian(latitude);
        if left.abs() < 1e-5 {
            break;
        }
        latitude += left / (AIRY_1830.a * SCALE);
    }
    let (nu, rho, eta2) = radii(latitude);
    let tan = latitude.tan();
    let (tan2, sec) = (tan * tan, 1.0 / latitude.cos());
    let e = easting - ORIGIN_EASTING;
    let lat = latitude - tan / (2.0 * rho * nu) * e.powi(2)
        + tan / (24.0 * rho * nu.powi(3))
            * (5.0 + 3.0 * tan2 + eta2 - 9.0 * tan2 * eta2)
            * e.powi(4)
        - tan / (720.0 * rho * nu.powi(5)) * (61.0 + 90.0 * tan2 + 45.0 * tan2 * tan2) * e.powi(6);
    let lon = ORIGIN_LONGITUDE.to_radians() + sec / nu * e
        - sec / (6.0 * nu.powi(3)) * (nu / rho + 2.0 * tan2) * e.powi(3)
        + sec / (120.0 * nu.powi(5)) * (5.0 + 28.0 * tan2 + 24.0 * tan2 * tan2) * e.powi(5)
        - sec / (5040.0 * nu.powi(7))
            * (61.0 + 662.0 * tan2 + 1320.0 * tan2 * tan2 + 720.0 * tan2.powi(3))
            * e.powi(7);
    (lon, lat)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the guide's annex C, on the Airy ellipsoid: 52°39'27.2531" N,
    /// 1°43'4.5177" E is 651409.903, 313177.270.
    #[test]
    fn the_survey_s_worked_example() {
        let latitude = (52.0 + 39.0 / 60.0 + 27.2531 / 3600.0_f64).to_radians();
        let longitude = (1.0 + 43.0 / 60.0 + 4.5177 / 3600.0_f64).to_radians();
        let (east, north) = project(longitude, latitude);
        assert!((east - 651_409.903).abs() < 0.001, "{east}");
        assert!((north - 313_177.270).abs() < 0.001, "{north}");
        let (back_longitude, back_latitude) = unproject(651_409.903, 313_177.270);
        assert!((back_longitude - longitude).abs() < 1e-9);
        assert!((back_latitude - latitude).abs() < 1e-9);
    }

    #[test]
    fn there_and_back_again() {
        for (easting, northing) in [
            (427_300.0, 542_100.0),
            (90_000.0, 10_000.0),
            (460_000.0, 1_210_000.0),
        ] {
            let (longitude, latitude) = to_wgs84(easting, northing);
            let (e, n) = from_wgs84(longitude, latitude);
            // The inverse of the small-angle Helmert is itself with its signs turned, to a few cm.
            assert!(
                (e - easting).hypot(n - northing) < 0.1,
                "{easting} {northing}: {e} {n}"
            );
        }
    }
}
