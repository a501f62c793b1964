//! Numbers as 64-bit integers with their decimals, exactly as they are written. Nothing passes through a float, and
//! nothing is rounded.

use crate::rejection::Rejection;
use crate::scan::{DIGITS_SHORT, LONG, Number};

/// Powers of ten: what a value is multiplied with for so many more decimals.
#[expect(clippy::indexing_slicing, reason = "it is done when this is compiled")]
pub(crate) const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

/// A number as `(units, decimals)`: it is `units` ÷ 10^`decimals`, with at most `decimals_max` of them.
#[inline]
pub(crate) fn exact(number: &Number<'_>, decimals_max: u8) -> Result<(i64, u8), Rejection> {
    let Ok(decimals) = u8::try_from(number.decimals) else { return unusual(number.text, decimals_max) };
    let units = number.mantissa.cast_signed();
    let units = if number.text.first() == Some(&b'-') { -units } else { units };
    if decimals <= decimals_max {
        return Ok((units, decimals));
    }
    match fewer_decimals(units, decimals, decimals_max) {
        (units, decimals) if decimals <= decimals_max => Ok((units, decimals)),
        _ => Err(Rejection::TooManyDecimals),
    }
}

/// The same value with as few decimals as it can do with, but no fewer than `decimals_min`.
pub(crate) fn fewer_decimals(mut units: i64, mut decimals: u8, decimals_min: u8) -> (i64, u8) {
    while decimals > decimals_min && units % 10 == 0 {
        units /= 10;
        decimals -= 1;
    }
    (units, decimals)
}

/// A text of plain decimals: an optional minus, digits, and an optional point with digits behind it.
pub(crate) fn plain(text: &str) -> Option<Number<'_>> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let mut mantissa: u64 = 0;
    let mut digits = |part: &str| {
        part.bytes().for_each(|digit| {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0')));
        });
        !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit())
    };
    let is_plain = digits(whole) && digits(fraction);
    let is_short = whole.len() + fraction.len() <= DIGITS_SHORT;
    let decimals = if is_short { fraction.len() as u64 } else { LONG };
    is_plain.then_some(Number { text: text.as_bytes(), mantissa, decimals })
}

/// A number as a key: without zeros that change nothing, so that 1.50 is 1.5. With an exponent it stays as it is.
pub(crate) fn key<'a>(number: &Number<'a>) -> &'a str {
    // Digits and signs are text.
    let text = std::str::from_utf8(number.text).unwrap_or_default();
    if !text.contains('.') || text.contains(['e', 'E']) {
        return if text == "-0" { "0" } else { text };
    }
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }
}

/// What an exponent, or more digits than usual, come to. `text` is a number of JSON or a [`plain`] one.
#[cold]
fn unusual(text: &[u8], decimals_max: u8) -> Result<(i64, u8), Rejection> {
    let text = std::str::from_utf8(text).unwrap_or_default();
    let negative = text.starts_with('-');
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // Digits without zeros at either end, and the power of ten of the last of them.
    let (significant, zeros_behind) = {
        let joined = || whole.bytes().chain(fraction.bytes());
        let zeros_ahead = joined().take_while(|digit| *digit == b'0').count();
        let zeros_behind = joined().rev().take_while(|digit| *digit == b'0').count();
        let count = (whole.len() + fraction.len()).saturating_sub(zeros_ahead + zeros_behind);
        (joined().skip(zeros_ahead).take(count), zeros_behind)
    };
    let digits_count = significant.size_hint().0;
    if digits_count == 0 {
        return Ok((0, 0));
    }
    let exponent =
        exponent_of(exponent).saturating_add(length(zeros_behind)).saturating_sub(length(fraction.len()));
    let decimals = exponent.saturating_neg().max(0);
    if decimals > i64::from(decimals_max) {
        return Err(Rejection::TooManyDecimals);
    }
    // 64 bits have 19 digits, zeros to append included.
    let zeros = usize::try_from(exponent.max(0)).unwrap_or(usize::MAX);
    if digits_count.saturating_add(zeros) > POWERS.len() {
        return Err(Rejection::OutOfRange);
    }
    let value = significant.chain(std::iter::repeat_n(b'0', zeros)).try_fold(0_i64, |value, digit| {
        let digit = i64::from(digit - b'0');
        // Built below zero, where there is room for one more.
        value.checked_mul(10)?.checked_sub(digit)
    });
    let value = if negative { value } else { value.and_then(i64::checked_neg) };
    let decimals = u8::try_from(decimals).unwrap_or(decimals_max);
    value.map(|value| (value, decimals)).ok_or(Rejection::OutOfRange)
}

/// An exponent, kept within ±2^61: beyond, nothing changes.
fn exponent_of(text: &str) -> i64 {
    const LIMIT: i64 = 1 << 61;
    let digits = text.trim_start_matches(['+', '-']);
    let magnitude = digits.bytes().fold(0_i64, |exponent, digit| {
        exponent.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))).min(LIMIT)
    });
    if text.starts_with('-') { -magnitude } else { magnitude }
}

fn length(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Scanner, Token};
    use Rejection::{OutOfRange, TooManyDecimals};

    fn of_json(text: &str) -> Number<'_> {
        let Ok(Token::Number(number)) = Scanner::new(text).token() else { panic!("{text} is no number") };
        number
    }

    #[test]
    fn numbers_are_read_exactly() {
        let check = |text: &str, decimals_max: u8, expected: Result<(i64, u8), Rejection>| {
            assert_eq!(exact(&of_json(text), decimals_max), expected, "{text}");
        };
        check("0", 2, Ok((0, 0)));
        check("-0", 2, Ok((0, 0)));
        check("12.50", 2, Ok((1250, 2)));
        check("-0.01", 2, Ok((-1, 2)));
        check("1.500", 1, Ok((15, 1)));
        check("1.505", 2, Err(TooManyDecimals));
        check("53224.29", 2, Ok((5_322_429, 2)));
        check("999999999999999999", 0, Ok((999_999_999_999_999_999, 0)));
        check("9223372036854775807", 0, Ok((i64::MAX, 0)));
        check("9223372036854775808", 0, Err(OutOfRange));
        check("-9223372036854775808", 0, Ok((i64::MIN, 0)));
        check("-9223372036854775809", 0, Err(OutOfRange));
        check("92233720368547758.07", 2, Ok((i64::MAX, 2)));
        check("1e3", 2, Ok((1000, 0)));
        check("1.5e1", 2, Ok((15, 0)));
        check("15e-1", 2, Ok((15, 1)));
        check("1E-3", 2, Err(TooManyDecimals));
        check("1000E-3", 2, Ok((1, 0)));
        check("1e18", 0, Ok((1_000_000_000_000_000_000, 0)));
        check("1e19", 0, Err(OutOfRange));
        check("1e999999999", 2, Err(OutOfRange));
        check("1e-999999999", 2, Err(TooManyDecimals));
        check("1e99999999999999999999999999999999999", 2, Err(OutOfRange));
        check("1e-99999999999999999999999999999999999", 2, Err(TooManyDecimals));
        check("0e99999999999999999999999999999999999", 2, Ok((0, 0)));
        check("0.0000000000000000000000000", 2, Ok((0, 0)));
        check("1.0000000000000000000000000", 2, Ok((1, 0)));
        check("0.1000000000000000000000000", 2, Ok((1, 1)));
        check("100000000000000000000000000e-26", 2, Ok((1, 0)));
    }

    #[test]
    fn a_number_of_many_digits_is_none_to_count_with() {
        let nines = "9".repeat(10_000_000);
        assert_eq!(exact(&of_json(&nines), 2), Err(OutOfRange));
        assert_eq!(exact(&of_json(&format!("0.{nines}")), 2), Err(TooManyDecimals));
        let zeros = "0".repeat(10_000_000);
        assert_eq!(exact(&of_json(&format!("7.5{zeros}")), 2), Ok((75, 1)));
        assert_eq!(exact(&of_json(&format!("75{zeros}e-10000001")), 2), Ok((75, 1)));
    }

    #[test]
    fn only_plain_decimals_are_numbers_as_text() {
        let check = |text: &str, expected: Option<(i64, u8)>| {
            let found = plain(text).and_then(|number| exact(&number, 6).ok());
            assert_eq!(found, expected, "{text:?}");
        };
        check("12.50", Some((1250, 2)));
        check("-0.01", Some((-1, 2)));
        check("007", Some((70, 1)));
        check("00000000000000000000000000000012.5", Some((125, 1)));
        check("", None);
        check("-", None);
        check("+1", None);
        check("1.", None);
        check(".5", None);
        check("1,5", None);
        check("1_000", None);
        check("1e3", None);
        check(" 1", None);
        check("--1", None);
        check("１", None);
        check("NaN", None);
    }
}
