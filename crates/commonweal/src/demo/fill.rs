//! Puts the made-up partnership into an empty database, through the same doors as real data.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use chrono::{NaiveTime, TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_access::agencies;
use commonweal_access::policy::roles;
use commonweal_access::sign_in::SignIn;
use commonweal_access::users::store;
use commonweal_core::Clock;
use commonweal_core::events::Actor;
use commonweal_core::ids::new_uuid;
use commonweal_core::write;
use commonweal_records::imports::load::{self, FileToImport, LoadError, Outcome, Sink};
use commonweal_records::imports::read::context::Shape;
use commonweal_records::imports::{areas, context, postcodes};
use commonweal_records::incidents::{CategoryName, NewIncident, Precision, sources};
use uuid::Uuid;

use super::{AreaKind, CONTEXT_SHAPE, Feed, Incident, Partnership, When, people};
use crate::commands::Opened;

/// The password of everybody in the demo; it guards nothing but made-up data.
pub(super) const PASSWORD: &str = "lantern-harbour-42-violet";

/// The vintage of made-up areas. Neighbourhoods stand in for the census's small areas.
const VINTAGE: &str = "2021";

/// Fills the database.
pub(super) async fn fill(opened: &Opened, partnership: &Partnership) -> Result<()> {
    let agencies = add_agencies(opened, partnership).await?;
    add_users(opened, partnership, &agencies).await?;
    people::add(opened, &agencies).await?;
    add_areas(opened, partnership).await?;
    super::directory::fill(opened, partnership).await?;
    let installed = crate::server::content::install(opened).await;
    installed.map_err(|failure| anyhow!("{failure:?}"))?;
    super::records::add(opened, partnership, &agencies).await?;
    for feed in partnership.feeds() {
        add_month(opened, partnership, &feed).await?;
    }
    for source in partnership.sources() {
        let agency = agencies.get(agency_of(source.slug)).copied();
        let agency = agency.with_context(|| format!("no agency for the source {}", source.slug))?;
        write!(&opened.db, &opened.clock, &actor(), |tx| sources::assign(
            tx,
            source.name,
            agency
        )
        .await)
        .await?;
    }
    Ok(())
}

fn actor() -> Actor {
    Actor::system("demo")
}

/// The agency whose records a source's are.
fn agency_of(source: &str) -> &str {
    if source == "landlord" {
        "housing-north"
    } else {
        source
    }
}

async fn add_agencies(opened: &Opened, partnership: &Partnership) -> Result<HashMap<String, Uuid>> {
    let mut ids = HashMap::new();
    for agency in &partnership.agencies {
        let id = new_uuid(&opened.clock);
        write!(&opened.db, &opened.clock, &actor(), |tx| {
            agencies::store::add(tx, id, &agency.name, &agency.kind).await
        })
        .await
        .with_context(|| agency.name.clone())?;
        ids.insert(agency.slug.clone(), id);
    }
    Ok(ids)
}

async fn add_users(
    opened: &Opened,
    partnership: &Partnership,
    agencies: &HashMap<String, Uuid>,
) -> Result<()> {
    roles::load_shipped(&opened.db, &opened.clock).await?;
    let sign_in = SignIn::new();
    let hash = sign_in.hash_password(PASSWORD).await?;
    if let Some(why) = commonweal_access::sign_in::password::weakness(PASSWORD, &[]) {
        return Err(anyhow!("the demo's password is refused: {why}"));
    }
    for user in &partnership.users {
        let agency = *agencies
            .get(&user.agency)
            .with_context(|| format!("no agency {}", user.agency))?;
        let account = store::Account {
            name: user.name.clone(),
            email: user.email.clone(),
            agency,
            roles: vec![user.role.clone()],
        };
        let id = new_uuid(&opened.clock);
        write!(&opened.db, &opened.clock, &actor(), |tx| {
            store::add(tx, id, &account).await?;
            store::set_password(tx, id, &hash, None).await
        })
        .await
        .with_context(|| user.email.clone())?;
    }
    Ok(())
}

async fn add_areas(opened: &Opened, partnership: &Partnership) -> Result<()> {
    let folder = opened.config.data_dir.join("made-up");
    std::fs::create_dir_all(&folder)?;
    let (db, clock, actor) = (&opened.db, &opened.clock, &actor());
    for (kind, name) in [
        (AreaKind::Neighbourhood, "lsoa"),
        (AreaKind::Division, "division"),
        (AreaKind::Partnership, "partnership"),
    ] {
        let file = write_file(
            &folder,
            &format!("{}.geojson", kind.slug()),
            &partnership.areas_geojson(kind),
        )?;
        let options = areas::AreasOptions {
            kind: Some(name.to_owned()),
            vintage: Some(VINTAGE.to_owned()),
            ..areas::AreasOptions::default()
        };
        areas::import(db, clock, actor, file.as_path(), &options).await?;
    }
    let file = write_file(&folder, "postcodes.csv", &partnership.postcodes_csv())?;
    postcodes::import(
        db,
        clock,
        actor,
        file.as_path(),
        &postcodes::PostcodesOptions::default(),
    )
    .await?;
    let file = write_file(&folder, "context.csv", &partnership.context_csv())?;
    let options = context::ContextOptions {
        shape: Some(Shape::from_toml(CONTEXT_SHAPE)?),
        ..context::ContextOptions::default()
    };
    context::import(db, clock, actor, file.as_path(), &options).await?;
    Ok(())
}

fn write_file(folder: &Path, name: &str, text: &str) -> Result<std::path::PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, text)?;
    Ok(path)
}

/// Imports what a source sent of a month, as of the day on which it came.
async fn add_month(opened: &Opened, partnership: &Partnership, feed: &Feed<'_>) -> Result<()> {
    let Some(received) = feed.received else {
        return Ok(());
    };
    let received = received.min(opened.clock.today());
    let morning = received.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default());
    let clock = Clock::fixed(Utc.from_utc_datetime(&morning).min(opened.clock.now()));
    let name = format!("{}-{}.csv", feed.month, feed.source.slug);
    let incidents: Vec<Owned> = partnership
        .incidents_of(feed.source, feed.month)
        .iter()
        .map(|i| Owned::new(feed, i))
        .collect();
    let file = FileToImport {
        kind: "records",
        sha256: format!("made up: {name}"),
        name,
    };
    let import = load::open(&opened.db, &clock, &actor(), &file).await?;
    load::incidents(&opened.db, &clock, &actor(), import, None, move |sink| {
        push_all(sink, &incidents)
    })
    .await?;
    Ok(())
}

fn push_all(sink: &mut Sink, incidents: &[Owned]) -> Result<Outcome, LoadError> {
    for incident in incidents {
        sink.push(&incident.borrowed())
            .map_err(|stopped| LoadError::File(stopped.to_string()))?;
    }
    Ok(Outcome::default())
}

/// An incident that a thread of its own can take along.
struct Owned {
    source: String,
    key: Option<String>,
    code: String,
    label: String,
    asb: bool,
    known: bool,
    qualifier: Option<commonweal_records::incidents::Qualifier>,
    month: commonweal_records::Month,
    occurred_at: Option<chrono::DateTime<Utc>>,
    place: Option<(f64, f64, String, String)>,
}

impl Owned {
    fn new(feed: &Feed<'_>, incident: &Incident<'_>) -> Self {
        let occurred_at = match incident.when {
            When::Exact(at) => London
                .from_local_datetime(&at)
                .earliest()
                .map(|at| at.with_timezone(&Utc)),
            When::Month(_) => None,
        };
        Self {
            source: feed.source.name.to_owned(),
            key: incident.source_key.clone(),
            code: incident.category.code.clone(),
            label: incident.category.label.clone(),
            asb: incident.category.asb,
            known: incident.category.known,
            qualifier: incident.qualifier,
            month: feed.month,
            occurred_at,
            place: incident.place.map(|place| {
                (
                    place.lon,
                    place.lat,
                    place.name.clone(),
                    place.neighbourhood_code.clone(),
                )
            }),
        }
    }

    fn borrowed(&self) -> NewIncident<'_> {
        NewIncident {
            source: &self.source,
            source_key: self.key.as_deref().map(str::as_bytes),
            category: CategoryName {
                code: &self.code,
                label: &self.label,
                asb: self.asb,
                known: self.known,
            },
            qualifier: self.qualifier,
            month: self.month,
            occurred_at: self.occurred_at,
            point: self.place.as_ref().map(|(lon, lat, ..)| (*lon, *lat)),
            precision: if self.place.is_some() {
                Precision::Snapped
            } else {
                Precision::None
            },
            place_name: self
                .place
                .as_ref()
                .map_or("", |(_, _, name, _)| name.as_str()),
            lsoa: self.place.as_ref().map(|(.., code)| code.as_str()),
            outcome: None,
        }
    }
}
