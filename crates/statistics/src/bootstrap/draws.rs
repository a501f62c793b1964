//! One resample, and its exact statistic.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::Rng;

use super::Statistic;
use crate::exact::sum;

/// What a resample is drawn from.
#[derive(Debug)]
pub(super) struct Sample<'a> {
    sorted: &'a [i64],
    /// Whether the sum of as many of the largest values fits in 64 bits.
    narrow: bool,
}

/// The statistic of the values themselves: their sum, or twice their median.
pub(super) fn of_all(values: &[i64], statistic: Statistic) -> i128 {
    match statistic {
        Statistic::Mean => sum(values),
        Statistic::Median => {
            let median = crate::quantiles::median(&mut values.to_vec());
            median.map_or(0, crate::robust::doubled)
        }
    }
}

/// How far around its middle the median of draws is looked for, in its standard errors: it is outside about once in
/// 10^9 replicates, which then are drawn again and looked at in full.
const STANDARD_ERRORS: f64 = 6.0;

impl<'a> Sample<'a> {
    /// `sorted` is ascending, and at most [`super::VALUES_MAX`] values.
    pub(super) fn of(sorted: &'a [i64]) -> Self {
        let magnitude = |value: Option<&i64>| value.map_or(0, |value| value.unsigned_abs());
        let greatest = magnitude(sorted.first()).max(magnitude(sorted.last()));
        let narrow = greatest.checked_mul(sorted.len() as u64).is_some_and(|sum| i64::try_from(sum).is_ok());
        Self { sorted, narrow }
    }

    fn at(&self, draw: u32) -> i64 {
        let place = (u64::from(draw) * self.sorted.len() as u64) >> 32;
        self.sorted.get(place as usize).copied().unwrap_or(0)
    }

    /// The sum of as many draws as there are values.
    pub(super) fn sum(&self, random: &mut Xoshiro256PlusPlus) -> i128 {
        let count = self.sorted.len();
        if self.narrow {
            let mut sum = 0_i64;
            for _ in 0..count / 2 {
                let (one, other) = halves(random.next_u64());
                sum += self.at(one) + self.at(other);
            }
            if count % 2 == 1 {
                sum += self.at(halves(random.next_u64()).0);
            }
            return i128::from(sum);
        }
        (0..count).map(|_| i128::from(self.at(halves(random.next_u64()).0))).sum()
    }

    /// Twice the median of as many draws as there are values. A draw's value rises with its bits, so the median is looked
    /// for among these: those below a window around the middle are counted, those within it kept.
    pub(super) fn doubled_median(&self, random: &mut Xoshiro256PlusPlus, scratch: &mut Vec<u32>) -> i128 {
        let count = self.sorted.len();
        let again = random.clone();
        let window = window(count);
        scratch.resize(count + 2, 0);
        let (mut below, mut kept) = (0, 0);
        let mut draw = |bits: u32| {
            below += usize::from(bits < window.0);
            if let Some(slot) = scratch.get_mut(kept) {
                *slot = bits;
            }
            kept += usize::from(bits >= window.0 && bits <= window.1);
        };
        for _ in 0..count / 2 {
            let (one, other) = halves(random.next_u64());
            draw(one);
            draw(other);
        }
        if count % 2 == 1 {
            draw(halves(random.next_u64()).0);
        }
        let (low, high) = ((count - 1) / 2, count / 2);
        let within = scratch.get_mut(..kept).unwrap_or_default();
        if below <= low && high < below + kept {
            return self.doubled_middle(within, low - below, high - below);
        }
        *random = again;
        scratch.clear();
        for _ in 0..count.div_ceil(2) {
            let (one, other) = halves(random.next_u64());
            scratch.extend([one, other]);
        }
        scratch.truncate(count);
        self.doubled_middle(scratch, low, high)
    }

    /// The sum of the values of two ranks, `high` being `low` or the one above.
    fn doubled_middle(&self, draws: &mut [u32], low: usize, high: usize) -> i128 {
        let (_, &mut middle, above) = draws.select_nth_unstable(low);
        let next = if high > low { above.iter().copied().min().unwrap_or(middle) } else { middle };
        i128::from(self.at(middle)) + i128::from(self.at(next))
    }
}

/// The least and greatest draw that are kept.
fn window(count: usize) -> (u32, u32) {
    // The median of n uniform numbers has a standard error of about 1 ÷ (2√n).
    let reach = (STANDARD_ERRORS / 2.0 / (count as f64).sqrt()).min(0.5);
    let half = f64::from(1_u32 << 31);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 2^32: casts saturate")]
    let window = ((half - reach * 2.0 * half) as u32, (half + reach * 2.0 * half) as u32);
    window
}

fn halves(bits: u64) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half, and the upper one")]
    let halves = (bits as u32, (bits >> 32) as u32);
    halves
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn the_window_changes_nothing() {
        for count in [1_i64, 2, 7, 8, 50, 501, 1_000] {
            let sorted: Vec<i64> = (0..count).map(|value| value * value).collect();
            let sample = Sample::of(&sorted);
            for seed in 0..200 {
                let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
                let mut all: Vec<u32> = Vec::new();
                let mut same = random.clone();
                while all.len() < sorted.len() {
                    all.extend(<[u32; 2]>::from(halves(same.next_u64())));
                }
                all.truncate(sorted.len());
                let expected = sample.doubled_middle(&mut all, (sorted.len() - 1) / 2, sorted.len() / 2);
                assert_eq!(sample.doubled_median(&mut random, &mut Vec::new()), expected, "{count} {seed}");
            }
        }
    }
}
