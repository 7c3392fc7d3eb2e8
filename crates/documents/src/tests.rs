use std::io::{Cursor, Read as _};

use chrono::NaiveDate;

use crate::{Cell, Column, Kind, ODS, Table};

fn sample() -> Table {
    Table {
        title: "Incidents by area".into(),
        notes: vec![
            "Filter: anti-social behaviour, \"2025\",=1+1\nand more".into(),
            "Made-up data".into(),
        ],
        columns: vec![
            Column::new("Area", Kind::Text),
            Column::new("Incidents", Kind::Integer),
            Column::new("Rate", Kind::Decimal(1)),
            Column::new("Share", Kind::Percent),
            Column::new("First day", Kind::Date),
        ],
        rows: vec![
            vec![
                Cell::from("Tow Law, \"north\" <&>"),
                Cell::from(1234_u32),
                Cell::from(12.34),
                Cell::from(0.1256),
                Cell::from(NaiveDate::from_ymd_opt(2025, 1, 31).unwrap()),
            ],
            vec![
                Cell::from("=cmd|'/c calc'!A1"),
                Cell::from(-3_i64),
                Cell::from(f64::NAN),
            ],
            vec![Cell::from("\u{1}@x\u{0}")],
        ],
    }
}

fn part(ods: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(ods)).unwrap();
    let mut text = String::new();
    archive
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn csv_quotes_guards_formulas_and_leaves_the_unknown_empty() {
    let csv = String::from_utf8(sample().to_csv().unwrap()).unwrap();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(
        lines,
        [
            "# Incidents by area",
            "# Filter: anti-social behaviour, \"2025\",'=1+1 and more",
            "# Made-up data",
            "Area,Incidents,Rate,Share (%),First day",
            "\"Tow Law, \"\"north\"\" <&>\",1234,12.3,12.6,2025-01-31",
            "'=cmd|'/c calc'!A1,-3,,,",
            "\u{1}@x\u{0},,,,",
            ""
        ]
    );
}

#[test]
fn csv_is_read_back_by_a_reader_that_knows_comments() {
    let csv = sample().to_csv().unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(&csv[..]);
    assert_eq!(reader.headers().unwrap().len(), 5);
    assert_eq!(reader.records().count(), 3);
}

#[test]
fn ods_begins_with_its_media_type_uncompressed() {
    let ods = sample().to_ods().unwrap();
    // A local header of 30 bytes, the name, no extra field, then the bytes themselves.
    assert_eq!(&ods[30..38], b"mimetype");
    assert_eq!(&ods[38..38 + ODS.len()], ODS.as_bytes());
    let mut archive = zip::ZipArchive::new(Cursor::new(&ods)).unwrap();
    assert_eq!(
        archive.by_index(0).unwrap().compression(),
        zip::CompressionMethod::Stored
    );
}

#[test]
fn ods_holds_real_numbers_and_an_about_sheet() {
    let ods = sample().to_ods().unwrap();
    let content = part(&ods, "content.xml");
    for wanted in [
        "office:value-type=\"float\" office:value=\"1234\" table:style-name=\"whole\"",
        "office:value-type=\"float\" office:value=\"12.34\" table:style-name=\"decimal-1\"",
        "office:value-type=\"percentage\" office:value=\"0.1256\"",
        "office:date-value=\"2025-01-31\"",
        "Tow Law, &quot;north&quot; &lt;&amp;&gt;",
        "<text:p>=cmd|'/c calc'!A1</text:p>",
        "<text:p>@x</text:p>",
        "table:name=\"About\"",
        "<text:p>Made-up data</text:p>",
    ] {
        assert!(content.contains(wanted), "{wanted} is missing in {content}");
    }
    assert!(!content.contains("NaN") && !content.contains('\u{1}'));
}

/// An independent reader: Python's XML parser, where Python is there.
#[test]
fn ods_is_well_formed_xml() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("table.ods");
    std::fs::write(&file, sample().to_ods().unwrap()).unwrap();
    let script = "import sys, zipfile, xml.dom.minidom as d\n\
                  z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None\n\
                  c = d.parseString(z.read('content.xml')); d.parseString(z.read('meta.xml')); d.parseString(z.read('META-INF/manifest.xml'))\n\
                  print(len(c.getElementsByTagName('table:table')), len(c.getElementsByTagName('table:table-row')))";
    let run = std::process::Command::new("python3")
        .arg("-c")
        .arg(script)
        .arg(&file)
        .output();
    let Ok(run) = run else {
        println!("skipped: there is no python3");
        return;
    };
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert_eq!(String::from_utf8_lossy(&run.stdout).trim(), "2 7");
}
