//! What the glyphs of a page say, by whatever tells: the interpreter, or where it knows nothing the file's fonts.
//!
//! Called by the glyph collector for every glyph.

use encoding_rs::Encoding;
use hayro::hayro_interpret::Paint;
use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_syntax::page::Page as SourcePage;

use crate::fonts::Fonts;
use crate::legacy_fonts;
use crate::unicode::{self, GlyphText};

/// The meanings of one page's glyphs.
pub(crate) struct Meanings<'f, 'd> {
    source: &'f SourcePage<'f>,
    fonts: &'f mut Fonts<'d>,
    /// The character set of simple fonts, once it was asked for; within, none where they are of Latin text.
    legacy: Option<Option<&'static Encoding>>,
}

impl<'f, 'd> Meanings<'f, 'd> {
    /// Those of the page `source`; nothing is looked up yet.
    pub(crate) fn new(source: &'f SourcePage<'f>, fonts: &'f mut Fonts<'d>) -> Self {
        Self { source, fonts, legacy: None }
    }

    /// What a glyph drawn with `paint` says.
    pub(crate) fn of<'a>(&mut self, glyph: &Glyph<'a>, paint: &Paint<'a>) -> GlyphText {
        let claimed = glyph.as_unicode();
        let said = match &claimed {
            Some(BfString::Char(character)) => unicode::read_characters([*character].into_iter()),
            Some(BfString::String(text)) => unicode::read(Some(text)),
            None => GlyphText::Unmapped,
        };
        if said == GlyphText::SoftHyphen && is_empty(glyph) {
            return GlyphText::Nothing;
        }
        if said != GlyphText::Unmapped {
            return said;
        }
        let claimed = claimed.map(|claimed| match claimed {
            BfString::Char(character) => character.to_string(),
            BfString::String(text) => text,
        });
        let meaning = match glyph {
            Glyph::Outline(glyph) => self.fonts.meaning(glyph, claimed.as_deref()),
            Glyph::Type3(glyph) => self.fonts.drawn_meaning(glyph, paint),
        };
        unicode::read(meaning.as_deref())
    }

    /// What two glyphs say together that are the bytes of one character.
    pub(crate) fn of_two(&mut self, lead: &Glyph<'_>, trail: &Glyph<'_>) -> Option<String> {
        let lead_code = u8::try_from(lead.char_code()).ok().filter(|code| !code.is_ascii())?;
        let (fonts, source) = (&mut *self.fonts, self.source);
        let set = (*self.legacy.get_or_insert_with(|| fonts.legacy_character_set(source)))?;
        match lead {
            Glyph::Outline(outline) if outline.font_data().is_none() => {}
            Glyph::Outline(_) | Glyph::Type3(_) => return None,
        }
        legacy_fonts::character(set, lead_code, u8::try_from(trail.char_code()).ok()?)
    }
}

/// Whether an outline leaves no ink. What the file draws itself is taken to leave some, and so is what a font draws that
/// isn't in the file: viewers have one with a hyphen.
fn is_empty(glyph: &Glyph<'_>) -> bool {
    match glyph {
        Glyph::Outline(glyph) => glyph.font_data().is_some() && glyph.outline().is_empty(),
        Glyph::Type3(_) => false,
    }
}
