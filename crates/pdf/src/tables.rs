//! Finds the tables of a document: rows of cells, from ruling lines and from how words align.
//!
//! Called by whoever needs rows whole, such as extraction's plan and the picture of a page; it works on what was
//! read and changes nothing. Per page: boxes framed by ruling lines are looked at first, then runs of lines with
//! wide gaps. Each such region gets its columns ([`grid`]), its lines become rows ([`joining`]), and what doesn't
//! turn out a table is left out. At last, tables that go on over a page break are joined ([`page_break`]).
//! Text that is turned makes no table.

mod grid;
mod joining;
mod page_break;
mod region;
mod ruling;
mod side_by_side;
mod strip;

use std::ops::Range;

use crate::model::{Bounds, Document, LineWords, Page, Table, TableArea, TableCell, TableRow};
use grid::GridCell;
use joining::GridRow;
use region::Region;
use ruling::Ruling;
use strip::{Seat, Strip};

/// A table has at least this many rows that fill two columns.
const ROWS_MIN: usize = 2;
/// At least one row in this many fills two columns, or it is text with something beside it.
const FILLED_ONE_IN: usize = 2;
/// A cell with this many words may be a line of running text;
const PROSE_WORDS_MIN: usize = 6;
/// where more than one in this many is, there is no table.
const PROSE_ONE_IN: usize = 3;

/// The tables of a document, in order of pages and from top to bottom; the same document gives the same tables.
///
/// No word is in two cells.
pub fn tables(document: &Document) -> Vec<Table> {
    let mut tables = Vec::new();
    for page in &document.pages {
        page_break::append(&mut tables, on_page(page), page);
    }
    tables
}

/// The tables of one page.
fn on_page(page: &Page) -> Vec<Table> {
    let ruling = Ruling::of(page);
    let mut strips = Strip::of(page);
    let mut tables = Vec::new();
    for frame in ruling.frames(page) {
        let parts: Vec<_> = strips.iter().map(|strip| strip.part(frame)).collect();
        let mut within: Vec<Strip<'_>> = parts.iter().filter_map(|(within, _)| within.clone()).collect();
        within.sort_by(|left, right| left.bounds.y0.total_cmp(&right.bounds.y0));
        if let Some(table) = table(&Region { strips: within, frame: Some(frame) }, &ruling, page) {
            tables.extend(side_by_side::parted(table));
            strips = parts.into_iter().filter_map(|(_, without)| without).collect();
        }
    }
    let found = region::regions(strips, &ruling);
    let found = found.iter().filter_map(|region| table(region, &ruling, page));
    tables.extend(found.flat_map(side_by_side::parted));
    tables.sort_by(|left, right| {
        let top = |table: &Table| table.areas.first().map_or(0.0, |area| area.bounds.y0);
        top(left).total_cmp(&top(right))
    });
    tables
}

/// The table a region makes, if it makes one.
fn table(region: &Region<'_>, ruling: &Ruling, page: &Page) -> Option<Table> {
    let text = region.strips.iter().map(|strip| strip.bounds).reduce(Bounds::union)?;
    let area = region.frame.map_or(text, |frame| frame.union(text));
    let gutters = grid::gutters(&region.strips, &ruling.columns(area));
    if gutters.is_empty() {
        return None;
    }
    if region.frame.is_none()
        && let Some(region) = region::without_prose(region, &gutters)
    {
        return table(&region, ruling, page);
    }
    let lines: Vec<GridRow<'_>> = region
        .strips
        .iter()
        .map(|strip| GridRow { cells: grid::cells(strip, &gutters), bounds: strip.bounds, size: strip.size })
        .collect();
    let rows = joining::join(lines, &ruling.rows(area));
    let filled = rows.iter().filter(|row| row.cells.len() >= 2).count();
    if filled < ROWS_MIN || filled * FILLED_ONE_IN < rows.len() {
        return None;
    }
    if region.frame.is_none() && is_prose(&rows) {
        return None;
    }
    let header_rows = header_rows(&rows);
    let rows: Vec<TableRow> = rows.iter().filter_map(|row| finished(row, page)).collect();
    let bounds = rows.iter().map(|row| row.bounds).reduce(Bounds::union)?;
    Some(Table {
        areas: vec![TableArea { page: page.number, bounds }],
        columns: count(gutters.len() + 1),
        header_rows,
        rows,
    })
}

/// Whether many cells hold whole lines of running text: that is text beside something, not a table.
fn is_prose(rows: &[GridRow<'_>]) -> bool {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    let long = cells().filter(|cell| cell.words.len() >= PROSE_WORDS_MIN).count();
    long * PROSE_ONE_IN > cells().count()
}

/// Rows above all figures are headings; in a table without figures, a first row that fills all columns is one.
fn header_rows(rows: &[GridRow<'_>]) -> u32 {
    let above = joining::rows_above_numbers(rows);
    let has_numbers = joining::number_columns(rows).into_iter().any(|is_of_numbers| is_of_numbers);
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let fills_all = rows.first().is_some_and(|row| row.cells.len() == columns);
    if has_numbers { count(above) } else { u32::from(fills_all && rows.len() > ROWS_MIN) }
}

fn finished(row: &GridRow<'_>, page: &Page) -> Option<TableRow> {
    let cells: Vec<TableCell> = row.cells.iter().map(finished_cell).collect();
    let bounds = cells.iter().map(|cell| cell.bounds).reduce(Bounds::union)?;
    Some(TableRow { page: page.number, bounds, cells })
}

fn finished_cell(cell: &GridCell<'_>) -> TableCell {
    let mut text = String::new();
    let mut words: Vec<LineWords> = Vec::new();
    for Seat { line, place, word } in &cell.words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
        let (line, place) = (count(*line), count(*place));
        match words.last_mut() {
            Some(last) if last.line == line && last.words.end == place => last.words.end = place + 1,
            Some(_) | None => words.push(LineWords { line, words: Range { start: place, end: place + 1 } }),
        }
    }
    TableCell {
        text,
        bounds: cell.bounds,
        column: count(cell.first),
        columns: count(cell.last - cell.first + 1),
        words,
    }
}

/// Lines, words and columns of a page are fewer than its glyphs, whose limit fits.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
