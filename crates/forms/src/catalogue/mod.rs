//! All definitions: which are in force, and every version that records were made with. Each copy
//! of the program holds them in memory and follows changes by a generation number.

mod content;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use commonweal_core::content::{Version, all_current, version as stored_version};
use commonweal_core::events::{Actor, Event};
use commonweal_core::{Clock, Db, DbError, ReadTx, args, insert, read, sql, write};
use serde_json::json;
use uuid::Uuid;

pub use content::{between, kinds, known_roles, read_file, shipped, shipped_roles};

use crate::definition::{self, Definition, DefinitionKind, Fault, Shared};

/// The content kind of a sort of definition, and its folder in `data/`.
#[must_use]
pub fn content_kind(kind: DefinitionKind) -> &'static str {
    match kind {
        DefinitionKind::Form => "forms",
        DefinitionKind::Register => "registers",
    }
}

/// The sort of definition that a content kind holds.
#[must_use]
pub fn definition_kind(content: &str) -> Option<DefinitionKind> {
    match content {
        "forms" => Some(DefinitionKind::Form),
        "registers" => Some(DefinitionKind::Register),
        _ => None,
    }
}

/// The key of a definition in content, where a key is a file's name.
#[must_use]
pub fn file_name(key: &str) -> String {
    format!("{key}.toml")
}

/// The definition's key of a file's name.
#[must_use]
pub fn key_of(file: &str) -> Option<&str> {
    file.strip_suffix(".toml")
}

/// Reads a version of content as a definition.
///
/// # Errors
/// What is wrong with it.
pub fn read_version(version: &Version) -> Result<Definition, Vec<Fault>> {
    let wrong = |message: &str| {
        vec![Fault {
            line: None,
            path: String::new(),
            message: message.to_owned(),
        }]
    };
    let kind = definition_kind(&version.kind)
        .ok_or_else(|| wrong("this is neither a form nor a register"))?;
    let key = key_of(&version.key).ok_or_else(|| wrong("the file's name must end in .toml"))?;
    definition::read(kind, key, version.version, &version.body)
}

/// All definitions. Cheap to clone; clones share what they hold.
#[derive(Clone)]
pub struct Catalogue(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    /// In force today, by key.
    current: BTreeMap<String, Shared>,
    /// Every version that was asked for.
    versions: BTreeMap<(String, i64), Shared>,
}

impl Catalogue {
    /// Reads what is in force today.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn load(db: &Db, clock: &Clock) -> Result<Self, DbError> {
        let catalogue = Self(Arc::new(Inner {
            db: db.clone(),
            clock: clock.clone(),
            held: RwLock::default(),
        }));
        catalogue.refresh().await?;
        Ok(catalogue)
    }

    /// Reads again what is in force today. A definition that cannot be read (an older program
    /// wrote it, or a newer one) is left as it was and named in the log.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn refresh(&self) -> Result<(), DbError> {
        let today = self.0.clock.today();
        let versions = read!(&self.0.db, |tx| all_current(tx, today).await).await?;
        let mut current = BTreeMap::new();
        for version in &versions {
            if definition_kind(&version.kind).is_none() {
                continue;
            }
            let Some(key) = key_of(&version.key) else {
                continue;
            };
            if let Some(held) = self.held(key, version.version) {
                current.insert(key.to_owned(), held);
                continue;
            }
            match read_version(version) {
                Ok(definition) => {
                    current.insert(key.to_owned(), self.hold(definition));
                }
                Err(faults) => {
                    let first = faults.first().map(ToString::to_string).unwrap_or_default();
                    tracing::warn!(definition = key, version = version.version, %first, "a definition in force cannot be read");
                    if let Some(before) = self.get(key) {
                        current.insert(key.to_owned(), before);
                    }
                }
            }
        }
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        held.current = current;
        Ok(())
    }

    fn held(&self, key: &str, version: i64) -> Option<Shared> {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.versions.get(&(key.to_owned(), version)).cloned()
    }

    fn hold(&self, definition: Definition) -> Shared {
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        let place = (definition.key.clone(), definition.version);
        Arc::clone(
            held.versions
                .entry(place)
                .or_insert_with(|| Arc::new(definition)),
        )
    }

    /// The definition of a key that is in force today.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Shared> {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.current.get(key).cloned()
    }

    /// All that are in force today, by key.
    #[must_use]
    pub fn all(&self) -> Vec<Shared> {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.current.values().cloned().collect()
    }

    /// Any version: what a record was made with.
    ///
    /// # Errors
    /// [`DbError::NotFound`]; [`DbError::Setup`] where this program cannot read it.
    pub async fn version(
        &self,
        tx: &mut ReadTx,
        key: &str,
        version: i64,
    ) -> Result<Shared, DbError> {
        if let Some(held) = self.held(key, version) {
            return Ok(held);
        }
        let file = file_name(key);
        let found = match stored_version(tx, "registers", &file, version).await {
            Err(DbError::NotFound) => stored_version(tx, "forms", &file, version).await?,
            found => found?,
        };
        let definition = read_version(&found).map_err(|faults| {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            DbError::Setup(format!("definition {key}, version {version}: {first}"))
        })?;
        Ok(self.hold(definition))
    }
}

/// Makes what definitions in force grant a fact of the database, where policies and scopes read it.
/// Grants of a definition that is not in force any more stay: its records remain.
///
/// # Errors
/// [`DbError`].
pub async fn take_up(db: &Db, clock: &Clock) -> Result<(), DbError> {
    let today = clock.today();
    let (versions, stored) = read!(db, |tx| {
        let versions = all_current(tx, today).await?;
        let rows = tx
            .all(
                sql!("select definition, role, act, reach from definition_grants"),
                args![],
            )
            .await?;
        let mut stored: BTreeMap<String, Grants> = BTreeMap::new();
        for row in rows {
            stored.entry(row.get("definition")?).or_default().insert((
                row.get("role")?,
                row.get("act")?,
                row.get("reach")?,
            ));
        }
        Ok::<_, DbError>((versions, stored))
    })
    .await?;
    for version in versions {
        if definition_kind(&version.kind).is_none() {
            continue;
        }
        // What cannot be read grants no more than it did: the catalogue names it in the log.
        let Ok(definition) = read_version(&version) else {
            continue;
        };
        let wanted: Grants = definition
            .access
            .iter()
            .map(|grant| {
                let names = (grant.act.name(), grant.reach.name());
                (grant.role.clone(), names.0.to_owned(), names.1.to_owned())
            })
            .collect();
        if stored.get(&definition.key) == Some(&wanted) {
            continue;
        }
        grant(db, clock, &definition, &wanted).await?;
    }
    Ok(())
}

/// Role, act and reach.
type Grants = BTreeSet<(String, String, String)>;

async fn grant(
    db: &Db,
    clock: &Clock,
    definition: &Definition,
    wanted: &Grants,
) -> Result<(), DbError> {
    write!(db, clock, &Actor::system("administration"), |tx| {
        tx.run(
            sql!("delete from definition_grants where definition = $1"),
            args![&definition.key],
        )
        .await?;
        let rows = wanted
            .iter()
            .flat_map(|(role, act, reach)| args![&definition.key, role, act, reach]);
        tx.insert_many(
            insert!("definition_grants", "definition, role, act, reach"),
            rows.collect(),
        )
        .await?;
        tx.record(Event::new(
            "definition",
            Uuid::nil(),
            "definition.granted",
            json!({"definition": definition.key, "version": definition.version}),
        ));
        Ok::<_, DbError>(())
    })
    .await
}
