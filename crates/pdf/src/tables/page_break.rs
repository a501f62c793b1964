//! Joins tables that go on over a page break.
//!
//! Called by [`tables`](crate::tables()) page by page. The last table of a page goes on in the first one of the next
//! page where both have the same columns at the same places, or the next repeats the headings; repeated headings
//! are left out.

use crate::model::{Page, Table, TableRow};

/// A table that goes on ends at least this far down its page, as a share of the page's height,
const END_MIN: f32 = 0.6;
/// and begins on the next at most this far down.
const START_MAX: f32 = 0.4;

/// Adds the tables of the next page.
pub(super) fn append(tables: &mut Vec<Table>, found: Vec<Table>, page: &Page) {
    let mut found = found.into_iter();
    if let Some(next) = found.next() {
        match tables.last_mut() {
            Some(last) if goes_on(last, &next, page) => join(last, next),
            Some(_) | None => tables.push(next),
        }
    }
    tables.extend(found);
}

fn goes_on(last: &Table, next: &Table, page: &Page) -> bool {
    let (Some(end), Some(start)) = (last.areas.last(), next.areas.first()) else { return false };
    if end.page.saturating_add(1) != start.page || last.columns != next.columns {
        return false;
    }
    let is_at_break = end.bounds.y1 >= END_MIN * page.height && start.bounds.y0 <= START_MAX * page.height;
    let repeats = repeated(last, next);
    is_at_break && (repeats > 0 || (next.header_rows == 0 && aligned(last, next)))
}

/// How many of the next part's first rows repeat the headings.
fn repeated(last: &Table, next: &Table) -> usize {
    let header_rows = usize::try_from(last.header_rows).unwrap_or(usize::MAX);
    let texts = |row: &TableRow| row.cells.iter().map(|cell| cell.text.clone()).collect::<Vec<_>>();
    let pairs = last.rows.iter().zip(&next.rows).take(header_rows);
    pairs.take_while(|(heading, row)| texts(heading) == texts(row)).count()
}

/// Whether every column has its texts at the same place on both pages.
fn aligned(last: &Table, next: &Table) -> bool {
    let extent = |table: &Table, column: u32| {
        let rows = table
            .rows
            .iter()
            .rev()
            .take_while(|row| Some(row.page) == table.areas.last().map(|area| area.page));
        let cells = rows.flat_map(|row| &row.cells).filter(|cell| cell.column == column && cell.columns == 1);
        cells.map(|cell| cell.bounds).reduce(crate::model::Bounds::union)
    };
    let agree = |column| match (extent(last, column), extent(next, column)) {
        (Some(left), Some(right)) => left.x0 <= right.x1 && right.x0 <= left.x1,
        (None, _) | (_, None) => true,
    };
    (0..last.columns).all(agree)
}

fn join(last: &mut Table, next: Table) {
    let repeats = repeated(last, &next);
    last.areas.extend(next.areas);
    last.rows.extend(next.rows.into_iter().skip(repeats));
}
