//! The decimal mark and the group mark of a document's numbers.

use std::collections::BTreeMap;

use docmill_arithmetic::notation::{GroupMark, Grouping, NumberEvidence, evidence};
use docmill_arithmetic::{DecimalMark, Notation};

use super::{Evidence, Finding, lines, majority};
use crate::model::{Document, Line, Word};

/// A gap below this many font sizes may stand within a number, as in `1 234,50`; a wider one parts two numbers.
const DIGITS_GAP_FONT_SIZES: f32 = 0.45;
/// The most words a number has whose groups are parted by spaces: `999 999 999 999,99`.
const GROUPS_MAX: usize = 4;
/// What may be glued to a number: brackets, and the punctuation of a sentence.
const AROUND: [char; 8] = ['(', ')', '[', ']', ';', ':', ',', '*'];

/// How a document writes numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberNotation {
    /// What stands before the decimals. An amount with both marks weighs more than one with two decimals, and that
    /// more than what may be a section's number, so that it isn't always the larger count that wins.
    pub decimal_mark: Finding<DecimalMark>,
    /// The numbers with a decimal comma.
    pub comma: Evidence,
    /// The numbers with a decimal point.
    pub point: Evidence,
    /// What stands between thousands.
    pub grouping: Finding<Grouping>,
    /// The numbers of more than three digits before the decimals, by what stands between them.
    pub groupings: BTreeMap<Grouping, Evidence>,
}

/// Counts a document's numbers.
pub(super) fn find(document: &Document) -> NumberNotation {
    let (mut comma, mut point) = ((Evidence::default(), 0_u64), (Evidence::default(), 0_u64));
    let mut groupings: BTreeMap<Grouping, Evidence> = BTreeMap::new();
    for (page, line) in lines(document) {
        let mut words = line.words.as_slice();
        while !words.is_empty() {
            let (taken, text, found) = next(line, words);
            let (number, rest) = words.split_at(taken);
            words = rest;
            let Some(NumberEvidence { decimal, grouping, weight }) = found else { continue };
            if let Some(mark) = decimal {
                let (evidence, total) = match mark {
                    DecimalMark::Comma => &mut comma,
                    DecimalMark::Point => &mut point,
                };
                evidence.add(page, number, &text);
                *total = total.saturating_add(weight);
            }
            if let Some(grouping) = grouping {
                groupings.entry(grouping).or_default().add(page, number, &text);
            }
        }
    }
    let decimal_mark = match Notation::settle(comma.1, point.1).decimal {
        Some(mark) => Finding::Found(mark),
        None if comma.0.count == 0 && point.0.count == 0 => Finding::Nothing,
        None => Finding::Ambiguous,
    };
    let grouping = majority(groupings.iter().map(|(&grouping, evidence)| (grouping, evidence.count)));
    NumberNotation { decimal_mark, comma: comma.0, point: point.0, grouping, groupings }
}

/// The number that `words` begin with, of how many words it is, and what it shows.
fn next(line: &Line, words: &[Word]) -> (usize, String, Option<NumberEvidence>) {
    for count in (2..=groups(line, words)).rev() {
        let text = joined(words.get(..count).unwrap_or_default());
        let found = evidence(&text);
        // With decimals: `12 345` may as well be two numbers.
        if found.is_some_and(|found| {
            found.decimal.is_some() && found.grouping == Some(Grouping::By(GroupMark::Space))
        }) {
            return (count, text, found);
        }
    }
    let text = joined(words.get(..1).unwrap_or_default());
    let found = evidence(&text);
    (1, text, found)
}

/// How many of the words may be the groups of one number: one to three digits, then three each, close together.
fn groups(line: &Line, words: &[Word]) -> usize {
    let starts = words.first().is_some_and(|word| {
        let digits = word.text.trim_start_matches(|character: char| !character.is_ascii_digit());
        (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !starts {
        return 1;
    }
    let goes_on = |pair: &&[Word]| match pair {
        [left, right] => {
            let gap = right.bounds.x0 - left.bounds.x1;
            let digits = right.text.bytes().take_while(u8::is_ascii_digit).count();
            gap < DIGITS_GAP_FONT_SIZES * line.font_size && digits == 3
        }
        _ => false,
    };
    1 + words.windows(2).take(GROUPS_MAX - 1).take_while(goes_on).count()
}

fn joined(words: &[Word]) -> String {
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    // Brackets around a negative number go with those around a remark: the marks within are the same.
    text.trim_matches(AROUND).to_owned()
}
