//! What glyphs of simple fonts say, where neither a `ToUnicode` map nor their names tell by the Adobe glyph list: of fonts
//! that the file itself draws (Type 3), and of Type 1 fonts.
//!
//! Called by [`fonts`](crate::fonts) for such glyphs alone. Two things tell: names by which IBM's printers know their
//! characters, and codes that can't be anything but Latin text. The interpreter doesn't say which font drew a glyph;
//! where fonts that could have, by code and advance, disagree, nobody knows.

use std::collections::{BTreeMap, HashMap};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object};

use crate::font_dictionary::dictionaries_of;
use crate::printer_names;

/// Fonts looked at in one file. A paper of old has some dozen.
const FONTS_MAX: usize = 500;
/// Entries of a font's list of names; one has 256 codes, each with a number before its name at most.
const DIFFERENCES_MAX: usize = 512;
/// Advances closer than this share are one.
const ADVANCE_TOLERANCE: f32 = 1e-3;
/// The least number of codes that say anything about how a font's codes were chosen.
const CODES_MIN: usize = 8;
/// Glyphs that were numbered through leave no code out. A font's codes fill at most this share of their span (in percent)
/// if they are letters of a text.
const FILLED_PERCENT_MAX: usize = 80;
/// Codes that most Latin text needs.
const VOWELS: [u8; 4] = *b"aeio";
/// The least number of [`VOWELS`] in a font whose codes are letters.
const VOWELS_MIN: usize = 2;
/// TeX's codes for the ligatures ff, fi, fl, ffi and ffl, which stand in fonts of Latin text beside printable codes.
const TEX_LIGATURES: std::ops::RangeInclusive<u8> = 0x0b..=0x0f;

/// The simple fonts of a file that state names of their own.
pub(crate) struct SimpleFonts {
    fonts: Vec<SimpleFont>,
    /// What a code of an advance says.
    known: HashMap<(u8, u32), Option<String>>,
}

impl SimpleFonts {
    /// Looks the fonts of `pdf` up.
    pub(crate) fn new(pdf: &Pdf) -> Self {
        let fonts = dictionaries_of(pdf).filter_map(|font| SimpleFont::new(&font));
        Self { fonts: fonts.take(FONTS_MAX).collect(), known: HashMap::new() }
    }

    /// What the glyph of a code and an advance says, if all fonts that could have drawn it agree.
    pub(crate) fn meaning(&mut self, code: u32, advance: Option<f32>) -> Option<String> {
        let (code, advance) = (u8::try_from(code).ok()?, advance?);
        let fonts = &self.fonts;
        let meaning = self.known.entry((code, advance.to_bits())).or_insert_with(|| {
            let mut meanings =
                fonts.iter().filter(|font| font.may_draw(code, advance)).map(|font| font.meaning(code));
            let first = meanings.next()??;
            meanings.all(|meaning| meaning.as_ref() == Some(&first)).then_some(first)
        });
        meaning.clone()
    }
}

/// One font: its glyphs' names and advances, by code.
struct SimpleFont {
    glyphs: BTreeMap<u8, (String, f32)>,
    is_latin: bool,
}

impl SimpleFont {
    fn new(font: &Dict<'_>) -> Option<Self> {
        let is_drawn = match &*font.get::<Name<'_>>("Subtype")? {
            b"Type3" => true,
            b"Type1" | b"MMType1" | b"TrueType" => false,
            _ => return None,
        };
        let drawn = font.get::<Dict<'_>>("CharProcs").unwrap_or_default();
        let differences = font.get::<Dict<'_>>("Encoding")?.get::<Array<'_>>("Differences")?;
        let first = font.get::<u32>("FirstChar").unwrap_or(0);
        let scale = font.get::<[f64; 6]>("FontMatrix").map_or(0.001, |[scale, ..]| scale);
        let widths: Vec<f32> = font
            .get::<Array<'_>>("Widths")
            .into_iter()
            .flat_map(|widths| widths.iter::<f32>().take(256))
            .collect();
        let mut glyphs = BTreeMap::new();
        let mut code = 0_i64;
        for entry in differences.iter::<Object<'_>>().take(DIFFERENCES_MAX) {
            match entry {
                Object::Number(number) => code = number.as_i64(),
                Object::Name(name) => {
                    if let Ok(code) = u8::try_from(code)
                        && (!is_drawn || drawn.contains_key(&*name))
                    {
                        let place =
                            u32::from(code).checked_sub(first).and_then(|place| usize::try_from(place).ok());
                        let width = place.and_then(|place| widths.get(place)).copied().unwrap_or(0.0);
                        glyphs.insert(code, (name.as_str().to_owned(), width * narrow(scale) * 1000.0));
                    }
                    code = code.saturating_add(1);
                }
                Object::Null(_)
                | Object::Boolean(_)
                | Object::String(_)
                | Object::Array(_)
                | Object::Dict(_)
                | Object::Stream(_) => {}
            }
        }
        let codes: Vec<u8> = glyphs.keys().copied().collect();
        Some(Self { is_latin: are_latin(&codes), glyphs })
    }

    fn may_draw(&self, code: u8, advance: f32) -> bool {
        self.glyphs
            .get(&code)
            .is_some_and(|(_, own)| (own - advance).abs() <= ADVANCE_TOLERANCE * advance.abs().max(1.0))
    }

    fn meaning(&self, code: u8) -> Option<String> {
        let (name, _) = self.glyphs.get(&code)?;
        let letter = printer_names::meaning(name)
            .or_else(|| (self.is_latin && is_common(code)).then(|| char::from(code)))?;
        Some(letter.to_string())
    }
}

/// Whether a font's codes, ascending, can't be anything but characters of Latin text.
///
/// Glyphs may be numbered in the order of their use, or as another font numbers them. The former leaves no number
/// out; the latter puts small letters (from 68 on in common fonts) where capitals have their codes, and digits below
/// the printable ones.
fn are_latin(codes: &[u8]) -> bool {
    let (Some(&first), Some(&last)) = (codes.first(), codes.last()) else { return false };
    let span = usize::from(last.saturating_sub(first)) + 1;
    let letters = codes.iter().filter(|code| code.is_ascii_alphabetic()).count();
    let small = codes.iter().filter(|code| code.is_ascii_lowercase()).count();
    codes.len() >= CODES_MIN
        && codes.iter().all(|code| matches!(code, b' '..=b'~') || TEX_LIGATURES.contains(code))
        && codes.len() * 100 <= span * FILLED_PERCENT_MAX
        && small * 2 > letters
        && VOWELS.iter().filter(|vowel| codes.contains(vowel)).count() >= VOWELS_MIN
}

/// Whether ASCII and the encodings of TeX's text fonts have the same character at a code.
fn is_common(code: u8) -> bool {
    code.is_ascii_alphanumeric() || b" !#$%&'()*+,-./:;=?@[]`".contains(&code)
}

/// Advances are stated and compared in single precision.
#[expect(clippy::cast_possible_truncation, reason = "rounding a scale to single precision is meant")]
fn narrow(scale: f64) -> f32 {
    scale as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(codes: &str, expected: bool) {
        let mut codes = codes.as_bytes().to_vec();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(are_latin(&codes), expected, "{codes:?}");
    }

    #[test]
    fn codes_that_are_letters() {
        check("A quantile-copula approach to conditional density estimation.", true);
        check("Total 1.234,50 due by the first\x0c of May", true);
        // Numbered through, from wherever.
        check("abcdefghijklmnop", false);
        check(
            "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz",
            false,
        );
        // As another font numbers them: "Volume in total" 29 lower.
        check("9ROXPH LQ WRWDO", false);
        // Too few, or without what text needs.
        check("ab", false);
        check("TOTAL 1.234,50", false);
        check("TOTAL INVOICE ae", false);
        check("bcdfgnrty 12", false);
        check("A quantile-copula\x01", false);
    }
}
