//! What the pages are called: "iv", "A-3".
//!
//! One label for every page, out of ranges that each say a style, a prefix and a first number.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Object};

use super::pages::PageNumbers;
use super::text::Texts;
use super::tree;

/// Characters kept of a prefix. 100: "Appendix " is a long one.
const PREFIX_CHARACTERS_MAX: usize = 100;
/// The highest number in Roman numerals; above, their length grows with the number, and digits serve.
const ROMAN_MAX: u64 = 4_999;
/// The highest number in letters, `zz…z` of a hundred; above, digits serve.
const LETTERS_MAX: u64 = 2_600;

/// The labels of all pages, and whether there are more; none where the file has no labels.
pub(super) fn read(texts: &mut Texts<'_>, pages: &PageNumbers, catalog: &Dictionary) -> (Vec<String>, bool) {
    let document = texts.document;
    let Ok(root) = catalog.get(b"PageLabels") else { return (Vec::new(), false) };
    let mut ranges = BTreeMap::new();
    let is_whole = tree::visit(document, root, b"Nums", |first, range| {
        if let Ok((_, Object::Integer(first))) = document.dereference(first)
            && let Ok(first) = u32::try_from(*first)
            && let Ok((_, Object::Dictionary(range))) = document.dereference(range)
            && first < pages.count()
        {
            ranges.insert(first, range);
        }
    });
    if ranges.is_empty() {
        return (Vec::new(), false);
    }
    let mut labels = Vec::new();
    let mut range = Range { first: 0, prefix: String::new(), style: Style::Decimal, number: 1 };
    for index in 0..pages.count() {
        if let Some(dictionary) = ranges.get(&index) {
            range = Range::new(texts, index, dictionary);
        }
        labels.push(range.label(index));
    }
    (labels, pages.is_truncated || !is_whole || texts.is_spent())
}

struct Range {
    /// The first page's index, from 0.
    first: u32,
    prefix: String,
    style: Style,
    /// The first page's number.
    number: u64,
}

impl Range {
    fn new(texts: &mut Texts<'_>, first: u32, dictionary: &Dictionary) -> Self {
        let document = texts.document;
        let style = match dictionary.get_deref(b"S", document).and_then(Object::as_name) {
            Ok(b"D") => Style::Decimal,
            Ok(b"R") => Style::Roman { upper: true },
            Ok(b"r") => Style::Roman { upper: false },
            Ok(b"A") => Style::Letters { first: b'A' },
            Ok(b"a") => Style::Letters { first: b'a' },
            Ok(_) | Err(_) => Style::None,
        };
        let number = dictionary.get_deref(b"St", document).and_then(Object::as_i64).unwrap_or(1);
        Self {
            first,
            prefix: texts.line(dictionary, b"P", PREFIX_CHARACTERS_MAX).unwrap_or_default(),
            style,
            number: u64::try_from(number).unwrap_or(1).max(1),
        }
    }

    fn label(&self, index: u32) -> String {
        let number = self.number.saturating_add(u64::from(index.saturating_sub(self.first)));
        format!("{}{}", self.prefix, self.style.format(number))
    }
}

#[derive(Clone, Copy)]
enum Style {
    None,
    Decimal,
    Roman { upper: bool },
    Letters { first: u8 },
}

impl Style {
    fn format(self, number: u64) -> String {
        match self {
            Self::None => String::new(),
            Self::Roman { upper } if number <= ROMAN_MAX => match upper {
                true => roman(number).to_uppercase(),
                false => roman(number),
            },
            // After z comes aa, and after that bb.
            Self::Letters { first } if (1..=LETTERS_MAX).contains(&number) => {
                let letter = u8::try_from((number - 1) % 26).unwrap_or(0);
                let times = usize::try_from((number - 1) / 26 + 1).unwrap_or(1);
                char::from(first.saturating_add(letter)).to_string().repeat(times)
            }
            Self::Decimal | Self::Roman { .. } | Self::Letters { .. } => number.to_string(),
        }
    }
}

fn roman(mut number: u64) -> String {
    let numerals = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    let mut text = String::new();
    for (value, numeral) in numerals {
        while number >= value {
            number -= value;
            text.push_str(numeral);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(style: Style, number: u64, expected: &str) {
        assert_eq!(style.format(number), expected, "{number}");
    }

    #[test]
    fn styles() {
        check(Style::None, 3, "");
        check(Style::Decimal, 3, "3");
        check(Style::Roman { upper: false }, 1994, "mcmxciv");
        check(Style::Roman { upper: true }, 48, "XLVIII");
        check(Style::Roman { upper: true }, u64::MAX, "18446744073709551615");
        check(Style::Letters { first: b'A' }, 26, "Z");
        check(Style::Letters { first: b'a' }, 28, "bb");
        check(Style::Letters { first: b'a' }, u64::MAX, "18446744073709551615");
    }
}
