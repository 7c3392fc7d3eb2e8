//! Where things are: areas and their shapes, the National Grid, postcodes, and finding the area
//! that a point lies in.

mod fields;
pub mod grid;
pub mod locate;
pub mod postcode;
mod rings;
pub mod shapes;
mod topology;

#[cfg(test)]
mod tests;
