//! Strings of the file as text, within a budget for all of them.
//!
//! Used by every part of [`facts`](crate::facts()). A string is cut before it is decoded: one long string may be named by
//! a million objects.

use lopdf::{Dictionary, Document, Object, StringFormat};

/// Characters kept of all strings together. 1,000,000: a book's outline has 50,000, a long form filled in 100,000.
const CHARACTERS_MAX: usize = 1_000_000;
/// Bytes a character takes at most in the encodings of PDF, with room for the mark in front.
const CHARACTER_BYTES_MAX: usize = 4;

/// Turns strings into text until the budget is spent.
pub(super) struct Texts<'a> {
    pub(super) document: &'a Document,
    characters_left: usize,
}

impl<'a> Texts<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document, characters_left: CHARACTERS_MAX }
    }

    /// Whether the budget is spent; all further texts are empty.
    pub(super) fn is_spent(&self) -> bool {
        self.characters_left == 0
    }

    /// An entry of a dictionary as one line of at most `characters_max`; none where it is absent or blank.
    pub(super) fn line(
        &mut self,
        dictionary: &Dictionary,
        key: &[u8],
        characters_max: usize,
    ) -> Option<String> {
        let object = dictionary.get_deref(key, self.document).ok()?;
        let text = self.decode(bytes(object)?, characters_max);
        let line = text.replace(['\n', '\t'], " ");
        Some(line.trim().to_owned()).filter(|line| !line.is_empty())
    }

    /// Bytes of a string as text with its line breaks, at most `characters_max`.
    pub(super) fn decode(&mut self, bytes: &[u8], characters_max: usize) -> String {
        let characters_max = characters_max.min(self.characters_left);
        let text = decode(bytes, characters_max);
        self.characters_left = self.characters_left.saturating_sub(text.chars().count());
        text
    }
}

/// The bytes of a string or a name.
pub(super) fn bytes(object: &Object) -> Option<&[u8]> {
    object.as_str().or_else(|_| object.as_name()).ok()
}

fn decode(bytes: &[u8], characters_max: usize) -> String {
    let bytes_max = characters_max.saturating_add(1).saturating_mul(CHARACTER_BYTES_MAX);
    let bytes = bytes.get(..bytes_max).unwrap_or(bytes);
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // Not in the standard, and written nevertheless.
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        plain => lopdf::decode_text_string(&Object::String(plain.to_vec(), StringFormat::Literal))
            .unwrap_or_default(),
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_kept = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    text.chars().filter(is_kept).take(characters_max).collect()
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().copied().map(unit);
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(decode(bytes, 10), expected, "{bytes:?}");
    }

    #[test]
    fn encodings() {
        check(b"", "");
        check(b"Rechnung", "Rechnung");
        check(b"M\xfcller \xa0 \x84", "Müller € —");
        check(b"\xfe\xff\x00M\x00\xfc\x8a\xcb", "Mü請");
        check(b"\xfe\xff\xd8\x3d\xde\x00\x00", "😀");
        check(b"\xfe\xff\xd8\x3d\x00A", "\u{fffd}A");
        check(b"\xff\xfeM\x00\xfc\x00", "Mü");
        check(b"\xef\xbb\xbfM\xc3\xbc\xff", "Mü\u{fffd}");
        check(b"a\r\nb\rc\nd\x00\x07e", "a\nb\nc\nde");
        check(b"12345678901", "1234567890");
        check(&[b"\xfe\xff".as_slice(), &[0, b'x'].repeat(1_000_000)].concat(), "xxxxxxxxxx");
    }

    #[test]
    fn the_budget_ends() {
        let document = Document::new();
        let mut texts = Texts::new(&document);
        let long = vec![b'x'; CHARACTERS_MAX - 1];
        assert_eq!(texts.decode(&long, CHARACTERS_MAX).len(), CHARACTERS_MAX - 1);
        assert_eq!(texts.decode(b"xyz", 10), "x");
        assert!(texts.is_spent());
        assert_eq!(texts.decode(b"xyz", 10), "");
    }
}
