//! The language: what it means, that it is total, and that it reads what it prints.

use proptest::prelude::*;

use super::parse::{Function, Node, Operator};
use super::*;
use crate::answers::{Answer, Answers};
use crate::definition::testing::sample;

fn answers() -> Answers {
    let mut answers = Answers::default();
    answers.set("name", Some(Answer::Text("It's".to_owned())));
    answers.set("tenure", Some(Answer::Choice("probate".to_owned())));
    answers.set(
        "kinds",
        Some(Answer::Choices(vec![
            "rubbish".to_owned(),
            "fire".to_owned(),
        ])),
    );
    answers.set("dangerous", Some(Answer::YesNo(true)));
    answers.set("people", Some(Answer::Number(0.0)));
    answers.set("worry", Some(Answer::Unsure));
    answers.set("cost", Some(Answer::Money(1250)));
    answers.set(
        "found_on",
        Some(Answer::Date("2026-05-04".parse().unwrap())),
    );
    answers.set("at", Some(Answer::Time("17:30:00".parse().unwrap())));
    // It is not shown, because the owner is known.
    answers.set("trace", Some(Answer::Text("hidden".to_owned())));
    answers
}

#[test]
fn it_means_what_the_guide_says() {
    let (definition, answers) = (sample(), answers());
    let facts = Facts::new(&definition, &answers).in_state("working");
    let holds = [
        "name == 'It''s'",
        "tenure != 'private'",
        "state == 'working'",
        "answered(tenure) and not answered(words)",
        "not answered(trace)",
        "answered(worry)",
        "not (worry == 3) or dangerous",
        "includes(kinds, 'fire') and not includes(kinds, 'noise')",
        "count(kinds) == 2 and count(pictures) == 0",
        "score(tenure) == 2 and score(kinds) == 6 and score(dangerous) == 4",
        "cost == 12.5 and cost * 2 + 1 == 26",
        "1 + 2 * 3 == 7 and (1 + 2) * 3 == 9 and -2 + 3 == 1 and 7 - 2 - 1 == 4",
        "found_on >= '2026-05-04' and found_on < '2026-06-01' and at > '17:00'",
        "'2026-06-01' > found_on",
        "sum(worry, 1, 2) == 3 and max(worry, 1, 2) == 2 and min(3, people) == 0",
        "risk == 18",
        "not answered(share)",
        "dangerous == true",
    ];
    for text in holds {
        let read = Expression::read(text).unwrap();
        assert!(read.truth(&facts), "{text}");
    }
    // Missing: neither it nor its opposite holds.
    for text in [
        "worry > 3",
        "cost / people > 1",
        "words == ''",
        "trace == 'hidden'",
        "includes(kinds, 'fire') and worry > 1",
        "worry + 1 > 0",
        "visit_on > '2026-01-01'",
    ] {
        for text in [text.to_owned(), format!("not ({text})")] {
            assert!(!Expression::read(&text).unwrap().truth(&facts), "{text}");
        }
    }
}

#[test]
fn truth_has_three_values() {
    use super::evaluate::{and, or};
    let (yes, no, missing) = (Some(true), Some(false), None);
    let table = [
        (yes, yes, yes, yes),
        (yes, no, no, yes),
        (yes, missing, missing, yes),
        (no, no, no, no),
        (no, missing, no, missing),
        (missing, missing, missing, missing),
    ];
    for (left, right, both, either) in table {
        for (left, right) in [(left, right), (right, left)] {
            assert_eq!(and(left, right), both, "{left:?} and {right:?}");
            assert_eq!(or(left, right), either, "{left:?} or {right:?}");
        }
    }
}

#[test]
fn mistakes_are_named_with_their_place() {
    let cases = [
        ("", "at character 1: something is missing at the end"),
        ("a ==", "at character 5: something is missing"),
        ("a = 3", "at character 3: a single '='"),
        (
            "a == \"x\"",
            "at character 6: write text between single quotes",
        ),
        ("a == 'x", "at character 6: this text has no closing quote"),
        ("a && b", "at character 3: write 'and'"),
        ("a < b < c", "at character 7: compare two things"),
        ("(a", "at character 3: ')' is missing"),
        ("a b", "at character 3: 'b' does not follow"),
        ("and a", "at character 1: 'and' has nothing before it"),
        ("score", "at character 1: 'score' needs brackets"),
        ("today(1)", "at character 1: there is no 'today(…)'"),
        ("1.2.3 > 1", "at character 1: '1.2.3' is not a number"),
        ("a == not b", "at character 6: put brackets around"),
        ("a § b", "at character 3: '\\u{a7}' has no meaning"),
    ];
    for (text, wanted) in cases {
        let error = Expression::read(text).unwrap_err().to_string();
        assert!(error.starts_with(wanted), "{text}: {error}");
    }
    let deep = format!("{}1{}", "(".repeat(60), ")".repeat(60));
    assert!(
        Expression::read(&deep)
            .unwrap_err()
            .message
            .contains("nested")
    );
    assert!(Expression::read(&"1+".repeat(2000)).is_err());
    let long = format!("{}1 > 0", "1+".repeat(900));
    let (definition, answers) = (sample(), answers());
    assert!(
        Expression::read(&long)
            .unwrap()
            .truth(&Facts::new(&definition, &answers))
    );
}

fn node() -> impl Strategy<Value = Node> {
    let question = prop::sample::select(vec![
        "name",
        "tenure",
        "kinds",
        "dangerous",
        "people",
        "worry",
        "cost",
        "found_on",
        "words",
        "risk",
        "state",
    ]);
    let leaf = prop_oneof![
        (0u32..1000).prop_map(|number| Node::Number(f64::from(number) / 4.0)),
        "[ -~]{0,5}".prop_map(Node::Text),
        any::<bool>().prop_map(Node::Truth),
        question.prop_map(|name| Node::Name(name.to_owned())),
    ];
    let operators = vec![
        Operator::Or,
        Operator::And,
        Operator::Equal,
        Operator::Unequal,
        Operator::Less,
        Operator::AtLeast,
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
    ];
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let operator = prop::sample::select(operators.clone());
        let function = prop::sample::select(Function::ALL.to_vec());
        prop_oneof![
            inner.clone().prop_map(|one| Node::Not(Box::new(one))),
            inner.clone().prop_map(|one| Node::Minus(Box::new(one))),
            (operator, inner.clone(), inner.clone()).prop_map(|(operator, a, b)| Node::Two(
                operator,
                Box::new(a),
                Box::new(b)
            )),
            (function, prop::collection::vec(inner, 1..3))
                .prop_map(|(function, given)| Node::Call(function, given)),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        drop(Expression::read(&text));
    }

    #[test]
    fn any_signs_are_read_or_refused(text in "(a|b|1|'x'|and|or|not|\\(|\\)|==|<|\\+|-|\\*|/|,|sum| ){0,30}") {
        if let Ok(read) = Expression::read(&text) {
            prop_assert_eq!(Expression::read(&read.to_string()).unwrap(), read);
        }
    }

    #[test]
    fn what_is_printed_reads_back_the_same(node in node()) {
        let expression = Expression(node);
        let text = expression.to_string();
        let again = Expression::read(&text).unwrap();
        prop_assert_eq!(&again, &expression, "{}", text);
        let (definition, answers) = (sample(), answers());
        let facts = Facts::new(&definition, &answers);
        prop_assert_eq!(again.truth(&facts), expression.truth(&facts));
        let number = expression.number(&facts);
        prop_assert_eq!(again.number(&facts), number);
        prop_assert!(number.is_none_or(f64::is_finite));
    }
}
