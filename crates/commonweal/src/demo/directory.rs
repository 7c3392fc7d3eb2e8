//! The demo's 'go to' directory, from `data/demo/directory.toml`.

use std::collections::HashMap;

use anyhow::{Context as _, Result, anyhow};
use chrono::{Days, NaiveDate};
use commonweal_core::ids::new_uuid;
use commonweal_core::{Clock, DbError, args, read, sql, write};
use commonweal_people::directory::model::entry::AREA_CODE;
use commonweal_people::directory::model::{
    Address, CostOption, Figure, Location, Organisation, Phone, Place, Referral, Route, Schedule,
    Service, ServiceArea, State, Status, entry,
};
use commonweal_people::directory::store::{self, New};
use serde::Deserialize;
use serde_json::{Map, json};
use uuid::Uuid;

use super::{AreaKind, Partnership};
use crate::commands::Opened;

const TEXT: &str = include_str!("../../../../data/demo/directory.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    organisation: Vec<Run>,
    place: Vec<At>,
    service: Vec<Offer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    key: String,
    name: String,
    description: String,
    website: Option<String>,
    keeper: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At {
    key: String,
    name: String,
    street: String,
    town: String,
    access: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    name: String,
    organisation: String,
    description: String,
    terms: Vec<String>,
    #[serde(default)]
    phones: Vec<String>,
    email: Option<String>,
    url: Option<String>,
    #[serde(default)]
    hours: Vec<String>,
    #[serde(default)]
    places: Vec<String>,
    #[serde(default)]
    areas: Vec<String>,
    minimum_age: Option<f64>,
    maximum_age: Option<f64>,
    eligibility: Option<String>,
    fees: Option<String>,
    #[serde(default)]
    prices: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    audiences: Vec<String>,
    route: Option<Route>,
    how: Option<String>,
    wait: Option<String>,
    status: Option<Status>,
    alert: Option<String>,
    state: Option<String>,
    assured_days_ago: Option<u64>,
}

/// Who keeps an entry: agency and person.
type Keeper = (Uuid, Uuid);

/// Fills the directory.
pub(super) async fn fill(opened: &Opened, partnership: &Partnership) -> Result<()> {
    let file: File = toml::from_str(TEXT).context("data/demo/directory.toml")?;
    let (clock, today) = (&opened.clock, opened.clock.today());
    let keepers = keepers(opened).await?;
    let keeper = |role: &str| {
        keepers
            .get(role)
            .copied()
            .with_context(|| format!("nobody is {role}"))
    };
    let mut organisations = HashMap::new();
    let mut runs = Vec::new();
    for run in &file.organisation {
        let (id, keeper) = (new_uuid(clock), keeper(&run.keeper)?);
        let body = Organisation {
            name: run.name.clone(),
            description: run.description.clone(),
            website: run.website.clone(),
            ..Organisation::default()
        };
        organisations.insert(run.key.as_str(), (id, keeper));
        runs.push(new(id, body, State::Published, keeper, None));
    }
    let mut places = HashMap::new();
    let mut locations = Vec::new();
    for at in &file.place {
        let id = new_uuid(clock);
        places.insert(at.key.as_str(), id);
        locations.push(new(
            id,
            location(clock, partnership, at)?,
            State::Published,
            keeper("supervisor")?,
            None,
        ));
    }
    let mut services = Vec::new();
    for offer in &file.service {
        let (organisation, keeper) = *organisations
            .get(offer.organisation.as_str())
            .with_context(|| format!("no organisation for {}", offer.name))?;
        let state = offer
            .state
            .as_deref()
            .and_then(State::from_name)
            .unwrap_or(State::Published);
        let assured = offer.assured_days_ago.map(|days| today - Days::new(days));
        let body = service(clock, partnership, offer, organisation, &places)?;
        services.push(new(new_uuid(clock), body, state, keeper, assured));
    }
    let actor = commonweal_core::events::Actor::system("demo");
    write!(&opened.db, clock, &actor, |tx| {
        for entry in &runs {
            store::add(tx, entry).await?;
        }
        for entry in &locations {
            store::add(tx, entry).await?;
        }
        for entry in &services {
            store::add(tx, entry).await?;
        }
        Ok::<_, DbError>(())
    })
    .await?;
    Ok(())
}

fn new<T>(
    id: Uuid,
    body: T,
    state: State,
    (agency, owner): Keeper,
    assured_on: Option<NaiveDate>,
) -> New<T> {
    New {
        id,
        body,
        state,
        agency: Some(agency),
        owner: Some(owner),
        assured_on,
    }
}

async fn keepers(opened: &Opened) -> Result<HashMap<String, Keeper>> {
    let found: Result<HashMap<String, Keeper>, DbError> = read!(&opened.db, |tx| {
        let text = sql!("select user_roles.role, users.id, users.agency from users join user_roles on user_roles.user_id = users.id order by users.id");
        tx.all(text, args![]).await?.iter().map(|row| Ok((row.get("role")?, (row.get("agency")?, row.get("id")?)))).collect()
    })
    .await;
    Ok(found?)
}

/// A location in its town's middle, with the nearest made-up postcode.
fn location(clock: &Clock, partnership: &Partnership, at: &At) -> Result<Location> {
    let land = super::content::Content::embedded()?.land;
    let town = land
        .places
        .iter()
        .find(|place| place.name == at.town || place.name.starts_with(&at.town))
        .with_context(|| format!("no town {}", at.town))?;
    let away = |postcode: &&super::Postcode| {
        (postcode.lon - town.lon).hypot((postcode.lat - town.lat) * 1.7)
    };
    let postcode = partnership
        .postcodes
        .iter()
        .min_by(|a, b| away(a).total_cmp(&away(b)))
        .context("no postcode")?;
    let access = |words: &String| json!({ "id": new_uuid(clock), "description": words });
    Ok(Location {
        name: at.name.clone(),
        location_type: "physical".to_owned(),
        longitude: Some(Figure(postcode.lon)),
        latitude: Some(Figure(postcode.lat)),
        addresses: vec![Address {
            id: new_uuid(clock),
            address_1: at.street.clone(),
            city: at.town.clone(),
            state_province: "County Durham".to_owned(),
            postal_code: postcode.postcode.clone(),
            country: "GB".to_owned(),
            address_type: "physical".to_owned(),
            ..Address::default()
        }],
        accessibility: at.access.iter().map(access).collect(),
        ..Location::default()
    })
}

/// `MO,TU 09:00-17:00` as a rule.
fn schedule(clock: &Clock, text: &str) -> Result<Schedule> {
    let (days, times) = text
        .split_once(' ')
        .ok_or_else(|| anyhow!("no hours: {text}"))?;
    let (opens, closes) = times
        .split_once('-')
        .ok_or_else(|| anyhow!("no hours: {text}"))?;
    Ok(Schedule {
        id: new_uuid(clock),
        freq: Some("WEEKLY".to_owned()),
        byday: Some(days.to_owned()),
        opens_at: Some(opens.to_owned()),
        closes_at: Some(closes.to_owned()),
        ..Schedule::default()
    })
}

fn service(
    clock: &Clock,
    partnership: &Partnership,
    offer: &Offer,
    organisation: Uuid,
    places: &HashMap<&str, Uuid>,
) -> Result<Service> {
    let phone = |line: &String| {
        let (number, words) = line
            .split_once(", ")
            .map_or((line.as_str(), None), |(number, words)| {
                (number, Some(words))
            });
        Phone {
            id: new_uuid(clock),
            number: number.to_owned(),
            description: words.map(str::to_owned),
            extra: Map::new(),
        }
    };
    let area = |name: &String| {
        let known = partnership
            .areas_of(AreaKind::Division)
            .find(|area| area.name.starts_with(name.as_str()));
        ServiceArea {
            id: new_uuid(clock),
            name: Some(known.map_or_else(|| name.clone(), |area| area.name.clone())),
            extent: known.map(|area| area.code.clone()),
            extent_type: known.map(|_| AREA_CODE.to_owned()),
            ..ServiceArea::default()
        }
    };
    let price = |line: &String| {
        let (option, rest) = line.split_once(": ").unwrap_or((line, "0"));
        let (amount, words) = rest.split_once(' ').unwrap_or((rest, ""));
        CostOption {
            id: new_uuid(clock),
            option: Some(option.to_owned()),
            amount: amount.parse().ok().map(Figure),
            amount_description: Some(words.to_owned()).filter(|words| !words.is_empty()),
            ..CostOption::default()
        }
    };
    let at = |text: &String| -> Result<Place> {
        let (key, hours) = text
            .split_once(' ')
            .ok_or_else(|| anyhow!("no hours at {text}"))?;
        let location_id = *places.get(key).with_context(|| format!("no place {key}"))?;
        Ok(Place {
            id: new_uuid(clock),
            location_id,
            schedules: vec![schedule(clock, hours)?],
            ..Place::default()
        })
    };
    let language = |name: &String| entry::Language {
        id: new_uuid(clock),
        name: Some(name.clone()),
        extra: Map::new(),
    };
    Ok(Service {
        organization_id: organisation,
        name: offer.name.clone(),
        description: Some(offer.description.clone()),
        url: offer.url.clone(),
        email: offer.email.clone(),
        status: offer.status.unwrap_or_default(),
        fees: offer.fees.clone(),
        minimum_age: offer.minimum_age.map(Figure),
        maximum_age: offer.maximum_age.map(Figure),
        eligibility_description: offer.eligibility.clone(),
        alert: offer.alert.clone(),
        phones: offer.phones.iter().map(phone).collect(),
        schedules: offer
            .hours
            .iter()
            .map(|text| schedule(clock, text))
            .collect::<Result<_>>()?,
        service_areas: offer.areas.iter().map(area).collect(),
        service_at_locations: offer.places.iter().map(at).collect::<Result<_>>()?,
        languages: offer.languages.iter().map(language).collect(),
        cost_options: offer.prices.iter().map(price).collect(),
        terms: offer.terms.clone(),
        audiences: offer.audiences.clone(),
        referral: Some(Referral {
            route: offer.route.unwrap_or_default(),
            how: offer.how.clone(),
            wait: offer.wait.clone(),
        }),
        ..Service::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use commonweal_people::directory::model::needs::{self, Needs};

    #[test]
    fn the_made_up_directory_names_only_terms_that_there_are() {
        let file: File = toml::from_str(TEXT).unwrap();
        let needs = Needs::parse(needs::SHIPPED).unwrap();
        assert!(file.service.len() >= 40);
        for offer in &file.service {
            for term in &offer.terms {
                assert!(needs.term(term).is_some(), "{}: {term}", offer.name);
            }
            for place in &offer.places {
                let key = place.split(' ').next().unwrap();
                assert!(
                    file.place.iter().any(|at| at.key == key),
                    "{}: {place}",
                    offer.name
                );
            }
        }
    }
}
