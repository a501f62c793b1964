//! Values that fit in 32 bits, as a partition keeps them where it can, and medians of a group of such.
//!
//! A narrow value is what a value is above the least of 32 bits: their order is that of the values, and half the memory
//! is scattered to, gathered from and selected in.

use crate::Fraction;
use crate::quantiles::midpoint;
use crate::robust::halved;

/// What the least narrow value stands for.
const BASE: i64 = i32::MIN as i64;

/// Whether all fit: without a branch for each, so that several are looked at at once.
pub(super) fn all_fit(values: &[i64]) -> bool {
    values.iter().fold(0, |above, &value| above | (above_base(value) >> 32)) == 0
}

#[expect(clippy::cast_possible_truncation, reason = "asked of values that fit")]
pub(super) fn narrow(value: i64) -> u32 {
    above_base(value) as u32
}

fn above_base(value: i64) -> u64 {
    value.wrapping_sub(BASE).cast_unsigned()
}

/// What a narrow value stands for.
pub(crate) fn wide(narrow: u32) -> i64 {
    i64::from(narrow) + BASE
}

/// The lower and the upper median of narrow values: one, if their number is odd.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Medians {
    low: u32,
    high: u32,
}

impl Medians {
    /// Of `values`, which are rearranged; `None` of none.
    pub(crate) fn of(values: &mut [u32]) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let is_odd = values.len() % 2 == 1;
        let (below, &mut high, _) = values.select_nth_unstable(values.len() / 2);
        let low = if is_odd { high } else { below.iter().copied().max()? };
        Some(Self { low, high })
    }

    /// Half way between them.
    pub(crate) fn median(self) -> Fraction {
        midpoint(wide(self.low), wide(self.high))
    }

    /// The median of |x − median|, as [`crate::robust::median_absolute_deviation`] has it, of the `values` that these are
    /// the medians of; `scratch` is written over. No value lies between the medians, so each deviates by what it is below
    /// the lower or above the upper one, and half of what is between them.
    pub(crate) fn deviation(self, values: &[u32], scratch: &mut Vec<u32>) -> Option<Fraction> {
        let Self { low, high } = self;
        scratch.clear();
        scratch.extend(values.iter().map(|&value| {
            let (below, above) = (low.wrapping_sub(value), value.wrapping_sub(high));
            if value <= low { below } else { above }
        }));
        let both = Self::of(scratch)?;
        Some(halved(i128::from(both.low) + i128::from(both.high) + i128::from(high - low), 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::robust::median_absolute_deviation;

    const LEAST: i64 = i32::MIN as i64;
    const GREATEST: i64 = i32::MAX as i64;

    #[test]
    fn values_fit_in_32_bits_or_not() {
        let check = |values: &[i64], fits: bool| {
            assert_eq!(all_fit(values), fits, "{values:?}");
            if fits {
                let there_and_back: Vec<i64> = values.iter().map(|&value| wide(narrow(value))).collect();
                assert_eq!(there_and_back, values);
            }
        };
        check(&[], true);
        check(&[LEAST, -1, 0, 1, GREATEST], true);
        check(&[0, LEAST - 1], false);
        check(&[0, GREATEST + 1], false);
        check(&[i64::MIN], false);
        check(&[i64::MAX], false);
    }

    proptest! {
        #[test]
        fn narrow_values_have_the_same_medians_and_deviations(
            values in prop_oneof![
                prop::collection::vec(LEAST..=GREATEST, 0..120),
                prop::collection::vec(-9_i64..9, 0..120),
                prop::collection::vec(prop::sample::select(vec![LEAST, -1, 0, GREATEST]), 0..9),
            ]
        ) {
            let mut narrow: Vec<u32> = values.iter().copied().map(narrow).collect();
            let mut values = values;
            let found = Medians::of(&mut narrow);
            prop_assert_eq!(found.map(Medians::median), crate::quantiles::median(&mut values));
            let deviation = found.and_then(|medians| medians.deviation(&narrow, &mut vec![7]));
            prop_assert_eq!(deviation, median_absolute_deviation(&mut values, &mut Vec::new()));
        }
    }
}
