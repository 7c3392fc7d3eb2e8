//! Three tellings of one entry: as the source last told it, as it stands here, as the source tells it
//! now. Field by field: what only the source changed is taken, what only we changed stays, and what
//! both changed is a conflict that somebody decides.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Merged {
    /// As it is to stand here.
    pub(super) body: Map<String, Value>,
    /// As the source is taken to have told it: conflicts stay as they were, so that they are named
    /// until somebody decides.
    pub(super) base: Map<String, Value>,
    /// Fields that the source changed.
    pub(super) taken: Vec<String>,
    /// Fields that both changed: ours stands.
    pub(super) conflicts: Vec<String>,
}

/// Merges; `prefer` says of which conflicts the source's telling is wanted.
pub(super) fn merge(
    base: &Map<String, Value>,
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
    prefer: impl Fn(&str) -> bool,
) -> Merged {
    let mut merged = Merged::default();
    let keys: BTreeSet<&String> = base
        .keys()
        .chain(ours.keys())
        .chain(theirs.keys())
        .collect();
    for key in keys {
        let (old, own, new) = (base.get(key), ours.get(key), theirs.get(key));
        let (stands, told) = if own == new {
            (own, new)
        } else if new == old {
            (own, old)
        } else if own == old || prefer(key) {
            merged.taken.push(key.clone());
            (new, new)
        } else {
            merged.conflicts.push(key.clone());
            (own, old)
        };
        if let Some(value) = stands {
            merged.body.insert(key.clone(), value.clone());
        }
        if let Some(value) = told {
            merged.base.insert(key.clone(), value.clone());
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn each_side_keeps_what_it_alone_changed() {
        let base = map(json!({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}));
        let ours = map(json!({"a": 2, "b": 1, "c": 2, "d": 1, "f": 1}));
        let theirs = map(json!({"a": 1, "b": 3, "c": 3, "e": 1}));
        let merged = merge(&base, &ours, &theirs, |_| false);
        assert_eq!(
            Value::Object(merged.body),
            json!({"a": 2, "b": 3, "c": 2, "f": 1})
        );
        assert_eq!(merged.conflicts, ["c"]);
        assert_eq!(merged.taken, ["b", "d"]);
        let merged = merge(&base, &ours, &theirs, |key| key == "c");
        assert_eq!(merged.body["c"], 3);
        assert!(merged.conflicts.is_empty());
    }

    fn some() -> impl Strategy<Value = Map<String, Value>> {
        proptest::collection::btree_map("[a-c]", 0_u8..3, 0..4).prop_map(|map| {
            map.into_iter()
                .map(|(key, value)| (key, value.into()))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn the_same_feed_again_changes_nothing(base in some(), ours in some(), theirs in some()) {
            let first = merge(&base, &ours, &theirs, |_| false);
            let again = merge(&first.base, &first.body, &theirs, |_| false);
            prop_assert_eq!(&again.body, &first.body);
            prop_assert_eq!(&again.conflicts, &first.conflicts);
            prop_assert!(again.taken.is_empty());
            let decided = merge(&first.base, &first.body, &theirs, |_| true);
            prop_assert!(decided.conflicts.is_empty());
        }

        #[test]
        fn what_only_we_changed_stays(base in some(), ours in some()) {
            let merged = merge(&base, &ours, &base, |_| false);
            prop_assert_eq!(merged.body, ours);
            prop_assert!(merged.conflicts.is_empty() && merged.taken.is_empty());
        }
    }
}
