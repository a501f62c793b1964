//! Which character set the bytes of Chinese, Japanese and Korean text are in, where programs of old wrote it with simple
//! fonts that state a Latin encoding.
//!
//! Called by the glyph collector where a font that isn't embedded draws codes beyond ASCII. The evidence is the font's
//! own name: it is written in the same character set, and is that of a known family. Glyphs don't say which font drew
//! them, so a file in which other fonts could have drawn them is left alone.

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Dict, Name};
use hayro::hayro_syntax::page::Page as SourcePage;

use crate::font_dictionary::{dictionaries_of, program_of};

/// Fonts looked at on one page, and in the file; real ones have tens.
const FONTS_MAX: usize = 1_000;
/// Character sets, and what the names of fonts of each hold when read as such.
const FAMILIES: [(&Encoding, &[&str]); 4] = [
    (GBK, &["宋", "黑体", "楷体", "隶书", "幼圆", "华文", "方正"]),
    (BIG5, &["明體", "楷體", "黑體", "圓體", "宋體", "隸書"]),
    (SHIFT_JIS, &["ＭＳ", "明朝", "ゴシック"]),
    (EUC_KR, &["굴림", "바탕", "돋움", "궁서", "명조", "고딕"]),
];

/// Whether a font of `page` is named in such a character set. Nearly all files have none.
pub(crate) fn are_on(page: &SourcePage<'_>) -> bool {
    let fonts = &page.resources().fonts;
    let mut on_page = fonts.keys().take(FONTS_MAX).filter_map(|name| fonts.get::<Dict<'_>>(&*name));
    on_page.any(|font| named_in(&font).is_some())
}

/// The one character set of all fonts of a file that aren't embedded, if they are of a known family each.
pub(crate) fn character_set(pdf: &Pdf) -> Option<&'static Encoding> {
    let in_file = dictionaries_of(pdf);
    let mut sets = in_file.filter(may_be_meant).take(FONTS_MAX).map(|font| named_in(&font));
    let first = sets.next()??;
    sets.all(|set| set == Some(first)).then_some(first)
}

/// What two bytes say together.
pub(crate) fn character(set: &'static Encoding, lead: u8, trail: u8) -> Option<String> {
    let bytes = [lead, trail];
    let text = set.decode_without_bom_handling_and_without_replacement(&bytes)?;
    (text.chars().count() == 1).then(|| text.into_owned())
}

/// Whether a dictionary is a simple font whose glyphs look like those of one that isn't embedded.
///
/// Embedded Type 1 fonts are among them, since the interpreter tells nothing of their glyphs.
fn may_be_meant(font: &Dict<'_>) -> bool {
    let kind = font.get::<Name<'_>>("Subtype");
    kind.is_some_and(|kind| match &*kind {
        b"TrueType" => program_of(font).is_none(),
        b"Type1" | b"MMType1" => font.contains_key("BaseFont"),
        _ => false,
    })
}

/// The character set that the name of a font without a program is written in.
fn named_in(font: &Dict<'_>) -> Option<&'static Encoding> {
    let name = font.get::<Name<'_>>("BaseFont").filter(|name| !name.is_ascii())?;
    if font.contains_key("ToUnicode") || font.contains_key("DescendantFonts") {
        return None;
    }
    FAMILIES.into_iter().find_map(|(set, families)| {
        let name = set.decode_without_bom_handling_and_without_replacement(&name)?;
        families.iter().any(|family| name.contains(family)).then_some(set)
    })
}
