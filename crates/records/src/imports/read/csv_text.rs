//! CSV as people really send it: byte order marks, Windows-1252, CRLF, wrong separators, an
//! unclosed quotation mark: read quickly, in bounded memory, with the line of everything.
//!
//! Built on `csv-core`, whose caller owns the buffers, so that a field of 10 MB is refused after
//! [`FIELD_LIMIT`] bytes instead of being collected first.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::Read;

use csv_core::ReadRecordResult;
use encoding_rs::WINDOWS_1252;

use super::{Problem, ReadError};

/// The longest field accepted, in bytes.
pub const FIELD_LIMIT: usize = 64 * 1024;
/// The longest record accepted, in bytes.
pub const RECORD_LIMIT: usize = 1024 * 1024;
/// The most columns accepted.
pub const COLUMN_LIMIT: usize = 4_096;

/// A CSV being read: the header first, then record by record.
#[derive(Debug)]
pub struct CsvText<R> {
    name: String,
    reader: R,
    core: csv_core::Reader,
    input: Vec<u8>,
    /// The part of `input` not yet parsed.
    at: usize,
    filled: usize,
    ended: bool,
    fields: Vec<u8>,
    ends: Vec<usize>,
    header: Vec<String>,
    bom: bool,
    foreign: Cell<u64>,
    records: u64,
}

/// One record, borrowed until the next is read.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The line on which it begins; the header is line 1.
    pub line: u64,
    fields: &'a [u8],
    ends: &'a [usize],
    foreign: &'a Cell<u64>,
}

/// How the text was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Encoding {
    /// Whether it began with a byte order mark.
    pub bom: bool,
    /// How many fields were not UTF-8 and were read as Windows-1252.
    pub windows_1252_fields: u64,
}

impl Encoding {
    /// What a person should be told of it: nothing for UTF-8.
    #[must_use]
    pub fn note(self) -> Option<&'static str> {
        (self.windows_1252_fields > 0)
            .then_some("Some text was not UTF-8 and was read as Windows-1252.")
    }
}

/// A separator in words.
fn separator_name(byte: u8) -> &'static str {
    match byte {
        b',' => "commas",
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "vertical bars",
        _ => "another character",
    }
}

impl<R: Read> CsvText<R> {
    /// Opens comma-separated text and reads its header.
    ///
    /// # Errors
    /// An empty file, UTF-16, another separator, a header that names a column twice, or whatever
    /// reading meets.
    pub fn open(name: &str, reader: R) -> Result<Self, ReadError> {
        Self::with_separator(name, reader, b',')
    }

    /// The same for another separator: a semicolon, a tab or a vertical bar.
    ///
    /// # Errors
    /// As [`CsvText::open`].
    pub fn with_separator(name: &str, reader: R, separator: u8) -> Result<Self, ReadError> {
        let mut text = Self {
            name: name.to_owned(),
            reader,
            core: csv_core::ReaderBuilder::new().delimiter(separator).build(),
            input: vec![0; 64 * 1024],
            at: 0,
            filled: 0,
            ended: false,
            fields: vec![0; 8 * 1024],
            ends: vec![0; 64],
            header: Vec::new(),
            bom: false,
            foreign: Cell::new(0),
            records: 0,
        };
        text.fill()?;
        if text.filled == 0 {
            return Err(text.fail(Problem::Empty));
        }
        let start = &text.input[..text.filled];
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            return Err(text.fail(Problem::Utf16));
        }
        text.bom = start.starts_with(&[0xef, 0xbb, 0xbf]);
        if text.bom {
            text.at = 3;
        }
        let header: Vec<String> = match text.next_record()? {
            Some(record) => (0..record.len())
                .map(|i| record.text(i).trim().to_owned())
                .collect(),
            None => return Err(text.fail(Problem::Empty)),
        };
        if let [only] = header.as_slice() {
            let other = [b',', b';', b'\t', b'|'];
            let found = other
                .into_iter()
                .find(|b| *b != separator && only.as_bytes().contains(b));
            if let Some(found) = found {
                return Err(text.fail(Problem::Delimiter {
                    found: separator_name(found),
                    expected: separator_name(separator),
                }));
            }
        }
        for (i, column) in header.iter().enumerate() {
            if !column.is_empty() && header[..i].contains(column) {
                return Err(text.fail(Problem::DuplicateColumn(column.clone())));
            }
        }
        text.header = header;
        text.records = 0;
        Ok(text)
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The column names, trimmed.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// How many records have been read, without the header.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// How the text is written, as far as it has been read.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        Encoding {
            bom: self.bom,
            windows_1252_fields: self.foreign.get(),
        }
    }

    /// Where the column `name` stands; letter case does not matter.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|c| c == name).or_else(|| {
            self.header
                .iter()
                .position(|c| c.eq_ignore_ascii_case(name))
        })
    }

    /// The same for a column that has to be there.
    ///
    /// # Errors
    /// [`Problem::NoSuchColumn`], with the columns that there are.
    pub fn need_column(&self, name: &str) -> Result<usize, ReadError> {
        self.column(name).ok_or_else(|| {
            self.fail(Problem::NoSuchColumn {
                column: name.to_owned(),
                available: self.header.clone(),
            })
        })
    }

    /// A problem of this file.
    #[must_use]
    pub fn fail(&self, problem: Problem) -> ReadError {
        problem.of(&self.name)
    }

    /// The next record, or `None` at the end. Blank lines are passed over.
    ///
    /// # Errors
    /// A NUL byte, a field, record or number of columns beyond its limit, or whatever reading meets.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        // Line ends left over are passed here, so that the line counted below is the record's own.
        loop {
            let rest = &self.input[self.at..self.filled];
            let ends = rest
                .iter()
                .take_while(|b| matches!(b, b'\r' | b'\n'))
                .count();
            let lines = rest[..ends].iter().filter(|b| **b == b'\n').count() as u64;
            self.core.set_line(self.core.line() + lines);
            self.at += ends;
            if self.at < self.filled {
                break;
            }
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
        let line = self.core.line();
        let (mut written, mut columns) = (0, 0);
        loop {
            if self.at == self.filled && !self.ended {
                self.fill()?;
            }
            let (result, read, out, ends) = self.core.read_record(
                &self.input[self.at..self.filled],
                &mut self.fields[written..],
                &mut self.ends[columns..],
            );
            self.at += read;
            written += out;
            columns += ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    let field = written - columns.checked_sub(1).map_or(0, |i| self.ends[i]);
                    if field > FIELD_LIMIT {
                        return Err(self.fail(Problem::FieldTooLong {
                            line,
                            limit: FIELD_LIMIT,
                        }));
                    }
                    if self.fields.len() >= RECORD_LIMIT {
                        return Err(self.fail(Problem::RecordTooLong {
                            line,
                            limit: RECORD_LIMIT,
                        }));
                    }
                    self.fields.resize(self.fields.len() * 2, 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    if self.ends.len() >= COLUMN_LIMIT {
                        return Err(self.fail(Problem::TooManyColumns {
                            line,
                            limit: COLUMN_LIMIT,
                        }));
                    }
                    self.ends.resize(self.ends.len() * 2, 0);
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        let record = Record {
            line,
            fields: &self.fields[..written],
            ends: &self.ends[..columns],
            foreign: &self.foreign,
        };
        if written > FIELD_LIMIT && (0..columns).any(|i| record.bytes(i).len() > FIELD_LIMIT) {
            return Err(Problem::FieldTooLong {
                line,
                limit: FIELD_LIMIT,
            }
            .of(&self.name));
        }
        self.records += 1;
        Ok(Some(record))
    }

    /// Reads the next stretch of input, once the last has been parsed.
    fn fill(&mut self) -> Result<(), ReadError> {
        self.at = 0;
        self.filled = 0;
        loop {
            match self.reader.read(&mut self.input) {
                Ok(n) => {
                    self.filled = n;
                    self.ended = n == 0;
                    break;
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.fail(Problem::from_io(e))),
            }
        }
        let new = &self.input[..self.filled];
        if let Some(at) = new.iter().position(|b| *b == 0)
            && !new.starts_with(&[0xff, 0xfe])
            && !new.starts_with(&[0xfe, 0xff])
        {
            let lines = new[..at].iter().filter(|b| **b == b'\n').count() as u64;
            return Err(self.fail(Problem::NotText {
                line: self.core.line() + lines,
            }));
        }
        Ok(())
    }
}

impl<'a> Record<'a> {
    /// How many fields it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no field, which no record read from a file is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field's bytes; empty for a field that is not there.
    #[must_use]
    pub fn bytes(&self, i: usize) -> &'a [u8] {
        let Some(&end) = self.ends.get(i) else {
            return &[];
        };
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.fields[start..end]
    }

    /// A field as text, read as UTF-8 or else as Windows-1252; white space around it is left off.
    #[must_use]
    pub fn text(&self, i: usize) -> Cow<'a, str> {
        let bytes = self.bytes(i);
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text.trim()),
            Err(_) => {
                self.foreign.set(self.foreign.get() + 1);
                let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
                Cow::Owned(text.trim().to_owned())
            }
        }
    }
}
