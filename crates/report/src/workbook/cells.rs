//! What a text of an analysis is in a workbook's cell: a number where a spreadsheet keeps all its digits, else a text.

use rust_xlsxwriter::ExcelDateTime;

use crate::shown::cut;

/// Digits that a spreadsheet keeps of a number.
const DIGITS_MAX: usize = 15;
/// Characters of a text: a cell takes 32,767 units of UTF-16, of which a character may need two.
const CHARACTERS_MAX: usize = 16_000;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// A text, whatever it looks like.
    Text(String),
    /// A number too long to be one in a spreadsheet: all its digits, as a text.
    LongNumber(String),
    /// A number and how it is shown.
    Number(f64, String),
    /// A day, as spreadsheets count them.
    Date(f64),
}

impl Cell {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(cut(text, CHARACTERS_MAX))
    }

    pub(super) fn count(number: u64) -> Self {
        Self::decimal(&number.to_string())
    }

    /// A decimal in groups of three, with the decimals it was given with.
    pub(super) fn decimal(text: &str) -> Self {
        match number(text) {
            Number::Short(value, decimals) => Self::Number(value, format!("#,##0{}", places(decimals))),
            Number::Long => Self::LongNumber(text.to_owned()),
            Number::None => Self::text(text),
        }
    }

    /// A number if it is one, not grouped: it may be an invoice's.
    pub(super) fn value(text: &str) -> Self {
        match number(text) {
            Number::Short(value, decimals) => Self::Number(value, format!("0{}", places(decimals))),
            Number::Long => Self::LongNumber(text.to_owned()),
            Number::None => Self::text(text),
        }
    }

    /// A share of one, shown in percent.
    pub(super) fn share(text: &str) -> Self {
        match number(text) {
            Number::Short(value, decimals) => {
                Self::Number(value, format!("0{}%", places(decimals.saturating_sub(2))))
            }
            Number::Long => Self::LongNumber(text.to_owned()),
            Number::None => Self::text(text),
        }
    }

    /// A day, where it is one that spreadsheets know: from 1900.
    pub(super) fn date(text: &str) -> Self {
        let day = || {
            let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
            let digits =
                |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
            if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
                return None;
            }
            ExcelDateTime::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
        };
        day().map_or_else(|| Self::text(text), |day| Self::Date(day.to_excel()))
    }
}

enum Number {
    /// A number that is kept whole, and its decimals.
    Short(f64, usize),
    Long,
    None,
}

/// Whether a text is a decimal as docmill writes them: no exponent, no zeros in front, which are an identifier's.
fn number(text: &str) -> Number {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let padded = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || padded || !digits(whole) || !digits(decimals) || unsigned.ends_with('.') {
        return Number::None;
    }
    let significant = format!("{whole}{}", decimals.trim_end_matches('0'));
    if significant.trim_start_matches('0').len() > DIGITS_MAX || decimals.len() > DIGITS_MAX {
        return Number::Long;
    }
    text.parse().map_or(Number::None, |value| Number::Short(value, decimals.len()))
}

fn places(decimals: usize) -> String {
    if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_only_where_no_digit_is_lost() {
        let check = |cell: Cell, expected: &str| {
            let found = match cell {
                Cell::Empty => "nothing".to_owned(),
                Cell::Text(text) => format!("text {text}"),
                Cell::LongNumber(text) => format!("long {text}"),
                Cell::Number(value, format) => format!("{value} as {format}"),
                Cell::Date(date) => format!("day {date}"),
            };
            assert_eq!(found, expected);
        };
        check(Cell::decimal("1234.50"), "1234.5 as #,##0.00");
        check(Cell::decimal("-7"), "-7 as #,##0");
        check(Cell::decimal("123456789012345"), "123456789012345 as #,##0");
        check(Cell::decimal("1234567890123456"), "long 1234567890123456");
        check(Cell::decimal("0.1234567890123456"), "long 0.1234567890123456");
        check(Cell::decimal("12345678901234.500"), "12345678901234.5 as #,##0.000");
        check(Cell::decimal("n/a"), "text n/a");
        check(Cell::decimal("=1+1"), "text =1+1");
        check(Cell::decimal("1e5"), "text 1e5");
        check(Cell::decimal("1."), "text 1.");
        check(Cell::decimal("+1"), "text +1");
        check(Cell::value("0042"), "text 0042");
        check(Cell::value("20240117"), "20240117 as 0");
        check(Cell::share("0.1250"), "0.125 as 0.00%");
        check(Cell::share("1"), "1 as 0%");
        check(Cell::date("2024-03-31"), "day 45382");
        check(Cell::date("1850-03-31"), "text 1850-03-31");
        check(Cell::date("2024-02-31"), "text 2024-02-31");
        check(Cell::date("31.03.2024"), "text 31.03.2024");
        check(Cell::text("=1+1"), "text =1+1");
        check(Cell::text("a\u{202e}\u{ffff}b"), "text a\u{fffd}\u{fffd}b");
    }
}
