//! Decimals as integers of one scale: what a column of exact numbers is made of, and how it becomes text again.
//!
//! Called by the columns and the statistics. Nothing here rounds but [`divide`], and that says how.

use docmill_arithmetic::decimal;
use num_bigint::{BigInt, Sign};
use serde_json::Value;

/// The most decimals a value may have and still be used.
pub(crate) const DECIMALS_MAX: u32 = 12;

/// Values are below 10^15 in magnitude. With twelve decimals that is below 10^27, so that a sum of 2^32 values
/// stays below 5·10^36, well within an `i128` (1.7·10^38): sums need no check.
const MAGNITUDE_DIGITS_MAX: u32 = 15;

/// A decimal: `mantissa` ÷ 10^`scale`, below 10^15 in magnitude, with no trailing zeros in its scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scaled {
    mantissa: i128,
    scale: u32,
}

impl Scaled {
    /// The decimal a leaf of a record says, if it is one and within range.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let decimal = decimal::from_json(value)?.normalize();
        let (mantissa, scale) = (decimal.mantissa(), decimal.scale());
        let limit = 10_u128.checked_pow(MAGNITUDE_DIGITS_MAX + scale)?;
        (scale <= DECIMALS_MAX && mantissa.unsigned_abs() < limit).then_some(Self { mantissa, scale })
    }

    /// Decimals that the value has.
    pub(crate) fn scale(self) -> u32 {
        self.scale
    }

    /// The value in units of 10^-`scale`, which must be at least the value's own scale and at most
    /// [`DECIMALS_MAX`]: below 10^27.
    pub(crate) fn at(self, scale: u32) -> i128 {
        self.mantissa * 10_i128.pow(scale.saturating_sub(self.scale))
    }
}

/// `units` ÷ 10^`scale` as text, without trailing zeros beyond `decimals_min` decimals.
pub(crate) fn text(units: &BigInt, scale: u32, decimals_min: u32) -> String {
    let scale = usize::try_from(scale).unwrap_or(0);
    let digits = units.magnitude().to_string();
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, decimals) = digits.split_at(digits.len() - scale);
    let keep = usize::try_from(decimals_min).unwrap_or(0).min(scale);
    let (kept, rest) = decimals.split_at(keep);
    let decimals = format!("{kept}{}", rest.trim_end_matches('0'));
    let sign = if units.sign() == Sign::Minus { "-" } else { "" };
    if decimals.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

/// `numerator` ÷ `denominator` (above zero) to the nearest integer, halves away from zero.
pub(crate) fn divide(numerator: &BigInt, denominator: &BigInt) -> BigInt {
    let magnitude = BigInt::from(numerator.magnitude().clone());
    let rounded = (magnitude * 2_u32 + denominator) / (denominator * 2_u32);
    if numerator.sign() == Sign::Minus { -rounded } else { rounded }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_exact_decimals_within_range_are_used() {
        let check = |value: Value, expected: Option<(i128, u32)>| {
            let found = Scaled::from_json(&value).map(|scaled| (scaled.mantissa, scaled.scale));
            assert_eq!(found, expected, "{value}");
        };
        check(json!(12), Some((12, 0)));
        check(json!(0.1), Some((1, 1)));
        check(json!("1234.50"), Some((12345, 1)));
        check(json!(-0.0), Some((0, 0)));
        check(json!("0.000000000001"), Some((1, 12)));
        check(json!("0.0000000000001"), None);
        check(json!("999999999999999.999999999999"), Some((999_999_999_999_999_999_999_999_999, 12)));
        check(json!("1000000000000000"), None);
        check(json!("twelve"), None);
        check(json!(null), None);
        check(json!(true), None);
        check(json!([1]), None);
    }

    #[test]
    fn decimals_are_written_exactly() {
        let check = |units: i128, scale, decimals_min, expected: &str| {
            assert_eq!(text(&BigInt::from(units), scale, decimals_min), expected, "{units} at {scale}");
        };
        check(0, 0, 0, "0");
        check(0, 2, 2, "0.00");
        check(5, 2, 2, "0.05");
        check(-5, 2, 2, "-0.05");
        check(123_450, 2, 2, "1234.50");
        check(123_450, 2, 0, "1234.5");
        check(123_400, 2, 0, "1234");
        check(1_234_500, 4, 2, "123.45");
        check(-1_234_567, 4, 2, "-123.4567");
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let check = |numerator: i64, denominator: i64, expected: i64| {
            let rounded = divide(&BigInt::from(numerator), &BigInt::from(denominator));
            assert_eq!(rounded, BigInt::from(expected), "{numerator} / {denominator}");
        };
        check(1, 2, 1);
        check(-1, 2, -1);
        check(1, 3, 0);
        check(2, 3, 1);
        check(-5, 3, -2);
        check(7, 7, 1);
        check(0, 9, 0);
    }
}
