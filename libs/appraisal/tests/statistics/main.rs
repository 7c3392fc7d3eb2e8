//! The library against published answers, against peers, and against properties that must hold for any data.

mod control_charts;
