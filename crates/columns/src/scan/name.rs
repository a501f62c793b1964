//! Names of members, recognised where they are expected without being read first.

use super::words::plain_bytes;

/// A name of a member, prepared to be recognised where it is expected.
#[derive(Debug)]
pub(crate) struct Name {
    text: Box<str>,
    /// The name and its closing quote as they stand in a text that needs no escapes; nothing if it does.
    quoted: Box<[u8]>,
    /// The first eight bytes of that, and which of them there are.
    word: u64,
    mask: u64,
    /// The last eight, if there are as many.
    last: u64,
}

impl Name {
    pub(crate) fn new(text: &str) -> Self {
        let is_plain = plain_bytes(text.as_bytes()) == text.len();
        let quoted = if is_plain { format!("{text}\"") } else { String::new() };
        let mut first = [0; 8];
        let mut mask = [0; 8];
        for ((first, mask), byte) in first.iter_mut().zip(&mut mask).zip(quoted.bytes()) {
            (*first, *mask) = (byte, 0xFF);
        }
        let last = quoted.as_bytes().last_chunk().copied().map_or(0, u64::from_le_bytes);
        Self {
            text: text.into(),
            quoted: quoted.into_bytes().into(),
            last,
            word: u64::from_le_bytes(first),
            mask: u64::from_le_bytes(mask),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How long it is with its closing quote, if it stands here.
    #[inline]
    pub(super) fn len_at(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let here = bytes.get(at..)?;
        let word = u64::from_le_bytes(*here.first_chunk()?);
        let len = self.quoted.len();
        let begins = word & self.mask == self.word && len > 0;
        let ends = match len {
            ..=8 => true,
            9..=16 => {
                here.get(len - 8..)?.first_chunk().is_some_and(|last| u64::from_le_bytes(*last) == self.last)
            }
            _ => here.get(8..len) == self.quoted.get(8..),
        };
        (begins && ends).then_some(len)
    }
}
