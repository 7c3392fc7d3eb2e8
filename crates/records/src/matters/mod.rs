//! Reports, incidents and matters: three things, counted apart (PE1, PE2, K3, K5).
//!
//! * A **report**: somebody told us. It is never changed, only added to.
//! * An **incident**: something happened at a place and time. Two reports of it make one; a diary of
//!   five dates makes five.
//! * A **matter**: what is worked on. Reports of one problem are joined in it; at every moment it is
//!   some agency's. A matter can become, or join, a **case**.
//!
//! Here are their heads and the one way in which a report comes in ([`receive()`]), whatever its door.
//! What becomes of a matter is decided in the area `people`.

mod model;
mod read;
mod receive;
mod reference;
#[cfg(test)]
mod tests;

pub use model::{
    CaseId, Channel, Deadline, Happening, HotWord, Identity, IncidentId, Matter, MatterId,
    NewReport, Occurrence, Part, Place, Report, ReportId, State, Whom,
};
pub use read::{
    by_reference, load, matter_of_report, parts, report, report_by_reference, reports_of, resource,
};
pub use receive::{Received, close_clock, open_clock, receive, set_first_clock, take_part};
pub use reference::{CASE, ENQUIRY, INTELLIGENCE, MATTER, REPORT, fresh};

/// What events and audit call a matter.
pub const SUBJECT: &str = "matter";
/// What events and audit call a report.
pub const REPORT_SUBJECT: &str = "report";
/// The generation that rises with each report and each change of a matter.
pub const GENERATION: &str = "matters";
