//! What the fields of a page need beside the definition.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_access::web::PageError;
use commonweal_core::files::blocked_among;
use commonweal_core::{DbError, ReadTx, read, sql};
use uuid::Uuid;

use super::field::FileShown;
use super::fields::{self, Extra};
use super::journey::Journey;
use super::walk::Step;
use super::{lookups, places, uploads};
use crate::Forms;
use crate::answers::{Answer, FileAnswer};
use crate::definition::{Definition, QuestionKind};

/// Puts what the fields of a step need into `extra`.
pub(super) async fn look_up(
    forms: &Forms,
    journey: &Journey,
    step: &Step,
    extra: &mut Extra,
) -> Result<(), PageError> {
    let (definition, answers) = (&journey.definition, &journey.draft.answers);
    let (mut agencies, mut map) = (false, false);
    let mut given: BTreeMap<String, Vec<FileAnswer>> = BTreeMap::new();
    for question in step.questions.iter().filter_map(|id| definition.get(*id)) {
        agencies |= matches!(question.kind, QuestionKind::Agency);
        map |= matches!(question.kind, QuestionKind::Location);
        match answers.get(&question.id) {
            Some(Answer::Files(files)) => {
                given.insert(question.id.clone(), files.clone());
            }
            Some(Answer::Location(place)) => {
                extra
                    .notes
                    .insert(question.id.clone(), places::exactness(extra.engine, place));
            }
            _ => {}
        }
    }
    if agencies || map {
        (extra.agencies, extra.map.bounds) = read!(&forms.app.db, |tx| {
            let list = lookups::agencies(tx).await?;
            Ok::<_, PageError>((list, bounds(tx).await?))
        })
        .await?;
    }
    let taken = uploads::taken_at(&forms.files, &given, definition).await?;
    let offered = location_question(definition).is_some();
    let stopped = stopped(forms, journey, given.is_empty()).await?;
    for (id, files) in given {
        let shown = files
            .iter()
            .map(|file| {
                let place = offered && taken.contains_key(&file.id);
                let shown = fields::shown(&id, file, &journey.base, place);
                let stopped = stopped.contains(&file.id);
                FileShown {
                    stopped,
                    picture: shown.picture && !stopped,
                    ..shown
                }
            })
            .collect();
        extra.files.insert(id, shown);
    }
    Ok(())
}

/// Which files of the draft, and of the record that it edits, were stopped.
async fn stopped(
    forms: &Forms,
    journey: &Journey,
    none: bool,
) -> Result<BTreeSet<Uuid>, PageError> {
    if none {
        return Ok(BTreeSet::new());
    }
    read!(&forms.app.db, |tx| {
        let mut found = blocked_among(tx, journey.draft.id).await?;
        if let Some(record) = journey.draft.record {
            found.extend(blocked_among(tx, record).await?);
        }
        Ok::<_, DbError>(found)
    })
    .await
    .map_err(PageError::from)
}

/// Where maps begin: around the areas that are loaded; the United Kingdom where none are.
async fn bounds(tx: &mut ReadTx) -> Result<String, DbError> {
    let row = tx
        .one(
            sql!(
                "select min(a.west) as west, min(a.south) as south, max(a.east) as east, max(a.north) as north
                 from areas a join area_sets s on s.id = a.area_set where s.state = 'visible'"
            ),
            Vec::new(),
        )
        .await?;
    let side = |name: &str, other: f64| -> Result<f64, DbError> {
        Ok(row.get::<Option<f64>>(name)?.unwrap_or(other))
    };
    Ok(format!(
        "{},{},{},{}",
        side("west", -8.2)?,
        side("south", 49.9)?,
        side("east", 1.8)?,
        side("north", 60.9)?
    ))
}

/// The question about the place, which a photograph can answer.
pub(super) fn location_question(definition: &Definition) -> Option<&str> {
    let place = definition
        .place
        .and_then(|id| definition.get(id))
        .filter(|question| matches!(question.kind, QuestionKind::Location));
    place
        .or_else(|| {
            definition
                .questions
                .iter()
                .find(|question| matches!(question.kind, QuestionKind::Location))
        })
        .map(|question| question.id.as_str())
}
