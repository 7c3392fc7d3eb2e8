//! People: who tells us, what becomes of it, and whom somebody can go to.
//!
//! * [`public_report`]: the public form, its confirmation and what can be added.
//! * [`reporting`]: what every door of a report shares: rules, routing, clocks, receiving.
//! * [`messages`]: what is written to whoever reported, as safe contact allows, and what they write.
//! * [`tracking`]: what whoever reported can follow and do, by a private link.
//! * [`intake`]: other doors: a colleague's page, files of partners, e-mail.
//! * [`open311`]: reports from other systems, by the Open311 standard.
//! * [`enquiries`]: what councillors and members of Parliament ask.
//! * [`intelligence`]: what people know and tell, apart from reports.
//! * [`duplicates`]: matters that may be about the same thing, with reasons.
//! * [`marked_images`]: files that may be indecent images of a child: stopped for everybody.
//! * [`triage`]: what becomes of a report; [`cases`]: heads of the cases that come of some.
//! * [`directory`]: services, organisations and their places and hours; public search, printed
//!   leaflets, the Open Referral UK interface and its import.

pub mod cases;
pub mod directory;
pub mod duplicates;
pub mod enquiries;
pub mod intake;
pub mod intelligence;
pub mod marked_images;
pub mod messages;
pub mod open311;
pub mod public_report;
pub mod reporting;
pub mod tracking;
pub mod triage;
