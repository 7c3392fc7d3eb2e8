//! Everything that a role can grant.

use std::fmt;
use std::str::FromStr;

use super::Kind;

macro_rules! actions {
    ($($(#[$meta:meta])* $action:ident $name:literal $words:literal [$($kind:ident),*];)+) => {
        /// An action: a closed set, so that a grant of something unknown is an error at start.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[$meta])* $action,)+ }

        impl Action {
            /// All actions, in the order in which the page of roles lists them.
            pub const ALL: &'static [Self] = &[$(Self::$action),+];

            /// Its name in policies and in the table of roles.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)+ }
            }

            /// What it allows, in plain words, to follow 'may'.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$action => $words,)+ }
            }

            /// The kinds of resource that it can be asked of, besides the door of its pages.
            #[must_use]
            pub fn kinds(self) -> &'static [Kind] {
                match self { $(Self::$action => &[$(Kind::$kind),*],)+ }
            }
        }
    };
}

actions! {
    /// Counts, rates, maps, rankings and trends; never a single record of a person.
    SeeIncidents "see_incidents" "see counts, maps, rankings and trends of incidents" [Incidents];
    /// How complete and how good each source's data are.
    SeeDataQuality "see_data_quality" "see how good the data are" [Incidents];
    /// Tables and maps as files.
    Download "download" "download tables and maps" [Incidents];
    /// People and organisations that records are about: names, contact, wishes.
    SeeParties "see_parties" "see people and organisations" [Party];
    /// Adding them, and changing what is known of them.
    EditParties "edit_parties" "add and change people and organisations" [Party];
    /// Everything that is known of an address or a piece of ground, as far as the reader may see it.
    SeePlaceFiles "see_place_files" "open the file of an address or a drawn area" [];
    /// The public pages of places: links, and what residents say before it shows.
    ManagePlacePages "manage_place_pages" "decide what residents' words and links public pages show" [];
    /// The 'go to' directory: services, organisations, locations, opening hours.
    EditDirectory "edit_directory" "keep the entries of the directory" [DirectoryEntry];
    /// Entries of the directory before they are published, and who keeps them.
    SeeDirectoryDrafts "see_directory_drafts" "see entries of the directory before they are published" [DirectoryEntry];
    /// Reports and the matters that they belong to.
    SeeReports "see_reports" "see reports and matters that their agency takes part in" [Matter];
    /// Writing to reporters, notes, actions, answers.
    WorkOnReports "work_on_reports" "work on reports and matters" [Matter];
    /// Deciding what becomes of a new report: accept, refer, join, merge, close. Of a referral it is
    /// asked with the agency that the matter was referred to.
    TriageReports "triage_reports" "decide what becomes of new reports" [Matter];
    /// The page on which a colleague of any agency takes a report.
    TakeReports "take_reports" "take reports from people" [];
    /// Who a confidential reporter is: only in the agency whose matter it is.
    SeeConfidential "see_confidential" "see who made a confidential report" [Matter];
    /// Cases.
    SeeCases "see_cases" "see cases that their agency takes part in" [Case];
    /// Opening cases, and joining matters to them.
    WorkOnCases "work_on_cases" "open cases and work on them" [Case];
    /// Enquiries of councillors and members of Parliament.
    SeeEnquiries "see_enquiries" "see enquiries of councillors and members of Parliament" [Enquiry];
    /// Taking them down and answering them.
    AnswerEnquiries "answer_enquiries" "take and answer enquiries of councillors and members of Parliament" [Enquiry];
    /// What people told about others: never landlords or members.
    SeeIntelligence "see_intelligence" "see the intelligence log" [Intelligence];
    /// Grading it, and writing the version that may be shared.
    GradeIntelligence "grade_intelligence" "grade and sanitise intelligence" [Intelligence];
    /// Loading files of incidents and of context.
    ImportData "import_data" "import data" [];
    /// What was imported, by whom, and what was rejected.
    SeeImports "see_imports" "see what was imported and rejected" [Import];
    /// Areas, postcodes and figures about them.
    ManageAreas "manage_areas" "load areas, postcodes and context figures" [];
    /// Accounts, their roles and their sign-in.
    ManageUsers "manage_users" "add, change and disable users" [Account];
    /// Agencies of the partnership.
    ManageAgencies "manage_agencies" "add and change agencies" [AgencyEntry];
    /// What each role may do.
    SeeRoles "see_roles" "see what each role may do" [];
    /// Who did what, when and for what purpose.
    SeeAudit "see_audit" "see who did what and when" [AuditEntry];
    /// Content that somebody marked as perhaps an indecent image of a child: where it is named, and
    /// giving it free again.
    ReleaseMarkedFiles "release_marked_files" "see which files were stopped as perhaps illegal, and release them" [];
    /// Work that is done in the background.
    SeeJobs "see_jobs" "see background work" [Job];
    /// Doing failed work again or giving it up.
    ManageJobs "manage_jobs" "retry or drop background work" [Job];
    /// Messages that wait to be sent.
    SeeOutbox "see_outbox" "see messages before they are sent" [Message];
    /// Forms, measures, letters and other content.
    ManageContent "manage_content" "change forms, letters and other content" [];
    /// One's own account.
    SeeOwnAccount "see_own_account" "see their own account" [Account];
}

/// The text names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no action called '{0}'")]
pub struct NoSuchAction(pub String);

impl FromStr for Action {
    type Err = NoSuchAction;
    fn from_str(text: &str) -> Result<Self, NoSuchAction> {
        let found = Self::ALL.iter().find(|action| action.name() == text);
        found.copied().ok_or_else(|| NoSuchAction(text.to_owned()))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Everything.
    All,
    /// What belongs to the person's own agency.
    OwnAgency,
    /// What is the person's own.
    Own,
}

impl Reach {
    /// All reaches.
    pub const ALL: [Self; 3] = [Self::All, Self::OwnAgency, Self::Own];

    /// Its name in the table of roles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::OwnAgency => "own_agency",
            Self::Own => "own",
        }
    }

    /// In plain words, to follow what an action allows.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::All => "of every agency",
            Self::OwnAgency => "of their own agency",
            Self::Own => "of their own",
        }
    }

    /// The reach of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.name() == name)
    }
}
