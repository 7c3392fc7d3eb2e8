//! Street files as data.police.uk publishes them, made up, compressed or not.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The header of a street file.
pub(crate) const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context";

/// A street file of one month with so many rows of anti-social behaviour and of burglary, spread
/// over a few streets of Durham.
pub(crate) fn street(month: &str, asb: usize, burglaries: usize) -> String {
    let mut text = format!("{HEADER}\n");
    for n in 0..asb + burglaries {
        let (lon, lat) = (
            -1.58 - (n % 7) as f64 * 0.004,
            54.77 + (n % 5) as f64 * 0.003,
        );
        let place = format!(
            "{lon:.6},{lat:.6},On or near Example Street {},E01020634,County Durham 026A",
            n % 7
        );
        let row = if n < asb {
            format!(
                ",{month},Durham Constabulary,Durham Constabulary,{place},Anti-social behaviour,,"
            )
        } else {
            format!(
                "{:064x},{month},Durham Constabulary,Durham Constabulary,{place},Burglary,Under investigation,",
                n + month.len()
            )
        };
        writeln!(text, "{row}").expect("text");
    }
    text
}

/// The name of a month's street file.
pub(crate) fn name(month: &str) -> String {
    format!("{month}-durham-street.csv")
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("compressed");
    encoder.finish().expect("compressed")
}

/// An archive of files by their paths.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a file in the archive");
        writer.write_all(content).expect("compressed");
    }
    writer.finish().expect("an archive").into_inner()
}
