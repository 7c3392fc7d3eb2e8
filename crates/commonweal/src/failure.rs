//! How a command fails: one line on stderr, status 1 where the work failed, 2 for wrong usage.

use std::process::ExitCode;

use commonweal_core::DbError;

/// Why a command did not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    status: u8,
}

impl Failure {
    /// The work failed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: 1,
        }
    }

    /// The command was used wrongly.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: 2,
        }
    }

    /// Says why on stderr, on one line, and gives the exit status.
    pub(crate) fn report(&self) -> ExitCode {
        let line = self
            .message
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        crate::say::to_stderr(&format!("commonweal: {line}"));
        ExitCode::from(self.status)
    }
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<commonweal_core::config::Problems> for Failure {
    fn from(problems: commonweal_core::config::Problems) -> Self {
        Self::usage(problems.to_string())
    }
}

impl From<commonweal_records::imports::load::LoadError> for Failure {
    fn from(error: commonweal_records::imports::load::LoadError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<commonweal_places::hotspots::HotSpotError> for Failure {
    fn from(error: commonweal_places::hotspots::HotSpotError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(error.to_string())
    }
}
