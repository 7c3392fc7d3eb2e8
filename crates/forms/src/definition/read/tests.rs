//! Everything that can be wrong with a definition is said with its line and what to do.

use super::super::testing::{SAMPLE, sample};
use super::*;

fn faults(toml: &str) -> Vec<String> {
    match read(DefinitionKind::Register, "sample", 1, toml) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// The sample with one text in place of another.
fn with(from: &str, to: &str) -> Vec<String> {
    assert!(SAMPLE.contains(from), "{from}");
    faults(&SAMPLE.replacen(from, to, 1))
}

fn line_of(text: &str) -> usize {
    let before = SAMPLE.split(text).next().unwrap();
    before.lines().count() + usize::from(before.ends_with('\n'))
}

#[test]
fn the_sample_is_read() {
    let sample = sample();
    assert_eq!(sample.questions.len(), 25);
    assert_eq!(sample.order.len(), 25);
    assert_eq!(sample.states.len(), 3);
    assert_eq!(sample.first_state().unwrap().key, "found");
    let (id, question) = sample.question("tenure").unwrap();
    assert_eq!(question.label.en(), "Who owns it?");
    assert_eq!(sample.list.columns.get(1), Some(&id));
    assert_eq!(advice_of(&sample), Vec::<String>::new());
    assert_eq!(sample.dues[0].after, super::super::Period::WorkingDays(10));
}

fn advice_of(definition: &Definition) -> Vec<String> {
    super::super::advice(definition)
}

#[test]
fn what_cannot_be_read_names_its_line() {
    let found = faults("title = \"A\"\ncolour = 3\n");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("line 2: unknown field `colour`"),
        "{found:?}"
    );
    let found = with("kind = \"money\"", "kind = \"gold\"");
    let line = line_of("kind = \"money\"");
    assert!(
        found[0].starts_with(&format!("line {line}: unknown variant `gold`")),
        "{found:?}"
    );
    assert!(faults("title = ").len() == 1);
    assert!(faults("\u{0}").len() == 1);
    let found = with(
        "label = \"What did it cost?\"",
        "label = { cy = \"Beth?\" }",
    );
    assert!(
        found[0].contains("the English text is missing"),
        "{found:?}"
    );
}

#[test]
fn each_rule_says_what_is_wrong() {
    let cases = [
        (
            "id = \"worry\"",
            "id = \"people\"",
            "there is already a question or score 'people'",
        ),
        (
            "key = \"place\"",
            "key = \"what\"",
            "there is already a page 'what'",
        ),
        (
            "value = \"fire\"",
            "value = \"rubbish\"",
            "there is already an option 'rubbish'",
        ),
        (
            "text = \"Fire\"",
            "text = \"rubbish\"",
            "two options read 'rubbish'",
        ),
        (
            "value = \"fire\"",
            "value = \"Fire!\"",
            "must hold small letters",
        ),
        (
            "key = \"working\"",
            "key = \"found\"",
            "there is already a state 'found'",
        ),
        (
            "key = \"finish\"",
            "key = \"start\"",
            "there is already a move 'start'",
        ),
        (
            "id = \"worry\"",
            "id = \"Worry\"",
            "must begin with a small letter",
        ),
        (
            "id = \"outcome\"",
            "id = \"state\"",
            "has a meaning of its own",
        ),
        (
            "key = \"who\"",
            "key = \"check\"",
            "is a page of every form",
        ),
        (
            "prefix = \"SA\"",
            "prefix = \"sample\"",
            "two to four capital letters",
        ),
        (
            "to = \"working\"\nneeds",
            "to = \"workng\"\nneeds",
            "there is no state 'workng'; did you mean 'working'?",
        ),
        (
            "from = [\"found\"]",
            "from = [\"lost\"]",
            "there is no state 'lost'",
        ),
        ("from = [\"found\"]", "from = []", "name at least one state"),
        (
            "needs = [\"tenure\"]",
            "needs = [\"tenur\"]",
            "there is no question 'tenur'; did you mean 'tenure'?",
        ),
        (
            "asks = [\"visit_on\"]",
            "asks = [\"tenure\"]",
            "either needed before the move or asked",
        ),
        (
            "unless = \"Say who",
            "when2 = \"\"\nunless = \"Say who",
            "unknown field `when2`",
        ),
        (
            "when = \"answered(tenure) and risk < 100\"\n",
            "",
            "add when",
        ),
        (
            "from = \"state:working\"",
            "from = \"state:lost\"",
            "there is no state 'lost'",
        ),
        (
            "from = \"answer:visit_on\"",
            "from = \"answer:cost\"",
            "'cost' is no question of kind date",
        ),
        (
            "from = \"created\"",
            "from = \"yesterday\"",
            "write 'created', 'state:KEY'",
        ),
        (
            "after = \"3 months\"",
            "after = \"soon\"",
            "write '28 days'",
        ),
        (
            "columns = [\"name\"",
            "columns = [\"words\"",
            "add list = true to question 'words'",
        ),
        (
            "filters = [\"tenure\"",
            "filters = [\"tenor\"",
            "there is no question 'tenor'",
        ),
        (
            "sort = \"found_on\"",
            "sort = \"visit_on\"",
            "add list = true to question 'visit_on'",
        ),
        (
            "place = \"where\"",
            "place = \"name\"",
            "of kind location or address",
        ),
        (
            "import_key = \"code\"",
            "import_key = \"kinds\"",
            "of kind text, number or address",
        ),
        (
            "record_title = \"{name}, {where}\"",
            "record_title = \"{nam}\"",
            "there is no question 'nam'; did you mean 'name'?",
        ),
        (
            "record_title = \"{name}, {where}\"",
            "record_title = \"{name\"",
            "a brace has no other",
        ),
        (
            "see = { officer = \"all\", manager = \"all\", analyst = \"all\" }\n",
            "",
            "nobody may see its records",
        ),
        (
            "{ from = 6, key",
            "{ from = 0, key",
            "from the lowest upwards",
        ),
        (
            "title = \"{name}\"\ntext",
            "title = \"{address}\"\ntext",
            "'address' is personal data, which never stands on a public page",
        ),
        (
            "text = \"{words}\"",
            "text = \"{health}\"",
            "never stands on a public page",
        ),
        (
            "date = \"found_on\"",
            "date = \"name\"",
            "name a question of kind date",
        ),
        ("max = 3\n", "options2 = 3\n", "unknown field `options2`"),
        (
            "yes_score = 4",
            "max = 4",
            "'max' does not belong to kind 'yes_no'",
        ),
        (
            "low = \"Not at all\"\n",
            "",
            "say what the ends of the scale mean",
        ),
        (
            "from = 1\nto = 5",
            "from = 5\nto = 1",
            "from a lower to a higher number",
        ),
        (
            "min = 2\nmax = 20",
            "min = 20\nmax = 2",
            "'min' is above 'max'",
        ),
        ("most = 4", "most = 4000", "whole number from 1 to 50"),
        ("register = \"sample\"\n", "", "say of which register"),
        ("months = 24", "months = 0", "write 1 to 1200 months"),
        (
            "value = \"worry / people\"",
            "value = \"worry / peple\"",
            "there is no question 'peple' here; did you mean 'people'?",
        ),
        (
            "value = \"worry / people\"",
            "value = \"worry > people\"",
            "this must be a number but is yes or no",
        ),
        (
            "value = \"worry / people\"",
            "value = \"count(state)\"",
            "'state' cannot be read here: a score is worked out from answers",
        ),
        (
            "value = \"worry / people\"",
            "value = \"share\"",
            "'share' cannot be read here: a score",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"tenure == 'unknwn'\"",
            "is not among the values: private, probate, unknown",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"risk > 3\"",
            "'risk' cannot be read here: a score",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"state == 'fund'\"",
            "'fund' is not among the values: found, working, done",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"tenure\"",
            "this must be a condition but is one choice",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"tenure = 'unknown'\"",
            "compare with '=='",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"kinds == 'fire'\"",
            "asked for with includes",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"answered(trace)\"",
            "trace → trace",
        ),
        (
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"answered(email)\"\nmin = 3",
            "",
        ),
    ];
    for (from, to, wanted) in cases {
        let found = with(from, to);
        if wanted.is_empty() {
            assert_eq!(found, Vec::<String>::new(), "{to}");
            continue;
        }
        assert!(
            found
                .iter()
                .any(|fault| fault.contains(wanted) && fault.starts_with("line ")),
            "{to}: {found:?}"
        );
    }
}

#[test]
fn a_loop_is_named() {
    let text = SAMPLE
        .replace(
            "label = \"What is the matter?\"",
            "label = \"What is the matter?\"\nshown_if = \"answered(trace)\"",
        )
        .replace(
            "shown_if = \"tenure == 'unknown'\"",
            "shown_if = \"answered(health)\"",
        )
        .replace(
            "shown_if = \"tenure == 'private' or dangerous\"",
            "shown_if = \"answered(words)\"",
        );
    let found = faults(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("words → trace → health → words"),
        "{found:?}"
    );
}

#[test]
fn states_that_lead_nowhere_are_advice() {
    let text = SAMPLE.replace("from = [\"working\"]", "from = [\"done\"]");
    let definition = read(DefinitionKind::Register, "sample", 1, &text).unwrap();
    let advice = advice_of(&definition);
    assert!(
        advice
            .iter()
            .any(|line| line == "state done: no move leads to it"),
        "{advice:?}"
    );
    assert!(
        advice
            .iter()
            .any(|line| line.starts_with("state working: no move leaves it")),
        "{advice:?}"
    );
}

#[test]
fn roles_are_checked_against_those_there_are() {
    let known: BTreeSet<String> = ["officer", "manager"].map(str::to_owned).into();
    let found = check_roles(SAMPLE, &known);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, "access, see");
    assert!(found[0].message.contains("there is no role 'analyst'"));
    assert_eq!(found[0].line, Some(line_of("see = {")));
}

#[test]
fn a_form_has_no_states() {
    let found = read(DefinitionKind::Form, "sample", 1, SAMPLE).unwrap_err();
    assert!(
        found
            .iter()
            .any(|fault| fault.message.contains("put this file into data/registers"))
    );
    let form = SAMPLE.split("[[state]]").next().unwrap();
    let form = read(DefinitionKind::Form, "sample", 1, form).unwrap();
    assert_eq!(form.states[0].key, "received");
}

proptest::proptest! {
    /// Nothing that anybody writes makes the reader fall over.
    #[test]
    fn damaged_files_are_refused_or_read(place in 0usize..9000, text in "[ -~\n]{0,6}", cut in 0usize..40) {
        let at = (0..=place.min(SAMPLE.len())).rev().find(|at| SAMPLE.is_char_boundary(*at)).unwrap();
        let end = (at + cut).min(SAMPLE.len());
        let end = (end..=SAMPLE.len()).find(|end| SAMPLE.is_char_boundary(*end)).unwrap();
        let damaged = format!("{}{text}{}", &SAMPLE[..at], &SAMPLE[end..]);
        drop(read(DefinitionKind::Register, "sample", 1, &damaged));
    }
}
