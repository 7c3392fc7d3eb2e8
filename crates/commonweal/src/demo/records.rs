//! Made-up records of forms and registers, from `data/demo/records.toml`: registers that are worked
//! on, and surveys that were answered, over the past months.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result, anyhow};
use chrono::{DateTime, Duration, NaiveTime, Utc};
use commonweal_core::events::Actor;
use commonweal_core::{Clock, args, read, sql, write};
use commonweal_forms::Catalogue;
use commonweal_forms::answers::{self, Address, Answer, Answers, Location, LocationHow};
use commonweal_forms::definition::{Definition, Question, QuestionKind};
use commonweal_forms::made_up::{self, World};
use commonweal_forms::register::store::{self, NewRecord};
use serde::Deserialize;
use uuid::Uuid;

use super::content::{Content, Place};
use super::dice::{Dice, Wheel};
use super::{Partnership, Postcode, SEED};
use crate::commands::Opened;

/// The stream of chance that records are made from.
const STREAM: u64 = 9_002;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    record: Vec<Planned>,
    survey: Vec<Survey>,
}

/// A record, with what became of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Planned {
    key: Option<String>,
    definition: String,
    by: String,
    ago: i64,
    answers: BTreeMap<String, String>,
    #[serde(default)]
    moves: Vec<Made>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Made {
    key: String,
    ago: i64,
    by: Option<String>,
    reason: Option<String>,
    #[serde(default)]
    asks: BTreeMap<String, String>,
}

/// Answers to a survey.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Survey {
    definition: String,
    by: String,
    count: usize,
    days: usize,
    #[serde(default)]
    waves: Vec<String>,
    parent: Option<String>,
    #[serde(default)]
    weights: BTreeMap<String, Vec<f64>>,
    #[serde(default)]
    texts: BTreeMap<String, Vec<String>>,
}

/// Who there is to answer, and where.
struct Maker<'a> {
    opened: &'a Opened,
    catalogue: Catalogue,
    /// User and agency, by role.
    people: HashMap<String, (Uuid, Uuid)>,
    agencies: &'a HashMap<String, Uuid>,
    settlements: Vec<Place>,
    postcodes: &'a [Postcode],
    /// Records that others name.
    named: HashMap<String, Uuid>,
    dice: Dice,
}

/// Adds them all.
pub(super) async fn add(
    opened: &Opened,
    partnership: &Partnership,
    agencies: &HashMap<String, Uuid>,
) -> Result<()> {
    let file: File = toml::from_str(include_str!("../../../../data/demo/records.toml"))
        .context("data/demo/records.toml")?;
    let mut people = HashMap::new();
    for user in &partnership.users {
        let email = user.email.as_str();
        let row = read!(&opened.db, |tx| tx
            .one(
                sql!("select id, agency from users where email = $1"),
                args![email]
            )
            .await)
        .await
        .with_context(|| user.email.clone())?;
        people.insert(user.role.clone(), (row.get("id")?, row.get("agency")?));
    }
    let mut maker = Maker {
        opened,
        catalogue: Catalogue::load(&opened.db, &opened.clock).await?,
        people,
        agencies,
        settlements: Content::embedded()?.land.places,
        postcodes: &partnership.postcodes,
        named: HashMap::new(),
        dice: Dice::new(SEED, STREAM),
    };
    for planned in &file.record {
        maker
            .record(planned)
            .await
            .with_context(|| format!("{}, {} days ago", planned.definition, planned.ago))?;
    }
    for survey in &file.survey {
        maker
            .survey(survey)
            .await
            .with_context(|| survey.definition.clone())?;
    }
    Ok(())
}

impl Maker<'_> {
    fn definition(&self, key: &str) -> Result<commonweal_forms::definition::Shared> {
        let found = self.catalogue.get(key);
        found.with_context(|| format!("there is no definition {key}"))
    }

    fn person(&self, role: &str) -> Result<(Uuid, Uuid)> {
        let found = self.people.get(role).copied();
        found.with_context(|| format!("nobody has the role {role}"))
    }

    /// Half past nine or later on a day in the past.
    fn moment(&mut self, ago: i64) -> DateTime<Utc> {
        let day = self.opened.clock.today() - Duration::days(ago);
        let minutes = i64::try_from(self.dice.below(400)).unwrap_or(0);
        let morning = day.and_time(NaiveTime::MIN).and_utc() + Duration::minutes(570 + minutes);
        morning.min(self.opened.clock.now())
    }

    async fn record(&mut self, planned: &Planned) -> Result<()> {
        let definition = self.definition(&planned.definition)?;
        let (user, agency) = self.person(&planned.by)?;
        let given = self.answers(&definition, &planned.answers)?;
        let clock = Clock::fixed(self.moment(planned.ago));
        let actor = Actor::user(user, "demo");
        let made = write!(&self.opened.db, &clock, &actor, |tx| {
            let new = NewRecord {
                answers: given.clone(),
                agency: Some(agency),
                owner: Some(user),
                created_by: Some(user),
                parent: None,
                wave: None,
                channel: "page",
                delivery: None,
            };
            store::create(tx, &clock, &definition, new).await
        })
        .await?;
        if let Some(key) = &planned.key {
            self.named.insert(key.clone(), made.id);
        }
        let mut version = made.version;
        for step in &planned.moves {
            let asks = self.answers(&definition, &step.asks)?;
            let (mover, _) = self.person(step.by.as_ref().unwrap_or(&planned.by))?;
            let clock = Clock::fixed(self.moment(step.ago));
            let actor = Actor::user(mover, "demo");
            let reason = step.reason.as_deref();
            let moved = write!(&self.opened.db, &clock, &actor, |tx| {
                store::make_move(tx, &definition, made.id, version, &step.key, &asks, reason).await
            })
            .await
            .with_context(|| step.key.clone())?;
            version = moved.version;
        }
        if let Some(text) = &planned.note {
            let clock = Clock::fixed(self.moment(planned.ago.min(5)));
            let id = commonweal_core::ids::new_uuid(&clock);
            write!(&self.opened.db, &clock, &actor, |tx| {
                store::note(tx, id, made.id, text).await
            })
            .await?;
        }
        Ok(())
    }

    async fn survey(&mut self, survey: &Survey) -> Result<()> {
        let definition = self.definition(&survey.definition)?;
        let (user, agency) = self.person(&survey.by)?;
        let parent = match &survey.parent {
            Some(key) => Some(*self.named.get(key).context("the parent has no key")?),
            None => None,
        };
        for number in 0..survey.count {
            let mut given = self.surveyed(&definition, survey, parent)?;
            answers::shown(&definition, &given).strip(&mut given);
            let ago = i64::try_from(self.dice.below(survey.days))?;
            let clock = Clock::fixed(self.moment(ago));
            let wave = survey
                .waves
                .get(number % survey.waves.len().max(1))
                .cloned();
            let actor = Actor::user(user, "demo");
            write!(&self.opened.db, &clock, &actor, |tx| {
                let new = NewRecord {
                    answers: given.clone(),
                    agency: Some(agency),
                    owner: None,
                    created_by: None,
                    parent,
                    wave: wave.clone(),
                    channel: if survey.waves.is_empty() {
                        "public"
                    } else {
                        "invitation"
                    },
                    delivery: None,
                };
                store::create(tx, &clock, &definition, new).await
            })
            .await?;
        }
        Ok(())
    }

    /// Made-up answers, with weights and words of the file where it has them.
    fn surveyed(
        &mut self,
        definition: &Definition,
        survey: &Survey,
        parent: Option<Uuid>,
    ) -> Result<Answers> {
        let mut world = World::empty(self.opened.clock.today());
        if let (Some(parent), Some(relation)) = (parent, &definition.parent) {
            world
                .records
                .insert(relation.register.clone(), vec![parent]);
        }
        let settlement = self.dice.below(self.settlements.len());
        if let Some(place) = self.settlements.get(settlement) {
            world.centre = (place.lat, place.lon);
        }
        let mut given = Answers::default();
        for (_, question) in definition.all() {
            let answer = match (&question.kind, survey.weights.get(&question.id)) {
                (QuestionKind::Text(_) | QuestionKind::LongText(_), _) => {
                    let texts = survey.texts.get(&question.id);
                    let chosen = texts.and_then(|texts| texts.get(self.dice.below(texts.len())));
                    answers::from_text(question, chosen.map_or("", String::as_str))
                        .map_err(|error| anyhow!(error))?
                }
                (_, Some(weights)) => {
                    let field = self.dice.spin(&Wheel::new(weights.iter().copied()));
                    weighted(question, field)
                }
                // Nobody's details are made up for an answer that needs none.
                (QuestionKind::Contact, None) => None,
                (_, None) => made_up::answer(question, &world, self.dice.bits()),
            };
            given.set(&question.id, answer);
        }
        Ok(given)
    }

    fn answers(
        &mut self,
        definition: &Definition,
        cells: &BTreeMap<String, String>,
    ) -> Result<Answers> {
        let mut given = Answers::default();
        for (id, cell) in cells {
            let (_, question) = definition
                .question(id)
                .with_context(|| format!("there is no question {id}"))?;
            let answer = match cell.strip_prefix('@').and_then(|rest| rest.split_once(' ')) {
                Some((what, rest)) => Some(self.special(what, rest)?),
                None => {
                    answers::from_text(question, cell).map_err(|error| anyhow!("{id}: {error}"))?
                }
            };
            given.set(id, answer);
        }
        Ok(given)
    }

    fn special(&mut self, what: &str, rest: &str) -> Result<Answer> {
        Ok(match what {
            "day" => Answer::Date(self.opened.clock.today() + Duration::days(rest.parse()?)),
            "near" => {
                let (latitude, longitude) = self.near(rest)?;
                Answer::Location(Location {
                    latitude,
                    longitude,
                    how: LocationHow::Name,
                    text: rest.to_owned(),
                    accuracy: None,
                })
            }
            "address" => {
                let (line, town) = rest.split_once(", ").context("an address needs a town")?;
                let (latitude, longitude) = self.near(town)?;
                let away = |postcode: &&Postcode| {
                    let (north, east) = (postcode.lat - latitude, postcode.lon - longitude);
                    north * north + east * east / 3.0
                };
                let nearest = self
                    .postcodes
                    .iter()
                    .min_by(|a, b| away(a).total_cmp(&away(b)))
                    .context("there are no postcodes")?;
                Answer::Address(Address {
                    line1: line.to_owned(),
                    town: town.to_owned(),
                    postcode: nearest.postcode.clone(),
                    ..Address::default()
                })
            }
            "agency" => Answer::Agency(
                *self
                    .agencies
                    .get(rest)
                    .with_context(|| format!("there is no agency {rest}"))?,
            ),
            "user" => Answer::Person(self.person(rest)?.0),
            "record" => Answer::Record(
                *self
                    .named
                    .get(rest)
                    .with_context(|| format!("no record has the key {rest}"))?,
            ),
            other => return Err(anyhow!("'@{other}' is not known")),
        })
    }

    /// A place within some 500 m of a settlement's middle.
    fn near(&mut self, settlement: &str) -> Result<(f64, f64)> {
        let (latitude, longitude) = self
            .settlements
            .iter()
            .find(|place| place.name == settlement)
            .map(|place| (place.lat, place.lon))
            .with_context(|| format!("there is no settlement {settlement}"))?;
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Ok((
            round(latitude + self.dice.between(-0.004, 0.004)),
            round(longitude + self.dice.between(-0.007, 0.007)),
        ))
    }
}

/// The answer that a field of the wheel stands for: options and points in their order, yes first.
fn weighted(question: &Question, field: usize) -> Option<Answer> {
    match &question.kind {
        QuestionKind::Choice(options) => {
            let option = options.get(field)?;
            Some(Answer::Choice(option.value.clone()))
        }
        QuestionKind::Scale { from, to, .. } => {
            let point = from + i64::try_from(field).ok()?;
            (point <= *to).then_some(Answer::Scale(point))
        }
        QuestionKind::YesNo { .. } => Some(Answer::YesNo(field == 0)),
        _ => None,
    }
}
