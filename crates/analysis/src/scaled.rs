//! Integers of one scale as decimal text: how exact numbers are shown. Nothing here rounds.

use num_bigint::{BigInt, Sign};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
