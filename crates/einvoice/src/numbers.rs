//! Numbers and dates as electronic invoices write them.
//!
//! Used by [`read`](crate::read()). Nothing is guessed: `1.234` is a little more than one, and a date in a form that isn't a
//! day (a month, a week) is none.

use docmill_arithmetic::decimal::from_plain;
use docmill_arithmetic::{Date, DateOrder, Decimal, parse_date};

/// A decimal of XML Schema: `1`, `+1.50`, `-.5`, `5.`.
pub(crate) fn number(text: &str) -> Option<Decimal> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", text.get(1..)?),
        b'+' => ("", text.get(1..)?),
        _ => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let or_zero = |part: &str| if part.is_empty() { "0".to_owned() } else { part.to_owned() };
    from_plain(&format!("{sign}{}.{}", or_zero(whole), or_zero(fraction)))
}

/// A day: `20240301` in UN/CEFACT's format 102, `2024-03-01` with or without a time or a time zone.
pub(crate) fn date(text: &str, format: Option<&str>) -> Option<Date> {
    let is_digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits && format.is_none_or(|format| format == "102") {
        let dashed = format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..)?);
        return parse_date(&dashed, DateOrder::Unknown);
    }
    let day = text.get(..10)?;
    let rest = text.get(10..)?;
    let is_iso = day.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let ends = rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-', ' ']);
    (is_iso && ends).then(|| parse_date(day, DateOrder::Unknown)).flatten()
}

#[cfg(test)]
mod tests {
    use docmill_arithmetic::decimal::plain_text;

    use super::*;

    #[track_caller]
    fn check_number(text: &str, expected: Option<&str>) {
        assert_eq!(number(text).map(plain_text).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn numbers() {
        check_number("529.87", Some("529.87"));
        check_number("9.9000", Some("9.9"));
        check_number("1.234", Some("1.234"));
        check_number("-7.90", Some("-7.9"));
        check_number("+5", Some("5"));
        check_number(".5", Some("0.5"));
        check_number("5.", Some("5"));
        check_number("", None);
        check_number(".", None);
        check_number("-", None);
        check_number("1,50", None);
        check_number("1.234,50", None);
        check_number("1e3", None);
        check_number("--1", None);
        check_number("EUR 5", None);
        check_number("99999999999999999999999999999999", None);
    }

    #[track_caller]
    fn check_date(text: &str, format: Option<&str>, expected: Option<&str>) {
        assert_eq!(date(text, format).map(|date| date.to_string()).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn dates() {
        check_date("20240301", Some("102"), Some("2024-03-01"));
        check_date("20240301", None, Some("2024-03-01"));
        check_date("2024-03-01", None, Some("2024-03-01"));
        check_date("2024-03-01", Some("102"), Some("2024-03-01"));
        check_date("2024-03-01T00:00:00", None, Some("2024-03-01"));
        check_date("2024-03-01Z", None, Some("2024-03-01"));
        check_date("2024-03-01+01:00", None, Some("2024-03-01"));
        // A month, a week, and what no calendar has.
        check_date("202403", Some("610"), None);
        check_date("202410", Some("616"), None);
        check_date("20240230", Some("102"), None);
        check_date("20241301", Some("102"), None);
        check_date("20240301", Some("610"), None);
        check_date("01.03.2024", None, None);
        check_date("2024-03-011", None, None);
        check_date("äääääääää", None, None);
        check_date("", None, None);
    }
}
