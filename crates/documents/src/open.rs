//! ODS (OpenDocument 1.3 spreadsheet): a sheet with the table, numbers as numbers, and a
//! sheet 'About'. Written here, since a spreadsheet library weighs more than the few
//! elements that a table needs.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::table::pounds;
use crate::{Cell, Kind, Table, WriteError};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";

const MANIFEST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/><manifest:file-entry manifest:full-path="settings.xml" manifest:media-type="text/xml"/></manifest:manifest>
"#;

/// The headings stay in view (row 1 is frozen), as LibreOffice and Excel read it.
const SETTINGS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-settings xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0" xmlns:ooo="http://openoffice.org/2004/office" office:version="1.3"><office:settings><config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views"><config:config-item-map-entry><config:config-item config:name="ActiveTable" config:type="string">Table</config:config-item><config:config-item-map-named config:name="Tables"><config:config-item-map-entry config:name="Table"><config:config-item config:name="VerticalSplitMode" config:type="short">2</config:config-item><config:config-item config:name="VerticalSplitPosition" config:type="int">1</config:config-item><config:config-item config:name="ActiveSplitRange" config:type="short">2</config:config-item><config:config-item config:name="PositionBottom" config:type="int">1</config:config-item></config:config-item-map-entry></config:config-item-map-named></config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set></office:settings></office:document-settings>
"#;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3"><office:automatic-styles>"#;

/// Styles of the whole document: bold headings, wide columns of words, percentages and days.
const STYLES: &str = r#"<style:style style:name="heading" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap"/><style:text-properties fo:font-weight="bold"/></style:style><style:style style:name="wide" style:family="table-column"><style:table-column-properties style:column-width="6cm"/></style:style><style:style style:name="narrow" style:family="table-column"><style:table-column-properties style:column-width="3cm"/></style:style><style:style style:name="page" style:family="table-column"><style:table-column-properties style:column-width="20cm"/></style:style><style:style style:name="wrapped" style:family="table-cell"><style:table-cell-properties fo:wrap-option="wrap"/></style:style><number:number-style style:name="whole-format"><number:number number:decimal-places="0" number:min-integer-digits="1" number:grouping="true"/></number:number-style><style:style style:name="whole" style:family="table-cell" style:data-style-name="whole-format"/><number:percentage-style style:name="percent-format"><number:number number:decimal-places="1" number:min-decimal-places="1" number:min-integer-digits="1"/><number:text>%</number:text></number:percentage-style><style:style style:name="percent" style:family="table-cell" style:data-style-name="percent-format"/><number:date-style style:name="date-format"><number:day/><number:text> </number:text><number:month number:textual="true" number:style="long"/><number:text> </number:text><number:year number:style="long"/></number:date-style><style:style style:name="date" style:family="table-cell" style:data-style-name="date-format"/><number:currency-style style:name="money-format"><number:currency-symbol number:language="en" number:country="GB">£</number:currency-symbol><number:number number:decimal-places="2" number:min-decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:currency-style><style:style style:name="money" style:family="table-cell" style:data-style-name="money-format"/>"#;

impl Table {
    /// The table as an ODS file.
    ///
    /// # Errors
    /// [`WriteError`] where memory ends.
    pub fn to_ods(&self) -> Result<Vec<u8>, WriteError> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        // The media type first and uncompressed: that is how the kind of file is told.
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        archive.start_file("mimetype", stored)?;
        archive.write_all(MEDIA_TYPE.as_bytes())?;
        archive.start_file("META-INF/manifest.xml", packed)?;
        archive.write_all(MANIFEST.as_bytes())?;
        archive.start_file("meta.xml", packed)?;
        archive.write_all(self.meta().as_bytes())?;
        archive.start_file("settings.xml", packed)?;
        archive.write_all(SETTINGS.as_bytes())?;
        archive.start_file("content.xml", packed)?;
        archive.write_all(self.content().as_bytes())?;
        Ok(archive.finish()?.into_inner())
    }

    fn meta(&self) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<office:document-meta \
             xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\" office:version=\"1.3\"><office:meta>\
             <dc:title>{}</dc:title><dc:description>{}</dc:description><dc:language>en-GB</dc:language>\
             </office:meta></office:document-meta>\n",
            escape(&self.title),
            escape(&self.notes.join("\n"))
        )
    }

    fn content(&self) -> String {
        let mut xml =
            String::with_capacity(HEAD.len() + STYLES.len() + 256 * (self.rows.len() + 4));
        xml += HEAD;
        xml += STYLES;
        for digits in self.decimals() {
            let _infallible = write!(
                xml,
                "<number:number-style style:name=\"decimal-{digits}-format\"><number:number \
                 number:decimal-places=\"{digits}\" number:min-decimal-places=\"{digits}\" \
                 number:min-integer-digits=\"1\" number:grouping=\"true\"/></number:number-style>\
                 <style:style style:name=\"decimal-{digits}\" style:family=\"table-cell\" \
                 style:data-style-name=\"decimal-{digits}-format\"/>"
            );
        }
        xml += "</office:automatic-styles><office:body><office:spreadsheet>";
        self.sheet(&mut xml);
        self.about(&mut xml);
        xml += "</office:spreadsheet></office:body></office:document-content>\n";
        xml
    }

    fn decimals(&self) -> std::collections::BTreeSet<u8> {
        let digits = |column: &crate::Column| match column.kind {
            Kind::Decimal(digits) => Some(digits),
            _ => None,
        };
        self.columns.iter().filter_map(digits).collect()
    }

    fn sheet(&self, xml: &mut String) {
        *xml += "<table:table table:name=\"Table\">";
        for column in &self.columns {
            let width = if column.kind == Kind::Text {
                "wide"
            } else {
                "narrow"
            };
            let _infallible = write!(xml, "<table:table-column table:style-name=\"{width}\"/>");
        }
        *xml += "<table:table-header-rows><table:table-row>";
        for column in &self.columns {
            words(xml, &column.name, Some("heading"));
        }
        *xml += "</table:table-row></table:table-header-rows>";
        for row in &self.rows {
            *xml += "<table:table-row>";
            for (n, column) in self.columns.iter().enumerate() {
                cell(xml, row.get(n).unwrap_or(&Cell::Empty), column.kind);
            }
            *xml += "</table:table-row>";
        }
        *xml += "</table:table>";
    }

    fn about(&self, xml: &mut String) {
        *xml += "<table:table table:name=\"About\"><table:table-column table:style-name=\"page\"/>";
        for (n, note) in std::iter::once(&self.title).chain(&self.notes).enumerate() {
            *xml += "<table:table-row>";
            words(xml, note, Some(if n == 0 { "heading" } else { "wrapped" }));
            *xml += "</table:table-row>";
        }
        *xml += "</table:table>";
    }
}

fn words(xml: &mut String, text: &str, style: Option<&str>) {
    let style = style
        .map(|style| format!(" table:style-name=\"{style}\""))
        .unwrap_or_default();
    let _infallible = write!(
        xml,
        "<table:table-cell office:value-type=\"string\"{style}>"
    );
    // A line of a cell is a paragraph of it.
    for line in text.split('\n') {
        let _infallible = write!(
            xml,
            "<text:p>{}</text:p>",
            escape(line.trim_end_matches('\r'))
        );
    }
    *xml += "</table:table-cell>";
}

fn cell(xml: &mut String, cell: &Cell, kind: Kind) {
    let number = |xml: &mut String, value: &dyn std::fmt::Display| {
        let (value_type, style) = match kind {
            Kind::Percent => ("percentage", "percent".to_owned()),
            Kind::Decimal(digits) => ("float", format!("decimal-{digits}")),
            Kind::Integer | Kind::Text | Kind::Date | Kind::Money => ("float", "whole".to_owned()),
        };
        let _infallible = write!(
            xml,
            "<table:table-cell office:value-type=\"{value_type}\" office:value=\"{value}\" table:style-name=\"{style}\"/>"
        );
    };
    match cell {
        Cell::Text(text) => words(xml, text, None),
        Cell::Integer(value) => number(xml, value),
        Cell::Number(value) if value.is_finite() => number(xml, value),
        Cell::Pence(pence) => {
            let _infallible = write!(
                xml,
                "<table:table-cell office:value-type=\"currency\" office:currency=\"GBP\" office:value=\"{}\" table:style-name=\"money\"/>",
                pounds(*pence)
            );
        }
        Cell::Empty | Cell::Number(_) => *xml += "<table:table-cell/>",
        Cell::Date(day) => {
            let _infallible = write!(
                xml,
                "<table:table-cell office:value-type=\"date\" office:date-value=\"{}\" table:style-name=\"date\"/>",
                day.format("%Y-%m-%d")
            );
        }
    }
}

/// Text for XML, without the control characters that XML 1.0 cannot hold.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {}
            letter => safe.push(letter),
        }
    }
    safe
}
