//! Two keys as one: group by vendor and currency.

use rayon::prelude::*;

use crate::{CHUNK_ROWS, NO_KEY};

/// Combinations that are ranked by a table; beyond, they are sorted.
const TABLE_MAX: u64 = 1 << 24;

/// Dense keys for combinations of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairedKeys {
    /// A key for each row; [`NO_KEY`] where either is missing.
    pub codes: Vec<u32>,
    /// What the keys stand for, ascending.
    pub pairs: Vec<(u32, u32)>,
}

/// The combinations of `left` and `right` that occur. Rows beyond the shorter of both are left out; so are, as
/// [`NO_KEY`], combinations past 2^32 − 1.
pub fn pair_keys(left: &[u32], right: &[u32]) -> PairedKeys {
    let greatest = |keys: &[u32]| keys.par_iter().copied().filter(|&key| key != NO_KEY).max();
    let (Some(left_max), Some(right_max)) = (greatest(left), greatest(right)) else {
        return PairedKeys { codes: vec![NO_KEY; left.len().min(right.len())], pairs: Vec::new() };
    };
    let width = u64::from(right_max) + 1;
    let combined = |left: u32, right: u32| {
        (left != NO_KEY && right != NO_KEY).then(|| u64::from(left) * width + u64::from(right))
    };
    let rows = left.par_iter().zip(right).map(|(&left, &right)| combined(left, right));
    let size = (u64::from(left_max) + 1) * width;
    let occurring =
        if size <= TABLE_MAX { marked(left, right, size, &combined) } else { sorted(rows.clone()) };
    let rank = |code: Option<u64>| {
        let place = occurring.binary_search(&code?).ok()?;
        u32::try_from(place).ok().filter(|&place| place != NO_KEY)
    };
    let codes = if size <= TABLE_MAX {
        let mut table = vec![NO_KEY; usize::try_from(size).unwrap_or(0)];
        for (place, &code) in occurring.iter().enumerate() {
            if let Some(entry) = usize::try_from(code).ok().and_then(|code| table.get_mut(code)) {
                *entry = u32::try_from(place).unwrap_or(NO_KEY);
            }
        }
        let of = |code: Option<u64>| table.get(usize::try_from(code?).ok()?).copied();
        rows.map(|code| of(code).unwrap_or(NO_KEY)).collect()
    } else {
        rows.map(|code| rank(code).unwrap_or(NO_KEY)).collect()
    };
    let narrow = |value: u64| u32::try_from(value).unwrap_or(NO_KEY);
    let pairs = occurring.iter().map(|code| (narrow(code / width), narrow(code % width))).collect();
    PairedKeys { codes, pairs }
}

/// Codes that occur, ascending, by marking them in a table.
fn marked(
    left: &[u32],
    right: &[u32],
    size: u64,
    combined: &(impl Fn(u32, u32) -> Option<u64> + Sync),
) -> Vec<u64> {
    let words = usize::try_from(size.div_ceil(64)).unwrap_or(0);
    let table = left
        .par_chunks(CHUNK_ROWS * 16)
        .zip(right.par_chunks(CHUNK_ROWS * 16))
        .map(|(left, right)| {
            let mut table = vec![0_u64; words];
            for (&left, &right) in left.iter().zip(right) {
                let Some(code) = combined(left, right) else { continue };
                if let Some(word) = usize::try_from(code / 64).ok().and_then(|word| table.get_mut(word)) {
                    *word |= 1 << (code % 64);
                }
            }
            table
        })
        .reduce(
            || vec![0; words],
            |mut table, other| {
                table.iter_mut().zip(other).for_each(|(word, other)| *word |= other);
                table
            },
        );
    let mut codes = Vec::new();
    for (place, mut word) in table.into_iter().enumerate() {
        while word != 0 {
            codes.push(place as u64 * 64 + u64::from(word.trailing_zeros()));
            word &= word - 1;
        }
    }
    codes
}

fn sorted(rows: impl ParallelIterator<Item = Option<u64>>) -> Vec<u64> {
    let mut codes: Vec<u64> = rows.flatten_iter().collect();
    codes.par_sort_unstable();
    codes.dedup();
    codes
}
