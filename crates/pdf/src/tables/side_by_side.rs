//! Parts a table whose headings say the same several times from left to right: a long list, set side by side to save
//! paper. Each part is a table of its own, and their rows are as many as the list has items.
//!
//! Called by [`tables`](crate::tables()) for each table found. Figures of several years under like headings beside a
//! column of names are one table: there, the headings don't repeat as a whole.

use crate::model::{Bounds, Table, TableArea, TableRow};

/// A part has at least this many columns: one column repeated is a list in columns, which isn't told from a table.
const COLUMNS_MIN: u32 = 2;
/// and at least this many rows below its heading.
const ROWS_MIN: usize = 2;

/// The tables that stand side by side in `table`, from left to right; itself where it is one.
pub(super) fn parted(table: Table) -> Vec<Table> {
    let Some(columns) = repeated(&table) else { return vec![table] };
    let count = table.columns / columns;
    let parts: Option<Vec<Table>> = (0..count).map(|part| cut(&table, part * columns, columns)).collect();
    parts.unwrap_or_else(|| vec![table])
}

/// After how many columns the headings repeat, all of them and to the end.
fn repeated(table: &Table) -> Option<u32> {
    let [heading, ..] = table.rows.as_slice() else { return None };
    if table.header_rows != 1 || heading.cells.iter().any(|cell| cell.columns != 1) {
        return None;
    }
    let texts = heading.texts(table.columns);
    if texts.iter().any(|text| text.is_empty()) {
        return None;
    }
    let is_period = |columns: &u32| {
        let length = usize::try_from(*columns).unwrap_or(usize::MAX);
        let first = texts.get(..length).unwrap_or_default();
        table.columns.is_multiple_of(*columns)
            && texts.chunks(length).all(|part| part == first)
            // Figures under one name after the other, "n, %, n, %", have no names of items among them.
            && first.iter().all(|text| text.chars().filter(|letter| letter.is_alphabetic()).count() > 1)
    };
    (COLUMNS_MIN..=table.columns / 2).find(is_period)
}

/// The part of `columns` columns from `first` on; none where it has too few rows, or cells that reach out of it.
fn cut(table: &Table, first: u32, columns: u32) -> Option<Table> {
    let mut rows: Vec<TableRow> = Vec::new();
    for row in &table.rows {
        let inside = row.cells.iter().filter(|cell| (first..first + columns).contains(&cell.column));
        let mut cells: Vec<_> = inside.cloned().collect();
        if cells.iter().any(|cell| cell.column + cell.columns > first + columns) {
            return None;
        }
        for cell in &mut cells {
            cell.column -= first;
        }
        let bounds = cells.iter().map(|cell| cell.bounds).reduce(Bounds::union);
        rows.extend(bounds.map(|bounds| TableRow { page: row.page, bounds, cells }));
    }
    let area = |&TableArea { page, .. }: &TableArea| {
        let on_page = rows.iter().filter(|row| row.page == page).map(|row| row.bounds);
        Some(TableArea { page, bounds: on_page.reduce(Bounds::union)? })
    };
    let areas = table.areas.iter().filter_map(area).collect();
    (rows.len() > ROWS_MIN).then_some(Table { areas, columns, header_rows: 1, rows })
}
