//! What a setting can be.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A type that a setting can have.
pub trait Kind: Sized {
    /// What a right value looks like, to end the sentence 'it must be …'.
    const FORM: &'static str;
    /// Whether its value must never be shown.
    const SECRET: bool = false;
    /// Reads a value; none where it is wrong.
    fn parse(text: &str) -> Option<Self>;
}

/// A value that is never printed: its `Debug` and `Display` say so instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret from its text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself: for the one place that needs it, never for a log or page.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not shown)")
    }
}

/// A colour as `#rrggbb`, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colour(String);

impl Colour {
    /// The colour as `#rrggbb`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether white text on this colour has a contrast of at least 4.5 to 1, as WCAG 2.2
    /// success criterion 1.4.3 asks.
    #[must_use]
    pub fn carries_white_text(&self) -> bool {
        let channel = |at: usize| {
            let byte = self.0.get(at..at + 2).unwrap_or("00");
            let value = f64::from(u8::from_str_radix(byte, 16).unwrap_or(0)) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
        1.05 / (luminance + 0.05) >= 4.5
    }
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person at a terminal.
    Human,
    /// One JSON object a line, for a log collector.
    Json,
}

impl Kind for LogFormat {
    const FORM: &'static str = "`human` or `json`";
    fn parse(text: &str) -> Option<Self> {
        match text {
            "human" => Some(Self::Human),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Kind for Colour {
    const FORM: &'static str = "a colour such as `#1d70b8`";
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .then(|| Self(text.to_ascii_lowercase()))
    }
}

impl Kind for Secret {
    const FORM: &'static str = "text";
    const SECRET: bool = true;
    fn parse(text: &str) -> Option<Self> {
        Some(Self(text.to_owned()))
    }
}

impl Kind for String {
    const FORM: &'static str = "text, not empty";
    fn parse(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| text.trim().to_owned())
    }
}

impl Kind for PathBuf {
    const FORM: &'static str = "a path";
    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::from(text))
    }
}

impl Kind for bool {
    const FORM: &'static str = "`true` or `false`";
    fn parse(text: &str) -> Option<Self> {
        match text {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        }
    }
}

impl Kind for u32 {
    const FORM: &'static str = "a whole number from 1";
    fn parse(text: &str) -> Option<Self> {
        text.replace('_', "").parse().ok().filter(|n| *n > 0)
    }
}

impl Kind for SocketAddr {
    const FORM: &'static str = "an address with a port, such as `127.0.0.1:8080`";
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The address of a web page or service, with `https://` or `http://` and no final slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Kind for WebAddress {
    const FORM: &'static str = "a web address that begins with `https://` or `http://`";
    fn parse(text: &str) -> Option<Self> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"))?;
        let good =
            !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace);
        good.then(|| Self(text.trim_end_matches('/').to_owned()))
    }
}

/// Empty text stands for none.
impl<T: Kind> Kind for Option<T> {
    const FORM: &'static str = T::FORM;
    const SECRET: bool = T::SECRET;
    fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            Some(None)
        } else {
            T::parse(text).map(Some)
        }
    }
}
