//! Values that remember their place, and texts in one or more languages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

/// A value that remembers where in the file it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(in crate::definition) struct At<T>(Spanned<T>);

impl<T> At<T> {
    pub(in crate::definition) fn get(&self) -> &T {
        self.0.get_ref()
    }

    /// The byte at which it begins.
    pub(in crate::definition) fn start(&self) -> usize {
        self.0.span().start
    }
}

impl At<String> {
    pub(in crate::definition) fn str(&self) -> &str {
        self.0.get_ref()
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A text: in English, or a table of languages (`{ en = "Where?", cy = "Ble?" }`).
#[derive(Debug, Clone)]
pub(in crate::definition) enum Text {
    English(String),
    Languages(BTreeMap<String, String>),
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a table of languages such as { en = \"Where?\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::English(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                let languages = de::value::MapAccessDeserializer::new(map);
                BTreeMap::deserialize(languages).map(Text::Languages)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "A text in English, or a table of languages such as { en = \"Where?\", cy = \"Ble?\" }",
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "object", "required": ["en"], "additionalProperties": {"type": "string", "minLength": 1}}
            ]
        })
    }
}
