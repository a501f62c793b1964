//! Near duplicates: the same amount (and the same further key), days near each other, texts nearly the same; and
//! reversals, where one amount is the other's negative.
//!
//! Rows are sorted by magnitude, key, sign and day, so that what may be a pair lies together ("sort and sweep": Hernández
//! and Stolfo (1995), "The Merge/Purge Problem for Large Databases", SIGMOD); within such a run a window of days slides.
//! Common amounts make the square of their number in candidates, so these are counted before any is compared, and beyond
//! the limit the runs with the most are left out and reported: those are prices, which tell least.

mod runs;
mod sweep;

use rayon::prelude::*;
use serde::Serialize;

use crate::calendar::NO_DAY;
use crate::texts::{NO_TEXT, Texts};
use crate::{Chunk, Counts, NO_KEY};

/// Rows of the columns that are compared. Those that are `None` are not looked at.
#[derive(Debug, Clone, Copy)]
pub struct DuplicateChunk<'a> {
    /// The amount. Rows without one, or with zero, are not compared.
    pub amounts: Chunk<'a>,
    /// What must be equal besides (a currency, or several columns as one key); [`NO_KEY`] is not compared.
    pub same: Option<&'a [u32]>,
    /// Days since 1970-01-01; [`NO_DAY`] is not compared.
    pub days: Option<&'a [i32]>,
    /// Codes of texts; [`NO_TEXT`] is not compared.
    pub texts: Option<&'a [u32]>,
}

/// What a pair is.
#[derive(Debug, Clone, Copy)]
pub struct NearDuplicates<'a> {
    /// How many days apart two rows may be.
    pub days_max: u32,
    /// The dictionary of the texts, and the distance they may have. `None`: texts don't matter.
    pub texts: Option<(&'a Texts<'a>, u32)>,
    /// Whether amounts of the same sign are compared.
    pub repeated: bool,
    /// Whether amounts of opposite sign are.
    pub reversed: bool,
    /// Candidates that are compared, at most.
    pub candidates_max: u64,
    /// Pairs that are listed, at most.
    pub pairs_max: usize,
}

/// Two rows that may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pair {
    /// The lower row, from the first of the first chunk.
    pub row: u32,
    /// The higher one.
    pub other: u32,
    /// Whether their amounts are of opposite sign.
    pub reversed: bool,
    /// Days between them.
    pub days: u32,
    /// Distance of their texts.
    pub distance: u32,
}

/// Rows with the same magnitude and key that were not compared, since they have too many candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SkippedRun {
    /// The magnitude of their amount.
    pub magnitude: u64,
    /// Their key.
    pub same: u32,
    /// How many they are.
    pub rows: usize,
    /// How many pairs they would have been.
    pub candidates: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duplicates {
    /// Rows: used are those with all that is compared.
    pub counts: Counts,
    /// Pairs of rows that amount, key and days make candidates.
    pub candidates: u64,
    /// Those whose texts were compared.
    pub compared: u64,
    /// Runs that were left out, those with the most candidates first; the first [`SKIPPED_LISTED`].
    pub skipped: Vec<SkippedRun>,
    /// How many there are.
    pub skipped_runs: usize,
    /// All pairs found.
    pub found: u64,
    /// The first of them, in the order of their rows.
    pub pairs: Vec<Pair>,
}

/// Runs that are listed as left out.
pub const SKIPPED_LISTED: usize = 20;

/// A row that is compared: what it is sorted by in two words, since comparing those is half the cost of comparing columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Entry {
    /// From the highest bit: magnitude less one (63 bits, as zero is not compared), key (32), sign (1), day (32).
    order: [u64; 2],
    text: u32,
    row: u32,
}

impl Entry {
    fn new(amount: i64, same: u32, day: i32, text: u32, row: u32) -> Self {
        let magnitude = u128::from(amount.unsigned_abs().wrapping_sub(1));
        // With the highest bit turned, days below zero are less than those above.
        let day = day.cast_unsigned() ^ (1 << 31);
        let order = magnitude << 65 | u128::from(same) << 33 | u128::from(amount < 0) << 32 | u128::from(day);
        #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
        let words = [(order >> 64) as u64, order as u64];
        Self { order: words, text, row }
    }

    /// Magnitude, key, sign and day, as one number.
    fn order(&self) -> u128 {
        let [high, low] = self.order;
        u128::from(high) << 64 | u128::from(low)
    }

    /// Magnitude and key.
    fn run(&self) -> u128 {
        self.order() >> 33
    }

    fn magnitude(&self) -> u64 {
        (self.order[0] >> 1) + 1
    }

    #[expect(clippy::cast_possible_truncation, reason = "32 bits are the key")]
    fn same(&self) -> u32 {
        self.run() as u32
    }

    fn is_negative(&self) -> bool {
        self.order[1] >> 32 & 1 == 1
    }

    #[expect(clippy::cast_possible_truncation, reason = "32 bits are the day")]
    fn day(&self) -> i32 {
        (self.order[1] as u32 ^ (1 << 31)).cast_signed()
    }
}

/// Looks for near duplicates. Of at most 2^32 rows; those beyond are missing.
pub fn near_duplicates(chunks: &[DuplicateChunk<'_>], asked: NearDuplicates<'_>) -> Duplicates {
    let rows = chunks.iter().map(|chunk| chunk.amounts.rows()).sum();
    let mut entries = entries(chunks);
    let counts = Counts::of(rows, entries.len());
    let runs = runs::runs(&mut entries, &asked);
    let candidates = runs.iter().fold(0_u64, |sum, run| sum.saturating_add(run.candidates));
    let (runs, left_out) = runs::within(runs, candidates, asked.candidates_max);
    let compared = runs.iter().map(|run| run.candidates).sum();
    let (found, pairs) = sweep::pairs(&entries, &runs, &asked);
    let skipped = left_out.iter().take(SKIPPED_LISTED).map(|run| run.skipped(&entries)).collect();
    Duplicates { counts, candidates, compared, skipped, skipped_runs: left_out.len(), found, pairs }
}

/// Rows with all that is compared.
fn entries(chunks: &[DuplicateChunk<'_>]) -> Vec<Entry> {
    let first = crate::chunks::first_rows(chunks.iter().map(|chunk| chunk.amounts.rows()));
    let parts: Vec<Vec<Entry>> = chunks
        .par_iter()
        .zip(first)
        .map(|(chunk, first)| {
            let mut entries = Vec::with_capacity(chunk.amounts.rows());
            chunk.amounts.for_each_used(|row, amount| {
                // 0 where a column isn't looked at; nothing where its value is missing.
                let key = |column: Option<&[u32]>, none: u32| match column {
                    Some(column) => column.get(row).copied().filter(|&key| key != none),
                    None => Some(0),
                };
                let day = match chunk.days {
                    Some(days) => days.get(row).copied().filter(|&day| day != NO_DAY),
                    None => Some(0),
                };
                let columns =
                    (key(chunk.same, NO_KEY), day, key(chunk.texts, NO_TEXT), u32::try_from(first + row));
                if let (Some(same), Some(day), Some(text), Ok(row)) = columns
                    && amount != 0
                {
                    entries.push(Entry::new(amount, same, day, text, row));
                }
            });
            entries
        })
        .collect();
    let mut entries = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    // Each part's memory is given back as it is taken over.
    parts.into_iter().for_each(|part| entries.extend_from_slice(&part));
    entries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn entries_are_in_order_of_their_columns(
            one in (any::<i64>(), any::<u32>(), any::<i32>()),
            other in (any::<i64>(), any::<u32>(), any::<i32>()),
            shared in 0_u8..8,
        ) {
            let pick = |bit: u8| shared >> bit & 1 == 1;
            let other = (
                if pick(0) { one.0.wrapping_neg() } else { other.0 },
                if pick(1) { one.1 } else { other.1 },
                if pick(2) { one.2 } else { other.2 },
            );
            prop_assume!(one.0 != 0 && other.0 != 0);
            let entry = |(amount, same, day): (i64, u32, i32)| Entry::new(amount, same, day, 0, 0);
            let columns = |(amount, same, day): (i64, u32, i32)| (amount.unsigned_abs(), same, amount < 0, day);
            let (left, right) = (entry(one), entry(other));
            prop_assert_eq!((left.magnitude(), left.same(), left.is_negative(), left.day()), columns(one));
            prop_assert_eq!(left.order().cmp(&right.order()), columns(one).cmp(&columns(other)));
            prop_assert_eq!(left.run() == right.run(), columns(one).0 == columns(other).0 && one.1 == other.1);
        }
    }
}
