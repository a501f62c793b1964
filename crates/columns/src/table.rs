//! Columns as analyses use them: chunks of one size, each value at its place, and of each row the document it is of.

use crate::dictionary::Dictionary;
use crate::layout::Kind;
use crate::rejection::{Place, Rejections};
use crate::scan::Unreadable;

/// Rows of a chunk; the last has the rest. Analyses fold chunk by chunk, so it is part of what their results are.
pub const CHUNK_ROWS: usize = 65_536;

/// What was read of documents: a table with a row for each, and one for each array whose rows were asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    pub(crate) documents: Documents,
    pub(crate) record: Table,
    pub(crate) row_sets: Vec<Table>,
    pub(crate) unreadable_count: u64,
    pub(crate) unreadable: Vec<(u64, Unreadable)>,
    pub(crate) without_record: u64,
    pub(crate) repeated_names: u64,
}

/// The documents that have a record, in order of their ids; those without an id behind them, in order of their lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documents {
    ids: String,
    ends: Vec<u64>,
    /// Lines of those without an id.
    lines: Vec<u64>,
    repeated: u64,
}

/// What a document is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Id<'a> {
    /// Its id.
    Named(&'a str),
    /// Its line, from 1.
    Line(u64),
}

/// Rows with their columns: all of one length.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub(crate) pointer: Option<String>,
    pub(crate) rows: usize,
    pub(crate) starts: Vec<usize>,
    pub(crate) documents: Vec<Vec<u32>>,
    pub(crate) columns: Vec<Column>,
    pub(crate) not_arrays: u64,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) scale: u8,
    pub(crate) currency: Option<CurrencyColumn>,
    pub(crate) used: u64,
    pub(crate) missing: u64,
    pub(crate) rejections: Rejections,
    pub(crate) dictionary: Dictionary,
    pub(crate) chunks: Vec<Chunk>,
}

/// Whether a column has a value for each row of its table, or for each document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// A value for each row.
    Row,
    /// A value for each document, which counts for all its rows: a column of [`Tables::record`].
    Document,
}

/// Where the currency of an amount is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CurrencyColumn {
    /// Whether among the columns of the amount's own table, or of the record's.
    pub level: Level,
    /// Which of them.
    pub column: usize,
}

/// Up to [`CHUNK_ROWS`] values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// How many.
    pub rows: usize,
    /// The values; zero where there is none.
    pub values: Values,
    /// Which rows have a value: see [`crate::is_set`]. Bits behind the last row are zero.
    pub valid: Vec<u64>,
}

/// The values of a chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Money and decimals: in units of 10^-scale of the column.
    Numbers(Vec<i64>),
    /// Days since 1970-01-01.
    Days(Vec<i32>),
    /// Codes of the column's dictionary.
    Keys(Vec<u32>),
    /// Bits, as in `valid`.
    Bools(Vec<u64>),
}

impl Tables {
    /// The documents, in order.
    pub fn documents(&self) -> &Documents {
        &self.documents
    }

    /// Values of which a record has one: row `i` is document `i`.
    pub fn record(&self) -> &Table {
        &self.record
    }

    /// Values in rows of arrays: a table for each array, in the order in which the layout names them first.
    pub fn row_sets(&self) -> &[Table] {
        &self.row_sets
    }

    /// The table of an array's rows.
    pub fn row_set(&self, pointer: &str) -> Option<&Table> {
        self.row_sets.iter().find(|table| table.pointer.as_deref() == Some(pointer))
    }

    /// The column of this name, in the table of these rows or else in the record's.
    pub fn column<'a>(&'a self, table: &'a Table, name: &str) -> Option<(Level, &'a Column)> {
        let of_record = |column| (Level::Document, column);
        let of_row = |column| (Level::Row, column);
        table.column(name).map(of_row).or_else(|| self.record.column(name).map(of_record))
    }

    /// The currency column of an amount of this table.
    pub fn currency<'a>(&'a self, table: &'a Table, amount: &Column) -> Option<(Level, &'a Column)> {
        let CurrencyColumn { level, column } = amount.currency?;
        let table = if level == Level::Row { table } else { &self.record };
        Some((level, table.columns.get(column)?))
    }

    /// Documents that can't be read.
    pub fn unreadable_count(&self) -> u64 {
        self.unreadable_count
    }

    /// The first of them: which line, from 1, and why.
    pub fn unreadable(&self) -> &[(u64, Unreadable)] {
        &self.unreadable
    }

    /// Documents in which there is no record. They have no rows.
    pub fn without_record(&self) -> u64 {
        self.without_record
    }

    /// Documents in which something that is read is there twice under one name. The last counts.
    pub fn repeated_names(&self) -> u64 {
        self.repeated_names
    }
}

impl Documents {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len() + self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What a document is known by.
    pub fn id(&self, document: usize) -> Option<Id<'_>> {
        let Some(end) = self.ends.get(document) else {
            return self.lines.get(document - self.ends.len()).map(|line| Id::Line(*line));
        };
        let start = document.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ids.get(usize::try_from(start).ok()?..usize::try_from(*end).ok()?).map(Id::Named)
    }

    /// All of them, in order.
    pub fn ids(&self) -> impl Iterator<Item = Id<'_>> {
        (0..self.len()).filter_map(|document| self.id(document))
    }

    /// Documents whose id another one before them has. All of them are there.
    pub fn repeated(&self) -> u64 {
        self.repeated
    }

    /// Appends the next in order: with an id, or without one and with its line, from 0.
    pub(crate) fn push(&mut self, id: Option<&str>, line: u64) {
        let Some(id) = id else { return self.lines.push(line + 1) };
        let last = self.ends.len().checked_sub(1).and_then(|last| self.id(last));
        self.repeated += u64::from(last == Some(Id::Named(id)));
        self.ids.push_str(id);
        self.ends.push(self.ids.len() as u64);
    }
}

impl Table {
    /// The pointer of the array; none of the record's table.
    pub fn pointer(&self) -> Option<&str> {
        self.pointer.as_deref()
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in the order of the layout; currencies that it doesn't name are behind, named by their pointer.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Of each row of a chunk, its document.
    pub fn chunk_documents(&self, chunk: usize) -> &[u32] {
        self.documents.get(chunk).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rows of a document.
    pub fn rows_of(&self, document: usize) -> std::ops::Range<usize> {
        let start = |document: usize| self.starts.get(document).copied().unwrap_or(self.rows);
        start(document)..start(document + 1)
    }

    /// Which row of which document a row is.
    pub fn place(&self, row: usize) -> Option<Place> {
        let document = *self.documents.get(row / CHUNK_ROWS)?.get(row % CHUNK_ROWS)?;
        let first = *self.starts.get(document as usize)?;
        Some(Place { document, row: u32::try_from(row - first).ok()? })
    }

    /// The same of all rows, in order.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        (0..self.rows).filter_map(|row| self.place(row))
    }

    /// Documents in which something else than an array is where these rows should be. They have no rows here.
    pub fn not_arrays(&self) -> u64 {
        self.not_arrays
    }
}

impl Column {
    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values are.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Decimals of its numbers.
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// Where the currency of its amounts is.
    pub fn currency(&self) -> Option<CurrencyColumn> {
        self.currency
    }

    /// Rows that have a value.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Rows in which there is nothing, or null.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Rows in which there is something that can't be used.
    pub fn rejections(&self) -> &Rejections {
        &self.rejections
    }

    /// The texts of its codes.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// Its values.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The number in a row, in units of 10^-scale.
    pub fn number(&self, row: usize) -> Option<i64> {
        let (chunk, row) = self.at(row)?;
        chunk.numbers()?.get(row).copied()
    }

    /// The day in a row.
    pub fn day(&self, row: usize) -> Option<i32> {
        let (chunk, row) = self.at(row)?;
        chunk.days()?.get(row).copied()
    }

    /// The text in a row.
    pub fn text(&self, row: usize) -> Option<&str> {
        let (chunk, row) = self.at(row)?;
        self.dictionary.text(*chunk.keys()?.get(row)?)
    }

    /// The truth value in a row.
    pub fn bool(&self, row: usize) -> Option<bool> {
        let (chunk, row) = self.at(row)?;
        chunk.bools().map(|bools| crate::is_set(bools, row))
    }

    /// The chunk of a row that has a value, and the row in it.
    fn at(&self, row: usize) -> Option<(&Chunk, usize)> {
        let chunk = self.chunks.get(row / CHUNK_ROWS)?;
        let row = row % CHUNK_ROWS;
        chunk.is_valid(row).then_some((chunk, row))
    }
}

impl Chunk {
    /// Whether a row has a value.
    pub fn is_valid(&self, row: usize) -> bool {
        crate::is_set(&self.valid, row)
    }

    /// How many rows have a value.
    pub fn used(&self) -> usize {
        self.valid.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The values of a column of money or decimals.
    pub fn numbers(&self) -> Option<&[i64]> {
        if let Values::Numbers(values) = &self.values { Some(values) } else { None }
    }

    /// The values of a column of days.
    pub fn days(&self) -> Option<&[i32]> {
        if let Values::Days(values) = &self.values { Some(values) } else { None }
    }

    /// The values of a column of keys.
    pub fn keys(&self) -> Option<&[u32]> {
        if let Values::Keys(values) = &self.values { Some(values) } else { None }
    }

    /// The values of a column of truth values.
    pub fn bools(&self) -> Option<&[u64]> {
        if let Values::Bools(values) = &self.values { Some(values) } else { None }
    }
}
