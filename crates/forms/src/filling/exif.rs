//! Where a photograph was taken, from its Exif data (CIPA DC-008, section 4.6.6: GPS attributes).

/// Latitude and longitude of a JPEG, where it tells them.
#[must_use]
pub(super) fn place(jpeg: &[u8]) -> Option<(f64, f64)> {
    let mut rest = jpeg.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, high, low, ..] = rest else {
            return None;
        };
        if matches!(*marker, 0xda | 0xd9) {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let body = rest.get(4..2 + length)?;
        if let Some(tiff) = body
            .strip_prefix(b"Exif\0\0".as_slice())
            .filter(|_| *marker == 0xe1)
        {
            return Tiff::read(tiff)?.place();
        }
        rest = rest.get(2 + length..)?;
    }
}

/// A TIFF structure (TIFF 6.0, section 2).
struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl<'a> Tiff<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let little = match bytes.get(..4)? {
            b"II\x2a\0" => true,
            b"MM\0\x2a" => false,
            _ => return None,
        };
        Some(Self { bytes, little })
    }

    fn short(&self, at: usize) -> Option<u16> {
        let pair: [u8; 2] = self.bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let four: [u8; 4] = self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    }

    fn offset(&self, at: usize) -> Option<usize> {
        usize::try_from(self.long(at)?).ok()
    }

    /// Where the value of a tag stands in a directory.
    fn entry(&self, directory: usize, tag: u16) -> Option<usize> {
        let count = usize::from(self.short(directory)?);
        (0..count.min(512))
            .filter_map(|place| directory.checked_add(2 + place * 12))
            .find(|at| self.short(*at) == Some(tag))
            .and_then(|at| at.checked_add(8))
    }

    fn place(&self) -> Option<(f64, f64)> {
        let first = self.offset(4)?;
        let gps = self.offset(self.entry(first, 0x8825)?)?;
        let latitude = self.degrees(gps, 1, 2, b'S')?;
        let longitude = self.degrees(gps, 3, 4, b'W')?;
        let sane = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        // Cameras without a fix write noughts.
        (sane && (latitude, longitude) != (0.0, 0.0)).then_some((latitude, longitude))
    }

    /// Degrees, minutes and seconds as three fractions, and the hemisphere.
    fn degrees(&self, gps: usize, side: u16, value: u16, negative: u8) -> Option<f64> {
        let hemisphere = *self.bytes.get(self.entry(gps, side)?)?;
        let at = self.offset(self.entry(gps, value)?)?;
        let mut total = 0.0;
        for (place, unit) in [1.0, 60.0, 3600.0].into_iter().enumerate() {
            let here = at.checked_add(place * 8)?;
            let (above, below) = (self.long(here)?, self.long(here.checked_add(4)?)?);
            if below > 0 {
                total += f64::from(above) / f64::from(below) / unit;
            }
        }
        Some(if hemisphere == negative {
            -total
        } else {
            total
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A JPEG (SOI, APP1, a tiny picture) taken at 54° 46' 30" N, 1° 34' 12" W.
    pub(crate) fn photograph() -> Vec<u8> {
        let mut tiff =
            b"MM\0\x2a\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
        tiff.extend(b"\0\x04");
        tiff.extend(b"\0\x01\0\x02\0\0\0\x02N\0\0\0");
        tiff.extend(b"\0\x02\0\x05\0\0\0\x03\0\0\0\x50");
        tiff.extend(b"\0\x03\0\x02\0\0\0\x02W\0\0\0");
        tiff.extend(b"\0\x04\0\x05\0\0\0\x03\0\0\0\x68");
        tiff.extend(b"\0\0\0\0");
        for (above, below) in [
            (54_u32, 1_u32),
            (46, 1),
            (300, 10),
            (1, 1),
            (34, 1),
            (12, 1),
        ] {
            tiff.extend(above.to_be_bytes());
            tiff.extend(below.to_be_bytes());
        }
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe1];
        jpeg.extend(u16::try_from(tiff.len() + 8).unwrap().to_be_bytes());
        jpeg.extend(b"Exif\0\0");
        jpeg.extend(tiff);
        // A start of scan with a coded byte or two, and the end: enough for those who only walk it.
        jpeg.extend([0xff, 0xda, 0x00, 0x02, 0x12, 0x34, 0xff, 0xd9]);
        jpeg
    }

    #[test]
    fn a_photograph_tells_where_it_was_taken() {
        let (latitude, longitude) = place(&photograph()).unwrap();
        assert!((latitude - 54.775).abs() < 1e-9, "{latitude}");
        assert!((longitude + 1.57).abs() < 1e-9, "{longitude}");
        let whole = photograph();
        for end in 0..whole.len() {
            // A file that breaks off anywhere tells a place or none, and nothing breaks.
            let _ = place(&whole[..end]);
        }
        assert_eq!(place(b"\x89PNG"), None);
    }
}
