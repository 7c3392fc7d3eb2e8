//! TopoJSON: shapes that share their boundary lines ('arcs'). Format:
//! <https://github.com/topojson/topojson-specification>.

use std::collections::BTreeMap;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::shapes::Raw;

/// The most points that arcs may add up to, since a small file could name one arc a million times.
const POINT_LIMIT: usize = 50_000_000;

#[derive(Deserialize)]
struct Topology {
    objects: BTreeMap<String, Object>,
    arcs: Vec<Vec<Vec<f64>>>,
    transform: Option<Transform>,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    geometries: Vec<Object>,
    arcs: Option<Value>,
    properties: Option<Map<String, Value>>,
    id: Option<Value>,
}

/// The shapes of one object of a topology, or the reason in words.
pub(super) fn read(bytes: &[u8], object: Option<&str>) -> Result<Vec<Raw>, String> {
    let topology: Topology = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let names = || {
        topology
            .objects
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let chosen = match object {
        Some(name) => topology
            .objects
            .get(name)
            .ok_or_else(|| format!("there is no object '{name}'; there are: {}", names()))?,
        None if topology.objects.len() == 1 => topology
            .objects
            .values()
            .next()
            .ok_or("there is no object in it")?,
        None => {
            return Err(format!(
                "it holds {} objects ({}): say which",
                topology.objects.len(),
                names()
            ));
        }
    };
    let arcs = decode(&topology)?;
    let geometries = if chosen.kind.as_deref() == Some("GeometryCollection") {
        &chosen.geometries[..]
    } else {
        std::slice::from_ref(chosen)
    };
    let mut budget = POINT_LIMIT;
    geometries
        .iter()
        .map(|geometry| {
            Ok(Raw {
                id: geometry.id.clone(),
                properties: geometry.properties.clone().unwrap_or_default(),
                geometry: shape(geometry, &arcs, &mut budget)?,
            })
        })
        .collect()
}

/// The arcs in plain coordinates: quantised ones are sums of steps, scaled and shifted.
fn decode(topology: &Topology) -> Result<Vec<Vec<Coord<f64>>>, String> {
    let mut decoded = Vec::with_capacity(topology.arcs.len());
    for arc in &topology.arcs {
        let (mut x, mut y) = (0.0, 0.0);
        let mut points = Vec::with_capacity(arc.len());
        for position in arc {
            let [px, py, ..] = position.as_slice() else {
                return Err("an arc holds a position of fewer than two numbers".to_owned());
            };
            points.push(match &topology.transform {
                Some(Transform { scale, translate }) => {
                    x += px;
                    y += py;
                    Coord {
                        x: x * scale[0] + translate[0],
                        y: y * scale[1] + translate[1],
                    }
                }
                None => Coord { x: *px, y: *py },
            });
        }
        decoded.push(points);
    }
    Ok(decoded)
}

/// A geometry's polygons; `Err` inside the result names a kind that is no polygon.
fn shape(
    geometry: &Object,
    arcs: &[Vec<Coord<f64>>],
    budget: &mut usize,
) -> Result<Result<MultiPolygon<f64>, String>, String> {
    let kind = geometry
        .kind
        .clone()
        .unwrap_or_else(|| "no geometry".to_owned());
    let lists: Vec<Vec<Vec<i64>>> = match (kind.as_str(), geometry.arcs.clone()) {
        ("Polygon", Some(arcs)) => vec![serde_json::from_value(arcs).map_err(|e| e.to_string())?],
        ("MultiPolygon", Some(arcs)) => serde_json::from_value(arcs).map_err(|e| e.to_string())?,
        _ => return Ok(Err(kind)),
    };
    let mut polygons = Vec::with_capacity(lists.len());
    for rings in lists {
        let mut lines = Vec::with_capacity(rings.len());
        for ring in rings {
            lines.push(stitch(&ring, arcs, budget)?);
        }
        let mut lines = lines.into_iter();
        if let Some(exterior) = lines.next() {
            polygons.push(Polygon::new(exterior, lines.collect()));
        }
    }
    Ok(Ok(MultiPolygon(polygons)))
}

/// Joins arcs to a ring; a negative index `i` means arc `!i` backwards.
fn stitch(
    ring: &[i64],
    arcs: &[Vec<Coord<f64>>],
    budget: &mut usize,
) -> Result<LineString<f64>, String> {
    let mut points: Vec<Coord<f64>> = Vec::new();
    for &index in ring {
        let forwards = if index < 0 { !index } else { index };
        let arc = usize::try_from(forwards)
            .ok()
            .and_then(|i| arcs.get(i))
            .ok_or_else(|| format!("a ring names arc {index}, which is not there"))?;
        *budget = budget
            .checked_sub(arc.len())
            .ok_or("its shapes have too many points")?;
        // Each arc begins where the last one ended.
        let skip = usize::from(!points.is_empty());
        if index < 0 {
            points.extend(arc.iter().rev().skip(skip));
        } else {
            points.extend(arc.iter().skip(skip));
        }
    }
    Ok(LineString(points))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two unit squares side by side that share the arc between them, quantised.
    const SQUARES: &str = r#"{"type":"Topology","transform":{"scale":[0.5,0.5],"translate":[10,50]},
      "objects":{"a":{"type":"GeometryCollection","geometries":[
        {"type":"Polygon","arcs":[[0,1]],"properties":{"code":"L"}},
        {"type":"MultiPolygon","arcs":[[[2,-1]]],"id":"R"},
        {"type":null}]}},
      "arcs":[[[2,0],[0,2]],[[2,2],[-2,0],[0,-2],[2,0]],[[2,0],[2,0],[0,2],[-2,0]]]}"#;

    #[test]
    fn arcs_are_unquantised_joined_and_turned_round() {
        let read = read(SQUARES.as_bytes(), None).unwrap();
        let left: Vec<_> = read[0].geometry.as_ref().unwrap().0[0]
            .exterior()
            .0
            .iter()
            .map(|c| (c.x, c.y))
            .collect();
        assert_eq!(
            left,
            [
                (11.0, 50.0),
                (11.0, 51.0),
                (10.0, 51.0),
                (10.0, 50.0),
                (11.0, 50.0)
            ]
        );
        let right: Vec<_> = read[1].geometry.as_ref().unwrap().0[0]
            .exterior()
            .0
            .iter()
            .map(|c| (c.x, c.y))
            .collect();
        assert_eq!(
            right,
            [
                (11.0, 50.0),
                (12.0, 50.0),
                (12.0, 51.0),
                (11.0, 51.0),
                (11.0, 50.0)
            ]
        );
        assert_eq!(read[2].geometry, Err("no geometry".to_owned()));
    }

    #[test]
    fn an_arc_that_is_not_there_and_an_unknown_object_are_named() {
        let broken = SQUARES.replace("[2,-1]", "[2,-9]");
        assert!(
            read(broken.as_bytes(), None)
                .unwrap_err()
                .contains("arc -9")
        );
        assert!(
            read(SQUARES.as_bytes(), Some("b"))
                .unwrap_err()
                .contains("there are: a")
        );
    }
}
