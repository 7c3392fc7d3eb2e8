//! Reading and changing many records.

use commonweal_access::policy::RecordAct;
use commonweal_access::web::Viewer;
use commonweal_core::ids::new_uuid;
use commonweal_core::{DbError, ReadTx, Tx};
use uuid::Uuid;

use super::model::{self, Act, May, Step};
use crate::Forms;
use crate::definition::Shared;
use crate::exchange::columns::Known;
use crate::exchange::records::{self, Versions};
use crate::register::moves::may_move;
use crate::register::store::{self, Record, StoreError};
use crate::register::{Visible, visible};

/// A record with what would happen to it.
pub(super) struct Line {
    pub(super) record: Record,
    pub(super) seen: Visible,
    pub(super) step: Step,
}

/// What would happen to the records of these references. What there is not, or what the viewer may
/// not see, is passed over: nobody learns which it was.
pub(super) async fn look(
    forms: &Forms,
    tx: &mut ReadTx,
    viewer: &Viewer,
    definition: &Shared,
    references: &[String],
    act: &Act,
) -> Result<(Vec<Line>, Known), DbError> {
    let mut known = records::known(tx).await?;
    let mut versions = Versions::default();
    let mut lines = Vec::with_capacity(references.len());
    let today = forms.app.clock.today();
    for reference in references {
        let record = match store::by_reference(tx, reference).await {
            Ok(record) if record.definition == definition.key => record,
            Ok(_) | Err(DbError::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let resource = record.resource();
        let may = |act| viewer.principal.may_record(&definition.key, act, &resource);
        if !may(RecordAct::See) {
            continue;
        }
        let asked_by = versions
            .of(forms, tx, &definition.key, record.definition_version)
            .await?;
        let make_move = match act {
            Act::Move(key, _) => asked_by
                .moves
                .iter()
                .find(|one| one.key == *key)
                .is_some_and(|one| may_move(viewer, &asked_by, one, &record)),
            _ => false,
        };
        let seen = visible(viewer, &asked_by, &record);
        records::learn(tx, &mut known, &asked_by, &seen.answers).await?;
        let may = May {
            manage: may(RecordAct::Manage),
            change: may(RecordAct::Change),
            personal: may(RecordAct::SeePersonal),
            make_move,
        };
        let step = model::step(act, &asked_by, &record, may, &known, today);
        lines.push(Line { record, seen, step });
    }
    Ok((lines, known))
}

/// Does it to all that were confirmed, or to none.
///
/// # Errors
/// [`StoreError::Stale`] where one of them was changed since it was shown, or can no longer be
/// changed so.
pub(super) async fn write(
    forms: &Forms,
    tx: &mut Tx,
    viewer: &Viewer,
    definition: &Shared,
    confirmed: &[(String, i64)],
    act: &Act,
    seed: Uuid,
) -> Result<usize, StoreError> {
    let references: Vec<String> = confirmed
        .iter()
        .map(|(reference, _)| reference.clone())
        .collect();
    let (lines, _) = look(forms, tx, viewer, definition, &references, act).await?;
    let mut versions = Versions::default();
    let mut done = 0;
    for (reference, version) in confirmed {
        let Some(line) = lines
            .iter()
            .find(|line| line.record.reference == *reference)
        else {
            return Err(DbError::NotFound.into());
        };
        let Step::Does { answers, .. } = &line.step else {
            return Err(StoreError::Stale(Box::new(line.record.clone())));
        };
        let (id, version) = (line.record.id, *version);
        if line.record.version != version {
            return Err(StoreError::Stale(Box::new(line.record.clone())));
        }
        let asked_by = versions
            .of(forms, tx, &definition.key, line.record.definition_version)
            .await?;
        match act {
            Act::Owner(owner) => {
                store::set_owner(tx, id, version, *owner).await?;
            }
            Act::Note(text) => {
                // Named by the confirmation and the record: sent twice, written once.
                let name = Uuid::from_u128(seed.as_u128() ^ id.as_u128().rotate_left(64));
                store::note(tx, name, id, text).await?;
            }
            Act::Move(key, reason) => {
                let none = crate::answers::Answers::default();
                store::make_move(tx, &asked_by, id, version, key, &none, reason.as_deref()).await?;
            }
            Act::Answer(..) => {
                if let Some(answers) = answers {
                    store::change(tx, &asked_by, id, version, answers, None).await?;
                }
            }
        }
        done += 1;
    }
    Ok(done)
}

/// What names a confirmation.
pub(super) fn seed(forms: &Forms) -> Uuid {
    new_uuid(&forms.app.clock)
}
