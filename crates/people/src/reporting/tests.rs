//! Rules read, hot words found, clocks right at the edges of the calendar.

use chrono::{TimeZone as _, Utc};
use chrono_tz::Europe::London;
use commonweal_records::calendar::Calendar;

use super::rules::{Agency, Applies, Asked, FILES, Rules};

fn shipped() -> Rules {
    Rules::parse(FILES.map(|file| file.1)).unwrap()
}

fn at(year: i32, month: u32, day: u32, hour: u32) -> chrono::DateTime<Utc> {
    London
        .with_ymd_and_hms(year, month, day, hour, 0, 0)
        .unwrap()
        .with_timezone(&Utc)
}

#[test]
fn hot_words_are_whole_words_with_their_place() {
    let rules = shipped();
    let text = "He waved a KNIFE – İ said: “don’t”. I can’t go on. A gunner plays music.";
    let found = rules.hot_words.find(text);
    let words: Vec<&str> = found
        .iter()
        .map(|word| &text[word.start..word.end])
        .collect();
    assert_eq!(words, ["KNIFE", "can’t go on"]);
    assert_eq!(found[1].group, "self_harm");
    assert!(rules.hot_words.find("penknifey gunwale").is_empty());
    assert_eq!(rules.hot_words.find("They were\nstabbing him").len(), 1);
    assert!(rules.hot_words.find("").is_empty());
}

#[test]
fn clocks_skip_christmas_and_follow_the_hour_change() {
    let (rules, england) = (shipped(), Calendar::england());
    // Thursday 24 December 2026 at 16:00: an hour of work is left; 25 and 28 are bank holidays.
    let triage = rules
        .clocks
        .start(england, "triage", Applies::New, at(2026, 12, 24, 16))
        .unwrap();
    assert_eq!(triage.due_at, at(2026, 12, 29, 16));
    // Summer time ends on Sunday 25 October 2026: the clock on the wall counts.
    let friday = rules
        .clocks
        .start(england, "triage", Applies::New, at(2026, 10, 23, 15))
        .unwrap();
    assert_eq!(friday.due_at, at(2026, 10, 26, 15));
    let urgent = rules
        .clocks
        .start(england, "triage", Applies::Urgent, at(2026, 12, 25, 3))
        .unwrap();
    assert_eq!(urgent.due_at, at(2026, 12, 25, 4));
    let days = rules
        .clocks
        .start(
            england,
            "first_response",
            Applies::High,
            at(2026, 12, 24, 20),
        )
        .unwrap();
    assert_eq!(days.due_at, at(2026, 12, 30, 17));
    assert!(
        rules
            .clocks
            .start(england, "triage", Applies::High, at(2026, 1, 5, 9))
            .is_none()
    );
}

#[test]
fn the_first_rule_that_leads_to_an_agency_decides() {
    let rules = shipped();
    let of = |number, kind: &str| Agency {
        id: uuid::Uuid::from_u128(number),
        name: kind.to_owned(),
        kind: kind.to_owned(),
    };
    let agencies = [of(1, "council"), of(2, "police"), of(3, "housing")];
    let asked = Asked {
        kind: "noise",
        flags: &[],
        at_home: true,
        now: false,
        time: chrono::NaiveTime::MIN,
        landlord: Some(uuid::Uuid::from_u128(3)),
    };
    let door = uuid::Uuid::from_u128(9);
    let to = |asked| rules.routing.route(asked, &agencies, door).agency.as_u128();
    assert_eq!(to(asked), 3);
    assert_eq!(
        to(Asked {
            landlord: None,
            ..asked
        }),
        1
    );
    let crime = ["crime".to_owned()];
    assert_eq!(
        to(Asked {
            flags: &crime,
            ..asked
        }),
        2
    );
    // No fire service here: the default.
    assert_eq!(
        to(Asked {
            kind: "fire",
            ..asked
        }),
        1
    );
    assert_eq!(rules.routing.route(asked, &[], door).agency, door);
}

#[test]
fn a_file_that_is_wrong_is_refused_with_its_reason() {
    for (file, body) in FILES {
        assert!(Rules::check(file, body).is_ok());
        assert!(Rules::check(file, "nonsense = 1").is_err());
    }
    assert!(Rules::check("other.toml", "").is_err());
    let twice = "[[type]]\nkey='a'\nlabel='A'\nplain='A'\n[[type]]\nkey='a'\nlabel='A'\nplain='A'";
    assert!(
        Rules::check("types.toml", twice)
            .unwrap_err()
            .0
            .contains("twice")
    );
}
