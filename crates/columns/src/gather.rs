//! One chunk of a column, from the runs of rows that are in it.
//!
//! Called while tables are put together, for many chunks side by side.

use crate::bits::Bits;
use crate::cells::{CellValues, Cells};
use crate::layout::Kind;
use crate::number::POWERS;
use crate::rejection::Rejection;
use crate::table::{Chunk, Values};

/// A chunk, and the rows of the table in it whose values can't be used.
pub(crate) type Gathered = (Chunk, Vec<(usize, Rejection)>);

/// A chunk as it grows.
pub(crate) struct Gather {
    first_row: usize,
    values: Gathering,
    valid: Bits,
    rejected: Vec<(usize, Rejection)>,
}

enum Gathering {
    Numbers(Vec<i64>),
    Days(Vec<i32>),
    Keys(Vec<u32>),
    Bools(Bits),
}

impl Gather {
    pub(crate) fn new(kind: &Kind, first_row: usize, rows: usize) -> Self {
        let values = match kind {
            Kind::Money { .. } | Kind::Decimal { .. } => Gathering::Numbers(Vec::with_capacity(rows)),
            Kind::Date => Gathering::Days(Vec::with_capacity(rows)),
            Kind::Key { .. } => Gathering::Keys(Vec::with_capacity(rows)),
            Kind::Bool => Gathering::Bools(Bits::with_capacity(rows)),
        };
        Self { first_row, values, valid: Bits::with_capacity(rows), rejected: Vec::new() }
    }

    pub(crate) fn take(&mut self, cells: &Cells, start: usize, len: usize, scale: u8, codes: &[u32]) {
        let before = self.valid.len();
        self.valid.extend(&cells.valid, start, len);
        let range = start..start + len;
        match (&mut self.values, &cells.values) {
            (Gathering::Numbers(values), CellValues::Numbers { units, decimals }) => {
                let units = units.get(range.clone()).unwrap_or_default();
                let decimals = decimals.get(range).unwrap_or_default();
                let mut beyond = Vec::new();
                values.extend(units.iter().zip(decimals).enumerate().map(|(position, (units, decimals))| {
                    rescaled(*units, *decimals, scale).unwrap_or_else(|| {
                        beyond.push(before + position);
                        0
                    })
                }));
                for row in beyond {
                    self.valid.clear(row);
                    self.rejected.push((self.first_row + row, Rejection::OutOfRange));
                }
            }
            (Gathering::Days(values), CellValues::Days(days)) => {
                values.extend(days.get(range).unwrap_or_default())
            }
            (Gathering::Keys(values), CellValues::Keys(keys)) => {
                let code = |number: &u32| codes.get(*number as usize).copied().unwrap_or(0);
                values.extend(keys.get(range).unwrap_or_default().iter().map(code));
            }
            (Gathering::Bools(values), CellValues::Bools(bools)) => values.extend(bools, start, len),
            _ => {}
        }
        let rejected = cells.rejected.partition_point(|(row, _)| (*row as usize) < start);
        let rejected = cells.rejected.get(rejected..).unwrap_or_default().iter();
        let inside = rejected.take_while(|(row, _)| (*row as usize) < start + len);
        let first = self.first_row + before;
        self.rejected.extend(inside.map(|(row, reason)| (first + (*row as usize) - start, *reason)));
    }

    pub(crate) fn finish(mut self) -> Gathered {
        self.rejected.sort_unstable();
        let values = match self.values {
            Gathering::Numbers(values) => Values::Numbers(values),
            Gathering::Days(values) => Values::Days(values),
            Gathering::Keys(mut values) => {
                // Rows without a text were given the code of some text.
                for (values, valid) in
                    values.chunks_mut(64).zip(self.valid.words()).filter(|(_, valid)| **valid != u64::MAX)
                {
                    let missing = values.iter_mut().enumerate().filter(|(row, _)| valid >> row & 1 == 0);
                    missing.for_each(|(_, value)| *value = 0);
                }
                Values::Keys(values)
            }
            Gathering::Bools(values) => Values::Bools(values.into_words()),
        };
        (Chunk { rows: self.valid.len(), values, valid: self.valid.into_words() }, self.rejected)
    }
}

/// A value at the column's scale; none beyond 64 bits. What was written with more decimals than its column needs has zeros to
/// lose.
#[inline]
fn rescaled(units: i64, decimals: u8, scale: u8) -> Option<i64> {
    match scale.checked_sub(decimals) {
        Some(0) => Some(units),
        Some(more) => units.checked_mul(*POWERS.get(usize::from(more))?),
        None => Some(units / *POWERS.get(usize::from(decimals - scale))?),
    }
}
