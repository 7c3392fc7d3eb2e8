//! What stands around the questions of a page: ways out of them, and words of buttons.

use std::collections::BTreeMap;

use serde::Serialize;

use super::fields::Extra;
use super::journey::Journey;
use crate::Forms;
use crate::definition::Definition;

/// What stands on every page of a journey beside its questions.
#[derive(Debug, Default, Serialize)]
pub(super) struct Around {
    pub(super) exit: bool,
    pub(super) elsewhere: Vec<Way>,
}

/// A way out of the questions.
#[derive(Debug, Serialize)]
pub(super) struct Way {
    pub(super) text: String,
    pub(super) href: String,
}

/// What stands on every page of a definition's journeys.
pub(super) fn around(definition: &Definition, language: &str) -> Around {
    let ways = definition.texts.elsewhere.iter().map(|one| Way {
        text: one.text.get(language).to_owned(),
        href: one.href.clone(),
    });
    Around {
        exit: definition.texts.exit,
        elsewhere: ways.collect(),
    }
}

/// The words of the last button.
pub(super) fn submit(forms: &Forms, journey: &Journey) -> String {
    journey.definition.texts.submit.as_ref().map_or_else(
        || journey.t(forms, "forms.send"),
        |words| words.get(&journey.draft.language).to_owned(),
    )
}

/// The words of buttons inside fields and of the map's script.
pub(super) fn words(extra: &Extra) -> BTreeMap<&'static str, String> {
    [
        ("use_place", "forms.use_place"),
        ("stopped", "forms.stopped"),
        ("remove", "forms.remove"),
        ("here", "forms.here"),
        ("show_map", "forms.show_map"),
        ("pinned", "forms.pinned"),
        ("refused", "forms.refused"),
        ("map_label", "forms.map_label"),
        ("map_hint", "forms.map_hint"),
        ("pin_here", "forms.pin_here"),
    ]
    .into_iter()
    .map(|(name, key)| (name, extra.t(key)))
    .collect()
}
