//! What one printed number shows of its document's notation.
//!
//! Counted by [`Notation::detect`](super::Notation::detect), and by whoever wants to show the evidence beside the
//! verdict. Only what can't be read another way says anything: `1.234` doesn't.

use super::{DecimalMark, is_apostrophe, is_space, read, undressed};

/// What stands between groups of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupMark {
    /// `1.234,50`
    Point,
    /// `1,234.50`
    Comma,
    /// `1'234.50`
    Apostrophe,
    /// `1 234,50`, of whatever width
    Space,
}

/// Whether and how the digits of large numbers are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grouping {
    /// By this mark.
    By(GroupMark),
    /// Not at all: `1234,50`.
    Without,
}

/// What a number shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberEvidence {
    /// What stands before its decimals, where it can be nothing else.
    pub decimal: Option<DecimalMark>,
    /// How its digits are grouped, where there are enough of them and it is certain.
    pub grouping: Option<Grouping>,
    /// How much it weighs for the decimal mark: an amount with both marks more than two decimals, those more than
    /// what may be a section number or a time.
    pub weight: u64,
}

/// What a word says about its document's notation; none where it is no number, or reads one way with either mark.
pub fn evidence(word: &str) -> Option<NumberEvidence> {
    let bare = undressed(word)?;
    let digits = bare.digits;
    let decimal = match (read(digits, DecimalMark::Comma), read(digits, DecimalMark::Point)) {
        (Some(_), None) => Some(DecimalMark::Comma),
        (None, Some(_)) => Some(DecimalMark::Point),
        // No mark, or one that groups either way.
        (Some(comma), Some(point)) if comma == point => None,
        (Some(_), Some(_)) | (None, None) => return None,
    };
    let both = digits.contains(',') && digits.contains('.');
    let decimals = digits.rfind([',', '.']).map_or(0, |mark| digits.len() - mark - 1);
    let weight = match (both, decimals) {
        (true, _) => 10,
        (false, 2) => 3,
        (false, _) => 1,
    };
    let grouping = grouping(digits, decimal);
    (decimal.is_some() || grouping.is_some()).then_some(NumberEvidence { decimal, grouping, weight })
}

fn grouping(digits: &str, decimal: Option<DecimalMark>) -> Option<Grouping> {
    let whole = match decimal {
        Some(mark) => digits.split_once(mark.character()).map_or(digits, |(whole, _)| whole),
        None => digits,
    };
    match whole.chars().find(|character| !character.is_ascii_digit()) {
        Some('.') => Some(Grouping::By(GroupMark::Point)),
        Some(',') => Some(Grouping::By(GroupMark::Comma)),
        Some(mark) if is_apostrophe(mark) => Some(Grouping::By(GroupMark::Apostrophe)),
        Some(mark) if is_space(mark) => Some(Grouping::By(GroupMark::Space)),
        // `1234` may be a year or a customer; only with decimals is it surely an amount.
        None if whole.len() > 3 && whole.len() < digits.len() => Some(Grouping::Without),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expected: Option<(Option<DecimalMark>, Option<Grouping>, u64)>) {
        let found = evidence(word).map(|found| (found.decimal, found.grouping, found.weight));
        assert_eq!(found, expected, "{word:?}");
    }

    #[test]
    fn what_can_be_read_one_way_says_something() {
        let (comma, point) = (Some(DecimalMark::Comma), Some(DecimalMark::Point));
        let by = |mark| Some(Grouping::By(mark));
        check("1.234,50", Some((comma, by(GroupMark::Point), 10)));
        check("$1,234.50", Some((point, by(GroupMark::Comma), 10)));
        check("1'234.50", Some((point, by(GroupMark::Apostrophe), 3)));
        check("1 234,50", Some((comma, by(GroupMark::Space), 3)));
        check("1’234", Some((None, by(GroupMark::Apostrophe), 1)));
        check("1234,50", Some((comma, Some(Grouping::Without), 3)));
        check("12,50 EUR", Some((comma, None, 3)));
        check("7.5%", Some((point, None, 1)));
        check("1.234.567", Some((comma, by(GroupMark::Point), 1)));
        for silent in ["1.234", "1,234", "1234", "2024", "01.03.2024", "abc", ""] {
            check(silent, None);
        }
    }
}
