//! What reports, incidents, matters and their clocks are.

use chrono::{DateTime, NaiveDate, Utc};
use commonweal_access::policy::Resource;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::incidents::Qualifier;
use crate::party::PartyId;

commonweal_core::typed_id!(
    /// A report.
    ReportId
);
commonweal_core::typed_id!(
    /// A matter.
    MatterId
);
commonweal_core::typed_id!(
    /// An incident that was reported.
    IncidentId
);
commonweal_core::typed_id!(
    /// A case.
    CaseId
);

/// A closed set of words that the database keeps as text.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$one:meta])* $variant:ident $key:literal $label:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$one])* $variant,)+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As the database and interfaces write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// In words for people.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// The one of a name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}

words! {
    /// By which door a report came.
    Channel {
        /// The public form.
        Public "public" "Online form",
        /// The tracking page: 'it happened again'.
        Tracking "tracking" "Tracking page",
        /// Told on the telephone.
        Telephone "telephone" "Telephone",
        /// Told at a counter, at home or in the street.
        InPerson "in_person" "In person",
        /// Mail to the intake address.
        Email "email" "E-mail",
        /// A partner's file.
        File "file" "Partner's file",
        /// Another system, by Open311.
        Open311 "open311" "Open311",
        /// A councillor or member of Parliament.
        Enquiry "enquiry" "Member's enquiry",
    }
}

words! {
    /// Who may know who reports.
    Identity {
        /// Those who work on it.
        Named "named" "Gave their name",
        /// Named roles of the agency whose matter it is; nobody else, never landlord or subject.
        Confidential "confidential" "Confidential",
        /// Nobody, because nobody asked.
        Anonymous "anonymous" "Anonymous",
    }
}

words! {
    /// For whom somebody reports.
    Whom {
        /// For themselves.
        Own "self" "For themselves",
        /// For somebody else.
        Other "other" "For somebody else",
        /// For a business or organisation.
        Business "business" "For a business or organisation",
    }
}

words! {
    /// Whether it is over.
    Happening {
        /// It happened once.
        Once "once" "Once",
        /// It keeps happening.
        Repeated "repeated" "It keeps happening",
        /// It is happening at this moment.
        Now "now" "Happening now",
    }
}

words! {
    /// What state a matter is in.
    State {
        /// Nobody has decided about it yet.
        New "new" "New",
        /// An agency deals with it.
        Accepted "accepted" "Being dealt with",
        /// It is worked on in a case.
        InCase "in_case" "In a case",
        /// It is closed.
        Closed "closed" "Closed",
        /// It was found to be the same as another one.
        Merged "merged" "Joined with another",
    }
}

words! {
    /// Why an agency sees a matter.
    Part {
        /// It is theirs.
        Owner "owner" "Owner",
        /// A report came by their door.
        Received "received" "Took the report",
        /// It was referred to them.
        Referred "referred" "Referred to",
        /// They work on it, too.
        Member "member" "Takes part",
    }
}

/// Where something happens.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// Latitude and longitude, WGS84, where known.
    pub point: Option<(f64, f64)>,
    /// In words, such as an address. Personal where it is a home.
    pub words: String,
    /// Whether it is in or at a private home.
    pub at_home: bool,
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The day, as the calendar of the place has it.
    pub on: NaiveDate,
    /// The moment, where known.
    pub at: Option<DateTime<Utc>>,
}

/// A word that somebody must see now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotWord {
    /// Its group, such as `weapons`.
    pub group: String,
    /// The words of the report.
    pub words: String,
    /// Where they begin in the description, in bytes.
    pub start: usize,
    /// Where they end.
    pub end: usize,
}

/// A clock of a matter: what is to be done by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// What is to be done by then, such as `triage` or `first_response`.
    pub kind: String,
    /// By when.
    pub due_at: DateTime<Utc>,
    /// What it was worked out from, in words.
    pub basis: String,
}

/// A report to be received.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// By which door.
    pub channel: Channel,
    /// Names what arrived, so that the same twice makes one report.
    pub delivery: Option<String>,
    /// The agency whose door it came by.
    pub agency: Uuid,
    /// Who took it there.
    pub taken_by: Option<Uuid>,
    /// What another system calls it.
    pub their_reference: Option<String>,
    /// Who may know who reports.
    pub identity: Identity,
    /// Who reports; nobody where it is anonymous.
    pub reporter: Option<PartyId>,
    /// For whom.
    pub whom: Whom,
    /// The type's key.
    pub kind: String,
    /// How it affects people.
    pub qualifier: Option<Qualifier>,
    /// What they told.
    pub description: String,
    /// Whether it is over.
    pub happening: Happening,
    /// Each time that it happened, as far as told; none is a time unknown.
    pub occurrences: Vec<Occurrence>,
    /// Where.
    pub place: Place,
    /// Whether they say that they are safe now.
    pub safe_now: Option<bool>,
    /// Whether they think that hatred is behind it.
    pub hate: Option<bool>,
    /// Words that somebody must see now.
    pub hot_words: Vec<HotWord>,
    /// The language that it was told in.
    pub language: String,
    /// The record of the form that holds all answers.
    pub record: Option<Uuid>,
    /// The report that it goes on from: it then joins that report's matter.
    pub further_to: Option<ReportId>,
    /// Whose the matter becomes, where it is a new one.
    pub owner: Uuid,
    /// A line for lists, without personal data.
    pub title: String,
    /// Clocks of a new matter.
    pub clocks: Vec<Deadline>,
    /// Flags that rules suggest, each with its reason.
    pub flags: Vec<(String, String)>,
}

impl NewReport {
    /// Whether it stands at the top of the queue: words that somebody must see, or not safe now.
    #[must_use]
    pub fn urgent(&self) -> bool {
        !self.hot_words.is_empty() || self.safe_now == Some(false)
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// What people call it.
    pub reference: String,
    /// The matter that it belongs to.
    pub matter: MatterId,
    /// By which door.
    pub channel: Channel,
    /// The agency whose door it came by.
    pub agency: Uuid,
    /// Who took it there.
    pub taken_by: Option<Uuid>,
    /// What another system calls it.
    pub their_reference: Option<String>,
    /// Who may know who reports.
    pub identity: Identity,
    /// Who reports. Show it only to those who may see a confidential reporter where it is one.
    pub reporter: Option<PartyId>,
    /// For whom.
    pub whom: Whom,
    /// The type's key.
    pub kind: String,
    /// How it affects people.
    pub qualifier: Option<Qualifier>,
    /// What they told.
    pub description: String,
    /// Whether it is over.
    pub happening: Happening,
    /// From when.
    pub happened_from: Option<DateTime<Utc>>,
    /// Until when.
    pub happened_to: Option<DateTime<Utc>>,
    /// Where.
    pub place: Place,
    /// Whether they say that they are safe now.
    pub safe_now: Option<bool>,
    /// Whether they think that hatred is behind it.
    pub hate: Option<bool>,
    /// Words that somebody must see now.
    pub hot_words: Vec<HotWord>,
    /// The language that it was told in.
    pub language: String,
    /// The record of the form that holds all answers.
    pub record: Option<Uuid>,
    /// The report that it goes on from.
    pub further_to: Option<ReportId>,
    /// When it was received.
    pub received_at: DateTime<Utc>,
}

/// A matter.
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    /// Its id.
    pub id: MatterId,
    /// What people call it.
    pub reference: String,
    /// Its state.
    pub state: State,
    /// Whose it is.
    pub agency: Uuid,
    /// Who works it there.
    pub owner: Option<Uuid>,
    /// The type's key.
    pub kind: String,
    /// How it affects people.
    pub qualifier: Option<Qualifier>,
    /// A line without personal data.
    pub title: String,
    /// The band that a person recorded: `standard`, `medium` or `high`.
    pub band: Option<String>,
    /// Whether it stands at the top.
    pub urgent: bool,
    /// How many reports are joined in it.
    pub reports: i64,
    /// The first of its open clocks: when, and which.
    pub due: Option<(DateTime<Utc>, String)>,
    /// Latitude and longitude, WGS84.
    pub point: Option<(f64, f64)>,
    /// Whether it is in or at a private home.
    pub at_home: bool,
    /// When its first report came.
    pub opened_at: DateTime<Utc>,
    /// When its newest report came.
    pub last_report_at: DateTime<Utc>,
    /// When it came into its state.
    pub state_since: DateTime<Utc>,
    /// The case in which it is worked on.
    pub case: Option<CaseId>,
    /// The matter that it was joined with.
    pub merged_into: Option<MatterId>,
    /// What became of it.
    pub outcome: Option<String>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Its version, for edits.
    pub version: i64,
}

impl Matter {
    /// What policies are asked about; `parts` are the agencies that take part.
    #[must_use]
    pub fn resource(&self, parts: Vec<Uuid>) -> Resource {
        Resource::matter(self.id.0, self.agency, self.owner, parts)
    }

    /// The address of its page.
    #[must_use]
    pub fn href(&self) -> String {
        format!("/matters/{}", self.reference)
    }
}
