//! The values of one column of a block, as they are read: numbers keep the decimals they were written with, and keys
//! the number of their spelling, until the whole column is known.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::bits::Bits;
use crate::dictionary::{Interner, KEY_BYTES_MAX};
use crate::layout::Kind;
use crate::rejection::Rejection;
use crate::scan::Token;
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

/// What a token comes to in a column: a value, nothing, or something that can't be used.
type Cell<T> = Result<Option<T>, Rejection>;

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
        let pushed = match (&mut self.values, kind) {
            (
                CellValues::Numbers { units, decimals },
                Kind::Money { scale, .. } | Kind::Decimal { scale },
            ) => {
                let cell = decimal(token, scale.decimals_max(), scratch);
                let (value, value_decimals) = cell.ok().flatten().unwrap_or_default();
                units.push(value);
                decimals.push(value_decimals);
                cell.map(|value| value.is_some())
            }
            (CellValues::Days(days), _) => value(days, date(token, scratch)),
            (CellValues::Keys(keys), _) => value(keys, key(token, interner, scratch)),
            (CellValues::Bools(bools), _) => {
                let cell = truth(token);
                bools.push(cell == Ok(Some(true)));
                cell.map(|value| value.is_some())
            }
            // Cells are made for the kind that they are given.
            (CellValues::Numbers { .. }, _) => return,
        };
        let valid = pushed.unwrap_or_else(|reason| {
            // A block has fewer rows than that: a document has as many bytes, at most.
            let row = u32::try_from(self.valid.len()).unwrap_or(u32::MAX);
            self.rejected.push((row, reason));
            false
        });
        self.valid.push(valid);
    }

    /// Appends a row without a value.
    pub(crate) fn push_missing(&mut self) {
        match &mut self.values {
            CellValues::Numbers { units, decimals } => {
                units.push(0);
                decimals.push(0);
            }
            CellValues::Days(days) => days.push(0),
            CellValues::Keys(keys) => keys.push(0),
            CellValues::Bools(bools) => bools.push(false),
        }
        self.valid.push(false);
    }

    /// Appends another column of the same kind, whose texts have these numbers here.
    pub(crate) fn append(&mut self, other: &Self, codes: &[u32]) {
        let rows = u32::try_from(self.len()).unwrap_or(u32::MAX);
        match (&mut self.values, &other.values) {
            (
                CellValues::Numbers { units, decimals },
                CellValues::Numbers { units: more, decimals: more_decimals },
            ) => {
                units.extend_from_slice(more);
                decimals.extend_from_slice(more_decimals);
            }
            (CellValues::Days(days), CellValues::Days(more)) => days.extend_from_slice(more),
            (CellValues::Keys(keys), CellValues::Keys(more)) => {
                keys.extend(more.iter().map(|key| codes.get(*key as usize).copied().unwrap_or(0)));
            }
            (CellValues::Bools(bools), CellValues::Bools(more)) => bools.extend(more, 0, more.len()),
            // Both were made by one plan.
            _ => return,
        }
        self.valid.extend(&other.valid, 0, other.len());
        self.rejected.extend(other.rejected.iter().map(|(row, reason)| (row.saturating_add(rows), *reason)));
    }

    /// Keeps these ranges of rows, which are in order, and forgets the others.
    pub(crate) fn keep(&mut self, ranges: &[Range<u32>]) {
        fn kept<T: Copy>(values: &mut Vec<T>, ranges: &[Range<u32>]) {
            let slices =
                ranges.iter().filter_map(|range| values.get(range.start as usize..range.end as usize));
            *values = slices.flatten().copied().collect();
        }
        match &mut self.values {
            CellValues::Numbers { units, decimals } => {
                kept(units, ranges);
                kept(decimals, ranges);
            }
            CellValues::Days(days) => kept(days, ranges),
            CellValues::Keys(keys) => kept(keys, ranges),
            CellValues::Bools(bools) => *bools = bools.kept(ranges),
        }
        self.valid = self.valid.kept(ranges);
        let mut before = 0;
        let mut rejected = Vec::new();
        for range in ranges {
            let inside = self.rejected.iter().filter(|(row, _)| range.contains(row));
            rejected.extend(inside.map(|(row, reason)| (row - range.start + before, *reason)));
            before += range.end - range.start;
        }
        self.rejected = rejected;
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
            if let Some((_, reason @ Rejection::OutOfRange)) =
                known.ok().and_then(|at| self.rejected.get_mut(at))
            {
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
fn value<T: Copy + Default>(values: &mut Vec<T>, cell: Cell<T>) -> Result<bool, Rejection> {
    values.push(cell.ok().flatten().unwrap_or_default());
    cell.map(|value| value.is_some())
}

#[inline]
fn decimal(token: &Token<'_>, decimals_max: u8, scratch: &mut String) -> Cell<(i64, u8)> {
    match token {
        Token::Number(number) => number::exact(number, decimals_max).map(Some),
        Token::Text(text) => {
            let text = text.unescaped(scratch).ok_or(Rejection::BrokenText)?;
            let number = number::plain(text).ok_or(Rejection::NotANumber)?;
            number::exact(&number, decimals_max).map(Some)
        }
        Token::Null => Ok(None),
        Token::True | Token::False | Token::Array | Token::Object => Err(Rejection::WrongType),
    }
}

#[inline]
fn date(token: &Token<'_>, scratch: &mut String) -> Cell<i32> {
    match token {
        Token::Text(text) => {
            let text = text.unescaped(scratch).ok_or(Rejection::BrokenText)?;
            day::parse(text).ok_or(Rejection::NotADate).map(Some)
        }
        Token::Null => Ok(None),
        Token::True | Token::False | Token::Number(_) | Token::Array | Token::Object => {
            Err(Rejection::WrongType)
        }
    }
}

#[inline]
fn key(token: &Token<'_>, interner: Option<&mut Interner>, scratch: &mut String) -> Cell<u32> {
    let text = match token {
        Token::Text(text) => trimmed(text.unescaped(scratch).ok_or(Rejection::BrokenText)?),
        Token::Number(number) => number::key(number),
        Token::True => "true",
        Token::False => "false",
        Token::Null => return Ok(None),
        Token::Array | Token::Object => return Err(Rejection::WrongType),
    };
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > KEY_BYTES_MAX {
        return Err(Rejection::TextTooLong);
    }
    interner.and_then(|interner| interner.code(text)).ok_or(Rejection::TextTooLong).map(Some)
}

/// A text without space around it; most have none.
#[inline]
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

fn truth(token: &Token<'_>) -> Cell<bool> {
    match token {
        Token::True => Ok(Some(true)),
        Token::False => Ok(Some(false)),
        Token::Null => Ok(None),
        Token::Number(_) | Token::Text(_) | Token::Array | Token::Object => Err(Rejection::WrongType),
    }
}
