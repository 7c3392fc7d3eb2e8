//! People: whom somebody can go to.
//!
//! * [`directory`]: services, organisations and their places and hours; public search, printed
//!   leaflets, the Open Referral UK interface and its import.

pub mod directory;
