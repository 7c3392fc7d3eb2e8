use icalendar::{CalendarComponent, Component as _};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn on(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn entry(uid: &str, kind: Kind) -> Entry {
    Entry {
        uid: uid.into(),
        changed: at("2026-11-20T09:00:00Z"),
        sequence: 2,
        kind,
        summary: "Review camera CM-4, Newton Aycliffe; by the town clerk".into(),
        description: "First line\r\nSecond \\ line".into(),
        location: String::new(),
        url: "https://example.test/cameras/CM-7K3M-9QX4".into(),
        categories: vec!["Cameras".into(), "Reviews, due".into()],
        alarms: vec![
            Alarm {
                minutes_before: 24 * 60,
            },
            Alarm { minutes_before: 90 },
        ],
    }
}

fn sample() -> Calendar {
    Calendar {
        name: "County Durham: due dates".into(),
        description: "What you own that is due".into(),
        refresh_hours: 6,
        entries: vec![
            entry(
                "1@example.test",
                Kind::Task {
                    due: Due::Day(on("2026-12-01")),
                    done: None,
                },
            ),
            entry(
                "2@example.test",
                Kind::Task {
                    due: Due::Time(at("2026-12-01T17:00:00Z")),
                    done: Some(at("2026-11-30T10:00:00Z")),
                },
            ),
            entry(
                "3@example.test",
                Kind::Event {
                    when: When::Days {
                        first: on("2026-12-24"),
                        last: on("2026-12-26"),
                    },
                    cancelled: false,
                },
            ),
            entry(
                "4@example.test",
                Kind::Event {
                    when: When::Time {
                        start: at("2026-07-01T18:00:00Z"),
                        end: at("2026-07-01T19:30:00Z"),
                    },
                    cancelled: true,
                },
            ),
        ],
    }
}

#[test]
fn a_task_reads_as_the_standard_writes_it() {
    let calendar = Calendar {
        entries: sample().entries.into_iter().take(1).collect(),
        ..sample()
    };
    assert_eq!(
        calendar.to_ics(),
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Commonweal//Commonweal//EN\r\nCALSCALE:GREGORIAN\r\n\
         METHOD:PUBLISH\r\nNAME:County Durham: due dates\r\nX-WR-CALNAME:County Durham: due dates\r\n\
         DESCRIPTION:What you own that is due\r\nX-WR-CALDESC:What you own that is due\r\n\
         X-WR-TIMEZONE:Europe/London\r\nREFRESH-INTERVAL;VALUE=DURATION:PT6H\r\nX-PUBLISHED-TTL:PT6H\r\n\
         BEGIN:VTODO\r\nUID:1@example.test\r\nDTSTAMP:20261120T090000Z\r\nLAST-MODIFIED:20261120T090000Z\r\n\
         SEQUENCE:2\r\nDUE;VALUE=DATE:20261201\r\nSTATUS:NEEDS-ACTION\r\n\
         SUMMARY:Review camera CM-4\\, Newton Aycliffe\\; by the town clerk\r\n\
         DESCRIPTION:First line\\nSecond \\\\ line\r\nURL:https://example.test/cameras/CM-7K3M-9QX4\r\n\
         CATEGORIES:Cameras,Reviews\\, due\r\n\
         BEGIN:VALARM\r\nACTION:DISPLAY\r\n\
         DESCRIPTION:Review camera CM-4\\, Newton Aycliffe\\; by the town clerk\r\n\
         TRIGGER;RELATED=END:-P1D\r\nEND:VALARM\r\n\
         BEGIN:VALARM\r\nACTION:DISPLAY\r\n\
         DESCRIPTION:Review camera CM-4\\, Newton Aycliffe\\; by the town clerk\r\n\
         TRIGGER;RELATED=END:-PT1H30M\r\nEND:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
    );
}

#[test]
fn an_independent_reader_sees_what_was_written() {
    let text = sample().to_ics();
    let read: icalendar::Calendar = text.parse().unwrap();
    assert_eq!(read.get_name(), Some("County Durham: due dates"));
    assert_eq!(read.components.len(), 4);
    let CalendarComponent::Event(days) = &read.components[2] else {
        panic!("not an event");
    };
    assert_eq!(days.property_value("DTEND"), Some("20261227"));
    assert_eq!(
        days.get_summary(),
        Some("Review camera CM-4, Newton Aycliffe; by the town clerk")
    );
    assert_eq!(days.get_description(), Some("First line\nSecond \\ line"));
    // Nobody is reminded of what is done or called off.
    assert_eq!(text.matches("BEGIN:VALARM").count(), 4);
}

#[test]
fn lengths() {
    for (minutes, words) in [
        (0, "PT0M"),
        (-5, "-PT5M"),
        (60, "PT1H"),
        (-1500, "-P1DT1H"),
        (i64::MIN + 1, "-P36500D"),
    ] {
        assert_eq!(length(minutes), words);
    }
}

proptest! {
    #[test]
    fn no_words_can_break_out_of_their_line(words in "\\PC*|[\\s\\S]{0,300}") {
        let mut one = sample().entries.remove(0);
        one.summary.clone_from(&words);
        one.location.clone_from(&words);
        one.url.clone_from(&words);
        one.categories = vec![words];
        let text = Calendar { name: "x".into(), entries: vec![one], ..Calendar::default() }.to_ics();
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75));
        let unfolded = text.replace("\r\n ", "");
        prop_assert!(!unfolded.replace("\r\n", "").chars().any(char::is_control));
        prop_assert_eq!(unfolded.lines().filter(|line| line.starts_with("BEGIN:")).count(), 4);
        let is_property = |line: &str| line.contains(':') && line.starts_with(|c: char| c.is_ascii_uppercase());
        let all_are = unfolded.split_terminator("\r\n").all(is_property);
        prop_assert!(all_are);
    }
}

/// The `icalendar` library of Python, where it is there.
#[test]
fn python_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("due.ics");
    std::fs::write(&file, sample().to_ics()).unwrap();
    let script = "import sys\ntry:\n import icalendar\nexcept ImportError:\n print('absent'); sys.exit()\n\
                  c = icalendar.Calendar.from_ical(open(sys.argv[1], 'rb').read())\n\
                  print(len(c.walk('VTODO')), len(c.walk('VEVENT')), len(c.walk('VALARM')), [str(e) for x in c.walk() for e in x.errors])";
    let run = std::process::Command::new("python3")
        .arg("-c")
        .arg(script)
        .arg(&file)
        .output();
    let said = run
        .map(|run| String::from_utf8_lossy(&run.stdout).trim().to_owned())
        .unwrap_or_default();
    if said.is_empty() || said == "absent" {
        println!("skipped: there is no python3 with the package icalendar");
        return;
    }
    assert_eq!(said, "2 2 4 []");
}
