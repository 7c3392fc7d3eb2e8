use std::io::Read;

use super::super::csv_text::CsvText;
use super::super::{Problem, Step};
use super::*;
use crate::imports::read::police_uk::StreetReader;

fn refused(bytes: &[u8]) -> ReadError {
    read_street("x.csv", bytes).unwrap_err()
}

const ROW: &str =
    ",2025-01,D,D,-1.5757,54.7761,On or near North Road,E01020707,N,Anti-social behaviour,,";

#[test]
fn an_empty_file_is_refused() {
    assert_eq!(
        refused(b"").to_string(),
        "x.csv: the file is empty (zero bytes). Download or export it again"
    );
    assert!(matches!(refused(b"\n\r\n").problem, Problem::Empty));
    assert!(matches!(refused(b"\xef\xbb\xbf").problem, Problem::Empty));
}

#[test]
fn another_separator_is_named() {
    for (separator, name) in [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")] {
        let text = street_file(&[ROW]).replace(',', separator);
        let shown = refused(text.as_bytes()).to_string();
        assert!(
            shown.contains(&format!("separated by {name}, not by commas")),
            "{shown}"
        );
    }
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_matter() {
    let text = format!(
        "\u{feff}{}",
        street_file(&[ROW, "", ROW]).replace('\n', "\r\n")
    );
    let (counts, rejects) = read_street("x.csv", text.as_bytes()).unwrap();
    assert_eq!((counts.rows, rejects.len()), (2, 0));
}

#[test]
fn windows_1252_is_read_and_said() {
    let mut bytes = street_file(&[]).into_bytes();
    bytes.extend(
        b",2025-01,D,D,-1.5757,54.7761,On or near Caf\xe9 \x96 St John\x92s,E01020707,N,Drugs,,\n",
    );
    let mut reader = StreetReader::open("x.csv", &bytes[..], today()).unwrap();
    let Some(Step::Row(row)) = reader.next_row().unwrap() else {
        panic!("no row")
    };
    assert_eq!(row.location, "On or near Café – St John’s");
    assert_eq!(reader.encoding().windows_1252_fields, 1);
    assert!(reader.encoding().note().is_some());
}

#[test]
fn utf_16_and_nul_bytes_are_refused() {
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(HEADER.bytes().flat_map(|b| [b, 0]))
        .collect();
    assert!(matches!(refused(&utf16).problem, Problem::Utf16));
    let nul = street_file(&[ROW, &ROW.replace("North", "Nor\0th")]);
    assert!(matches!(
        refused(nul.as_bytes()).problem,
        Problem::NotText { line: 3 }
    ));
}

/// Gives a header, one row, and then an endless field; counts what is taken of it.
struct Endless {
    start: std::io::Cursor<Vec<u8>>,
    taken: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.start.read(buffer)?;
        if n > 0 {
            return Ok(n);
        }
        buffer.fill(b'x');
        self.taken += buffer.len() as u64;
        assert!(self.taken < 1_000_000, "the field is being collected");
        Ok(buffer.len())
    }
}

#[test]
fn ten_megabytes_in_one_field_are_refused_without_being_collected() {
    for quote in ["", "\""] {
        let start = format!("{}{quote}", street_file(&[ROW]));
        let endless = Endless {
            start: std::io::Cursor::new(start.into_bytes()),
            taken: 0,
        };
        let mut reader = StreetReader::open("x.csv", endless, today()).unwrap();
        assert!(matches!(reader.next_row().unwrap(), Some(Step::Row(_))));
        let error = reader.next_row().unwrap_err();
        assert!(
            matches!(error.problem, Problem::FieldTooLong { line: 3, .. }),
            "{error}"
        );
    }
    // Long, though still within the record's limit: found once the record is whole.
    let long = format!(
        "{}{}",
        street_file(&[]),
        ROW.replace("North", &"n".repeat(100_000))
    );
    assert!(matches!(
        refused(long.as_bytes()).problem,
        Problem::FieldTooLong { line: 2, .. }
    ));
}

#[test]
fn an_endless_record_and_too_many_columns_are_refused() {
    let record = format!("a,b\n{}", "0123456789,".repeat(200_000));
    let mut text = CsvText::open("x.csv", record.as_bytes()).unwrap();
    let error = text.next_record().unwrap_err();
    assert!(
        matches!(
            error.problem,
            Problem::RecordTooLong { line: 2, .. } | Problem::TooManyColumns { line: 2, .. }
        ),
        "{error}"
    );
}

#[test]
fn a_column_named_twice_is_refused() {
    let error = CsvText::open("x.csv", &b"a,b,a\n1,2,3\n"[..]).unwrap_err();
    assert!(matches!(error.problem, Problem::DuplicateColumn(_)));
}

#[test]
fn lines_are_counted_through_quotes_blank_lines_and_any_line_end() {
    for end in ["\n", "\r\n"] {
        let text = format!("a,b{end}1,\"x{end}y\"{end}{end}2,z{end}3,w");
        // One byte at a time as well, so that every boundary falls everywhere.
        let whole: Box<dyn Read> = Box::new(std::io::Cursor::new(text.clone()));
        let single: Box<dyn Read> = Box::new(OneByte(text.into_bytes(), 0));
        for reader in [whole, single] {
            let mut csv = CsvText::open("x.csv", reader).unwrap();
            let mut lines = Vec::new();
            while let Some(record) = csv.next_record().unwrap() {
                assert_eq!(record.len(), 2);
                lines.push((record.line, record.text(0).into_owned()));
            }
            assert_eq!(
                lines,
                [
                    (2, "1".to_owned()),
                    (5, "2".to_owned()),
                    (6, "3".to_owned())
                ]
            );
        }
    }
}

struct OneByte(Vec<u8>, usize);

impl Read for OneByte {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match (self.0.get(self.1), buffer.first_mut()) {
            (Some(byte), Some(slot)) => {
                *slot = *byte;
                self.1 += 1;
                Ok(1)
            }
            _ => Ok(0),
        }
    }
}
