//! Logs: structured, for a person or a collector, and without personal data. Three things
//! keep it out: errors name things, never values; libraries that would log addresses or
//! statements are held at warnings whatever the setting says; and what holds personal data
//! can be wrapped in [`Personal`], which prints nothing.

use std::fmt;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// Libraries that put addresses, statements or headers into their finer log lines.
const HELD: [&str; 9] = [
    "hyper",
    "h2",
    "lettre",
    "reqwest",
    "rustls",
    "sqlx",
    "tower_http",
    "axum",
    "openidconnect",
];

/// A value that must not be logged: its `Debug` and `Display` do not show it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Personal<T>(pub T);

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(personal)")
    }
}

impl<T> fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(personal)")
    }
}

/// The logs cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    /// The level is not one.
    #[error("`log.level` is not understood: {0}. Write for instance `info`.")]
    Level(String),
    /// Somebody set logs up before.
    #[error("logs are set up already")]
    Twice,
}

/// Sets the logs of this process up, once: to standard output where it serves, to standard
/// error for commands, whose standard output is their result.
///
/// # Errors
/// [`LoggingError`].
pub fn start<W>(log: &Log, to: W) -> Result<(), LoggingError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter(&log.level)?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(to);
    match log.format {
        // No colours: lines go to files and collectors as well as terminals.
        LogFormat::Human => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).with_ansi(false).try_init(),
    }
    .map_err(|_| LoggingError::Twice)
}

/// A bare level is for our own code, with libraries at warnings; per-module levels are taken
/// as they are, but for the libraries that are held.
fn filter(level: &str) -> Result<EnvFilter, LoggingError> {
    let own = if level.contains(['=', ',']) {
        level.to_owned()
    } else {
        format!("warn,commonweal={level}")
    };
    let error = |error: &dyn fmt::Display| LoggingError::Level(error.to_string());
    let asked: Vec<&str> = own
        .split(',')
        .filter(|directive| !HELD.iter().any(|held| directive.trim().starts_with(held)))
        .collect();
    let mut filter = EnvFilter::builder()
        .parse(asked.join(","))
        .map_err(|found| error(&found))?;
    for held in HELD {
        let directive = format!("{held}=warn")
            .parse()
            .map_err(|found| error(&found))?;
        filter = filter.add_directive(directive);
    }
    Ok(filter)
}

/// Names one request in its log lines, its error page and the answer's `X-Request-Id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The id that a proxy in front gave, where it is harmless, or else a new random one.
    #[must_use]
    pub fn taken_or_new(given: Option<&str>) -> Self {
        let harmless = |id: &&str| {
            (8..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if let Some(id) = given.filter(harmless) {
            return Self(id.to_owned());
        }
        let mut bytes = [0; 8];
        // Without randomness the id is dull, and the request is answered all the same.
        let _ = getrandom::fill(&mut bytes);
        Self(hex::encode(bytes))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: &str, work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(filter(level).unwrap())
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, work);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn libraries_are_held_and_personal_values_hidden_whatever_the_level() {
        for level in [
            "debug",
            "trace",
            "info,lettre=trace,sqlx::query=debug",
            "lettre::transport=trace,info",
        ] {
            let text = logged(level, || {
                tracing::info!(target: "commonweal_core", name = %Personal("Sarah"), case = "C-1", "opened");
                tracing::debug!(target: "lettre::transport", "to sarah@example.org");
                tracing::debug!(target: "sqlx::query", "select sarah");
            });
            assert!(
                text.contains("opened") && text.contains("(personal)"),
                "{level}: {text}"
            );
            assert!(!text.to_lowercase().contains("sarah"), "{level}: {text}");
        }
        assert!(
            logged(
                "info",
                || tracing::debug!(target: "commonweal_core", "fine")
            )
            .is_empty()
        );
        assert!(filter("loud").is_err());
    }

    #[test]
    fn a_request_id_can_carry_nothing_else() {
        assert_eq!(
            RequestId::taken_or_new(Some("abc-12345")).as_str(),
            "abc-12345"
        );
        for odd in [
            "",
            "short",
            "name=Sarah Green",
            "a\nb\nc\nd\ne\nf",
            &"x".repeat(65),
        ] {
            assert_eq!(RequestId::taken_or_new(Some(odd)).as_str().len(), 16);
        }
        assert_ne!(RequestId::taken_or_new(None), RequestId::taken_or_new(None));
    }
}
