//! What the directory knows, without a database: entries in the shape of the Open Referral UK
//! standard, opening hours, needs in plain words, and the search over them.

pub mod distance;
pub mod entry;
pub mod hours;
pub mod hours_words;
pub mod needs;
pub mod parts;
pub mod rules;
pub mod search;
pub mod words;

pub use entry::{
    Address, Body, CostOption, Entry, EntryKind, Figure, Head, Location, Organisation, Phone,
    Place, Referral, Route, Schedule, Service, ServiceArea, State, Status,
};
