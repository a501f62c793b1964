//! Intervals for a mean or a median by resampling.
//!
//! Efron and Tibshirani (1993), "An Introduction to the Bootstrap", Chapman & Hall: the percentile interval, and for the
//! mean BCa, whose acceleration is a sixth of the skewness over √n. Replicates are exact (sums; twice the median) and
//! seeded each by its number, so they are the same on any number of threads.
//!
//! Draws are 32 random bits times n, shifted down (Lemire (2019), "Fast Random Integer Generation in an Interval", ACM
//! TOMACS 29(1), without the rejection): of at most [`VALUES_MAX`] values, none is likelier than another by more than
//! one part in 2^12.

mod draws;

use rayon::prelude::*;
use serde::Serialize;

use crate::moments::Moments;
use crate::quantiles::Probability;
use crate::random::Seed;
use crate::{Fraction, chunked, normal};

/// Values that are resampled, at most.
pub const VALUES_MAX: usize = 1 << 20;
/// Replicates, at most.
pub const REPLICATES_MAX: usize = 1_000_000;

/// What an interval is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The median.
    Median,
}

/// How it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap<'a> {
    /// Resamples; 10,000 are usual.
    pub replicates: usize,
    /// Confidence in thousandths: 950 for 95 %.
    pub confidence_permille: u32,
    /// The user's seed.
    pub seed: u64,
    /// The analysis that asks, so that two of them draw differently.
    pub analysis: &'a str,
}

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Its lower end, in units.
    pub low: Fraction,
    /// Its upper end, in units.
    pub high: Fraction,
}

/// What resampling found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resampled {
    /// What was estimated.
    pub statistic: Statistic,
    /// Values resampled.
    pub count: usize,
    /// Replicates made.
    pub replicates: usize,
    /// The statistic of the values themselves.
    pub estimate: Fraction,
    /// Quantiles of the replicates.
    pub percentile: Interval,
    /// Bias-corrected and accelerated; of the mean alone (the median's jackknife is inconsistent), and if the values are
    /// not all equal.
    pub bca: Option<Interval>,
}

/// Why there is no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoInterval {
    /// No values.
    Empty,
    /// More than [`VALUES_MAX`] values.
    TooManyValues,
    /// No replicates, more than [`REPLICATES_MAX`] of them, or a confidence that isn't between 0 and 1.
    Settings,
}

/// Resamples `values`.
pub fn bootstrap(values: &[i64], statistic: Statistic, how: Bootstrap<'_>) -> Result<Resampled, NoInterval> {
    let replicates = replicates(values, statistic, how)?;
    let denominator = match statistic {
        Statistic::Mean => values.len() as u64,
        Statistic::Median => 2,
    };
    let tail = Probability::new(1_000 - how.confidence_permille, 2_000).ok_or(NoInterval::Settings)?;
    let estimate = draws::of_all(values, statistic);
    let bca = match statistic {
        Statistic::Mean => bca(values, &replicates, estimate, tail),
        Statistic::Median => None,
    };
    let at = |position: usize| Fraction {
        numerator: replicates.get(position).copied().unwrap_or(estimate),
        denominator,
    };
    let interval = |(low, high): (usize, usize)| Interval { low: at(low), high: at(high) };
    Ok(Resampled {
        statistic,
        count: values.len(),
        replicates: replicates.len(),
        estimate: Fraction { numerator: estimate, denominator },
        percentile: interval(percentile(replicates.len(), tail)),
        bca: bca.map(interval),
    })
}

/// The replicates in ascending order: sums of samples for the mean, twice the medians for the median.
pub fn replicates(values: &[i64], statistic: Statistic, how: Bootstrap<'_>) -> Result<Vec<i128>, NoInterval> {
    let settings =
        (1..=REPLICATES_MAX).contains(&how.replicates) && (1..1_000).contains(&how.confidence_permille);
    match values.len() {
        0 => return Err(NoInterval::Empty),
        count if count > VALUES_MAX => return Err(NoInterval::TooManyValues),
        _ if !settings => return Err(NoInterval::Settings),
        _ => {}
    }
    let seed = Seed::of(how.seed, how.analysis);
    let mut sorted = values.to_vec();
    // Sorted for either statistic, so that the order of the values changes nothing.
    sorted.par_sort_unstable();
    let sample = draws::Sample::of(&sorted);
    let mut replicates: Vec<i128> = (0..how.replicates)
        .into_par_iter()
        .map_init(Vec::new, |scratch, replicate| {
            let mut random = seed.replicate(replicate as u64);
            match statistic {
                Statistic::Mean => sample.sum(&mut random),
                Statistic::Median => sample.doubled_median(&mut random, scratch),
            }
        })
        .collect();
    replicates.par_sort_unstable();
    Ok(replicates)
}

/// The places of the `tail` quantiles among `count` sorted replicates: the nearest ones outwards, so that nothing lies
/// between two of them.
fn percentile(count: usize, tail: Probability) -> (usize, usize) {
    let low = tail.of(count - 1);
    (low, count - 1 - low)
}

/// The places that bias and acceleration move the quantiles to.
fn bca(values: &[i64], replicates: &[i128], estimate: i128, tail: Probability) -> Option<(usize, usize)> {
    let count = replicates.len();
    let below = replicates.partition_point(|&replicate| replicate < estimate);
    let equal = replicates.partition_point(|&replicate| replicate <= estimate) - below;
    let bias = normal::quantile((below as f64 + equal as f64 / 2.0) / count as f64);
    let skewness = Moments::of(&chunked(values)).skewness()?;
    let acceleration = skewness / (6.0 * (values.len() as f64).sqrt());
    let tail_z = normal::quantile(tail.to_f64());
    let place = |z: f64| {
        let moved = bias + (bias + z) / (1.0 - acceleration * (bias + z));
        let position = normal::cumulative(moved) * (count - 1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability times a length"
        )]
        let position = position.round() as usize;
        position.min(count - 1)
    };
    bias.is_finite().then(|| (place(tail_z), place(-tail_z)))
}
