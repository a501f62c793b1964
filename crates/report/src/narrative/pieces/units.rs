//! What stands beside a number: its scale and unit, or what makes a year of it.

use super::counting::{is_unread_amount, power_of};
use super::{Number, Piece, When};
use crate::narrative::currency;
use crate::narrative::known::{Unit, Written};

/// Units that no figure has: parts of a currency, and sums that somebody made.
const OTHER_UNITS: [&str; 9] = ["basis", "bp", "bps", "cent", "cents", "fold", "pence", "times", "x"];

/// What may stand before a year that is no count.
const BEFORE_A_YEAR: [&str; 19] = [
    "in",
    "of",
    "since",
    "for",
    "during",
    "from",
    "to",
    "until",
    "till",
    "through",
    "and",
    "year",
    "years",
    "by",
    "before",
    "after",
    "than",
    "between",
    "throughout",
];

/// What may stand behind one.
const BEHIND_A_YEAR: [&str; 21] = [
    "and", "but", "to", "is", "are", "was", "were", "has", "had", "have", "with", "than", "as", "at", "by",
    "the", "a", "where", "while", "which", "alone",
];

/// Years that are taken for years.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2099;

/// Gives numbers the units that stand beside them, makes years of what can be nothing else, and leaves amounts in words as
/// unread.
pub(super) fn settle(pieces: &mut Vec<Piece<'_>>) {
    let taken = std::mem::take(pieces);
    let mut rest = taken.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match *first {
            Piece::Number(number) => {
                let (number, used) = beside(number, pieces, after);
                rest = after.get(used..).unwrap_or_default();
                let year = (used == 0).then(|| year(number, pieces.last(), rest.first())).flatten();
                pieces.push(year.map_or(Piece::Number(number), |year| Piece::Date(When::Year(year))));
            }
            Piece::Word(word) if is_unread_amount(word, pieces.last()) => pieces.push(Piece::Unread),
            other => pieces.push(other),
        }
    }
    inherit(pieces);
}

/// A number with the scale and the unit beside it, and how many pieces behind it they are.
fn beside(mut number: Number, before: &[Piece<'_>], after: &[Piece<'_>]) -> (Number, usize) {
    let mut used = 0;
    if number.written.power == 0
        && let Some(Piece::Word(word)) = after.first()
        && word.len() > 2
        && let Some(power) = power_of(word)
    {
        number.written.power = power;
        used = 1;
    }
    if let Some((unit, pieces)) = unit_behind(after.get(used..).unwrap_or_default()) {
        number.unit = Some(unit);
        used += pieces;
    }
    if number.unit.is_none() {
        let before = match before {
            [before @ .., Piece::Mark('-' | '\u{2212}' | '\u{2013}')] => before,
            before => before,
        };
        number.unit = match before.last() {
            Some(Piece::Word(word)) => currency::of_word(word).map(Unit::Money),
            Some(Piece::Mark(sign)) => currency::of_sign(*sign).map(Unit::Money),
            _ => None,
        };
    }
    (number, used)
}

/// The unit that begins here, and of how many pieces it is.
fn unit_behind(after: &[Piece<'_>]) -> Option<(Unit, usize)> {
    match after {
        [Piece::Mark('%') | Piece::Word("percent" | "percentage"), ..] => Some((Unit::Percent, 1)),
        [Piece::Word("per"), Piece::Word("cent"), ..] => Some((Unit::Percent, 2)),
        [Piece::Mark('‰' | '‱' | '×'), ..] => Some((Unit::Other, 1)),
        [Piece::Word(word), ..] if OTHER_UNITS.contains(word) => Some((Unit::Other, 1)),
        [Piece::Mark('-'), Piece::Word("fold"), ..] => Some((Unit::Other, 2)),
        [Piece::Word(word), ..] => Some((Unit::Money(currency::of_word(word)?), 1)),
        [Piece::Mark(sign), ..] => Some((Unit::Money(currency::of_sign(*sign)?), 1)),
        _ => None,
    }
}

/// The year that a number is, by what stands around it.
fn year(number: Number, before: Option<&Piece<'_>>, after: Option<&Piece<'_>>) -> Option<i16> {
    let Written { value, digits: 4, decimals: 0, power: 0 } = number.written else { return None };
    let year = i16::try_from(value).ok().filter(|year| number.unit.is_none() && YEARS.contains(year))?;
    let is_one_of = |piece: Option<&Piece<'_>>, words: &[&str]| {
        let Some(Piece::Word(word)) = piece else { return false };
        words.contains(&word.to_lowercase().as_str())
    };
    let follows = is_one_of(before, &BEFORE_A_YEAR);
    let ends = after.is_none_or(|after| matches!(after, Piece::Mark(mark) if ".,;:!?)".contains(*mark)))
        || is_one_of(after, &BEHIND_A_YEAR);
    (follows && ends).then_some(year)
}

/// In `12, 15 and 20 %` all three are percent.
fn inherit(pieces: &mut [Piece<'_>]) {
    let mut unit = None;
    for piece in pieces.iter_mut().rev() {
        match piece {
            Piece::Number(number) => {
                number.unit = number.unit.or(unit);
                unit = number.unit;
            }
            Piece::Mark(',' | '-' | '–' | '\u{2212}') | Piece::Word("and" | "or" | "to") => {}
            Piece::Name | Piece::Date(_) | Piece::Unread | Piece::Word(_) | Piece::Mark(_) => unit = None,
        }
    }
}
