//! Stories of the public report.
