//! Descriptive and robust statistics of scaled integers.
//!
//! Everything is computed in integers, so no order of adding and no thread count can change it; only mean and
//! standard deviation are quotients, rounded once, half away from zero.

use docmill_contract::analysis::Statistics;
use num_bigint::BigInt;

use crate::quantile::quartile_times_4;
use crate::scaled::{divide, text};

/// Mean and standard deviation are shown with this many decimals more than the values have.
pub(crate) const QUOTIENT_DECIMALS: u32 = 2;

/// The statistics of `sorted` (ascending, in units of 10^-`scale`, as [`crate::scaled::Scaled::at`] gives them);
/// `None` of no values.
pub(crate) fn statistics(sorted: &[i128], scale: u32) -> Option<Statistics> {
    let (&minimum, &maximum) = (sorted.first()?, sorted.last()?);
    let units = |units: i128| text(&BigInt::from(units), scale, scale);
    // A quarter is 0.25: two decimals more. Below 10^27 · 100, so nothing overflows.
    let quarters = |quarters: i128| text(&BigInt::from(quarters * 25), scale + 2, scale);
    let median = quartile_times_4(sorted, 2)?;
    let quotient_scale = scale + QUOTIENT_DECIMALS;
    Some(Statistics {
        sum: units(sorted.iter().sum()),
        mean: text(&mean(sorted, QUOTIENT_DECIMALS), quotient_scale, quotient_scale),
        standard_deviation: standard_deviation(sorted, QUOTIENT_DECIMALS)
            .map(|deviation| text(&deviation, quotient_scale, quotient_scale)),
        minimum: units(minimum),
        first_quartile: quarters(quartile_times_4(sorted, 1)?),
        median: quarters(median),
        third_quartile: quarters(quartile_times_4(sorted, 3)?),
        maximum: units(maximum),
        median_absolute_deviation: median_absolute_deviation(sorted, median, scale)?,
    })
}

/// The mean with `decimals` more decimals than the values, rounded half away from zero.
fn mean(values: &[i128], decimals: u32) -> BigInt {
    let sum: i128 = values.iter().sum();
    divide(&(BigInt::from(sum) * BigInt::from(10).pow(decimals)), &BigInt::from(values.len().max(1)))
}

/// The sample standard deviation with `decimals` more decimals than the values, rounded half up; `None` for fewer
/// than two values.
///
/// The variance is (nΣd² − (Σd)²) ÷ (n(n − 1)) with d = x − pivot: the textbook formula on shifted data (Chan, Golub
/// and LeVeque (1983), "Algorithms for Computing the Sample Variance", The American Statistician 37(3)). In floats it
/// cancels; in integers it is exact, and the shift only keeps the squares small.
fn standard_deviation(values: &[i128], decimals: u32) -> Option<BigInt> {
    let pivot = *values.first()?;
    let count = BigInt::from(values.len());
    let pairs =
        BigInt::from(values.len()) * BigInt::from(values.len().checked_sub(1).filter(|&rest| rest > 0)?);
    let sum: i128 = values.iter().map(|value| value - pivot).sum();
    let variance_times_pairs = count * sum_of_squares(values, pivot) - BigInt::from(sum) * BigInt::from(sum);
    // round(√q) is ⌊(⌊√(4q)⌋ + 1) / 2⌋, and ⌊√q⌋ is the integer root of ⌊q⌋: no float is needed.
    let four_times = variance_times_pairs * 4_u32 * BigInt::from(10).pow(2 * decimals) / pairs;
    Some((four_times.sqrt() + 1_u32) / 2_u32)
}

/// Σ(x − pivot)², in an `i128` while it fits.
fn sum_of_squares(values: &[i128], pivot: i128) -> BigInt {
    let narrow = values.iter().try_fold(0_i128, |sum, value| {
        let difference = value - pivot;
        sum.checked_add(difference.checked_mul(difference)?)
    });
    narrow.map_or_else(|| values.iter().map(|value| BigInt::from(value - pivot).pow(2)).sum(), BigInt::from)
}

/// The median of |x − median|, not scaled, as text. `median_times_4` is four times the median of `sorted`.
fn median_absolute_deviation(sorted: &[i128], median_times_4: i128, scale: u32) -> Option<String> {
    let mut deviations: Vec<i128> = sorted.iter().map(|value| (value * 4 - median_times_4).abs()).collect();
    deviations.sort_unstable();
    // Sixteenths: 0.0625, four decimals more. Below 2·10^27 · 10^4.
    let sixteenths = quartile_times_4(&deviations, 2)?;
    Some(text(&BigInt::from(sixteenths * 625), scale + 4, scale))
}

#[cfg(test)]
mod tests;
