//! Exact power sums of integers, and what follows from them: mean, variance, skewness, kurtosis.
//!
//! In floating point the textbook formula n·Σx² − (Σx)² cancels (Chan, Golub and LeVeque (1983), "Algorithms for
//! Computing the Sample Variance", The American Statistician 37(3)); in integers it is exact, needs no shift, and
//! merges in any order. Definitions of skewness and kurtosis: Joanes and Gill (1998), "Comparing measures of sample
//! skewness and kurtosis", The Statistician 47(1); `skewness` is their g1, `sample_skewness` G1, and so on.
//!
//! Every result is rounded once. `scale` says that a unit is 10^-`scale`.

mod lag;
mod shape;

use num_bigint::{BigInt, BigUint};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::exact::{ExactSum, ProductSum, sum};
use crate::quotient::{big_quotient, narrow_root, quotient, root};
use crate::{Chunk, Counts, round_quotient, round_root};

pub use lag::lag_one_autocorrelation;

/// Below this magnitude the squares of a chunk add up within 127 bits: 2·55 + 16.
const SQUARES_NARROW: u64 = 1 << 55;
/// Below this one its fourth powers do: 4·27 + 16.
const FOURTHS_NARROW: u64 = 1 << 27;

/// Count, sum, sum of squares, least and greatest: a mergeable part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sums {
    /// Rows.
    pub counts: Counts,
    /// Σx
    pub sum: ExactSum,
    /// Σx²
    pub squares: ExactSum,
    /// Least and greatest value; `None` of no values.
    pub extent: Option<(i64, i64)>,
}

/// [`Sums`] with third and fourth powers: a mergeable part.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moments {
    /// The first two powers.
    pub sums: Sums,
    /// Σx³
    pub cubes: ExactSum,
    /// Σx⁴
    pub fourths: ExactSum,
}

impl Sums {
    /// The sums of chunks, in parallel.
    pub fn of(chunks: &[Chunk<'_>]) -> Self {
        let parts: Vec<Self> =
            chunks.par_iter().map(|chunk| Self::of_values(&chunk.used(), chunk.rows())).collect();
        parts.iter().fold(Self::default(), |mut sums, part| {
            sums.merge(part);
            sums
        })
    }

    /// The sums of `values`, which are what `rows` rows have, on this thread.
    pub fn of_values(values: &[i64], rows: usize) -> Self {
        let extent = extent(values);
        let squares = values.chunks(crate::CHUNK_ROWS).fold(ExactSum::default(), |mut total, values| {
            total.merge(&squares(values, magnitude(extent)));
            total
        });
        Self { counts: Counts::of(rows, values.len()), sum: sum(values).into(), squares, extent }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.extent = match (self.extent, other.extent) {
            (Some((least, greatest)), Some((low, high))) => Some((least.min(low), greatest.max(high))),
            (extent, None) | (None, extent) => extent,
        };
    }

    /// Values in the sums.
    fn used(&self) -> u128 {
        u128::from(self.counts.used)
    }

    /// The mean; `None` of no values.
    pub fn mean(&self, scale: u32) -> Option<f64> {
        (self.counts.used > 0).then(|| match self.sum.narrow() {
            Some(sum) => quotient(sum, self.used(), scale),
            None => big_quotient(&self.sum.big(), &(BigUint::from(self.used()) * power(scale))),
        })
    }

    /// The mean in units of 10^-`decimals` of the unit, halves away from zero.
    pub fn mean_units(&self, decimals: u32) -> Option<BigInt> {
        (self.counts.used > 0).then(|| round_quotient(&self.sum.big(), &BigUint::from(self.used()), decimals))
    }

    /// n·Σx² − (Σx)²: n² times the variance of the population, and never below zero.
    pub(crate) fn spread(&self) -> BigUint {
        self.narrow_spread().map_or_else(
            || {
                let sum = self.sum.big();
                let spread = BigInt::from(self.used()) * self.squares.big() - &sum * &sum;
                spread.into_parts().1
            },
            BigUint::from,
        )
    }

    /// The same if 128 bits are enough for it.
    fn narrow_spread(&self) -> Option<u128> {
        let product = i128::try_from(self.used()).ok()?.checked_mul(self.squares.narrow()?)?;
        let sum = self.sum.narrow()?;
        u128::try_from(product.checked_sub(sum.checked_mul(sum)?)?).ok()
    }

    /// n(n − 1), by which the spread is divided for the sample's variance; `None` below two values.
    fn pairs(&self) -> Option<u128> {
        (self.counts.used > 1).then(|| self.used() * (self.used() - 1))
    }

    /// The sample's variance (n − 1); `None` below two values.
    pub fn variance(&self, scale: u32) -> Option<f64> {
        let pairs = BigUint::from(self.pairs()?) * power(2 * scale);
        Some(big_quotient(&BigInt::from(self.spread()), &pairs))
    }

    /// The sample's standard deviation (n − 1); `None` below two values.
    pub fn standard_deviation(&self, scale: u32) -> Option<f64> {
        let pairs = self.pairs()?;
        let narrow = || {
            let denominator = pairs.checked_mul(100_u128.checked_pow(scale)?)?;
            narrow_root(self.narrow_spread()?, denominator)
        };
        Some(narrow().unwrap_or_else(|| root(&self.spread(), &(BigUint::from(pairs) * power(2 * scale)))))
    }

    /// The sample's standard deviation in units of 10^-`decimals` of the unit, halves up.
    pub fn standard_deviation_units(&self, decimals: u32) -> Option<BigUint> {
        Some(round_root(&self.spread(), &BigUint::from(self.pairs()?), decimals))
    }
}

impl Moments {
    /// The power sums of chunks, in parallel.
    pub fn of(chunks: &[Chunk<'_>]) -> Self {
        let parts: Vec<Self> = chunks
            .par_iter()
            .map(|chunk| {
                let values = chunk.used();
                let sums = Sums::of_values(&values, chunk.rows());
                let (cubes, fourths) = high_powers(&values, magnitude(sums.extent));
                Self { sums, cubes, fourths }
            })
            .collect();
        parts.iter().fold(Self::default(), |mut moments, part| {
            moments.merge(part);
            moments
        })
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.sums.merge(&other.sums);
        self.cubes.merge(&other.cubes);
        self.fourths.merge(&other.fourths);
    }
}

fn power(scale: u32) -> BigUint {
    BigUint::from(10_u32).pow(scale)
}

fn extent(values: &[i64]) -> Option<(i64, i64)> {
    let (&first, rest) = values.split_first()?;
    Some(
        rest.iter().fold((first, first), |(least, greatest), &value| (least.min(value), greatest.max(value))),
    )
}

fn magnitude(extent: Option<(i64, i64)>) -> u64 {
    extent.map_or(0, |(least, greatest)| least.unsigned_abs().max(greatest.unsigned_abs()))
}

/// Σx² of at most a chunk of values below `magnitude`.
fn squares(values: &[i64], magnitude: u64) -> ExactSum {
    let square = |value: i64| u128::from(value.unsigned_abs()) * u128::from(value.unsigned_abs());
    if magnitude < SQUARES_NARROW {
        let total: u128 = values.iter().map(|&value| square(value)).sum();
        // Below 2^126.
        return ExactSum::from(total.cast_signed());
    }
    let mut total = ProductSum::default();
    values.iter().for_each(|&value| total.add(square(value), 1));
    total.big().into()
}

/// Σx³ and Σx⁴ of at most a chunk of values below `magnitude`.
fn high_powers(values: &[i64], magnitude: u64) -> (ExactSum, ExactSum) {
    if magnitude < FOURTHS_NARROW {
        let (mut cubes, mut fourths) = (0_i128, 0_i128);
        for &value in values {
            // Below 2^54.
            let square = value * value;
            cubes += i128::from(square) * i128::from(value);
            fourths += i128::from(square) * i128::from(square);
        }
        return (cubes.into(), fourths.into());
    }
    let (mut above, mut below, mut fourths) =
        (ProductSum::default(), ProductSum::default(), ProductSum::default());
    for &value in values {
        let magnitude = u128::from(value.unsigned_abs());
        let square = magnitude * magnitude;
        if value < 0 { &mut below } else { &mut above }.add(square, magnitude);
        fourths.add(square, square);
    }
    ((above.big() - below.big()).into(), fourths.big().into())
}
