//! Monthly series: what each calendar month comes to, against the month and the year before.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::calendar::{Month, day_of_month};
use crate::groups::Groups;
use crate::moments::Sums;
use crate::quotient::big_quotient;
use crate::{Chunk, Counts, ExactSum, KeyedChunk, NO_KEY};

/// Sums by month: a mergeable part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Months {
    /// Rows: used are those with a value and a day.
    pub counts: Counts,
    /// Months that occur.
    pub months: BTreeMap<Month, Sums>,
}

/// A month of a series, and how it changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MonthRow {
    /// The month.
    pub month: Month,
    /// Values in it.
    pub count: u64,
    /// Their sum.
    pub sum: ExactSum,
    /// Against the month before; `None` if that is before the first.
    pub month_on_month: Option<Change>,
    /// Against the same month of the year before; `None` if that is before the first.
    pub year_on_year: Option<Change>,
}

/// A change from an earlier month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Later less earlier.
    pub difference: ExactSum,
    /// That in parts of the earlier month's magnitude; `None` if it is zero.
    pub ratio: Option<f64>,
}

/// Months that a series may span: longer ones are listed without the empty months between.
const MONTHS_FILLED_MAX: i32 = 1_200;

impl Months {
    /// The months of chunks, each with the day of every row (days since 1970-01-01). Rows without a day within
    /// [`crate::calendar::DAY_MIN`] and [`crate::calendar::DAY_MAX`] are missing. Chunks whose days are not as many as
    /// their rows are left out, and their rows missing.
    pub fn of(chunks: &[(Chunk<'_>, &[i32])]) -> Self {
        let months: Vec<Vec<Option<i32>>> = chunks
            .par_iter()
            .map(|(_, days)| days.iter().map(|&day| Some(day_of_month(day)?.month.0)).collect())
            .collect();
        let extent = months.iter().flatten().flatten().fold(None, |extent, &month| {
            let (least, greatest) = extent.unwrap_or((month, month));
            Some((month.min(least), month.max(greatest)))
        });
        let rows: usize = chunks.iter().map(|(chunk, _)| chunk.rows()).sum();
        let Some((least, greatest)) = extent else {
            return Self { counts: Counts::of(rows, 0), months: BTreeMap::new() };
        };
        let key =
            |month: &Option<i32>| month.and_then(|month| u32::try_from(month - least).ok()).unwrap_or(NO_KEY);
        let keys: Vec<Vec<u32>> = months.par_iter().map(|months| months.iter().map(key).collect()).collect();
        let keyed: Vec<KeyedChunk<'_>> =
            chunks.iter().zip(&keys).filter_map(|((chunk, _), keys)| KeyedChunk::new(*chunk, keys)).collect();
        // At most 120,000: ten thousand years.
        let number = usize::try_from(greatest - least).unwrap_or(0) + 1;
        let sums = Groups::partition(&keyed, number).map(|values, rows, _| Sums::of_values(values, rows));
        let used: u64 = sums.iter().map(|sums| sums.counts.used).sum();
        let months = (least..).map(Month).zip(sums).filter(|(_, sums)| sums.counts.total > 0).collect();
        Self { counts: Counts::of(rows, usize::try_from(used).unwrap_or(rows)), months }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        for (month, sums) in &other.months {
            self.months.entry(*month).or_default().merge(sums);
        }
    }

    /// From the first month to the last, with the empty ones between unless they span more than a hundred years.
    pub fn rows(&self) -> Vec<MonthRow> {
        let (Some((&first, _)), Some((&last, _))) =
            (self.months.first_key_value(), self.months.last_key_value())
        else {
            return Vec::new();
        };
        let row = |month: Month| {
            let sums = self.months.get(&month);
            let against = |earlier: i32| {
                (earlier >= first.0).then(|| change(self.sum(Month(earlier)), &self.sum(month)))
            };
            MonthRow {
                month,
                count: sums.map_or(0, |sums| sums.counts.used),
                sum: self.sum(month),
                month_on_month: against(month.0 - 1),
                year_on_year: against(month.0 - 12),
            }
        };
        if last.0 - first.0 > MONTHS_FILLED_MAX {
            return self.months.keys().copied().map(row).collect();
        }
        (first.0..=last.0).map(Month).map(row).collect()
    }

    fn sum(&self, month: Month) -> ExactSum {
        self.months.get(&month).map(|sums| sums.sum.clone()).unwrap_or_default()
    }
}

fn change(earlier: ExactSum, later: &ExactSum) -> Change {
    let earlier = earlier.big();
    let difference = later.big() - &earlier;
    let magnitude = earlier.into_parts().1;
    let ratio = (magnitude.bits() > 0).then(|| big_quotient(&difference, &magnitude));
    Change { difference: difference.into(), ratio }
}
