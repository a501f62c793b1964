//! Numbers that should follow one another: which are missing, which occur twice.
//!
//! A document's number is split into what is counted and what stands around it: `RE-2024-00123` is number 123 of the
//! series `RE-2024-`, `123/24` is 123 of the series `/24`. Each issuer's each series is looked at by itself.

mod split;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use rayon::prelude::*;
use serde::Serialize;

use crate::{Counts, NO_KEY};

pub use split::{SplitNumber, split};

/// How much is looked for and listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SequenceLimits {
    /// Different numbers that a series needs for its gaps to mean something.
    pub numbers_min: usize,
    /// Ranges and repeated numbers that are listed of each series, at most.
    pub listed_max: usize,
}

/// One issuer's one series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Series {
    /// The issuer's key.
    pub issuer: u32,
    /// What stands before the numbers.
    pub prefix: String,
    /// What stands after them.
    pub suffix: String,
    /// Rows in it.
    pub rows: usize,
    /// Different numbers.
    pub numbers: usize,
    /// The first and the last number.
    pub extent: (u64, u64),
    /// Numbers between these that don't occur, all of them.
    pub missing: u64,
    /// They as ranges, from the lowest; the first ones.
    pub missing_ranges: Vec<RangeInclusive<u64>>,
    /// How many ranges there are.
    pub missing_ranges_found: usize,
    /// Numbers that occur more than once, with their rows in order; the first ones.
    pub repeated: Vec<(u64, Vec<usize>)>,
    /// How many there are.
    pub repeated_found: usize,
}

/// All series, by issuer, prefix and suffix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sequences {
    /// Rows: rejected are those whose text has no number of at most 18 digits.
    pub counts: Counts,
    /// Series with enough numbers.
    pub series: Vec<Series>,
    /// Series with fewer, which are not looked at.
    pub short_series: usize,
}

/// Issuer, prefix and suffix.
type SeriesKey<'a> = (u32, &'a str, &'a str);

/// Looks for gaps and repetitions. For each row the issuer's key (0 if there is but one) and the code of its number's
/// text in `dictionary`; [`NO_KEY`] in either is missing. Rows beyond the shorter of both are left out.
pub fn sequences(issuers: &[u32], codes: &[u32], dictionary: &[&str], limits: SequenceLimits) -> Sequences {
    let splits: Vec<Option<SplitNumber<'_>>> = dictionary.par_iter().map(|text| split(text)).collect();
    let rows = issuers.len().min(codes.len());
    let mut counts = Counts::of(rows, 0);
    let mut gathered: BTreeMap<SeriesKey<'_>, Vec<(u64, usize)>> = BTreeMap::new();
    let mut rejected = 0;
    for (row, (&issuer, &code)) in issuers.iter().zip(codes).enumerate() {
        if issuer == NO_KEY || code == NO_KEY {
            continue;
        }
        match splits.get(code as usize) {
            Some(Some(split)) => {
                counts.used += 1;
                gathered.entry((issuer, split.prefix, split.suffix)).or_default().push((split.number, row));
            }
            Some(None) => rejected += 1,
            None => {}
        }
    }
    counts.missing -= counts.used;
    let found: Vec<Option<Series>> =
        gathered.into_par_iter().map(|(key, numbers)| series(key, numbers, limits)).collect();
    let all = found.len();
    let series: Vec<Series> = found.into_iter().flatten().collect();
    Sequences { counts: counts.with_rejected(rejected), short_series: all - series.len(), series }
}

fn series(
    (issuer, prefix, suffix): SeriesKey<'_>,
    mut numbers: Vec<(u64, usize)>,
    limits: SequenceLimits,
) -> Option<Series> {
    numbers.sort_unstable();
    let (mut different, mut missing, mut ranges_found, mut repeated_found) = (0, 0, 0, 0);
    let (mut missing_ranges, mut repeated) = (Vec::new(), Vec::new());
    let mut before: Option<u64> = None;
    for equal in numbers.chunk_by(|one, other| one.0 == other.0) {
        let &(number, _) = equal.first()?;
        different += 1;
        if let Some(before) = before
            && number - before > 1
        {
            missing += number - before - 1;
            ranges_found += 1;
            if missing_ranges.len() < limits.listed_max {
                missing_ranges.push(before + 1..=number - 1);
            }
        }
        before = Some(number);
        if equal.len() > 1 {
            repeated_found += 1;
            if repeated.len() < limits.listed_max {
                repeated.push((number, equal.iter().map(|&(_, row)| row).take(limits.listed_max).collect()));
            }
        }
    }
    if different < limits.numbers_min {
        return None;
    }
    Some(Series {
        issuer,
        prefix: prefix.to_owned(),
        suffix: suffix.to_owned(),
        rows: numbers.len(),
        numbers: different,
        extent: (numbers.first()?.0, numbers.last()?.0),
        missing,
        missing_ranges,
        missing_ranges_found: ranges_found,
        repeated,
        repeated_found,
    })
}
