use std::io::{Cursor, Write as _};

use chrono::NaiveDate;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;
use crate::{Cell, Column, Kind, Table};

fn cells(sheet: &Sheet) -> Vec<(u64, Vec<&str>)> {
    let row = |row: &'_ Row| row.number;
    let words = |row: &'_ Row| -> usize { row.cells.len() };
    assert!(
        sheet
            .rows
            .iter()
            .all(|row| words(row) == sheet.headings.len())
    );
    sheet
        .rows
        .iter()
        .map(|r| (row(r), r.cells.iter().map(String::as_str).collect()))
        .collect()
}

fn wrong(bytes: &[u8]) -> String {
    read(bytes, "list.csv").unwrap_err().to_string()
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, body) in parts {
        archive
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        archive.write_all(body).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content xmlns:office='o' xmlns:table='t' xmlns:text='x' xmlns:calcext='c'>\
         <office:body><office:spreadsheet><table:table table:name='Blank'/>\
         <table:table table:name='Homes &amp; land'>{rows}</table:table>\
         </office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[
        ("mimetype", crate::ODS.as_bytes()),
        ("content.xml", content.as_bytes()),
    ])
}

#[test]
fn csv_of_every_sort() {
    let plain = "Name,Town\r\n\r\n\"Smith, J\",\"Tow \"\"Law\"\"\"\r\n x \r\n,\"a\nb\"\n";
    let expected = vec![
        (3, vec!["Smith, J", "Tow \"Law\""]),
        (4, vec!["x", ""]),
        (5, vec!["", "a\nb"]),
    ];
    for text in [
        plain.to_owned(),
        format!("\u{feff}{plain}"),
        plain.trim_end().to_owned(),
    ] {
        let sheet = read(text.as_bytes(), "list.csv").unwrap();
        assert_eq!((sheet.format, sheet.heading_row), (Format::Csv, 1));
        assert_eq!(cells(&sheet), expected);
    }
    for text in ["a;b\n1,5;2\n", "a\tb\n1,5\t2\n", "sep=;\na;b\n1,5;2\n"] {
        assert_eq!(
            cells(&read(text.as_bytes(), "list.csv").unwrap()),
            [(2, vec!["1,5", "2"])]
        );
    }
    assert_eq!(
        cells(&read(b"a\n\xa35 \x96 caf\xe9", "x").unwrap()),
        [(2, vec!["£5 – café"])]
    );
    let utf16: Vec<u8> = "\u{feff}a\tb\né\t2"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(cells(&read(&utf16, "x").unwrap()), [(2, vec!["é", "2"])]);
}

#[test]
fn errors_say_where_and_what_to_do() {
    assert!(wrong(b"").contains("empty"));
    assert!(wrong(b"\n \n,,\n").contains("empty"));
    assert!(
        wrong(b"a,b\n1,2\n3,\"4\n")
            .starts_with("The cell in row 3, column B begins with a quotation mark")
    );
    assert!(wrong(b"a,b\n1,2,3\n").starts_with("There is a value in row 2, column C, but"));
    assert!(
        wrong(b"a,b,A \n")
            .contains("Columns A and C both have the heading \u{201c}A\u{201d} in row 1")
    );
    assert!(wrong(b"%PDF-1.7").contains("a PDF document, not a table"));
    assert!(wrong(b"\n<!DOCTYPE html>").contains("web page"));
    assert!(wrong(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest").contains(".xls"));
    assert!(wrong(b"MZ\0\0").contains("not text"));
    assert!(wrong(&zipped(&[("a.txt", b"x")])).contains("(ZIP)"));
    assert!(
        wrong(&zipped(&[
            ("[Content_Types].xml", b""),
            ("word/document.xml", b"")
        ]))
        .contains("text document")
    );
    assert!(wrong(b"PK\x03\x04rubbish").contains("damaged"));
    let formula = ods(
        "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>\
        <table:table-row><table:table-cell calcext:value-type='error'><text:p>#N/A</text:p></table:table-cell></table:table-row>",
    );
    assert!(wrong(&formula).starts_with("The formula in row 2, column A gives the error"));
    let locked = zipped(&[
        ("content.xml", b"x"),
        ("META-INF/manifest.xml", b"<m:encryption-data/>"),
    ]);
    assert!(wrong(&locked).contains("password"));
}

#[test]
fn limits() {
    let small = Limits {
        rows: 2,
        columns: 3,
        letters: 4,
        file: 100_000,
        unpacked: 50_000,
        words: 10_000,
    };
    let try_read = |bytes: &[u8]| read_within(bytes, "x", small).map(|sheet| sheet.rows.len());
    assert_eq!(try_read(b"a\n1\n2\n"), Ok(2));
    assert_eq!(
        try_read(b"a\n1\n2\n3\n"),
        Err(ReadError::TooManyRows { limit: 2 })
    );
    assert_eq!(
        try_read(b"a,b,c,d\n"),
        Err(ReadError::TooManyColumns { row: 1, limit: 3 })
    );
    assert_eq!(
        try_read("a\n£££££\n".as_bytes()),
        Err(ReadError::CellTooLong {
            place: Place::new(2, 0),
            limit: 4
        })
    );
    assert_eq!(try_read("a\n££££\n".as_bytes()), Ok(1));
    assert_eq!(
        try_read(&vec![b'a'; 100_001]),
        Err(ReadError::TooLarge { megabytes: 0 })
    );
    let bomb = vec![b' '; 60_000];
    assert_eq!(
        try_read(&zipped(&[("content.xml", &bomb)])),
        Err(ReadError::Unpacks)
    );
    assert_eq!(
        try_read(&zipped(&[("[Content_Types].xml", b""), ("xl/x", &bomb)])),
        Err(ReadError::Unpacks)
    );
    // A million rows of a million cells in a few bytes.
    let repeated = |columns: &str| {
        ods(&format!(
            "<table:table-row table:number-rows-repeated='1000000'><table:table-cell \
             table:number-columns-repeated='{columns}'><text:p>a</text:p></table:table-cell></table:table-row>"
        ))
    };
    assert_eq!(
        try_read(&repeated("1000000")),
        Err(ReadError::TooManyColumns { row: 1, limit: 3 })
    );
    assert_eq!(
        try_read(&repeated("1")),
        Err(ReadError::TooManyRows { limit: 2 })
    );
    let commas = ",".repeat(WIDEST + 9);
    assert!(matches!(
        try_read(commas.as_bytes()),
        Err(ReadError::TooManyColumns { .. })
    ));
}

#[test]
fn ods_of_other_programs() {
    let bytes = ods(
        "<table:table-row table:number-rows-repeated='2'><table:table-cell table:number-columns-repeated='1024'/></table:table-row>\
        <table:table-row><table:table-cell office:value-type='string'><text:p>When</text:p></table:table-cell>\
          <table:table-cell/><table:covered-table-cell/><table:table-cell><text:p>What &#8211; <text:span>why</text:span></text:p></table:table-cell></table:table-row>\
        <table:table-row><table:table-cell office:value-type='date' office:date-value='2025-01-31T14:30:00'><text:p>31/01/25</text:p></table:table-cell>\
          <table:table-cell table:number-columns-repeated='2'/><table:table-cell><office:annotation><text:p>a note</text:p></office:annotation><text:p>a<text:s text:c='2'/>b</text:p><text:p>&lt;c&gt;</text:p></table:table-cell>\
          <table:table-cell table:number-columns-repeated='16380'/></table:table-row>\
        <table:table-row table:number-rows-repeated='2'><table:table-cell office:value-type='time' office:time-value='PT26H05M00S'/><table:table-cell/><table:table-cell/><table:table-cell office:value-type='float' office:value='0.30000000000000004'/></table:table-row>\
        <table:table-row table:number-rows-repeated='1048570'><table:table-cell table:number-columns-repeated='16384'/></table:table-row>",
    );
    let sheet = read(&bytes, "x").unwrap();
    assert_eq!(sheet.name.as_deref(), Some("Homes & land"));
    assert_eq!((sheet.heading_row, sheet.headings.len()), (3, 4));
    assert_eq!(sheet.column(" WHAT – why"), Some(3));
    assert_eq!(
        cells(&sheet),
        [
            (4, vec!["2025-01-31T14:30:00", "", "", "a  b\n<c>"]),
            (5, vec!["26:05:00", "", "", "0.3"]),
            (6, vec!["26:05:00", "", "", "0.3"]),
        ]
    );
    assert_eq!(
        sheet.place(&sheet.rows[0], 3),
        "row 4, column D (\u{201c}What – why\u{201d})"
    );
}

fn table() -> Table {
    let day = NaiveDate::from_ymd_opt(2025, 1, 31);
    Table {
        title: "Camera loans".into(),
        notes: vec!["Made up".into()],
        columns: vec![
            Column::new("Words", Kind::Text),
            Column::new("Count", Kind::Integer),
            Column::new("Rate", Kind::Decimal(1)),
            Column::new("Day", Kind::Date),
            Column::new("Cost", Kind::Money),
        ],
        rows: vec![
            vec![
                "=1+1".into(),
                1_234_567_i64.into(),
                0.5.into(),
                day.into(),
                Cell::Pence(-105),
            ],
            vec![],
            vec![
                "two\nlines".into(),
                Cell::Empty,
                3.0.into(),
                Cell::Empty,
                Cell::Pence(123_450),
            ],
        ],
    }
}

#[test]
fn what_we_write_comes_back() {
    let expected = |first, last| {
        let rate = |words: &'static str, plain| if last { words } else { plain };
        vec![
            (first, vec!["=1+1", "1234567", "0.5", "2025-01-31", "-1.05"]),
            (
                first + 2,
                vec![
                    "two\nlines",
                    "",
                    rate("3.0", "3"),
                    "",
                    rate("1234.50", "1234.5"),
                ],
            ),
        ]
    };
    let csv = read(&table().to_csv().unwrap(), "x.csv").unwrap();
    assert_eq!(csv.notes, ["Camera loans", "Made up"]);
    assert_eq!((csv.heading_row, csv.headings[4].as_str()), (3, "Cost (£)"));
    assert_eq!(cells(&csv), expected(4, true));
    for (bytes, format) in [
        (table().to_ods().unwrap(), Format::Ods),
        (table().to_xlsx().unwrap(), Format::Xlsx),
    ] {
        let sheet = read(&bytes, "x").unwrap();
        assert_eq!(
            (sheet.format, sheet.name.as_deref()),
            (format, Some("Table"))
        );
        assert_eq!(cells(&sheet), expected(2, false));
    }
}

#[test]
fn xlsx_is_the_same_each_time_and_cuts_only_what_does_not_fit() {
    assert_eq!(table().to_xlsx().unwrap(), table().to_xlsx().unwrap());
    let long = Table {
        rows: vec![vec!["é".repeat(40_000).into()]],
        ..table()
    };
    let sheet = read(&long.to_xlsx().unwrap(), "x").unwrap();
    assert_eq!(sheet.rows[0].cells[0].chars().count(), 32_767);
    assert!(sheet.rows[0].cells[0].ends_with('…'));
}

#[test]
fn columns_have_letters() {
    let letters: Vec<String> = [0, 25, 26, 701, 702, 16_383].map(column_letters).into();
    assert_eq!(letters, ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    assert!(!column_letters(usize::MAX).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..4) {
        let head: &[u8] = [&b""[..], b"PK\x03\x04", b"a,\"b\n", b"\xff\xfe"][usize::try_from(kind).unwrap()];
        let _any_answer_will_do = read(&[head, &bytes].concat(), "x");
    }

    #[test]
    fn nor_do_files_that_are_cut_short_or_changed(at in any::<prop::sample::Index>(), change in any::<u8>(), which in 0..3) {
        let mut bytes = [Table::to_csv, Table::to_ods, Table::to_xlsx][usize::try_from(which).unwrap()](&table()).unwrap();
        let at = at.index(bytes.len());
        let _any_answer_will_do = read(&bytes[..at], "x");
        bytes[at] ^= change;
        let _any_answer_will_do = read(&bytes, "x");
    }

    #[test]
    fn nor_does_a_sheet_whose_xml_is_changed(at in any::<prop::sample::Index>(), change in any::<u8>(), part in 0..2) {
        for (bytes, name) in [(table().to_xlsx().unwrap(), "xl/worksheets/sheet1.xml"), (table().to_ods().unwrap(), "content.xml"), (table().to_xlsx().unwrap(), "xl/sharedStrings.xml")].into_iter().skip(usize::try_from(part).unwrap()) {
            let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
            let mut parts = Vec::new();
            for n in 0..archive.len() {
                let mut part = archive.by_index(n).unwrap();
                let mut body = Vec::new();
                std::io::copy(&mut part, &mut body).unwrap();
                parts.push((part.name().unwrap().into_owned(), body));
            }
            for (_, body) in parts.iter_mut().filter(|(found, _)| found == name) {
                let at = at.index(body.len());
                body[at] ^= change;
                body.truncate(at.max(body.len() / 2));
            }
            let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, body)| (name.as_str(), &body[..])).collect();
            let _any_answer_will_do = read(&zipped(&parts), "x");
        }
    }

    #[test]
    fn csv_agrees_with_another_writer(rows in proptest::collection::vec(proptest::collection::vec("[a-z\",\r\n;]{0,6}", 3), 1..8)) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["h1", "h2", "h3"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let sheet = read(&writer.into_inner().unwrap(), "x.csv").unwrap();
        let wanted: Vec<Vec<String>> = rows.iter()
            .map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|cell| !cell.is_empty()))
            .collect();
        let found: Vec<Vec<String>> = sheet.rows.into_iter().map(|row| row.cells).collect();
        prop_assert_eq!(found, wanted);
    }
}
