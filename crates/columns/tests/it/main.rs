//! What the columns of documents are, held against a decoder that builds a tree, and against themselves: in other orders, with
//! other threads, in parts.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop where something isn't as they expect"
)]

mod hostile;
mod naive;
mod same;
mod values;

use docmill_columns::{ColumnLayout, Decoder, Folding, Kind, Layout, Plan, Scale, Tables};

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

pub(crate) fn money(scale: Scale, currency: &str) -> Kind {
    Kind::Money { scale, currency: currency.to_owned() }
}

pub(crate) fn decimal(scale: Scale) -> Kind {
    Kind::Decimal { scale }
}

pub(crate) fn key() -> Kind {
    Kind::Key { folding: Folding::CaseAndSpace }
}

/// The tables of these lines.
pub(crate) fn tables(layout: &Layout, lines: &[u8]) -> Tables {
    let plan = Plan::new(layout).unwrap();
    let mut decoder = Decoder::new(&plan);
    decoder.lines(lines);
    decoder.finish().unwrap()
}

/// All that there is in tables, a line for each row and for each thing to say.
pub(crate) fn shown(tables: &Tables) -> String {
    let mut lines = Vec::new();
    for table in std::iter::once(tables.record()).chain(tables.row_sets()) {
        for row in 0..table.rows() {
            let place = table.place(row).unwrap();
            let id = tables.documents().id(place.document as usize).unwrap();
            let values: Vec<String> = table.columns().iter().map(|column| value(column, row)).collect();
            lines.push(format!(
                "{id:?} {}/{} {}",
                table.pointer().unwrap_or(""),
                place.row,
                values.join(" ")
            ));
        }
        for column in table.columns() {
            for (reason, count) in column.rejections().reasons() {
                lines.push(format!("{}: {count} {reason:?}", column.name()));
            }
        }
        if table.not_arrays() > 0 {
            lines.push(format!("{} is no array in {}", table.pointer().unwrap_or(""), table.not_arrays()));
        }
    }
    lines.extend(tables.unreadable().iter().map(|(line, reason)| format!("line {line}: {reason:?}")));
    let counts = [
        ("unreadable", tables.unreadable_count()),
        ("without a record", tables.without_record()),
        ("repeated names", tables.repeated_names()),
        ("repeated ids", tables.documents().repeated()),
    ];
    lines
        .extend(counts.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")));
    lines.join("\n")
}

fn value(column: &docmill_columns::Column, row: usize) -> String {
    let found = match column.kind() {
        Kind::Money { .. } | Kind::Decimal { .. } => {
            column.number(row).map(|units| format!("{units}e-{}", column.scale()))
        }
        Kind::Date => column.day(row).map(|day| format!("day {day}")),
        Kind::Key { .. } => column.text(row).map(str::to_owned),
        Kind::Bool => column.bool(row).map(|value| value.to_string()),
    };
    format!("{}={}", column.name(), found.unwrap_or_else(|| "-".to_owned()))
}
