//! The columns of a file: what they are called, where their values are, and what type they have.
//!
//! A file stands alone: a row of an array has its document, and the document's own values beside its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use docmill_columns::{Column, Kind, Layout, Level, Table, Tables};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{Type, TypePtr};

use crate::names::{self, Names};

/// The document's id, or `line 17`.
const DOCUMENT: &str = "document";

/// The document's position in the order of documents: unlike an id, no two have the same.
const DOCUMENT_INDEX: &str = "document_index";

/// The row's index in its array.
const ROW: &str = "row";

/// The folders of partitions say the month, and engines show it as a column.
const MONTH: &str = "month";

/// Before the names of what a row has from its document: whoever sums it would count it once for each row.
const OF_DOCUMENT: &str = "document_";

/// Digits of every 64-bit number of a DECIMAL that is stored as one.
const DIGITS: i32 = 18;

/// The largest number of [`DIGITS`] digits.
const LARGEST: u64 = 999_999_999_999_999_999;

/// Digits, and the bytes they need, of a column that has longer numbers.
const WIDE_DIGITS: i32 = 19;
pub(crate) const WIDE_BYTES: usize = 9;

/// A column of a file.
#[derive(Debug, Clone)]
pub(crate) struct Written<'a> {
    pub(crate) name: String,
    /// The pointer that it is of; none for what isn't read from the record.
    pub(crate) pointer: Option<&'a str>,
    pub(crate) source: Source<'a>,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    DocumentId,
    DocumentIndex,
    Row,
    /// A column of the row's own table, or of the record's.
    Values(Level, &'a Column),
}

/// A column of a table under its name, before it is put into a file.
struct Named<'a> {
    name: String,
    pointer: &'a str,
    column: &'a Column,
    currency: Option<(Level, &'a Column)>,
}

/// The columns of the file of a table.
pub(crate) fn of_table<'a>(
    tables: &'a Tables,
    table: &'a Table,
    readings: &Readings<'a>,
) -> Vec<Written<'a>> {
    let mut names = Names::without(&[DOCUMENT, DOCUMENT_INDEX, ROW, MONTH]);
    let fixed = |name: &str, source| Written { name: name.to_owned(), pointer: None, source };
    let mut written = vec![fixed(DOCUMENT, Source::DocumentId), fixed(DOCUMENT_INDEX, Source::DocumentIndex)];
    let own = named(tables, table, readings, &mut names);
    if table.pointer().is_none() {
        add(&mut written, own, "", Level::Row, &mut names);
        return written;
    }
    written.push(fixed(ROW, Source::Row));
    add(&mut written, own, "", Level::Row, &mut names);
    // As they are called in the documents' own file, whatever else there is here.
    let mut documents_names = Names::without(&[DOCUMENT, DOCUMENT_INDEX, ROW, MONTH]);
    let of_document = named(tables, tables.record(), readings, &mut documents_names);
    add(&mut written, of_document, OF_DOCUMENT, Level::Document, &mut names);
    written
}

/// What the layout reads where.
#[derive(Debug)]
pub(crate) struct Readings<'a> {
    /// The pointers of columns by their names. Currencies that the layout doesn't name have none.
    pointers: HashMap<&'a str, &'a str>,
    /// Pointers at which something is read that fits.
    fitting: HashSet<&'a str>,
}

impl<'a> Readings<'a> {
    pub(crate) fn new(tables: &'a Tables, layout: &'a Layout) -> Self {
        let pointers: HashMap<&str, &str> =
            layout.columns.iter().map(|asked| (asked.name.as_str(), asked.pointer.as_str())).collect();
        let columns = std::iter::once(tables.record()).chain(tables.row_sets()).flat_map(Table::columns);
        let used = columns.filter(|column| column.used() > 0);
        let fitting = used.filter_map(|column| pointers.get(column.name()).copied()).collect();
        Self { pointers, fitting }
    }

    /// The pointer of a column that files have. They don't have it where its place is read in two ways, and this one fits
    /// nothing that is there: a pivot reads its columns as days and as texts.
    pub(crate) fn written(&self, column: &Column) -> Option<&'a str> {
        let pointer = *self.pointers.get(column.name())?;
        (column.used() > 0 || !self.fitting.contains(pointer)).then_some(pointer)
    }
}

fn named<'a>(
    tables: &'a Tables,
    table: &'a Table,
    readings: &Readings<'a>,
    names: &mut Names,
) -> Vec<Named<'a>> {
    let columns = table.columns().iter();
    let mut asked: Vec<(usize, &Column, &str)> = columns
        .enumerate()
        .filter_map(|(position, column)| Some((position, column, readings.written(column)?)))
        .collect();
    // Of two readings of one place, the one that can be computed with has the plain name.
    asked.sort_by_key(|(position, column, _)| (rank(column.kind()).0, *position));
    let mut found: Vec<(usize, Named<'a>)> = asked
        .into_iter()
        .map(|(position, column, pointer)| {
            let name = names.claim(&names::of_column(pointer), rank(column.kind()).1);
            (position, Named { name, pointer, column, currency: tables.currency(table, column) })
        })
        .collect();
    found.sort_by_key(|(position, _)| *position);
    found.into_iter().map(|(_, named)| named).collect()
}

/// Which kind has a plain name before which, and what is behind the names of the others.
fn rank(kind: &Kind) -> (u8, &'static str) {
    match kind {
        Kind::Money { .. } => (0, "amount"),
        Kind::Decimal { .. } => (1, "number"),
        Kind::Date => (2, "date"),
        Kind::Bool => (3, "flag"),
        Kind::Key { .. } => (4, "text"),
    }
}

/// Adds columns, each amount's currency beside it.
fn add<'a>(
    written: &mut Vec<Written<'a>>,
    columns: Vec<Named<'a>>,
    prefix: &str,
    level: Level,
    names: &mut Names,
) {
    for Named { name, pointer, column, currency } in columns {
        // The names of a table's own columns are claimed already.
        let name = if prefix.is_empty() { name } else { names.claim(&format!("{prefix}{name}"), "") };
        let currency = currency.map(|(of_currency, column)| {
            let level = if level == Level::Document { level } else { of_currency };
            let name = names.claim(&format!("{name}_currency"), "");
            Written { name, pointer: None, source: Source::Values(level, column) }
        });
        written.push(Written { name, pointer: Some(pointer), source: Source::Values(level, column) });
        written.extend(currency);
    }
}

/// The schema of a file with these columns.
pub(crate) fn schema(columns: &[Written<'_>]) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> = columns.iter().map(field).collect();
    Ok(Arc::new(Type::group_type_builder("docmill").with_fields(fields?).build()?))
}

fn field(column: &Written<'_>) -> Result<TypePtr, ParquetError> {
    let (physical, logical, repetition) = match column.source {
        Source::DocumentId => (Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED),
        Source::DocumentIndex | Source::Row => (Physical::INT64, None, Repetition::REQUIRED),
        Source::Values(_, column) => {
            let (physical, logical) = of_kind(column);
            (physical, logical, Repetition::OPTIONAL)
        }
    };
    let builder = Type::primitive_type_builder(&column.name, physical)
        .with_logical_type(logical.clone())
        .with_repetition(repetition);
    let builder = match (logical, physical) {
        (Some(LogicalType::Decimal(decimal)), physical) => {
            let builder = builder.with_precision(decimal.precision).with_scale(decimal.scale);
            match physical {
                Physical::FIXED_LEN_BYTE_ARRAY => builder.with_length(i32::try_from(WIDE_BYTES)?),
                _ => builder,
            }
        }
        _ => builder,
    };
    Ok(Arc::new(builder.build()?))
}

fn of_kind(column: &Column) -> (Physical, Option<LogicalType>) {
    let scale = i32::from(column.scale());
    match column.kind() {
        Kind::Money { .. } | Kind::Decimal { .. } if is_wide(column) => {
            (Physical::FIXED_LEN_BYTE_ARRAY, Some(LogicalType::decimal(scale, WIDE_DIGITS)))
        }
        Kind::Money { .. } | Kind::Decimal { .. } => {
            (Physical::INT64, Some(LogicalType::decimal(scale, DIGITS)))
        }
        Kind::Date => (Physical::INT32, Some(LogicalType::Date)),
        Kind::Key { .. } => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Bool => (Physical::BOOLEAN, None),
    }
}

/// Whether a number of the column has more digits than a DECIMAL in 64 bits may have.
pub(crate) fn is_wide(column: &Column) -> bool {
    let numbers = column.chunks().iter().filter_map(|chunk| chunk.numbers());
    numbers.flatten().any(|number| number.unsigned_abs() > LARGEST)
}
