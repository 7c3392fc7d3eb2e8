//! The JSON Schema of definitions, for editors: `data/schema/definition.schema.json`. It is made of
//! the very types that read the file.

use serde_json::{Value, json};

use super::file::{File, KEYS, KindFile};

/// The schema.
#[must_use]
pub fn json() -> Value {
    let mut schema = schemars::schema_for!(File).to_value();
    if let Some(question) = schema.pointer_mut("/$defs/QuestionFile") {
        let rules: Vec<Value> = KindFile::ALL.into_iter().map(rule).collect();
        if let Some(question) = question.as_object_mut() {
            question.insert("allOf".to_owned(), Value::Array(rules));
        }
    }
    schema
}

/// The keys of other kinds are refused.
fn rule(kind: KindFile) -> Value {
    let others = KEYS.iter().filter(|(_, kinds)| !kinds.contains(&kind));
    let refused: serde_json::Map<String, Value> = others
        .map(|(key, _)| ((*key).to_owned(), Value::Bool(false)))
        .collect();
    let needed: &[&str] = match kind {
        KindFile::Choice | KindFile::Choices => &["options"],
        KindFile::Scale => &["low", "high"],
        KindFile::Record => &["register"],
        _ => &[],
    };
    json!({
        "if": {"properties": {"kind": {"const": kind.name()}}},
        "then": {"properties": refused, "required": needed}
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../data")
            .join(name)
    }

    #[test]
    fn the_file_of_the_schema_is_current() {
        let file = folder("schema").join("definition.schema.json");
        let there = std::fs::read_to_string(&file).unwrap_or_default();
        let there: Value = serde_json::from_str(&there).unwrap_or_default();
        let now = json();
        if there != now {
            let beside = std::env::temp_dir().join("definition.schema.json");
            std::fs::write(&beside, format!("{now:#}\n")).unwrap();
            panic!("copy {} to data/schema", beside.display());
        }
    }

    #[test]
    fn every_shipped_definition_passes_it() {
        let validator = jsonschema::validator_for(&json()).unwrap();
        let mut seen = 0;
        for kind in ["forms", "registers"] {
            let Ok(entries) = std::fs::read_dir(folder(kind)) else {
                continue;
            };
            for entry in entries {
                let path = entry.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                let value: Value = toml::from_str(&text).unwrap();
                let wrong: Vec<String> = validator
                    .iter_errors(&value)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert_eq!(wrong, Vec::<String>::new(), "{}", path.display());
                seen += 1;
            }
        }
        assert!(seen > 0);
        let wrong = json!({"title": "", "unknown": 1});
        assert!(!validator.is_valid(&wrong));
    }
}
