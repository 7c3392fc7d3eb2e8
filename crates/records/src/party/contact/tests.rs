//! Ways of contact and rules, as they are typed and kept.

use super::*;
use proptest::prelude::*;

#[test]
fn a_telephone_number_is_one_number() {
    for (typed, normal, shown) in [
        ("07700 900123", "+447700900123", "07700 900123"),
        ("+44 7700 900 123", "+447700900123", "07700 900123"),
        ("0044 (0)7700-900123", "+447700900123", "07700 900123"),
        ("(020) 7946 0018", "+442079460018", "020 7946 0018"),
        ("+44(0)20 7946 0018", "+442079460018", "020 7946 0018"),
        ("01632 960001", "+441632960001", "01632 960001"),
        ("01914980001", "+441914980001", "0191 498 0001"),
        ("0300 123 1234", "+443001231234", "0300 123 1234"),
        ("+33 1 23 45 67 89", "+33123456789", "+33123456789"),
    ] {
        assert_eq!(phone(typed).as_deref(), Ok(normal), "{typed}");
        assert_eq!(Means::Phone.shown(normal), shown);
    }
    for typed in [
        "",
        "call me",
        "7700 900123",
        "0770 900",
        "07700 9001234",
        "06123 456789",
        "+1 2",
        "+44 +7",
    ] {
        assert!(phone(typed).is_err(), "{typed}");
    }
}

proptest! {
    #[test]
    fn a_number_in_its_normal_form_stays(typed in "[0-9+() -]{0,18}") {
        if let Ok(normal) = phone(&typed) {
            prop_assert_eq!(phone(&normal), Ok(normal.clone()));
            prop_assert_eq!(phone(&Means::Phone.shown(&normal)), Ok(normal));
        }
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused(text in "\\PC{0,30}") {
        for means in Means::ALL {
            let _ = means.normal(&text);
        }
        let _ = (read_time(&text), read_date(&text));
    }
}

#[test]
fn an_address_is_checked() {
    assert_eq!(email(" Sam@Example.ORG ").as_deref(), Ok("Sam@example.org"));
    for typed in [
        "sam",
        "sam@host",
        "a@b..c",
        "sam <sam@example.org>",
        "@example.org",
    ] {
        assert!(email(typed).is_err(), "{typed}");
    }
    assert_eq!(
        Means::Post
            .normal(" 1 High Street \r\n\r\n Durham ")
            .as_deref(),
        Ok("1 High Street\nDurham")
    );
}

#[test]
fn times_are_read_as_people_write_them() {
    for (typed, shown) in [
        ("9am", "09:00"),
        ("9.30 PM", "21:30"),
        ("17:30", "17:30"),
        ("0830", "08:30"),
        ("12am", "00:00"),
        ("12 pm", "12:00"),
        ("noon", "12:00"),
    ] {
        assert_eq!(
            read_time(typed).unwrap().format("%H:%M").to_string(),
            shown,
            "{typed}"
        );
    }
    for typed in ["", "25", "13pm", "9:75", "soon"] {
        assert_eq!(read_time(typed), None, "{typed}");
    }
}

fn sent(pairs: &[(&str, &str)]) -> Form {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Form::from(pairs.collect::<Vec<_>>())
}

#[test]
fn contact_details_are_read_with_their_wishes() {
    let mut form = sent(&[
        ("q1_name", "Sam Ridley"),
        ("q1_phone", "07700 900123"),
        ("q1_by", "phone"),
        ("q1_days", "mon"),
        ("q1_days", "tue"),
        ("q1_from", "9am"),
        ("q1_until", "5pm"),
        ("q1_may", "hide_caller"),
    ]);
    let details = parse(&mut form, "q1_").unwrap();
    assert_eq!(details.phone.as_deref(), Some("+447700900123"));
    assert!(
        details.by_phone
            && !details.by_email
            && details.rules.hide_caller
            && !details.rules.leave_message
    );
    assert_eq!(details.rules.days.words(), "Monday, Tuesday");
    assert!(parse(&mut sent(&[("name", "Sam")]), "").is_some());

    for (pairs, field) in [
        (&[("name", "")][..], "name"),
        (
            &[("name", "Sam"), ("phone", "call me"), ("by", "none")],
            "phone",
        ),
        (&[("name", "Sam"), ("email", "sam@example.org")], "by"),
        (&[("name", "Sam"), ("by", "phone")], "phone"),
        (
            &[
                ("name", "Sam"),
                ("by", "phone"),
                ("by", "none"),
                ("phone", "07700 900123"),
            ],
            "by",
        ),
        (&[("name", "Sam"), ("from", "9am")], "until"),
        (
            &[("name", "Sam"), ("from", "soon"), ("until", "late")],
            "from",
        ),
        (&[("name", "Sam"), ("holds", "31/2/2026")], "holds"),
    ] {
        let mut form = sent(pairs);
        assert_eq!(parse(&mut form, ""), None, "{pairs:?}");
        assert_eq!(form.errors.iter().next().map(|(name, _)| name), Some(field));
    }
}
