//! Quantiles as exact fractions, found by selection.
//!
//! Types 6, 7 and 8 of Hyndman and Fan (1996), "Sample Quantiles in Statistical Packages", The American Statistician
//! 50(4). Type 7 is the default of R, numpy and pandas; 6 is Excel's PERCENTILE.EXC; 8 is the one they recommend. A
//! probability is a fraction, so the place between two values is one too, and nothing is rounded.

use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use crate::Fraction;

/// How a quantile lies between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum QuantileType {
    /// h = (n + 1)p
    Six,
    /// h = (n − 1)p + 1
    #[default]
    Seven,
    /// h = (n + 1/3)p + 1/3
    Eight,
}

/// A probability, 0 to 1, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probability {
    numerator: u32,
    denominator: u32,
}

impl Probability {
    /// A quarter.
    pub const FIRST_QUARTILE: Self = Self { numerator: 1, denominator: 4 };
    /// A half.
    pub const MEDIAN: Self = Self { numerator: 1, denominator: 2 };
    /// Three quarters.
    pub const THIRD_QUARTILE: Self = Self { numerator: 3, denominator: 4 };

    /// `None` above 1, or of nothing, or with a denominator above 10^9.
    pub fn new(numerator: u32, denominator: u32) -> Option<Self> {
        let valid = denominator > 0 && denominator <= 1_000_000_000 && numerator <= denominator;
        valid.then_some(Self { numerator, denominator })
    }

    /// Rounded.
    pub(crate) fn to_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// This share of `count`, rounded down.
    pub(crate) fn of(self, count: usize) -> usize {
        let share = count as u128 * u128::from(self.numerator) / u128::from(self.denominator.max(1));
        usize::try_from(share).unwrap_or(usize::MAX)
    }

    /// Whether it is above `part` ÷ `whole`, both zero or more.
    pub(crate) fn is_above(self, part: i128, whole: i128) -> bool {
        let product = |value: i128, times: u32| BigInt::from(value) * times;
        product(part, self.denominator) < product(whole, self.numerator)
    }

    /// `percent` of a hundred; above it, 1.
    pub fn percent(percent: u32) -> Self {
        Self { numerator: percent.min(100), denominator: 100 }
    }
}

/// Where a quantile lies: at `rank` (from 0), and `part` of `whole` of the way to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    rank: usize,
    part: u64,
    whole: u64,
}

/// `count` is above zero.
fn place(count: usize, probability: Probability, kind: QuantileType) -> Place {
    let (count, numerator) = (count as u128, u128::from(probability.numerator));
    let denominator = u128::from(probability.denominator);
    // The rank from 0, times `whole`; below zero it is the first value, past the end the last.
    let (position, whole) = match kind {
        QuantileType::Six => (((count + 1) * numerator).saturating_sub(denominator), denominator),
        QuantileType::Seven => ((count - 1) * numerator, denominator),
        QuantileType::Eight => {
            (((3 * count + 1) * numerator + denominator).saturating_sub(3 * denominator), 3 * denominator)
        }
    };
    let position = position.min((count - 1) * whole);
    let narrow = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    Place {
        rank: usize::try_from(position / whole).unwrap_or(usize::MAX),
        part: narrow(position % whole),
        whole: narrow(whole),
    }
}

fn between(low: i64, high: i64, place: Place) -> Fraction {
    if place.part == 0 || low == high {
        return Fraction::whole(low);
    }
    let (low, high) = (i128::from(low), i128::from(high));
    // Below 2^64 · 2^32.
    Fraction {
        numerator: low * i128::from(place.whole) + (high - low) * i128::from(place.part),
        denominator: place.whole,
    }
}

/// The quantile of `sorted` (ascending); `None` of no values.
pub fn quantile_of_sorted(sorted: &[i64], probability: Probability, kind: QuantileType) -> Option<Fraction> {
    if sorted.is_empty() {
        return None;
    }
    let place = place(sorted.len(), probability, kind);
    let &low = sorted.get(place.rank)?;
    let high = sorted.get(place.rank + 1).copied().unwrap_or(low);
    Some(between(low, high, place))
}

/// Quantiles of `values` in any order, which are rearranged: one for each of `probabilities`, in their order. Nothing
/// is sorted: the ranks asked for are selected, each within what the ones before it left. `None` of no values.
pub fn quantiles(
    values: &mut [i64],
    probabilities: &[Probability],
    kind: QuantileType,
) -> Option<Vec<Fraction>> {
    if values.is_empty() {
        return None;
    }
    let places: Vec<Place> =
        probabilities.iter().map(|&probability| place(values.len(), probability, kind)).collect();
    let mut ranks: Vec<usize> = Vec::with_capacity(places.len() * 2);
    for place in &places {
        ranks.push(place.rank);
        if place.part > 0 {
            ranks.push(place.rank + 1);
        }
    }
    ranks.sort_unstable();
    ranks.dedup();
    select(values, &ranks, 0);
    places
        .iter()
        .map(|place| {
            let &low = values.get(place.rank)?;
            let high = values.get(place.rank + 1).copied().unwrap_or(low);
            Some(between(low, high, *place))
        })
        .collect()
}

/// Puts the value of each of `ranks` (ascending, `first` being the rank of the first value) where sorting would.
fn select(values: &mut [i64], ranks: &[usize], first: usize) {
    let Some(&rank) = ranks.get(ranks.len() / 2) else { return };
    let position = rank.saturating_sub(first);
    if position >= values.len() {
        return;
    }
    let (below, above) = ranks.split_at(ranks.len() / 2);
    let (left, _, right) = values.select_nth_unstable(position);
    select(left, below, first);
    // The smallest of what is left is found in one pass.
    if let [_, next] = above
        && *next == rank + 1
    {
        if let Some(least) = right.iter().enumerate().min_by_key(|(_, value)| **value).map(|(at, _)| at) {
            right.swap(0, least);
        }
        return;
    }
    select(right, above.get(1..).unwrap_or_default(), rank + 1);
}

/// The median of `values`, which are rearranged: exactly, as halves; `None` of no values.
pub fn median(values: &mut [i64]) -> Option<Fraction> {
    if values.is_empty() {
        return None;
    }
    // By hand and without lists, as it is asked of each of many groups.
    let is_odd = values.len() % 2 == 1;
    let (below, &mut high, _) = values.select_nth_unstable(values.len() / 2);
    let low = if is_odd { high } else { below.iter().copied().max()? };
    Some(midpoint(low, high))
}

/// Half way between.
pub(crate) fn midpoint(low: i64, high: i64) -> Fraction {
    between(low, high, Place { rank: 0, part: 1, whole: 2 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_worked_by_hand() {
        let check = |values: &[i64], probability: (u32, u32), expected: [(i128, u64); 3]| {
            let probability = Probability::new(probability.0, probability.1).unwrap();
            let kinds = [QuantileType::Six, QuantileType::Seven, QuantileType::Eight];
            for (kind, (numerator, denominator)) in kinds.into_iter().zip(expected) {
                let found = quantile_of_sorted(values, probability, kind).unwrap();
                let equal =
                    found.numerator * i128::from(denominator) == numerator * i128::from(found.denominator);
                assert!(equal, "{values:?} {probability:?} {kind:?}: {found:?}");
            }
        };
        check(&[7], (1, 4), [(7, 1); 3]);
        // h = 5/4, 7/4, 17/12: 1 + that less one.
        check(&[1, 2, 3, 4], (1, 4), [(5, 4), (7, 4), (17, 12)]);
        check(&[1, 2, 3, 4], (1, 2), [(5, 2); 3]);
        check(&[1, 2, 3, 4], (0, 1), [(1, 1); 3]);
        check(&[1, 2, 3, 4], (1, 1), [(4, 1); 3]);
        check(&[i64::MIN, i64::MAX], (1, 2), [(-1, 2); 3]);
    }

    proptest! {
        #[test]
        fn the_median_is_a_quantile(
            values in prop_oneof![
                prop::collection::vec(any::<i64>(), 0..60),
                prop::collection::vec(-5_i64..5, 0..60),
            ],
        ) {
            let found = quantiles(&mut values.clone(), &[Probability::MEDIAN], QuantileType::Seven);
            prop_assert_eq!(median(&mut values.clone()), found.map(|found| found[0]));
        }

        #[test]
        fn selecting_is_sorting(
            values in prop_oneof![
                prop::collection::vec(any::<i64>(), 1..300),
                prop::collection::vec(-5_i64..5, 1..300),
            ],
            numerators in prop::collection::vec(0_u32..=100, 1..6),
        ) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let probabilities: Vec<_> = numerators.iter().map(|&percent| Probability::percent(percent)).collect();
            for kind in [QuantileType::Six, QuantileType::Seven, QuantileType::Eight] {
                let expected: Option<Vec<_>> =
                    probabilities.iter().map(|&p| quantile_of_sorted(&sorted, p, kind)).collect();
                prop_assert_eq!(quantiles(&mut values.clone(), &probabilities, kind), expected);
            }
        }
    }
}
