//! What a table found on pages looks like: rows of cells, each cell knowing which words it is made of.
//!
//! Made by [`tables`](crate::tables()) from a [`Document`](crate::Document); the words themselves stay in its lines.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::model::Bounds;

/// A table, over all pages it runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Where it lies, one area a page, ascending by page; never empty.
    pub areas: Vec<TableArea>,
    /// How many columns it has; at least 2.
    pub columns: u32,
    /// How many of the rows, from the first, are headings.
    pub header_rows: u32,
    /// The rows from top to bottom; headings repeated on later pages are left out.
    pub rows: Vec<TableRow>,
}

/// The part of a page that a table takes up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TableArea {
    /// The page's number, from 1.
    pub page: u32,
    /// The box around all cells on it.
    pub bounds: Bounds,
}

/// A row of a table; text that wraps inside its cells is one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// The page it is on, from 1.
    pub page: u32,
    /// The box around its cells.
    pub bounds: Bounds,
    /// The cells with text, by column; columns without one are empty. Never empty itself.
    pub cells: Vec<TableCell>,
}

/// A cell with text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableCell {
    /// The words joined by one space.
    pub text: String,
    /// The box around the words.
    pub bounds: Bounds,
    /// Which column it starts in, from 0.
    pub column: u32,
    /// How many columns it spans; at least 1.
    pub columns: u32,
    /// Its words, by line from top to bottom; never empty.
    pub words: Vec<LineWords>,
}

/// Some words of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineWords {
    /// The line's place in its page's `lines`, from 0.
    pub line: u32,
    /// The words' places in the line, from 0.
    pub words: Range<u32>,
}

impl Table {
    /// The numbers of its pages, ascending.
    pub fn pages(&self) -> Vec<u32> {
        self.areas.iter().map(|area| area.page).collect()
    }

    /// How many rows hold data: those below the headings that fill at least two columns, and at least half as many
    /// as the middle row does. A line that only names a section, and most totals, are none.
    pub fn data_rows(&self) -> usize {
        let header_rows = usize::try_from(self.header_rows).unwrap_or(usize::MAX);
        let filled: Vec<usize> = self.rows.iter().skip(header_rows).map(|row| row.cells.len()).collect();
        let mut sorted = filled.clone();
        sorted.sort_unstable();
        let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
        filled.into_iter().filter(|&cells| cells >= 2 && cells * 2 >= middle).count()
    }
}

impl TableRow {
    /// The texts of all `columns`; empty where a column has no cell or one that started in an earlier column.
    pub fn texts(&self, columns: u32) -> Vec<&str> {
        let text =
            |column| self.cells.iter().find(|cell| cell.column == column).map_or("", |cell| &cell.text);
        (0..columns).map(text).collect()
    }
}
