//! Photographs without what they tell beyond the picture: where and when, with which
//! camera, by whom, thumbnails of what was cut away, hidden second pictures and films.
//! The picture itself is not touched. Its orientation is kept, or phones' pictures would
//! lie on their side.

use img_parts::png::Png;
use img_parts::riff::RiffChunk;
use img_parts::webp::WebP;
use img_parts::{Bytes, ImageEXIF as _};

use super::MediaType;

/// A photograph without metadata; none where the type is not one that pages show, or the
/// file is damaged.
#[must_use]
pub fn without_metadata(media_type: MediaType, content: Bytes) -> Option<Bytes> {
    match media_type.as_str() {
        "image/jpeg" => jpeg(&content).map(Bytes::from),
        "image/png" => png(content),
        "image/webp" => webp(content),
        _ => None,
    }
}

/// Walks the segments of a JPEG (ITU T.81, annex B) and keeps those that make the picture:
/// everything but application segments and comments, of which JFIF, the colour profile and
/// Adobe's colour transform stay. What follows the end of the picture goes.
fn jpeg(content: &[u8]) -> Option<Vec<u8>> {
    let mut rest = content.strip_prefix(&[0xff, 0xd8])?;
    let mut out = vec![0xff, 0xd8];
    let mut picture = false;
    if let Some(exif) = jpeg_exif(content).as_deref().and_then(orientation) {
        let tiff = only_orientation(exif);
        let length = u16::try_from(2 + 6 + tiff.len()).ok()?;
        out.extend([0xff, 0xe1]);
        out.extend(length.to_be_bytes());
        out.extend(b"Exif\0\0");
        out.extend(tiff);
    }
    loop {
        let (marker, body, after) = segment(rest)?;
        if marker == 0xd9 {
            out.extend([0xff, 0xd9]);
            return picture.then_some(out);
        }
        let keep = match marker {
            0xe0 => body.starts_with(b"JFIF\0"),
            0xe2 => body.starts_with(b"ICC_PROFILE\0"),
            0xee => body.starts_with(b"Adobe"),
            0xe1..=0xef | 0xfe => false,
            _ => true,
        };
        if keep {
            out.extend([0xff, marker]);
            if let Some(length) = u16::try_from(body.len() + 2)
                .ok()
                .filter(|_| has_body(marker))
            {
                out.extend(length.to_be_bytes());
                out.extend(body);
            }
        }
        rest = after;
        if marker == 0xda {
            picture = true;
            // The coded picture: up to the next marker that is neither a stuffed byte nor a restart.
            let end = rest.windows(2).position(|pair| {
                pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7 | 0xff)
            })?;
            out.extend(&rest[..end]);
            rest = &rest[end..];
        }
    }
}

fn has_body(marker: u8) -> bool {
    !matches!(marker, 0x01 | 0xd0..=0xd9)
}

/// The next segment: its marker, its body, and what follows.
fn segment(rest: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let rest = rest.strip_prefix(&[0xff])?;
    let fill = rest.iter().take_while(|byte| **byte == 0xff).count();
    let (marker, rest) = rest.get(fill..)?.split_first()?;
    if !has_body(*marker) {
        return Some((*marker, &[], rest));
    }
    let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
    Some((*marker, rest.get(2..length)?, rest.get(length..)?))
}

fn jpeg_exif(content: &[u8]) -> Option<Vec<u8>> {
    let mut rest = content.get(2..)?;
    loop {
        let (marker, body, after) = segment(rest)?;
        match marker {
            0xe1 if body.starts_with(b"Exif\0\0") => return Some(body[6..].to_vec()),
            0xda | 0xd9 => return None,
            _ => rest = after,
        }
    }
}

/// The orientation, 2 to 8, in a TIFF structure's first directory (tag 274); none where it
/// is missing or upright.
fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II\x2a\0" => true,
        b"MM\0\x2a" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let bytes = [*tiff.get(at)?, *tiff.get(at + 1)?];
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let word = |at: usize| -> Option<usize> {
        let (a, b) = (u32::from(short(at)?), u32::from(short(at + 2)?));
        usize::try_from(if little { b << 16 | a } else { a << 16 | b }).ok()
    };
    let directory = word(4)?;
    for entry in 0..usize::from(short(directory)?) {
        let at = directory.checked_add(2 + entry * 12)?;
        if short(at)? == 274 {
            return u8::try_from(short(at + 8)?)
                .ok()
                .filter(|value| (2..=8).contains(value));
        }
    }
    None
}

/// A TIFF structure that holds an orientation and nothing else.
fn only_orientation(value: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([value, 0, 0, 0, 0, 0, 0]);
    tiff
}

/// Keeps the chunks that the picture needs (W3C PNG, third edition), animation included.
fn png(content: Bytes) -> Option<Bytes> {
    const KEPT: [&[u8; 4]; 16] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT",
        b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"cICP",
    ];
    let mut image = Png::from_bytes(content).ok()?;
    let turned = image.exif().as_deref().and_then(orientation);
    image
        .chunks_mut()
        .retain(|chunk| KEPT.contains(&&chunk.kind()));
    image.set_exif(turned.map(|value| only_orientation(value).into()));
    Some(image.encoder().bytes())
}

/// Keeps the chunks that the picture needs (RFC 9649), animation included.
fn webp(content: Bytes) -> Option<Bytes> {
    const KEPT: [&[u8; 4]; 7] = [
        b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
    ];
    let mut image = WebP::from_bytes(content).ok()?;
    let turned = image.exif().as_deref().and_then(orientation);
    image
        .chunks_mut()
        .retain(|chunk: &RiffChunk| KEPT.contains(&&chunk.id()));
    image.set_exif(turned.map(|value| only_orientation(value).into()));
    Some(image.encoder().bytes())
}
