//! Values far from the rest of their group.
//!
//! Modified z-score: Iglewicz and Hoaglin (1993), "How to Detect and Handle Outliers", ASQC: |x − median| ÷ (1.4826 ·
//! MAD) above 3.5. If half the values are equal, MAD is 0; then the mean absolute deviation times 1.2533 takes its
//! place, and if that is 0 too, nothing can be said. Fences: Tukey (1977), "Exploratory Data Analysis": below Q1 − 1.5 ·
//! IQR or above Q3 + 1.5 · IQR.
//!
//! Each group's limits are computed once, as integers; then every row is compared with them.

use rayon::prelude::*;
use serde::Serialize;

use crate::chunks::{CHUNK_ROWS, first_rows};
use crate::groups::{Groups, Medians, wide};
use crate::quantiles::{Probability, QuantileType, median, quantiles};
use crate::robust::{MAD_TO_STANDARD_DEVIATION, deviation_from, difference, doubled};
use crate::{Counts, Fraction, KeyedChunk, NO_KEY};

/// √(π/2): what makes a mean absolute deviation an estimate of a normal distribution's standard deviation.
pub const MEAN_DEVIATION_TO_STANDARD_DEVIATION: f64 = 1.253_314_137_315_500_3;

/// Outliers that one task scores at a time.
const OUTLIERS_PER_TASK: usize = 4_096;

/// How far is far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Method {
    /// Modified z-score above this threshold, usually 3.5.
    ModifiedZ {
        /// Above zero.
        threshold: f64,
    },
    /// Outside the quartiles by this multiple of the interquartile range, usually 1.5.
    Tukey {
        /// Above zero.
        factor: f64,
        /// How quartiles lie between values.
        quantile_type: QuantileType,
    },
}

/// What a group's limits are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Basis {
    /// The median absolute deviation.
    MedianAbsoluteDeviation,
    /// The mean absolute deviation from the median, since the median one is 0.
    MeanAbsoluteDeviation,
    /// The quartiles.
    Quartiles,
}

/// A group's limits: a value below `low` or above `high` is an outlier.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limits {
    /// The least value within.
    pub low: i64,
    /// The greatest value within.
    pub high: i64,
    /// What scores are measured from, below and above: the median twice, or the quartiles.
    pub centre: (Fraction, Fraction),
    /// What scores are measured in, in units: 1.4826 · MAD, 1.2533 · mean absolute deviation, or the interquartile range.
    pub spread: f64,
    /// What the spread is.
    pub basis: Basis,
}

/// Why a group has no limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum NoLimits {
    /// It has fewer values than asked for.
    TooFew,
    /// It has no spread to measure in: all (for Tukey: the middle half of) its values are equal.
    NoSpread,
}

/// A value outside its group's limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Outlier {
    /// Its row, from the first of the first chunk.
    pub row: usize,
    /// Its group.
    pub key: u32,
    /// The value.
    pub value: i64,
    /// How many spreads from the centre; below zero for a value below.
    pub score: f64,
}

/// The outliers of a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outliers {
    /// Rows: used are those that were compared with limits.
    pub counts: Counts,
    /// In the order of their rows.
    pub outliers: Vec<Outlier>,
}

/// The limits of each group of at least `group_min` values, in the order of the keys.
pub fn limits(groups: &Groups, method: Method, group_min: usize) -> Vec<Result<Limits, NoLimits>> {
    if let Method::ModifiedZ { threshold } = method {
        let narrow = groups.map_narrow(|values, scratch| {
            of_group(values, group_min, |values| {
                let medians = Medians::of(values)?;
                let deviation = medians.deviation(values, scratch)?;
                modified_z(values.iter().copied().map(wide), medians.median(), deviation, threshold)
            })
        });
        if let Some(limits) = narrow {
            return limits;
        }
    }
    groups.map(|values, _, scratch| {
        of_group(values, group_min, |values| match method {
            Method::ModifiedZ { threshold } => {
                let centre = median(values)?;
                let deviation = deviation_from(values, centre, scratch)?;
                modified_z(values.iter().copied(), centre, deviation, threshold)
            }
            Method::Tukey { factor, quantile_type } => tukey(values, factor, quantile_type),
        })
    })
}

/// `found` of a group's values, if they are enough.
fn of_group<V: AsRef<[T]>, T>(
    values: V,
    group_min: usize,
    found: impl FnOnce(V) -> Option<Limits>,
) -> Result<Limits, NoLimits> {
    let count = values.as_ref().len();
    if count == 0 || count < group_min {
        return Err(NoLimits::TooFew);
    }
    found(values).ok_or(NoLimits::NoSpread)
}

fn modified_z(
    values: impl ExactSizeIterator<Item = i64>,
    centre: Fraction,
    deviation: Fraction,
    threshold: f64,
) -> Option<Limits> {
    let (spread, basis) = if deviation.numerator > 0 {
        (deviation.to_f64(0) * MAD_TO_STANDARD_DEVIATION, Basis::MedianAbsoluteDeviation)
    } else {
        let twice = doubled(centre);
        // Below 2^66 each: 2^61 of them fit.
        let count = values.len() as u128;
        let sum: i128 = values.map(|value| (i128::from(value) * 2 - twice).abs()).sum();
        let mean = crate::quotient::quotient(sum, count * 2, 0);
        (mean * MEAN_DEVIATION_TO_STANDARD_DEVIATION, Basis::MeanAbsoluteDeviation)
    };
    within((centre, centre), threshold * spread, spread, basis)
}

fn tukey(values: &mut [i64], factor: f64, kind: QuantileType) -> Option<Limits> {
    let both = [Probability::FIRST_QUARTILE, Probability::THIRD_QUARTILE];
    let [first, third] = quantiles(values, &both, kind)?.try_into().ok()?;
    let range = difference(third, first).to_f64(0);
    within((first, third), factor * range, range, Basis::Quartiles)
}

/// Limits `reach` below and above the centre: x is outside if d·x is below d·low − ⌊d·reach⌋, in integers.
fn within(centre: (Fraction, Fraction), reach: f64, spread: f64, basis: Basis) -> Option<Limits> {
    // An underflow or a threshold of zero says nothing of values.
    if !(spread > 0.0 && reach >= 0.0) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a float saturates; capped well within 128 bits"
    )]
    let parts = |fraction: Fraction| (reach * fraction.denominator as f64).floor().min(1e30) as i128;
    let (low, high) = centre;
    let (low_parts, high_parts) = (i128::from(low.denominator), i128::from(high.denominator));
    let least = -(parts(low) - low.numerator).div_euclid(low_parts);
    let greatest = (high.numerator + parts(high)).div_euclid(high_parts);
    Some(Limits {
        low: i64::try_from(least).unwrap_or(i64::MIN),
        high: i64::try_from(greatest).unwrap_or(i64::MAX),
        centre,
        spread,
        basis,
    })
}

impl Limits {
    /// How many spreads `value` is from the centre.
    pub fn score(&self, value: i64) -> f64 {
        let (low, high) = self.centre;
        let from = |centre: Fraction| {
            let difference = i128::from(value) * i128::from(centre.denominator) - centre.numerator;
            Fraction { numerator: difference, denominator: centre.denominator }.to_f64(0) / self.spread
        };
        if value < self.low { from(low) } else { from(high) }
    }
}

/// A group's limits as rows are compared with them; a group without limits lets every value pass.
struct Bounds {
    low: i64,
    high: i64,
    /// 1, or 0 without limits.
    judged: usize,
}

/// The rows of `chunks` outside their groups' limits.
pub fn outliers(chunks: &[KeyedChunk<'_>], limits: &[Result<Limits, NoLimits>]) -> Outliers {
    // Beside each other for the look-up.
    let bounds: Vec<Bounds> = limits
        .iter()
        .map(|limits| match limits {
            Ok(limits) => Bounds { low: limits.low, high: limits.high, judged: 1 },
            Err(_) => Bounds { low: i64::MIN, high: i64::MAX, judged: 0 },
        })
        .collect();
    let parts: Vec<(usize, Vec<u32>)> = chunks
        .par_iter()
        .map_init(|| vec![0; CHUNK_ROWS], |found, chunk| outside(chunk, &bounds, found))
        .collect();
    let mut places = Vec::with_capacity(parts.iter().map(|(_, rows)| rows.len()).sum());
    for (chunk, (_, rows)) in (0_u32..).zip(&parts) {
        places.extend(rows.iter().map(|&row| (chunk, row)));
    }
    let first = first_rows(chunks.iter().map(|chunk| chunk.keys.len()));
    // With one result for each place, all go where they stay, in parallel.
    let outliers = places
        .par_iter()
        .with_min_len(OUTLIERS_PER_TASK)
        .map(|&(chunk, row)| {
            let (chunk, row) = (chunk as usize, row as usize);
            let first = first.get(chunk).copied().unwrap_or(0);
            let (key, value) = chunks.get(chunk).and_then(|chunk| chunk.at(row)).unwrap_or((NO_KEY, 0));
            let score = limits
                .get(key as usize)
                .and_then(|limits| limits.as_ref().ok())
                .map_or(0.0, |limits| limits.score(value));
            Outlier { row: first + row, key, value, score }
        })
        .collect();
    let rows = chunks.iter().map(|chunk| chunk.keys.len()).sum();
    let compared = parts.iter().map(|(compared, _)| compared).sum();
    Outliers { counts: Counts::of(rows, compared), outliers }
}

/// How many rows have limits, and those outside of theirs. Nothing branches on a value, as every other one may be
/// outside: each row is written to `found`, and stays if the next one isn't written over it.
fn outside(chunk: &KeyedChunk<'_>, bounds: &[Bounds], found: &mut [u32]) -> (usize, Vec<u32>) {
    let (mut judged, mut count) = (0, 0);
    chunk.for_each_used(bounds.len(), |row, key, value| {
        if let Some(bounds) = bounds.get(key)
            && let Some(place) = found.get_mut(count)
            && let Ok(row) = u32::try_from(row)
        {
            *place = row;
            judged += bounds.judged;
            count += usize::from((value < bounds.low) | (value > bounds.high));
        }
    });
    (judged, found.get(..count).unwrap_or_default().to_vec())
}
