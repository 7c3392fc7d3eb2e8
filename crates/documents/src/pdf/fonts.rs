//! The fonts of every document: Noto Sans, and DejaVu Sans for letters and signs that Noto Sans
//! has not (Arabic, Georgian, arrows, ticks). Both are free and come in crates.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

pub(super) static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::load);

pub(super) struct Fonts {
    pub(super) book: LazyHash<FontBook>,
    pub(super) fonts: Vec<Font>,
}

impl Fonts {
    fn load() -> Self {
        let fonts: Vec<Font> = [
            notosans::REGULAR_TTF,
            notosans::BOLD_TTF,
            dejavu::sans::regular(),
            dejavu::sans::bold(),
        ]
        .into_iter()
        .flat_map(|bytes| Font::iter(Bytes::new(bytes)))
        .collect();
        Self {
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
        }
    }

    /// Whether a letter can be shown, bold or not. Private letters mean nothing to anyone else.
    pub(super) fn have(&self, letter: char) -> bool {
        if letter.is_ascii() {
            return !letter.is_ascii_control();
        }
        let private = matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
        !private
            && !letter.is_control()
            && [&self.fonts.get(..2), &self.fonts.get(2..)]
                .into_iter()
                .flatten()
                .any(|family| {
                    !family.is_empty()
                        && family
                            .iter()
                            .all(|font| font.info().coverage.contains(u32::from(letter)))
                })
    }
}
