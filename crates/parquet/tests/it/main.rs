//! What is read back from files, held against the tables they were written from.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests stop where something isn't as they expect"
)]

mod files;
mod random;
mod values;

use bytes::Bytes;
use docmill_columns::{ColumnLayout, Decoder, Folding, Kind, Layout, Plan, Scale, Tables};
use docmill_parquet::{Export, Part, PartitionBy};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

/// A layout of these columns, of documents that have an id.
pub(crate) fn layout(columns: &[(&str, &str, Kind)]) -> Layout {
    let column = |(name, pointer, kind): &(&str, &str, Kind)| ColumnLayout {
        name: (*name).to_owned(),
        pointer: (*pointer).to_owned(),
        kind: kind.clone(),
    };
    Layout {
        record: String::new(),
        id: Some("/id".to_owned()),
        columns: columns.iter().map(column).collect(),
    }
}

pub(crate) fn money(currency: &str) -> Kind {
    Kind::Money { scale: Scale::Found, currency: currency.to_owned() }
}

pub(crate) fn number() -> Kind {
    Kind::Decimal { scale: Scale::Found }
}

pub(crate) fn key() -> Kind {
    Kind::Key { folding: Folding::CaseAndSpace }
}

/// The tables of these lines.
pub(crate) fn tables(layout: &Layout, lines: &str) -> Tables {
    let plan = Plan::new(layout).unwrap();
    let mut decoder = Decoder::new(&plan);
    decoder.lines(lines.as_bytes());
    decoder.finish().unwrap()
}

/// The bytes of each file by its path.
pub(crate) fn written(tables: &Tables, layout: &Layout, by: PartitionBy) -> Vec<(String, Bytes)> {
    let export = Export::new(tables, layout, by).unwrap();
    let bytes = |part: &Part<'_>| (part.path().to_owned(), part.write(Vec::new()).unwrap().into());
    export.parts().iter().map(bytes).collect()
}

pub(crate) fn reader(bytes: &Bytes) -> SerializedFileReader<Bytes> {
    SerializedFileReader::new(bytes.clone()).unwrap()
}

/// What a file holds: the columns with their types, and each row as text.
pub(crate) fn shown(bytes: &Bytes) -> (Vec<String>, Vec<String>) {
    let reader = reader(bytes);
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = schema.columns().iter();
    let columns = columns.map(|column| {
        let logical = column.logical_type_ref().map(|logical| match logical {
            parquet::basic::LogicalType::Decimal(decimal) => {
                format!("DECIMAL({},{})", decimal.precision, decimal.scale)
            }
            other => format!("{other:?}"),
        });
        format!("{} {}", column.name(), logical.unwrap_or_else(|| column.physical_type().to_string()))
    });
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        row.get_column_iter().map(|(_, field)| value(field)).collect::<Vec<_>>().join(" | ")
    });
    (columns.collect(), rows.collect())
}

/// A value as text; decimals without losing a digit.
pub(crate) fn value(field: &Field) -> String {
    match field {
        Field::Null => "-".to_owned(),
        Field::Str(text) => text.clone(),
        Field::Long(number) => number.to_string(),
        Field::Bool(truth) => truth.to_string(),
        Field::Date(day) => format!("day {day}"),
        Field::Decimal(decimal) => {
            let bytes = decimal.data();
            let first = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
            let mut whole = [first; 16];
            whole[16 - bytes.len()..].copy_from_slice(bytes);
            format!("{}e-{}", i128::from_be_bytes(whole), decimal.scale())
        }
        other => panic!("{other:?} is nothing that is written"),
    }
}
