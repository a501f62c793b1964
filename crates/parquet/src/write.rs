//! The bytes of a file: row group by row group, column by column.
//!
//! The low-level writer is fed from the columns as they are, so that beside them there is no more in memory than one piece of
//! one column and what Parquet makes of it.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use docmill_columns::{CHUNK_ROWS, Column, Id, Kind, Level, Place};
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use serde::Serialize;

use crate::columns::{self, Source, WIDE_BYTES, Written};
use crate::export::{ExportError, Part};

/// Rows of a row group. Engines share out work and skip what doesn't match by row groups: this many are enough that
/// dictionaries and headers weigh little, and few enough that ten million rows are work for 39 threads.
pub const ROW_GROUP_ROWS: usize = 4 * CHUNK_ROWS;

/// How hard zstd tries: its own default.
const ZSTD_LEVEL: i32 = 3;

/// What the file says of a column.
#[derive(Debug, Serialize)]
struct About<'a> {
    name: &'a str,
    pointer: Option<&'a str>,
}

/// A column with what is needed for all of its pieces.
struct Prepared<'a> {
    source: Source<'a>,
    /// The texts of keys by their code, shared by all rows that have them.
    texts: Vec<ByteArray>,
    /// Whether its numbers don't fit into a DECIMAL of 64 bits.
    is_wide: bool,
}

/// A piece of a column: the values there are, and of each row whether there is one.
struct Piece<T> {
    values: Vec<T>,
    levels: Vec<i16>,
}

pub(crate) fn write<W: Write + Send>(part: &Part<'_>, sink: W) -> Result<W, ExportError> {
    let columns: Vec<Prepared<'_>> = part.columns.iter().map(Prepared::new).collect();
    let schema = columns::schema(&part.columns)?;
    let properties = Arc::new(properties(part)?);
    let mut writer = SerializedFileWriter::new(sink, schema, properties)?;
    let rows = part.rows.len();
    for start in (0..rows).step_by(ROW_GROUP_ROWS) {
        let group = start..rows.min(start + ROW_GROUP_ROWS);
        let mut group_writer = writer.next_row_group()?;
        for column in &columns {
            let Some(mut column_writer) = group_writer.next_column()? else { break };
            for piece in pieces(group.clone()) {
                write_piece(part, column, piece, &mut column_writer)?;
            }
            column_writer.close()?;
        }
        group_writer.close()?;
    }
    Ok(writer.into_inner()?)
}

fn properties(part: &Part<'_>) -> Result<WriterProperties, ExportError> {
    let about: Vec<About<'_>> =
        part.columns.iter().map(|column| About { name: &column.name, pointer: column.pointer }).collect();
    let mut said = vec![
        KeyValue::new("docmill.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        KeyValue::new("docmill.layout".to_owned(), serde_json::to_string(part.layout)?),
        KeyValue::new("docmill.columns".to_owned(), serde_json::to_string(&about)?),
    ];
    said.extend(
        part.table.pointer().map(|pointer| KeyValue::new("docmill.rows".to_owned(), pointer.to_owned())),
    );
    Ok(WriterProperties::builder()
        // What every engine reads.
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_created_by(format!("docmill version {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(Some(said))
        .build())
}

impl<'a> Prepared<'a> {
    fn new(column: &Written<'a>) -> Self {
        let source = column.source;
        let Source::Values(_, column) = source else {
            return Self { source, texts: Vec::new(), is_wide: false };
        };
        let texts = column.dictionary().texts().map(ByteArray::from).collect();
        Self { source, texts, is_wide: columns::is_wide(column) }
    }
}

fn pieces(group: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = group.end;
    group.step_by(CHUNK_ROWS).map(move |start| start..end.min(start + CHUNK_ROWS))
}

fn write_piece(
    part: &Part<'_>,
    column: &Prepared<'_>,
    positions: Range<usize>,
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<(), ParquetError> {
    let rows = part.rows.at(positions);
    let place = |row: &usize| part.table.place(*row);
    match column.source {
        Source::DocumentId => {
            let id = |row: &usize| part.tables.documents().id(position(place(row)?)?);
            let mut ids: Vec<ByteArray> = Vec::with_capacity(rows.len());
            for row in &rows {
                // Rows of one document are together, and share its id.
                ids.push(match id(row) {
                    Some(Id::Named(name)) => match ids.last() {
                        Some(last) if last.data() == name.as_bytes() => last.clone(),
                        _ => ByteArray::from(name),
                    },
                    Some(Id::Line(line)) => ByteArray::from(format!("line {line}").into_bytes()),
                    None => ByteArray::from(""),
                });
            }
            put::<ByteArrayType>(writer, &Piece { values: ids, levels: Vec::new() })
        }
        Source::DocumentIndex => {
            let index = |row: &usize| place(row).map(|place| i64::from(place.document));
            let values: Vec<i64> = rows.iter().filter_map(index).collect();
            put::<Int64Type>(writer, &Piece { values, levels: Vec::new() })
        }
        Source::Row => {
            let values: Vec<i64> = rows.iter().filter_map(place).map(|place| i64::from(place.row)).collect();
            put::<Int64Type>(writer, &Piece { values, levels: Vec::new() })
        }
        Source::Values(level, values) => {
            let rows: Vec<Option<usize>> = match level {
                Level::Row => rows.into_iter().map(Some).collect(),
                Level::Document => rows.iter().map(|row| position(place(row)?)).collect(),
            };
            write_values(values, column, &rows, writer)
        }
    }
}

fn write_values(
    column: &Column,
    prepared: &Prepared<'_>,
    rows: &[Option<usize>],
    writer: &mut SerializedColumnWriter<'_>,
) -> Result<(), ParquetError> {
    match column.kind() {
        Kind::Money { .. } | Kind::Decimal { .. } if prepared.is_wide => {
            put::<FixedLenByteArrayType>(writer, &piece(rows, |row| column.number(row).map(wide)))
        }
        Kind::Money { .. } | Kind::Decimal { .. } => {
            put::<Int64Type>(writer, &piece(rows, |row| column.number(row)))
        }
        Kind::Date => put::<Int32Type>(writer, &piece(rows, |row| column.day(row))),
        Kind::Key { .. } => {
            put::<ByteArrayType>(writer, &piece(rows, |row| prepared.texts.get(code(column, row)?).cloned()))
        }
        Kind::Bool => put::<BoolType>(writer, &piece(rows, |row| column.bool(row))),
    }
}

fn piece<T>(rows: &[Option<usize>], value: impl Fn(usize) -> Option<T>) -> Piece<T> {
    let mut piece = Piece { values: Vec::with_capacity(rows.len()), levels: Vec::with_capacity(rows.len()) };
    for row in rows {
        let value = row.and_then(&value);
        piece.levels.push(i16::from(value.is_some()));
        piece.values.extend(value);
    }
    piece
}

fn put<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    piece: &Piece<T::T>,
) -> Result<(), ParquetError> {
    let levels = (!piece.levels.is_empty()).then_some(piece.levels.as_slice());
    writer.typed::<T>().write_batch(&piece.values, levels, None).map(|_| ())
}

fn position(place: Place) -> Option<usize> {
    usize::try_from(place.document).ok()
}

/// The code of a key in a row.
fn code(column: &Column, row: usize) -> Option<usize> {
    let chunk = column.chunks().get(row / CHUNK_ROWS)?;
    let row = row % CHUNK_ROWS;
    if !chunk.is_valid(row) {
        return None;
    }
    usize::try_from(*chunk.keys()?.get(row)?).ok()
}

/// The last bytes of a number, the highest first.
fn wide(number: i64) -> FixedLenByteArray {
    let bytes = i128::from(number).to_be_bytes();
    let (_, last) = bytes.split_at(bytes.len() - WIDE_BYTES);
    FixedLenByteArray::from(last.to_vec())
}
