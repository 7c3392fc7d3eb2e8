//! What an action is asked of.

use uuid::Uuid;

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A user's account: table `users`.
    Account,
    /// An agency: table `agencies`.
    AgencyEntry,
    /// An imported file: table `imports`.
    Import,
    /// Background work: belongs to no agency.
    Job,
    /// A message to be sent: belongs to no agency.
    Message,
    /// An entry of the audit: table `audit_entries`.
    AuditEntry,
    /// Counts of incidents of one source: table `sources`.
    Incidents,
    /// A record of a form or register: table `form_records`.
    Record,
    /// A person or organisation: table `parties`.
    Party,
    /// An entry of the directory: table `directory_entries`.
    DirectoryEntry,
    /// A matter with its reports: tables `matters`, `matter_agencies`.
    Matter,
    /// A case: tables `cases`, `case_agencies`.
    Case,
    /// An enquiry of a councillor or member of Parliament: table `enquiries`.
    Enquiry,
    /// What somebody knows and told: table `intelligence`.
    Intelligence,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 14] = [
        Self::Account,
        Self::AgencyEntry,
        Self::Import,
        Self::Job,
        Self::Message,
        Self::AuditEntry,
        Self::Incidents,
        Self::Record,
        Self::Party,
        Self::DirectoryEntry,
        Self::Matter,
        Self::Case,
        Self::Enquiry,
        Self::Intelligence,
    ];

    /// Its name in the policies.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::AgencyEntry => "AgencyEntry",
            Self::Import => "Import",
            Self::Job => "Job",
            Self::Message => "Message",
            Self::AuditEntry => "AuditEntry",
            Self::Incidents => "Incidents",
            Self::Record => "Record",
            Self::Party => "Party",
            Self::DirectoryEntry => "DirectoryEntry",
            Self::Matter => "Matter",
            Self::Case => "Case",
            Self::Enquiry => "Enquiry",
            Self::Intelligence => "Intelligence",
        }
    }
}

/// One resource with the facts that policies read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    pub(super) kind: Option<Kind>,
    pub(super) id: String,
    pub(super) agency: Option<Uuid>,
    pub(super) agencies: Vec<Uuid>,
    pub(super) owner: Option<Uuid>,
}

impl Resource {
    /// The way in to a page, before anything on it is looked at.
    #[must_use]
    pub fn door() -> Self {
        Self {
            kind: None,
            id: String::new(),
            agency: None,
            agencies: Vec::new(),
            owner: None,
        }
    }

    /// A user's account.
    #[must_use]
    pub fn account(user: Uuid, agency: Uuid) -> Self {
        Self::new(Kind::Account, user).of(agency).by(user)
    }

    /// An agency.
    #[must_use]
    pub fn agency(agency: Uuid) -> Self {
        Self::new(Kind::AgencyEntry, agency).of(agency)
    }

    /// A record of a form or register; its owner is whoever answers for it.
    #[must_use]
    pub fn record(id: Uuid, agency: Option<Uuid>, owner: Option<Uuid>) -> Self {
        Self::new(Kind::Record, id).of(agency).by(owner)
    }

    /// A person or organisation, which belongs to the agency that added it.
    #[must_use]
    pub fn party(id: Uuid, agency: Uuid) -> Self {
        Self::new(Kind::Party, id).of(agency)
    }

    /// An entry of the directory: the agency and the person who keep it.
    #[must_use]
    pub fn directory_entry(id: Uuid, agency: Option<Uuid>, owner: Option<Uuid>) -> Self {
        Self::new(Kind::DirectoryEntry, id).of(agency).by(owner)
    }

    /// A matter: whose it is, who there works it, and every agency that takes part.
    #[must_use]
    pub fn matter(id: Uuid, agency: Uuid, owner: Option<Uuid>, agencies: Vec<Uuid>) -> Self {
        Self {
            agencies,
            ..Self::new(Kind::Matter, id).of(agency).by(owner)
        }
    }

    /// A case: who leads it, who there works it, and every agency that takes part.
    #[must_use]
    pub fn case(id: Uuid, agency: Uuid, owner: Option<Uuid>, agencies: Vec<Uuid>) -> Self {
        Self {
            agencies,
            ..Self::new(Kind::Case, id).of(agency).by(owner)
        }
    }

    /// An enquiry: who answers it, and the user who asked where they have an account.
    #[must_use]
    pub fn enquiry(id: Uuid, agency: Uuid, asked_by: Option<Uuid>) -> Self {
        Self::new(Kind::Enquiry, id).of(agency).by(asked_by)
    }

    /// What somebody told, which belongs to the agency that grades it.
    #[must_use]
    pub fn intelligence(id: Uuid, agency: Uuid) -> Self {
        Self::new(Kind::Intelligence, id).of(agency)
    }

    /// A resource of a kind, that belongs to no agency and nobody.
    #[must_use]
    pub fn new(kind: Kind, id: impl std::fmt::Display) -> Self {
        Self {
            kind: Some(kind),
            id: id.to_string(),
            agency: None,
            agencies: Vec::new(),
            owner: None,
        }
    }

    /// It belongs to this agency.
    #[must_use]
    pub fn of(mut self, agency: impl Into<Option<Uuid>>) -> Self {
        self.agency = agency.into();
        self
    }

    /// This user made it.
    #[must_use]
    pub fn by(mut self, user: impl Into<Option<Uuid>>) -> Self {
        self.owner = user.into();
        self
    }
}
