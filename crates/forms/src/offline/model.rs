//! A definition as the script reads it: everything that is needed to ask its questions and check
//! the answers, in the names of `definition::model`.

use serde_json::{Value as Json, json};

use crate::definition::{
    Choice, Definition, DefinitionKind, Expression, FileTypes, Question, QuestionKind, TextFormat,
    Words,
};

/// The language of staff.
const LANGUAGE: &str = "en";

/// A definition.
pub(super) fn definition(one: &Definition) -> Json {
    let id = |id: &crate::definition::QuestionId| one.get(*id).map(|question| question.id.as_str());
    let ids =
        |ids: &[crate::definition::QuestionId]| -> Json { ids.iter().filter_map(id).collect() };
    json!({
        "key": one.key,
        "version": one.version,
        "kind": match one.kind { DefinitionKind::Form => "form", DefinitionKind::Register => "register" },
        "title": words(&one.title),
        "singular": words(&one.singular),
        "plural": words(&one.plural),
        "about": words(&one.about),
        "intro": all_words(&one.texts.intro),
        "before": all_words(&one.texts.before_you_start),
        "privacy": one.texts.privacy.as_ref().map(words),
        "next": all_words(&one.texts.next),
        "submit": one.texts.submit.as_ref().map(words),
        "state": one.first_state().map(|state| state.key.as_str()),
        "place": one.place.as_ref().and_then(id),
        "title_of": one.record_title.questions().collect::<Vec<_>>(),
        "parent": one.parent.as_ref().map(|parent| json!({
            "register": parent.register,
            "question": id(&parent.question),
        })),
        "pages": one.pages.iter().map(|page| json!({
            "key": page.key,
            "title": words(&page.title),
            "intro": all_words(&page.intro),
            "shown_if": condition(page.shown_if.as_ref()),
            "questions": ids(&page.questions),
        })).collect::<Vec<_>>(),
        "questions": one.questions.iter().map(question).collect::<Vec<_>>(),
        "order": ids(one.in_order()),
        "scores": one.scores.iter().map(|score| json!({
            "id": score.id,
            "value": score.value.tree(),
        })).collect::<Vec<_>>(),
    })
}

fn question(one: &Question) -> Json {
    json!({
        "id": one.id,
        "label": words(&one.label),
        "short": one.short.as_ref().map(words),
        "hint": one.hint.as_ref().map(words),
        "required": one.required,
        "shown_if": condition(one.shown_if.as_ref()),
        "page": one.page,
        "kind": kind(&one.kind),
    })
}

fn kind(kind: &QuestionKind) -> Json {
    match kind {
        QuestionKind::Text(limits) => json!({
            "is": "text", "min": limits.min, "max": limits.max, "format": format(limits.format),
        }),
        QuestionKind::LongText(limits) => json!({
            "is": "long_text", "min": limits.min, "max": limits.max,
        }),
        QuestionKind::Number {
            min,
            max,
            decimals,
            unit,
        } => json!({
            "is": "number", "min": min, "max": max, "decimals": decimals,
            "unit": unit.as_ref().map(words),
        }),
        QuestionKind::Money { min, max } => json!({ "is": "money", "min": min, "max": max }),
        QuestionKind::Date { future, past } => {
            json!({ "is": "date", "future": future, "past": past })
        }
        QuestionKind::Time => json!({ "is": "time" }),
        QuestionKind::YesNo { yes, no } => json!({ "is": "yes_no", "yes": yes, "no": no }),
        QuestionKind::Choice(options) => json!({ "is": "choice", "options": choices(options) }),
        QuestionKind::Choices { options, min, max } => json!({
            "is": "choices", "options": choices(options), "min": min, "max": max,
        }),
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
            unsure,
        } => json!({
            "is": "scale", "from": from, "to": to, "low": words(low), "high": words(high),
            "unsure": unsure,
        }),
        QuestionKind::Location => json!({ "is": "location" }),
        QuestionKind::Address => json!({ "is": "address" }),
        QuestionKind::Contact => json!({ "is": "contact" }),
        QuestionKind::Files {
            types,
            most,
            megabytes,
            keep_location,
        } => json!({
            "is": "files", "most": most, "megabytes": megabytes, "keep_location": keep_location,
            "types": match types {
                FileTypes::Photographs => "photographs",
                FileTypes::Documents => "documents",
                FileTypes::Any => "any",
            },
        }),
        QuestionKind::Agency => json!({ "is": "agency" }),
        QuestionKind::Person { staff } => json!({ "is": "person", "staff": staff }),
        QuestionKind::Record { register } => json!({ "is": "record", "register": register }),
    }
}

fn format(format: TextFormat) -> &'static str {
    match format {
        TextFormat::Any => "any",
        TextFormat::Email => "email",
        TextFormat::Telephone => "telephone",
        TextFormat::Postcode => "postcode",
        TextFormat::Link => "link",
        TextFormat::Uprn => "uprn",
    }
}

fn choices(options: &[Choice]) -> Json {
    let option = |one: &Choice| {
        json!({
            "value": one.value,
            "text": words(&one.text),
            "hint": one.hint.as_ref().map(words),
            "score": one.score,
            "alone": one.alone,
        })
    };
    options.iter().map(option).collect()
}

fn condition(condition: Option<&Expression>) -> Json {
    condition.map_or(Json::Null, Expression::tree)
}

fn words(words: &Words) -> Json {
    json!(words.get(LANGUAGE))
}

fn all_words(all: &[Words]) -> Json {
    all.iter().map(words).collect()
}

/// Whether a definition can be filled in on a device: no question that must be answered needs a
/// search among people.
pub(super) fn fits_a_device(one: &Definition) -> bool {
    let needs_search = |question: &Question| {
        question.required && matches!(question.kind, QuestionKind::Person { staff: false })
    };
    one.offline && !one.questions.iter().any(needs_search)
}
