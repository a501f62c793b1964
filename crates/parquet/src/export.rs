//! The files of an export: one for the documents, one for the rows of each array, or as many as there are months.

use std::io::Write;
use std::sync::Arc;

use docmill_columns::{Column, Kind, Layout, Level, Table, Tables};
use parquet::errors::ParquetError;

use crate::columns::{self, Readings, Written};
use crate::names::{self, Names};
use crate::partition::{self, MONTHS_MAX, PartitionBy, Rows};
use crate::write;

/// The file of the documents.
const DOCUMENTS: &str = "documents";

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Partitions by month of documents in which nothing is read as a date.
    #[error(
        "there is no date to partition by: name one in the specification, as an analysis \"monthly\" does, or don't partition"
    )]
    NoDate,
    /// More months than time has.
    #[error("the dates are of {0} months, more than {MONTHS_MAX}: don't partition by month")]
    TooManyMonths(usize),
    /// The bytes can't be made or written.
    #[error("the table can't be written as Parquet")]
    Parquet(#[from] ParquetError),
    /// The layout can't be written into the file.
    #[error("the layout can't be written as JSON")]
    Layout(#[from] serde_json::Error),
}

/// What is written of tables.
#[derive(Debug)]
pub struct Export<'a> {
    parts: Vec<Part<'a>>,
}

/// One file.
#[derive(Debug)]
pub struct Part<'a> {
    path: String,
    pub(crate) tables: &'a Tables,
    pub(crate) table: &'a Table,
    pub(crate) layout: &'a Layout,
    pub(crate) columns: Arc<Vec<Written<'a>>>,
    pub(crate) rows: Rows,
}

impl<'a> Export<'a> {
    /// What there is to write of tables that were read by this layout.
    ///
    /// # Errors
    /// [`ExportError::NoDate`] and [`ExportError::TooManyMonths`].
    pub fn new(tables: &'a Tables, layout: &'a Layout, by: PartitionBy) -> Result<Self, ExportError> {
        let readings = Readings::new(tables, layout);
        let date = match by {
            PartitionBy::Nothing => None,
            PartitionBy::Month => Some(first_date(tables, layout, &readings).ok_or(ExportError::NoDate)?),
        };
        let mut names = Names::default();
        let mut parts = Vec::new();
        for table in std::iter::once(tables.record()).chain(tables.row_sets()) {
            let name = table.pointer().map_or_else(|| DOCUMENTS.to_owned(), names::of_rows);
            let name = names.claim(&name, "rows");
            let columns = Arc::new(columns::of_table(tables, table, &readings));
            let part = |path, rows| Part { path, tables, table, layout, columns: Arc::clone(&columns), rows };
            let Some(date) = date else {
                parts.push(part(format!("{name}.parquet"), Rows::All(table.rows())));
                continue;
            };
            let months = partition::by_month(table, date.of(tables, table));
            if months.len() > MONTHS_MAX {
                return Err(ExportError::TooManyMonths(months.len()));
            }
            parts.extend(
                months
                    .into_iter()
                    .map(|(month, rows)| part(format!("{name}/month={month}/part-0.parquet"), rows)),
            );
        }
        Ok(Self { parts })
    }

    /// The files: the documents' first.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }
}

impl Part<'_> {
    /// Where it is in the folder of the export, with `/` between folders: nothing in it leads out of there.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Writes it, and gives back what it was written into.
    ///
    /// # Errors
    /// [`ExportError::Parquet`], which holds what the sink said, if it said anything.
    pub fn write<W: Write + Send>(&self, sink: W) -> Result<W, ExportError> {
        write::write(self, sink)
    }
}

/// The date of partitions.
#[derive(Debug, Clone, Copy)]
struct FirstDate<'a> {
    table: &'a Table,
    column: &'a Column,
}

impl<'a> FirstDate<'a> {
    /// The date as rows of a table have it.
    fn of(self, tables: &Tables, table: &Table) -> Option<(Level, &'a Column)> {
        if self.table.pointer() == table.pointer() {
            Some((Level::Row, self.column))
        } else if self.table.pointer() == tables.record().pointer() {
            Some((Level::Document, self.column))
        } else {
            None
        }
    }
}

/// The first date of the layout that is written.
fn first_date<'a>(tables: &'a Tables, layout: &Layout, readings: &Readings<'_>) -> Option<FirstDate<'a>> {
    let dates = layout.columns.iter().filter(|asked| asked.kind == Kind::Date);
    let mut found = dates.filter_map(|asked| {
        let mut all = std::iter::once(tables.record()).chain(tables.row_sets());
        let (table, column) = all.find_map(|table| Some((table, table.column(&asked.name)?)))?;
        readings.written(column).map(|_| FirstDate { table, column })
    });
    found.next()
}
