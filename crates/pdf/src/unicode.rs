//! What a glyph's Unicode becomes in a word: ligatures spelled out, invisible characters removed.
//!
//! Called once per glyph while a page is collected. Characters that can hide text from a reader's eyes but not from
//! a model's (zero-width, directional, tag characters) never reach a word.

use compact_str::CompactString;

/// The most characters one glyph may stand for. A ligature has three; a file can claim thousands.
const CHARACTERS_PER_GLYPH_MAX: usize = 16;

/// What one glyph says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum GlyphText {
    /// A space of any kind.
    Space,
    /// Nothing: the glyph is dropped.
    Nothing,
    /// A place where a word may be parted. Behind a letter it says nothing, behind a figure it is the dash people see.
    SoftHyphen,
    /// Characters without spaces among them.
    Text(CompactString),
    /// The glyph has no meaning that can be told.
    Unmapped,
}

/// Reads the Unicode a font claims for a glyph; `None` where it claims none.
pub(crate) fn read(claimed: Option<&str>) -> GlyphText {
    claimed.map_or(GlyphText::Unmapped, |claimed| read_characters(claimed.chars()))
}

/// Reads the characters a font claims for a glyph.
pub(crate) fn read_characters(claimed: impl Iterator<Item = char>) -> GlyphText {
    let mut text = CompactString::default();
    let mut space = false;
    let mut soft_hyphen = false;
    for character in claimed.take(CHARACTERS_PER_GLYPH_MAX) {
        match character {
            // The font's maker gave these codes a meaning of its own, which nobody else knows.
            '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. | '\u{fffd}' => return GlyphText::Unmapped,
            '\0' => {}
            '\u{ad}' => soft_hyphen = true,
            _ if character.is_whitespace() => space = true,
            _ if character.is_control() => return GlyphText::Unmapped,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => {}
            '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}' => {}
            '\u{fb00}' => text.push_str("ff"),
            '\u{fb01}' => text.push_str("fi"),
            '\u{fb02}' => text.push_str("fl"),
            '\u{fb03}' => text.push_str("ffi"),
            '\u{fb04}' => text.push_str("ffl"),
            '\u{fb05}' | '\u{fb06}' => text.push_str("st"),
            _ => text.push(character),
        }
    }
    match (text.is_empty(), space) {
        (false, _) => GlyphText::Text(text),
        (true, true) => GlyphText::Space,
        (true, false) if soft_hyphen => GlyphText::SoftHyphen,
        (true, false) => GlyphText::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(claimed: &str, expected: GlyphText) {
        assert_eq!(read(Some(claimed)), expected, "{claimed:?}");
    }

    #[test]
    fn glyph_texts() {
        let text = |text: &str| GlyphText::Text(text.into());
        check("a", text("a"));
        check("\u{fb01}", text("fi"));
        check("\u{fb04}", text("ffl"));
        check("\u{ad}", GlyphText::SoftHyphen);
        check("a\u{ad}", text("a"));
        check("\0", GlyphText::Nothing);
        check("a\u{202e}b", text("ab"));
        check("\u{200b}", GlyphText::Nothing);
        check("\u{e0041}", GlyphText::Nothing);
        check("\u{a0}", GlyphText::Space);
        check("\t", GlyphText::Space);
        check("\u{3}", GlyphText::Unmapped);
        check("\u{f0b7}", GlyphText::Unmapped);
        check(&"x".repeat(100), text(&"x".repeat(CHARACTERS_PER_GLYPH_MAX)));
        assert_eq!(read(None), GlyphText::Unmapped);
    }
}
