#![doc = include_str!("../README.md")]

mod contact;
mod jaro;
mod letters;
mod place;
mod time;
mod words;

pub use contact::{email, phone, same_email, same_phone};
pub use jaro::{jaro, jaro_winkler};
pub use letters::{bigram_dice, trigram_dice, trigram_jaccard, trigrams};
pub use place::metres;
pub use time::{Span, hours_apart};
pub use words::{Rarity, Words, fold};
