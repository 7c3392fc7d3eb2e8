use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn the_shipped_calendar_is_what_the_government_published() {
    let calendar = Calendar::read(SHIPPED).unwrap();
    assert_eq!((calendar.from, calendar.to), (2019, 2027));
    for year in 2019..=2027 {
        let count = calendar
            .days
            .iter()
            .filter(|day| day.year() == year)
            .count();
        let wanted = match year {
            2022 => 10,
            2023 => 9,
            _ => 8,
        };
        assert_eq!(count, wanted, "{year}");
    }
    let file = std::path::Path::new("/work/shared/data/official/bank_holidays_govuk.json");
    let Ok(text) = std::fs::read_to_string(file) else {
        commonweal_core::testing::skipped("GOV.UK's list is not on this machine");
        return;
    };
    let published: serde_json::Value = serde_json::from_str(&text).unwrap();
    for event in published["england-and-wales"]["events"].as_array().unwrap() {
        let date = day(event["date"].as_str().unwrap());
        assert!(calendar.is_bank_holiday(date), "{event}");
        assert!(!calendar.is_working_day(date));
    }
}

#[test]
fn the_rule_gives_the_published_days_of_every_ordinary_year() {
    let calendar = Calendar::england();
    // Moved for VE day, for jubilee and funeral, and a day for the coronation.
    for year in (2019..=2027).filter(|year| ![2020, 2022, 2023].contains(year)) {
        let published: BTreeSet<NaiveDate> = calendar
            .days
            .iter()
            .copied()
            .filter(|day| day.year() == year)
            .collect();
        assert_eq!(by_rule(year), published, "{year}");
    }
    // 2028 is not published yet: New Year's Day is a Saturday, so Monday stands for it.
    assert!(calendar.is_bank_holiday(day("2028-01-03")));
    assert!(!calendar.is_working_day(day("2028-04-14")), "Good Friday");
}

#[test]
fn working_days_pass_over_weekends_and_bank_holidays() {
    let calendar = Calendar::england();
    let after = |from: &str, days| calendar.add_working_days(day(from), days);
    // Over Christmas 2026: Friday 25 and Monday 28 December are bank holidays.
    assert_eq!(after("2026-12-24", 1), day("2026-12-29"));
    assert_eq!(after("2026-12-24", 5), day("2027-01-05"));
    assert_eq!(after("2026-06-01", 10), day("2026-06-15"));
    assert_eq!(after("2026-06-06", 0), day("2026-06-08"), "a Saturday");
    assert_eq!(after("2026-12-29", -1), day("2026-12-24"));
}

proptest! {
    #[test]
    fn there_and_back_is_the_same_working_day(ordinal in 736_000_i32..750_000, days in 1_i64..60) {
        let calendar = Calendar::england();
        let from = calendar.add_working_days(NaiveDate::from_num_days_from_ce_opt(ordinal).unwrap(), 0);
        let to = calendar.add_working_days(from, days);
        prop_assert!(calendar.is_working_day(to) && to > from);
        prop_assert_eq!(calendar.add_working_days(to, -days), from);
        let between = (1..=(to - from).num_days())
            .filter(|n| calendar.is_working_day(from + chrono::Duration::days(*n)))
            .count();
        prop_assert_eq!(i64::try_from(between).unwrap(), days);
    }
}
