//! A column taken apart by key: a counting sort that brings each group's values together, in the order of their rows.
//!
//! Rows are cut into a fixed number of parts, which count and then place their rows in parallel; where a part's rows
//! of a key go follows from the counts alone, so the result is the same on any number of threads.

mod pairs;

use std::sync::atomic::{AtomicI64, Ordering};

use rayon::prelude::*;

use crate::quantiles::QuantileType;
use crate::{KeyedChunk, Summary, summary};

pub use pairs::{PairedKeys, pair_keys};

/// Parts that are counted and placed in parallel, at most.
const PARTS_MAX: usize = 16;
/// Groups that one task describes at a time.
const GROUPS_PER_TASK: usize = 16;

/// Values by group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groups {
    values: Vec<i64>,
    /// Where each group's values end.
    ends: Vec<usize>,
    /// Rows of each group, with and without a value.
    rows: Vec<usize>,
    /// Rows without a key.
    without_key: usize,
}

impl Groups {
    /// Groups of `chunks` by keys below `keys`; rows with other keys (as [`crate::NO_KEY`]) are in none.
    pub fn partition(chunks: &[KeyedChunk<'_>], keys: usize) -> Self {
        let parts = parts(chunks, keys);
        let counted: Vec<(Vec<u32>, Vec<u32>)> = parts.par_iter().map(|part| count(part, keys)).collect();
        let mut rows = vec![0_usize; keys];
        let mut ends = vec![0_usize; keys];
        for (used, missing) in &counted {
            add(&mut ends, used);
            add(&mut rows, used);
            add(&mut rows, missing);
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total;
        }
        let places = places(&counted, &ends);
        // Relaxed stores are plain ones. Each place is written once, by one part, and read after all are done.
        let slots: Vec<AtomicI64> = std::iter::repeat_with(AtomicI64::default).take(total).collect();
        parts.par_iter().zip(places).for_each(|(part, mut next)| {
            for chunk in *part {
                chunk.for_each_used(keys, |_, key, value| {
                    if let Some(place) = next.get_mut(key)
                        && let Some(slot) = slots.get(*place)
                    {
                        slot.store(value, Ordering::Relaxed);
                        *place += 1;
                    }
                });
            }
        });
        let values = slots.into_iter().map(AtomicI64::into_inner).collect();
        let all: usize = chunks.iter().map(|chunk| chunk.keys.len()).sum();
        let without_key = all - rows.iter().sum::<usize>();
        Self { values, ends, rows, without_key }
    }

    /// Number of groups, empty ones too.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Rows that are in no group.
    pub fn without_key(&self) -> usize {
        self.without_key
    }

    /// The values of the group `key`, in the order of their rows unless something rearranged them.
    pub fn values(&self, key: usize) -> &[i64] {
        let start = key.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(key).and_then(|&end| self.values.get(start..end)).unwrap_or_default()
    }

    /// `work` of each group's values (which it may rearrange), rows and a scratch vector, in parallel; the results in
    /// the order of the keys.
    pub fn map<R: Send>(&mut self, work: impl Fn(&mut [i64], usize, &mut Vec<i64>) -> R + Sync) -> Vec<R> {
        let mut rest = self.values.as_mut_slice();
        let mut start = 0;
        let mut slices: Vec<(&mut [i64], usize)> = Vec::with_capacity(self.ends.len());
        for (&end, &rows) in self.ends.iter().zip(&self.rows) {
            let (group, after) = rest.split_at_mut(end - start);
            slices.push((group, rows));
            (rest, start) = (after, end);
        }
        slices
            .into_par_iter()
            .with_min_len(GROUPS_PER_TASK)
            .map_init(Vec::new, |scratch, (values, rows)| work(values, rows, scratch))
            .collect()
    }

    /// Describes each group.
    pub fn describe(&mut self, kind: QuantileType) -> Vec<Summary> {
        self.map(|values, rows, scratch| summary(values, rows, kind, scratch))
    }
}

/// Consecutive chunks. Few where there are many keys, since each part counts them all.
fn parts<'a, 'b>(chunks: &'b [KeyedChunk<'a>], keys: usize) -> Vec<&'b [KeyedChunk<'a>]> {
    let rows: usize = chunks.iter().map(|chunk| chunk.keys.len()).sum();
    let parts = (rows / keys.max(1)).clamp(1, PARTS_MAX);
    chunks.chunks(chunks.len().div_ceil(parts).max(1)).collect()
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

fn add(totals: &mut [usize], counts: &[u32]) {
    totals.iter_mut().zip(counts).for_each(|(total, &count)| *total += count as usize);
}

/// Where each part's rows of each key begin.
fn places(counted: &[(Vec<u32>, Vec<u32>)], ends: &[usize]) -> Vec<Vec<usize>> {
    let mut next: Vec<usize> = std::iter::once(0).chain(ends.iter().copied()).take(ends.len()).collect();
    counted
        .iter()
        .map(|(used, _)| {
            let places = next.clone();
            add(&mut next, used);
            places
        })
        .collect()
}
