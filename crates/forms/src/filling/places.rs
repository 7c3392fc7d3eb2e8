//! Places as people give them: a pin, co-ordinates, a postcode, the name of a street or area.

use std::collections::BTreeSet;

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_govuk::Language;
use commonweal_records::geography::postcode::Postcode;

use super::fields::filled;
use crate::answers::{Location, LocationHow};

/// The most places offered for a name.
const MOST: usize = 8;

/// What a text may mean.
#[derive(Debug, Clone, PartialEq)]
pub enum Meant {
    /// One place.
    One(Location),
    /// Several; the last text is a line that tells them apart.
    Several(Vec<(Location, String)>),
    /// A postcode that is in no directory here.
    UnknownPostcode,
    /// Nothing that we know.
    Unknown,
}

/// The rectangle that places may lie in: the United Kingdom with its waters.
fn is_here(latitude: f64, longitude: f64) -> bool {
    (49.0..=61.5).contains(&latitude) && (-9.0..=2.5).contains(&longitude)
}

/// Co-ordinates as people type them: `54.775, -1.57`.
#[must_use]
pub(super) fn coordinates(text: &str) -> Option<(f64, f64)> {
    let mut parts = text
        .split([',', ' ', ';'])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let latitude: f64 = parts.next()?.parse().ok()?;
    let longitude: f64 = parts.next()?.parse().ok()?;
    (parts.next().is_none() && is_here(latitude, longitude)).then_some((latitude, longitude))
}

/// A place from the hidden fields that the map's script fills.
#[must_use]
pub(super) fn pinned(
    latitude: &str,
    longitude: &str,
    accuracy: &str,
    how: &str,
    text: &str,
) -> Option<Location> {
    let (latitude, longitude): (f64, f64) = (latitude.parse().ok()?, longitude.parse().ok()?);
    if !is_here(latitude, longitude) {
        return None;
    }
    let how = match how {
        "device" => LocationHow::Device,
        "postcode" => LocationHow::Postcode,
        "name" => LocationHow::Name,
        "coordinates" => LocationHow::Coordinates,
        _ => LocationHow::Pin,
    };
    Some(Location {
        latitude,
        longitude,
        how,
        text: text.to_owned(),
        accuracy: accuracy
            .parse()
            .ok()
            .filter(|metres: &f64| (0.0..=1e6).contains(metres)),
    })
}

/// The name of a way of giving a place, as the hidden field holds it.
#[must_use]
pub(super) fn how_name(how: LocationHow) -> &'static str {
    match how {
        LocationHow::Pin => "pin",
        LocationHow::Device => "device",
        LocationHow::Postcode => "postcode",
        LocationHow::Name => "name",
        LocationHow::Coordinates => "coordinates",
    }
}

/// A place as the value of a choice.
#[must_use]
pub(super) fn encode(place: &Location) -> String {
    format!(
        "{};{};{};{};{}",
        place.latitude,
        place.longitude,
        place
            .accuracy
            .map(|metres| metres.to_string())
            .unwrap_or_default(),
        how_name(place.how),
        place.text
    )
}

/// A place from the value of a choice.
#[must_use]
pub(super) fn decode(value: &str) -> Option<Location> {
    let mut parts = value.splitn(5, ';');
    let latitude = parts.next()?;
    let longitude = parts.next()?;
    let accuracy = parts.next()?;
    let how = parts.next()?;
    pinned(latitude, longitude, accuracy, how, parts.next()?)
}

/// How exact a place is, in words.
#[must_use]
pub(super) fn exactness(language: Language, place: &Location) -> String {
    let metres = place.accuracy.map(|metres| {
        if metres >= 1_000.0 {
            format!("{:.1} km", metres / 1_000.0)
        } else {
            format!("{metres:.0} metres")
        }
    });
    let text = ("text", place.text.clone());
    let within = ("within", metres.clone().unwrap_or_default());
    let key = match (place.how, metres.is_some()) {
        (LocationHow::Pin, _) => "forms.place_pin",
        (LocationHow::Device, true) => "forms.place_device",
        (LocationHow::Device, false) => "forms.place_device_unknown",
        (LocationHow::Postcode, _) => "forms.place_postcode",
        (LocationHow::Name, true) => "forms.place_name",
        (LocationHow::Name, false) => "forms.place_name_unknown",
        (LocationHow::Coordinates, _) => "forms.place_coordinates",
    };
    filled(language, key, &[text, within])
}

/// What a text means.
///
/// # Errors
/// [`DbError`].
pub async fn meant(tx: &mut ReadTx, text: &str) -> Result<Meant, DbError> {
    if let Some((latitude, longitude)) = coordinates(text) {
        return Ok(Meant::One(Location {
            latitude,
            longitude,
            how: LocationHow::Coordinates,
            text: text.to_owned(),
            accuracy: None,
        }));
    }
    if let Ok(postcode) = text.parse::<Postcode>() {
        let row = tx
            .optional(
                sql!("select latitude, longitude from postcodes where postcode = $1"),
                args![postcode.as_str()],
            )
            .await?;
        return Ok(match row {
            Some(row) => Meant::One(Location {
                latitude: row.get("latitude")?,
                longitude: row.get("longitude")?,
                how: LocationHow::Postcode,
                text: postcode.as_str().to_owned(),
                accuracy: Some(100.0),
            }),
            None => Meant::UnknownPostcode,
        });
    }
    let found = named(tx, text).await?;
    Ok(match found.len() {
        0 => Meant::Unknown,
        1 => found
            .into_iter()
            .next()
            .map_or(Meant::Unknown, |(place, _)| Meant::One(place)),
        _ => Meant::Several(found),
    })
}

/// Areas and streets of a name: whole names before parts of names.
async fn named(tx: &mut ReadTx, text: &str) -> Result<Vec<(Location, String)>, DbError> {
    let words: String = text
        .to_lowercase()
        .chars()
        .filter(|letter| !matches!(letter, '%' | '_' | '\\'))
        .collect();
    let words = words.trim().to_owned();
    if words.chars().count() < 3 {
        return Ok(Vec::new());
    }
    let part = format!("%{words}%");
    let areas = tx
        .all(
            sql!(
                "select a.name, s.kind, a.west, a.south, a.east, a.north from areas a
                 join area_sets s on s.id = a.area_set
                 where s.state = 'visible' and lower(a.name) like $1
                 order by case when lower(a.name) = $2 then 0 else 1 end, a.name, s.vintage desc limit 40"
            ),
            args![&part, &words],
        )
        .await?;
    let mut found: Vec<(Location, String)> = Vec::new();
    let mut seen = BTreeSet::new();
    for row in &areas {
        let (name, kind): (String, String) = (row.get("name")?, row.get("kind")?);
        if !seen.insert((name.to_lowercase(), kind.clone())) {
            continue;
        }
        let (west, east): (f64, f64) = (row.get("west")?, row.get("east")?);
        let (south, north): (f64, f64) = (row.get("south")?, row.get("north")?);
        let latitude = f64::midpoint(south, north);
        // Half the diagonal: nothing of the area is further away than that.
        let (down, across) = (
            (north - south) * 111_000.0,
            (east - west) * 111_000.0 * latitude.to_radians().cos(),
        );
        found.push((
            Location {
                latitude,
                longitude: f64::midpoint(west, east),
                how: LocationHow::Name,
                text: name,
                accuracy: Some((down.hypot(across) / 2.0).round()),
            },
            kind_words(&kind).to_owned(),
        ));
    }
    let streets = tx
        .all(
            sql!(
                "select l.name, l.latitude, l.longitude, min(a.name) as area from locations l
                 left join areas a on a.code = l.lsoa
                 where lower(l.name) like $1 and l.latitude is not null and l.longitude is not null
                 group by l.name, l.latitude, l.longitude order by l.name limit 40"
            ),
            args![&part],
        )
        .await?;
    for row in &streets {
        let name: String = row.get("name")?;
        let plain = name.strip_prefix("On or near ").unwrap_or(&name).to_owned();
        let area: Option<String> = row.get("area")?;
        let line = area.unwrap_or_default();
        if !seen.insert((plain.to_lowercase(), line.clone())) {
            continue;
        }
        found.push((
            Location {
                latitude: row.get("latitude")?,
                longitude: row.get("longitude")?,
                how: LocationHow::Name,
                text: plain,
                accuracy: Some(200.0),
            },
            line,
        ));
    }
    found.sort_by_key(|(place, _)| usize::from(place.text.to_lowercase() != words));
    found.truncate(MOST);
    Ok(found)
}

/// The word for a kind of area.
fn kind_words(kind: &str) -> &str {
    match kind {
        "lsoa" => "Lower layer super output area",
        "msoa" => "Middle layer super output area",
        "ward" => "Ward",
        "town" => "Town",
        "parish" => "Parish",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_read_as_typed_and_only_here() {
        assert_eq!(coordinates("54.775, -1.57"), Some((54.775, -1.57)));
        assert_eq!(coordinates("54.775 -1.57"), Some((54.775, -1.57)));
        for text in [
            "",
            "54.775",
            "-1.57, 54.775",
            "48.8, 2.3",
            "a, b",
            "1, 2, 3",
            "DH1 5UL",
        ] {
            assert_eq!(coordinates(text), None, "{text}");
        }
    }

    #[test]
    fn a_choice_keeps_its_place() {
        let place = Location {
            latitude: 54.775,
            longitude: -1.57,
            how: LocationHow::Name,
            text: "Elvet; and Gilesgate".to_owned(),
            accuracy: Some(800.0),
        };
        assert_eq!(decode(&encode(&place)), Some(place));
        for wrong in ["", "1;2", "x;y;z;name;t", "0;0;;pin;t"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
