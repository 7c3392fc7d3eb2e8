//! What of a record somebody may see.

use std::collections::{BTreeMap, BTreeSet};

use commonweal_access::policy::{Principal, RecordAct};
use commonweal_access::web::{App, PageError, Viewer};
use uuid::Uuid;

use super::store::Record;
use crate::answers::{Answer, Answers};
use crate::definition::{Definition, Personal, Question};

/// What of a record somebody may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Visible {
    /// The answers that may be shown.
    pub answers: Answers,
    /// Questions whose answers are there but withheld; pages show 'Withheld' in their place.
    pub withheld: BTreeSet<String>,
    /// Its title; its reference where the title would tell what is withheld.
    pub title: String,
    /// Whether personal answers are among those shown, so that the reading must be logged.
    pub personal: bool,
    /// Whether the viewer may see personal answers of this record at all.
    pub may_see_personal: bool,
}

impl Visible {
    /// The answer to a question, where it may be shown.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Option<&Answer> {
        self.answers.get(&question.id)
    }

    /// Whether the answer to a question is there but withheld.
    #[must_use]
    pub fn withholds(&self, question: &Question) -> bool {
        self.withheld.contains(&question.id)
    }
}

/// What of a record a viewer may see. Whether the viewer may see the record at all is asked before,
/// by `viewer.must_record(key, RecordAct::See, &record.resource())`; who may not gets nothing here.
#[must_use]
pub fn visible(viewer: &Viewer, definition: &Definition, record: &Record) -> Visible {
    visible_to(&viewer.principal, definition, record)
}

/// The same for the holder of a token.
#[must_use]
pub fn visible_to(who: &Principal, definition: &Definition, record: &Record) -> Visible {
    let resource = record.resource();
    let sees = who.may_record(&definition.key, RecordAct::See, &resource);
    let sees_personal = sees && who.may_record(&definition.key, RecordAct::SeePersonal, &resource);
    of(definition, record, sees, sees_personal)
}

/// What of many records somebody may see: the policies are asked once for each way in which a record
/// can belong to the reader, not once a record.
pub struct Sight<'a> {
    who: &'a Principal,
    definition: &'a Definition,
    known: BTreeMap<(RecordAct, bool, bool), bool>,
}

impl<'a> Sight<'a> {
    /// Of the records of a definition.
    #[must_use]
    pub fn new(who: &'a Principal, definition: &'a Definition) -> Self {
        Self {
            who,
            definition,
            known: BTreeMap::new(),
        }
    }

    /// Whether the reader may do this to a record.
    pub fn may(&mut self, act: RecordAct, record: &Record) -> bool {
        // All that the policies know of a record is whether its agency and its owner are the reader's.
        let (agency, owner) = (
            record.agency == Some(self.who.agency),
            record.owner == Some(self.who.user),
        );
        let (who, key) = (self.who, &self.definition.key);
        *self
            .known
            .entry((act, agency, owner))
            .or_insert_with(|| who.may_record(key, act, &record.resource()))
    }

    /// What of a record the reader may see.
    pub fn of(&mut self, record: &Record) -> Visible {
        let sees = self.may(RecordAct::See, record);
        let sees_personal = sees && self.may(RecordAct::SeePersonal, record);
        of(self.definition, record, sees, sees_personal)
    }
}

/// What of a record is shown to whom sees it, and perhaps its personal answers.
pub(crate) fn of(
    definition: &Definition,
    record: &Record,
    sees: bool,
    sees_personal: bool,
) -> Visible {
    let mut shown = Visible {
        answers: Answers::default(),
        withheld: BTreeSet::new(),
        title: record.reference.clone(),
        personal: false,
        may_see_personal: sees_personal,
    };
    if !sees {
        return shown;
    }
    for (id, answer) in &record.answers.0 {
        // An answer to a question that the definition no longer has is treated as personal.
        let personal = definition
            .question(id)
            .is_none_or(|(_, question)| question.personal != Personal::None);
        if personal && !sees_personal {
            shown.withheld.insert(id.clone());
        } else {
            shown.personal |= personal;
            shown.answers.0.insert(id.clone(), answer.clone());
        }
    }
    if sees_personal || !title_is_personal(definition) {
        shown.title.clone_from(&record.title);
    }
    shown
}

/// Whether titles of records hold personal answers.
pub(crate) fn title_is_personal(definition: &Definition) -> bool {
    definition.record_title.questions().any(|id| {
        definition
            .question(id)
            .is_none_or(|(_, question)| question.personal != Personal::None)
    })
}

/// Notes in the access log that a viewer reads personal answers of these records. Call it before the
/// page goes out; without ids nothing is noted.
///
/// # Errors
/// [`PageError::Unavailable`] where it cannot be noted: then nothing may be shown.
pub async fn log_read(
    app: &App,
    viewer: &Viewer,
    action: &'static str,
    ids: &[Uuid],
) -> Result<(), PageError> {
    if ids.is_empty() {
        return Ok(());
    }
    app.access_log
        .record_named(&app.clock, viewer, action, ids)
        .await
}
