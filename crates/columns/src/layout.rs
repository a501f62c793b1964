//! What to read: the columns of an analysis, by name, pointer and kind.
//!
//! Written by whoever makes a spec; checked and compiled by [`crate::Plan`]. Nothing is looked up here.

use serde::{Deserialize, Serialize};

/// The most decimals a column may have. At six, a 64-bit value reaches 9.2 million million.
pub const DECIMALS_MAX: u8 = 6;

/// The columns to read of each document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Where the record is within a document: a JSON pointer; empty where the document is the record. Outcomes of
    /// docmill have theirs at `/data`. A document without one has no rows.
    pub record: String,
    /// Where a document's id is: a JSON pointer into the document. Absent, or where no text or number of up to
    /// [`crate::KEY_BYTES_MAX`] bytes is there, a document is known by its line.
    pub id: Option<String>,
    /// The columns.
    pub columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// What it is called. No two columns have the same name.
    pub name: String,
    /// Where its values are within the record: a JSON pointer, in which one `*` may stand for every index of an
    /// array. `/total` has one value for each document; `/lines/*/amount` one for each row of `/lines`.
    pub pointer: String,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a column are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Amounts in a currency, exact.
    Money {
        /// Decimals of the column.
        scale: Scale,
        /// Where the currency is: a pointer into the record, or to the amount's own row. An amount without a
        /// currency is left out.
        currency: String,
    },
    /// Numbers, exact.
    Decimal {
        /// Decimals of the column.
        scale: Scale,
    },
    /// Days, as ISO 8601 writes them: `2024-03-01`; a time behind it is no part of the day.
    Date,
    /// Texts from a dictionary; a number or a truth value counts as its text.
    Key {
        /// Which texts are one.
        folding: Folding,
    },
    /// `true` or `false`.
    Bool,
}

/// How many decimals the values of a column have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// So many. A number that needs more is left out.
    Fixed(u8),
    /// As many as the number that needs the most, [`DECIMALS_MAX`] at most.
    Found,
}

/// Which texts are the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Folding {
    /// Those that are equal but for space around them.
    Exact,
    /// Those that are equal but for case and space.
    CaseAndSpace,
}

impl Scale {
    /// The most decimals that a number may need.
    pub(crate) fn decimals_max(self) -> u8 {
        match self {
            Self::Fixed(decimals) => decimals,
            Self::Found => DECIMALS_MAX,
        }
    }
}
