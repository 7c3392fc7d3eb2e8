//! XLSX through calamine, cell by cell, so that a sheet that claims a million rows costs nothing.

use std::io::Cursor;
use std::panic::AssertUnwindSafe;

use calamine::{CellErrorType, DataRef, ExcelDateTime, Reader as _, SheetType, SheetVisible, Xlsx};
use chrono::{NaiveDate, NaiveTime};

use super::{Collector, Format, Limits, Place, ReadError, Sheet, WIDEST, numbers};

pub(super) fn read(bytes: &[u8], limits: Limits) -> Result<Sheet, ReadError> {
    // A file from outside must never end a request without a page: should the library panic,
    // the file is damaged.
    std::panic::catch_unwind(AssertUnwindSafe(|| read_checked(bytes, limits)))
        .unwrap_or(Err(ReadError::Damaged))
}

fn read_checked(bytes: &[u8], limits: Limits) -> Result<Sheet, ReadError> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|_| ReadError::Damaged)?;
    let shown = book.sheets_metadata().iter().filter(|sheet| {
        sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible
    });
    let names: Vec<String> = shown.map(|sheet| sheet.name.clone()).collect();
    for name in names {
        let mut collector = Collector::new(limits);
        fill(&mut book, &name, &mut collector)?;
        if !collector.is_empty() {
            return collector.finish(Format::Xlsx, Some(name));
        }
    }
    Err(ReadError::Empty)
}

fn fill(
    book: &mut Xlsx<Cursor<&[u8]>>,
    sheet: &str,
    collector: &mut Collector,
) -> Result<(), ReadError> {
    let mut cells = book
        .worksheet_cells_reader(sheet)
        .map_err(|_| ReadError::Damaged)?;
    let mut row = 0;
    let mut words: Vec<String> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(|_| ReadError::Damaged)? {
        let (at_row, at_column) = cell.get_position();
        let number = u64::from(at_row) + 1;
        if number < row {
            return Err(ReadError::Damaged);
        }
        if number > row {
            if row > 0 {
                collector.add(row, std::mem::take(&mut words))?;
            }
            row = number;
        }
        let column = usize::try_from(at_column).unwrap_or(usize::MAX);
        let text = text(cell.get_value(), Place::new(number, column))?;
        if text.is_empty() {
            continue;
        }
        if column >= WIDEST {
            return Err(ReadError::TooManyColumns {
                row: number,
                limit: collector.limits.columns,
            });
        }
        if words.len() <= column {
            words.resize(column + 1, String::new());
        }
        if let Some(place) = words.get_mut(column) {
            *place = text;
        }
    }
    if row > 0 {
        collector.add(row, words)
    } else {
        Ok(())
    }
}

fn text(value: &DataRef<'_>, place: Place) -> Result<String, ReadError> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(value) => numbers::number(*value),
        DataRef::String(words) => words.clone(),
        DataRef::SharedString(words) => (*words).to_owned(),
        DataRef::Bool(is) => if *is { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => day(moment),
        DataRef::DateTimeIso(words) => numbers::iso(words),
        DataRef::DurationIso(words) => numbers::iso_length(words),
        DataRef::Error(error) => {
            let error = match error {
                CellErrorType::Div0 => "#DIV/0!",
                CellErrorType::NA => "#N/A",
                CellErrorType::Name => "#NAME?",
                CellErrorType::Null => "#NULL!",
                CellErrorType::Num => "#NUM!",
                CellErrorType::Ref => "#REF!",
                CellErrorType::Value => "#VALUE!",
                CellErrorType::GettingData => "#GETTING_DATA",
            };
            return Err(ReadError::Formula { place, error });
        }
    })
}

fn day(moment: &ExcelDateTime) -> String {
    let serial = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&serial) {
        return numbers::length(serial * 86_400.0);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let day = NaiveDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    let time = NaiveTime::from_hms_opt(u32::from(hour), u32::from(minute), u32::from(second));
    match (day, time) {
        (Some(day), Some(time)) => numbers::moment(day, time),
        _ => numbers::number(serial),
    }
}
