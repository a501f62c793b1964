//! Values that are there and can't be used: why, how many, and where the first of them are.

use serde::{Deserialize, Serialize};

/// Places that are kept of each column's rejected values.
pub const PLACES_MAX: usize = 100;

/// Why a value is left out of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// An object, an array, or another kind of value than the column is made of.
    WrongType,
    /// A text that is no plain decimal.
    NotANumber,
    /// A number that needs more decimals than the column has. It is not rounded.
    TooManyDecimals,
    /// A number beyond 64 bits at the column's scale.
    OutOfRange,
    /// A text that is no day of the calendar from 1000 to 9999.
    NotADate,
    /// An amount that has no currency.
    NoCurrency,
    /// A text with half a character in it: an unpaired surrogate.
    BrokenText,
    /// A text too long for a key.
    TextTooLong,
}

impl Rejection {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::WrongType,
        Self::NotANumber,
        Self::TooManyDecimals,
        Self::OutOfRange,
        Self::NotADate,
        Self::NoCurrency,
        Self::BrokenText,
        Self::TextTooLong,
    ];
}

/// Which row of which document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The document: a position in [`crate::Documents`].
    pub document: u32,
    /// The row within the document, from 0: the index in its array.
    pub row: u32,
}

/// The rejected values of a column: all counted, the first [`PLACES_MAX`] with their place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejections {
    pub(crate) counts: [u64; Rejection::ALL.len()],
    pub(crate) places: Vec<(Place, Rejection)>,
}

impl Rejections {
    /// How many there are.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many there are for one reason.
    pub fn count(&self, reason: Rejection) -> u64 {
        self.counts.get(reason as usize).copied().unwrap_or(0)
    }

    /// The reasons that there are, with their counts.
    pub fn reasons(&self) -> impl Iterator<Item = (Rejection, u64)> {
        Rejection::ALL.into_iter().zip(self.counts).filter(|(_, count)| *count > 0)
    }

    /// The first of them, in order.
    pub fn places(&self) -> &[(Place, Rejection)] {
        &self.places
    }

    pub(crate) fn add(&mut self, reason: Rejection, place: impl FnOnce() -> Place) {
        if let Some(count) = self.counts.get_mut(reason as usize) {
            *count += 1;
        }
        if self.places.len() < PLACES_MAX {
            self.places.push((place(), reason));
        }
    }
}
