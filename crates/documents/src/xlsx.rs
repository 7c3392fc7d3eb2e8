//! XLSX (Office Open XML): a sheet with the table, numbers as numbers, headings that stay in
//! view, and a sheet 'About'. Words are written as words, so none can act as a formula.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use chrono::Datelike as _;

use crate::{Cell, Kind, Table, WriteError};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The most letters that a cell can hold, in UTF-16 units as Excel counts them.
const LETTERS: usize = 32_767;
/// Rows that are looked at for the width of a column.
const SAMPLE: usize = 1_000;

impl Table {
    /// The table as an XLSX file. The same table gives the same bytes.
    ///
    /// A cell of more than 32,767 letters, which the format cannot hold, is cut and ends in
    /// '…'; the sheet 'About' says so.
    ///
    /// # Errors
    /// [`WriteError::Xlsx`] where the table has more rows than a sheet can hold (1,048,575) or
    /// more columns (16,384).
    pub fn to_xlsx(&self) -> Result<Vec<u8>, WriteError> {
        let mut book = Workbook::new();
        // A fixed day, since the library would otherwise ask the machine for the time.
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        let about = DocProperties::new()
            .set_title(clean(&self.title))
            .set_comment(clean(&self.notes.join("\n")))
            .set_creation_datetime(&made);
        book.set_properties(&about);
        let cut = self.table_sheet(book.add_worksheet().set_name("Table")?)?;
        self.about_sheet(book.add_worksheet().set_name("About")?, cut)?;
        Ok(book.save_to_buffer()?)
    }

    fn table_sheet(&self, sheet: &mut Worksheet) -> Result<usize, WriteError> {
        let heading = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_border_bottom(FormatBorder::Thin);
        let mut formats = Vec::with_capacity(self.columns.len());
        let mut cut = 0;
        for (n, column) in (0_u16..).zip(&self.columns) {
            sheet.set_column_width(n, self.width(usize::from(n)))?;
            sheet.write_string_with_format(0, n, fitting(&column.name, &mut cut), &heading)?;
            formats.push(format(column.kind));
        }
        let days = format(Kind::Date);
        let pounds = format(Kind::Money);
        let wrapped = format(Kind::Text);
        for (y, row) in (1_u32..).zip(&self.rows) {
            for ((x, format), cell) in (0_u16..).zip(&formats).zip(row) {
                match cell {
                    Cell::Text(text) if text.is_empty() => {}
                    Cell::Text(text) => {
                        sheet.write_string_with_format(y, x, fitting(text, &mut cut), &wrapped)?;
                    }
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a spreadsheet holds nothing else"
                    )]
                    Cell::Integer(number) => {
                        sheet.write_number_with_format(y, x, *number as f64, format)?;
                    }
                    Cell::Number(number) if number.is_finite() => {
                        sheet.write_number_with_format(y, x, *number, format)?;
                    }
                    #[expect(
                        clippy::cast_precision_loss,
                        reason = "a spreadsheet holds nothing else"
                    )]
                    Cell::Pence(pence) => {
                        sheet.write_number_with_format(y, x, *pence as f64 / 100.0, &pounds)?;
                    }
                    Cell::Date(day) => match excel_day(*day) {
                        Some(date) => {
                            sheet.write_datetime_with_format(y, x, &date, &days)?;
                        }
                        // Days before 1900 are words in Excel.
                        None => {
                            sheet.write_string(y, x, day.format("%Y-%m-%d").to_string())?;
                        }
                    },
                    Cell::Empty | Cell::Number(_) => {}
                }
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_repeat_rows(0, 0)?;
        if let (Some(x), Ok(y)) = (
            self.columns.len().checked_sub(1),
            u32::try_from(self.rows.len()),
        ) && let Ok(x) = u16::try_from(x)
            && y > 0
        {
            sheet.autofilter(0, 0, y, x)?;
        }
        Ok(cut)
    }

    fn about_sheet(&self, sheet: &mut Worksheet, cut: usize) -> Result<(), XlsxError> {
        let wrapped = format(Kind::Text);
        sheet.set_column_width(0, 100)?;
        let mut ignored = 0;
        let title = fitting(&self.title, &mut ignored);
        sheet.write_string_with_format(0, 0, title, &Format::new().set_bold())?;
        let mut row = 1;
        for note in &self.notes {
            sheet.write_string_with_format(row, 0, fitting(note, &mut ignored), &wrapped)?;
            row += 1;
        }
        if cut > 0 {
            let note = format!(
                "Cells with more text than Excel can hold (32,767 letters): {cut}. They end in '…' \
                 here; the CSV and ODS files hold all of it."
            );
            sheet.write_string_with_format(row, 0, note, &wrapped)?;
        }
        Ok(())
    }

    /// Letters across, from 10 to 60, after the longest cell among the first thousand.
    fn width(&self, column: usize) -> f64 {
        let kind = self
            .columns
            .get(column)
            .map_or(Kind::Text, |column| column.kind);
        let heading = self
            .columns
            .get(column)
            .map_or(0, |column| column.name.chars().count());
        let cell = |row: &Vec<Cell>| match row.get(column) {
            Some(Cell::Text(text)) => text.lines().map(|line| line.chars().count()).max(),
            Some(Cell::Date(_)) => Some(17),
            Some(Cell::Integer(_) | Cell::Number(_) | Cell::Pence(_)) => Some(12),
            Some(Cell::Empty) | None => None,
        };
        let longest = self
            .rows
            .iter()
            .take(SAMPLE)
            .filter_map(cell)
            .max()
            .unwrap_or(0);
        // A heading of several words may wrap.
        let heading = if kind == Kind::Text {
            heading
        } else {
            heading.min(20)
        };
        let letters = u16::try_from(longest.max(heading) + 2).unwrap_or(u16::MAX);
        f64::from(letters.clamp(10, 60))
    }
}

fn format(kind: Kind) -> Format {
    let top = Format::new().set_align(FormatAlign::Top);
    match kind {
        Kind::Text => top.set_text_wrap(),
        Kind::Integer => top.set_num_format("#,##0"),
        Kind::Decimal(0) => top.set_num_format("#,##0"),
        Kind::Decimal(digits) => {
            top.set_num_format(format!("#,##0.{}", "0".repeat(usize::from(digits.min(30)))))
        }
        Kind::Percent => top.set_num_format("0.0%"),
        Kind::Date => top.set_num_format("d mmmm yyyy"),
        Kind::Money => top.set_num_format("£#,##0.00"),
    }
}

fn excel_day(day: chrono::NaiveDate) -> Option<ExcelDateTime> {
    let year = u16::try_from(day.year())
        .ok()
        .filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(
        year,
        u8::try_from(day.month()).ok()?,
        u8::try_from(day.day()).ok()?,
    )
    .ok()
}

/// Without the control characters that XML cannot hold.
fn clean(text: &str) -> String {
    let bad = |letter: char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(|letter| !bad(*letter)).collect()
}

/// Clean, and as much of it as a cell can hold.
fn fitting(text: &str, cut: &mut usize) -> String {
    let mut text = clean(text);
    if text.len() <= LETTERS || text.encode_utf16().count() <= LETTERS {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, letter)| {
        units += letter.len_utf16();
        units >= LETTERS
    });
    text.truncate(end.map_or(text.len(), |(at, _)| at));
    text.push('…');
    *cut += 1;
    text
}
