//! Words to lines: words on one baseline form one line, however the file draws them.
//!
//! The rule, per direction of text: words whose baselines agree form a row, ordered along the line, so a table
//! drawn column by column reads row by row. Rows are ordered from top to bottom, except where the page shows
//! side-by-side columns of running text ([`columns`](crate::columns)): those are read one after the other and
//! their lines stay apart. Text in another direction than most of the page comes last, in lines of its own.

use std::collections::BTreeMap;

use crate::bidi;
use crate::columns;
use crate::direction::{Direction, narrow};
use crate::flow;
use crate::model::{Line, Word};
use crate::words::{CALL_GAP, PlacedWord};

/// Baselines of one row differ by less than this, in the smaller font size.
const BASELINE_TOLERANCE: f64 = 0.35;
/// and stray from the row's first by less than this, or a page strewn with labels would run into one row.
const BASELINE_STRAY: f64 = 0.6;
/// How many rows back a word's row is looked for; words come ordered by baseline, so it is among the last.
const ROWS_BACK: usize = 8;
/// Words overlapping more than this, in font sizes, lie on each other and are not parts of one word.
const JOIN_OVERLAP: f64 = 0.15;
/// A raised or lowered mark is at most this large beside the word it belongs to,
const MARK_SIZE_MAX: f64 = 0.85;
/// is off its baseline by at most this,
const MARK_RISE_MAX: f64 = 0.6;
/// and follows it within this; all in the word's font sizes.
const MARK_GAP_MAX: f64 = 0.4;
/// Rows with more words than this are not searched for marks; a bound on work, far above real rows of marks.
const MARK_ROW_WORDS_MAX: usize = 200;

/// Words on one baseline, ordered along it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) words: Vec<PlacedWord>,
    /// Its place on the page, once all rows are found.
    pub(crate) number: u32,
}

/// Forms a page's lines from its words, which come in the order of drawing.
pub(crate) fn form(words: Vec<PlacedWord>) -> Vec<Line> {
    let mut directions: BTreeMap<Direction, Vec<PlacedWord>> = BTreeMap::new();
    for word in words {
        directions.entry(word.direction).or_default().push(word);
    }
    let mut directions: Vec<Vec<PlacedWord>> = directions.into_values().collect();
    directions
        .sort_by_key(|words| std::cmp::Reverse(words.iter().map(|word| u64::from(word.glyphs)).sum::<u64>()));
    let right_to_left = directions.first().is_some_and(|words| bidi::reads_right_to_left(words));
    let mut number = 0;
    let numbered = |mut rows: Vec<Row>| {
        for row in &mut rows {
            row.number = number;
            number += 1;
        }
        rows
    };
    directions
        .into_iter()
        .flat_map(|words| columns::apart(attach_marks(rows(words)), right_to_left))
        .map(numbered)
        // Text from right to left is drawn in either order, so that of drawing says little there.
        .flat_map(|rows| if right_to_left { rows } else { flow::in_reading_order(rows) })
        .filter_map(|row| line(row, right_to_left))
        .collect()
}

/// Groups words by baseline, top to bottom.
fn rows(mut words: Vec<PlacedWord>) -> Vec<Row> {
    struct Open {
        row: Row,
        first_baseline: f64,
        baseline: f64,
        size: f64,
    }
    words.sort_by(|left, right| left.baseline.total_cmp(&right.baseline));
    let mut rows: Vec<Open> = Vec::new();
    for word in words {
        let near = rows
            .iter_mut()
            .rev()
            .take(ROWS_BACK)
            .map(|open| ((open.baseline - word.baseline).abs(), open))
            .filter(|(distance, open)| {
                let size = open.size.min(word.size);
                *distance < BASELINE_TOLERANCE * size
                    && word.baseline - open.first_baseline < BASELINE_STRAY * size
            })
            .min_by(|left, right| left.0.total_cmp(&right.0));
        match near {
            None => {
                let (baseline, size) = (word.baseline, word.size);
                rows.push(Open {
                    row: Row { words: vec![word], number: 0 },
                    first_baseline: baseline,
                    baseline,
                    size,
                });
            }
            Some((_, open)) => {
                // A slow drift follows a slightly skewed scan without letting neighbouring lines run together.
                open.baseline += (word.baseline - open.baseline) * 0.2;
                open.row.words.push(word);
            }
        }
    }
    rows.into_iter()
        .map(|open| {
            let mut row = open.row;
            row.sort();
            row
        })
        .collect()
}

impl Row {
    fn sort(&mut self) {
        self.words.sort_by(|left, right| left.start.total_cmp(&right.start));
    }
}

/// Moves raised and lowered marks (footnote signs, exponents) from rows of their own to the word they follow.
fn attach_marks(mut rows: Vec<Row>) -> Vec<Row> {
    for index in 0..rows.len() {
        for neighbour in [index.checked_add(1), index.checked_sub(1)].into_iter().flatten() {
            let (Some(marks), Some(words)) = (rows.get(index), rows.get(neighbour)) else { continue };
            if marks.words.len().max(words.words.len()) > MARK_ROW_WORDS_MAX {
                continue;
            }
            let (moved, kept): (Vec<PlacedWord>, Vec<PlacedWord>) = marks
                .words
                .iter()
                .cloned()
                .partition(|mark| words.words.iter().any(|word| is_mark(mark, word)));
            if moved.is_empty() {
                continue;
            }
            if let Some(row) = rows.get_mut(index) {
                row.words = kept;
            }
            if let Some(row) = rows.get_mut(neighbour) {
                row.words.extend(moved);
                row.sort();
            }
        }
    }
    rows.retain(|row| !row.words.is_empty());
    rows
}

fn is_mark(mark: &PlacedWord, word: &PlacedWord) -> bool {
    let gap = mark.start - word.end;
    mark.size < MARK_SIZE_MAX * word.size
        && (mark.baseline - word.baseline).abs() < MARK_RISE_MAX * word.size
        && gap < MARK_GAP_MAX * word.size
        && gap > -JOIN_OVERLAP * word.size
}

/// One line of a row's words, parts of words joined, in reading order; none for no words.
fn line(Row { words, number }: Row, right_to_left: bool) -> Option<Line> {
    let mut joined: Vec<PlacedWord> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if are_parts(last, &word) => last.append(&word),
            Some(_) | None => joined.push(word),
        }
    }
    let font_size = narrow(prevailing_size(&joined)?);
    let bounds = joined.iter().map(|word| word.bounds).reduce(crate::model::Bounds::union)?;
    let joined = bidi::in_reading_order(joined, right_to_left);
    let words = joined.into_iter().map(|word| Word { text: word.text, bounds: word.bounds }).collect();
    Some(Line { words, bounds, font_size, row: number })
}

/// Whether two neighbours on a line are one word that was drawn in parts.
fn are_parts(left: &PlacedWord, right: &PlacedWord) -> bool {
    let size = left.size.min(right.size);
    let gap = right.start - left.end;
    !left.space_after
        && !right.space_before
        && gap < CALL_GAP * size
        && gap > -JOIN_OVERLAP * size
        && size > MARK_SIZE_MAX * left.size.max(right.size)
}

/// The size that half of the line's glyphs reach: its median, by glyph.
fn prevailing_size(words: &[PlacedWord]) -> Option<f64> {
    let mut sizes: Vec<(f64, u64)> = words.iter().map(|word| (word.size, u64::from(word.glyphs))).collect();
    sizes.sort_by(|left, right| left.0.total_cmp(&right.0));
    let half = sizes.iter().map(|(_, glyphs)| glyphs).sum::<u64>() / 2;
    let mut seen = 0;
    sizes.iter().find_map(|&(size, glyphs)| {
        seen += glyphs;
        (seen >= half.max(1)).then_some(size)
    })
}
