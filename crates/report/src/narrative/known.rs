//! Computed figures, and whether what a sentence writes is one of them.
//!
//! A number is right where it is a figure of the same kind, digit for digit, or a rounding of one that its own decimals
//! show: `1,235` of 1234.56, `25.4 %` of 25.37 %, `1.2 million` of 1234567. A rounding must leave
//! [`ROUNDED_DIGITS_MIN`] digits: `1 million` of 1499999 is off by a third. Half is rounded away from zero, as everywhere.

use docmill_arithmetic::Decimal;
use docmill_arithmetic::decimal::round_half_away;

/// Digits that a rounded number must show, from the first that isn't zero.
pub(super) const ROUNDED_DIGITS_MIN: usize = 2;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Unit {
    /// Things, or no unit that anybody named.
    Plain,
    /// Hundredths of a whole.
    Percent,
    /// Money, by its code.
    Money(&'static str),
    /// Something that no field of an analysis is counted in: thousandths, cents, times.
    Other,
}

/// A computed figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) value: Decimal,
    pub(super) unit: Unit,
}

/// A number as a sentence writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// With its sign, before it is multiplied.
    pub(super) value: Decimal,
    /// Digits it shows, from the first that isn't zero.
    pub(super) digits: usize,
    /// Digits it shows behind its decimal mark.
    pub(super) decimals: u32,
    /// The power of ten that its word stands for: 6 for `million`.
    pub(super) power: u32,
}

impl Written {
    /// Whether it is this figure, or a rounding of it. `may_drop_sign` where the sentence says in words that it is below.
    pub(super) fn is(self, known: Decimal, may_drop_sign: bool) -> bool {
        self.is_exactly_or_rounded(known)
            || may_drop_sign && known.is_sign_negative() && self.is_exactly_or_rounded(-known)
    }

    fn is_exactly_or_rounded(self, known: Decimal) -> bool {
        let Some(factor) = 10_i64.checked_pow(self.power).map(Decimal::from) else { return false };
        if self.value.checked_mul(factor) == Some(known) {
            return true;
        }
        let rounded = || Some(round_half_away(known.checked_div(factor)?, self.decimals));
        self.digits >= ROUNDED_DIGITS_MIN && rounded() == Some(self.value)
    }
}
