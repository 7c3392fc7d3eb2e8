//! A record for somebody who may see it.

use commonweal_access::policy::{Action, Kind, RecordAct};
use commonweal_access::web::{PageError, Viewer};
use commonweal_core::{DbError, ReadTx, read};
use commonweal_records::party::{PartyId, pick};
use uuid::Uuid;

use crate::Forms;
use crate::answers::{Answer, Answers, Names};
use crate::definition::Shared;
use crate::register::store::{self, Record};
use crate::register::visible::Visible;
use crate::register::{log_read, visible};

/// A record, its definition in the version that asked its questions, and what of it may be seen.
pub(crate) struct Loaded {
    pub record: Record,
    pub definition: Shared,
    pub seen: Visible,
}

impl Loaded {
    /// Whether what people wrote freely beside the answers may be seen: notes and files of a register
    /// that holds personal data may be about a person, too.
    pub(crate) fn sees_free_words(&self) -> bool {
        self.seen.may_see_personal || !self.definition.is_personal()
    }
}

/// Loads a record of a definition for a viewer. Whoever may not see it learns nothing of it.
///
/// # Errors
/// [`PageError::NotFound`].
pub(crate) async fn load(
    forms: &Forms,
    viewer: &Viewer,
    key: &str,
    reference: &str,
) -> Result<Loaded, PageError> {
    let (record, definition) = read!(&forms.app.db, |tx| {
        let record = store::by_reference(tx, reference).await?;
        if record.definition != key {
            return Err(DbError::NotFound);
        }
        let definition = forms
            .catalogue
            .version(tx, key, record.definition_version)
            .await?;
        Ok::<_, DbError>((record, definition))
    })
    .await?;
    viewer.must_record(key, RecordAct::See, &record.resource())?;
    let seen = visible(viewer, &definition, &record);
    Ok(Loaded {
        record,
        definition,
        seen,
    })
}

impl Loaded {
    /// Notes in the access log that what is personal in the record is read.
    ///
    /// # Errors
    /// [`PageError::Unavailable`]: then nothing may be shown.
    pub(crate) async fn log(&self, forms: &Forms, viewer: &Viewer) -> Result<(), PageError> {
        if self.seen.may_see_personal && self.definition.is_personal() {
            let action = RecordAct::SeePersonal.name();
            log_read(&forms.app, viewer, action, &[self.record.id]).await?;
        }
        Ok(())
    }
}

/// The names that a viewer may read: agencies, colleagues, the people and records that answers name.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn all_names(
    forms: &Forms,
    viewer: &Viewer,
    tx: &mut ReadTx,
    answers: &Answers,
    more: &[Uuid],
) -> Result<Names, DbError> {
    let mut ids = store::named(answers);
    ids.extend(more);
    let mut names = store::names(tx, &ids).await?;
    let scope = viewer.principal.scope(Action::SeeParties, Kind::Party);
    for answer in answers.0.values() {
        match answer {
            Answer::Person(id) if !names.0.contains_key(id) => {
                if let Some(brief) = pick::brief(tx, &scope, PartyId(*id)).await? {
                    names.0.insert(*id, brief.name);
                }
            }
            Answer::Record(id) => {
                let name = linked(forms, viewer, tx, *id).await?;
                names.0.insert(*id, name);
            }
            _ => {}
        }
    }
    Ok(names)
}

/// How a record is named to a viewer.
async fn linked(
    forms: &Forms,
    viewer: &Viewer,
    tx: &mut ReadTx,
    id: Uuid,
) -> Result<String, DbError> {
    let hidden = || Ok("A record that you may not see".to_owned());
    let record = match store::load(tx, id).await {
        Ok(record) => record,
        Err(DbError::NotFound) => return Ok("A record that is no longer kept".to_owned()),
        Err(error) => return Err(error),
    };
    let sees = viewer
        .principal
        .may_record(&record.definition, RecordAct::See, &record.resource());
    if !sees {
        return hidden();
    }
    let definition = forms
        .catalogue
        .version(tx, &record.definition, record.definition_version)
        .await?;
    // A title with personal answers stands on the record's own page, where its reading is logged.
    if crate::register::visible::title_is_personal(&definition) || record.title == record.reference
    {
        Ok(record.reference)
    } else {
        Ok(format!("{} ({})", record.title, record.reference))
    }
}
