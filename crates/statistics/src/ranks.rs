//! Ranks, where equal values share the middle of theirs.

use rayon::prelude::*;

/// Twice the mid-rank (from 1) of each value: whole numbers, since the middle of two ranks may be a half. Of at most
/// 2^32 values; beyond, none.
pub fn doubled_ranks(values: &[i64]) -> Vec<i64> {
    let Ok(count) = u32::try_from(values.len()) else { return Vec::new() };
    let mut ordered: Vec<(i64, u32)> = values.iter().copied().zip(0..count).collect();
    ordered.par_sort_unstable();
    let mut ranks = vec![0; values.len()];
    let mut below = 0_i64;
    for equal in ordered.chunk_by(|left, right| left.0 == right.0) {
        // Ranks below + 1 to below + n: twice their middle.
        let number = i64::try_from(equal.len()).unwrap_or(0);
        for &(_, row) in equal {
            if let Some(rank) = ranks.get_mut(row as usize) {
                *rank = 2 * below + number + 1;
            }
        }
        below += number;
    }
    ranks
}
