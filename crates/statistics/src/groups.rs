//! A column taken apart by key: a counting sort that brings each group's values together, in the order of their rows.
//!
//! Rows are cut into a fixed number of parts, each of which sorts its own in parallel, within memory that its processor's
//! caches reach; a group's pieces are put together, part by part, when it is worked on. Threads change nothing.

mod narrow;
mod pairs;
mod part;

use rayon::prelude::*;

use crate::quantiles::QuantileType;
use crate::{KeyedChunk, Summary, summary};

pub(crate) use narrow::{Medians, wide};
pub use pairs::{PairedKeys, pair_keys};
use part::Part;

/// Parts that are sorted in parallel, at most.
const PARTS_MAX: usize = 64;
/// Values of a group that are in a part at least, on average: finding a piece takes as long as copying so many.
const PIECE_VALUES_MIN: usize = 8;
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
            part.add_rows(&mut rows);
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
        self.parts.iter().map(|part| part.count(key)).sum()
    }

    fn gather(&self, key: usize, values: &mut Vec<i64>) {
        values.clear();
        self.parts.iter().for_each(|part| part.gather(key, values));
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

    /// As [`Groups::map`], of narrow values and without rows; `None` if some values are wide.
    pub(crate) fn map_narrow<R: Send>(
        &self,
        work: impl Fn(&mut [u32], &mut Vec<u32>) -> R + Sync,
    ) -> Option<Vec<R>> {
        if !self.parts.iter().all(Part::is_narrow) {
            return None;
        }
        let groups = (0..self.rows.len()).into_par_iter().with_min_len(GROUPS_PER_TASK);
        let found = groups.map_init(
            || (Vec::new(), Vec::new()),
            |(values, scratch), key| {
                values.clear();
                self.parts.iter().for_each(|part| part.gather_narrow(key, values));
                work(values, scratch)
            },
        );
        Some(found.collect())
    }

    /// Describes each group.
    pub fn describe(&self, kind: QuantileType) -> Vec<Summary> {
        self.map(|values, rows, scratch| summary(values, rows, kind, scratch))
    }
}

/// Consecutive chunks. Few where there are many keys, since each part counts them all.
fn parts<'a, 'b>(chunks: &'b [KeyedChunk<'a>], keys: usize) -> Vec<&'b [KeyedChunk<'a>]> {
    let rows: usize = chunks.iter().map(|chunk| chunk.keys.len()).sum();
    let parts = (rows / keys.max(1) / PIECE_VALUES_MIN).clamp(1, PARTS_MAX);
    chunks.chunks(chunks.len().div_ceil(parts).max(1)).collect()
}
