//! A column taken apart by key: a counting sort that brings each group's values together, in the order of their rows.
//!
//! Rows are cut into a fixed number of parts, each of which sorts its own in parallel, within memory that its processor's
//! caches reach; a group's pieces are put together, part by part, when it is worked on. Threads change nothing.

mod pairs;

use rayon::prelude::*;

use crate::quantiles::QuantileType;
use crate::{KeyedChunk, Summary, summary};

pub use pairs::{PairedKeys, pair_keys};

/// Parts that are sorted in parallel, at most.
const PARTS_MAX: usize = 64;
/// Groups that one task describes at a time.
const GROUPS_PER_TASK: usize = 16;

/// Values by group.
#[derive(Debug, Clone)]
pub struct Groups {
    parts: Vec<Part>,
    /// Rows of each group, with and without a value.
    rows: Vec<usize>,
    /// Rows without a key.
    without_key: usize,
}

impl Groups {
    /// Groups of `chunks` by keys below `keys`; rows with other keys (as [`crate::NO_KEY`]) are in none.
    pub fn partition(chunks: &[KeyedChunk<'_>], keys: usize) -> Self {
        let parts: Vec<Part> = parts(chunks, keys).into_par_iter().map(|part| Part::of(part, keys)).collect();
        let mut rows = vec![0_usize; keys];
        for part in &parts {
            let mut before = 0;
            for (rows, &end) in rows.iter_mut().zip(&part.ends) {
                *rows += (end - before) as usize;
                before = end;
            }
            rows.iter_mut().zip(&part.missing).for_each(|(rows, &missing)| *rows += missing as usize);
        }
        let all: usize = chunks.iter().map(|chunk| chunk.keys.len()).sum();
        let without_key = all - rows.iter().sum::<usize>();
        Self { parts, rows, without_key }
    }

    /// Number of groups, empty ones too.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Rows that are in no group.
    pub fn without_key(&self) -> usize {
        self.without_key
    }

    /// The values of the group `key`, in the order of their rows.
    pub fn values(&self, key: usize) -> Vec<i64> {
        let mut values = Vec::new();
        self.gather(key, &mut values);
        values
    }

    /// How many values the group `key` has.
    pub fn used(&self, key: usize) -> usize {
        self.parts.iter().map(|part| part.piece(key).len()).sum()
    }

    fn gather(&self, key: usize, values: &mut Vec<i64>) {
        values.clear();
        self.parts.iter().for_each(|part| values.extend_from_slice(part.piece(key)));
    }

    /// `work` of each group's values (in the order of their rows; it may rearrange them), its rows and a scratch vector, in
    /// parallel; the results in the order of the keys.
    pub fn map<R: Send>(&self, work: impl Fn(&mut [i64], usize, &mut Vec<i64>) -> R + Sync) -> Vec<R> {
        self.rows
            .par_iter()
            .enumerate()
            .with_min_len(GROUPS_PER_TASK)
            .map_init(
                || (Vec::new(), Vec::new()),
                |(values, scratch), (key, &rows)| {
                    self.gather(key, values);
                    work(values, rows, scratch)
                },
            )
            .collect()
    }

    /// Describes each group.
    pub fn describe(&self, kind: QuantileType) -> Vec<Summary> {
        self.map(|values, rows, scratch| summary(values, rows, kind, scratch))
    }
}

/// Consecutive chunks. Few where there are many keys, since each part counts them all.
fn parts<'a, 'b>(chunks: &'b [KeyedChunk<'a>], keys: usize) -> Vec<&'b [KeyedChunk<'a>]> {
    let rows: usize = chunks.iter().map(|chunk| chunk.keys.len()).sum();
    let parts = (rows / keys.max(1)).clamp(1, PARTS_MAX);
    chunks.chunks(chunks.len().div_ceil(parts).max(1)).collect()
}

/// The values of one part, by group.
#[derive(Debug, Clone)]
struct Part {
    values: Vec<i64>,
    /// Where each group's values end.
    ends: Vec<u32>,
    /// Rows of each group without a value; empty if there are none.
    missing: Vec<u32>,
}

impl Part {
    fn of(chunks: &[KeyedChunk<'_>], keys: usize) -> Self {
        let (used, missing) = count(chunks, keys);
        // Where the next value of each group goes: in the end, where the group ends.
        let mut total = 0;
        let mut next: Vec<u32> = Vec::with_capacity(keys);
        for count in used {
            next.push(total);
            total += count;
        }
        let mut values = vec![0; total as usize];
        for chunk in chunks {
            chunk.for_each_used(keys, |_, key, value| {
                if let Some(place) = next.get_mut(key)
                    && let Some(slot) = values.get_mut(*place as usize)
                {
                    *slot = value;
                    *place += 1;
                }
            });
        }
        Self { values, ends: next, missing }
    }

    /// The values of the group `key`.
    fn piece(&self, key: usize) -> &[i64] {
        let start = key.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(key).copied().unwrap_or(start);
        self.values.get(start as usize..end as usize).unwrap_or_default()
    }
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
