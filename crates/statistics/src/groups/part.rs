//! The rows of a few chunks, sorted by key: what one task of a partition does, in memory that a core's caches hold.

use super::narrow::{all_fit, narrow, wide};
use crate::KeyedChunk;

/// The values of one part, by group.
#[derive(Debug, Clone)]
pub(super) struct Part {
    values: Values,
    /// Where each group's values end.
    ends: Vec<u32>,
    /// Rows of each group without a value; empty if there are none.
    missing: Vec<u32>,
}

/// Values in the order of their groups, and within one of their rows.
#[derive(Debug, Clone)]
enum Values {
    /// All of the part fit in 32 bits: half the memory to scatter to.
    Narrow(Vec<u32>),
    Wide(Vec<i64>),
}

impl Part {
    pub(super) fn of(chunks: &[KeyedChunk<'_>], keys: usize) -> Self {
        let (used, missing) = count(chunks, keys);
        // Where the next value of each group goes: in the end, where the group ends.
        let mut total = 0;
        let mut next: Vec<u32> = Vec::with_capacity(keys);
        for count in used {
            next.push(total);
            total += count;
        }
        let values = if chunks.iter().all(|chunk| all_fit(chunk.chunk.values())) {
            Values::Narrow(scatter(chunks, &mut next, total, narrow))
        } else {
            Values::Wide(scatter(chunks, &mut next, total, |value| value))
        };
        Self { values, ends: next, missing }
    }

    /// Adds to `rows` those of each group, with and without a value.
    pub(super) fn add_rows(&self, rows: &mut [usize]) {
        let mut before = 0;
        for (rows, &end) in rows.iter_mut().zip(&self.ends) {
            *rows += (end - before) as usize;
            before = end;
        }
        rows.iter_mut().zip(&self.missing).for_each(|(rows, &missing)| *rows += missing as usize);
    }

    /// How many values the group `key` has here.
    pub(super) fn count(&self, key: usize) -> usize {
        self.within(key).len()
    }

    /// Appends the values of the group `key`.
    pub(super) fn gather(&self, key: usize, values: &mut Vec<i64>) {
        match &self.values {
            Values::Narrow(all) => {
                values.extend(all.get(self.within(key)).unwrap_or_default().iter().copied().map(wide));
            }
            Values::Wide(all) => values.extend_from_slice(all.get(self.within(key)).unwrap_or_default()),
        }
    }

    /// The same if all of the part are narrow.
    pub(super) fn gather_narrow(&self, key: usize, values: &mut Vec<u32>) {
        if let Values::Narrow(all) = &self.values {
            values.extend_from_slice(all.get(self.within(key)).unwrap_or_default());
        }
    }

    /// Whether all values fit in 32 bits.
    pub(super) fn is_narrow(&self) -> bool {
        matches!(self.values, Values::Narrow(_))
    }

    /// Where the values of the group `key` are.
    fn within(&self, key: usize) -> std::ops::Range<usize> {
        let start = key.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(key).copied().unwrap_or(start);
        start as usize..end as usize
    }
}

/// `total` values, each where `next` of its key is, which then is one further.
fn scatter<T: Copy + Default>(
    chunks: &[KeyedChunk<'_>],
    next: &mut [u32],
    total: u32,
    of: impl Fn(i64) -> T,
) -> Vec<T> {
    let mut values = vec![T::default(); total as usize];
    for chunk in chunks {
        chunk.for_each_used(next.len(), |_, key, value| {
            if let Some(place) = next.get_mut(key)
                && let Some(slot) = values.get_mut(*place as usize)
            {
                *slot = of(value);
                *place += 1;
            }
        });
    }
    values
}

/// Rows of each key in a part: those with a value, and those without.
fn count(part: &[KeyedChunk<'_>], keys: usize) -> (Vec<u32>, Vec<u32>) {
    let (mut used, mut missing) = (vec![0_u32; keys], Vec::new());
    for chunk in part {
        if chunk.chunk.has_missing() {
            missing.resize(keys, 0);
            for (row, &key) in chunk.keys.iter().enumerate() {
                let counts = if chunk.chunk.is_used(row) { &mut used } else { &mut missing };
                if let Some(count) = counts.get_mut(key as usize) {
                    *count += 1;
                }
            }
        } else {
            for &key in chunk.keys {
                if let Some(count) = used.get_mut(key as usize) {
                    *count += 1;
                }
            }
        }
    }
    (used, missing)
}
