//! Exact decimals from and to JSON and text.
//!
//! Used wherever a number of a record is computed with. JSON numbers are taken by their shortest text, so that
//! 0.1 is a tenth.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Number, Value};

/// The most significant digits that every reader of JSON keeps exactly.
pub const JSON_DIGITS_MAX: u32 = 15;

/// The decimal in a JSON number, or in a JSON string of plain decimal text such as `"-12.50"`. None for anything
/// else, and for what a decimal of 28 digits can't hold.
pub fn from_json(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => {
            let text = number.to_string();
            if text.contains(['e', 'E']) {
                Decimal::from_scientific(&text).ok()
            } else {
                Decimal::from_str_exact(&text).ok()
            }
        }
        Value::String(text) => from_plain(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The decimal in plain text: an optional minus, digits, and an optional point with digits behind it.
pub fn from_plain(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (all_digits(whole) && all_digits(fraction)).then(|| Decimal::from_str_exact(text).ok()).flatten()
}

/// A decimal as plain text with no exponent and no trailing zeros: `1234.5`, `-0.01`, `0`.
pub fn plain_text(value: Decimal) -> String {
    value.normalize().to_string()
}

/// A decimal as a JSON number. Exact for readers that keep [`JSON_DIGITS_MAX`] digits, if it has no more:
/// see [`significant_digits`].
pub fn to_json(value: Decimal) -> Value {
    let text = plain_text(value);
    // Whole numbers stay whole in JSON; text of a decimal is always a JSON number, so the zero is never met.
    text.parse::<Number>().map_or_else(|_| Value::from(0), Value::Number)
}

/// How many digits it takes to write the decimal, without leading and trailing zeros; 1 for zero.
pub fn significant_digits(value: Decimal) -> u32 {
    let mut mantissa = value.normalize().mantissa().unsigned_abs();
    while mantissa != 0 && mantissa.is_multiple_of(10) {
        mantissa /= 10;
    }
    mantissa.checked_ilog10().map_or(1, |log| log + 1)
}

/// Rounds half away from zero, as invoices do.
pub fn round_half_away(value: Decimal, decimals: u32) -> Decimal {
    value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, expected: Option<&str>) {
        assert_eq!(from_json(&value).map(plain_text).as_deref(), expected, "{value}");
    }

    #[test]
    fn json_is_read_exactly() {
        check(json!(0.1), Some("0.1"));
        check(json!(1234.50), Some("1234.5"));
        check(json!(-7), Some("-7"));
        check(json!(1e3), Some("1000"));
        check(json!(1e-7), Some("0.0000001"));
        check(json!("12.50"), Some("12.5"));
        check(json!("-0.01"), Some("-0.01"));
        // Only plain decimal text is a number: everything else is a document's notation.
        check(json!("1,5"), None);
        check(json!("+1"), None);
        check(json!("1_000"), None);
        check(json!("1."), None);
        check(json!(".5"), None);
        check(json!(""), None);
        check(json!(null), None);
        check(json!(true), None);
        // More than a decimal holds.
        check(json!(1e300), None);
        check(json!("99999999999999999999999999999999"), None);
    }

    #[test]
    fn json_is_written_without_exponents() {
        assert_eq!(to_json(Decimal::new(123_450, 2)).to_string(), "1234.5");
        assert_eq!(to_json(Decimal::new(200, 2)).to_string(), "2");
        assert_eq!(to_json(Decimal::new(-1, 2)).to_string(), "-0.01");
    }

    #[test]
    fn digits_are_counted_without_zeros_at_the_ends() {
        assert_eq!(significant_digits(Decimal::new(0, 0)), 1);
        assert_eq!(significant_digits(Decimal::new(1_000, 0)), 1);
        assert_eq!(significant_digits(Decimal::new(123_450, 2)), 5);
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(plain_text(round_half_away(Decimal::new(125, 3), 2)), "0.13");
        assert_eq!(plain_text(round_half_away(Decimal::new(-125, 3), 2)), "-0.13");
    }
}
