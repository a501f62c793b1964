//! How two columns go together: Pearson's r, Spearman's ρ, Kendall's τ-b. Integers until one root and division.
//!
//! Spearman's is Pearson's of mid-ranks. Kendall's is by Knight (1966), "A Computer Method for Calculating Kendall's Tau
//! with Ungrouped Data", JASA 61(314): sort by one, count the exchanges that sort by the other.

use num_bigint::{BigInt, BigUint, Sign};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::exact::ExactSum;
use crate::moments::Sums;
use crate::quotient::root;
use crate::ranks::doubled_ranks;
use crate::{Chunk, Counts};

/// Sums of two columns and of their products: a mergeable part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PairSums {
    /// Of the first column, where both have a value.
    pub left: Sums,
    /// Of the second column, where both have a value.
    pub right: Sums,
    /// Σxy
    pub products: ExactSum,
}

impl PairSums {
    /// The sums of chunks of two columns, in parallel. Rows beyond the shorter of two chunks are missing.
    pub fn of(chunks: &[(Chunk<'_>, Chunk<'_>)]) -> Self {
        let parts: Vec<Self> = chunks
            .par_iter()
            .map(|(left, right)| {
                let (left_values, right_values) = both(left, right);
                Self::of_values(&left_values, &right_values, left.rows().max(right.rows()))
            })
            .collect();
        parts.iter().fold(Self::default(), |mut sums, part| {
            sums.merge(part);
            sums
        })
    }

    fn of_values(left: &[i64], right: &[i64], rows: usize) -> Self {
        let mut products = ExactSum::default();
        for (left, right) in left.chunks(1 << 16).zip(right.chunks(1 << 16)) {
            let product = |left: i64, right: i64| i128::from(left) * i128::from(right);
            let pairs = || left.iter().zip(right);
            let narrow =
                pairs().try_fold(0_i128, |sum, (&left, &right)| sum.checked_add(product(left, right)));
            products.merge(&narrow.map_or_else(
                || pairs().map(|(&left, &right)| BigInt::from(product(left, right))).sum::<BigInt>().into(),
                ExactSum::from,
            ));
        }
        Self { left: Sums::of_values(left, rows), right: Sums::of_values(right, rows), products }
    }

    /// Rows: used are those where both columns have a value.
    pub fn counts(&self) -> Counts {
        self.left.counts
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.left.merge(&other.left);
        self.right.merge(&other.right);
        self.products.merge(&other.products);
    }

    /// Pearson's correlation coefficient; `None` if either column is constant.
    pub fn pearson(&self) -> Option<f64> {
        let count = BigInt::from(self.left.counts.used);
        let covariance = count * self.products.big() - self.left.sum.big() * self.right.sum.big();
        let below = self.left.spread() * self.right.spread();
        signed_root(covariance, &below)
    }
}

/// value ÷ √`below`, rounded once; `None` for nothing below.
fn signed_root(value: BigInt, below: &BigUint) -> Option<f64> {
    let (sign, magnitude) = value.into_parts();
    let found = (below.bits() > 0).then(|| root(&magnitude.pow(2), below))?;
    Some(if sign == Sign::Minus { -found } else { found })
}

fn both(left: &Chunk<'_>, right: &Chunk<'_>) -> (Vec<i64>, Vec<i64>) {
    let (mut lefts, mut rights) = (Vec::with_capacity(left.rows()), Vec::with_capacity(left.rows()));
    left.for_each_used(|row, value| {
        if right.is_used(row)
            && let Some(&other) = right.values().get(row)
        {
            lefts.push(value);
            rights.push(other);
        }
    });
    (lefts, rights)
}

/// The values of two columns where both have one, in the order of their rows.
pub fn paired_values(chunks: &[(Chunk<'_>, Chunk<'_>)]) -> (Vec<i64>, Vec<i64>) {
    let parts: Vec<_> = chunks.par_iter().map(|(left, right)| both(left, right)).collect();
    let mut values = (Vec::new(), Vec::new());
    for (left, right) in parts {
        values.0.extend(left);
        values.1.extend(right);
    }
    values
}

/// Spearman's rank correlation of two columns of the same length, ties with mid-ranks; `None` if either is constant, or
/// they are of different lengths.
pub fn spearman(left: &[i64], right: &[i64]) -> Option<f64> {
    if left.len() != right.len() {
        return None;
    }
    let (left, right) = rayon::join(|| doubled_ranks(left), || doubled_ranks(right));
    PairSums::of_values(&left, &right, left.len()).pearson()
}

/// Kendall's τ-b of two columns of the same length; `None` if either is constant, or they are of different lengths.
pub fn kendall(left: &[i64], right: &[i64]) -> Option<f64> {
    if left.len() != right.len() {
        return None;
    }
    let mut pairs: Vec<(i64, i64)> = left.iter().copied().zip(right.iter().copied()).collect();
    pairs.par_sort_unstable();
    let all = pairs_of(pairs.len());
    let tied_left: i128 =
        pairs.chunk_by(|one, other| one.0 == other.0).map(|tied| pairs_of(tied.len())).sum();
    let tied_both: i128 = pairs.chunk_by(|one, other| one == other).map(|tied| pairs_of(tied.len())).sum();
    let mut rights: Vec<i64> = pairs.into_iter().map(|(_, right)| right).collect();
    let discordant = exchanges(&mut rights);
    let tied_right: i128 = rights.chunk_by(|one, other| one == other).map(|tied| pairs_of(tied.len())).sum();
    // Concordant less discordant.
    let difference = all - tied_left - tied_right + tied_both - 2 * discordant;
    let below = BigInt::from(all - tied_left) * BigInt::from(all - tied_right);
    signed_root(BigInt::from(difference), below.magnitude())
}

fn pairs_of(count: usize) -> i128 {
    let count = count as i128;
    count * (count - 1) / 2
}

/// Sorts by merging, and counts the pairs that were out of order.
fn exchanges(values: &mut Vec<i64>) -> i128 {
    let mut merged = values.clone();
    let mut exchanges = 0;
    let mut width = 1;
    while width < values.len() {
        let runs = values.par_chunks(2 * width).zip(merged.par_chunks_mut(2 * width));
        exchanges +=
            runs.map(|(run, merged)| merge(run.split_at(width.min(run.len())), merged)).sum::<i128>();
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
    exchanges
}

fn merge((mut left, mut right): (&[i64], &[i64]), merged: &mut [i64]) -> i128 {
    let mut exchanges = 0;
    for slot in merged {
        *slot = match (left.split_first(), right.split_first()) {
            (Some((&low, _)), Some((&high, rest))) if high < low => {
                exchanges += left.len() as i128;
                right = rest;
                high
            }
            (Some((&low, rest)), _) => {
                left = rest;
                low
            }
            (None, Some((&high, rest))) => {
                right = rest;
                high
            }
            // There are as many slots as values.
            (None, None) => return exchanges,
        };
    }
    exchanges
}
