//! What may be done with records of forms and registers. Each definition says it for itself, by
//! role: facts in the table `definition_grants`, read by the same policies as every other grant.

use commonweal_core::args;
use commonweal_core::db::Predicate;

use super::{Principal, Reach, Resource};

/// What may be done with the records of a definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordAct {
    /// See records, without answers that are personal data.
    See,
    /// See answers that are personal data too.
    SeePersonal,
    /// Make records.
    Add,
    /// Change answers, add notes and files, make moves that name no role.
    Change,
    /// See figures over all answers.
    Results,
    /// Take records out as files and feeds.
    Export,
    /// Change many at once, import, move to a new version.
    Manage,
}

impl RecordAct {
    /// All.
    pub const ALL: [Self; 7] = [
        Self::See,
        Self::SeePersonal,
        Self::Add,
        Self::Change,
        Self::Results,
        Self::Export,
        Self::Manage,
    ];

    /// Its name in definitions and in the table of grants.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::SeePersonal => "see_personal",
            Self::Add => "add",
            Self::Change => "change",
            Self::Results => "results",
            Self::Export => "export",
            Self::Manage => "manage",
        }
    }

    /// What it allows, in plain words, to follow 'may'.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::See => "see records without personal answers",
            Self::SeePersonal => "see personal answers",
            Self::Add => "add records",
            Self::Change => "change records",
            Self::Results => "see figures over all answers",
            Self::Export => "take records out as files and feeds",
            Self::Manage => "import, and change many at once",
        }
    }

    /// The act of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.name() == name)
    }
}

/// What the policies are asked about: `empty-homes:see`. No action's name holds a colon.
pub(super) fn asked(definition: &str, act: RecordAct) -> String {
    format!("{definition}:{}", act.name())
}

impl Principal {
    /// Whether the person may do this to a record of a definition. Make the resource with
    /// [`Resource::record`].
    #[must_use]
    pub fn may_record(&self, definition: &str, act: RecordAct, record: &Resource) -> bool {
        super::engine::may_record(self, &asked(definition, act), record)
    }

    /// Whether the person may do this to any record of a definition at all: the door of its pages.
    #[must_use]
    pub fn may_enter_records(&self, definition: &str, act: RecordAct) -> bool {
        self.may_record(definition, act, &Resource::door())
    }

    /// Whether the person may do this to records of any definition.
    #[must_use]
    pub fn may_enter_any_records(&self, act: RecordAct) -> bool {
        self.definition_grants
            .iter()
            .any(|(definition, granted, _)| {
                *granted == act && self.may_enter_records(definition, act)
            })
    }

    /// What of the table `form_records` the person may do this to, over all definitions, as a
    /// condition for lists and counts.
    #[must_use]
    pub fn record_scope(&self, act: RecordAct) -> Predicate {
        Predicate {
            sql: "exists (select 1 from users as me \
                  join agencies as my_agency on my_agency.id = me.agency \
                  join user_roles as mine on mine.user_id = me.id \
                  join definition_grants as granted on granted.role = mine.role \
                  where me.id = ? and me.active and my_agency.active and granted.act = ? \
                  and granted.definition = form_records.definition and (granted.reach = 'all' \
                  or (granted.reach = 'own_agency' and form_records.agency = me.agency) \
                  or (granted.reach = 'own' and form_records.owner = me.id)))",
            values: args![self.user, act.name()],
        }
    }

    /// What of one definition's records the person may do this to, for lists that must be fast: the
    /// same answer as [`Principal::record_scope`], from the facts that this request has read already,
    /// so that an index on agency or owner can serve it.
    #[must_use]
    pub fn record_scope_in(&self, definition: &str, act: RecordAct) -> Predicate {
        let reaches = |reach| {
            self.definition_grants.iter().any(|grant| {
                grant.0 == definition && grant.1 == act && grant.2 == reach && self.active
            })
        };
        let (all, own_agency, own) = (
            reaches(Reach::All),
            reaches(Reach::OwnAgency),
            reaches(Reach::Own),
        );
        match (all, own_agency, own) {
            (true, _, _) => Predicate {
                sql: "form_records.definition = ?",
                values: args![definition],
            },
            (false, true, false) => Predicate {
                sql: "form_records.definition = ? and form_records.agency = ?",
                values: args![definition, self.agency],
            },
            (false, false, true) => Predicate {
                sql: "form_records.definition = ? and form_records.owner = ?",
                values: args![definition, self.user],
            },
            (false, true, true) => Predicate {
                sql: "form_records.definition = ? and (form_records.agency = ? or form_records.owner = ?)",
                values: args![definition, self.agency, self.user],
            },
            (false, false, false) => Predicate::nothing(),
        }
    }
}
