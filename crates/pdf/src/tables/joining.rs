//! Joins lines to rows: text that wraps inside a cell goes to the row it belongs to, headings stack up.
//!
//! Ruling lines decide where they part every row. Elsewhere a line continues the row above where it stands close to
//! it, brings no number, and fills only columns that row has filled.

use crate::model::Bounds;
use crate::tables::grid::GridCell;
use crate::tables::strip::{OVERLAP_MIN, Seat, TOUCHING_MAX};

/// Lines closer than this, in font sizes between one's bottom and the next one's top, may be one row.
const LEADING_MAX: f32 = 0.6;
/// Where rows stand yet further apart, lines this close may be.
const LOOSE_LEADING_MAX: f32 = 1.2;
/// A line nearer than this share of the rows' usual distance continues the one above.
const TIGHT_SHARE: f32 = 0.85;
/// Lines across part every row if there are at least this many per line of text.
const BANDS_SHARE: f32 = 0.3;
/// A cell is full when what wraps would reach over its column's right edge by less than this, in points.
const FIT_TOLERANCE: f32 = 1.0;
/// A space between words, in font sizes.
const SPACE: f32 = 0.25;
/// Numbers fill at least this share, in percent, of a column that counts as one of numbers.
const NUMBERS_PERCENT_MIN: usize = 60;

/// Lines, later rows, of a region.
#[derive(Debug, Clone)]
pub(super) struct GridRow<'a> {
    pub(super) cells: Vec<GridCell<'a>>,
    pub(super) bounds: Bounds,
    pub(super) size: f32,
}

impl GridRow<'_> {
    fn cell(&self, column: usize) -> Option<&GridCell<'_>> {
        self.cells.iter().find(|cell| cell.first <= column && cell.last >= column)
    }

    fn has_number(&self) -> bool {
        self.cells.iter().any(is_number)
    }
}

/// Whether a cell holds a figure: digits, and few letters beside them.
pub(super) fn is_number(cell: &GridCell<'_>) -> bool {
    let characters = || cell.words.iter().flat_map(|seat| seat.word.text.chars());
    let digits = characters().filter(char::is_ascii_digit).count();
    digits > 0 && digits >= characters().filter(|character| character.is_alphabetic()).count()
}

/// The columns in which most cells hold a figure.
pub(super) fn number_columns(rows: &[GridRow<'_>]) -> Vec<bool> {
    let columns = rows.iter().flat_map(|row| &row.cells).map(|cell| cell.last + 1).max().unwrap_or(0);
    let is_of_numbers = |column: usize| {
        let cells = || {
            rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.first == column && cell.last == column)
        };
        let numbers = cells().filter(|cell| is_number(cell)).count();
        numbers >= 1 && numbers * 100 >= cells().count() * NUMBERS_PERCENT_MIN
    };
    (0..columns).map(is_of_numbers).collect()
}

/// How many rows from the first stand above all figures, if columns of figures there are.
pub(super) fn rows_above_numbers(rows: &[GridRow<'_>]) -> usize {
    let of_numbers = number_columns(rows);
    let holds_figures = |row: &GridRow<'_>| {
        let figures = row.cells.iter().filter(|cell| {
            cell.first == cell.last
                && of_numbers.get(cell.first).copied().unwrap_or(false)
                && is_number(cell)
                && !is_year(cell)
        });
        figures.count() > 0
    };
    rows.iter().position(holds_figures).unwrap_or(0)
}

/// Years head columns as often as they fill them; above other figures they are headings.
fn is_year(cell: &GridCell<'_>) -> bool {
    match cell.words.as_slice() {
        [Seat { word, .. }] => word.text.parse().is_ok_and(|year: u32| (1900..2100).contains(&year)),
        _ => false,
    }
}

/// Joins lines that are one row. `ruled` are the places of lines across the region.
pub(super) fn join<'a>(lines: Vec<GridRow<'a>>, ruled: &[f32]) -> Vec<GridRow<'a>> {
    let inner = parted_by(&lines, ruled);
    #[expect(clippy::cast_precision_loss, reason = "a page has some hundred lines")]
    let is_banded = inner >= 2 && inner as f32 >= BANDS_SHARE * lines.len() as f32;
    let lines = if is_banded { join_bands(lines, ruled) } else { lines };
    let lines = join_overlapping(lines);
    let of_numbers = number_columns(&lines);
    let headings = rows_above_numbers(&lines);
    let pitch = pitch(&lines);
    let edges = right_edges(&lines, of_numbers.len());
    let mut rows: Vec<GridRow<'a>> = Vec::new();
    for (index, line) in lines.into_iter().enumerate() {
        let Some(above) = rows.last_mut() else {
            rows.push(line);
            continue;
        };
        let last = above.bounds.y1 - above.size / 2.0;
        let is_parted = ruled.iter().any(|&y| y > last && y < middle_of(&line));
        let gap = (line.bounds.y0 - above.bounds.y1) / line.size.min(above.size);
        let is_tight = step(above, &line) < TIGHT_SHARE * pitch;
        let is_close = gap <= LEADING_MAX || (is_tight && gap <= LOOSE_LEADING_MAX);
        let joins = !is_parted
            && is_close
            && if index < headings {
                stacks(above, &line)
            } else if index == headings {
                false
            } else {
                continues(above, &line, &of_numbers, pitch, &edges) || starts(above, &line)
            };
        if joins { merge(above, line) } else { rows.push(line) }
    }
    rows
}

fn middle_of(line: &GridRow<'_>) -> f32 {
    f32::midpoint(line.bounds.y0, line.bounds.y1)
}

/// How many of the ruled places lie between lines of text.
fn parted_by(lines: &[GridRow<'_>], ruled: &[f32]) -> usize {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return 0 };
    ruled.iter().filter(|&&y| y > middle_of(first) && y < middle_of(last)).count()
}

/// Lines between the same two ruled places are one row, unless two of them hold figures in several columns.
fn join_bands<'a>(lines: Vec<GridRow<'a>>, ruled: &[f32]) -> Vec<GridRow<'a>> {
    let band = |line: &GridRow<'_>| ruled.iter().filter(|&&y| y < middle_of(line)).count();
    let mut rows = Vec::new();
    for lines in lines.chunk_by(|left, right| band(left) == band(right)) {
        let has_figures = |line: &&GridRow<'_>| line.cells.iter().filter(|cell| is_number(cell)).count() >= 2;
        let is_many = lines.iter().filter(has_figures).count() >= 2;
        if is_many {
            rows.extend_from_slice(lines);
        } else if let Some((first, rest)) = lines.split_first() {
            let mut row = first.clone();
            for line in rest {
                merge(&mut row, line.clone());
            }
            rows.push(row);
        }
    }
    rows
}

/// Cells set to different heights make lines that overlap; rows never do.
fn join_overlapping(lines: Vec<GridRow<'_>>) -> Vec<GridRow<'_>> {
    let mut rows: Vec<GridRow<'_>> = Vec::new();
    for line in lines {
        match rows.last_mut() {
            Some(above)
                if line.bounds.y0 < above.bounds.y1 - OVERLAP_MIN * line.size.min(above.size)
                    && !shares_figures(above, &line)
                    && !is_under_one(above, &line)
                    && !is_under_one(&line, above) =>
            {
                merge(above, line);
            }
            Some(_) | None => rows.push(line),
        }
    }
    rows
}

/// Headings stack where no cell of either line spans columns.
fn stacks(above: &GridRow<'_>, line: &GridRow<'_>) -> bool {
    let spans = |row: &GridRow<'_>| row.cells.iter().any(|cell| cell.last > cell.first);
    !spans(above) && !spans(line)
}

/// Whether both have a figure in the same column: two rows, however close.
fn shares_figures(above: &GridRow<'_>, line: &GridRow<'_>) -> bool {
    let is_figure_below =
        |cell: &GridCell<'_>| is_number(cell) && above.cell(cell.first).is_some_and(is_number);
    line.cells.iter().any(is_figure_below)
}

/// Whether several cells of a line stand under one of the row above: it heads them, and is no part of them.
fn is_under_one(above: &GridRow<'_>, line: &GridRow<'_>) -> bool {
    above.cells.iter().any(|head| {
        line.cells.iter().filter(|cell| cell.first <= head.last && head.first <= cell.last).count() > 1
    })
}

/// Whether a line wraps from the row above.
fn continues(
    above: &GridRow<'_>,
    line: &GridRow<'_>,
    of_numbers: &[bool],
    pitch: f32,
    edges: &[f32],
) -> bool {
    let numbers = line.cells.iter().any(|cell| of_numbers.get(cell.first).copied().unwrap_or(false));
    let is_new = line.cells.iter().any(|cell| above.cell(cell.first).is_none());
    let names = line.cells.first().is_some_and(|cell| cell.first == 0);
    let is_tight = step(above, line) < TIGHT_SHARE * pitch;
    let is_touching = line.bounds.y0 - above.bounds.y1 <= TOUCHING_MAX * line.size;
    if is_tight && is_touching && line.cells.iter().all(|cell| above.cell(cell.first).is_none()) {
        return true;
    }
    // A figure in a column of text, such as a date below a description, is no row of its own.
    if numbers || is_new || (line.has_number() && (names || !is_tight)) {
        return false;
    }
    let all_lower = |row: &GridRow<'_>| row.cells.iter().all(begins_lower);
    if line.cells.len() >= above.cells.len().max(2) {
        return all_lower(line) && !all_lower(above);
    }
    let is_lower = line.cells.first().is_some_and(begins_lower);
    let is_full = line.cells.iter().any(|cell| {
        let word = cell.words.first().map_or(0.0, |seat| seat.word.bounds.x1 - seat.word.bounds.x0);
        let last = above.cell(cell.first).and_then(|above| above.words.last());
        let edge = edges.get(cell.first).copied().unwrap_or(f32::INFINITY);
        last.is_some_and(|last| last.word.bounds.x1 + SPACE * line.size + word > edge - FIT_TOLERANCE)
    });
    if names {
        above.has_number() && (is_tight || is_lower || is_full)
    } else {
        above.has_number() || is_tight || is_full
    }
}

/// How far a line is below the last line of a row.
fn step(above: &GridRow<'_>, line: &GridRow<'_>) -> f32 {
    line.bounds.y0 - (above.bounds.y1 - above.size)
}

fn begins_lower(cell: &GridCell<'_>) -> bool {
    let first = cell.words.first().and_then(|seat| seat.word.text.chars().next());
    first.is_some_and(char::is_lowercase)
}

/// Whether the row above is a name alone that goes on in this line.
fn starts(above: &GridRow<'_>, line: &GridRow<'_>) -> bool {
    let ([name], [more, ..]) = (above.cells.as_slice(), line.cells.as_slice()) else { return false };
    name.first == 0 && name.last == 0 && more.first == 0 && begins_lower(more) && line.has_number()
}

/// The usual distance from the top of one full row to the next.
fn pitch(lines: &[GridRow<'_>]) -> f32 {
    let tops: Vec<f32> = lines
        .iter()
        .filter(|line| line.cells.len() >= 2 && line.has_number())
        .map(|line| line.bounds.y0)
        .collect();
    let mut steps: Vec<f32> = tops
        .windows(2)
        .filter_map(|pair| match pair {
            [upper, lower] => Some(lower - upper),
            _ => None,
        })
        .collect();
    steps.sort_by(f32::total_cmp);
    steps.get(steps.len() / 2).copied().unwrap_or(0.0)
}

/// How far to the right the text of each column reaches.
fn right_edges(lines: &[GridRow<'_>], columns: usize) -> Vec<f32> {
    let mut edges = vec![f32::NEG_INFINITY; columns];
    for cell in lines.iter().flat_map(|line| &line.cells).filter(|cell| cell.first == cell.last) {
        if let Some(edge) = edges.get_mut(cell.first) {
            *edge = edge.max(cell.bounds.x1);
        }
    }
    edges
}

/// Adds a line's cells to a row, column by column.
fn merge<'a>(row: &mut GridRow<'a>, line: GridRow<'a>) {
    row.bounds = row.bounds.union(line.bounds);
    for cell in line.cells {
        match row.cells.iter_mut().find(|own| own.first <= cell.last && cell.first <= own.last) {
            Some(own) => {
                own.bounds = own.bounds.union(cell.bounds);
                own.words.extend(cell.words);
            }
            None => row.cells.push(cell),
        }
    }
    row.cells.sort_by_key(|cell| cell.first);
}
