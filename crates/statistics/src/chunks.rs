//! A column's rows as kernels see them: slices of at most [`CHUNK_ROWS`] values with a bitmap of which are there.
//!
//! Every kernel that works in parallel does so over chunks and folds what they give in their order, so the chunk's
//! size is part of what a floating-point result is.

use rayon::prelude::*;

/// Rows of a chunk. Part of the definition of every result that is folded from chunks in floating point.
pub const CHUNK_ROWS: usize = 65_536;

/// The key of a row that belongs to no group: it is left out of grouped results, and counted as missing.
pub const NO_KEY: u32 = u32::MAX;

/// Rows of a column of integers.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    values: &'a [i64],
    valid: Option<&'a [u64]>,
}

impl<'a> Chunk<'a> {
    /// `values` with the bitmap of those that are there: bit `row % 64` of word `row / 64`, as Arrow has it; `None`
    /// if all are. `None` is returned for more than [`CHUNK_ROWS`] values, or a bitmap too short for them.
    pub fn new(values: &'a [i64], valid: Option<&'a [u64]>) -> Option<Self> {
        let enough = valid.is_none_or(|words| words.len() >= values.len().div_ceil(64));
        // A bitmap that says that all are there is as good as none, and loops without one are several times quicker.
        let valid = valid.filter(|words| !all_set(words, values.len()));
        (enough && values.len() <= CHUNK_ROWS).then_some(Self { values, valid })
    }

    /// Rows, with and without a value.
    pub fn rows(&self) -> usize {
        self.values.len()
    }

    /// All values, those of missing rows too.
    pub fn values(&self) -> &'a [i64] {
        self.values
    }

    pub(crate) fn has_missing(&self) -> bool {
        self.valid.is_some()
    }

    /// Whether the row has a value.
    pub fn is_used(&self, row: usize) -> bool {
        row < self.values.len()
            && self
                .valid
                .is_none_or(|words| words.get(row / 64).is_some_and(|word| (word >> (row % 64)) & 1 == 1))
    }

    /// Visits each row that has a value, in order.
    pub(crate) fn for_each_used(&self, mut visit: impl FnMut(usize, i64)) {
        let Some(words) = self.valid else {
            self.values.iter().enumerate().for_each(|(row, &value)| visit(row, value));
            return;
        };
        for (block, (values, &word)) in self.values.chunks(64).zip(words).enumerate() {
            let first = block * 64;
            if word == u64::MAX {
                values.iter().enumerate().for_each(|(bit, &value)| visit(first + bit, value));
                continue;
            }
            let mut rest = word;
            while rest != 0 {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                // Bits past the last row are nobody's.
                let Some(&value) = values.get(bit) else { break };
                visit(first + bit, value);
            }
        }
    }

    /// The values that are there.
    pub(crate) fn used(&self) -> std::borrow::Cow<'a, [i64]> {
        if self.valid.is_none() {
            return std::borrow::Cow::Borrowed(self.values);
        }
        let mut used = Vec::with_capacity(self.values.len());
        self.for_each_used(|_, value| used.push(value));
        std::borrow::Cow::Owned(used)
    }
}

/// A chunk with a key for each row (a dictionary's code, or [`NO_KEY`]).
#[derive(Debug, Clone, Copy)]
pub struct KeyedChunk<'a> {
    pub(crate) chunk: Chunk<'a>,
    pub(crate) keys: &'a [u32],
}

impl<'a> KeyedChunk<'a> {
    /// `None` unless there is a key for each row.
    pub fn new(chunk: Chunk<'a>, keys: &'a [u32]) -> Option<Self> {
        (chunk.rows() == keys.len()).then_some(Self { chunk, keys })
    }

    /// The row's key and value.
    pub(crate) fn at(&self, row: usize) -> Option<(u32, i64)> {
        Some((*self.keys.get(row)?, *self.chunk.values.get(row)?))
    }

    /// Visits each row that has a value and a key below `keys`, in order: row, key, value.
    pub(crate) fn for_each_used(&self, keys: usize, mut visit: impl FnMut(usize, usize, i64)) {
        if !self.chunk.has_missing() {
            for (row, (&value, &key)) in self.chunk.values.iter().zip(self.keys).enumerate() {
                if (key as usize) < keys {
                    visit(row, key as usize, value);
                }
            }
            return;
        }
        self.chunk.for_each_used(|row, value| {
            if let Some(&key) = self.keys.get(row)
                && (key as usize) < keys
            {
                visit(row, key as usize, value);
            }
        });
    }
}

/// Values that are all there, cut into chunks.
pub fn chunked(values: &[i64]) -> Vec<Chunk<'_>> {
    values.chunks(CHUNK_ROWS).map(|values| Chunk { values, valid: None }).collect()
}

/// The values that are there, in the order of their rows: what order statistics work on.
pub fn used_values(chunks: &[Chunk<'_>]) -> Vec<i64> {
    let parts: Vec<_> = chunks.par_iter().map(Chunk::used).collect();
    let mut values = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| values.extend_from_slice(part));
    values
}

/// Whether the first `rows` bits are all set.
fn all_set(words: &[u64], rows: usize) -> bool {
    let (full, rest) = (rows / 64, rows % 64);
    let last = (1_u64 << rest) - 1;
    words.get(..full).is_some_and(|words| words.iter().all(|&word| word == u64::MAX))
        && (rest == 0 || words.get(full).is_some_and(|word| word & last == last))
}

/// The first row of each chunk.
pub(crate) fn first_rows(rows: impl Iterator<Item = usize>) -> Vec<usize> {
    rows.scan(0, |next, rows| {
        let first = *next;
        *next += rows;
        Some(first)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_is_kept_only_if_a_row_is_missing() {
        let check = |rows: usize, words: &[u64], missing: bool| {
            let values = vec![7; rows];
            assert_eq!(
                Chunk::new(&values, Some(words)).map(|chunk| chunk.has_missing()),
                Some(missing),
                "{rows}"
            );
        };
        check(0, &[], false);
        check(3, &[0b111], false);
        check(3, &[0b1111], false);
        check(3, &[0b101], true);
        check(64, &[u64::MAX], false);
        check(64, &[u64::MAX - 1], true);
        check(65, &[u64::MAX, 1], false);
        check(65, &[u64::MAX, 0], true);
        assert!(Chunk::new(&[7; 65], Some(&[u64::MAX])).is_none());
    }
}
