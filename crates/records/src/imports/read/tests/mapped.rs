use chrono::{TimeZone, Utc};

use super::super::mapping::{Occurred, Place, RecordReader, RecordRow};
use super::super::profile::{Clock, Profile, Qualifier};
use super::super::{Problem, Step};
use super::*;

/// One profile of each kind of time and place.
pub(super) const PROFILES: [&str; 4] = [
    r#"name = "Council calls"
key = "Ref"
when = { precision = "moment", column = "When" }
place = { kind = "grid", easting = "X", northing = "Y" }
category = { column = "Type", values = { "Noise" = "noise", "Fly tip" = "fly-tipping" } }
qualifier = { column = "Kind", values = { "PERS" = "personal" } }"#,
    r#"name = "By postcode"
when = { precision = "date_and_time", date = "Date", time = "Time", clock = "utc" }
place = { kind = "postcode", column = "Postcode" }
category = { otherwise = "anti-social-behaviour" }"#,
    r#"name = "Monthly"
separator = ","
when = { precision = "month", column = "When", format = "%b %Y" }
place = { kind = "area", column = "Area", area_kind = "lsoa", vintage = 2021 }
category = { column = "Type", otherwise = "other" }"#,
    r#"name = "Points"
when = { precision = "month", column = "When" }
place = { kind = "position", longitude = "X", latitude = "Y" }
category = { otherwise = "anti-social-behaviour" }"#,
];

const HEADER: &str = "Ref,When,Date,Time,X,Y,Postcode,Area,Kind,Type";

fn read(profile: usize, row: &str, check: impl FnOnce(Result<RecordRow<'_>, Reject>)) {
    let profile = Profile::from_toml(PROFILES[profile]).unwrap();
    let text = format!("{HEADER}\n{row}\n");
    let mut reader = RecordReader::open("x.csv", text.as_bytes(), &profile, today()).unwrap();
    match reader.next_row().unwrap().unwrap() {
        Step::Row(row) => check(Ok(row)),
        Step::Reject(reject) => check(Err(reject)),
    }
}

#[test]
fn each_profile_reads_its_row() {
    read(
        0,
        "A1,14/06/2025 23:30,,,427300,542100,,,pers,noise",
        |row| {
            let row = row.unwrap();
            assert_eq!(row.source_key.as_deref(), Some("A1"));
            assert_eq!(
                row.occurred,
                Occurred::Exact(Utc.with_ymd_and_hms(2025, 6, 14, 22, 30, 0).unwrap())
            );
            let Place::Point(longitude, latitude) = row.place else {
                panic!("{row:?}")
            };
            assert!(
                (longitude + 1.577).abs() < 0.01 && (latitude - 54.773).abs() < 0.01,
                "{longitude} {latitude}"
            );
            assert_eq!(
                (row.category, row.qualifier),
                ("noise", Some(Qualifier::Personal))
            );
        },
    );
    read(1, ",,2025-06-14,9:05 PM,,,dh15ul,,,", |row| {
        let row = row.unwrap();
        assert_eq!(
            row.occurred,
            Occurred::Exact(Utc.with_ymd_and_hms(2025, 6, 14, 21, 5, 0).unwrap())
        );
        assert_eq!(row.place, Place::Postcode("DH1 5UL".parse().unwrap()));
    });
    read(2, ",Jan 2025,,,,,,E01020707,,anything", |row| {
        let row = row.unwrap();
        assert_eq!(row.occurred, Occurred::Month("2025-01".parse().unwrap()));
        assert_eq!(row.place, Place::Area("E01020707".into()));
        assert_eq!(row.category, "other");
    });
    read(3, ",2025-01-31,,,,,,,,", |row| {
        assert_eq!(row.unwrap().place, Place::Unknown);
    });
}

#[test]
fn each_bad_cell_is_named() {
    let cases = [
        (
            0,
            "A1,nonsense,,,427300,542100,,,,noise",
            "When",
            "not a date",
        ),
        (
            0,
            "A1,2027-01-01 10:00,,,427300,542100,,,,noise",
            "When",
            "in the future",
        ),
        (
            0,
            "A1,1066-10-14 10:00,,,427300,542100,,,,noise",
            "When",
            "before 1900",
        ),
        (
            0,
            "A1,2025-01-01 10:00,,,54.7,-1.5,,,,noise",
            "X",
            "not on the National Grid",
        ),
        (0, "A1,2025-01-01 10:00,,,427300,,,,,noise", "Y", "empty"),
        (
            0,
            "A1,2025-01-01 10:00,,,427300,542100,,,,dragons",
            "Type",
            "does not know",
        ),
        (
            0,
            ",2025-01-01 10:00,,,427300,542100,,,,noise",
            "Ref",
            "no key",
        ),
        (1, ",,2025-06-14,late,,,DH1 5UL,,,", "Time", "not a time"),
        (
            1,
            ",,2025-06-14,21:05,,,DH1,,,",
            "Postcode",
            "not a full postcode",
        ),
        (
            2,
            ",Feb 2026,,,,,,E01020707,,x",
            "When",
            "month in the future",
        ),
        (3, ",2025-01,,,54.7,-1.5,,,,", "X", "swapped"),
        (
            3,
            ",2025-01,,,0.5,12,,,,",
            "X",
            "outside the United Kingdom",
        ),
        (3, ",2025-01", "", "2 columns, the header 10"),
    ];
    for (profile, row, column, reason) in cases {
        read(profile, row, |result| {
            let reject = result.unwrap_err();
            assert_eq!(
                (reject.line, reject.column.as_str()),
                (2, column),
                "{reject}"
            );
            assert!(reject.reason.contains(reason), "{reject}");
        });
    }
}

#[test]
fn london_s_missing_and_doubled_hours_are_settled() {
    let at = |text: &str, expected: (u32, u32, u32, u32)| {
        read(0, &format!("A1,{text},,,427300,542100,,,,noise"), |row| {
            let (month, day, hour, minute) = expected;
            let moment = Utc
                .with_ymd_and_hms(2025, month, day, hour, minute, 0)
                .unwrap();
            assert_eq!(row.unwrap().occurred, Occurred::Exact(moment), "{text}");
        });
    };
    at("2025-03-30 00:30", (3, 30, 0, 30));
    at("2025-03-30 01:30", (3, 30, 1, 30));
    at("2025-03-30 02:30", (3, 30, 1, 30));
    at("2025-10-26 01:30", (10, 26, 0, 30));
    at("2025-10-26 02:30", (10, 26, 2, 30));
    at("2025-07-01T12:00:00+02:00", (7, 1, 10, 0));
}

#[test]
fn profiles_are_kept_and_wrong_ones_refused() {
    for toml in PROFILES {
        let profile = Profile::from_toml(toml).unwrap();
        assert_eq!(
            Profile::from_toml(&profile.to_toml().unwrap()).unwrap(),
            profile
        );
        let json = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    }
    assert_eq!(Clock::default(), Clock::London);
    let error = Profile::from_toml("name = 'x'\ncolour = 'red'").unwrap_err();
    assert!(matches!(error, Problem::Profile(_)));
    let profile = Profile::from_toml(PROFILES[3]).unwrap();
    let error = RecordReader::open("x.csv", &b"When,Lon,Lat\n"[..], &profile, today()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no column 'X'; there are: When, Lon, Lat"),
        "{error}"
    );
}
