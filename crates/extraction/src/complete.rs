//! Counts a table's rows on the pages, without asking anyone.
//!
//! Used by [`finished`](crate::record::finished). A line counts as a row if it has the cells of the rows that were
//! found: as many, with numbers and dates in the same ones, in the same columns. Sums have fewer cells and
//! headings no numbers, so they don't count.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::ground::pages::{PageLine, Pages};
use crate::layout::{RowLines, TableLines};

/// What a cell of a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CellKind {
    Text,
    Number,
    Date,
}

/// The least cells and numbers of a line that looks like a row all by itself.
const ROW_CELLS_MIN: usize = 3;
const ROW_NUMBERS_MIN: usize = 2;
/// So many rows that were found must stand in a table of the reader's before its other rows count.
const SUPPORT_ROWS_MIN: usize = 2;

/// A table's rows on the pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowCount {
    /// How many there are, found or not.
    pub(crate) on_pages: usize,
    /// The lines of those that weren't found, ascending.
    pub(crate) missing: Vec<Range<usize>>,
}

/// Counts the rows on the pages, given the lines of those that were found. `others` are lines that something else was
/// read from. Two ways see more than one: lines of the same form, and the rows of the reader's own `tables`, which know
/// of texts that wrap and of cells that are empty.
pub(crate) fn rows_on_pages(
    pages: &Pages<'_>,
    tables: &[TableLines],
    anchors: &BTreeSet<usize>,
    others: &BTreeSet<usize>,
) -> RowCount {
    let lines = if anchors.is_empty() {
        rows_nobody_found(pages, others)
    } else {
        rows_of_form(pages, anchors, others)
    };
    // A line of a row of the reader's stands for the row.
    let rows_of_table = tables.iter().flat_map(|table| &table.rows);
    let mut starts: Vec<Range<usize>> = rows_of_table.map(|row| row.lines.clone()).collect();
    starts.sort_by_key(|row| row.start);
    let row_of = |line: usize| {
        let before = starts.partition_point(|row| row.start <= line).checked_sub(1);
        let row = before.and_then(|index| starts.get(index)).filter(|row| row.contains(&line));
        row.cloned().unwrap_or(line..line + 1)
    };
    let of_tables = tables.iter().flat_map(|table| rows_of_table_missing(pages, table, anchors, others));
    let mut missing: Vec<Range<usize>> = lines.into_iter().map(row_of).chain(of_tables).collect();
    missing.retain(|row| anchors.range(row.clone()).next().is_none());
    missing.sort_by_key(|row| (row.start, row.end));
    missing.dedup();
    RowCount { on_pages: anchors.len() + missing.len(), missing }
}

/// The rows of a table of the reader's that hold no row that was found, but look like those that do: the columns that
/// each of those fills are filled, and about as many as usual.
fn rows_of_table_missing(
    pages: &Pages<'_>,
    table: &TableLines,
    anchors: &BTreeSet<usize>,
    others: &BTreeSet<usize>,
) -> Vec<Range<usize>> {
    let has_anchor = |row: &&RowLines| anchors.range(row.lines.clone()).next().is_some();
    let found: Vec<&RowLines> = table.rows.iter().filter(has_anchor).collect();
    if found.len() < SUPPORT_ROWS_MIN {
        return Vec::new();
    }
    let is_always = |column: &&u32| found.iter().all(|row| row.columns.contains(column));
    let always: Vec<u32> =
        found.first().map(|row| row.columns.iter().filter(is_always).copied().collect()).unwrap_or_default();
    let mut counts: Vec<usize> = found.iter().map(|row| row.columns.len()).collect();
    counts.sort_unstable();
    let usual = counts.get(counts.len() / 2).copied().unwrap_or_default();
    let has_figure = |row: &RowLines| {
        let lines = pages.lines.get(row.lines.clone()).unwrap_or_default();
        lines.iter().any(|line| !line.numbers.is_empty() || !line.dates.is_empty())
    };
    let have_figures = found.iter().all(|row| has_figure(row));
    let is_like_them = |row: &&RowLines| {
        row.is_data
            && always.len() >= 2
            && always.iter().all(|column| row.columns.contains(column))
            && row.columns.len() + 1 >= usual
            && (!have_figures || has_figure(row))
            && !row.lines.clone().any(|line| others.contains(&line))
    };
    table.rows.iter().filter(is_like_them).map(|row| row.lines.clone()).collect()
}

/// The lines with the form of those rows that were found, and those themselves.
fn rows_of_form(pages: &Pages<'_>, anchors: &BTreeSet<usize>, others: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut forms: BTreeMap<Vec<CellKind>, Vec<usize>> = BTreeMap::new();
    for &anchor in anchors {
        if let Some(line) = pages.lines.get(anchor) {
            forms.entry(form(line)).or_default().push(anchor);
        }
    }
    // Rows with fewer cells than most have the form of a sum: only those that were found count.
    let usual_cells = forms.iter().max_by_key(|(_, lines)| lines.len()).map_or(0, |(form, _)| form.len());
    let mut rows = anchors.clone();
    for (form, lines) in forms {
        let is_countable = form.len() >= usual_cells && form.iter().any(|kind| *kind != CellKind::Text);
        let scope = if is_countable {
            0..pages.lines.len()
        } else if form.len() == usual_cells && form.len() > 1 {
            // Rows of nothing but text look like their heading, so only the lines between them are counted.
            between(&lines)
        } else {
            continue;
        };
        let columns = columns(pages, &lines, form.len());
        rows.extend(scope.filter(|&line| !others.contains(&line) && has_form(pages, line, &form, &columns)));
    }
    rows
}

/// The lines of the largest table that no value was read from: rows that an answer left out altogether.
fn rows_nobody_found(pages: &Pages<'_>, others: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut forms: BTreeMap<Vec<CellKind>, BTreeSet<usize>> = BTreeMap::new();
    for (index, line) in pages.lines.iter().enumerate() {
        let form = form(line);
        let numbers = form.iter().filter(|kind| **kind != CellKind::Text).count();
        if form.len() >= ROW_CELLS_MIN && numbers >= ROW_NUMBERS_MIN && !others.contains(&index) {
            forms.entry(form).or_default().insert(index);
        }
    }
    forms.into_values().max_by_key(BTreeSet::len).unwrap_or_default()
}

fn between(lines: &[usize]) -> Range<usize> {
    match (lines.first(), lines.last()) {
        (Some(&first), Some(&last)) => first..last + 1,
        (None, _) | (_, None) => 0..0,
    }
}

fn form(line: &PageLine<'_>) -> Vec<CellKind> {
    line.cells.iter().map(|cell| kind(line, cell)).collect()
}

/// A cell is a number or a date if it is nothing else.
fn kind(line: &PageLine<'_>, cell: &Range<usize>) -> CellKind {
    // Both are in the order of the line's words.
    let dates = line.dates.iter().skip(line.dates.partition_point(|run| run.words.start < cell.start));
    let numbers = line.numbers.iter().skip(line.numbers.partition_point(|run| run.words.start < cell.start));
    if dates.take_while(|run| run.words.start < cell.end).any(|run| run.words == *cell) {
        CellKind::Date
    } else if numbers
        .take_while(|run| run.words.start < cell.end)
        .any(|run| is_whole_cell(line, &run.words, cell))
    {
        CellKind::Number
    } else {
        CellKind::Text
    }
}

/// Whether a number fills its cell, but for a currency or percent sign beside it.
fn is_whole_cell(line: &PageLine<'_>, words: &Range<usize>, cell: &Range<usize>) -> bool {
    let within = cell.start <= words.start && words.end <= cell.end;
    let beside = cell.clone().filter(|word| !words.contains(word));
    let is_sign = |word: usize| {
        let text = line.line.words.get(word).map_or("", |word| word.text.as_str());
        text.chars().count() <= 3
            && !text.contains(|character: char| character.is_ascii_digit() || character.is_lowercase())
    };
    within && beside.into_iter().all(is_sign)
}

/// The left and right edge of each column of these rows.
fn columns(pages: &Pages<'_>, lines: &[usize], cells: usize) -> Vec<(f32, f32)> {
    let mut columns = vec![(f32::MAX, f32::MIN); cells];
    for line in lines.iter().filter_map(|&line| pages.lines.get(line)) {
        for (column, cell) in columns.iter_mut().zip(&line.cells) {
            if let Some((left, right)) = line.edges(cell) {
                *column = (column.0.min(left), column.1.max(right));
            }
        }
    }
    columns
}

/// Whether a line is a row like these: where they have numbers and dates, it has them too, and its cells stand in
/// their columns.
fn has_form(pages: &Pages<'_>, line: usize, form: &[CellKind], columns: &[(f32, f32)]) -> bool {
    let Some(line) = pages.lines.get(line).filter(|line| line.cells.len() == form.len()) else {
        return false;
    };
    let in_column = |cell: &Range<usize>, column: &(f32, f32)| {
        let slack = line.line.font_size;
        line.edges(cell).is_some_and(|(left, right)| left <= column.1 + slack && column.0 <= right + slack)
    };
    line.cells.iter().zip(form).zip(columns).all(|((cell, expected), column)| {
        (*expected == CellKind::Text || kind(line, cell) == *expected) && in_column(cell, column)
    })
}
