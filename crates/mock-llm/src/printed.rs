//! What a printed text looks like: an amount, a date, a percentage, a code, words.
//!
//! Only looks are judged; nothing is parsed into a number, and nothing is computed. Used to tell a row from other
//! lines, a value from a label's unit, and to pick a wrong value that could pass for a right one.

/// What a text could pass for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number with or without a currency: `1,234.50`, `€ 12`, `(3.00)`.
    Amount,
    /// A number and a per cent sign.
    Percent,
    /// A date with digits.
    Date,
    /// Letters and digits without a space, as in `RE-2024-001`.
    Code,
    /// Anything else.
    Words,
}

/// Currency codes told from other words of three capitals.
const CURRENCY_CODES: [&str; 18] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CNY",
    "INR", "BRL", "ZAR",
];

/// Symbols that stand before or after an amount.
const CURRENCY_SYMBOLS: [char; 6] = ['€', '$', '£', '¥', '₹', '₣'];

/// Names of months, English and German, by their first three letters.
const MONTHS: [&str; 16] = [
    "jan", "feb", "mar", "mär", "apr", "may", "mai", "jun", "jul", "aug", "sep", "oct", "okt", "nov", "dec",
    "dez",
];

/// What `text` could pass for.
pub(crate) fn kind(text: &str) -> Kind {
    if is_percent(text) {
        Kind::Percent
    } else if is_date(text) {
        Kind::Date
    } else if is_amount(text) {
        Kind::Amount
    } else if !text.contains(' ') && text.contains(|c: char| c.is_ascii_digit()) {
        Kind::Code
    } else {
        Kind::Words
    }
}

/// Whether `text` is a number and a per cent sign, perhaps in brackets.
pub(crate) fn is_percent(text: &str) -> bool {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    text.strip_suffix('%').is_some_and(|number| is_number(number.trim()))
}

/// Whether `text` is a number, perhaps with a sign, brackets or a currency.
pub(crate) fn is_amount(text: &str) -> bool {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    is_number(without_currency(text).trim())
}

/// Whether `text` is a date: three groups of digits, or a month's name with digits.
pub(crate) fn is_date(text: &str) -> bool {
    let text = text.trim();
    if text.len() > 24 || !text.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if let Some(separator) = ['.', '/', '-'].into_iter().find(|separator| text.contains(*separator)) {
        let groups: Vec<&str> = text.split(separator).collect();
        if groups.len() == 3 {
            let long = groups.iter().filter(|group| group.len() == 4).count();
            let fits = |group: &&str| group.len() <= 4 && group.len() != 3 && all_digits(group);
            if long <= 1 && groups.iter().all(fits) {
                return true;
            }
        }
    }
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let is_month = |word: &str| {
        let start: String = word.to_lowercase().chars().take(3).collect();
        MONTHS.contains(&start.as_str())
    };
    text.contains(char::is_alphabetic)
        && words.all(|word| word.starts_with(|c: char| c.is_ascii_digit()) || is_month(word))
}

/// Whether a value and not more words of a label begins here: a digit, a sign before one, or a currency.
pub(crate) fn starts_like_a_value(text: &str) -> bool {
    let text = without_currency(text.trim_start()).trim_start();
    let text = text.strip_prefix(['-', '−', '+', '(']).unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// `rest` without the unit or rate that belongs to a label: `(EUR)`, `in EUR`, `€`, `20 %`; none where there is none.
pub(crate) fn without_qualifier(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    if let Some(inside) = rest.strip_prefix('(') {
        let (qualifier, after) = inside.split_once(')')?;
        // An amount in brackets is a negative value, not a remark on the label.
        return (!is_amount(qualifier)).then_some(after);
    }
    let unprefixed = rest.strip_prefix("in ").unwrap_or(rest);
    let after_currency = without_leading_currency(unprefixed);
    if after_currency.len() < unprefixed.len() {
        return Some(after_currency);
    }
    let (number, after) = rest.split_once('%')?;
    is_number(number.trim()).then_some(after)
}

/// The currency code or symbol in `text`, as printed, where there is one beside digits or alone.
pub(crate) fn currency_in(text: &str) -> Option<&str> {
    let code = text.split(|c: char| !c.is_alphanumeric()).find(|word| CURRENCY_CODES.contains(word));
    code.or_else(|| {
        let (start, symbol) = text.char_indices().find(|(_, c)| CURRENCY_SYMBOLS.contains(c))?;
        text.get(start..start + symbol.len_utf8())
    })
}

/// `text` without a currency in front of or behind it.
fn without_currency(text: &str) -> &str {
    let text = without_leading_currency(text).trim();
    let bare = text.trim_end_matches(CURRENCY_SYMBOLS);
    if bare.len() < text.len() {
        return bare;
    }
    CURRENCY_CODES.iter().find_map(|code| text.strip_suffix(code)).unwrap_or(text)
}

/// `text` without a currency in front of it.
fn without_leading_currency(text: &str) -> &str {
    let bare = text.trim_start_matches(CURRENCY_SYMBOLS);
    if bare.len() < text.len() {
        return bare;
    }
    let code = CURRENCY_CODES.iter().find_map(|code| text.strip_prefix(code));
    code.filter(|rest| !rest.starts_with(char::is_alphanumeric)).unwrap_or(text)
}

/// Digits with separators, perhaps signed on either side.
fn is_number(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '−', '+']).trim_start();
    let text = without_leading_currency(text).trim_start();
    let text = text.trim_end_matches(['-', '−']);
    text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}'))
}

/// Whether there are digits and nothing else.
fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart_by_their_looks() {
        let check = |text: &str, expected: Kind| assert_eq!(kind(text), expected, "{text}");
        for text in
            ["12", "1,234.50", "1.234,50 €", "€ 3", "$12.00", "(3.00)", "-4", "4.00-", "EUR 12.00", "-€ 5"]
        {
            check(text, Kind::Amount);
        }
        for text in ["20 %", "19%", "(7,5 %)"] {
            check(text, Kind::Percent);
        }
        for text in ["01.03.2024", "2024-03-01", "3/14/2024", "14 March 2024", "1. März 2024", "Mar 3, 2024"]
        {
            check(text, Kind::Date);
        }
        for text in ["RE-2024-001", "INV1", "DE89370400440532013000"] {
            check(text, Kind::Code);
        }
        for text in ["ACME Ltd", "Total", "", "12 pieces", "EURO"] {
            check(text, Kind::Words);
        }
    }

    #[test]
    fn the_currency_is_taken_as_it_is_printed() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(currency_in(text), expected, "{text}");
        check("Total (EUR)", Some("EUR"));
        check("12,00 €", Some("€"));
        check("£ 4", Some("£"));
        check("EUROPE", None);
    }
}
