//! Rows of the same magnitude and key, brought together, and how many candidates they make.

use rayon::prelude::*;

use super::{Entry, NearDuplicates, SkippedRun};

/// Rows with the same magnitude and key: those above zero first, then those below, each by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: usize,
    /// Where those below zero begin.
    pub(super) below: usize,
    pub(super) end: usize,
    pub(super) candidates: u64,
}

impl Run {
    pub(super) fn skipped(&self, entries: &[Entry]) -> SkippedRun {
        let first = entries.get(self.start).copied().unwrap_or_default();
        SkippedRun {
            magnitude: first.magnitude(),
            same: first.same(),
            rows: self.end - self.start,
            candidates: self.candidates,
        }
    }
}

/// Sorts `entries`, and returns the runs that make candidates, in their order.
pub(super) fn runs(entries: &mut [Entry], asked: &NearDuplicates<'_>) -> Vec<Run> {
    // In which order equal ones come shows nowhere: pairs are listed in the order of their rows.
    entries.par_sort_unstable_by_key(Entry::order);
    let together = |one: &Entry, other: &Entry| one.run() == other.run();
    let entries = &*entries;
    entries
        .par_chunk_by(together)
        .filter(|run| run.len() > 1)
        .filter_map(|run| {
            let above = run.partition_point(|entry| !entry.is_negative());
            let (positive, negative) = run.split_at(above);
            let days = asked.days_max;
            let mut candidates = 0;
            if asked.repeated {
                candidates += pairs_within(positive, days) + pairs_within(negative, days);
            }
            if asked.reversed {
                candidates += pairs_between(positive, negative, days);
            }
            // Runs are slices of `entries`: their distance from its start is where they begin.
            let start = offset(entries, run);
            (candidates > 0).then_some(Run {
                start,
                below: start + above,
                end: start + run.len(),
                candidates,
            })
        })
        .collect()
}

/// How far into `entries` its slice `run` begins.
fn offset(entries: &[Entry], run: &[Entry]) -> usize {
    let bytes = run.as_ptr().addr() - entries.as_ptr().addr();
    bytes / size_of::<Entry>()
}

/// Pairs of `entries` (by day) at most `days` apart: as many as rows behind each that the window still reaches.
fn pairs_within(entries: &[Entry], days: u32) -> u64 {
    let mut reached = 0;
    let mut pairs = 0;
    for (place, entry) in entries.iter().enumerate() {
        while entries.get(reached).is_some_and(|other| other.day().abs_diff(entry.day()) <= days) {
            reached += 1;
        }
        pairs += (reached - place - 1) as u64;
    }
    pairs
}

/// Pairs of one of `left` and one of `right` (both by day) at most `days` apart.
fn pairs_between(left: &[Entry], right: &[Entry], days: u32) -> u64 {
    let (mut first, mut reached) = (0, 0);
    let mut pairs = 0;
    for entry in left {
        let (least, greatest) = super::sweep::window(entry.day(), days);
        while right.get(first).is_some_and(|other| other.day() < least) {
            first += 1;
        }
        reached = reached.max(first);
        while right.get(reached).is_some_and(|other| other.day() <= greatest) {
            reached += 1;
        }
        pairs += (reached - first) as u64;
    }
    pairs
}

/// The runs that fit in the limit together, in their order, and those that don't, the most candidates first. The runs
/// with the fewest candidates are kept; of equal ones, the first.
pub(super) fn within(mut runs: Vec<Run>, candidates: u64, candidates_max: u64) -> (Vec<Run>, Vec<Run>) {
    if candidates <= candidates_max {
        return (runs, Vec::new());
    }
    runs.par_sort_unstable_by_key(|run| (run.candidates, run.start));
    let mut total = 0_u64;
    let kept = runs
        .iter()
        .take_while(|run| {
            total = total.saturating_add(run.candidates);
            total <= candidates_max
        })
        .count();
    let mut left_out = runs.split_off(kept);
    left_out.reverse();
    runs.par_sort_unstable_by_key(|run| run.start);
    (runs, left_out)
}
