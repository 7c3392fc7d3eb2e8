//! What was typed into a form and what is wrong with it.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A form that was sent: its values, kept so that nobody types twice, and its errors.
///
/// ```
/// use commonweal_govuk::Form;
/// let mut form = Form::from(vec![("email".to_owned(), " a@example.org ".to_owned())]);
/// assert_eq!(form.value("email"), "a@example.org");
/// form.required("name", "Enter your name");
/// assert!(!form.is_valid());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Form {
    values: BTreeMap<String, Vec<String>>,
    /// What is wrong, in the order of the questions.
    pub errors: FieldErrors,
}

impl From<Vec<(String, String)>> for Form {
    /// From `axum::Form<Vec<(String, String)>>`. The CSRF token is not kept.
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (field, value) in pairs {
            if field != crate::csrf::FIELD {
                form.values.entry(field).or_default().push(value);
            }
        }
        form
    }
}

impl Form {
    /// Sets one value, for a form that is shown for the first time with what is known.
    pub fn set(&mut self, field: impl Into<String>, value: impl Into<String>) {
        self.values.insert(field.into(), vec![value.into()]);
    }

    /// Sets all choices of a group of checkboxes.
    pub fn set_all(&mut self, field: impl Into<String>, values: impl IntoIterator<Item = String>) {
        self.values
            .insert(field.into(), values.into_iter().collect());
    }

    /// What was typed, without space around it; empty where nothing was.
    pub fn value(&self, field: &str) -> &str {
        self.values
            .get(field)
            .and_then(|values| values.first())
            .map_or("", |value| value.trim())
    }

    /// What was typed, to the letter: for passwords.
    pub fn raw(&self, field: &str) -> &str {
        self.values
            .get(field)
            .and_then(|values| values.first())
            .map_or("", String::as_str)
    }

    /// All choices made in a group of checkboxes.
    pub fn choices(&self, field: &str) -> impl Iterator<Item = &str> {
        self.values
            .get(field)
            .into_iter()
            .flatten()
            .map(String::as_str)
    }

    /// The value, or an error with this message where it is empty.
    pub fn required(&mut self, field: &str, message: &str) -> String {
        let value = self.value(field).to_owned();
        if value.is_empty() {
            self.errors.add(field, message);
        }
        value
    }

    /// Forgets what was typed, so that it is never sent back: for passwords and codes.
    pub fn forget(&mut self, field: &str) {
        self.values.remove(field);
    }

    /// Whether nothing is wrong.
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }
}

/// Messages by field, in the order in which they were found (the first per field counts). In a
/// template it is a map; the shell makes the error summary of it, each message a link to `#field`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// Adds a message, unless the field already has one.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        let field = field.into();
        if self.get(&field).is_none() {
            self.0.push((field, message.into()));
        }
    }

    /// The field's message.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(name, _)| name == field)
            .map(|(_, message)| message.as_str())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Field and message, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(field, message)| (field.as_str(), message.as_str()))
    }
}

impl Serialize for FieldErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, message) in &self.0 {
            map.serialize_entry(field, message)?;
        }
        map.end()
    }
}
