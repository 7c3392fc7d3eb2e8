//! Questions of several fields: addresses, contacts, files, and what is looked up.

use commonweal_govuk::Form;
use serde_json::{Value as Json, json};

use super::fields::{Extra, Field, Option_, Pair, add_hint, asked, joined, label, legend, set};
use crate::definition::{FileTypes, Question, QuestionKind};

/// The part of a composed question.
fn part(form: &Form, extra: &Extra, id: &str, more: Json) -> Field {
    let mut params = json!({ "id": id, "name": id, "value": form.value(id) });
    if let Json::Object(more) = more {
        for (key, value) in more {
            set(&mut params, &key, value);
        }
    }
    if let Some(message) = form.errors.get(id) {
        set(&mut params, "errorMessage", extra.wrong(message));
    }
    Field {
        kind: "input",
        params,
        ..Field::default()
    }
}

/// Fields under one legend.
fn group(
    question: &Question,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
    parts: Vec<Field>,
) -> Field {
    let mut params = json!({ "legend": legend(question, extra, heading), "role": "group" });
    let note = hint;
    if note.is_some() {
        set(
            &mut params,
            "describedBy",
            json!(format!("{}-hint", question.id)),
        );
    }
    Field {
        kind: "group",
        params,
        parts,
        hidden: vec![Pair::new("", format!("{}-hint", question.id))],
        note,
        ..Field::default()
    }
}

pub(super) fn address(
    question: &Question,
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
) -> Field {
    let id = question.id.as_str();
    let name = |part: &str| format!("{id}-{part}");
    // Colleagues write down other people's addresses: the browser must not offer their own.
    let complete = |what: &'static str| if extra.staff { "off" } else { what };
    let mut parts = vec![
        part(
            form,
            extra,
            &name("line1"),
            json!({ "label": { "text": extra.t("forms.line1") }, "autocomplete": complete("address-line1") }),
        ),
        part(
            form,
            extra,
            &name("line2"),
            json!({ "label": { "text": extra.t("forms.line2") }, "autocomplete": complete("address-line2") }),
        ),
        part(
            form,
            extra,
            &name("town"),
            json!({ "label": { "text": extra.t("forms.town") }, "classes": "govuk-!-width-two-thirds", "autocomplete": complete("address-level2") }),
        ),
        part(
            form,
            extra,
            &name("postcode"),
            json!({ "label": { "text": extra.t("forms.postcode") }, "classes": "govuk-input--width-10", "autocomplete": complete("postal-code"), "spellcheck": false }),
        ),
    ];
    if extra.staff {
        parts.push(part(form, extra, &name("uprn"), json!({
            "label": { "text": extra.t("forms.uprn") }, "hint": { "text": extra.t("forms.uprn_hint") },
            "classes": "govuk-input--width-10", "inputmode": "numeric", "spellcheck": false,
        })));
    }
    group(question, extra, heading, hint, parts)
}

pub(super) fn contact(
    question: &Question,
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
) -> Field {
    let id = question.id.as_str();
    let name = |part: &str| format!("{id}-{part}");
    let complete = |what: &'static str| if extra.staff { "off" } else { what };
    let mut safe = part(
        form,
        extra,
        &name("safe"),
        json!({
            "label": { "text": extra.t("forms.safe") }, "hint": { "text": extra.t("forms.safe_hint") }, "rows": 3,
        }),
    );
    safe.kind = "textarea";
    let parts = vec![
        part(
            form,
            extra,
            &name("name"),
            json!({ "label": { "text": extra.t("forms.name") }, "autocomplete": complete("name"), "spellcheck": false }),
        ),
        part(
            form,
            extra,
            &name("telephone"),
            json!({ "label": { "text": extra.t("forms.telephone") }, "type": "tel", "autocomplete": complete("tel"), "classes": "govuk-input--width-20" }),
        ),
        part(
            form,
            extra,
            &name("email"),
            json!({ "label": { "text": extra.t("forms.email") }, "type": "email", "autocomplete": complete("email"), "spellcheck": false }),
        ),
        safe,
    ];
    group(question, extra, heading, hint, parts)
}

pub(super) fn files(
    question: &Question,
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
) -> Field {
    let id = question.id.as_str();
    let QuestionKind::Files {
        types,
        most,
        megabytes,
        keep_location,
    } = &question.kind
    else {
        return Field::default();
    };
    let given = extra.files.get(id).cloned().unwrap_or_default();
    let kinds = match types {
        FileTypes::Photographs => "forms.files_photographs",
        FileTypes::Documents => "forms.files_documents",
        FileTypes::Any => "forms.files_any",
    };
    let limits = extra.filled(
        kinds,
        &[
            ("megabytes", megabytes.to_string()),
            ("most", most.to_string()),
        ],
    );
    let kept = extra.t(if *keep_location {
        "forms.files_location_kept"
    } else {
        "forms.files_location_removed"
    });
    let mut attributes = json!({
        "data-megabytes": megabytes.to_string(),
        "data-too-large": extra.filled(
            "forms.file_too_large",
            &[("name", "{name}".to_owned()), ("megabytes", megabytes.to_string())],
        ),
    });
    if *types == FileTypes::Photographs {
        // Telephones then hand over JPEG instead of HEIC.
        set(
            &mut attributes,
            "accept",
            json!("image/jpeg,image/png,image/webp"),
        );
    }
    let mut params = json!({
        "id": id, "name": id, "label": label(question, extra, heading),
        "attributes": attributes, "multiple": *most > 1,
        "hint": { "text": joined(hint, format!("{limits} {kept}")) },
    });
    if let Some(message) = form.errors.get(id) {
        set(&mut params, "errorMessage", extra.wrong(message));
    }
    Field {
        kind: "files",
        params,
        files: given,
        ..Field::default()
    }
}

/// A place, a person or a record: words to look for, and a choice of what was found.
pub(super) fn search(
    question: &Question,
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
) -> Field {
    let id = question.id.as_str();
    let location = matches!(question.kind, QuestionKind::Location);
    let own = extra.t(match question.kind {
        QuestionKind::Location => "forms.location_hint",
        QuestionKind::Person { .. } => "forms.person_hint",
        _ => "forms.record_hint",
    });
    let mut params = json!({
        "id": id, "name": id, "value": form.value(id), "spellcheck": false,
        "label": label(question, extra, heading),
        "classes": if location { "" } else { "govuk-!-width-two-thirds" },
        "autocomplete": "off",
    });
    add_hint(&mut params, Some(joined(hint, own)));
    if let Some(message) = form.errors.get(id) {
        set(&mut params, "errorMessage", extra.wrong(message));
    }
    let mut hidden: Vec<Pair> = [format!("{id}-was"), format!("{id}-chosen")]
        .map(|name| {
            let value = form.value(&name).to_owned();
            Pair { name, value }
        })
        .into();
    if location {
        hidden.extend(["latitude", "longitude", "accuracy", "how"].map(|part| {
            let name = format!("{id}-{part}");
            let value = form.value(&name).to_owned();
            Pair { name, value }
        }));
    }
    let found = extra.found.get(id).cloned().unwrap_or_default();
    let options: Vec<Option_> = found
        .iter()
        .map(|(value, text, hint)| {
            let mut item = json!({ "value": value, "text": text, "checked": form.value(&format!("{id}-choice")) == value });
            add_hint(&mut item, Some(hint.clone()).filter(|hint| !hint.is_empty()));
            Option_ {
                item,
                reveals: Vec::new(),
            }
        })
        .collect();
    let parts = if options.is_empty() {
        Vec::new()
    } else {
        let choice = format!("{id}-choice");
        let mut params = json!({
            "idPrefix": choice, "name": choice,
            "fieldset": { "legend": {
                "text": extra.filled("forms.which_one", &[("question", asked(question, extra))]),
                "classes": "govuk-fieldset__legend--s",
            } },
        });
        if let Some(message) = form.errors.get(&choice) {
            set(&mut params, "errorMessage", extra.wrong(message));
        }
        vec![Field {
            kind: "radios",
            params,
            options,
            ..Field::default()
        }]
    };
    Field {
        kind: "search",
        params,
        parts,
        hidden,
        find: Some(Pair::new(
            id,
            extra.t(if location {
                "forms.find_place"
            } else {
                "forms.find"
            }),
        )),
        map: location.then(|| extra.map.clone()),
        note: extra.notes.get(id).cloned(),
        ..Field::default()
    }
}
