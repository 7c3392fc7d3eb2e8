//! Reading records in numbers, and what their ids stand for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use commonweal_access::policy::{RecordAct, Resource};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::db::{Filter, List, Sort};
use commonweal_core::{DbError, ReadTx, args, list, sql};
use uuid::Uuid;

use super::columns::Known;
use crate::Forms;
use crate::answers::{Answer, Answers};
use crate::definition::{Definition, Personal, QuestionKind, Shared};

/// Records with everything that a record has.
pub(crate) static RECORDS: List = List {
    columns: "form_records.id, form_records.definition, form_records.definition_version, form_records.reference, \
              form_records.state, form_records.title, form_records.answers, form_records.agency, form_records.owner, \
              form_records.created_by, form_records.parent, form_records.wave, form_records.channel, \
              form_records.latitude, form_records.longitude, form_records.due_on, form_records.state_since, \
              form_records.closed_at, form_records.erased_at, form_records.created_at, form_records.changed_at, \
              form_records.version",
    from: "form_records",
    key: "form_records.id",
    filters: &[
        Filter {
            name: "definition",
            sql: "form_records.definition = ?",
        },
        Filter {
            name: "owner",
            sql: "form_records.owner = ?",
        },
        Filter {
            name: "changed_since",
            sql: "form_records.changed_at >= ?",
        },
        Filter {
            name: "open",
            sql: "form_records.closed_at is null and ?",
        },
    ],
    sorts: &[
        Sort {
            name: "newest",
            by: "form_records.created_at",
            descending: true,
        },
        Sort {
            name: "changed",
            by: "form_records.changed_at",
            descending: true,
        },
    ],
};
list!(RECORDS);

/// The definition of a key for whom may do this to any of its records; else there is none.
pub(crate) fn enter(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    act: RecordAct,
) -> Result<Shared, PageError> {
    viewer.must_record(key, act, &Resource::door())?;
    forms.catalogue.get(key).ok_or(PageError::NotFound)
}

/// Whether titles of records may hold personal answers, so that reading them is logged.
pub(crate) fn title_is_personal(definition: &Definition) -> bool {
    definition.record_title.questions().any(|id| {
        definition
            .question(id)
            .is_none_or(|(_, question)| question.personal != Personal::None)
    })
}

/// The version of the questions that each record was asked by.
#[derive(Default)]
pub(crate) struct Versions(HashMap<i64, Shared>);

impl Versions {
    /// Loads a version once.
    pub(crate) async fn of(
        &mut self,
        forms: &Forms,
        tx: &mut ReadTx,
        key: &str,
        version: i64,
    ) -> Result<Shared, DbError> {
        if let Some(there) = self.0.get(&version) {
            return Ok(there.clone());
        }
        let loaded = forms.catalogue.version(tx, key, version).await?;
        self.0.insert(version, loaded.clone());
        Ok(loaded)
    }
}

/// The names of agencies and colleagues, which any table may need.
pub(crate) async fn known(tx: &mut ReadTx) -> Result<Known, DbError> {
    let pairs = |rows: &[commonweal_core::Row]| {
        rows.iter()
            .map(|row| Ok((row.get::<Uuid>("id")?, row.get::<String>("name")?)))
            .collect::<Result<Vec<_>, DbError>>()
    };
    let agencies = tx
        .all(sql!("select id, name from agencies"), args![])
        .await?;
    let staff = tx
        .all(sql!("select id, name, email from users"), args![])
        .await?;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in &staff {
        *seen
            .entry(row.get::<String>("name")?.to_lowercase())
            .or_default() += 1;
    }
    let mut colleagues = BTreeMap::new();
    for row in &staff {
        let name: String = row.get("name")?;
        let shown = match seen.get(&name.to_lowercase()) {
            Some(1) => name,
            _ => format!("{name} ({})", row.get::<String>("email")?),
        };
        colleagues.insert(row.get("id")?, shown);
    }
    Ok(Known {
        agencies: pairs(&agencies)?.into_iter().collect(),
        staff: colleagues,
        ..Known::default()
    })
}

/// Adds the references of the records and parties that answers name.
pub(crate) async fn learn(
    tx: &mut ReadTx,
    known: &mut Known,
    definition: &Definition,
    answers: &Answers,
) -> Result<(), DbError> {
    for question in &definition.questions {
        match (answers.get(&question.id), &question.kind) {
            (Some(Answer::Record(id)), _) if !known.records.contains_key(id) => {
                let text = sql!("select reference from form_records where id = $1");
                if let Some(row) = tx.optional(text, args![*id]).await? {
                    known.records.insert(*id, row.get("reference")?);
                }
            }
            (Some(Answer::Person(id)), QuestionKind::Person { staff: false })
                if !known.parties.contains_key(id) =>
            {
                // Never the name: who may see a party is asked on the party's own page.
                let text = sql!("select reference from parties where id = $1");
                if let Some(row) = tx.optional(text, args![*id]).await? {
                    known.parties.insert(*id, row.get("reference")?);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The records that references in a table may mean, of registers that the viewer may see.
pub(crate) async fn by_references(
    tx: &mut ReadTx,
    viewer: &Viewer,
    register: &str,
    references: &BTreeSet<String>,
) -> Result<BTreeMap<Uuid, String>, DbError> {
    let mut found = BTreeMap::new();
    for reference in references {
        match crate::register::store::by_reference(tx, reference).await {
            Ok(record)
                if record.definition == register
                    && viewer.principal.may_record(
                        register,
                        RecordAct::See,
                        &record.resource(),
                    ) =>
            {
                found.insert(record.id, record.reference);
            }
            Ok(_) | Err(DbError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Colleagues whom a viewer may give records to: those of the own agency first, by name.
pub(crate) async fn staff(
    tx: &mut ReadTx,
    viewer: &Viewer,
) -> Result<Vec<(Uuid, String)>, DbError> {
    let rows = tx
        .all(
            sql!(
                "select users.id, users.name, agencies.name as agency from users
                 join agencies on agencies.id = users.agency
                 where users.active and agencies.active
                 order by case when users.agency = $1 then 0 else 1 end, lower(users.name), users.id"
            ),
            args![viewer.principal.agency],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let (name, agency): (String, String) = (row.get("name")?, row.get("agency")?);
            Ok((row.get("id")?, format!("{name}, {agency}")))
        })
        .collect()
}
