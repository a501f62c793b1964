//! Which of a text's numbers is the one that counts.

use std::ops::Range;

/// Digits of a number, at most: 10^18 fits in 64 bits.
const DIGITS_MAX: usize = 18;

/// A text around its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitNumber<'a> {
    /// What stands before it.
    pub prefix: &'a str,
    /// The number, without leading zeros.
    pub number: u64,
    /// Its digits as written.
    pub digits: usize,
    /// What stands after it.
    pub suffix: &'a str,
}

/// Splits at the last run of digits that doesn't look like a year (1900 to 2099 in four digits, or at the text's end two
/// digits behind a slash); if all do, at the last. `None` without digits, or with more than 18 of them.
pub fn split(text: &str) -> Option<SplitNumber<'_>> {
    let text = text.trim();
    let runs = runs(text);
    let is_year = |run: &Range<usize>| {
        let digits = text.get(run.clone()).unwrap_or_default();
        let behind_slash = text.get(..run.start).is_some_and(|before| before.ends_with('/'));
        matches!(digits.len(), 4) && (digits.starts_with("19") || digits.starts_with("20"))
            || digits.len() == 2 && behind_slash && run.end == text.len()
    };
    let run = runs.iter().rfind(|run| !is_year(run)).or(runs.last())?.clone();
    let digits = run.len();
    let number = text.get(run.clone()).filter(|_| digits <= DIGITS_MAX)?.parse().ok()?;
    Some(SplitNumber { prefix: text.get(..run.start)?, number, digits, suffix: text.get(run.end..)? })
}

/// Where digits stand together.
fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (place, byte) in text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
        let _: u8 = byte;
        match runs.last_mut() {
            Some(run) if run.end == place => run.end = place + 1,
            _ => runs.push(place..place + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_split_from_what_stands_around_them() {
        let check = |text: &str, expected: Option<(&str, u64, &str)>| {
            assert_eq!(
                split(text).map(|split| (split.prefix, split.number, split.suffix)),
                expected,
                "{text}"
            );
        };
        check("RE-2024-00123", Some(("RE-2024-", 123, "")));
        check("00123", Some(("", 123, "")));
        check("123/2024", Some(("", 123, "/2024")));
        check("123/24", Some(("", 123, "/24")));
        check("2024/123", Some(("2024/", 123, "")));
        check("2024", Some(("", 2024, "")));
        check("INV2023", Some(("INV", 2023, "")));
        check(" R 7b ", Some(("R ", 7, "b")));
        check("Ré-7", Some(("Ré-", 7, "")));
        check("no number", None);
        check("", None);
        check("1234567890123456789", None);
        check("999999999999999999", Some(("", 999_999_999_999_999_999, "")));
    }
}
