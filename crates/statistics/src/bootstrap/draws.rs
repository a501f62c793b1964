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

/// Draws are counted by their upper bits.
const BUCKETS: usize = 256;

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
        #[expect(clippy::cast_possible_truncation, reason = "below the length")]
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
    /// for among these, and only in the bucket that it is in.
    pub(super) fn doubled_median(&self, random: &mut Xoshiro256PlusPlus, scratch: &mut Vec<u32>) -> i128 {
        let count = self.sorted.len();
        scratch.clear();
        for _ in 0..count.div_ceil(2) {
            let (one, other) = halves(random.next_u64());
            scratch.extend([one, other]);
        }
        scratch.truncate(count);
        let mut counts = [[0_u32; BUCKETS]; 2];
        let [even, odd] = &mut counts;
        for pair in scratch.chunks(2) {
            if let Some(one) = pair.first().and_then(|draw| even.get_mut((draw >> 24) as usize)) {
                *one += 1;
            }
            if let Some(other) = pair.get(1).and_then(|draw| odd.get_mut((draw >> 24) as usize)) {
                *other += 1;
            }
        }
        let buckets: Vec<usize> =
            even.iter().zip(odd.iter()).map(|(one, other)| (one + other) as usize).collect();
        let low = Self::of_rank(scratch, &buckets, (count - 1) / 2);
        let high = if count % 2 == 1 { low } else { Self::of_rank(scratch, &buckets, count / 2) };
        i128::from(self.at(low)) + i128::from(self.at(high))
    }

    /// The draw of this rank.
    fn of_rank(draws: &[u32], buckets: &[usize], rank: usize) -> u32 {
        let mut before = 0;
        for (bucket, &count) in buckets.iter().enumerate() {
            if rank < before + count {
                let mut within: Vec<u32> = Vec::with_capacity(count);
                within.extend(draws.iter().copied().filter(|draw| (draw >> 24) as usize == bucket));
                return *within.select_nth_unstable(rank - before).1;
            }
            before += count;
        }
        0
    }
}

fn halves(bits: u64) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, reason = "the lower half, and the upper one")]
    let halves = (bits as u32, (bits >> 32) as u32);
    halves
}
