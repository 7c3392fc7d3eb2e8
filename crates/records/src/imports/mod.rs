//! Bringing in what others publish: police.uk months, areas, postcodes, context figures, and
//! any other list of incidents. `read` turns files into rows and rejects and knows no database.

pub mod areas;
pub mod context;
pub mod load;
pub mod pages;
pub mod police_uk;
pub mod postcodes;
pub mod read;
pub mod records;
mod staged;
pub mod store;

pub use staged::Given;
