//! What may be asked for: a place in one of four ways, a period and a purpose. Pure.

use commonweal_records::geography::grid;
use commonweal_records::geography::postcode::Postcode;
use geo::line_intersection::{LineIntersection, line_intersection};
use geo::{ConvexHull as _, Coord, GeodesicArea as _, Line, LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};

/// The smallest, largest and usual radius, metres.
pub(super) const RADIUS: (u32, u32, u32) = (50, 500, 100);
/// Months back that can be asked for; the first is usual.
pub(super) const MONTHS: [(i32, &str); 4] = [
    (12, "The last 12 months"),
    (3, "The last 3 months"),
    (24, "The last 2 years"),
    (60, "The last 5 years"),
];
/// Why somebody opens a place file; recorded with the reading.
pub(super) const PURPOSES: [(&str, &str); 6] = [
    ("casework", "A report or case"),
    ("patrol", "A patrol, visit or audit"),
    ("problem solving", "Solving a problem at a place"),
    ("safeguarding", "Safeguarding somebody"),
    ("case review", "A case review"),
    ("analysis", "Analysis or a report about a place"),
];
/// The most corners of a drawn area.
const CORNERS: usize = 200;
/// The largest drawn area, square kilometres.
const LARGEST: f64 = 25.0;

/// Where, as it was asked for and is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub(super) enum Where {
    /// Around a postcode's point.
    Postcode {
        /// `DH1 5UL`.
        postcode: String,
        /// House and street where the reader named them: words only.
        address: String,
        latitude: f64,
        longitude: f64,
        metres: u32,
    },
    /// Around a point.
    Point {
        latitude: f64,
        longitude: f64,
        metres: u32,
    },
    /// Longitude and latitude of each corner.
    Drawn { corners: Vec<[f64; 2]> },
    /// An area of a loaded set.
    Area { set: String, code: String },
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) at: Where,
    pub(super) months: i32,
    pub(super) purpose: String,
}

/// A radius as typed, in metres; empty is the usual one.
pub(super) fn radius(text: &str) -> Result<u32, String> {
    let (least, most, usual) = RADIUS;
    let text = text.trim().trim_end_matches(['m', ' ']);
    if text.is_empty() {
        return Ok(usual);
    }
    text.parse::<u32>()
        .ok()
        .filter(|metres| (least..=most).contains(metres))
        .ok_or_else(|| format!("The radius must be a number of metres from {least} to {most}"))
}

/// Latitude and longitude of a point as people write it: `54.775, -1.58`, or easting and northing of
/// the National Grid in metres, `427312 542167`.
pub(super) fn point(text: &str) -> Result<(f64, f64), String> {
    let wrong = || {
        "Enter latitude and longitude, such as 54.7753, -1.5849, or easting and northing, such as 426812, 541980"
            .to_owned()
    };
    let parts: Vec<&str> = text
        .split([',', ';', ' ', '\t'])
        .filter(|part| !part.is_empty())
        .collect();
    let [first, second] = parts.as_slice() else {
        return Err(wrong());
    };
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
    let (first, second) = (
        number(first).ok_or_else(wrong)?,
        number(second).ok_or_else(wrong)?,
    );
    let (latitude, longitude) = if grid::is_on_grid(first, second) && first.abs() > 180.0 {
        let (longitude, latitude) = grid::to_wgs84(first, second);
        (latitude, longitude)
    } else {
        (first, second)
    };
    if (49.0..=61.5).contains(&latitude) && (-9.0..=2.5).contains(&longitude) {
        Ok((latitude, longitude))
    } else {
        Err("This point is not in the United Kingdom. Latitude comes first, then longitude, which is negative to the west".to_owned())
    }
}

/// The corners of a drawn area: one point a line, as [`point`] reads it, or a GeoJSON polygon. A last
/// corner that repeats the first may stand there or not.
pub(super) fn corners(text: &str) -> Result<Vec<[f64; 2]>, String> {
    let mut corners = if text.trim_start().starts_with('{') {
        from_geojson(text)?
    } else {
        text.lines()
            .filter(|line| !line.trim().is_empty())
            .enumerate()
            .map(|(n, line)| {
                point(line)
                    .map(|(latitude, longitude)| [longitude, latitude])
                    .map_err(|why| format!("Corner {}: {why}", n + 1))
            })
            .collect::<Result<Vec<_>, _>>()?
    };
    if corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    if corners.len() < 3 {
        return Err("An area needs three corners at least, one on each line".to_owned());
    }
    if corners.len() > CORNERS {
        return Err(format!("An area may have {CORNERS} corners at most"));
    }
    let area = polygon(&corners);
    let square_km = |polygon: &Polygon<f64>| polygon.geodesic_area_unsigned() / 1_000_000.0;
    if square_km(&area.convex_hull()) < 0.0001 {
        return Err(
            "The corners lie on one line or too near to each other: they enclose nothing"
                .to_owned(),
        );
    }
    if crosses_itself(&area) {
        return Err("The outline crosses itself. Put the corners in the order in which you would walk round".to_owned());
    }
    let square_km = square_km(&area);
    if square_km > LARGEST {
        return Err(format!(
            "The area is {square_km:.0} square kilometres. Draw one of {LARGEST:.0} or fewer, or choose a ward"
        ));
    }
    Ok(corners)
}

fn from_geojson(text: &str) -> Result<Vec<[f64; 2]>, String> {
    let wrong =
        || "This is not a GeoJSON polygon. Paste a polygon, or one corner on each line".to_owned();
    let geometry = match text.parse::<geojson::GeoJson>().map_err(|_| wrong())? {
        geojson::GeoJson::Geometry(geometry) => Some(geometry),
        geojson::GeoJson::Feature(feature) => feature.geometry,
        geojson::GeoJson::FeatureCollection(all) => all
            .features
            .into_iter()
            .find_map(|feature| feature.geometry),
    };
    let geometry = geometry.ok_or_else(wrong)?;
    let Ok(geo::Geometry::Polygon(polygon)) = geo::Geometry::<f64>::try_from(geometry) else {
        return Err(wrong());
    };
    polygon
        .exterior()
        .coords()
        .map(|corner| point(&format!("{}, {}", corner.y, corner.x)).map(|(y, x)| [x, y]))
        .collect()
}

/// The polygon of corners.
pub(super) fn polygon(corners: &[[f64; 2]]) -> Polygon<f64> {
    let ring: Vec<Coord<f64>> = corners
        .iter()
        .map(|[x, y]| Coord { x: *x, y: *y })
        .collect();
    Polygon::new(LineString(ring), Vec::new())
}

/// The shape of corners, as the ports take it.
pub(super) fn shape(corners: &[[f64; 2]]) -> MultiPolygon<f64> {
    MultiPolygon(vec![polygon(corners)])
}

fn crosses_itself(polygon: &Polygon<f64>) -> bool {
    let lines: Vec<Line<f64>> = polygon.exterior().lines().collect();
    lines.iter().enumerate().any(|(n, one)| {
        lines
            .iter()
            .skip(n + 1)
            .any(|other| match line_intersection(*one, *other) {
                Some(LineIntersection::SinglePoint { is_proper, .. }) => is_proper,
                Some(LineIntersection::Collinear { intersection }) => {
                    intersection.start != intersection.end
                }
                None => false,
            })
    })
}

/// The place in words: 'within 100 metres of DH1 5UL'.
pub(super) fn words(at: &Where, area: Option<&str>) -> String {
    match at {
        Where::Postcode {
            postcode,
            address,
            metres,
            ..
        } if address.is_empty() => format!("Within {metres} metres of {postcode}"),
        Where::Postcode {
            postcode,
            address,
            metres,
            ..
        } => format!("Within {metres} metres of {address}, {postcode}"),
        Where::Point {
            latitude,
            longitude,
            metres,
        } => format!("Within {metres} metres of {latitude:.5}, {longitude:.5}"),
        Where::Drawn { corners } => {
            let square_km = polygon(corners).geodesic_area_unsigned() / 1_000_000.0;
            if square_km < 0.1 {
                format!(
                    "A drawn area of {:.0} square metres",
                    square_km * 1_000_000.0
                )
            } else {
                format!("A drawn area of {square_km:.1} square kilometres")
            }
        }
        Where::Area { .. } => area
            .unwrap_or("An area that is not loaded any more")
            .to_owned(),
    }
}

/// A postcode as typed.
pub(super) fn postcode(text: &str) -> Result<Postcode, String> {
    text.parse::<Postcode>()
        .map_err(|_| "Enter a full postcode, such as DH1 5UL".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_are_read_as_people_write_them() {
        for text in [
            "54.775, -1.58",
            " 54.775 -1.58 ",
            "54.775;-1.58",
            "54.775,-1.58",
        ] {
            assert_eq!(point(text), Ok((54.775, -1.58)), "{text}");
        }
        let (latitude, longitude) = point("427130, 542290").unwrap();
        assert!(
            (latitude - 54.775).abs() < 0.01 && (longitude + 1.58).abs() < 0.01,
            "{latitude} {longitude}"
        );
        for text in [
            "",
            "54.775",
            "a, b",
            "-1.58, 54.775",
            "1, 2, 3",
            "inf, 1",
            "54.775, -1.58, 3",
        ] {
            assert!(point(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_radius_is_within_its_limits() {
        assert_eq!(radius(""), Ok(100));
        assert_eq!(radius("250 m"), Ok(250));
        for text in ["49", "501", "x", "-1", "1e9"] {
            assert!(radius(text).is_err(), "{text}");
        }
    }

    #[test]
    fn corners_make_an_area_or_say_why_not() {
        let square = "54.77, -1.58\n54.77, -1.57\n54.78, -1.57\n\n54.78, -1.58\n54.77, -1.58\n";
        assert_eq!(corners(square).unwrap().len(), 4);
        let geojson = r#"{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[-1.58,54.77],[-1.57,54.77],[-1.57,54.78],[-1.58,54.77]]]}}"#;
        assert_eq!(corners(geojson).unwrap().len(), 3);
        for (text, word) in [
            ("54.77, -1.58\n54.77, -1.57", "three corners"),
            (
                "54.77, -1.58\n54.78, -1.57\n54.77, -1.57\n54.78, -1.58",
                "crosses itself",
            ),
            (
                "54.77, -1.58\n54.77, -1.57\n54.77, -1.56",
                "enclose nothing",
            ),
            ("54.7, -1.9\n54.7, -1.5\n54.9, -1.5", "square kilometres"),
            ("54.77, -1.58\nhere\n54.78, -1.57", "Corner 2"),
            (
                r#"{"type":"Point","coordinates":[1,2]}"#,
                "not a GeoJSON polygon",
            ),
        ] {
            let why = corners(text).unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
        let many: String = (0..300)
            .map(|n| format!("54.77, {}\n", -1.5 - f64::from(n) / 10_000.0))
            .collect();
        assert!(corners(&many).unwrap_err().contains("200"));
    }

    #[test]
    fn what_was_asked_is_kept_and_read_back() {
        let asked = Asked {
            at: Where::Drawn {
                corners: vec![[-1.58, 54.77], [-1.57, 54.77], [-1.57, 54.775]],
            },
            months: 12,
            purpose: "patrol".to_owned(),
        };
        let text = serde_json::to_string(&asked).unwrap();
        assert_eq!(serde_json::from_str::<Asked>(&text).unwrap(), asked);
        assert!(words(&asked.at, None).contains("square kilometres"));
    }

    proptest! {
        #[test]
        fn any_text_is_an_area_or_an_error(text in "\\PC{0,80}") {
            let _ = corners(&text);
            let _ = radius(&text);
        }

        #[test]
        fn a_drawn_area_holds_its_middle_and_nothing_far_away(
            latitude in 50.0_f64..58.0, longitude in -5.0_f64..1.0, sides in 3_u32..12, size in 0.001_f64..0.02,
        ) {
            let text: String = (0..sides)
                .map(|n| {
                    let turn = std::f64::consts::TAU * f64::from(n) / f64::from(sides);
                    format!("{}, {}\n", latitude + size * turn.sin(), longitude + size * turn.cos())
                })
                .collect();
            let ground = commonweal_records::ports::Ground::Drawn(shape(&corners(&text).unwrap()));
            prop_assert!(ground.contains(latitude, longitude));
            prop_assert!(!ground.contains(latitude + 2.0 * size, longitude));
        }
    }
}
