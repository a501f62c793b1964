//! The values of one column of a block, as they are read: numbers keep the decimals they were written with, and keys
//! the number of their spelling, until the whole column is known.

use serde::{Deserialize, Serialize};

use crate::bits::Bits;
use crate::dictionary::{Interner, KEY_BYTES_MAX};
use crate::layout::Kind;
use crate::rejection::Rejection;
use crate::scan::{Text, Token};
use crate::{day, number};

/// A column of a block. Every list has a row for each row of its rows; those without a value hold zero.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Cells {
    pub(crate) values: CellValues,
    pub(crate) valid: Bits,
    /// Rows whose value is there and can't be used, in order.
    pub(crate) rejected: Vec<(u32, Rejection)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum CellValues {
    Numbers { units: Vec<i64>, decimals: Vec<u8> },
    Days(Vec<i32>),
    Keys(Vec<u32>),
    Bools(Bits),
}

/// What a token comes to in a column.
enum Cell {
    Missing,
    Number(i64, u8),
    Day(i32),
    Key(u32),
    Bool(bool),
    Rejected(Rejection),
}

impl Cells {
    pub(crate) fn new(kind: &Kind, rows: usize) -> Self {
        let values = match kind {
            Kind::Money { .. } | Kind::Decimal { .. } => {
                CellValues::Numbers { units: Vec::with_capacity(rows), decimals: Vec::with_capacity(rows) }
            }
            Kind::Date => CellValues::Days(Vec::with_capacity(rows)),
            Kind::Key { .. } => CellValues::Keys(Vec::with_capacity(rows)),
            Kind::Bool => CellValues::Bools(Bits::with_capacity(rows)),
        };
        Self { values, valid: Bits::with_capacity(rows), rejected: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.valid.len()
    }

    /// Appends what a token says to a column of this kind.
    #[inline]
    pub(crate) fn push(
        &mut self,
        token: &Token<'_>,
        kind: &Kind,
        interner: Option<&mut Interner>,
        scratch: &mut String,
    ) {
        let cell = match (token, kind, interner) {
            (Token::Null, ..) => Cell::Missing,
            (_, Kind::Money { scale, .. } | Kind::Decimal { scale }, _) => {
                decimal(token, scale.decimals_max(), scratch)
            }
            (_, Kind::Key { .. }, Some(interner)) => key(token, interner, scratch),
            (Token::Text(text), Kind::Date, _) => date(text, scratch),
            (Token::Bool(value), Kind::Bool, _) => Cell::Bool(*value),
            _ => Cell::Rejected(Rejection::WrongType),
        };
        self.push_cell(cell);
    }

    pub(crate) fn push_missing(&mut self) {
        self.push_cell(Cell::Missing);
    }

    #[inline]
    fn push_cell(&mut self, cell: Cell) {
        if let Cell::Rejected(reason) = cell {
            // A block has fewer rows than that: a document has as many bytes, at most.
            let row = u32::try_from(self.len()).unwrap_or(u32::MAX);
            self.rejected.push((row, reason));
        }
        let valid = match (&mut self.values, cell) {
            (CellValues::Numbers { units, decimals }, Cell::Number(value, value_decimals)) => {
                units.push(value);
                decimals.push(value_decimals);
                true
            }
            (CellValues::Numbers { units, decimals }, _) => {
                units.push(0);
                decimals.push(0);
                false
            }
            (CellValues::Days(days), Cell::Day(value)) => {
                days.push(value);
                true
            }
            (CellValues::Days(days), _) => {
                days.push(0);
                false
            }
            (CellValues::Keys(keys), Cell::Key(value)) => {
                keys.push(value);
                true
            }
            (CellValues::Keys(keys), _) => {
                keys.push(0);
                false
            }
            (CellValues::Bools(bools), cell) => {
                bools.push(matches!(cell, Cell::Bool(true)));
                matches!(cell, Cell::Bool(_))
            }
        };
        self.valid.push(valid);
    }

    /// Forgets what is behind the first `rows`.
    pub(crate) fn truncate(&mut self, rows: usize) {
        match &mut self.values {
            CellValues::Numbers { units, decimals } => {
                units.truncate(rows);
                decimals.truncate(rows);
            }
            CellValues::Days(days) => days.truncate(rows),
            CellValues::Keys(keys) => keys.truncate(rows),
            CellValues::Bools(bools) => bools.truncate(rows),
        }
        self.valid.truncate(rows);
        while self.rejected.last().is_some_and(|(row, _)| *row as usize >= rows) {
            self.rejected.pop();
        }
    }

    /// Leaves out the amounts of these rows, because they have no currency: so are those that were out of range, whatever
    /// else is wrong with them, so that the reason doesn't depend on the scale.
    pub(crate) fn reject_without_currency(&mut self, rows: impl Iterator<Item = usize>) {
        let CellValues::Numbers { units, decimals } = &mut self.values else { return };
        let mut found = Vec::new();
        for row in rows {
            if self.valid.get(row) {
                self.valid.clear(row);
                if let (Some(units), Some(decimals)) = (units.get_mut(row), decimals.get_mut(row)) {
                    (*units, *decimals) = (0, 0);
                }
                found.push((u32::try_from(row).unwrap_or(u32::MAX), Rejection::NoCurrency));
                continue;
            }
            let known = self.rejected.binary_search_by_key(&row, |(row, _)| *row as usize);
            if let Some((_, reason @ Rejection::OutOfRange)) = known.ok().and_then(|at| self.rejected.get_mut(at)) {
                *reason = Rejection::NoCurrency;
            }
        }
        if !found.is_empty() {
            self.rejected.append(&mut found);
            self.rejected.sort_unstable();
        }
    }

    /// Marks the texts that are in a column of keys, by their numbers.
    pub(crate) fn mark_texts(&self, used: &mut [bool]) {
        let CellValues::Keys(keys) = &self.values else { return };
        let valid = keys.iter().enumerate().filter(|(row, _)| self.valid.get(*row));
        for (_, key) in valid {
            if let Some(used) = used.get_mut(*key as usize) {
                *used = true;
            }
        }
    }

    /// The fewest decimals with which each value is exact.
    pub(crate) fn decimals_needed(&self) -> u8 {
        let CellValues::Numbers { units, decimals } = &self.values else { return 0 };
        units.iter().zip(decimals).fold(0, |needed, (&units, &decimals)| {
            if decimals <= needed { needed } else { number::fewer_decimals(units, decimals, needed).1 }
        })
    }
}

#[inline]
fn decimal(token: &Token<'_>, decimals_max: u8, scratch: &mut String) -> Cell {
    let exact = match token {
        Token::Number(number) => number::exact(number, decimals_max),
        Token::Text(text) => match text.unescaped(scratch) {
            Some(text) => number::plain(text)
                .ok_or(Rejection::NotANumber)
                .and_then(|number| number::exact(&number, decimals_max)),
            None => Err(Rejection::BrokenText),
        },
        _ => Err(Rejection::WrongType),
    };
    match exact {
        Ok((units, decimals)) => Cell::Number(units, decimals),
        Err(reason) => Cell::Rejected(reason),
    }
}

fn date(text: &Text<'_>, scratch: &mut String) -> Cell {
    match text.unescaped(scratch) {
        Some(text) => day::parse(text).map_or(Cell::Rejected(Rejection::NotADate), Cell::Day),
        None => Cell::Rejected(Rejection::BrokenText),
    }
}

#[inline]
fn key(token: &Token<'_>, interner: &mut Interner, scratch: &mut String) -> Cell {
    let text = match token {
        Token::Text(text) => match text.unescaped(scratch) {
            Some(text) => text.trim(),
            None => return Cell::Rejected(Rejection::BrokenText),
        },
        Token::Number(number) => number.text,
        Token::Bool(true) => "true",
        Token::Bool(false) => "false",
        Token::Null | Token::Array | Token::Object => return Cell::Rejected(Rejection::WrongType),
    };
    if text.is_empty() {
        return Cell::Missing;
    }
    if text.len() > KEY_BYTES_MAX {
        return Cell::Rejected(Rejection::TextTooLong);
    }
    interner.code(text).map_or(Cell::Rejected(Rejection::TextTooLong), Cell::Key)
}
