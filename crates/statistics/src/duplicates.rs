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

/// A row that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Entry {
    amount: i64,
    same: u32,
    day: i32,
    text: u32,
    row: u32,
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
                    entries.push(Entry { amount, same, day, text, row });
                }
            });
            entries
        })
        .collect();
    let mut entries = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    parts.iter().for_each(|part| entries.extend_from_slice(part));
    entries
}
