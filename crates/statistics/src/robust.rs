//! Statistics that a few wild values don't move: MAD, interquartile range, trimmed and winsorised mean.

use crate::Fraction;
use crate::exact::sum;
use crate::quantiles::{Probability, QuantileType, median, quantiles};
use crate::quotient::quotient;

/// 1 ÷ Φ⁻¹(3/4): what makes a MAD an estimate of a normal distribution's standard deviation.
pub const MAD_TO_STANDARD_DEVIATION: f64 = 1.482_602_218_505_602;

/// The median of |x − median|, as quarters: exact, and not scaled by [`MAD_TO_STANDARD_DEVIATION`]. `values` are
/// rearranged, `scratch` is written over; `None` of no values.
pub fn median_absolute_deviation(values: &mut [i64], scratch: &mut Vec<i64>) -> Option<Fraction> {
    let centre = median(values)?;
    deviation_from(values, centre, scratch)
}

/// The same for a median that is known.
pub(crate) fn deviation_from(values: &[i64], centre: Fraction, scratch: &mut Vec<i64>) -> Option<Fraction> {
    let twice = doubled(centre);
    let deviation = |value: i64| (i128::from(value) * 2 - twice).unsigned_abs();
    // Any of 2^61 or more in magnitude leaves a bit here; without them, twice a difference fits in 64 bits.
    let large =
        values.iter().fold(0, |large, &value| large | (value.wrapping_add(1 << 61).cast_unsigned() >> 62));
    if large == 0 {
        #[expect(clippy::cast_possible_truncation, reason = "the median is as small as the values")]
        let twice = twice as i64;
        scratch.clear();
        scratch.extend(values.iter().map(|&value| (2 * value - twice).abs()));
        let found = median(scratch)?;
        return Some(halved(found.numerator, found.denominator));
    }
    let mut wide: Vec<u128> = values.iter().map(|&value| deviation(value)).collect();
    let (below, &mut high, _) = wide.select_nth_unstable(values.len() / 2);
    let low = if values.len() % 2 == 1 { high } else { below.iter().copied().max()? };
    // Below 2^66.
    Some(halved((low + high).cast_signed(), 2))
}

/// The same of values in ascending order: the deviations below the median and those above it ascend, too, and how many
/// of the smaller half are from either side is found by bisection.
pub(crate) fn deviation_of_sorted(sorted: &[i64], centre: Fraction) -> Option<Fraction> {
    let twice = doubled(centre);
    let (below, above) = sorted.split_at(sorted.partition_point(|&value| i128::from(value) * 2 < twice));
    // Beyond either end everything is farther than any deviation.
    let left = |place: usize| {
        let place = below.len().checked_sub(place + 1).and_then(|place| below.get(place));
        place.map_or(i128::MAX, |&value| twice - i128::from(value) * 2)
    };
    let right = |place: usize| above.get(place).map_or(i128::MAX, |&value| i128::from(value) * 2 - twice);
    let of_rank = |rank: usize| {
        // So many from the left as are not above what then is taken from the right.
        let (mut least, mut most) = ((rank + 1).saturating_sub(above.len()), below.len().min(rank + 1));
        while least < most {
            let taken = usize::midpoint(least, most);
            if left(taken) < right(rank - taken) { least = taken + 1 } else { most = taken }
        }
        let from_left = least.checked_sub(1).map_or(0, left);
        from_left.max((rank + 1).checked_sub(least + 1).map_or(0, right))
    };
    let count = sorted.len();
    let (low, high) = (of_rank(count.checked_sub(1)? / 2), of_rank(count / 2));
    Some(halved(low + high, 2))
}

/// Twice a median, which is a whole number of halves.
pub(crate) fn doubled(median: Fraction) -> i128 {
    median.numerator * if median.denominator == 1 { 2 } else { 1 }
}

/// Half of the fraction, in lowest terms.
pub(crate) fn halved(numerator: i128, denominator: u64) -> Fraction {
    let mut fraction = Fraction { numerator, denominator: denominator * 2 };
    while fraction.denominator > 1 && fraction.numerator % 2 == 0 {
        fraction = Fraction { numerator: fraction.numerator / 2, denominator: fraction.denominator / 2 };
    }
    fraction
}

/// Third quartile less first; `values` are rearranged. `None` of no values.
pub fn interquartile_range(values: &mut [i64], kind: QuantileType) -> Option<Fraction> {
    let both = [Probability::FIRST_QUARTILE, Probability::THIRD_QUARTILE];
    let [first, third] = quantiles(values, &both, kind)?.try_into().ok()?;
    Some(difference(third, first))
}

/// Quartiles have denominators of one kind, or 1.
pub(crate) fn difference(left: Fraction, right: Fraction) -> Fraction {
    let denominator = left.denominator.max(right.denominator);
    let over =
        |fraction: Fraction| fraction.numerator * i128::from(denominator / fraction.denominator.max(1));
    Fraction { numerator: over(left) - over(right), denominator }
}

/// How many values a share of `cut` is, rounded down, as `scipy.stats.trim_mean` has it; `None` if nothing is left.
fn cut_off(count: usize, cut: Probability) -> Option<usize> {
    let off = cut.of(count);
    (off.checked_mul(2)? < count).then_some(off)
}

/// The mean without the share `cut` of the values at either end; `values` are rearranged. `None` if none is left.
pub fn trimmed_mean(values: &mut [i64], cut: Probability, scale: u32) -> Option<f64> {
    let (_, kept, _) = ends(values, cut)?;
    Some(quotient(sum(kept), kept.len() as u128, scale))
}

/// The mean where the share `cut` at either end is moved to the nearest value kept; `values` are rearranged. `None`
/// if none is left.
pub fn winsorised_mean(values: &mut [i64], cut: Probability, scale: u32) -> Option<f64> {
    let count = values.len();
    let (off, kept, _) = ends(values, cut)?;
    let (least, greatest) = (kept.iter().min()?, kept.iter().max()?);
    let moved = (i128::from(*least) + i128::from(*greatest)) * i128::try_from(off).ok()?;
    Some(quotient(sum(kept) + moved, count as u128, scale))
}

/// How many are cut off at either end, and what lies between.
fn ends(values: &mut [i64], cut: Probability) -> Option<(usize, &mut [i64], usize)> {
    let count = values.len();
    let off = cut_off(count, cut)?;
    if off == 0 {
        return Some((0, values, 0));
    }
    let (_, _, _) = values.select_nth_unstable(off);
    let rest = values.get_mut(off..)?;
    let last = rest.len() - off;
    // What belongs at the end comes there; `last` is within, since 2·off is below the count.
    let (_, _, _) = rest.select_nth_unstable(last);
    Some((off, rest.get_mut(..last)?, off))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorted_values_have_the_same_deviation(
            values in prop_oneof![
                prop::collection::vec(any::<i64>(), 1..120),
                prop::collection::vec(-9_i64..9, 1..120),
                prop::collection::vec(prop::sample::select(vec![i64::MIN, -1, 0, i64::MAX]), 1..9),
            ]
        ) {
            let expected = median_absolute_deviation(&mut values.clone(), &mut Vec::new());
            let mut sorted = values;
            sorted.sort_unstable();
            let centre = median(&mut sorted.clone()).unwrap();
            prop_assert_eq!(deviation_of_sorted(&sorted, centre), expected);
        }
    }
}
