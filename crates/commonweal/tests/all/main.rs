//! The one test binary of the program: the house's own rules, and stories that cross areas.
//! A module per subject; `#[cfg(test)]` tells clippy that helpers in them are tests too.

#[cfg(test)]
mod commands;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod house;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod support;
#[cfg(test)]
mod web;
