//! Quotients of exact integers and their roots, rounded once.
//!
//! To the nearest `f64` (ties to even: what IEEE 754 asks of one operation, done here for a whole formula), or to
//! decimals, halves away from zero. A quotient is taken to more bits than an `f64` has; whether anything was cut off is
//! kept in the last bit ("sticky"), which makes the rounding right.

use num_bigint::{BigInt, BigUint, Sign};
use serde::{Deserialize, Serialize};

/// Bits of a quotient that decide its rounding: 53, one to round by, one that is sticky, and some more.
const QUOTIENT_BITS: u64 = 66;

/// An exact fraction of units: an order statistic between two integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fraction {
    /// Units times the denominator.
    #[serde(with = "crate::exact::text")]
    pub numerator: i128,
    /// Above zero.
    pub denominator: u64,
}

impl Fraction {
    /// A whole number of units.
    pub fn whole(units: i64) -> Self {
        Self { numerator: i128::from(units), denominator: 1 }
    }

    /// The nearest `f64` to the value of which a unit is 10^-`scale`.
    pub fn to_f64(self, scale: u32) -> f64 {
        quotient(self.numerator, u128::from(self.denominator), scale)
    }

    /// In units of 10^-`decimals` of the unit, halves away from zero.
    pub fn round(self, decimals: u32) -> BigInt {
        round_quotient(&BigInt::from(self.numerator), &BigUint::from(self.denominator), decimals)
    }
}

/// 10^`exponent`.
fn power_of_ten(exponent: u32) -> BigUint {
    BigUint::from(10_u32).pow(exponent)
}

/// `numerator` ÷ (`denominator` · 10^`scale`) to the nearest `f64`; NaN for a denominator of zero.
pub(crate) fn quotient(numerator: i128, denominator: u128, scale: u32) -> f64 {
    let narrow = if scale == 0 {
        Some(denominator)
    } else {
        10_u128.checked_pow(scale).and_then(|power| denominator.checked_mul(power))
    };
    if let Some(denominator) = narrow
        && let Some(quotient) = narrow_quotient(numerator.unsigned_abs(), denominator)
    {
        return if numerator < 0 { -quotient } else { quotient };
    }
    big_quotient(&BigInt::from(numerator), &(BigUint::from(denominator) * power_of_ten(scale)))
}

/// The same where 128 bits are enough to divide in.
fn narrow_quotient(numerator: u128, denominator: u128) -> Option<f64> {
    if numerator == 0 && denominator > 0 {
        return Some(0.0);
    }
    // Of 64 bits, which processors convert by themselves; both are exact in an `f64`, so only the division rounds.
    if let (Ok(numerator), Ok(denominator)) = (i64::try_from(numerator), i64::try_from(denominator))
        && numerator >> 53 == 0
        && denominator >> 53 == 0
        && denominator > 0
    {
        return Some(numerator as f64 / denominator as f64);
    }
    if denominator == 0 || denominator >> 64 != 0 {
        return None;
    }
    let shift = numerator.leading_zeros();
    let shifted = numerator << shift;
    // At least 2^127 ÷ 2^64: 63 bits.
    let bits = (shifted / denominator) | u128::from(!shifted.is_multiple_of(denominator));
    Some(scaled(bits, -i64::from(shift)))
}

/// `numerator` ÷ `denominator` to the nearest `f64`; NaN for a denominator of zero.
pub(crate) fn big_quotient(numerator: &BigInt, denominator: &BigUint) -> f64 {
    let magnitude = numerator.magnitude();
    let (bits, exponent) = match leading_bits(magnitude, denominator, QUOTIENT_BITS) {
        Some(found) => found,
        None => return if denominator.bits() == 0 { f64::NAN } else { 0.0 },
    };
    let value = scaled(u128::try_from(&bits).unwrap_or(u128::MAX), exponent);
    if numerator.sign() == Sign::Minus { -value } else { value }
}

/// √(`numerator` ÷ `denominator`) to the nearest `f64`; NaN for a denominator of zero.
pub(crate) fn root(numerator: &BigUint, denominator: &BigUint) -> f64 {
    if let (Ok(numerator), Ok(denominator)) = (u128::try_from(numerator), u128::try_from(denominator))
        && let Some(root) = narrow_root(numerator, denominator)
    {
        return root;
    }
    big_root(numerator, denominator)
}

fn big_root(numerator: &BigUint, denominator: &BigUint) -> f64 {
    let (bits, exponent) = match leading_bits(numerator, denominator, 2 * QUOTIENT_BITS) {
        Some(found) => found,
        None => return if denominator.bits() == 0 { f64::NAN } else { 0.0 },
    };
    let (bits, exponent) = if exponent % 2 == 0 { (bits, exponent) } else { (bits << 1_u32, exponent - 1) };
    let root = bits.sqrt();
    let sticky = u128::from(&root * &root != bits);
    scaled(u128::try_from(&root).unwrap_or(u128::MAX) | sticky, exponent / 2)
}

/// The root where 128 bits are enough.
pub(crate) fn narrow_root(numerator: u128, denominator: u128) -> Option<f64> {
    let (whole, rest) = (numerator.checked_div(denominator)?, numerator % denominator);
    if whole == 0 {
        return None;
    }
    // Neither shift drops a bit: `rest` is below `denominator`.
    let shift = whole.leading_zeros().min(denominator.leading_zeros()) & !1;
    let rest = rest << shift;
    let bits = (whole << shift) | (rest / denominator);
    if bits >> 110 == 0 {
        return None;
    }
    let root = bits.isqrt();
    let sticky = u128::from(root * root != bits || rest % denominator != 0);
    Some(scaled(root | sticky, -i64::from(shift / 2)))
}

/// At least `bits` leading bits of the quotient, the last one sticky, and their exponent; `None` for zero.
fn leading_bits(numerator: &BigUint, denominator: &BigUint, bits: u64) -> Option<(BigUint, i64)> {
    if numerator.bits() == 0 || denominator.bits() == 0 {
        return None;
    }
    // Too many of either cost only time.
    let up = (bits + 1 + denominator.bits()).saturating_sub(numerator.bits());
    let down = numerator.bits().saturating_sub(bits + 1 + denominator.bits());
    let (numerator, denominator) = (numerator << up, denominator << down);
    let quotient = &numerator / &denominator;
    let cut_off = &quotient * &denominator != numerator;
    let sticky = if cut_off { quotient | BigUint::from(1_u32) } else { quotient };
    Some((sticky, i64::try_from(down).ok()? - i64::try_from(up).ok()?))
}

/// `bits` · 2^`exponent`. The conversion rounds to nearest; the power of two is exact within an `f64`'s range.
fn scaled(bits: u128, exponent: i64) -> f64 {
    libm::scalbn(
        bits as f64,
        i32::try_from(exponent).unwrap_or(if exponent < 0 { i32::MIN } else { i32::MAX }),
    )
}

/// `numerator` ÷ `denominator` in units of 10^-`decimals`, halves away from zero; 0 for a denominator of zero.
pub fn round_quotient(numerator: &BigInt, denominator: &BigUint, decimals: u32) -> BigInt {
    if denominator.bits() == 0 {
        return BigInt::default();
    }
    let doubled = numerator.magnitude() * power_of_ten(decimals) * 2_u32;
    let rounded = (doubled + denominator) / (denominator * 2_u32);
    BigInt::from_biguint(if numerator.sign() == Sign::Minus { Sign::Minus } else { Sign::Plus }, rounded)
}

/// √(`numerator` ÷ `denominator`) in units of 10^-`decimals`, halves up; 0 for a denominator of zero.
pub fn round_root(numerator: &BigUint, denominator: &BigUint, decimals: u32) -> BigUint {
    if denominator.bits() == 0 {
        return BigUint::default();
    }
    // round(√q) is ⌊(⌊√(4q)⌋ + 1) / 2⌋, and ⌊√q⌋ is the integer root of ⌊q⌋: no float is needed.
    let four_times = numerator * power_of_ten(2 * decimals) * 4_u32 / denominator;
    (four_times.sqrt() + 1_u32) / 2_u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_big_way_rounds_as_ieee_does() {
        let check = |numerator: i64, denominator: u64| {
            let expected = numerator as f64 / denominator as f64;
            let found = big_quotient(&BigInt::from(numerator), &BigUint::from(denominator));
            assert_eq!(found.to_bits(), expected.to_bits(), "{numerator} / {denominator}");
        };
        check(1, 3);
        check(-2, 3);
        check(9_007_199_254_740_991, 3);
        check(1, 9_007_199_254_740_991);
        check(5, 1);
        assert_eq!(big_quotient(&BigInt::from(0), &BigUint::from(7_u32)), 0.0);
        assert!(big_quotient(&BigInt::from(1), &BigUint::default()).is_nan());
        assert!(quotient(1, 0, 2).is_nan());
        // 2^53 + 1 is half way, and goes to even; a little more goes up.
        assert_eq!(quotient((1 << 53) + 1, 1, 0), 9_007_199_254_740_992.0);
        assert_eq!(quotient((3 << 53) + 4, 3, 0), 9_007_199_254_740_994.0);
    }

    proptest! {
        #[test]
        fn quotients_of_doubles_are_those_of_the_processor(n in -(1_i64 << 53)..(1 << 53), d in 1_u64..(1 << 53)) {
            let found = big_quotient(&BigInt::from(n), &BigUint::from(d));
            prop_assert_eq!(found, n as f64 / d as f64);
        }

        #[test]
        fn roots_of_doubles_are_those_of_the_processor(n in 1_u64..(1 << 53)) {
            prop_assert_eq!(big_root(&BigUint::from(n), &BigUint::from(1_u32)), (n as f64).sqrt());
        }

        #[test]
        fn the_narrow_way_is_the_big_way(n in any::<u128>(), n_shift in 0_u32..128, d in 1_u128.., d_shift in 0_u32..127) {
            let (n, d) = (n >> n_shift, (d >> d_shift).max(1));
            if let Some(found) = narrow_quotient(n, d) {
                prop_assert_eq!(found, big_quotient(&BigInt::from(n), &BigUint::from(d)));
            }
            if let Some(found) = narrow_root(n, d) {
                prop_assert_eq!(found, big_root(&BigUint::from(n), &BigUint::from(d)));
            }
        }
    }
}
