//! A piece of ground that a reader asks about: around a point, drawn by hand, or an area of a set.

use chrono::NaiveDate;
use geo::{BoundingRect as _, Contains as _, Distance as _, Haversine, MultiPolygon, Point};

/// West, south, east and north in degrees: a coarse first filter, for `where longitude between …`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The westernmost longitude.
    pub west: f64,
    /// The southernmost latitude.
    pub south: f64,
    /// The easternmost longitude.
    pub east: f64,
    /// The northernmost latitude.
    pub north: f64,
}

impl Bounds {
    /// Whether a point lies in it, its edges included.
    #[must_use]
    pub fn contains(&self, latitude: f64, longitude: f64) -> bool {
        (self.west..=self.east).contains(&longitude)
            && (self.south..=self.north).contains(&latitude)
    }
}

/// A piece of ground, WGS84.
#[derive(Debug, Clone, PartialEq)]
pub enum Ground {
    /// Around a point.
    Around {
        /// Latitude of the point, degrees.
        latitude: f64,
        /// Longitude of the point, degrees.
        longitude: f64,
        /// Radius, metres.
        metres: f64,
    },
    /// An area that somebody drew.
    Drawn(MultiPolygon<f64>),
    /// An area of a loaded set, such as a ward.
    Area {
        /// The set, such as `ward-2022`.
        set: String,
        /// The area's code.
        code: String,
        /// Its shape.
        shape: MultiPolygon<f64>,
    },
}

impl Ground {
    /// Whether a point lies on it. Around a point: by the great circle, the rim included; in a
    /// shape: as `geo` has it, where points on the edge itself lie outside.
    #[must_use]
    pub fn contains(&self, latitude: f64, longitude: f64) -> bool {
        if !(latitude.is_finite() && longitude.is_finite()) {
            return false;
        }
        let point = Point::new(longitude, latitude);
        match self {
            Self::Around {
                latitude,
                longitude,
                metres,
            } => Haversine.distance(Point::new(*longitude, *latitude), point) <= *metres,
            Self::Drawn(shape) | Self::Area { shape, .. } => shape.contains(&point),
        }
    }

    /// The box around it; whatever lies on the ground lies in its box. None where a shape is empty.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        match self {
            Self::Around {
                latitude,
                longitude,
                metres,
            } => {
                // A little wider than the circle: the box may only ever err outwards.
                let north = metres / 111_000.0;
                let shrink = (latitude.abs() + north).min(89.9).to_radians().cos();
                let east = north / shrink;
                Some(Bounds {
                    west: longitude - east,
                    south: latitude - north,
                    east: longitude + east,
                    north: latitude + north,
                })
            }
            Self::Drawn(shape) | Self::Area { shape, .. } => {
                let around = shape.bounding_rect()?;
                Some(Bounds {
                    west: around.min().x,
                    south: around.min().y,
                    east: around.max().x,
                    north: around.max().y,
                })
            }
        }
    }
}

/// What a reader of a place file asks for: where, and which days.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceQuery {
    /// Where.
    pub ground: Ground,
    /// What the reader called it, such as '100 metres around DH1 5UL'.
    pub words: String,
    /// The postcode where one was asked for, as `DH1 5UL`: for records that have no point.
    pub postcode: Option<String>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day, included.
    pub to: NaiveDate,
}

impl PlaceQuery {
    /// Whether a point lies on the ground.
    #[must_use]
    pub fn contains(&self, latitude: f64, longitude: f64) -> bool {
        self.ground.contains(latitude, longitude)
    }

    /// The box around the ground.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        self.ground.bounds()
    }

    /// Whether a day lies in the period.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use geo::{Destination as _, polygon};
    use proptest::prelude::*;

    use super::*;

    fn square(west: f64, south: f64, side: f64) -> MultiPolygon<f64> {
        MultiPolygon(vec![polygon![
            (x: west, y: south), (x: west + side, y: south),
            (x: west + side, y: south + side), (x: west, y: south + side), (x: west, y: south)
        ]])
    }

    #[test]
    fn nothing_lies_on_an_empty_shape_or_nowhere() {
        let empty = Ground::Drawn(MultiPolygon(Vec::new()));
        assert_eq!(empty.bounds(), None);
        assert!(!empty.contains(54.7, -1.5));
        let around = Ground::Around {
            latitude: 54.7,
            longitude: -1.5,
            metres: 100.0,
        };
        assert!(!around.contains(f64::NAN, -1.5) && !around.contains(54.7, f64::INFINITY));
    }

    proptest! {
        #[test]
        fn a_circle_holds_what_is_nearer_than_its_radius_and_its_box_holds_the_circle(
            latitude in 49.0_f64..61.0, longitude in -8.0_f64..2.0, metres in 50.0_f64..500.0,
            bearing in 0.0_f64..360.0, share in 0.0_f64..2.0,
        ) {
            prop_assume!((share - 1.0).abs() > 0.001);
            let ground = Ground::Around { latitude, longitude, metres };
            let there = Haversine.destination(Point::new(longitude, latitude), bearing, metres * share);
            prop_assert_eq!(ground.contains(there.y(), there.x()), share < 1.0);
            if share < 1.0 {
                prop_assert!(ground.bounds().unwrap().contains(there.y(), there.x()));
            }
        }

        #[test]
        fn a_shape_holds_what_is_inside_and_its_box_holds_the_shape(
            west in -3.0_f64..0.0, south in 50.0_f64..58.0, side in 0.001_f64..0.1,
            x in -0.5_f64..1.5, y in -0.5_f64..1.5,
        ) {
            let edge = |share: f64| share.abs() < 0.001 || (share - 1.0).abs() < 0.001;
            prop_assume!(!edge(x) && !edge(y));
            let ground = Ground::Drawn(square(west, south, side));
            let (longitude, latitude) = (west + side * x, south + side * y);
            let inside = (0.0..1.0).contains(&x) && (0.0..1.0).contains(&y);
            prop_assert_eq!(ground.contains(latitude, longitude), inside);
            prop_assert!(!inside || ground.bounds().unwrap().contains(latitude, longitude));
        }
    }
}
