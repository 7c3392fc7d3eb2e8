//! `commonweal import police-uk` and `import records`: what goes in, again, anew, not at all.

use serde_json::Value;

use crate::support::police::{HEADER, archive, gzip, name, street};
use crate::support::program::{Data, on_both};

/// The numbers of a report, by name.
fn numbers(report: &Value) -> (u64, u64, u64, u64, u64) {
    let number = |name: &str| {
        report[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {report}"))
    };
    (
        number("files"),
        number("rows"),
        number("asb_rows"),
        number("rejected"),
        number("unchanged"),
    )
}

#[test]
fn files_of_every_form_go_in_once() {
    on_both(|data| {
        let folder = &data.folder;
        let plain = folder.write(&name("2025-01"), street("2025-01", 12, 3));
        let packed = folder.write(
            "2025-02-durham-street.csv.gz",
            gzip(street("2025-02", 8, 2).as_bytes()),
        );
        folder.write(
            "months/2025-03/2025-03-durham-street.csv",
            street("2025-03", 5, 1),
        );
        folder.write(
            "months/2025-04/2025-04-durham-street.csv.gz",
            gzip(street("2025-04", 6, 0).as_bytes()),
        );
        // The archive holds other files, which are passed over.
        let (may, june) = (street("2025-05", 9, 4), street("2025-06", 7, 7));
        let zip = archive(&[
            ("2025-05/2025-05-durham-street.csv", may.as_bytes()),
            ("2025-06/2025-06-durham-street.csv", june.as_bytes()),
            ("2025-06/2025-06-durham-outcomes.csv", b"Crime ID,Month\n"),
        ]);
        let zip = folder.write("archive.zip", zip);
        let all = [
            "import",
            "police-uk",
            plain.as_str(),
            packed.as_str(),
            &folder.at("months"),
            zip.as_str(),
        ];
        let report = data.done(&all);
        assert_eq!(numbers(&report), (6, 64, 47, 0, 0), "{report}");
        assert_eq!(report["replaced"], serde_json::json!([]));
        assert!(
            report["seconds"]
                .as_f64()
                .is_some_and(|seconds| seconds > 0.0)
        );
        assert_eq!(
            (
                data.counted("all"),
                data.counted("asb"),
                data.counted("burglary")
            ),
            (64, 47, 17)
        );
        let again = data.done(&all);
        assert_eq!(numbers(&again), (6, 0, 0, 0, 6), "{again}");
        assert_eq!(data.incidents(), 64);
        // The same content under another name and form is the same file.
        let renamed = folder.write("copy.csv.gz", gzip(street("2025-01", 12, 3).as_bytes()));
        assert_eq!(numbers(&data.done(&["import", "police-uk", &renamed])).4, 1);
    });
}

#[test]
fn a_month_that_is_published_again_replaces_the_old_one_and_says_by_how_much() {
    on_both(|data| {
        let first = data.folder.write("old.csv", street("2025-03", 20, 5));
        let other = data.folder.write("other.csv", street("2025-04", 3, 1));
        data.done(&["import", "police-uk", &first, &other]);
        let second = data.folder.write("new.csv", street("2025-03", 26, 4));
        let dry = data.done(&["import", "police-uk", "--dry-run", &second]);
        assert_eq!(
            (dry["dry_run"].as_bool(), data.incidents()),
            (Some(true), 29)
        );
        let report = data.done(&["import", "police-uk", &second]);
        let replaced = &report["replaced"][0];
        assert_eq!(
            replaced, &dry["replaced"][0],
            "a dry run says what would be replaced"
        );
        assert_eq!(
            (replaced["month"].as_str(), replaced["source"].as_str()),
            (Some("2025-03"), Some("Durham Constabulary"))
        );
        assert_eq!(replaced["rows"], serde_json::json!([25, 30]));
        assert_eq!(replaced["asb_rows"], serde_json::json!([20, 26]));
        assert_eq!((data.counted("all"), data.counted("asb")), (34, 29));
        // And back, since the old file's content is no longer what holds.
        assert_eq!(numbers(&data.done(&["import", "police-uk", &first])).1, 25);
        assert_eq!(data.incidents(), 29);
    });
}

#[test]
fn a_dry_run_writes_nothing() {
    let data = Data::new();
    let file = data.folder.write(&name("2025-01"), street("2025-01", 4, 2));
    let report = data.done(&["import", "police-uk", "--dry-run", &file]);
    assert_eq!(numbers(&report), (1, 6, 4, 0, 0));
    assert_eq!(data.incidents(), 0);
    assert_eq!(data.done(&["import", "police-uk", &file])["unchanged"], 0);
}

#[test]
fn words_say_what_json_says() {
    let data = Data::new();
    let file = data.folder.write(&name("2025-01"), street("2025-01", 4, 2));
    let told = data.run(&["import", "police-uk", &file]).ok();
    assert!(
        told.out
            .contains("1 files, 0 unchanged: 6 rows, 4 of anti-social behaviour, 0 rejected"),
        "{told:?}"
    );
    assert_eq!(told.err, "");
}

/// A row with this month, position and type.
fn row(month: &str, lon: &str, lat: &str, kind: &str) -> String {
    format!(
        ",{month},Durham Constabulary,Durham Constabulary,{lon},{lat},On or near X,E01020634,Durham,{kind},,\n"
    )
}

#[test]
fn bad_files_are_refused_whole_with_one_line() {
    let data = Data::new();
    let folder = &data.folder;
    let good = street("2025-01", 5, 0);
    data.done(&["import", "police-uk", &folder.write("good.csv", &good)]);
    let asb = "Anti-social behaviour";
    let whole = gzip(street("2025-02", 900, 0).as_bytes());
    let big = vec![b'0'; 40_000_000];
    let future = row("2031-01", "-1.58", "54.77", asb);
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        (
            "wrong-header.csv",
            b"id,when,where\n1,2,3\n".to_vec(),
            &["header", "missing"],
        ),
        (
            "semicolons.csv",
            good.replace(',', ";").into_bytes(),
            &["';'", "semicolon"],
        ),
        ("empty.csv", Vec::new(), &["empty"]),
        ("empty.csv.gz", Vec::new(), &["empty"]),
        (
            "truncated.csv.gz",
            whole[..whole.len() / 2].to_vec(),
            &["gz", "cut", "end", "whole"],
        ),
        (
            "not.zip",
            b"PK\x03\x04 not an archive".to_vec(),
            &["zip", "archive"],
        ),
        (
            "climbs.zip",
            archive(&[("../../2025-02-durham-street.csv", good.as_bytes())]),
            &["path", "outside", "name", "climb"],
        ),
        (
            "bomb.zip",
            archive(&[("2025-02/2025-02-durham-street.csv", &big)]),
            &["times", "bomb", "ratio"],
        ),
        ("bomb.csv.gz", gzip(&big), &["times", "bomb", "ratio"]),
        (
            "future.csv",
            format!("{HEADER}\n{future}").into_bytes(),
            &["future", "reject"],
        ),
        (
            "swapped.csv",
            format!("{HEADER}\n{}", row("2025-02", "54.77", "-1.58", asb)).into_bytes(),
            &["swap", "reject"],
        ),
        (
            "half.csv",
            format!("{good}{}", row("2025-13", "-1.58", "54.77", asb)).into_bytes(),
            &["reject"],
        ),
    ];
    for (file, content, any) in cases {
        let path = folder.write(file, content);
        let ran = data.run(&["import", "police-uk", &path, "--json"]);
        let why = ran.failed().to_lowercase();
        assert!(any.iter().any(|word| why.contains(word)), "{file}: {why}");
        assert!(!why.contains("panicked"), "{why}");
        assert_eq!(data.incidents(), 5, "{file}");
        // A dry run finds the same.
        assert_eq!(
            data.run(&["import", "police-uk", &path, "--dry-run"])
                .status,
            Some(1),
            "{file}"
        );
    }
    assert!(
        data.run(&["import", "police-uk", &folder.at("nowhere.csv")])
            .failed()
            .contains("nowhere.csv")
    );
}

#[test]
fn a_bad_file_does_not_keep_a_good_one_out_and_rejects_are_listed() {
    let data = Data::new();
    let good = data.folder.write("good.csv", street("2025-01", 5, 0));
    let bad = data.folder.write(
        "bad.csv",
        format!("{HEADER}\n{}", row("2025-02", "x", "54.77", "Burglary")),
    );
    let ran = data.run(&["import", "police-uk", &good, &bad, "--json"]);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let report = ran.json();
    assert_eq!(
        (report["rows"].as_i64(), report["rejected"].as_i64()),
        (Some(5), Some(1))
    );
    let reject = &report["each"][1]["rejects"][0];
    assert_eq!(
        (reject["line"].as_i64(), reject["column"].as_str()),
        (Some(2), Some("Longitude")),
        "{reject}"
    );
    assert_eq!(data.incidents(), 5);
    let words = data.run(&["import", "police-uk", &bad]);
    assert!(
        words.out.contains("line 2, Longitude") && words.failed().contains("1 rows rejected"),
        "{words:?}"
    );
}

#[test]
fn oddities_that_can_be_read_are_read() {
    let data = Data::new();
    // A byte order mark, Windows-1252, Windows line ends.
    let text = street("2025-01", 3, 1).replace('\n', "\r\n");
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(
        text.replace("Example", "Caf#")
            .bytes()
            .map(|byte| if byte == b'#' { 0xe9 } else { byte }),
    );
    let report = data.done(&["import", "police-uk", &data.folder.write("odd.csv", bytes)]);
    assert_eq!(numbers(&report), (1, 4, 3, 0, 0));
    assert!(
        report["each"][0]["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("Windows-1252")),
        "{report}"
    );
}

#[test]
fn a_list_of_incidents_goes_in_by_its_profile() {
    on_both(|data| {
        let profile = "name = \"Council wardens\"\nkey = \"Ref\"\n[when]\nprecision = \"moment\"\ncolumn = \"When\"\nclock = \"london\"\n[place]\nkind = \"position\"\nlongitude = \"Lon\"\nlatitude = \"Lat\"\n[category]\notherwise = \"unknown\"\n";
        let profile = data.folder.write("profile.toml", profile);
        let list =
            "Ref,When,Lon,Lat\nW1,2025-03-01 21:30,-1.57,54.77\nW2,2025-03-02 22:10,-1.58,54.78\n";
        let list = data.folder.write("list.csv", list);
        let all = [
            "import",
            "records",
            &list,
            "--source",
            "Council wardens",
            "--profile",
            &profile,
        ];
        let report = data.done(&all);
        assert_eq!(
            (report["rows"].as_i64(), report["new"].as_i64()),
            (Some(2), Some(2)),
            "{report}"
        );
        assert_eq!(data.done(&all)["unchanged"], true);
        assert_eq!(data.counted("asb"), 2);
        let wrong = data.folder.write("wrong.toml", "name = 3");
        let all = [
            "import",
            "records",
            &list,
            "--source",
            "Council wardens",
            "--profile",
            &wrong,
        ];
        assert!(data.run(&all).misused().contains("wrong.toml"));
    });
}
