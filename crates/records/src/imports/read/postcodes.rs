//! Postcode directories: OS Code-Point Open (grid references), the National Statistics Postcode
//! Lookup and ONS Postcode Directory (positions and areas), and any CSV with the like columns.

use std::borrow::Cow;
use std::io::Read;

use super::csv_text::{CsvText, Record};
use super::police_uk::in_united_kingdom;
use super::{Problem, ReadError, Reject, Step};
use crate::geography::grid;
use crate::geography::postcode::Postcode;
use crate::month::Month;

/// A column that holds the code of the area that a postcode lies in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AreaColumn {
    /// The column's name in the file.
    pub column: String,
    /// The kind of area: `lsoa`, `msoa`, `oa`, `ward` or `lad`.
    pub kind: &'static str,
    /// The year of the areas, where the column's name tells it.
    pub vintage: Option<i32>,
}

/// One postcode.
#[derive(Debug, Clone, PartialEq)]
pub struct PostcodeRow<'a> {
    /// The line of the file.
    pub line: u64,
    /// The postcode.
    pub postcode: Postcode,
    /// Longitude and latitude (WGS84); `None` if the directory gives no position. Positions from
    /// grid references are good to about 5 m.
    pub point: Option<(f64, f64)>,
    /// The month in which it ended; `None` while it is in use or if the file does not tell.
    pub terminated: Option<Month>,
    /// The codes of the areas it lies in, in the order of [`PostcodeReader::areas`]; empty where
    /// the file has none.
    pub areas: Vec<Cow<'a, str>>,
}

/// Where a directory's columns stand.
#[derive(Debug)]
struct Columns {
    postcode: usize,
    longitude_latitude: Option<(usize, usize)>,
    easting_northing: Option<(usize, usize)>,
    terminated: Option<usize>,
    areas: Vec<usize>,
}

/// Reads one directory.
#[derive(Debug)]
pub struct PostcodeReader<R> {
    text: CsvText<R>,
    columns: Columns,
    areas: Vec<AreaColumn>,
    header: Vec<String>,
}

const POSTCODE: [&str; 6] = ["pcds", "postcode", "pcd", "pcd7", "pcd8", "post_code"];
const LATITUDE: [&str; 2] = ["lat", "latitude"];
const LONGITUDE: [&str; 4] = ["long", "longitude", "lon", "lng"];
const EASTING: [&str; 4] = ["eastings", "easting", "oseast1m", "east1m"];
const NORTHING: [&str; 4] = ["northings", "northing", "osnrth1m", "north1m"];
const TERMINATED: [&str; 2] = ["doterm", "date_of_termination"];

impl<R: Read> PostcodeReader<R> {
    /// Opens a directory and recognises its columns.
    ///
    /// # Errors
    /// A header without a postcode or a position, and all that [`CsvText::open`] refuses. The
    /// files of Code-Point Open have no header as published: theirs is in `Doc/`.
    pub fn open(name: &str, reader: R) -> Result<Self, ReadError> {
        let text = CsvText::open(name, reader)?;
        let find = |names: &[&str]| names.iter().find_map(|n| text.column(n));
        let both = |a: Option<usize>, b: Option<usize>| a.zip(b);
        let longitude_latitude = both(find(&LONGITUDE), find(&LATITUDE));
        let easting_northing = both(find(&EASTING), find(&NORTHING));
        let postcode = find(&POSTCODE);
        let (Some(postcode), true) = (
            postcode,
            longitude_latitude.is_some() || easting_northing.is_some(),
        ) else {
            let mut missing = Vec::new();
            if postcode.is_none() {
                missing.push("postcode (or pcds)".to_owned());
            }
            if longitude_latitude.is_none() && easting_northing.is_none() {
                missing.push("latitude and longitude (or eastings and northings)".to_owned());
            }
            return Err(text.fail(Problem::Header {
                kind: "a postcode directory",
                missing,
                unknown: Vec::new(),
            }));
        };
        let (places, areas) = area_columns(text.header());
        let columns = Columns {
            postcode,
            longitude_latitude,
            easting_northing,
            terminated: find(&TERMINATED),
            areas: places,
        };
        let header = text.header().to_vec();
        Ok(Self {
            text,
            columns,
            areas,
            header,
        })
    }

    /// The columns with codes of areas.
    #[must_use]
    pub fn areas(&self) -> &[AreaColumn] {
        &self.areas
    }

    /// The next postcode or reject, or `None` at the end.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<Step<PostcodeRow<'_>>>, ReadError> {
        let Some(record) = self.text.next_record()? else {
            return Ok(None);
        };
        Ok(Some(match read_row(record, &self.columns, &self.header) {
            Ok(row) => Step::Row(row),
            Err(reject) => Step::Reject(*reject),
        }))
    }
}

fn read_row<'a>(
    record: Record<'a>,
    columns: &Columns,
    header: &[String],
) -> Result<PostcodeRow<'a>, Box<Reject>> {
    let line = record.line;
    let width = header.len();
    if record.len() != width {
        let reason = format!("the row has {} columns, the header {width}", record.len());
        return Err(Box::new(Reject::new(line, "", reason, &record.text(0))));
    }
    let refuse = |column: usize, reason: &str| {
        Box::new(Reject::new(
            line,
            header.get(column).map_or("", String::as_str),
            reason,
            &record.text(column),
        ))
    };
    let postcode = record
        .text(columns.postcode)
        .parse()
        .map_err(|_| refuse(columns.postcode, "not a full postcode such as DH1 5UL"))?;
    let terminated = match columns.terminated {
        Some(at) => termination(&record.text(at)).map_err(|reason| refuse(at, reason))?,
        None => None,
    };
    Ok(PostcodeRow {
        line,
        postcode,
        point: position(record, columns).map_err(|(at, reason)| refuse(at, reason))?,
        terminated,
        areas: columns.areas.iter().map(|&at| record.text(at)).collect(),
    })
}

/// `199501` as January 1995; nothing for an empty field.
fn termination(text: &str) -> Result<Option<Month>, &'static str> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let month = digits
        .get(..6)
        .and_then(|d| format!("{}-{}", &d[..4], &d[4..]).parse().ok());
    month.map(Some).ok_or("not a month such as 199501")
}

/// A position, or the column at fault and why.
fn position(
    record: Record<'_>,
    columns: &Columns,
) -> Result<Option<(f64, f64)>, (usize, &'static str)> {
    let pair = |(a, b): (usize, usize)| {
        let (one, two) = (record.text(a), record.text(b));
        match (one.is_empty(), two.is_empty()) {
            (true, true) => return Ok(None),
            (true, false) => return Err((a, "empty, though its other half is there")),
            (false, true) => return Err((b, "empty, though its other half is there")),
            (false, false) => {}
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite());
        let one = number(&one).ok_or((a, "not a number"))?;
        let two = number(&two).ok_or((b, "not a number"))?;
        Ok(Some((one, two)))
    };
    if let Some(at) = columns.longitude_latitude
        && let Some((longitude, latitude)) = pair(at)?
    {
        // The directories write latitude 99.999999 for 'no position'.
        if latitude > 99.9 || (longitude == 0.0 && latitude == 0.0) {
            return Ok(None);
        }
        if in_united_kingdom(longitude, latitude) {
            return Ok(Some((longitude, latitude)));
        }
        if in_united_kingdom(latitude, longitude) {
            return Err((at.0, "longitude and latitude are swapped"));
        }
        return Err((at.0, "a position outside the United Kingdom"));
    }
    if let Some(at) = columns.easting_northing
        && let Some((easting, northing)) = pair(at)?
    {
        // Code-Point Open writes 0, 0 for 'no position' (quality 90).
        if easting == 0.0 && northing == 0.0 {
            return Ok(None);
        }
        if !grid::is_on_grid(easting, northing) {
            return Err((at.0, "not on the National Grid"));
        }
        return Ok(Some(grid::to_wgs84(easting, northing)));
    }
    Ok(None)
}

/// The columns whose names tell of an area: `lsoa11`, `LSOA21CD`, `ward2025_code`, `laua`,
/// `lsoa21_code_by_point_in_polygon`.
fn area_columns(header: &[String]) -> (Vec<usize>, Vec<AreaColumn>) {
    let kinds = [
        ("lsoa", "lsoa"),
        ("msoa", "msoa"),
        ("oa", "oa"),
        ("osward", "ward"),
        ("ward", "ward"),
        ("admin_ward", "ward"),
        ("wd", "ward"),
        ("laua", "lad"),
        ("lad", "lad"),
        ("admin_district", "lad"),
        ("ltla", "lad"),
        ("oslaua", "lad"),
    ];
    let mut places = Vec::new();
    let mut found = Vec::new();
    for (i, column) in header.iter().enumerate() {
        let lower = column.to_lowercase();
        let Some((rest, kind)) = kinds
            .iter()
            .find_map(|(prefix, kind)| Some((lower.strip_prefix(prefix)?, *kind)))
        else {
            continue;
        };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let tail = &rest[digits.len()..];
        if !(tail.is_empty() || tail == "cd" || tail.starts_with("_code")) {
            continue;
        }
        let vintage = match digits.len() {
            2 => digits.parse::<i32>().ok().map(|y| 2000 + y),
            4 => digits.parse().ok(),
            _ => None,
        };
        places.push(i);
        found.push(AreaColumn {
            column: column.clone(),
            kind,
            vintage,
        });
    }
    (places, found)
}
