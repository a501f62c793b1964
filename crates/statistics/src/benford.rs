//! Leading digits against Benford's law.
//!
//! Nigrini (2012), "Benford's Law: Applications for Forensic Accounting, Auditing, and Fraud Detection", Wiley: first,
//! second and first-two digits; Z with continuity correction, χ², and the mean absolute deviation with his limits. That
//! numbers deviate from the law says nothing of why: this is a way to choose what to look at, and words say "deviates".
//!
//! Digits are those of exact integers, so the scale doesn't matter: 5.00 and 500 both begin with 50.

mod digits;
mod expected;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Chunk, Counts, normal};

pub use expected::{Digits, expected_shares};

/// Counts by two leading digits have a place for each number below this; those below 10 but 0 stay empty.
const PLACES: usize = 100;

/// Tables that are counted in by turns.
const TURNS: usize = 4;

/// Which values are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Signs {
    /// All, without their sign.
    #[default]
    Both,
    /// Those above zero.
    Positive,
    /// Those below zero.
    Negative,
}

/// Values by their two leading digits: a mergeable part, from which the tests of all digits follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigitCounts {
    /// Rows.
    pub counts: Counts,
    /// Values of zero, which have no digits.
    pub zeros: u64,
    /// Values of the sign that was not asked for.
    pub other_sign: u64,
    /// Least and greatest magnitude counted.
    pub extent: Option<(u64, u64)>,
    /// By leading digits, from 10 to 99.
    pub first_two: Vec<u64>,
}

impl DigitCounts {
    /// The digits of chunks, in parallel.
    pub fn of(chunks: &[Chunk<'_>], signs: Signs) -> Self {
        let parts: Vec<Self> = chunks.par_iter().map(|chunk| Self::of_chunk(chunk, signs)).collect();
        parts.iter().fold(Self::empty(), |mut counts, part| {
            counts.merge(part);
            counts
        })
    }

    /// Of no values.
    pub fn empty() -> Self {
        let first_two = vec![0; 90];
        Self { counts: Counts::default(), zeros: 0, other_sign: 0, extent: None, first_two }
    }

    fn of_chunk(chunk: &Chunk<'_>, signs: Signs) -> Self {
        // A loop of its own for each.
        match signs {
            Signs::Both => Self::of_those(chunk, |_| false),
            Signs::Positive => Self::of_those(chunk, |value| value < 0),
            Signs::Negative => Self::of_those(chunk, |value| value > 0),
        }
    }

    fn of_those(chunk: &Chunk<'_>, other: impl Fn(i64) -> bool) -> Self {
        let values = chunk.used();
        // Counted in turns: most numbers begin with few digits, and a count can't be raised before it is written.
        let mut turns = [[0_u32; 128]; TURNS];
        // Zero less one wraps to the greatest, so that the least leaves zeros out.
        let (mut least_less_one, mut greatest, mut other_sign) = (u64::MAX, 0, 0_u64);
        let mut count = |value: i64, places: &mut [u32; 128]| {
            let left_out = other(value);
            other_sign += u64::from(left_out);
            let value = if left_out { 0 } else { value };
            let magnitude = value.unsigned_abs();
            least_less_one = least_less_one.min(magnitude.wrapping_sub(1));
            greatest = greatest.max(magnitude);
            if let Some(count) = places.get_mut(digits::first_two(value) & 127) {
                *count += 1;
            }
        };
        let (together, rest) = values.as_chunks::<TURNS>();
        for some in together {
            some.iter().zip(&mut turns).for_each(|(&value, places)| count(value, places));
        }
        rest.iter().zip(&mut turns).for_each(|(&value, places)| count(value, places));
        let mut places = [0_u64; 128];
        for turn in turns {
            places.iter_mut().zip(turn).for_each(|(count, more)| *count += u64::from(more));
        }
        let without_digits = places.first().copied().unwrap_or(0);
        Self {
            counts: Counts::of(chunk.rows(), values.len()),
            zeros: without_digits - other_sign,
            other_sign,
            extent: (greatest > 0).then(|| (least_less_one.wrapping_add(1), greatest)),
            first_two: places.iter().take(PLACES).skip(10).copied().collect(),
        }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: &Self) {
        self.counts.merge(&other.counts);
        self.zeros += other.zeros;
        self.other_sign += other.other_sign;
        self.extent = match (self.extent, other.extent) {
            (Some((least, greatest)), Some((low, high))) => Some((least.min(low), greatest.max(high))),
            (extent, None) | (None, extent) => extent,
        };
        self.first_two.resize(90, 0);
        self.first_two.iter_mut().zip(&other.first_two).for_each(|(count, more)| *count += more);
    }

    /// Values with digits.
    pub fn counted(&self) -> u64 {
        self.first_two.iter().sum()
    }

    /// Counts by the digits asked for, from the first one (1, 0 or 10).
    pub fn by(&self, digits: Digits) -> Vec<u64> {
        let mut counts = vec![0; digits.number()];
        for (place, &count) in self.first_two.iter().enumerate() {
            let index = match digits {
                Digits::First => place / 10,
                Digits::Second => place % 10,
                Digits::FirstTwo => place,
            };
            if let Some(total) = counts.get_mut(index) {
                *total += count;
            }
        }
        counts
    }

    /// Whether the law may be expected to hold. Stated before any test is read.
    pub fn applicability(&self, digits: Digits) -> Applicability {
        let counted = self.counted();
        let with_sign = counted + self.zeros;
        let orders = self
            .extent
            .map_or(0.0, |(least, greatest)| libm::log10(greatest as f64) - libm::log10(least as f64));
        Applicability {
            counted,
            enough: counted >= digits.counted_min(),
            orders_of_magnitude: orders,
            wide: orders >= ORDERS_MIN,
            zero_share: if with_sign == 0 { 0.0 } else { self.zeros as f64 / with_sign as f64 },
        }
    }

    /// The test; `None` of no values.
    pub fn test(&self, digits: Digits) -> Option<BenfordTest> {
        let counted = self.counted();
        let total = counted as f64;
        let counts = self.by(digits);
        let rows: Vec<DigitRow> = (digits.first()..)
            .zip(counts.into_iter().zip(expected_shares(digits)))
            .map(|(digit, (count, expected))| DigitRow::of(digit, count, expected, total))
            .collect();
        let degrees = u32::try_from(rows.len()).ok()?.saturating_sub(1);
        let chi_squared: f64 = rows
            .iter()
            .map(|row| {
                let difference = row.count as f64 - total * row.expected;
                difference * difference / (total * row.expected)
            })
            .sum();
        let deviation =
            rows.iter().map(|row| (row.share - row.expected).abs()).sum::<f64>() / rows.len() as f64;
        (counted > 0).then(|| BenfordTest {
            digits,
            applicability: self.applicability(digits),
            rows,
            chi_squared,
            degrees_of_freedom: degrees,
            probability: normal::chi_squared_above(chi_squared, degrees),
            mean_absolute_deviation: deviation,
            conformity: digits.conformity(deviation),
        })
    }
}

/// Orders of magnitude that values should span.
const ORDERS_MIN: f64 = 2.0;

/// What must hold of numbers for Benford's law to be expected of them, as far as numbers show it. That they are not
/// assigned (invoice numbers), capped, or prices of a list, they don't.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Applicability {
    /// Values with digits.
    pub counted: u64,
    /// Whether they are as many as the test needs: 300 for one digit, 1,000 for two.
    pub enough: bool,
    /// log₁₀ of greatest over least.
    pub orders_of_magnitude: f64,
    /// Whether these are two or more.
    pub wide: bool,
    /// The share of zeros, 0 to 1.
    pub zero_share: f64,
}

/// One digit, or pair of digits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DigitRow {
    /// The digit.
    pub digit: u32,
    /// Values with it.
    pub count: u64,
    /// Their share, 0 to 1.
    pub share: f64,
    /// The law's share.
    pub expected: f64,
    /// |share − expected| in standard errors, with continuity correction.
    pub z: f64,
}

impl DigitRow {
    fn of(digit: u32, count: u64, expected: f64, total: f64) -> Self {
        let share = count as f64 / total;
        let difference = (share - expected).abs();
        // The correction is for a count's steps, and is left out where it is larger than the difference.
        let correction = 1.0 / (2.0 * total);
        let corrected = if correction < difference { difference - correction } else { difference };
        Self { digit, count, share, expected, z: corrected / (expected * (1.0 - expected) / total).sqrt() }
    }
}

/// How near to the law, by Nigrini's limits of the mean absolute deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Conformity {
    /// Close conformity.
    Close,
    /// Acceptable conformity.
    Acceptable,
    /// Marginally acceptable conformity.
    Marginal,
    /// Nonconformity.
    Deviates,
}

/// Found against expected.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BenfordTest {
    /// Which digits.
    pub digits: Digits,
    /// Whether the law may be expected to hold at all.
    pub applicability: Applicability,
    /// A row for each digit, ascending.
    pub rows: Vec<DigitRow>,
    /// Σ (found − expected)² ÷ expected.
    pub chi_squared: f64,
    /// Digits less one.
    pub degrees_of_freedom: u32,
    /// How often numbers that follow the law are as far from it, or farther. With very many values it is small for the
    /// least deviation: read the mean absolute deviation then.
    pub probability: f64,
    /// Mean of |share − expected|.
    pub mean_absolute_deviation: f64,
    /// What that is called.
    pub conformity: Conformity,
}
