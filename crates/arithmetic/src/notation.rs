//! How a document writes numbers, and reading them.
//!
//! `1.234` is a thousand in one document and one in the next, so the notation is settled once for a document from
//! what can only be read one way. Used by the extraction to prove and type values.

mod evidence;

pub use evidence::{GroupMark, Grouping, NumberEvidence, evidence};
use rust_decimal::Decimal;

use crate::decimal::from_plain;

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DecimalMark {
    /// `1.234,50`
    Comma,
    /// `1,234.50`
    Point,
}

/// How a document writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Notation {
    /// What stands before the decimals; none where the document has no number that shows it.
    pub decimal: Option<DecimalMark>,
}

/// Currency signs and codes that may stand at either end of a number.
const CURRENCIES: [&str; 40] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY",
    "CAD", "AUD", "NZD", "SGD", "HKD", "INR", "BRL", "MXN", "ZAR", "ISK", "SFr.", "Fr.", "US$", "A$", "C$",
    "kr.", "kr", "zł", "Kč", "€", "$", "£", "¥", "₹", "₺",
];

/// Signs of a negative number.
const MINUS: [char; 4] = ['-', '\u{2212}', '\u{2013}', '\u{2010}'];

impl Notation {
    /// A notation with this decimal mark.
    pub fn of(decimal: DecimalMark) -> Self {
        Self { decimal: Some(decimal) }
    }

    /// Settles a document's notation from its words. What can only be read one way is counted; `1.234` alone
    /// says nothing, and equal evidence for both says nothing either.
    pub fn detect<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut comma, mut point) = (0_u64, 0_u64);
        for evidence in words.into_iter().filter_map(evidence) {
            match evidence.decimal {
                Some(DecimalMark::Comma) => comma += evidence.weight,
                Some(DecimalMark::Point) => point += evidence.weight,
                None => {}
            }
        }
        Self::settle(comma, point)
    }

    /// The notation that has more evidence, by weight; none where both have as much.
    pub fn settle(comma: u64, point: u64) -> Self {
        let decimal = match comma.cmp(&point) {
            std::cmp::Ordering::Greater => Some(DecimalMark::Comma),
            std::cmp::Ordering::Less => Some(DecimalMark::Point),
            std::cmp::Ordering::Equal => None,
        };
        Self { decimal }
    }
}

/// Reads a number as the document writes it: thousands in groups of three (`1.234.567`, `1'234`, `1 234`; Indian
/// groups too), signs before or behind, brackets for negative, currency signs and codes, percent signs. A text
/// that isn't a number in the document's notation but can be read in the other one is. With an unknown notation a
/// single mark before exactly three digits separates thousands; see [`is_ambiguous`].
///
/// `CR` and `H` behind a number leave it positive, `DR` and `S` make it negative, as on bank statements.
pub fn parse_number(text: &str, notation: Notation) -> Option<Decimal> {
    let bare = undressed(text)?;
    let first = notation.decimal.unwrap_or(DecimalMark::Comma);
    let value = match notation.decimal {
        Some(mark) => read(bare.digits, mark).or_else(|| read(bare.digits, mark.other())),
        None => {
            let readings = [read(bare.digits, first), read(bare.digits, first.other())];
            // Of two readings the one with separated thousands is the larger.
            readings.into_iter().flatten().max()
        }
    }?;
    Some(if bare.negative && !value.is_zero() { -value } else { value })
}

/// Whether a number reads differently with a comma and with a point as decimal mark.
pub fn is_ambiguous(text: &str) -> bool {
    undressed(text).is_some_and(|bare| {
        let readings = (read(bare.digits, DecimalMark::Comma), read(bare.digits, DecimalMark::Point));
        matches!(readings, (Some(comma), Some(point)) if comma != point)
    })
}

impl DecimalMark {
    fn other(self) -> Self {
        match self {
            Self::Comma => Self::Point,
            Self::Point => Self::Comma,
        }
    }

    fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Point => '.',
        }
    }
}

/// A number's digits and marks, without what stands around them.
struct Undressed<'a> {
    digits: &'a str,
    negative: bool,
}

/// Takes signs, brackets, currencies and percent signs off, each at most once.
fn undressed(text: &str) -> Option<Undressed<'_>> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut rest = text.trim_matches(is_space);
    let (mut sign, mut currency, mut percent, mut brackets) = (None, false, false, false);
    // What begins and ends with a digit has nothing around it: most numbers are so, and there are many currencies to try.
    while !(starts_with_digit(rest) && ends_with_digit(rest)) {
        let before = rest;
        if !brackets && let Some(inner) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            (brackets, rest) = (true, inner);
        }
        // `12,-` and `12.--` print that there are no decimals.
        if let Some(whole) = without_dashed_decimals(rest) {
            rest = whole;
        }
        if sign.is_none()
            && let Some((negative, bare)) = signed(rest)
        {
            (sign, rest) = (Some(negative), bare);
        }
        if !percent && let Some(bare) = rest.strip_suffix('%') {
            (percent, rest) = (true, bare);
        }
        if !currency && let Some(bare) = without_currency(rest) {
            (currency, rest) = (true, bare);
        }
        rest = rest.trim_matches(is_space);
        if rest == before {
            break;
        }
    }
    let starts_as_number = rest.starts_with(|first: char| first.is_ascii_digit() || ",.".contains(first));
    let negative = match sign {
        // Minus within brackets is still one minus.
        Some(negative) => negative || brackets,
        None => brackets,
    };
    (starts_as_number && rest.ends_with(|last: char| last.is_ascii_digit()))
        .then_some(Undressed { digits: rest, negative })
}

fn signed(text: &str) -> Option<(bool, &str)> {
    if let Some(bare) = text.strip_prefix(MINUS).or_else(|| text.strip_suffix(MINUS)) {
        return Some((true, bare));
    }
    if let Some(bare) = text.strip_prefix('+').or_else(|| text.strip_suffix('+')) {
        return Some((false, bare));
    }
    for (mark, negative) in [("CR", false), ("DR", true), ("H", false), ("S", true)] {
        if let Some(bare) = text.strip_suffix(mark) {
            let bare = bare.trim_end_matches(is_space);
            if bare.ends_with(|last: char| last.is_ascii_digit()) {
                return Some((negative, bare));
            }
        }
    }
    None
}

fn without_dashed_decimals(text: &str) -> Option<&str> {
    let whole = text.trim_end_matches(|last| MINUS.contains(&last) || last == '\u{2014}');
    let bare = whole.strip_suffix([',', '.'])?;
    (whole.len() < text.len() && bare.ends_with(|last: char| last.is_ascii_digit())).then_some(bare)
}

fn without_currency(text: &str) -> Option<&str> {
    CURRENCIES.into_iter().find_map(|currency| {
        let bare = text.strip_prefix(currency).or_else(|| text.strip_suffix(currency))?;
        (!bare.is_empty()).then_some(bare)
    })
}

/// Reads digits and marks with one decimal mark; none where they aren't a number so.
fn read(text: &str, mark: DecimalMark) -> Option<Decimal> {
    let (whole, decimals) = match text.split_once(mark.character()) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (text, None),
    };
    if decimals.is_some_and(|decimals| decimals.is_empty() || !all_digits(decimals)) {
        return None;
    }
    let mut plain = whole_digits(whole, mark, decimals.is_some())?;
    if let Some(decimals) = decimals {
        plain.push('.');
        plain.push_str(decimals);
    }
    from_plain(&plain)
}

/// The digits before the decimal mark, with the separators of well-formed groups taken out.
fn whole_digits(whole: &str, mark: DecimalMark, has_decimals: bool) -> Option<String> {
    if whole.is_empty() {
        return has_decimals.then(|| "0".to_owned());
    }
    if all_digits(whole) {
        return Some(whole.to_owned());
    }
    let separator = whole.chars().find(|character| !character.is_ascii_digit())?;
    let is_mark = separator == mark.other().character();
    if !is_mark && !is_space(separator) && !is_apostrophe(separator) {
        return None;
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let lengths_fit = |length: usize| middle.iter().all(|group| group.len() == length);
    // `12,34,567` is how India groups; and a group of nothing but zeros in front isn't grouped by anyone.
    let fits = last.len() == 3
        && (lengths_fit(3) && (1..=3).contains(&first.len())
            || separator == ',' && lengths_fit(2) && (1..=2).contains(&first.len()))
        && !first.starts_with('0')
        && groups.iter().all(|group| all_digits(group));
    fits.then(|| groups.concat())
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

fn ends_with_digit(text: &str) -> bool {
    text.bytes().next_back().is_some_and(|byte| byte.is_ascii_digit())
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_space(character: char) -> bool {
    // White space includes the no-break, thin and narrow no-break spaces.
    character.is_whitespace()
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}' | '\u{02bc}' | '`' | '\u{00b4}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decimal::plain_text;

    const COMMA: Notation = Notation { decimal: Some(DecimalMark::Comma) };
    const POINT: Notation = Notation { decimal: Some(DecimalMark::Point) };
    const UNKNOWN: Notation = Notation { decimal: None };

    #[track_caller]
    fn check(text: &str, notation: Notation, expected: &str) {
        let read = parse_number(text, notation).map(plain_text);
        assert_eq!(read.as_deref().unwrap_or("none"), expected, "{text:?} in {notation:?}");
    }

    #[test]
    fn numbers_are_read_in_the_documents_notation() {
        check("1.234,50", COMMA, "1234.5");
        check("1,234.50", POINT, "1234.5");
        check("1.234", COMMA, "1234");
        check("1.234", POINT, "1.234");
        check("1,234", POINT, "1234");
        check("1,234", COMMA, "1.234");
        check("1.234.567", POINT, "1234567");
        check("12,34,567.00", POINT, "1234567");
        check("1'234.50", POINT, "1234.5");
        check("1’234’567.50", POINT, "1234567.5");
        check("1 234,50", COMMA, "1234.5");
        check("1\u{a0}234\u{a0}567,50", COMMA, "1234567.5");
        check("1\u{202f}234,50", COMMA, "1234.5");
        check(".50", POINT, "0.5");
        // Not the document's notation, but a number in the other.
        check("12.50", COMMA, "12.5");
        check("12,5", POINT, "12.5");
        check("0.125", COMMA, "0.125");
    }

    #[test]
    fn without_evidence_three_digits_are_thousands() {
        check("1.234", UNKNOWN, "1234");
        check("1,234", UNKNOWN, "1234");
        check("1,23", UNKNOWN, "1.23");
        check("0.125", UNKNOWN, "0.125");
        assert!(is_ambiguous("1.234 €"));
        assert!(!is_ambiguous("1.234,00"));
        assert!(!is_ambiguous("1234"));
    }

    #[test]
    fn signs_currencies_and_percents_are_understood() {
        check("-12,50", COMMA, "-12.5");
        check("\u{2212}12,50", COMMA, "-12.5");
        check("12,50-", COMMA, "-12.5");
        check("12,50 -", COMMA, "-12.5");
        check("(12.50)", POINT, "-12.5");
        check("($12.50)", POINT, "-12.5");
        check("-$12.50", POINT, "-12.5");
        check("$-12.50", POINT, "-12.5");
        check("+12,50", COMMA, "12.5");
        check("12,50 S", COMMA, "-12.5");
        check("12,50 H", COMMA, "12.5");
        check("12.50DR", POINT, "-12.5");
        check("12.50 CR", POINT, "12.5");
        check("€ 1.234,50", COMMA, "1234.5");
        check("1.234,50 EUR", COMMA, "1234.5");
        check("EUR1,234.50", POINT, "1234.5");
        check("CHF 1'234.50", POINT, "1234.5");
        check("19 %", COMMA, "19");
        check("7,7%", COMMA, "7.7");
        check("12,-", COMMA, "12");
        check("12.\u{2013}", POINT, "12");
        check("-0,00", COMMA, "0");
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "",
            "-",
            "€",
            "EUR",
            "01.03.2024",
            "1.23.456",
            "1,2,3",
            "12:30",
            "12a",
            "A12",
            "1..2",
            "1.",
            "--5",
            "1 23",
            "1'23",
            "2024-001",
            "1.234.56",
            "DE12 3456",
            "0,123,456",
            "1 234 5",
            "99999999999999999999999999999999",
        ] {
            check(text, UNKNOWN, "none");
            check(text, COMMA, "none");
        }
    }

    #[track_caller]
    fn check_notation(words: &str, expected: Option<DecimalMark>) {
        assert_eq!(Notation::detect(words.split(' ')).decimal, expected, "{words}");
    }

    #[test]
    fn a_documents_notation_is_settled_by_what_can_only_be_read_one_way() {
        check_notation("Summe 1.234,50 EUR", Some(DecimalMark::Comma));
        check_notation("Total 1,234.50", Some(DecimalMark::Point));
        check_notation("12,345,678", Some(DecimalMark::Point));
        check_notation("1.234 5.678", None);
        check_notation("1 20 300", None);
        // A section number weighs less than an amount, a date nothing.
        check_notation("2.1 2.2 01.03.2024 12,50", Some(DecimalMark::Comma));
        check_notation("12,50 12.50", None);
        check_notation("", None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cents in -99_999_999_999_i64..99_999_999_999) {
            let value = Decimal::new(cents, 2);
            let text = value.abs().to_string();
            let (whole, decimals) = text.split_once('.').unwrap();
            for (separator, mark, notation) in [(".", ",", COMMA), (",", ".", POINT), ("\u{a0}", ",", COMMA), ("'", ".", POINT)] {
                let mut grouped = String::new();
                for (index, digit) in whole.chars().enumerate() {
                    if index > 0 && (whole.len() - index) % 3 == 0 {
                        grouped.push_str(separator);
                    }
                    grouped.push(digit);
                }
                let sign = if cents < 0 { "-" } else { "" };
                let printed = format!("{sign}{grouped}{mark}{decimals}");
                prop_assert_eq!(parse_number(&printed, notation), Some(value), "{}", printed);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = parse_number(&text, UNKNOWN);
            let _ = Notation::detect([text.as_str()]);
        }
    }
}
