//! Which rows go into which folder: by the month of a date, named as Hive names partitions.
//!
//! Used by the export alone.

use std::collections::BTreeMap;
use std::ops::Range;

use docmill_columns::{Column, Level, Table};
use jiff::ToSpan;
use jiff::civil::Date;

/// Months that an export may have: a century of them. Dates all over the calendar are no time that something happened in.
pub const MONTHS_MAX: usize = 1_200;

/// The folder of rows without a date: what Hive, Spark and DuckDB take for none.
pub const NO_MONTH: &str = "__HIVE_DEFAULT_PARTITION__";

/// Into what files the rows of a table are put.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PartitionBy {
    /// One.
    #[default]
    Nothing,
    /// One for each month of the first date that the layout names and the documents have: a row's own date in the rows that
    /// have it, the document's in all its rows, and [`NO_MONTH`] for rows that have neither.
    Month,
}

/// Rows of a table, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rows {
    /// All of so many.
    All(usize),
    /// Some.
    Chosen(Vec<usize>),
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::All(rows) => *rows,
            Self::Chosen(rows) => rows.len(),
        }
    }

    /// The rows at these positions.
    pub(crate) fn at(&self, positions: Range<usize>) -> Vec<usize> {
        match self {
            Self::All(_) => positions.collect(),
            Self::Chosen(rows) => rows.get(positions).unwrap_or_default().to_vec(),
        }
    }
}

/// The rows of each month, in order of time, with the name of the month; those without one at the end. A table without
/// rows has one part without rows, so that what it would be is there to read.
pub(crate) fn by_month(table: &Table, date: Option<(Level, &Column)>) -> Vec<(String, Rows)> {
    let mut months: BTreeMap<(i16, i8), Vec<usize>> = BTreeMap::new();
    let mut without = Vec::new();
    for (row, place) in table.places().enumerate() {
        let day = date.and_then(|(level, column)| match level {
            Level::Row => column.day(row),
            Level::Document => column.day(usize::try_from(place.document).ok()?),
        });
        match day.and_then(month) {
            Some(month) => months.entry(month).or_default().push(row),
            None => without.push(row),
        }
    }
    let mut parts: Vec<(String, Rows)> = months
        .into_iter()
        .map(|((year, month), rows)| (format!("{year:04}-{month:02}"), Rows::Chosen(rows)))
        .collect();
    if !without.is_empty() || parts.is_empty() {
        parts.push((NO_MONTH.to_owned(), Rows::Chosen(without)));
    }
    parts
}

/// Year and month of a day since 1970-01-01.
fn month(day: i32) -> Option<(i16, i8)> {
    const EPOCH: Date = Date::constant(1970, 1, 1);
    let date = EPOCH.checked_add(day.days()).ok()?;
    Some((date.year(), date.month()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_months() {
        let check = |day: &str, expected: (i16, i8)| {
            assert_eq!(docmill_columns::parse_day(day).and_then(month), Some(expected), "{day}");
        };
        check("1970-01-01", (1970, 1));
        check("1969-12-31", (1969, 12));
        check("2024-02-29", (2024, 2));
        check("2024-12-31", (2024, 12));
        check("1000-01-01", (1000, 1));
        check("9999-12-31", (9999, 12));
    }
}
