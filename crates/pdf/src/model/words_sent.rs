//! A line's words as one piece of bytes, as they are sent from one process to another.
//!
//! Used by [`Line`](super::Line)'s serialisation alone. Most of what a reading process answers is words, and a page of them
//! field by field costs several times as much as this: 4 bytes that say how many words there are; for each, 4 bytes that
//! say how many its text has, and the 16 of its box; then the texts. All numbers are little-endian.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserializer, Serializer};

use super::Word;
use super::bounds::{self, Bounds};

/// A number of words or bytes.
const COUNT_BYTES: usize = size_of::<u32>();
/// What is said of a word beside its text.
const WORD_BYTES: usize = COUNT_BYTES + bounds::BYTES;

pub(super) fn serialize<S: Serializer>(words: &[Word], serializer: S) -> Result<S::Ok, S::Error> {
    let count = |count: usize| u32::try_from(count).map(u32::to_le_bytes).map_err(serde::ser::Error::custom);
    let text_bytes: usize = words.iter().map(|word| word.text.len()).sum();
    let mut bytes = Vec::with_capacity(COUNT_BYTES + words.len() * WORD_BYTES + text_bytes);
    bytes.extend(count(words.len())?);
    for word in words {
        bytes.extend(count(word.text.len())?);
        bytes.extend(word.bounds.to_bytes());
    }
    for word in words {
        bytes.extend_from_slice(word.text.as_bytes());
    }
    serializer.serialize_bytes(&bytes)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Word>, D::Error> {
    deserializer.deserialize_bytes(Words)
}

struct Words;

impl Visitor<'_> for Words {
    type Value = Vec<Word>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the bytes of a line's words")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<Word>, E> {
        read(bytes).ok_or_else(|| E::invalid_length(bytes.len(), &self))
    }
}

/// The words; none where the bytes aren't those of words.
fn read(bytes: &[u8]) -> Option<Vec<Word>> {
    let (words, rest) = bytes.split_first_chunk::<COUNT_BYTES>()?;
    let words = usize::try_from(u32::from_le_bytes(*words)).ok()?;
    let (said, texts) = rest.split_at_checked(words.checked_mul(WORD_BYTES)?)?;
    let mut texts = str::from_utf8(texts).ok()?;
    let (said, _) = said.as_chunks::<WORD_BYTES>();
    let mut words = Vec::with_capacity(said.len());
    for word in said {
        let (text_bytes, bounds) = word.split_first_chunk::<COUNT_BYTES>()?;
        let (text, further) =
            texts.split_at_checked(usize::try_from(u32::from_le_bytes(*text_bytes)).ok()?)?;
        texts = further;
        words.push(Word { text: text.into(), bounds: Bounds::of_bytes(bounds)? });
    }
    texts.is_empty().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[&[u8]], expected: Option<&[&str]>) {
        let found = read(&bytes.concat());
        let texts =
            found.as_ref().map(|words| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>());
        assert_eq!(texts.as_deref(), expected);
    }

    #[test]
    fn bytes_of_nobody_are_no_words() {
        let (one, box_) = (1_u32.to_le_bytes(), [0; bounds::BYTES]);
        check(&[&[0; 4]], Some(&[]));
        check(&[&one, &one, &box_, b"a"], Some(&["a"]));
        check(&[], None);
        check(&[&one], None);
        check(&[&one, &one, &box_], None);
        check(&[&one, &one, &box_, b"ab"], None);
        check(&[&one, &one, &box_, b"\xff"], None);
        // Half a letter.
        check(&[&one, &one, &box_, "é".as_bytes()], None);
        check(&[&u32::MAX.to_le_bytes(), &one, &box_, b"a"], None);
        check(&[&one, &u32::MAX.to_le_bytes(), &box_, b"a"], None);
    }
}
