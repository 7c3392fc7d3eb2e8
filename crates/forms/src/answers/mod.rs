//! What people answer: values, how they are read from a form and shown to people.

mod value;

pub use value::{Address, Answer, Answers, Contact, FileAnswer, Location, LocationHow};
