//! Answers in and out by each of the three ways, what is outside its limits, what is shown.

use chrono::NaiveDate;
use commonweal_govuk::Form;
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::definition::testing::sample;
use crate::definition::{Definition, Question, QuestionKind};
use crate::made_up::{self, World};

fn today() -> NaiveDate {
    "2026-06-01".parse().unwrap()
}

fn world() -> World {
    let id = |number: u128| Uuid::from_u128(number);
    let file = |number: u128| FileAnswer {
        id: id(number),
        sha256: "00".repeat(32),
        name: format!("picture{number}.jpg"),
        media_type: "image/jpeg".to_owned(),
        size: 20_000,
    };
    World {
        agencies: vec![id(1), id(2)],
        staff: vec![id(3)],
        parties: vec![id(4), id(5)],
        records: [("sample".to_owned(), vec![id(6)])].into(),
        files: vec![file(7), file(8), file(9)],
        ..World::empty(today())
    }
}

fn question<'a>(definition: &'a Definition, id: &str) -> &'a Question {
    definition.question(id).unwrap().1
}

fn form(pairs: &[(&str, &str)]) -> Form {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Form::from(pairs.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn made_up_answers_fit_and_are_kept_by_each_way(seed in any::<u64>()) {
        let (definition, world) = (sample(), world());
        let answers = made_up::answers(&definition, &world, seed);
        prop_assert_eq!(check(&definition, &answers, today()), vec![]);
        prop_assert_eq!(&made_up::answers(&definition, &world, seed), &answers);
        for (id, answer) in &answers.0 {
            let question = question(&definition, id);
            let mut filled = Form::default();
            prefill(question, answer, &mut filled);
            if matches!(question.kind, QuestionKind::Files { .. }) {
                prop_assert_eq!(read(question, &filled), Ok(None));
                prop_assert!(from_text(question, &text(question, answer)).is_err());
                prop_assert!(from_json(question, &super::json(question, answer)).is_err());
                continue;
            }
            prop_assert_eq!(read(question, &filled), Ok(Some(answer.clone())));
            prop_assert_eq!(from_json(question, &super::json(question, answer)), Ok(Some(answer.clone())));
            let cell = text(question, answer);
            let again = from_text(question, &cell).unwrap().unwrap();
            prop_assert_eq!(&text(question, &again), &cell);
            if !matches!(answer, Answer::Location(_)) {
                prop_assert_eq!(&again, answer);
            }
            prop_assert!(!show(question, answer, "en", &Names::default()).is_empty());
        }
        let stored = serde_json::to_value(&answers).unwrap();
        prop_assert_eq!(serde_json::from_value::<Answers>(stored).unwrap(), answers.clone());
        prop_assert!(!title(&definition, &answers, &Names::default()).is_empty());
        for row in index_rows(&definition, &answers) {
            prop_assert!(question(&definition, &row.question).list);
        }
    }

    #[test]
    fn any_cell_is_read_or_refused(cell in "\\PC{0,40}") {
        let definition = sample();
        for (_, question) in definition.all() {
            if let Ok(Some(answer)) = from_text(question, &cell) {
                prop_assert_eq!(fits(question, &answer, None), Ok(()));
                let again = from_text(question, &text(question, &answer));
                prop_assert!(matches!(again, Ok(Some(_))), "{}: {:?}", question.id, again);
            }
            let sent = form(&[
                (&question.id, &cell),
                (&format!("{}-day", question.id), &cell),
                (&format!("{}-line1", question.id), &cell),
                (&format!("{}-safe", question.id), &cell),
                (&format!("{}-latitude", question.id), &cell),
            ]);
            if let Ok(Some(answer)) = read(question, &sent) {
                prop_assert_eq!(fits(question, &answer, None), Ok(()));
            }
            drop(from_json(question, &json!(cell)));
        }
    }

    #[test]
    fn a_date_as_people_write_it(days in 0i64..60_000) {
        let definition = sample();
        let visit = question(&definition, "visit_on");
        let date = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + chrono::Duration::days(days);
        for format in ["%Y-%m-%d", "%d/%m/%Y", "%-d %B %Y", "%-d %b %Y", "%d.%m.%Y", "%Y-%m-%d 00:00:00"] {
            let typed = date.format(format).to_string();
            prop_assert_eq!(from_text(visit, &typed), Ok(Some(Answer::Date(date))), "{}", typed);
        }
    }
}

#[test]
fn what_people_type_is_understood() {
    let definition = sample();
    let cases = [
        ("people", "1,200", Answer::Number(1200.0)),
        ("length", "2.50", Answer::Number(2.5)),
        ("cost", "£1,250.5", Answer::Money(125_050)),
        ("at", "5.30 PM", Answer::Time("17:30:00".parse().unwrap())),
        ("at", "0915", Answer::Time("09:15:00".parse().unwrap())),
        ("at", "midday", Answer::Time("12:00:00".parse().unwrap())),
        (
            "email",
            " A.Lee@Example.ORG ",
            Answer::Text("A.Lee@example.org".to_owned()),
        ),
        (
            "name",
            "  The   old\tmill ",
            Answer::Text("The old mill".to_owned()),
        ),
        (
            "words",
            "one\r\ntwo\u{0}",
            Answer::Text("one\ntwo".to_owned()),
        ),
        ("worry", "unsure", Answer::Unsure),
        ("dangerous", "no", Answer::YesNo(false)),
    ];
    for (id, typed, wanted) in cases {
        let read = read(question(&definition, id), &form(&[(id, typed)]));
        assert_eq!(read, Ok(Some(wanted)), "{id}: {typed}");
    }
    let place = read(
        question(&definition, "where"),
        &form(&[("where", "54.777, -1.575")]),
    );
    assert!(
        matches!(place, Ok(Some(Answer::Location(place))) if place.how == LocationHow::Coordinates)
    );
    let kinds = form(&[("kinds", "fire"), ("kinds", "rubbish")]);
    let chosen = Answer::Choices(vec!["rubbish".to_owned(), "fire".to_owned()]);
    assert_eq!(
        read(question(&definition, "kinds"), &kinds),
        Ok(Some(chosen))
    );
    assert_eq!(
        read(question(&definition, "kinds"), &Form::default()),
        Ok(None)
    );
    let cell = from_text(question(&definition, "tenure"), "a PRIVATE owner");
    assert_eq!(cell, Ok(Some(Answer::Choice("private".to_owned()))));
    let cell = from_text(
        question(&definition, "address"),
        "Flat 2, 1 High Street, Durham, dh15ul, UPRN 0123",
    );
    let Ok(Some(Answer::Address(address))) = cell else {
        panic!("{cell:?}")
    };
    assert_eq!(
        (
            address.line2.as_str(),
            address.postcode.as_str(),
            address.uprn.as_str()
        ),
        ("1 High Street", "DH1 5UL", "123")
    );
}

#[test]
fn messages_say_what_to_do() {
    let definition = sample();
    type Case = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let cases: [Case; 16] = [
        (
            "people",
            &[("people", "many")],
            "People near must be a number, like 12",
        ),
        (
            "people",
            &[("people", "6000")],
            "People near must be between 0 and 5,000",
        ),
        (
            "people",
            &[("people", "1.5")],
            "People near must be a whole number",
        ),
        (
            "people",
            &[("people", "1e3")],
            "People near must be a number, like 12",
        ),
        (
            "length",
            &[("length", "1.234")],
            "The answer to ‘How long is it?’ must have 2 decimal places or fewer",
        ),
        (
            "length",
            &[("length", "0.1")],
            "The answer to ‘How long is it?’ must be 0.5 or more",
        ),
        (
            "cost",
            &[("cost", "12.345")],
            "Cost must be an amount of money, like 12.50",
        ),
        (
            "cost",
            &[("cost", "100001")],
            "Cost must be between £0 and £100,000",
        ),
        (
            "found_on",
            &[
                ("found_on-day", "31"),
                ("found_on-month", "2"),
                ("found_on-year", "2026"),
            ],
            "Found must be a real date",
        ),
        (
            "found_on",
            &[("found_on-day", "31")],
            "Found must include a month and a year",
        ),
        (
            "found_on",
            &[
                ("found_on-day", "1"),
                ("found_on-month", "2"),
                ("found_on-year", "26"),
            ],
            "Found must have a year of four numbers, like 2026",
        ),
        (
            "code",
            &[("code", "a")],
            "Code must be 2 characters or more",
        ),
        (
            "email",
            &[("email", "nobody")],
            "Enter an email address in the correct format, like name@example.com",
        ),
        (
            "kinds",
            &[("kinds", "none"), ("kinds", "fire")],
            "Select either ‘None of these’ or the others, not both",
        ),
        (
            "tenure",
            &[("tenure", "king")],
            "Select owner from the list",
        ),
        (
            "address",
            &[("address-line1", "1 High Street")],
            "Address must have a town or city",
        ),
    ];
    for (id, fields, wanted) in cases {
        let read = read(question(&definition, id), &form(fields));
        assert_eq!(read, Err(wanted.to_owned()), "{id}");
    }
    let faults = check(&definition, &Answers::default(), today());
    let messages: Vec<&str> = faults.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(messages, ["Enter code", "Enter name", "Select owner"]);
    let mut answers = Answers::default();
    answers.set("tenure", Some(Answer::Choice("unknown".to_owned())));
    answers.set(
        "found_on",
        Some(Answer::Date("2026-06-02".parse().unwrap())),
    );
    answers.set("worry", Some(Answer::Text("very".to_owned())));
    let faults = check(&definition, &answers, today());
    let messages: Vec<&str> = faults.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "Enter code",
            "Enter name",
            "Enter an answer to ‘What has been done to find the owner?’",
            "Found must be today or in the past",
            "Worry must be answered again: the question has changed",
        ]
    );
    let refused = [
        ("people", json!("12"), "People near must be a number"),
        (
            "tenure",
            json!("Not known"),
            "Owner must be one of private, probate, unknown",
        ),
        (
            "kinds",
            json!(["fire", 3]),
            "Faults must be a list of rubbish, fire, noise, none",
        ),
        ("worry", json!(9), "Worry must be between 1 and 5"),
        (
            "where",
            json!({"latitude": 99}),
            "Place must have a latitude and a longitude as numbers",
        ),
        ("dangerous", json!("yes"), "Dangerous must be true or false"),
    ];
    for (id, value, wanted) in refused {
        assert_eq!(
            from_json(question(&definition, id), &value),
            Err(wanted.to_owned())
        );
    }
}

#[test]
fn hidden_questions_count_as_unanswered() {
    let definition = sample();
    let mut answers = Answers::default();
    answers.set("tenure", Some(Answer::Choice("probate".to_owned())));
    answers.set("trace", Some(Answer::Text("asked".to_owned())));
    answers.set("email", Some(Answer::Text("a@example.org".to_owned())));
    answers.set("kinds", Some(Answer::Choices(vec!["fire".to_owned()])));
    let now = shown(&definition, &answers);
    assert!(!now.page(3), "nobody private, and nothing dangerous");
    let (trace, _) = definition.question("trace").unwrap();
    assert!(!now.question(trace));
    let scored = scores(&definition, &answers);
    assert_eq!(scored[0].value, Some(12.0));
    assert_eq!(scored[0].band.unwrap().key, "high");
    assert_eq!(scored[1].value, None);
    now.strip(&mut answers);
    assert_eq!(answers.0.keys().collect::<Vec<_>>(), ["kinds", "tenure"]);
    answers.set("dangerous", Some(Answer::YesNo(true)));
    assert!(shown(&definition, &answers).page(3));
    assert_eq!(
        title(&definition, &answers, &Names::default()),
        "Sample problem"
    );
    answers.set("name", Some(Answer::Text("The mill".to_owned())));
    assert_eq!(title(&definition, &answers, &Names::default()), "The mill");
}

#[test]
fn what_the_state_hides_is_kept() {
    use crate::definition::testing::SAMPLE;
    let text = SAMPLE.replace(
        "label = \"How did it end?\"",
        "label = \"How did it end?\"\nlist = true\nrequired = true\nshown_if = \"state == 'done'\"",
    );
    let text = text.replace("tenure == 'private' or dangerous", "answered(name)");
    let kind = crate::definition::DefinitionKind::Register;
    let definition = crate::definition::read(kind, "sample", 1, &text).unwrap();
    let (outcome, _) = definition.question("outcome").unwrap();
    let mut answers = made_up::answers(&definition, &world(), 5);
    assert_eq!(check(&definition, &answers, today()), vec![]);
    answers.set("outcome", None);
    assert!(!shown(&definition, &answers).question(outcome));
    let wrong = check_in(&definition, &answers, "done", today());
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    answers.set("outcome", Some(Answer::Text("Mended".to_owned())));
    assert_eq!(check_in(&definition, &answers, "done", today()), vec![]);
    let before = answers.clone();
    shown_in(&definition, &answers, "found").strip(&mut answers);
    assert_eq!(answers, before);
    assert!(
        index_rows(&definition, &answers)
            .iter()
            .any(|row| row.question == "outcome")
    );
}

#[test]
fn answers_are_shown_as_people_read_them() {
    let definition = sample();
    let agency = Uuid::from_u128(1);
    let names = Names([(agency, "Wardens".to_owned())].into());
    let cases = [
        ("people", Answer::Number(1200.0), "1,200 people"),
        ("length", Answer::Number(2.5), "2.5 metres"),
        ("cost", Answer::Money(-125_050), "\u{2212}£1,250.50"),
        (
            "found_on",
            Answer::Date("2026-05-04".parse().unwrap()),
            "4 May 2026",
        ),
        ("at", Answer::Time("17:30:00".parse().unwrap()), "5:30pm"),
        ("worry", Answer::Scale(5), "5 (Very)"),
        ("worry", Answer::Scale(3), "3"),
        ("agency", Answer::Agency(agency), "Wardens"),
        ("agency", Answer::Agency(Uuid::nil()), "Not shown"),
        ("tenure", Answer::Choice("gone".to_owned()), "gone"),
        (
            "kinds",
            Answer::Choices(vec!["fire".to_owned(), "noise".to_owned()]),
            "Fire, Noise",
        ),
    ];
    for (id, answer, wanted) in cases {
        assert_eq!(
            show(question(&definition, id), &answer, "en", &names),
            wanted
        );
    }
}
