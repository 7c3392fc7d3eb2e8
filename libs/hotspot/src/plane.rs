//! From longitudes and latitudes to a plane in metres, and which system coordinates are in.

use geo::Coord;

use crate::PointError;

/// A local plane in metres round a centre, for distances and densities over a county.
///
/// East and north of the centre by the radii of curvature of the WGS 84 ellipsoid there. Thirty kilometres
/// north or south of the centre east-west distances are off by 0.7 % (at 55° north), less nearer by; where
/// that matters, project to the British National Grid first.
///
/// Source: Snyder, J. P. (1987), *Map Projections: A Working Manual*, equidistant cylindrical.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    centre: Coord<f64>,
    per_degree: Coord<f64>,
}

impl Plane {
    /// The plane round the middle of the points' bounding box; x is longitude and y latitude, in degrees.
    ///
    /// # Errors
    ///
    /// [`PointError::TooFew`] without points, [`PointError::NotFinite`] for one that is not a number,
    /// [`PointError::Degrees`] for one that is no place on the earth.
    ///
    /// # Example
    ///
    /// ```
    /// use geo::coord;
    /// use hotspot::Plane;
    ///
    /// let plane = Plane::around(&[coord! { x: -1.575, y: 54.776 }])?;
    /// let east = plane.metres(coord! { x: -1.565, y: 54.776 });
    /// assert!((east.x - 643.7).abs() < 0.5 && east.y == 0.0);
    /// # Ok::<(), hotspot::PointError>(())
    /// ```
    pub fn around(degrees: &[Coord<f64>]) -> Result<Self, PointError> {
        crate::weights::finite(degrees)?;
        let Some(&first) = degrees.first() else {
            return Err(PointError::TooFew {
                points: 0,
                needed: 1,
            });
        };
        let (mut low, mut high) = (first, first);
        for (point, at) in degrees.iter().enumerate() {
            if at.x.abs() > 180.0 || at.y.abs() > 90.0 {
                return Err(PointError::Degrees { point });
            }
            low = Coord {
                x: low.x.min(at.x),
                y: low.y.min(at.y),
            };
            high = Coord {
                x: high.x.max(at.x),
                y: high.y.max(at.y),
            };
        }
        let centre = (low + high) / 2.0;
        // WGS 84: equatorial radius and the square of the eccentricity.
        let (radius, eccentricity) = (6_378_137.0, 0.006_694_379_990_14);
        let latitude = centre.y.to_radians();
        let bend = 1.0 - eccentricity * latitude.sin().powi(2);
        let across = radius / bend.sqrt();
        let along = radius * (1.0 - eccentricity) / bend.powf(1.5);
        Ok(Self {
            centre,
            per_degree: Coord {
                x: (across * latitude.cos()).to_radians(),
                y: along.to_radians(),
            },
        })
    }

    /// Metres east and north of the centre.
    #[must_use]
    pub fn metres(&self, degrees: Coord<f64>) -> Coord<f64> {
        Coord {
            x: (degrees.x - self.centre.x) * self.per_degree.x,
            y: (degrees.y - self.centre.y) * self.per_degree.y,
        }
    }

    /// Longitude and latitude of a place in the plane.
    #[must_use]
    pub fn degrees(&self, metres: Coord<f64>) -> Coord<f64> {
        Coord {
            x: self.centre.x + metres.x / self.per_degree.x,
            y: self.centre.y + metres.y / self.per_degree.y,
        }
    }
}

/// Which system coordinates of places in Great Britain seem to be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoordinateSystem {
    /// Eastings and northings of the British National Grid, in metres.
    BritishNationalGrid,
    /// Longitude first, then latitude, in degrees.
    LongitudeLatitude,
    /// Latitude first: the two are in the wrong order.
    LatitudeLongitude,
    /// None of these: somewhere else, mixed, or mistaken.
    Unknown,
}

impl CoordinateSystem {
    /// The system in which all of the points lie in Great Britain (with the sea round it).
    ///
    /// Meant for a clear message when a file's columns are in the wrong system: a distance of '200' means
    /// nothing in degrees.
    ///
    /// ```
    /// use geo::coord;
    /// use hotspot::CoordinateSystem;
    ///
    /// let swapped = CoordinateSystem::guess(&[coord! { x: 54.776, y: -1.575 }]);
    /// assert_eq!(swapped, CoordinateSystem::LatitudeLongitude);
    /// ```
    #[must_use]
    pub fn guess(points: &[Coord<f64>]) -> Self {
        let all = |x: std::ops::Range<f64>, y: std::ops::Range<f64>| {
            points
                .iter()
                .all(|at| x.contains(&at.x) && y.contains(&at.y))
        };
        if points.is_empty() {
            Self::Unknown
        } else if all(-9.0..2.5, 49.0..61.5) {
            Self::LongitudeLatitude
        } else if all(49.0..61.5, -9.0..2.5) {
            Self::LatitudeLongitude
        } else if all(1_000.0..700_000.0, 1_000.0..1_300_000.0) {
            Self::BritishNationalGrid
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::coord;

    use super::*;

    #[test]
    fn there_and_back() {
        let points = [coord! { x: -2.3, y: 54.4 }, coord! { x: -1.2, y: 54.95 }];
        let plane = Plane::around(&points).unwrap();
        for at in points {
            let back = plane.degrees(plane.metres(at));
            assert!((back.x - at.x).abs() < 1e-12 && (back.y - at.y).abs() < 1e-12);
        }
        // A degree of latitude at 54.7° north is 111.3 km.
        let north =
            plane.metres(coord! { x: 0.0, y: 55.0 }).y - plane.metres(coord! { x: 0.0, y: 54.0 }).y;
        assert!((north - 111_310.0).abs() < 20.0, "{north}");
    }

    #[test]
    fn what_is_no_place_is_refused() {
        assert!(Plane::around(&[]).is_err());
        assert!(Plane::around(&[coord! { x: f64::NAN, y: 0.0 }]).is_err());
        let metres = Plane::around(&[coord! { x: 427_000.0, y: 542_000.0 }]);
        assert_eq!(metres, Err(PointError::Degrees { point: 0 }));
        let guess = |x, y| CoordinateSystem::guess(&[coord! { x: x, y: y }]);
        assert_eq!(
            guess(427_000.0, 542_000.0),
            CoordinateSystem::BritishNationalGrid
        );
        assert_eq!(guess(-1.5, 54.7), CoordinateSystem::LongitudeLatitude);
        assert_eq!(guess(0.0, 0.0), CoordinateSystem::Unknown);
    }
}
