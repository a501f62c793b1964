//! Tests of when and how roundly things were booked: weekends, the ends of periods, round amounts.
//!
//! They say how many rows are of a kind, and how many would be if days were even; not that anything is wrong.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::calendar::{Month, day_of_month, weekday};
use crate::{CHUNK_ROWS, Chunk, Counts};

/// What a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Period {
    /// It ends each month.
    Month,
    /// It ends in March, June, September and December.
    Quarter,
    /// It ends in December.
    Year,
}

impl Period {
    fn ends_in(self, month: Month) -> bool {
        match self {
            Self::Month => true,
            Self::Quarter => month.month().is_multiple_of(3),
            Self::Year => month.month() == 12,
        }
    }
}

/// Rows by their day: a mergeable part. Parts must have been counted with the same period and days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DayCounts {
    /// Rows: used are those with a day.
    pub counts: Counts,
    /// By weekday, from Monday.
    pub weekdays: [u64; 7],
    /// Rows within the last days of a period.
    pub near_end: u64,
    /// First and last day.
    pub extent: Option<(i32, i32)>,
}

impl DayCounts {
    /// Counts `days` (since 1970-01-01); near the end are the last `last_days` of a `period`.
    pub fn of(days: &[i32], period: Period, last_days: u8) -> Self {
        let parts: Vec<Self> =
            days.par_chunks(CHUNK_ROWS).map(|days| Self::of_chunk(days, period, last_days)).collect();
        parts.iter().fold(Self::default(), |mut counts, part| {
            counts.merge(part);
            counts
        })
    }

    fn of_chunk(days: &[i32], period: Period, last_days: u8) -> Self {
        let mut found = Self::default();
        let mut used = 0;
        for &day in days {
            let Some(of_month) = day_of_month(day) else { continue };
            used += 1;
            if let Some(count) = found.weekdays.get_mut(usize::from(weekday(day))) {
                *count += 1;
            }
            let left = of_month.month.days() - of_month.day;
            found.near_end += u64::from(left < last_days && period.ends_in(of_month.month));
            let (first, last) = found.extent.unwrap_or((day, day));
            found.extent = Some((first.min(day), last.max(day)));
        }
        found.counts = Counts::of(days.len(), used);
        found
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.weekdays.iter_mut().zip(other.weekdays).for_each(|(count, more)| *count += more);
        self.near_end += other.near_end;
        self.extent = match (self.extent, other.extent) {
            (Some((first, last)), Some((low, high))) => Some((first.min(low), last.max(high))),
            (extent, None) | (None, extent) => extent,
        };
    }

    /// The share of rows on Saturdays and Sundays; 2/7 if days were even. `None` of no rows.
    pub fn weekend_share(&self) -> Option<f64> {
        let [.., saturday, sunday] = self.weekdays;
        self.share(saturday + sunday)
    }

    /// The share of rows near the end of a period. `None` of no rows.
    pub fn near_end_share(&self) -> Option<f64> {
        self.share(self.near_end)
    }

    fn share(&self, count: u64) -> Option<f64> {
        (self.counts.used > 0).then(|| count as f64 / self.counts.used as f64)
    }

    /// The share of days that are near an end, from the first day to the last: what [`Self::near_end_share`] would be if
    /// days were even. `None` of no rows.
    pub fn near_end_expected(&self, period: Period, last_days: u8) -> Option<f64> {
        let (first, last) = self.extent?;
        // At most four million days.
        let days: Vec<i32> = (first..=last).collect();
        Self::of(&days, period, last_days).near_end_share()
    }
}

/// Amounts by how round they are: a mergeable part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoundCounts {
    /// Rows.
    pub counts: Counts,
    /// Amounts of zero, which are not round.
    pub zeros: u64,
    /// Amounts by how many zeros their integer ends with, 0 to 18: with two decimals, 5.00 ends with two.
    pub trailing_zeros: Vec<u64>,
}

/// An `i64` ends with at most 18 zeros.
const TRAILING_PLACES: usize = 19;

impl RoundCounts {
    /// Counts chunks, in parallel.
    pub fn of(chunks: &[Chunk<'_>]) -> Self {
        let parts: Vec<Self> = chunks.par_iter().map(Self::of_chunk).collect();
        parts.iter().fold(Self::default(), |mut counts, part| {
            counts.merge(part);
            counts
        })
    }

    fn of_chunk(chunk: &Chunk<'_>) -> Self {
        let mut found = Self { trailing_zeros: vec![0; TRAILING_PLACES], ..Self::default() };
        let mut used = 0;
        chunk.for_each_used(|_, value| {
            used += 1;
            if value == 0 {
                found.zeros += 1;
                return;
            }
            let (mut value, mut zeros) = (value.unsigned_abs(), 0);
            while value.is_multiple_of(10) {
                (value, zeros) = (value / 10, zeros + 1);
            }
            if let Some(count) = found.trailing_zeros.get_mut(zeros) {
                *count += 1;
            }
        });
        found.counts = Counts::of(chunk.rows(), used);
        found
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.zeros += other.zeros;
        self.trailing_zeros.resize(TRAILING_PLACES, 0);
        self.trailing_zeros.iter_mut().zip(&other.trailing_zeros).for_each(|(count, more)| *count += more);
    }

    /// Amounts that end with at least `zeros` zeros, and their share; `None` of no amounts but zero.
    pub fn round_share(&self, zeros: usize) -> Option<(u64, f64)> {
        let all: u64 = self.trailing_zeros.iter().sum();
        let round: u64 = self.trailing_zeros.iter().skip(zeros).sum();
        (all > 0).then(|| (round, round as f64 / all as f64))
    }
}
