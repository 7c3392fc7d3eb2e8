//! Which places have a public page, and finding one by name, postcode or point.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use commonweal_core::{DbError, ReadTx, args, sql};
use commonweal_records::geography::locate::{AreaIndex, cells_within};
use commonweal_records::geography::postcode::Postcode;
use commonweal_records::ports::PublicPlace;
use h3o::{LatLng, Resolution};

use super::policy::{PlaceKind, Policy};
use crate::cube::{AreaSet, Snapshot};

/// A place with a public page.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// Its address below `/places/`.
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) set: Arc<AreaSet>,
    /// Its position in the set.
    pub(crate) area: usize,
    pub(crate) kind: PlaceKind,
    /// Whether counts are published for it.
    pub(crate) counted: bool,
}

impl Listed {
    pub(crate) fn code(&self) -> &str {
        self.set
            .areas
            .get(self.area)
            .map_or("", |area| area.code.as_str())
    }

    /// As the ports know it.
    pub(crate) fn public(&self) -> PublicPlace {
        let shape = self
            .set
            .areas
            .get(self.area)
            .map(|area| area.geometry.clone());
        PublicPlace {
            slug: self.slug.clone(),
            set: self.set.slug(),
            kind: self.set.kind.clone(),
            code: self.code().to_owned(),
            name: self.name.clone(),
            shape: Arc::new(shape.unwrap_or_else(|| geo::MultiPolygon(Vec::new()))),
        }
    }
}

/// All places with a public page.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) places: Vec<Listed>,
}

impl Directory {
    pub(crate) fn new(snapshot: &Snapshot, policy: &Policy) -> Self {
        let mut places: Vec<Listed> = Vec::new();
        let mut counted = true;
        for kind in &policy.kinds {
            let Some(set) = snapshot.newest(&kind.key) else {
                continue;
            };
            for (area, found) in set.areas.iter().enumerate() {
                let name = if found.name.is_empty() {
                    &found.code
                } else {
                    &found.name
                };
                places.push(Listed {
                    slug: format!("{}-{}", plain(name), kind.key),
                    name: name.clone(),
                    set: Arc::clone(set),
                    area,
                    kind: kind.clone(),
                    counted,
                });
            }
            counted = false;
        }
        // Two of one name and kind are told apart by their codes.
        let mut seen: HashMap<String, usize> = HashMap::new();
        for place in &places {
            *seen.entry(place.slug.clone()).or_default() += 1;
        }
        for place in &mut places {
            if seen.get(&place.slug).is_some_and(|n| *n > 1) {
                place.slug = format!("{}-{}", place.slug, plain(place.code()));
            }
        }
        places.sort_by(|a, b| {
            (a.name.to_lowercase(), &a.slug).cmp(&(b.name.to_lowercase(), &b.slug))
        });
        Self { places }
    }

    pub(crate) fn find(&self, slug: &str) -> Option<&Listed> {
        self.places.iter().find(|place| place.slug == slug)
    }

    /// The headings of the list with their places, A to Z, in the policy's order.
    pub(crate) fn by_kind(&self, policy: &Policy) -> Vec<(String, Vec<&Listed>)> {
        policy
            .kinds
            .iter()
            .map(|kind| {
                let of = self.places.iter().filter(|place| place.kind == *kind);
                (kind.plural.clone(), of.collect::<Vec<_>>())
            })
            .filter(|(_, places)| !places.is_empty())
            .collect()
    }

    /// Places whose names hold what somebody typed; one that is called just so comes alone.
    pub(crate) fn named(&self, typed: &str) -> Vec<&Listed> {
        let wanted = plain(typed);
        if wanted.is_empty() {
            return Vec::new();
        }
        let all: Vec<&Listed> = self
            .places
            .iter()
            .filter(|place| plain(&place.name).contains(&wanted))
            .collect();
        let same: Vec<&Listed> = all
            .iter()
            .copied()
            .filter(|place| plain(&place.name) == wanted)
            .collect();
        if same.is_empty() { all } else { same }
    }

    /// The counted place that a point lies in.
    pub(crate) fn at(&self, latitude: f64, longitude: f64) -> Option<&Listed> {
        let set = &self.places.iter().find(|place| place.counted)?.set;
        let index = AreaIndex::new(set.areas.iter().map(|area| &area.geometry));
        let area = index.locate(longitude, latitude)?;
        self.places
            .iter()
            .find(|place| place.counted && place.area == area)
    }

    /// The counted places that share ground with another: a twentieth of either at least, measured
    /// in cells about 400 metres across.
    pub(crate) fn sharing(&self, place: &Listed) -> Vec<&Listed> {
        let Some(set) = self
            .places
            .iter()
            .find(|place| place.counted)
            .map(|place| &place.set)
        else {
            return Vec::new();
        };
        let Some(own) = place.set.areas.get(place.area) else {
            return Vec::new();
        };
        let index = AreaIndex::new(set.areas.iter().map(|area| &area.geometry));
        let cells = cells_within(&own.geometry, Resolution::Nine);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for cell in &cells {
            let centre = LatLng::from(*cell);
            if let Some(area) = index.locate(centre.lng(), centre.lat()) {
                *shared.entry(area).or_default() += 1;
            }
        }
        shared.retain(|_, n| *n * 20 >= cells.len());
        self.places
            .iter()
            .filter(|other| other.counted && shared.contains_key(&other.area))
            .collect()
    }
}

/// Small letters, digits and single hyphens.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => out.push(letter),
            '\'' | '\u{2019}' | '.' => {}
            '&' => {
                if !out.is_empty() && !out.ends_with('-') {
                    out.push('-');
                }
                out.push_str("and");
            }
            _ if out.is_empty() || out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// Latitude and longitude of a postcode.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn point_of(
    tx: &mut ReadTx,
    postcode: &Postcode,
) -> Result<Option<(f64, f64)>, DbError> {
    tx.optional(
        sql!("select latitude, longitude from postcodes where postcode = $1"),
        args![postcode.as_str()],
    )
    .await?
    .map(|row| Ok((row.get("latitude")?, row.get("longitude")?)))
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::samples;

    fn directory() -> Directory {
        let mut snapshot = samples::snapshot();
        let ward = &snapshot.areas["ward-2022"];
        let mut town = AreaSet {
            kind: "town".to_owned(),
            vintage: "2024".to_owned(),
            id: uuid::Uuid::nil(),
            areas: ward.areas[..1].to_vec(),
            by_code: HashMap::new(),
            of_location: vec![0, 0, 1],
            population: Vec::new(),
            deprivation: Vec::new(),
        };
        town.areas[0].name = "Durham City".to_owned();
        town.areas[0].code = "T1".to_owned();
        snapshot
            .areas
            .insert("town-2024".to_owned(), Arc::new(town));
        let policy = Policy::parse(&super::super::policy::shipped().body).unwrap();
        Directory::new(&snapshot, &policy)
    }

    #[test]
    fn places_are_found_by_name_point_and_what_they_share() {
        let directory = directory();
        let slugs: Vec<&str> = directory.places.iter().map(|p| p.slug.as_str()).collect();
        assert_eq!(slugs, ["durham-city-town", "elvet-ward", "gilesgate-ward"]);
        assert!(directory.find("elvet-ward").unwrap().counted);
        assert!(!directory.find("durham-city-town").unwrap().counted);
        assert_eq!(directory.at(54.775, -1.58).unwrap().slug, "elvet-ward");
        assert!(directory.at(50.0, 0.0).is_none());
        assert_eq!(directory.named("GILES")[0].slug, "gilesgate-ward");
        assert!(directory.named("  ").is_empty());
        let town = directory.find("durham-city-town").unwrap();
        let shared: Vec<&str> = directory
            .sharing(town)
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        assert_eq!(shared, ["Elvet"]);
        assert!(town.public().contains(54.775, -1.58));
    }

    #[test]
    fn names_become_plain() {
        for (name, expected) in [
            ("Elvet & <Neville's> Cross", "elvet-and-nevilles-cross"),
            ("St. John's  Chapel", "st-johns-chapel"),
            ("  Côte-d'Or ", "c-te-dor"),
            ("—", ""),
        ] {
            assert_eq!(plain(name), expected);
        }
    }
}
