use super::super::police_uk::{ASB, CATEGORIES, StreetReader, category, month_and_force};
use super::super::{Problem, Step};
use super::*;

const GOOD: &str = ",2025-01,Durham Constabulary,Durham Constabulary,-1.5757,54.7761,On or near North Road,E01020707,County Durham 033C,Anti-social behaviour,,";

fn rejected(line: &str) -> Reject {
    let (counts, mut rejects) =
        read_street("2025-01-durham-street.csv", street_file(&[line]).as_bytes()).unwrap();
    assert_eq!(
        (counts.rows, counts.rejected, rejects.len()),
        (0, 1, 1),
        "{line}"
    );
    rejects.remove(0)
}

#[test]
fn a_good_row_is_read_whole() {
    let text = street_file(&[GOOD]);
    let mut reader = StreetReader::open("x.csv", text.as_bytes(), today()).unwrap();
    let Some(Step::Row(row)) = reader.next_row().unwrap() else {
        panic!("no row")
    };
    assert_eq!(row.line, 2);
    assert_eq!(row.crime_id, None);
    assert_eq!(row.month.to_string(), "2025-01");
    assert_eq!(row.point, Some((-1.5757, 54.7761)));
    assert_eq!(row.lsoa_code.as_deref(), Some("E01020707"));
    assert_eq!(row.outcome, None);
    assert!(row.is_asb());
    assert!(reader.next_row().unwrap().is_none());
    assert!(reader.next_row().unwrap().is_none());
}

#[test]
fn each_kind_of_bad_row_is_named_by_line_column_and_reason() {
    let cases = [
        ("2025-01", "2025-1", "Month", "not a month"),
        ("2025-01", "2025-13", "Month", "not a month"),
        ("2025-01", "2026-02", "Month", "in the future"),
        ("2025-01", "2024-12", "Month", "file's name"),
        ("-1.5757,54.7761", "54.7761,-1.5757", "Longitude", "swapped"),
        (
            "-1.5757,54.7761",
            ",54.7761",
            "Longitude",
            "without a longitude",
        ),
        (
            "-1.5757,54.7761",
            "-1.5757,",
            "Latitude",
            "without a latitude",
        ),
        (
            "-1.5757,54.7761",
            "-71.5,54.7761",
            "Longitude",
            "outside the United Kingdom",
        ),
        (
            "-1.5757,54.7761",
            "-1.5757,14.7",
            "Latitude",
            "outside the United Kingdom",
        ),
        (
            "-1.5757,54.7761",
            "here,54.7761",
            "Longitude",
            "not a number",
        ),
        (
            "-1.5757,54.7761",
            "NaN,54.7761",
            "Longitude",
            "not a number",
        ),
        ("Anti-social behaviour", "", "Crime type", "no crime type"),
        (",2025-01", "2025-01", "", "11 columns, the header 12"),
    ];
    for (from, to, column, reason) in cases {
        let reject = rejected(&GOOD.replacen(from, to, 1));
        assert_eq!(
            (reject.line, reject.column.as_str()),
            (2, column),
            "{reject}"
        );
        assert!(reject.reason.contains(reason), "{reject}");
    }
    let long = rejected(&GOOD.replace("North Road", &"x".repeat(300)));
    assert!(
        long.column == "Location" && long.value.chars().count() == 61,
        "{long}"
    );
}

#[test]
fn zero_and_empty_coordinates_mean_no_place() {
    let zero = GOOD.replace("-1.5757,54.7761", "0,0.000000");
    let empty = GOOD.replace("-1.5757,54.7761", ",");
    let (counts, rejects) =
        read_street("x.csv", street_file(&[&zero, &empty, GOOD]).as_bytes()).unwrap();
    assert_eq!((counts.rows, counts.no_place, rejects.len()), (3, 2, 0));
}

#[test]
fn identical_rows_are_separate_and_unknown_types_are_kept_and_counted() {
    let new = GOOD.replace("Anti-social behaviour", "Fly-tipping");
    let (counts, _) = read_street("x.csv", street_file(&[GOOD, GOOD, &new]).as_bytes()).unwrap();
    assert_eq!((counts.rows, counts.asb_rows), (3, 2));
    assert_eq!(
        counts.unknown_types.into_iter().collect::<Vec<_>>(),
        [("Fly-tipping".to_owned(), 1)]
    );
}

#[test]
fn columns_may_stand_in_any_order_and_context_may_lack() {
    let text = "Month,Crime type,Crime ID,Reported by,Falls within,Latitude,Longitude,Location,LSOA name,LSOA code,Last outcome category\r\n2025-01,Drugs,abc,A,B,54.7761,-1.5757,L,N,E01020707,\r\n";
    let mut reader = StreetReader::open("x.csv", text.as_bytes(), today()).unwrap();
    let Some(Step::Row(row)) = reader.next_row().unwrap() else {
        panic!("no row")
    };
    assert_eq!(row.point, Some((-1.5757, 54.7761)));
    assert_eq!(row.category.map(|c| c.code), Some("drugs"));
}

#[test]
fn a_wrong_header_says_what_lacks_and_what_is_not_known() {
    let text = "Crime ID,Month,Easting,Northing\n";
    let error = StreetReader::open("x.csv", text.as_bytes(), today()).unwrap_err();
    let shown = error.to_string();
    assert!(matches!(error.problem, Problem::Header { .. }));
    assert!(
        shown.contains("missing: Reported by, ") && shown.contains("not known: Easting, Northing"),
        "{shown}"
    );
}

#[test]
fn names_tell_month_and_force_and_every_type_has_its_code() {
    let (month, force) =
        month_and_force("latest.zip: 2025-01/2025-01-avon-and-somerset-street.csv").unwrap();
    assert_eq!(
        (month.to_string().as_str(), force),
        ("2025-01", "avon-and-somerset")
    );
    assert!(month_and_force("2025-01-durham-street.csv.gz").is_some());
    for name in [
        "street.csv",
        "2025-01-street.csv",
        "2025-13-durham-street.csv",
        "2025-01-durham-outcomes.csv",
        "",
    ] {
        assert_eq!(month_and_force(name), None, "{name}");
    }
    for known in &CATEGORIES {
        assert_eq!(category(known.label), Some(known));
        assert_eq!(category(known.code), Some(known));
    }
    assert_eq!(category("ANTI-SOCIAL BEHAVIOUR").map(|c| c.code), Some(ASB));
    assert_eq!(
        category("Violent crime").map(|c| c.code),
        Some("violent-crime")
    );
}

/// Prints how fast rows are read; the figure is asserted by `make bench`, on an optimised build.
#[test]
fn rows_are_read_quickly() {
    let mut text = street_file(&[]);
    for i in 0..100_000 {
        text.push_str("f735c75e501b200405f74cc2903ef5ec247c0b388311d0690e5ea97b1a95854a");
        text.push_str(&GOOD.replace("North Road", &format!("North Road {i}")));
        text.push('\n');
    }
    let start = std::time::Instant::now();
    let (counts, _) = read_street("2025-01-durham-street.csv", text.as_bytes()).unwrap();
    assert_eq!(counts.rows, 100_000);
    let rate = 100_000.0 / start.elapsed().as_secs_f64();
    eprintln!("{rate:.0} rows of {} bytes a second", text.len() / 100_000);
}
