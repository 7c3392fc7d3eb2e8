//! The made-up data as files, so that the demo goes through the real importers.

use std::fmt::Write as _;

#[cfg(test)]
use commonweal_records::Month;
#[cfg(test)]
use commonweal_records::incidents::Qualifier;

use super::{Area, AreaKind, Partnership};
#[cfg(test)]
use super::{Source, When};

impl Partnership {
    /// The police's file of one month, in police.uk's format. Neighbourhoods stand in for LSOAs.
    #[cfg(test)]
    pub(crate) fn police_csv(&self, month: Month) -> String {
        let mut text = String::from(
            "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,\
             LSOA name,Crime type,Last outcome category,Context\n",
        );
        let Some(police) = self.sources().find(|s| s.slug == "police") else {
            return text;
        };
        let names: Vec<&str> = self
            .areas_of(AreaKind::Neighbourhood)
            .map(|area| area.name.as_str())
            .collect();
        for incident in self.incidents_of(police, month) {
            let key = incident.source_key.as_deref().unwrap_or("");
            let _ = write!(text, "{key},{month},{0},{0},", police.name);
            match incident.place {
                Some(p) => {
                    let (code, name) = (&p.neighbourhood_code, names[p.neighbourhood]);
                    let _ = write!(text, "{:.6},{:.6},{},{code},{name}", p.lon, p.lat, p.name);
                }
                None => text.push_str(",,No Location,,"),
            }
            let outcome = match incident.source_key {
                Some(_) => "Under investigation",
                None => "",
            };
            let _ = writeln!(text, ",{},{outcome},", incident.category.label);
        }
        text
    }

    /// The list that another source sends for one month, to be read by
    /// [`LIST_PROFILE`](super::LIST_PROFILE); `None` if it never came.
    #[cfg(test)]
    pub(crate) fn list_csv(&self, source: Source<'_>, month: Month) -> Option<String> {
        let came =
            |f: super::Feed<'_>| f.source == source && f.month == month && f.received.is_some();
        if !self.feeds().any(came) {
            return None;
        }
        let mut text = String::from(
            "Reference,Happened at,Type,Qualifier,Location,Longitude,Latitude,Neighbourhood\n",
        );
        for incident in self.incidents_of(source, month) {
            let key = incident.source_key.as_deref().unwrap_or("");
            let when = match incident.when {
                When::Exact(at) => at.format("%Y-%m-%d %H:%M").to_string(),
                When::Month(month) => month.to_string(),
            };
            let qualifier = incident.qualifier.map_or("", Qualifier::label);
            let _ = write!(
                text,
                "{key},{when},{},{qualifier},",
                incident.category.label
            );
            let _ = match incident.place {
                Some(p) => {
                    let code = &p.neighbourhood_code;
                    writeln!(text, "{},{:.6},{:.6},{code}", p.name, p.lon, p.lat)
                }
                None => writeln!(text, "No location,,,"),
            };
        }
        Some(text)
    }

    /// The areas of one kind as GeoJSON with the properties `code`, `name`, `population`,
    /// `deprivation_decile` and `division`.
    pub(crate) fn areas_geojson(&self, kind: AreaKind) -> String {
        let mut text = String::from("{\"type\":\"FeatureCollection\",\"features\":[");
        for (number, area) in self.areas_of(kind).enumerate() {
            if number > 0 {
                text.push(',');
            }
            feature(&mut text, area);
        }
        text.push_str("]}\n");
        text
    }

    /// The postcodes as a directory; `lsoa21` holds the neighbourhood, which stands in for it.
    pub(crate) fn postcodes_csv(&self) -> String {
        let mut text = String::from("postcode,latitude,longitude,lsoa21,residents\n");
        for p in &self.postcodes {
            let _ = writeln!(
                text,
                "{},{:.6},{:.6},{},{}",
                p.postcode, p.lat, p.lon, p.neighbourhood_code, p.residents
            );
        }
        text
    }

    /// The neighbourhoods' figures, read by `data/demo/context-shape.toml`.
    pub(crate) fn context_csv(&self) -> String {
        let mut text = String::from(
            "demo_area_code,made_up_population,made_up_decile,owned,social_rented,private_rented\n",
        );
        for area in self.areas_of(AreaKind::Neighbourhood) {
            let (Some(decile), Some(tenure)) = (area.decile, area.tenure) else {
                continue;
            };
            let _ = writeln!(
                text,
                "{},{},{decile},{:.3},{:.3},{:.3}",
                area.code, area.population, tenure.owned, tenure.social, tenure.private
            );
        }
        text
    }
}

/// Names and codes are our own words: letters, digits, spaces, hyphens and apostrophes, nothing
/// that JSON or CSV would have to quote.
fn feature(text: &mut String, area: &Area) {
    let _ = write!(
        text,
        "{{\"type\":\"Feature\",\"properties\":{{\"code\":\"{}\",\"name\":\"{}\",\"population\":{}",
        area.code, area.name, area.population
    );
    if let Some(decile) = area.decile {
        let _ = write!(text, ",\"deprivation_decile\":{decile}");
    }
    if let Some(division) = &area.division {
        let _ = write!(text, ",\"division\":\"{division}\"");
    }
    text.push_str("},\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[");
    for (i, polygon) in area.polygon.iter().enumerate() {
        text.push_str(if i > 0 { ",[" } else { "[" });
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        for (j, ring) in rings.enumerate() {
            text.push_str(if j > 0 { ",[" } else { "[" });
            for (k, at) in ring.0.iter().enumerate() {
                let comma = if k > 0 { "," } else { "" };
                let _ = write!(text, "{comma}[{},{}]", at.x, at.y);
            }
            text.push(']');
        }
        text.push(']');
    }
    text.push_str("]}}");
}
