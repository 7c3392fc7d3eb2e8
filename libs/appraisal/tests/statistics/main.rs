//! The library against published answers, against peers, and against properties that must hold for any data.
//!
//! The modules say that they are tests, so that their helpers may stop at the first thing that is wrong.

#[cfg(test)]
mod control_charts;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod money;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod simulations;
#[cfg(test)]
mod time_to_event;
