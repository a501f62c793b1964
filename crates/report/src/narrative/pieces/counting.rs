//! Words that count: numbers, amounts that nothing reads, and when `one` is neither.

use super::Piece;

/// Words that are numbers, and which. `one` is one, too, where it counts: see [`is_pronoun`].
const NUMBER_WORDS: [(&str, u8); 15] = [
    ("zero", 0),
    ("no", 0),
    ("none", 0),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
];

/// Words that say how much, and that nothing here reads: what they say can't be checked.
const UNREAD_AMOUNTS: [&str; 50] = [
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "billion",
    "billions",
    "trillion",
    "dozen",
    "dozens",
    "half",
    "halves",
    "halved",
    "thirds",
    "quarters",
    "fifths",
    "sixths",
    "tenths",
    "twice",
    "thrice",
    "double",
    "doubled",
    "doubles",
    "triple",
    "tripled",
    "quadruple",
    "quadrupled",
    "tenfold",
    "twofold",
    "threefold",
    "majority",
    "most",
    "percent",
    "percentage",
];

/// Parts of a whole, where `a` or a number stands before them; else they are places in an order.
const PARTS: [&str; 9] =
    ["third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "twelfth"];

/// Words that multiply the number before them, by their power of ten.
const SCALES: [(&str, u32); 10] = [
    ("thousand", 3),
    ("million", 6),
    ("millions", 6),
    ("billion", 9),
    ("billions", 9),
    ("trillion", 12),
    ("k", 3),
    ("m", 6),
    ("mn", 6),
    ("bn", 9),
];

/// Before these, and behind those, `one` counts nothing.
const BEHIND_A_PRONOUN: [&str; 8] = ["of", "another", "or", "that", "which", "by", "is", "has"];
const BEFORE_A_PRONOUN: [&str; 14] = [
    "the", "this", "that", "each", "every", "any", "no", "which", "another", "other", "largest", "smallest",
    "first", "last",
];

/// Whether a word is a number, or an amount that nothing reads.
pub(in crate::narrative) fn counts(word: &str) -> bool {
    let small = word.to_lowercase();
    number(word).is_some() || UNREAD_AMOUNTS.contains(&small.as_str())
}

/// The number that a word is.
pub(super) fn number(word: &str) -> Option<u8> {
    let small = word.to_lowercase();
    NUMBER_WORDS.into_iter().find_map(|(name, number)| (name == small).then_some(number))
}

/// The power of ten of a word behind a number.
pub(super) fn power_of(word: &str) -> Option<u32> {
    let small = word.to_lowercase();
    SCALES.into_iter().find_map(|(name, power)| (name == small).then_some(power))
}

/// Whether `one` stands for a thing here: `the largest one`, `one of them`.
pub(super) fn is_pronoun(before: Option<&Piece<'_>>, after: &str) -> bool {
    let behind = after.split_whitespace().next().unwrap_or_default().to_lowercase();
    let before = match before {
        Some(Piece::Word(word)) => word.to_lowercase(),
        _ => String::new(),
    };
    BEHIND_A_PRONOUN.contains(&behind.as_str())
        || BEFORE_A_PRONOUN.contains(&before.as_str())
        || after.starts_with(|next: char| ".,;:!?".contains(next))
}

/// Whether a word says how much in a way that nothing here reads.
pub(super) fn is_unread_amount(word: &str, before: Option<&Piece<'_>>) -> bool {
    match (word.to_lowercase().as_str(), before) {
        // `the most severe`, `at most 3`
        ("most", Some(Piece::Word(before))) => !matches!(before.to_lowercase().as_str(), "the" | "at"),
        (part, Some(Piece::Word(before))) if PARTS.contains(&part) => before.eq_ignore_ascii_case("a"),
        (part, Some(Piece::Number(_) | Piece::Mark('-'))) if PARTS.contains(&part) => true,
        (word, _) => UNREAD_AMOUNTS.contains(&word),
    }
}
