//! The import: what it would do, and doing it in one transaction.

use std::collections::BTreeSet;

use commonweal_core::events::{Actor, Event};
use commonweal_core::ids::uuid_at;
use commonweal_core::{Clock, Db, DbError, ReadTx, Tx, args, read, sql, write};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::feed::{self, Document, Item, Reject};
use super::merge::{Merged, merge};
use crate::directory::model::needs::Needs;
use crate::directory::model::{
    Body, Entry, EntryKind, Head, Location, Organisation, Service, State,
};
use crate::directory::store::{self, New};

/// How an import goes.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What the other directory is called here: entries are known again by it and their id.
    pub source: String,
    /// The agency that keeps what is new.
    pub agency: Option<Uuid>,
    /// The person who keeps what is new.
    pub owner: Option<Uuid>,
    /// Whether what is new is shown at once; otherwise it is a draft.
    pub publish: bool,
    /// Check everything, write nothing.
    pub dry_run: bool,
    /// Conflicts in which the source's telling is wanted, as [`Line::key`].
    pub take: BTreeSet<String>,
    /// Wanted in every conflict.
    pub take_all: bool,
}

/// One thing that an import does, or asks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Names the conflict, for [`Options::take`].
    pub key: String,
    /// `service`, `organisation` or `location`.
    pub kind: EntryKind,
    /// The entry's name.
    pub name: String,
    /// The field; empty for a whole entry.
    pub field: String,
    /// As it stands here.
    pub before: String,
    /// As the source tells it.
    pub after: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The source.
    pub source: String,
    /// Whether nothing was written because that was asked.
    pub dry_run: bool,
    /// Entries that were not here before.
    pub new: Vec<Line>,
    /// Fields that the source changed.
    pub changed: Vec<Line>,
    /// Fields that both changed; ours stands.
    pub conflicts: Vec<Line>,
    /// Entries of this source that it no longer has; nothing becomes of them.
    pub gone: Vec<Line>,
    /// Entries in which nothing changed.
    pub unchanged: usize,
    /// What is wrong: with any of it nothing is taken in.
    pub rejects: Vec<Reject>,
    /// What is odd, and taken in all the same.
    pub warnings: Vec<Reject>,
}

/// Imports documents of a feed.
///
/// # Errors
/// [`DbError`]. What is wrong with the feed is in the report.
pub async fn import(
    db: &Db,
    clock: &Clock,
    actor: &Actor,
    needs: &Needs,
    documents: &[Document],
    options: &Options,
) -> Result<Report, DbError> {
    let feed = feed::read(needs, documents);
    let mut report = Report {
        source: options.source.clone(),
        dry_run: options.dry_run,
        rejects: feed.rejects,
        warnings: feed.warnings,
        ..Report::default()
    };
    if feed.items.is_empty() && report.rejects.is_empty() {
        report.rejects.push(Reject {
            path: "$".to_owned(),
            reason: "holds no service".to_owned(),
        });
    }
    let items = feed.items;
    let plan = read!(db, |tx| look(tx, &items, options).await).await?;
    plan.tell(&mut report);
    if options.dry_run || !report.rejects.is_empty() || plan.is_nothing() {
        return Ok(report);
    }
    write!(db, clock, actor, |tx| {
        // Looked at again in the transaction that writes, so that nothing slips in between.
        let plan = look(tx, &items, options).await?;
        apply(tx, &plan, options).await
    })
    .await?;
    Ok(report)
}

/// An entry as it stands here.
type Standing = (Head, Map<String, Value>);

/// What becomes of one entry.
struct Step {
    kind: EntryKind,
    /// The source's id.
    key: Uuid,
    /// Ours: the same, unless another entry has it.
    id: Uuid,
    merged: Merged,
    theirs: Map<String, Value>,
    /// As it stands here, where it does.
    stands: Option<Standing>,
    base_changed: bool,
}

struct Plan {
    source: Option<Uuid>,
    steps: Vec<Step>,
    gone: Vec<(EntryKind, String)>,
}

fn fields(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// An entry as a source would tell it.
fn told<T: Body>(entry: &Entry<T>) -> Map<String, Value> {
    let mut told = fields(&entry.body.to_json());
    if let Some(assured) = entry.head.assured_on {
        told.insert("assured_date".to_owned(), json!(assured));
    }
    told
}

async fn stands(tx: &mut ReadTx, kind: EntryKind, id: Uuid) -> Result<Option<Standing>, DbError> {
    fn both<T: Body>(found: Result<Entry<T>, DbError>) -> Result<Option<Standing>, DbError> {
        match found {
            Ok(entry) => Ok(Some((entry.head.clone(), told(&entry)))),
            Err(DbError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
    match kind {
        EntryKind::Service => both(store::find::<Service>(tx, id).await),
        EntryKind::Organisation => both(store::find::<Organisation>(tx, id).await),
        EntryKind::Location => both(store::find::<Location>(tx, id).await),
    }
}

/// Compares a feed with what is here.
async fn look(tx: &mut ReadTx, items: &[Item], options: &Options) -> Result<Plan, DbError> {
    let source = tx
        .optional(
            sql!("select id from directory_sources where name = $1"),
            args![&options.source],
        )
        .await?;
    let source: Option<Uuid> = source.map(|row| row.get("id")).transpose()?;
    let mut known = std::collections::BTreeMap::new();
    if let Some(source) = source {
        let text = sql!(
            "select directory_imported.kind, directory_imported.key, directory_imported.entry, directory_imported.body, directory_entries.name
             from directory_imported join directory_entries on directory_entries.id = directory_imported.entry
             where directory_imported.source = $1"
        );
        for row in tx.all(text, args![source]).await? {
            let kind: String = row.get("kind")?;
            let key: String = row.get("key")?;
            let (Some(kind), Ok(key)) = (EntryKind::from_name(&kind), key.parse::<Uuid>()) else {
                continue;
            };
            let value: Value = row.get("body")?;
            known.insert(
                (kind, key),
                (
                    row.get::<Uuid>("entry")?,
                    fields(&value),
                    row.get::<String>("name")?,
                ),
            );
        }
    }
    // Ids of this feed by ours, for what refers to another entry.
    let mut ids = std::collections::BTreeMap::new();
    for item in items {
        let id = match known.get(&(item.kind, item.id)) {
            Some((id, ..)) => *id,
            None => free(tx, item.id).await?,
        };
        ids.insert(item.id, id);
    }
    let mut steps = Vec::with_capacity(items.len());
    for item in items {
        let mut body = item.body.clone();
        refer(&mut body, &ids);
        let theirs = fields(&body);
        let id = ids.get(&item.id).copied().unwrap_or(item.id);
        let base = known.remove(&(item.kind, item.id)).map(|(_, base, _)| base);
        let found = if base.is_some() {
            stands(tx, item.kind, id).await?
        } else {
            None
        };
        let empty = Map::new();
        let (old, ours) = (
            base.as_ref().unwrap_or(&empty),
            found.as_ref().map_or(&empty, |(_, ours)| ours),
        );
        let prefer = |field: &str| {
            options.take_all || options.take.contains(&line_key(item.kind, item.id, field))
        };
        let merged = merge(old, ours, &theirs, prefer);
        let base_changed = base.as_ref() != Some(&merged.base);
        steps.push(Step {
            kind: item.kind,
            key: item.id,
            id,
            merged,
            theirs,
            stands: found,
            base_changed,
        });
    }
    let gone = known
        .into_iter()
        .map(|((kind, _), (_, _, name))| (kind, name))
        .collect();
    Ok(Plan {
        source,
        steps,
        gone,
    })
}

/// The source's own id where no other entry has it.
async fn free(tx: &mut ReadTx, id: Uuid) -> Result<Uuid, DbError> {
    let taken = tx
        .count(
            sql!("select count(*) from directory_entries where id = $1"),
            args![id],
        )
        .await?;
    if taken == 0 {
        return Ok(id);
    }
    // Another, but always the same one, so that a plan that is made twice is one plan.
    Ok(Uuid::from_u128(
        id.as_u128() ^ 0x0063_6f6d_6d6f_6e77_6561_6c00_0000_0001,
    ))
}

/// What refers to entries of the source refers to ours.
fn refer(body: &mut Value, ids: &std::collections::BTreeMap<Uuid, Uuid>) {
    let ours = |value: &Value| {
        let id = value.as_str()?.parse::<Uuid>().ok()?;
        Some(Value::from(ids.get(&id)?.to_string()))
    };
    if let Some(place) = body.get_mut("organization_id")
        && let Some(id) = ours(place)
    {
        *place = id;
    }
    let places = body
        .get_mut("service_at_locations")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten();
    for place in places {
        if let Some(place) = place.get_mut("location_id")
            && let Some(id) = ours(place)
        {
            *place = id;
        }
    }
}

fn line_key(kind: EntryKind, id: Uuid, field: &str) -> String {
    format!("{}:{id}:{field}", kind.name())
}

/// A value in few words.
fn words(value: Option<&Value>) -> String {
    let text = match value {
        None => return "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.chars().count() > 300 {
        format!("{}…", text.chars().take(300).collect::<String>())
    } else {
        text
    }
}

impl Plan {
    fn is_nothing(&self) -> bool {
        self.steps
            .iter()
            .all(|step| step.stands.is_some() && step.merged.taken.is_empty() && !step.base_changed)
    }

    fn tell(&self, report: &mut Report) {
        for step in &self.steps {
            let name = step
                .theirs
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or("(without a name)")
                .to_owned();
            let line = |field: &str| Line {
                key: line_key(step.kind, step.key, field),
                kind: step.kind,
                name: name.clone(),
                field: field.to_owned(),
                before: words(step.stands.as_ref().and_then(|(_, ours)| ours.get(field))),
                after: words(step.theirs.get(field)),
            };
            if step.stands.is_none() {
                report.new.push(Line {
                    before: String::new(),
                    after: String::new(),
                    ..line("")
                });
                continue;
            }
            report
                .changed
                .extend(step.merged.taken.iter().map(|field| line(field)));
            report
                .conflicts
                .extend(step.merged.conflicts.iter().map(|field| line(field)));
            if step.merged.taken.is_empty() && step.merged.conflicts.is_empty() {
                report.unchanged += 1;
            }
        }
        report
            .gone
            .extend(self.gone.iter().map(|(kind, name)| Line {
                key: String::new(),
                kind: *kind,
                name: name.clone(),
                field: String::new(),
                before: String::new(),
                after: String::new(),
            }));
    }
}

/// Writes what the plan says.
async fn apply(tx: &mut Tx, plan: &Plan, options: &Options) -> Result<(), DbError> {
    let now = tx.now();
    let source = match plan.source {
        Some(source) => source,
        None => {
            let id = uuid_at(now);
            tx.run(
                sql!("insert into directory_sources (id, name, created_at) values ($1, $2, $3)"),
                args![id, &options.source, now],
            )
            .await?;
            id
        }
    };
    for step in &plan.steps {
        match step.kind {
            EntryKind::Service => write_one::<Service>(tx, step, options).await?,
            EntryKind::Organisation => write_one::<Organisation>(tx, step, options).await?,
            EntryKind::Location => write_one::<Location>(tx, step, options).await?,
        }
        let base = Value::Object(step.merged.base.clone());
        tx.run(
            sql!(
                "insert into directory_imported (source, kind, key, entry, body) values ($1, $2, $3, $4, $5)
                 on conflict (source, kind, key) do update set body = excluded.body"
            ),
            args![source, step.kind.name(), step.key.to_string(), step.id, base],
        )
        .await?;
    }
    let entries = plan.steps.len();
    tx.record(Event::new(
        "directory_source",
        source,
        "directory.imported",
        json!({ "source": options.source, "entries": entries }),
    ));
    Ok(())
}

async fn write_one<T: Body>(tx: &mut Tx, step: &Step, options: &Options) -> Result<(), DbError> {
    let mut body = step.merged.body.clone();
    let assured = body
        .remove("assured_date")
        .and_then(|date| date.as_str()?.parse().ok());
    let body = T::from_json(Value::Object(body))?;
    match &step.stands {
        None => {
            let state = if options.publish {
                State::Published
            } else {
                State::Draft
            };
            let new = New {
                id: step.id,
                body,
                state,
                agency: options.agency,
                owner: options.owner,
                assured_on: assured,
            };
            store::add(tx, &new).await?;
        }
        Some((head, _)) if !step.merged.taken.is_empty() => {
            let entry = Entry {
                head: head.clone(),
                body: T::default(),
            };
            store::change(tx, &entry, &body).await?;
            if T::KIND == EntryKind::Service && head.assured_on != assured {
                tx.run(
                    sql!("update directory_entries set assured_on = $2 where id = $1"),
                    args![head.id, assured],
                )
                .await?;
            }
        }
        Some(_) => {}
    }
    Ok(())
}
