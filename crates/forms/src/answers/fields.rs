//! Answers from a form's fields and back into them. Names of fields: the question's id; dates add
//! `-day`, `-month`, `-year`; addresses `-line1`, `-line2`, `-town`, `-postcode`, `-uprn`; contacts
//! `-name`, `-telephone`, `-email`, `-safe`; locations `-latitude`, `-longitude`, `-accuracy`, `-how`.

use commonweal_govuk::Form;
use uuid::Uuid;

use super::fits::fits;
use super::value::{Address, Answer, Contact, Location, LocationHow};
use super::wording::{missing, must, object};
use super::{UNSURE, show, typed};
use crate::definition::{Choice, Question, QuestionKind};

/// One question's answer from a form that was sent; none where its fields are empty.
///
/// Files do not come by this way: their question gives none. A location is read where its
/// co-ordinates are given; a typed postcode or name is an error, for those to resolve who can ask the
/// database.
///
/// # Errors
/// The message for the field.
pub fn read(question: &Question, form: &Form) -> Result<Option<Answer>, String> {
    let id = question.id.as_str();
    let field = |part: &str| form.value(&format!("{id}-{part}")).to_owned();
    let typed = form.value(id);
    let answer = match &question.kind {
        QuestionKind::Date { .. } => {
            let (day, month, year) = (field("day"), field("month"), field("year"));
            if day.is_empty() && month.is_empty() && year.is_empty() {
                return Ok(None);
            }
            Answer::Date(typed::date(question, &day, &month, &year)?)
        }
        QuestionKind::Address => {
            let given = Address {
                line1: field("line1"),
                line2: field("line2"),
                town: field("town"),
                postcode: field("postcode"),
                uprn: field("uprn"),
            };
            match typed::address(question, &given)? {
                Some(address) => Answer::Address(address),
                None => return Ok(None),
            }
        }
        QuestionKind::Contact => {
            let given = Contact {
                name: field("name"),
                telephone: field("telephone"),
                email: field("email"),
                safe: field("safe"),
            };
            match typed::contact_details(&given)? {
                Some(contact) => Answer::Contact(contact),
                None => return Ok(None),
            }
        }
        QuestionKind::Location => match location(question, form)? {
            Some(location) => Answer::Location(location),
            None => return Ok(None),
        },
        QuestionKind::Files { .. } => return Ok(None),
        QuestionKind::Choices { options, .. } => {
            match typed::chosen(question, options, form.choices(id))? {
                Answer::Choices(values) if values.is_empty() => return Ok(None),
                chosen => chosen,
            }
        }
        _ if typed.is_empty() => return Ok(None),
        _ => one(question, typed, form.raw(id))?,
    };
    fits(question, &answer, None)?;
    Ok(Some(answer))
}

/// An answer of one field that is not empty.
fn one(question: &Question, typed: &str, raw: &str) -> Result<Answer, String> {
    let exact = |options: &[Choice]| {
        let found = options.iter().find(|option| option.value == typed);
        found.map(|option| Answer::Choice(option.value.clone()))
    };
    let uuid = || typed.parse::<Uuid>().map_err(|_| missing(question));
    match &question.kind {
        QuestionKind::Text(limits) => {
            let text = typed::clean(typed, false);
            typed::formatted(question, limits.format, &text).map(Answer::Text)
        }
        QuestionKind::LongText(_) => Ok(Answer::Text(typed::clean(raw, true))),
        QuestionKind::Number { .. } => typed::number(question, typed).map(Answer::Number),
        QuestionKind::Money { .. } => typed::money(question, typed).map(Answer::Money),
        QuestionKind::Time => typed::time(question, typed).map(Answer::Time),
        QuestionKind::YesNo { .. } => match typed {
            "yes" => Ok(Answer::YesNo(true)),
            "no" => Ok(Answer::YesNo(false)),
            _ => Err(missing(question)),
        },
        QuestionKind::Choice(options) => {
            exact(options).ok_or_else(|| format!("Select {} from the list", object(question)))
        }
        QuestionKind::Scale { .. } if typed == UNSURE => Ok(Answer::Unsure),
        QuestionKind::Scale { .. } => {
            let point = typed.parse().map_err(|_| missing(question))?;
            Ok(Answer::Scale(point))
        }
        QuestionKind::Agency => uuid().map(Answer::Agency),
        QuestionKind::Person { .. } => uuid().map(Answer::Person),
        QuestionKind::Record { .. } => uuid().map(Answer::Record),
        _ => Err(missing(question)),
    }
}

fn location(question: &Question, form: &Form) -> Result<Option<Location>, String> {
    let id = question.id.as_str();
    let field = |part: &str| form.value(&format!("{id}-{part}"));
    let typed = typed::clean(form.value(id), false);
    let pair = format!("{}, {}", field("latitude"), field("longitude"));
    if let Some((latitude, longitude)) = typed::coordinates(&pair) {
        let how = match field("how") {
            "device" => LocationHow::Device,
            "postcode" => LocationHow::Postcode,
            "name" => LocationHow::Name,
            "coordinates" => LocationHow::Coordinates,
            _ => LocationHow::Pin,
        };
        let accuracy = field("accuracy").parse::<f64>();
        return Ok(Some(Location {
            latitude,
            longitude,
            how,
            text: typed,
            accuracy: accuracy
                .ok()
                .filter(|metres| (0.0..=1_000_000.0).contains(metres)),
        }));
    }
    if typed.is_empty() {
        return Ok(None);
    }
    typed::typed_location(&typed).map(Some).ok_or_else(|| {
        must(
            question,
            "be a postcode, the name of a place or 54.777, -1.575",
        )
    })
}

/// Puts an answer into a form's fields, for changing it.
pub fn prefill(question: &Question, answer: &Answer, form: &mut Form) {
    let id = question.id.as_str();
    let mut set = |part: &str, value: &str| {
        if part.is_empty() {
            form.set(id, value);
        } else {
            form.set(format!("{id}-{part}"), value);
        }
    };
    match answer {
        Answer::Date(date) => {
            set("day", &date.format("%-d").to_string());
            set("month", &date.format("%-m").to_string());
            set("year", &date.format("%Y").to_string());
        }
        Answer::Time(time) => set("", &time.format("%H:%M").to_string()),
        Answer::Number(number) => set("", &number.to_string()),
        Answer::Money(pence) => set("", &plain_money(*pence)),
        Answer::YesNo(yes) => set("", if *yes { "yes" } else { "no" }),
        Answer::Scale(point) => set("", &point.to_string()),
        Answer::Unsure => set("", UNSURE),
        Answer::Choice(value) => set("", value),
        Answer::Choices(values) => form.set_all(id, values.iter().cloned()),
        Answer::Text(_) => set(
            "",
            &show::show(question, answer, "en", &show::Names::default()),
        ),
        Answer::Location(location) => {
            set("", &location.text);
            set("latitude", &location.latitude.to_string());
            set("longitude", &location.longitude.to_string());
            let accuracy = location.accuracy.map(|metres| metres.to_string());
            set("accuracy", &accuracy.unwrap_or_default());
            set("how", how_name(location.how));
        }
        Answer::Address(address) => {
            set("line1", &address.line1);
            set("line2", &address.line2);
            set("town", &address.town);
            set("postcode", &address.postcode);
            set("uprn", &address.uprn);
        }
        Answer::Contact(contact) => {
            set("name", &contact.name);
            set("telephone", &show::telephone(&contact.telephone));
            set("email", &contact.email);
            set("safe", &contact.safe);
        }
        Answer::Agency(one) | Answer::Person(one) | Answer::Record(one) => {
            set("", &one.to_string());
        }
        Answer::Files(_) => {}
    }
}

fn how_name(how: LocationHow) -> &'static str {
    match how {
        LocationHow::Pin => "pin",
        LocationHow::Device => "device",
        LocationHow::Postcode => "postcode",
        LocationHow::Name => "name",
        LocationHow::Coordinates => "coordinates",
    }
}

/// '12.50', '-3': without commas or sign of currency.
pub(super) fn plain_money(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let (pounds, rest) = (pence.unsigned_abs() / 100, pence.unsigned_abs() % 100);
    if rest == 0 {
        format!("{sign}{pounds}")
    } else {
        format!("{sign}{pounds}.{rest:02}")
    }
}
