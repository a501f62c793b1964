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

/// All pairs of `runs`, in no particular order.
pub(super) fn pairs(entries: &[Entry], runs: &[Run], asked: &NearDuplicates<'_>) -> Vec<Pair> {
    tasks(runs)
        .into_par_iter()
        .map(|tasks| {
            let mut pairs = Vec::new();
            let mut compared = Compared::default();
            for task in tasks {
                sweep(entries, &task, asked, &mut compared, &mut pairs);
            }
            pairs
        })
        .collect::<Vec<_>>()
        .concat()
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
    pairs: &mut Vec<Pair>,
) {
    let run = task.run;
    let negative = entries.get(run.below..run.end).unwrap_or_default();
    for place in task.rows.clone() {
        let Some(entry) = entries.get(place) else { return };
        if asked.repeated {
            let sign_end = if place < run.below { run.below } else { run.end };
            let later = entries.get(place + 1..sign_end).unwrap_or_default();
            for other in later.iter().take_while(|other| other.day.abs_diff(entry.day) <= asked.days_max) {
                pairs.extend(pair(entry, other, asked, compared));
            }
        }
        if asked.reversed && place < run.below {
            let (least, greatest) = window(entry.day, asked.days_max);
            let first = negative.partition_point(|other| other.day < least);
            let near = negative.get(first..).unwrap_or_default();
            for other in near.iter().take_while(|other| other.day <= greatest) {
                pairs.extend(pair(entry, other, asked, compared));
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
        reversed: (one.amount < 0) != (other.amount < 0),
        days: one.day.abs_diff(other.day),
        distance,
    })
}
