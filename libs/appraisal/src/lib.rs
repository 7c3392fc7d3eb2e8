//! Statistics that say whether something changed: control charts, intervals, evaluations.
