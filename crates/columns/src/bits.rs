//! A row of bits in 64-bit words: which rows have a value.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Bits in order of rows: row `i` is bit `i % 64` of word `i / 64`. Bits behind the last are zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

/// Whether bit `row` of these words is set: a chunk's validity, and its truth values.
pub fn is_set(words: &[u64], row: usize) -> bool {
    words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

impl Bits {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { words: Vec::with_capacity(rows.div_ceil(64)), len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, row: usize) -> bool {
        is_set(&self.words, row)
    }

    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    pub(crate) fn into_words(self) -> Vec<u64> {
        self.words
    }

    #[inline]
    pub(crate) fn push(&mut self, bit: bool) {
        let place = self.len % 64;
        if place == 0 {
            self.words.push(u64::from(bit));
        } else if let Some(word) = self.words.last_mut() {
            *word |= u64::from(bit) << place;
        }
        self.len += 1;
    }

    pub(crate) fn clear(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word &= !(1 << (row % 64));
        }
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        if len >= self.len {
            return;
        }
        self.words.truncate(len.div_ceil(64));
        if let (Some(word), 1..) = (self.words.last_mut(), len % 64) {
            *word &= (1 << (len % 64)) - 1;
        }
        self.len = len;
    }

    /// These ranges of bits, one behind the other.
    pub(crate) fn kept(&self, ranges: &[Range<u32>]) -> Self {
        let mut kept = Self::with_capacity(ranges.iter().map(Range::len).sum());
        ranges.iter().for_each(|range| kept.extend(self, range.start as usize, range.len()));
        kept
    }

    /// Appends bits `start..start + count` of `other`; those it doesn't have are zero.
    pub(crate) fn extend(&mut self, other: &Self, start: usize, count: usize) {
        let (mut at, end) = (start, start + count);
        while at < end {
            // As many bits as the last word has room for, and no more than are asked for.
            let room = 64 - self.len % 64;
            let taken = room.min(end - at);
            let low = other.words.get(at / 64).copied().unwrap_or(0) >> (at % 64);
            let high = match at % 64 {
                0 => 0,
                shift => other.words.get(at / 64 + 1).copied().unwrap_or(0) << (64 - shift),
            };
            let mask = if taken == 64 { u64::MAX } else { (1 << taken) - 1 };
            let bits = (low | high) & mask;
            match self.len % 64 {
                0 => self.words.push(bits),
                place => {
                    if let Some(word) = self.words.last_mut() {
                        *word |= bits << place;
                    }
                }
            }
            self.len += taken;
            at += taken;
        }
    }

    /// Whether it is as this module makes them: as many words as bits need, and nothing behind the last bit.
    pub(crate) fn is_sound(&self) -> bool {
        let rest = self.len % 64;
        let last = self.words.last().copied().unwrap_or(0);
        self.words.len() == self.len.div_ceil(64) && (rest == 0 || last >> rest == 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(values: &[bool]) -> Bits {
        let mut bits = Bits::default();
        values.iter().for_each(|&value| bits.push(value));
        bits
    }

    fn values(bits: &Bits) -> Vec<bool> {
        (0..bits.len()).map(|row| bits.get(row)).collect()
    }

    proptest! {
        #[test]
        fn bits_are_a_list_of_truth_values(
            left in prop::collection::vec(any::<bool>(), 0..200),
            right in prop::collection::vec(any::<bool>(), 0..200),
            start in 0_usize..200,
            len in 0_usize..200,
        ) {
            let start = start.min(right.len());
            let mut joined = bits(&left);
            joined.extend(&bits(&right), start, right.len() - start);
            let mut expected = left.clone();
            expected.extend(&right[start..]);
            prop_assert_eq!(values(&joined), expected.clone());
            prop_assert!(joined.is_sound());
            joined.truncate(len);
            expected.truncate(len);
            prop_assert_eq!(&joined, &bits(&expected));
            prop_assert!(joined.is_sound());
        }
    }
}
