//! Questions as GOV.UK components: which one, with which parameters. Pure; the template only
//! hands the parameters on.

use commonweal_govuk::Form;
use serde_json::{Map, Value as Json, json};

use super::composed;
pub(crate) use super::field::{Extra, Field, MapShown, Option_, Pair, filled, shown};
pub(super) use super::field::{add_hint, asked, joined, label, legend, merged, set};
use super::walk::Layered;
use crate::definition::{
    Choice, Definition, Question, QuestionId, QuestionKind, TextFormat, TextLimits,
};

/// More choices than these are a list to pick from instead of radios.
pub(super) const MOST_RADIOS: usize = 20;
/// The longest text of which pages say how much of it is left.
const MOST_COUNTED: usize = 5_000;

/// The field that an error of a question links to: the first that can be typed into.
#[must_use]
pub(crate) fn anchor(question: &Question) -> String {
    match question.kind {
        QuestionKind::Date { .. } => format!("{}-day", question.id),
        QuestionKind::Address => format!("{}-line1", question.id),
        QuestionKind::Contact => format!("{}-name", question.id),
        _ => question.id.clone(),
    }
}

/// The fields of a step.
#[must_use]
pub(crate) fn fields(
    definition: &Definition,
    layered: &Layered,
    form: &Form,
    extra: &Extra,
) -> Vec<Field> {
    layered
        .top
        .iter()
        .filter_map(|id| build(definition, layered, *id, form, extra, extra.heading))
        .collect()
}

fn build(
    definition: &Definition,
    layered: &Layered,
    id: QuestionId,
    form: &Form,
    extra: &Extra,
    heading: bool,
) -> Option<Field> {
    let question = definition.get(id)?;
    let mut field = one(question, form, extra, heading);
    for (revealed, (by, value)) in &layered.reveals {
        if *by != id {
            continue;
        }
        let plain = Extra {
            heading: false,
            ..extra.clone()
        };
        let Some(inner) = build(definition, layered, *revealed, form, &plain, false) else {
            continue;
        };
        let place = field
            .options
            .iter_mut()
            .find(|option| option.item.get("value").and_then(Json::as_str) == Some(value));
        if let Some(option) = place {
            option.reveals.push(inner);
            // Side by side, a choice has no room below it.
            if field.params.get("classes") == Some(&json!("govuk-radios--inline")) {
                set(&mut field.params, "classes", json!(""));
            }
        }
    }
    Some(field)
}

/// One question without what it reveals.
pub(super) fn one(question: &Question, form: &Form, extra: &Extra, heading: bool) -> Field {
    let id = question.id.as_str();
    let mut params = Map::new();
    if let Some(message) = form.errors.get(&anchor(question)) {
        params.insert("errorMessage".to_owned(), extra.wrong(message));
    }
    let hint = question
        .hint
        .as_ref()
        .map(|hint| extra.words(hint).to_owned());
    let with = |params: Map<String, Json>, more: Json| merged(params, more);
    match &question.kind {
        QuestionKind::Text(limits) => Field {
            kind: "input",
            params: with(
                params,
                text_input(question, *limits, form, extra, heading, hint),
            ),
            ..Field::default()
        },
        QuestionKind::LongText(limits) => {
            let mut more = json!({
                "id": id, "name": id, "value": form.value(id), "rows": 5,
                "label": label(question, extra, heading),
            });
            add_hint(&mut more, hint);
            // Where there is room for a long letter, counting what is left only disquiets.
            let roomy = limits.max > MOST_COUNTED;
            if !roomy {
                set(&mut more, "maxlength", json!(limits.max));
                set(&mut more, "threshold", json!("75"));
                let text = most_characters(extra, limits.max);
                set(&mut more, "textareaDescriptionText", json!(text));
            }
            Field {
                kind: if roomy { "textarea" } else { "count" },
                params: with(params, more),
                ..Field::default()
            }
        }
        QuestionKind::Number { decimals, unit, .. } => {
            let mut more = json!({
                "id": id, "name": id, "value": form.value(id), "spellcheck": false,
                "classes": "govuk-input--width-5",
                "inputmode": if *decimals == 0 { "numeric" } else { "decimal" },
                "label": label(question, extra, heading),
            });
            if let Some(unit) = unit {
                set(&mut more, "suffix", json!({ "text": extra.words(unit) }));
            }
            add_hint(&mut more, hint);
            Field {
                kind: "input",
                params: with(params, more),
                ..Field::default()
            }
        }
        QuestionKind::Money { .. } => {
            let mut more = json!({
                "id": id, "name": id, "value": form.value(id), "spellcheck": false,
                "classes": "govuk-input--width-10", "inputmode": "decimal",
                "prefix": { "text": "£" },
                "label": label(question, extra, heading),
            });
            add_hint(&mut more, hint);
            Field {
                kind: "input",
                params: with(params, more),
                ..Field::default()
            }
        }
        QuestionKind::Date { .. } => Field {
            kind: "date",
            params: with(params, date_input(question, form, extra, heading, hint)),
            ..Field::default()
        },
        QuestionKind::Time => {
            let mut more = json!({
                "id": id, "name": id, "value": form.value(id), "spellcheck": false,
                "classes": "govuk-input--width-5",
                "label": label(question, extra, heading),
            });
            add_hint(&mut more, Some(joined(hint, extra.t("forms.time_hint"))));
            Field {
                kind: "input",
                params: with(params, more),
                ..Field::default()
            }
        }
        QuestionKind::YesNo { .. } => {
            let options = [("yes", extra.t("forms.yes")), ("no", extra.t("forms.no"))]
                .map(|(value, text)| item(value, &text, None, form.value(id) == value));
            Field {
                kind: "radios",
                params: with(
                    params,
                    radios(question, extra, heading, hint, "govuk-radios--inline"),
                ),
                options: options.into(),
                ..Field::default()
            }
        }
        QuestionKind::Choice(choices) => {
            choice(question, choices, form, extra, heading, hint, params)
        }
        QuestionKind::Choices { options, .. } => {
            checkboxes(question, options, form, extra, heading, hint, params)
        }
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            unsure,
        } => {
            let mut options: Vec<Option_> = (*from..=*to)
                .map(|point| {
                    let text = if point == *from {
                        format!("{point} – {}", extra.words(low))
                    } else if point == *to {
                        format!("{point} – {}", extra.words(high))
                    } else {
                        point.to_string()
                    };
                    let value = point.to_string();
                    item(&value, &text, None, form.value(id) == value)
                })
                .collect();
            if *unsure {
                options.push(divider(&extra.t("forms.or")));
                options.push(item(
                    "unsure",
                    &extra.t("forms.unsure"),
                    None,
                    form.value(id) == "unsure",
                ));
            }
            let classes = if to - from > 6 {
                "govuk-radios--small"
            } else {
                ""
            };
            Field {
                kind: "radios",
                params: with(params, radios(question, extra, heading, hint, classes)),
                options,
                ..Field::default()
            }
        }
        QuestionKind::Agency => {
            let mut items = vec![json!({ "value": "", "text": extra.t("forms.choose") })];
            items.extend(extra.agencies.iter().map(|(agency, name)| {
                let value = agency.to_string();
                json!({ "selected": form.value(id) == value, "value": value, "text": name })
            }));
            let mut more = json!({
                "id": id, "name": id, "items": items,
                "label": label(question, extra, heading),
            });
            add_hint(&mut more, hint);
            Field {
                kind: "select",
                params: with(params, more),
                ..Field::default()
            }
        }
        QuestionKind::Location | QuestionKind::Person { .. } | QuestionKind::Record { .. } => {
            composed::search(question, form, extra, heading, hint)
        }
        QuestionKind::Address => composed::address(question, form, extra, heading, hint),
        QuestionKind::Contact => composed::contact(question, form, extra, heading, hint),
        QuestionKind::Files { .. } => composed::files(question, form, extra, heading, hint),
    }
}

/// How much may be written, for those without JavaScript.
fn most_characters(extra: &Extra, most: usize) -> String {
    extra.filled("forms.most_characters", &[("count", most.to_string())])
}

fn text_input(
    question: &Question,
    limits: TextLimits,
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
) -> Json {
    let id = question.id.as_str();
    let mut more = json!({
        "id": id, "name": id, "value": form.value(id), "label": label(question, extra, heading),
    });
    let (kind, mode, complete, width) = match limits.format {
        TextFormat::Any => ("text", None, None, width(limits.max)),
        TextFormat::Email => ("email", None, Some("email"), ""),
        TextFormat::Telephone => ("tel", None, Some("tel"), "govuk-input--width-20"),
        TextFormat::Postcode => ("text", None, Some("postal-code"), "govuk-input--width-10"),
        TextFormat::Link => ("url", None, None, ""),
        TextFormat::Uprn => ("text", Some("numeric"), None, "govuk-input--width-10"),
    };
    set(&mut more, "type", json!(kind));
    if let Some(mode) = mode {
        set(&mut more, "inputmode", json!(mode));
    }
    if let Some(complete) = complete.filter(|_| !extra.staff) {
        // Colleagues write down other people's details: the browser must not offer their own.
        set(&mut more, "autocomplete", json!(complete));
    }
    if !matches!(limits.format, TextFormat::Any) {
        set(&mut more, "spellcheck", json!(false));
    }
    set(&mut more, "classes", json!(width));
    add_hint(&mut more, hint);
    more
}

/// The class that makes a field about as wide as what belongs in it.
fn width(characters: usize) -> &'static str {
    match characters {
        0..=4 => "govuk-input--width-4",
        5..=10 => "govuk-input--width-10",
        11..=20 => "govuk-input--width-20",
        _ => "",
    }
}

fn date_input(
    question: &Question,
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
) -> Json {
    let id = question.id.as_str();
    let wrong = form.errors.get(&anchor(question)).is_some();
    let items: Vec<Json> = [("day", 2), ("month", 2), ("year", 4)]
        .iter()
        .map(|(name, wide)| {
            let mark = if wrong { " govuk-input--error" } else { "" };
            json!({
                "name": name,
                "label": extra.t(&format!("forms.{name}")),
                "value": form.value(&format!("{id}-{name}")),
                "classes": format!("govuk-input--width-{wide}{mark}"),
            })
        })
        .collect();
    let mut more = json!({
        "id": id, "namePrefix": id, "items": items,
        "fieldset": { "legend": legend(question, extra, heading) },
    });
    add_hint(&mut more, Some(joined(hint, extra.t("forms.date_hint"))));
    more
}

fn radios(
    question: &Question,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
    classes: &str,
) -> Json {
    let mut more = json!({
        "idPrefix": question.id, "name": question.id, "classes": classes,
        "fieldset": { "legend": legend(question, extra, heading) },
    });
    add_hint(&mut more, hint);
    more
}

fn choice(
    question: &Question,
    choices: &[Choice],
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
    params: Map<String, Json>,
) -> Field {
    let id = question.id.as_str();
    if choices.len() > MOST_RADIOS {
        let mut items = vec![json!({ "value": "", "text": extra.t("forms.choose") })];
        items.extend(choices.iter().map(|choice| {
            json!({ "value": choice.value, "text": extra.words(&choice.text), "selected": form.value(id) == choice.value })
        }));
        let mut more = json!({
            "id": id, "name": id, "items": items, "label": label(question, extra, heading),
        });
        add_hint(&mut more, hint);
        return Field {
            kind: "select",
            params: merged(params, more),
            ..Field::default()
        };
    }
    let options = choices
        .iter()
        .map(|choice| {
            item(
                &choice.value,
                extra.words(&choice.text),
                choice.hint.as_ref().map(|hint| extra.words(hint)),
                form.value(id) == choice.value,
            )
        })
        .collect();
    Field {
        kind: "radios",
        params: merged(params, radios(question, extra, heading, hint, "")),
        options,
        ..Field::default()
    }
}

fn checkboxes(
    question: &Question,
    choices: &[Choice],
    form: &Form,
    extra: &Extra,
    heading: bool,
    hint: Option<String>,
    params: Map<String, Json>,
) -> Field {
    let id = question.id.as_str();
    let mut options = Vec::new();
    let mut divided = choices.first().is_some_and(|first| first.alone);
    for choice in choices {
        if choice.alone && !divided {
            options.push(divider(&extra.t("forms.or")));
            divided = true;
        }
        let mut option = item(
            &choice.value,
            extra.words(&choice.text),
            choice.hint.as_ref().map(|hint| extra.words(hint)),
            form.choices(id).any(|value| value == choice.value),
        );
        if choice.alone {
            set(&mut option.item, "behaviour", json!("exclusive"));
        }
        options.push(option);
    }
    let mut more = json!({
        "idPrefix": id, "name": id,
        "fieldset": { "legend": legend(question, extra, heading) },
    });
    add_hint(&mut more, Some(joined(hint, extra.t("forms.choices_hint"))));
    Field {
        kind: "checkboxes",
        params: merged(params, more),
        options,
        ..Field::default()
    }
}

fn item(value: &str, text: &str, hint: Option<&str>, checked: bool) -> Option_ {
    let mut item = json!({ "value": value, "text": text, "checked": checked });
    if let Some(hint) = hint {
        set(&mut item, "hint", json!({ "text": hint }));
    }
    Option_ {
        item,
        reveals: Vec::new(),
    }
}

fn divider(text: &str) -> Option_ {
    Option_ {
        item: json!({ "divider": text }),
        reveals: Vec::new(),
    }
}
