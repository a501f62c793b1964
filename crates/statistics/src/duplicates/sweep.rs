//! The window over each run, in which texts are compared.

use std::ops::Range;

use rayon::prelude::*;

use super::runs::Run;
use super::{Entry, NearDuplicates, Pair};
use crate::texts::Compared;

/// Candidates that one task compares, about. A run with many more is cut, so that one price doesn't keep one thread.
const CANDIDATES_PER_TASK: u64 = 1 << 16;

/// Rows of one run that one task looks for pairs of.
#[derive(Debug, Clone)]
struct Task {
    run: Run,
    rows: Range<usize>,
}

/// The first and last day at most `days` away.
pub(super) fn window(day: i32, days: u32) -> (i32, i32) {
    (day.saturating_sub_unsigned(days), day.saturating_add_unsigned(days))
}

/// Pairs found: all are counted, and no more than twice as many are held as are asked for.
#[derive(Debug)]
struct Found {
    all: u64,
    pairs: Vec<Pair>,
    pairs_max: usize,
}

impl Found {
    fn none(pairs_max: usize) -> Self {
        Self { all: 0, pairs: Vec::new(), pairs_max }
    }

    fn add(&mut self, pair: Pair) {
        self.all += 1;
        self.pairs.push(pair);
        if self.pairs.len() > self.pairs_max.saturating_mul(2) {
            self.keep_first();
        }
    }

    /// The first in the order of their rows. Pairs differ, so which these are doesn't depend on the order of adding.
    fn keep_first(&mut self) {
        if self.pairs.len() > self.pairs_max {
            self.pairs.select_nth_unstable(self.pairs_max);
            self.pairs.truncate(self.pairs_max);
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.all += other.all;
        self.pairs.extend_from_slice(&other.pairs);
        self.keep_first();
        self
    }
}

/// How many pairs `runs` have, and the first of them in the order of their rows.
pub(super) fn pairs(entries: &[Entry], runs: &[Run], asked: &NearDuplicates<'_>) -> (u64, Vec<Pair>) {
    let none = || Found::none(asked.pairs_max);
    let mut found = tasks(runs)
        .into_par_iter()
        .fold(none, |mut found, tasks| {
            let mut compared = Compared::default();
            for task in tasks {
                sweep(entries, &task, asked, &mut compared, &mut found);
            }
            found
        })
        .reduce(none, Found::merge);
    found.keep_first();
    found.pairs.par_sort_unstable();
    (found.all, found.pairs)
}

/// Runs together until they have enough candidates, large ones in pieces.
fn tasks(runs: &[Run]) -> Vec<Vec<Task>> {
    let mut tasks = Vec::new();
    let (mut together, mut candidates) = (Vec::new(), 0);
    for run in runs {
        let rows = run.end - run.start;
        let pieces = (run.candidates / CANDIDATES_PER_TASK).saturating_add(1);
        let step = rows.div_ceil(usize::try_from(pieces).unwrap_or(rows)).max(1);
        for start in (run.start..run.end).step_by(step) {
            together.push(Task { run: *run, rows: start..run.end.min(start + step) });
            candidates += run.candidates / pieces;
            if candidates >= CANDIDATES_PER_TASK {
                tasks.push(std::mem::take(&mut together));
                candidates = 0;
            }
        }
    }
    tasks.push(together);
    tasks
}

fn sweep(
    entries: &[Entry],
    task: &Task,
    asked: &NearDuplicates<'_>,
    compared: &mut Compared,
    found: &mut Found,
) {
    let run = task.run;
    let negative = entries.get(run.below..run.end).unwrap_or_default();
    for place in task.rows.clone() {
        let Some(entry) = entries.get(place) else { return };
        if asked.repeated {
            let sign_end = if place < run.below { run.below } else { run.end };
            let later = entries.get(place + 1..sign_end).unwrap_or_default();
            for other in later.iter().take_while(|other| other.day().abs_diff(entry.day()) <= asked.days_max)
            {
                pair(entry, other, asked, compared).into_iter().for_each(|pair| found.add(pair));
            }
        }
        if asked.reversed && place < run.below {
            let (least, greatest) = window(entry.day(), asked.days_max);
            let first = negative.partition_point(|other| other.day() < least);
            let near = negative.get(first..).unwrap_or_default();
            for other in near.iter().take_while(|other| other.day() <= greatest) {
                pair(entry, other, asked, compared).into_iter().for_each(|pair| found.add(pair));
            }
        }
    }
}

fn pair(one: &Entry, other: &Entry, asked: &NearDuplicates<'_>, compared: &mut Compared) -> Option<Pair> {
    let distance = match asked.texts {
        Some((texts, distance_max)) => {
            texts.distance_remembered(one.text, other.text, distance_max, compared)?
        }
        None => 0,
    };
    Some(Pair {
        row: one.row.min(other.row),
        other: one.row.max(other.row),
        reversed: one.is_negative() != other.is_negative(),
        days: one.day().abs_diff(other.day()),
        distance,
    })
}
