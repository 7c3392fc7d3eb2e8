//! Reading areas from GeoJSON (a collection, or a sequence of features) and TopoJSON.
//!
//! All or nothing: one bad area refuses the file, and is named. What counts as a bad boundary, and
//! what is mended, is said in `rings`.

use std::collections::HashMap;
use std::io::Read;

use geo::{Coord, CoordsIter, LineString, MultiPolygon, Polygon};
use geojson::{Feature, FeatureCollection, GeometryValue, Position};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fields::{Fields, hints, plain};
use super::rings::{self, Soundness};
use super::{grid, topology};
use crate::imports::read::police_uk::{LATITUDES, LONGITUDES};
use crate::imports::read::{Problem, ReadError};

/// The largest areas file accepted, in bytes, unpacked.
const FILE_LIMIT: u64 = 1_000_000_000;

/// What coordinates a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coordinates {
    /// Longitude and latitude within the United Kingdom; anything else is refused with the likely
    /// cause.
    #[default]
    UnitedKingdom,
    /// Any planar coordinates, for analysis only.
    Planar,
}

/// What the caller knows about a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct AreaOptions<'a> {
    /// The property with the code; found if not given.
    pub code_field: Option<&'a str>,
    /// The property with the name; found if not given.
    pub name_field: Option<&'a str>,
    /// The object of a TopoJSON file; needed only when it holds several.
    pub object: Option<&'a str>,
    /// What coordinates are accepted.
    pub coordinates: Coordinates,
}

/// One area as read.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaShape {
    /// Its code, unique in the file.
    pub code: String,
    /// Its name; the code where the file has no names.
    pub name: String,
    /// Its polygons, each ring closed, longitude and latitude in degrees (WGS84).
    pub geometry: MultiPolygon<f64>,
    /// Everything else that the file says about it.
    pub properties: Map<String, Value>,
}

/// The areas of a file, in its order.
#[derive(Debug)]
pub struct AreaShapes {
    /// The areas.
    pub shapes: Vec<AreaShape>,
    /// The property taken for the code; `id` may be the feature's own.
    pub code_field: String,
    /// The property taken for the name, if there is one.
    pub name_field: Option<String>,
    /// The kind that the code's property suggests (`lsoa`, `wd`, …), in lower case.
    pub kind_hint: Option<String>,
    /// The vintage that the code's property suggests: 2021 for `LSOA21CD`.
    pub vintage_hint: Option<i32>,
    /// Names of areas whose boundary crossed itself a little and was mended.
    pub mended: Vec<String>,
}

/// A shape before its fields are known; the geometry is an error when it is no polygon, with the
/// kind that it is.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) id: Option<Value>,
    pub(super) properties: Map<String, Value>,
    pub(super) geometry: Result<MultiPolygon<f64>, String>,
}

/// Reads a file of areas.
///
/// # Errors
/// An empty file, text that is neither GeoJSON nor TopoJSON, a field that is not there, a code that
/// is missing or comes twice, an area that is empty, no polygon, out of range or crosses itself.
pub fn read_areas(
    name: &str,
    reader: impl Read,
    options: &AreaOptions<'_>,
) -> Result<AreaShapes, ReadError> {
    let mut bytes = Vec::new();
    reader
        .take(FILE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| Problem::from_io(e).of(name))?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(Problem::TooLarge {
            limit_mb: FILE_LIMIT / 1_000_000,
        }
        .of(name));
    }
    if bytes.is_empty() {
        return Err(Problem::Empty.of(name));
    }
    let raw = parse(&bytes, options).map_err(|p| p.of(name))?;
    drop(bytes);
    if raw.is_empty() {
        return Err(areas("there is no area in it", "Check that it is the right file").of(name));
    }
    assemble(raw, options).map_err(|p| p.of(name))
}

/// A problem with areas, in words.
pub(super) fn areas(what: impl Into<String>, to_do: &'static str) -> Problem {
    Problem::Areas {
        what: what.into(),
        to_do,
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: String,
}

fn parse(bytes: &[u8], options: &AreaOptions<'_>) -> Result<Vec<Raw>, Problem> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let json = |kind: &'static str| {
        move |e: serde_json::Error| Problem::Json {
            kind,
            detail: e.to_string(),
        }
    };
    // The record separators of a GeoJSON sequence (RFC 8142) are white space to us.
    let plain: Vec<u8>;
    let bytes = if bytes.first() == Some(&0x1e) {
        plain = bytes
            .iter()
            .map(|b| if *b == 0x1e { b'\n' } else { *b })
            .collect();
        &plain
    } else {
        bytes
    };
    let head = serde_json::Deserializer::from_slice(bytes)
        .into_iter::<Head>()
        .next();
    let kind = match head {
        Some(Ok(head)) => head.kind,
        Some(Err(e)) => return Err(json("GeoJSON or TopoJSON")(e)),
        None => return Err(Problem::Empty),
    };
    match kind.as_str() {
        "FeatureCollection" => {
            let all: FeatureCollection = serde_json::from_slice(bytes).map_err(json("GeoJSON"))?;
            Ok(all.features.into_iter().map(raw_of).collect())
        }
        "Feature" => serde_json::Deserializer::from_slice(bytes)
            .into_iter::<Feature>()
            .map(|feature| feature.map(raw_of).map_err(json("GeoJSON")))
            .collect(),
        "Topology" => topology::read(bytes, options.object).map_err(|detail| Problem::Json {
            kind: "TopoJSON",
            detail,
        }),
        other => Err(areas(
            format!(
                "it is a JSON '{}', not a collection of areas",
                crate::imports::read::shorten(other)
            ),
            "Export it as a GeoJSON FeatureCollection",
        )),
    }
}

fn raw_of(feature: Feature) -> Raw {
    let line = |ring: &Vec<Position>| {
        ring.iter()
            .map(|p| match p.as_slice() {
                [x, y, ..] => Coord { x: *x, y: *y },
                _ => Coord {
                    x: f64::NAN,
                    y: f64::NAN,
                },
            })
            .collect::<LineString<f64>>()
    };
    let polygon = |rings: &Vec<Vec<Position>>| {
        let mut rings = rings.iter().map(line);
        rings
            .next()
            .map(|exterior| Polygon::new(exterior, rings.collect()))
    };
    let geometry = match feature.geometry.map(|g| g.value) {
        Some(GeometryValue::Polygon { coordinates }) => {
            Ok(MultiPolygon(polygon(&coordinates).into_iter().collect()))
        }
        Some(GeometryValue::MultiPolygon { coordinates }) => Ok(MultiPolygon(
            coordinates.iter().filter_map(polygon).collect(),
        )),
        Some(other) => Err(other.type_name().to_owned()),
        None => Err("no geometry".to_owned()),
    };
    let id = feature.id.map(|id| match id {
        geojson::feature::Id::String(text) => Value::String(text),
        geojson::feature::Id::Number(number) => Value::Number(number),
    });
    Raw {
        id,
        properties: feature.properties.unwrap_or_default(),
        geometry,
    }
}

fn assemble(raw: Vec<Raw>, options: &AreaOptions<'_>) -> Result<AreaShapes, Problem> {
    let fields = Fields::find(&raw, options)?;
    let (kind_hint, vintage_hint) = hints(&fields.code);
    let mut read = AreaShapes {
        shapes: Vec::with_capacity(raw.len()),
        kind_hint,
        vintage_hint,
        mended: Vec::new(),
        code_field: fields.code.clone(),
        name_field: fields.name.clone(),
    };
    let mut lines: HashMap<String, usize> = HashMap::with_capacity(raw.len());
    for (i, one) in raw.into_iter().enumerate() {
        let number = i + 1;
        let code = fields.code_of(&one).ok_or_else(|| {
            areas(
                format!("area number {number} has no code in '{}'", fields.code),
                "Choose another code field",
            )
        })?;
        if let Some(first) = lines.insert(code.clone(), number) {
            return Err(areas(
                format!("the code '{code}' comes twice, as area number {first} and {number}"),
                "Choose a code field whose values differ, or correct the file",
            ));
        }
        let name = fields
            .name
            .as_ref()
            .and_then(|f| one.properties.get(f))
            .and_then(plain)
            .unwrap_or_else(|| code.clone());
        let shown = if name == code {
            code.clone()
        } else {
            format!("{code} {name}")
        };
        let mut geometry = one.geometry.map_err(|kind| {
            areas(
                format!("the area {shown} is no polygon but: {kind}"),
                "Give a file of polygons",
            )
        })?;
        if options.coordinates == Coordinates::UnitedKingdom {
            in_range(&geometry)
                .map_err(|(what, to_do)| areas(format!("the area {shown} {what}"), to_do))?;
        } else if geometry
            .coords_iter()
            .any(|c| !c.x.is_finite() || !c.y.is_finite())
        {
            return Err(areas(
                format!("the area {shown} has a position that is no pair of numbers"),
                "Correct the file",
            ));
        }
        match rings::check(&mut geometry) {
            Soundness::Sound => {}
            Soundness::Mended => read.mended.push(shown),
            Soundness::Empty => {
                return Err(areas(
                    format!("the area {shown} is empty: its boundary encloses nothing"),
                    "Correct or remove it",
                ));
            }
            Soundness::HoleOutside => {
                return Err(areas(
                    format!("the area {shown} has a hole outside its own boundary"),
                    "Correct its boundary",
                ));
            }
            Soundness::Crosses(at) => {
                let place =
                    at.map_or_else(String::new, |c| format!(" near {:.5}, {:.5}", c.x, c.y));
                return Err(areas(
                    format!("the boundary of the area {shown} crosses itself{place}"),
                    "Correct its boundary, for example with 'Fix geometries' in QGIS; nothing was imported",
                ));
            }
        }
        read.shapes.push(AreaShape {
            code,
            name,
            geometry,
            properties: one.properties,
        });
    }
    Ok(read)
}

/// Whether all points lie in the United Kingdom; otherwise what is the matter, and what to do.
fn in_range(shape: &MultiPolygon<f64>) -> Result<(), (String, &'static str)> {
    let Some(bad) = shape
        .coords_iter()
        .find(|c| !(LONGITUDES.contains(&c.x) && LATITUDES.contains(&c.y)))
    else {
        return Ok(());
    };
    let at = format!("({}, {})", bad.x, bad.y);
    if !bad.x.is_finite() || !bad.y.is_finite() {
        return Err((
            "has a position that is no pair of numbers".to_owned(),
            "Correct the file",
        ));
    }
    if LATITUDES.contains(&bad.x) && LONGITUDES.contains(&bad.y) {
        return Err((
            format!("has longitude and latitude swapped at {at}"),
            "Export it with longitude first (GeoJSON, RFC 7946)",
        ));
    }
    if bad.x.abs() > 180.0 || bad.y.abs() > 90.0 {
        if grid::is_on_grid(bad.x, bad.y) {
            return Err((
                format!("is in British National Grid metres, it seems, at {at}"),
                "Export it in WGS84 longitude and latitude (EPSG:4326)",
            ));
        }
        return Err((
            format!("has a position that is no longitude and latitude, {at}"),
            "Export it in WGS84 longitude and latitude (EPSG:4326)",
        ));
    }
    Err((
        format!("has a position outside the United Kingdom, {at}"),
        "Check that it is the right file",
    ))
}

/// What an import of areas tells about a file, for previews.
#[derive(Debug, Clone, Serialize)]
pub struct AreaSummary {
    /// How many areas.
    pub areas: usize,
    /// How many points their boundaries have.
    pub points: usize,
    /// Areas mended.
    pub mended: Vec<String>,
}

impl AreaShapes {
    /// Counts for a preview.
    #[must_use]
    pub fn summary(&self) -> AreaSummary {
        AreaSummary {
            areas: self.shapes.len(),
            points: self.shapes.iter().map(|s| s.geometry.coords_count()).sum(),
            mended: self.mended.clone(),
        }
    }
}
