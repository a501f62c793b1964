//! Currencies: a page prints `€` where a record says `EUR`.

use std::ops::Range;

use super::pages::PageLine;

/// Signs and the codes they stand for, the commonest first. `$` and `kr` stand for several.
const SIGNS: [(&str, &str); 17] = [
    ("€", "EUR"),
    ("$", "USD"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("¥", "CNY"),
    ("₹", "INR"),
    ("₺", "TRY"),
    ("zł", "PLN"),
    ("kč", "CZK"),
    ("kr", "SEK"),
    ("kr", "NOK"),
    ("kr", "DKK"),
    ("sfr", "CHF"),
    ("us$", "USD"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("euro", "EUR"),
];

/// Codes that are recognised wherever they stand, to tell whether a document uses several currencies.
const CODES: [&str; 26] = [
    "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY",
    "CAD", "AUD", "NZD", "SGD", "HKD", "INR", "BRL", "MXN", "ZAR", "ISK", "THB",
];

/// The code that a claimed text means; none where it is no currency that is known here.
pub(crate) fn code_of(text: &str) -> Option<&'static str> {
    let text = text.trim();
    let code = CODES.into_iter().find(|code| code.eq_ignore_ascii_case(text));
    let lower = text.to_lowercase();
    let sign = lower.trim_end_matches('.');
    code.or_else(|| SIGNS.into_iter().find(|&(known, _)| known == sign).map(|(_, code)| code))
}

/// The words of a line that print a currency, and what of the word does.
pub(crate) fn mentions(line: &PageLine<'_>) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    for (index, word) in line.line.words.iter().enumerate() {
        // `1.234,50€` and `EUR1,234.50` are one word each.
        let parts =
            word.text.split(|character: char| character.is_ascii_digit() || ".,()-/:;".contains(character));
        for part in parts.filter(|part| !part.is_empty() && code_of(part).is_some()) {
            // Codes are printed in capitals: `Cad` and `Try` are words.
            if part.len() != 3
                || !part.is_ascii()
                || part.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'$')
            {
                found.push((index..index + 1, part.to_owned()));
            }
        }
    }
    found
}

/// Whether a printed currency stands for this code.
pub(crate) fn stands_for(printed: &str, code: &str) -> bool {
    let lower = printed.to_lowercase();
    printed.eq_ignore_ascii_case(code) || SIGNS.contains(&(lower.as_str(), code))
}
