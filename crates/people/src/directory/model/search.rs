//! The search: which services fit a question, in which order, and why each is shown. Words, age and
//! place each narrow; what is shown says which of them it met.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::distance::{MILE, Point, metres};
use super::hours::{self, Now};
use super::needs::{Needs, Understood};
use super::words::likeness;
use super::{Entry, Location, Organisation, Schedule, Service, Status};

/// What somebody asked. Kept on the server under an id, since words and place may say who asks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    /// In plain words.
    pub words: String,
    /// The key of a need that was chosen from the list.
    pub need: Option<String>,
    /// Age in years.
    pub age: Option<u32>,
    /// Where from: longitude and latitude.
    pub point: Option<Point>,
    /// What people may see of where from: the first half of the postcode.
    pub near: Option<String>,
    /// Codes of the loaded areas that hold the point.
    pub areas: Vec<String>,
    /// Within so many miles.
    pub within: Option<u32>,
    /// Only what is open now.
    pub open_now: bool,
}

/// The published directory, as of one moment.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Services whose organisation is published too, by name.
    pub services: Vec<Entry<Service>>,
    /// Published organisations by id.
    pub organisations: BTreeMap<Uuid, Entry<Organisation>>,
    /// Published locations by id.
    pub locations: BTreeMap<Uuid, Entry<Location>>,
}

impl Directory {
    /// The service's organisation.
    #[must_use]
    pub fn organisation(&self, service: &Service) -> Option<&Entry<Organisation>> {
        self.organisations.get(&service.organization_id)
    }

    /// Where a service is, as far as it is published.
    pub fn places<'a>(
        &'a self,
        service: &'a Service,
    ) -> impl Iterator<Item = (&'a [Schedule], &'a Entry<Location>)> {
        service.service_at_locations.iter().filter_map(|place| {
            Some((
                place.schedules.as_slice(),
                self.locations.get(&place.location_id)?,
            ))
        })
    }

    /// The service of a reference.
    #[must_use]
    pub fn service(&self, reference: &str) -> Option<&Entry<Service>> {
        self.services
            .iter()
            .find(|service| service.head.reference == reference)
    }
}

/// Every schedule of a service, wherever it is.
#[must_use]
pub fn all_hours(service: &Service) -> Vec<Schedule> {
    let at_places = service
        .service_at_locations
        .iter()
        .flat_map(|place| &place.schedules);
    service.schedules.iter().chain(at_places).cloned().collect()
}

/// Why a service is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// It helps with what the words mean: the need's name.
    Need(String),
    /// These of the typed words stand in its name or description.
    Words(Vec<String>),
    /// It takes people of that age: the limits, where it has any.
    Age(Option<f64>, Option<f64>),
    /// So many metres in a straight line.
    Distance(f64),
    /// It comes by telephone or online, wherever somebody lives.
    Anywhere,
    /// It is for people who live there.
    Area(String),
    /// It is for people who live in places that we cannot compare with a postcode.
    AreaInWords(String),
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    /// The service.
    pub service: &'a Entry<Service>,
    /// Why it is shown.
    pub why: Vec<Why>,
    /// Metres to its nearest location.
    pub metres: Option<f64>,
    /// Whether it is open now.
    pub now: Now,
    score: f64,
}

/// All answers, the best first.
#[derive(Debug)]
pub struct Found<'a> {
    /// The answers.
    pub hits: Vec<Hit<'a>>,
    /// What the words were taken to mean.
    pub understood: Understood<'a>,
}

/// How much of the typed words a service's own words hold, from 0 to 1, and which they are.
fn words_in(needs: &Needs, typed: &[String], texts: &[(f64, &str)]) -> (f64, Vec<String>) {
    if typed.is_empty() {
        return (0.0, Vec::new());
    }
    let texts: Vec<(f64, Vec<String>)> = texts
        .iter()
        .map(|(worth, text)| (*worth, needs.stems(text)))
        .collect();
    let mut found = Vec::new();
    let mut sum = 0.0;
    for word in typed {
        let best = texts
            .iter()
            .flat_map(|(worth, stems)| stems.iter().map(move |stem| worth * likeness(word, stem)))
            .fold(0.0, f64::max);
        if best > 0.0 {
            found.push(word.clone());
        }
        sum += best;
    }
    (sum / typed.len() as f64, found)
}

/// Finds what fits, at a moment on the clocks of the United Kingdom.
#[must_use]
pub fn find<'a>(
    directory: &'a Directory,
    needs: &'a Needs,
    question: &Question,
    moment: NaiveDateTime,
) -> Found<'a> {
    let mut understood = needs.understand(&question.words);
    if let Some(need) = question.need.as_deref().and_then(|key| needs.need(key)) {
        understood.needs.retain(|meant| meant.need.key != need.key);
        understood
            .needs
            .insert(0, super::needs::Meant { need, score: 1.0 });
    }
    let typed = needs.stems(&question.words);
    let mut hits: Vec<Hit<'a>> = directory
        .services
        .iter()
        .filter(|service| {
            matches!(
                service.body.status,
                Status::Active | Status::TemporarilyClosed
            )
        })
        .filter_map(|service| {
            hit(
                directory,
                needs,
                question,
                &understood,
                &typed,
                service,
                moment,
            )
        })
        .collect();
    hits.sort_by(|a, b| {
        // Of equally good ones the nearest, then by name; what is far better comes first anyway.
        let step = |hit: &Hit<'_>| (hit.score * 10.0).round() as i64;
        let far = |hit: &Hit<'_>| hit.metres.unwrap_or(f64::MAX);
        step(b)
            .cmp(&step(a))
            .then_with(|| far(a).total_cmp(&far(b)))
            .then_with(|| {
                a.service
                    .body
                    .name
                    .to_lowercase()
                    .cmp(&b.service.body.name.to_lowercase())
            })
            .then_with(|| a.service.head.id.cmp(&b.service.head.id))
    });
    Found { hits, understood }
}

fn hit<'a>(
    directory: &'a Directory,
    needs: &Needs,
    question: &Question,
    understood: &Understood<'_>,
    typed: &[String],
    service: &'a Entry<Service>,
    moment: NaiveDateTime,
) -> Option<Hit<'a>> {
    let body = &service.body;
    let mut why = Vec::new();
    let mut score = 1.0;
    if !typed.is_empty() || question.need.is_some() {
        score = relevance(directory, needs, understood, typed, body, &mut why)?;
    }
    if let Some(age) = question.age {
        if !body.takes(f64::from(age)) {
            return None;
        }
        why.push(Why::Age(
            body.minimum_age.map(|age| age.0),
            body.maximum_age.map(|age| age.0),
        ));
    }
    let metres = near(directory, question, body, &mut why)?;
    let now = hours::at(&all_hours(body), moment);
    let closed = body.status == Status::TemporarilyClosed;
    if question.open_now && (closed || !matches!(now, Now::Open(_))) {
        return None;
    }
    Some(Hit {
        service,
        why,
        metres,
        now,
        score,
    })
}

/// How well it fits the words, from 0 to 1; none where it does not.
fn relevance(
    directory: &Directory,
    needs: &Needs,
    understood: &Understood<'_>,
    typed: &[String],
    body: &Service,
    why: &mut Vec<Why>,
) -> Option<f64> {
    let mut by_need = 0.0_f64;
    for meant in &understood.needs {
        let place = meant
            .need
            .terms
            .iter()
            .position(|term| body.terms.contains(term));
        let Some(place) = place else { continue };
        // The first term of a need is what helps most, and the first of a service what it is for.
        let main = place == 0 && body.terms.first() == meant.need.terms.first();
        let worth = match (place, main) {
            (_, true) => 1.0,
            (0, false) => 0.85,
            _ => 0.75,
        };
        let part = meant.score * worth;
        by_need = by_need.max(part);
        why.push(Why::Need(meant.need.name.clone()));
    }
    let organisation = directory
        .organisation(body)
        .map_or("", |entry| entry.body.name.as_str());
    let description = body.description.as_deref().unwrap_or_default();
    let (by_words, found) = words_in(
        needs,
        typed,
        &[(1.0, &body.name), (0.9, organisation), (0.6, description)],
    );
    // A single common word of a long question is no reason.
    let by_words = if by_words >= 0.4 { by_words } else { 0.0 };
    if by_need == 0.0 && by_words == 0.0 {
        return None;
    }
    if by_words > 0.0 && !found.is_empty() {
        why.push(Why::Words(found));
    }
    Some(by_need.max(by_words * 0.95) + 0.15 * f64::from(u8::from(by_need > 0.0 && by_words > 0.0)))
}

/// Metres to it, or that it does not matter; none where it is too far or for people elsewhere.
fn near(
    directory: &Directory,
    question: &Question,
    body: &Service,
    why: &mut Vec<Why>,
) -> Option<Option<f64>> {
    let Some(from) = question.point else {
        return Some(None);
    };
    let coded: Vec<_> = body
        .service_areas
        .iter()
        .filter(|area| area.code().is_some())
        .collect();
    let named: Vec<&str> = body
        .service_areas
        .iter()
        .filter_map(|area| area.name.as_deref())
        .collect();
    if !coded.is_empty() {
        let here: HashSet<&str> = question.areas.iter().map(String::as_str).collect();
        let held = coded
            .iter()
            .find(|area| area.code().is_some_and(|code| here.contains(code)));
        match held {
            Some(area) => why.push(Why::Area(area.name.clone().unwrap_or_default())),
            // Areas in words beside those with codes may hold the place: people decide.
            None if named.len() > coded.len() => why.push(Why::AreaInWords(named.join(", "))),
            None => return None,
        }
    } else if !named.is_empty() {
        why.push(Why::AreaInWords(named.join(", ")));
    }
    let nearest = directory
        .places(body)
        .filter_map(|(_, location)| location.body.point())
        .map(|to| metres(from, to))
        .min_by(f64::total_cmp);
    match nearest {
        Some(away)
            if question
                .within
                .is_some_and(|miles| away > f64::from(miles) * MILE) =>
        {
            None
        }
        Some(away) => {
            why.push(Why::Distance(away));
            Some(Some(away))
        }
        None => {
            why.push(Why::Anywhere);
            Some(None)
        }
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
