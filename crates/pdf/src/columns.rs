//! Tells side-by-side columns of running text from the columns of a table.
//!
//! Called by [`lines`](crate::lines) per direction of text. In a table, words on one baseline belong together; in a
//! two-column article they don't. The rule: a vertical strip no word crosses is a gutter where, over several rows,
//! what lies on either side of it is mostly running text: one unbroken piece, at least four words, at least a fifth
//! of the text's width. A table's cells are shorter, or several stand on a side; where a table looks like running
//! text on both sides of a strip, it is read column by column.

use crate::lines::Row;
use crate::words::PlacedWord;

/// Running text has at least this many words on a row of its column.
const PROSE_WORDS_MIN: usize = 4;
/// Its row is at least this share of the width of all text on the page.
const PROSE_WIDTH_MIN: f64 = 0.2;
/// A gap wider than this, in font sizes, breaks a piece of text.
const PIECE_GAP: f64 = 1.0;
/// This many rows of running text on each side make a gutter.
const PROSE_ROWS_MIN: usize = 5;
/// Left edges of a column's rows agree within this many points; also how far a gutter keeps from text.
const EDGE_TOLERANCE_POINTS: f64 = 3.0;
/// Columns within columns are looked for this deep: four columns, cut in two twice, and one to spare.
const DEPTH_MAX: u32 = 3;
/// How many gutters are tried per cut.
const CANDIDATES_MAX: usize = 16;

/// Parts rows, which come from top to bottom, where a gutter runs through them. The parts come in reading order: columns
/// from the left, or from the right where the page's script is.
pub(crate) fn apart(rows: Vec<Row>, right_to_left: bool) -> Vec<Vec<Row>> {
    let words = || rows.iter().flat_map(|row| &row.words);
    let start = words().map(|word| word.start).fold(f64::INFINITY, f64::min);
    let end = words().map(|word| word.end).fold(f64::NEG_INFINITY, f64::max);
    cut(rows, (end - start) * PROSE_WIDTH_MIN, right_to_left, DEPTH_MAX)
}

fn cut(rows: Vec<Row>, prose_width_min: f64, right_to_left: bool, depth: u32) -> Vec<Vec<Row>> {
    if depth == 0 || rows.len() < PROSE_ROWS_MIN {
        return vec![rows];
    }
    for gutter in gutters(&rows, prose_width_min) {
        let blocks = blocks(&rows, gutter, prose_width_min);
        if blocks.is_empty() {
            continue;
        }
        let mut ordered = Vec::new();
        let mut next = 0;
        for (first, end) in blocks {
            ordered.extend(cut(part(&rows, next, first), prose_width_min, right_to_left, depth - 1));
            let (left, right) = divide(part(&rows, first, end), gutter);
            let (first_read, then) = if right_to_left { (right, left) } else { (left, right) };
            ordered.extend(cut(first_read, prose_width_min, right_to_left, depth - 1));
            ordered.extend(cut(then, prose_width_min, right_to_left, depth - 1));
            next = end;
        }
        ordered.extend(cut(part(&rows, next, rows.len()), prose_width_min, right_to_left, depth - 1));
        return ordered;
    }
    vec![rows]
}

/// Where gutters may be: just left of edges at which many rows of running text start.
fn gutters(rows: &[Row], prose_width_min: f64) -> Vec<f64> {
    let mut edges: Vec<f64> = rows
        .iter()
        .flat_map(|row| pieces(&row.words))
        .filter(|piece| is_prose(piece, prose_width_min))
        .filter_map(|piece| piece.first().map(|word| word.start))
        .collect();
    edges.sort_by(f64::total_cmp);
    edges
        .chunk_by(|left, right| right - left < EDGE_TOLERANCE_POINTS)
        .filter(|chunk| chunk.len() >= PROSE_ROWS_MIN)
        .filter_map(|chunk| chunk.first().map(|edge| edge - EDGE_TOLERANCE_POINTS))
        .take(CANDIDATES_MAX)
        .collect()
}

/// The ranges of rows (first, end) with running text on both sides of a gutter that no word crosses.
fn blocks(rows: &[Row], gutter: f64, prose_width_min: f64) -> Vec<(usize, usize)> {
    let mut blocks = Vec::new();
    let mut first = 0;
    for (index, row) in rows.iter().enumerate() {
        if row.words.iter().any(|word| word.start < gutter && word.end > gutter) {
            blocks.extend(block(rows, first, index, gutter, prose_width_min));
            first = index + 1;
        }
    }
    blocks.extend(block(rows, first, rows.len(), gutter, prose_width_min));
    blocks
}

/// The part of rows `first..end` between the first and the last running text, if it has columns.
fn block(
    rows: &[Row],
    first: usize,
    end: usize,
    gutter: f64,
    prose_width_min: f64,
) -> Option<(usize, usize)> {
    #[derive(Default)]
    struct Side {
        rows: usize,
        prose: Vec<usize>,
    }
    let (mut left, mut right) = (Side::default(), Side::default());
    for (index, row) in rows.iter().enumerate().take(end).skip(first) {
        let middle = row.words.partition_point(|word| word.start < gutter);
        let (before, after) = row.words.split_at(middle);
        for (side, words) in [(&mut left, before), (&mut right, after)] {
            side.rows += usize::from(!words.is_empty());
            if pieces(words).count() == 1 && is_prose(words, prose_width_min) {
                side.prose.push(index);
            }
        }
    }
    let enough = |side: &Side| side.prose.len() >= PROSE_ROWS_MIN && side.prose.len() * 2 >= side.rows;
    if !enough(&left) || !enough(&right) {
        return None;
    }
    let (left_first, left_last) = (*left.prose.first()?, *left.prose.last()?);
    let (right_first, right_last) = (*right.prose.first()?, *right.prose.last()?);
    // Text that follows below, indented, is not beside.
    let beside = left_last.min(right_last).checked_sub(left_first.max(right_first))?;
    (beside + 1 >= PROSE_ROWS_MIN).then(|| (left_first.min(right_first), left_last.max(right_last) + 1))
}

/// Cuts every row at the gutter.
fn divide(rows: Vec<Row>, gutter: f64) -> (Vec<Row>, Vec<Row>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for row in rows {
        let (before, after): (Vec<_>, Vec<_>) = row.words.into_iter().partition(|word| word.start < gutter);
        for (side, words) in [(&mut left, before), (&mut right, after)] {
            if !words.is_empty() {
                side.push(Row { words, number: 0 });
            }
        }
    }
    (left, right)
}

fn part(rows: &[Row], first: usize, end: usize) -> Vec<Row> {
    rows.get(first..end).map(<[Row]>::to_vec).unwrap_or_default()
}

/// A row's words cut at wide gaps.
fn pieces(words: &[PlacedWord]) -> impl Iterator<Item = &[PlacedWord]> {
    words.chunk_by(|left, right| right.start - left.end < PIECE_GAP * left.size.max(right.size))
}

fn is_prose(words: &[PlacedWord], width_min: f64) -> bool {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    words.len() >= PROSE_WORDS_MIN && last.end - first.start >= width_min
}
