//! Histograms with bounds a person would choose.
//!
//! The number of bars is at most Rice's rule, ⌈2·∛n⌉, between 5 and 20; the width is the smallest of 1, 2, 2.5 or 5
//! times a power of ten (a whole number of units of the column's scale) that needs no more bars; bounds are multiples
//! of it.

use docmill_contract::analysis::Bin;
use num_bigint::BigInt;

use crate::scaled::text;

/// Fewer values than this are better read as a list.
pub(crate) const VALUES_MIN: usize = 5;

const BARS_MIN: i128 = 5;
const BARS_MAX: i128 = 20;

/// The bars of `sorted` (ascending, in units of 10^-`scale`); empty where there are too few values or all are equal.
pub(crate) fn histogram(sorted: &[i64], scale: u32) -> Vec<Bin> {
    let (Some(&minimum), Some(&maximum)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let (minimum, maximum) = (i128::from(minimum), i128::from(maximum));
    if sorted.len() < VALUES_MIN || minimum == maximum {
        return Vec::new();
    }
    let wanted = bars_wanted(sorted.len());
    // Values are below 10^19, so a width of 10^20 always suffices.
    let widths = (0..=20).flat_map(|power| {
        let ten = 10_i128.pow(power);
        // 2.5 units are no whole number, and twice the same width does no harm.
        [ten, 2 * ten, (5 * ten / 2).max(2), 5 * ten]
    });
    let Some(width) = widths.into_iter().find(|&width| bars(minimum, maximum, width) <= wanted) else {
        return Vec::new();
    };
    let start = minimum.div_euclid(width) * width;
    let bound = |units: i128| text(&BigInt::from(units), scale, 0);
    let mut below = 0;
    (1..=bars(minimum, maximum, width))
        .map(|bar| {
            let (from, to) = (start + (bar - 1) * width, start + bar * width);
            // The last bar includes its upper bound, and nothing is above it.
            let last = bar == bars(minimum, maximum, width);
            let until =
                if last { sorted.len() } else { sorted.partition_point(|&value| i128::from(value) < to) };
            let count = until - below;
            below = until;
            Bin { from: bound(from), to: bound(to), count: u64::try_from(count).unwrap_or(u64::MAX) }
        })
        .collect()
}

/// How many bars of `width` reach from the multiple below `minimum` to `maximum`.
fn bars(minimum: i128, maximum: i128, width: i128) -> i128 {
    let span = maximum - minimum.div_euclid(width) * width;
    ((span + width - 1) / width).max(1)
}

/// Rice's rule, within the bounds.
fn bars_wanted(values: usize) -> i128 {
    // ⌈2·∛n⌉ is the smallest k with k³ ≥ 8n.
    let eightfold = i128::try_from(values).unwrap_or(i128::MAX / 8).saturating_mul(8);
    (BARS_MIN..BARS_MAX).find(|bars| bars.pow(3) >= eightfold).unwrap_or(BARS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bars_have_round_bounds_and_hold_every_value() {
        let check = |values: &[i64], scale, expected: &[(&str, &str, u64)]| {
            let found = histogram(values, scale);
            let found: Vec<_> =
                found.iter().map(|bin| (bin.from.as_str(), bin.to.as_str(), bin.count)).collect();
            assert_eq!(found, expected, "{values:?}");
        };
        check(&[1, 2, 3, 4], 0, &[]);
        check(&[7; 9], 0, &[]);
        check(
            &[0, 1, 2, 3, 10],
            0,
            &[("0", "2", 2), ("2", "4", 2), ("4", "6", 0), ("6", "8", 0), ("8", "10", 1)],
        );
        check(
            &[-150, -50, 0, 49, 250],
            2,
            &[("-2", "-1", 1), ("-1", "0", 1), ("0", "1", 2), ("1", "2", 0), ("2", "3", 1)],
        );
    }

    proptest! {
        #[test]
        fn every_value_is_counted_once(mut values in prop::collection::vec(-1_000_000_i64..1_000_000, 5..300)) {
            values.sort_unstable();
            let found = histogram(&values, 2);
            let counted: u64 = found.iter().map(|bin| bin.count).sum();
            prop_assert!(found.is_empty() || counted == values.len() as u64);
            prop_assert!(found.len() <= 20);
        }
    }
}
