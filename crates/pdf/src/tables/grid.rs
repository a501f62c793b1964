//! Finds the columns of a region and puts its words into cells.
//!
//! Two things part columns: a ruling line that runs down at least half of the region, and a strip of the page that
//! hardly any row crosses. Headings that span columns cross strips, so a few rows may; where such a row has no gap
//! at the strip, its cell spans.

use crate::model::{Bounds, CELL_GAP_FONT_SIZES, Word};
use crate::tables::strip::{Piece, Seat, Strip, is_bullet};

/// Gaps up to this, in font sizes, are spaces between words of one cell.
const SPACE_MAX: f32 = 0.45;
/// A strip between columns is at least this wide, in font sizes.
const GUTTER_MIN: f32 = 0.45;
/// So many rows with figures on both sides of a gap, be it narrow, make it one between columns.
const NARROW_ROWS_MIN: usize = 5;
/// One row in this many may cross a strip between columns.
const CROSSING_ROWS: usize = 8;
/// and never more than this many: what more rows cross parts nothing.
const CROSSING_MAX: usize = 8;
/// A region with more columns than this is no table but a drawing made of words; a bound on work.
const COLUMNS_MAX: usize = 100;
/// Columns with hardly any text are sought so many times; a bound on work.
const THIN_COLUMNS_MAX: usize = 16;
/// From this many rows on, one of them may cross a strip.
const CROSSING_ROWS_MIN: usize = 4;
/// A gap this close to a strip's whole width, as a share, parts cells there.
const GUTTER_SHARE: f32 = 0.8;
/// A cell reaches this far over the middle of a strip, in points, before it counts as spanning.
const OVERHANG: f32 = 2.0;

/// A place between two columns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gutter {
    x0: f32,
    x1: f32,
}

impl Gutter {
    /// Its middle.
    pub(super) fn middle(self) -> f32 {
        f32::midpoint(self.x0, self.x1)
    }
}

/// The words of one cell on one line.
#[derive(Debug, Clone)]
pub(super) struct GridCell<'a> {
    /// The first and the last column it covers.
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) bounds: Bounds,
    pub(super) words: Vec<Seat<'a>>,
}

/// The gutters of a region, from left to right. `ruled` are the places of lines that run down it.
pub(super) fn gutters(strips: &[Strip<'_>], ruled: &[f32]) -> Vec<Gutter> {
    let abreast = Strip::abreast(strips);
    let rows: Vec<&Strip<'_>> = abreast.iter().filter(|strip| strip.is_tabular()).collect();
    let size = typical_size(&rows);
    let pieces: Vec<Vec<Piece>> = rows.iter().map(|strip| strip.pieces(SPACE_MAX)).collect();
    let crossing_max = match rows.len() {
        count if count >= CROSSING_ROWS_MIN => (count / CROSSING_ROWS).clamp(1, CROSSING_MAX),
        _ => 0,
    };
    let boxes: Vec<Bounds> = pieces.iter().flatten().map(|piece| piece.bounds).collect();
    let mut gutters = open_strips(&boxes, crossing_max, GUTTER_MIN * size);
    gutters.retain(|gutter| is_supported(*gutter, &rows));
    let forced = ruled.iter().map(|&x| Gutter { x0: x, x1: x });
    gutters.retain(|gutter| ruled.iter().all(|&x| x < gutter.x0 - OVERHANG || x > gutter.x1 + OVERHANG));
    gutters.extend(forced.take(COLUMNS_MAX));
    gutters.sort_by(|left, right| left.middle().total_cmp(&right.middle()));
    drop_thin_columns(gutters, strips)
}

/// The strips between the leftmost and the rightmost box that at most `crossing_max` boxes cross.
fn open_strips(boxes: &[Bounds], crossing_max: usize, width_min: f32) -> Vec<Gutter> {
    let mut open = uncovered(boxes, crossing_max);
    if open.len() > COLUMNS_MAX {
        return Vec::new();
    }
    // What lies wholly inside such a strip is a column with few cells, and parts it.
    let mut parted = Vec::new();
    for gutter in open.drain(..) {
        let inside: Vec<Bounds> =
            boxes.iter().filter(|bounds| bounds.x0 >= gutter.x0 && bounds.x1 <= gutter.x1).copied().collect();
        let edges = [gutter.x0, gutter.x1].map(|x| Bounds { x0: x, y0: 0.0, x1: x, y1: 0.0 });
        let within: Vec<Bounds> = inside.into_iter().chain(edges).collect();
        parted.extend(uncovered(&within, 0));
    }
    if parted.len() > COLUMNS_MAX {
        return Vec::new();
    }
    // Of a strip that a few boxes reach into, the part that the fewest cover is the gutter.
    let mut gutters = Vec::new();
    for gutter in parted {
        let crossing: Vec<Bounds> = boxes
            .iter()
            .filter(|bounds| bounds.x0 < gutter.x1 && bounds.x1 > gutter.x0)
            .map(|bounds| Bounds { x0: bounds.x0.max(gutter.x0), x1: bounds.x1.min(gutter.x1), ..*bounds })
            .collect();
        let edges = [gutter.x0, gutter.x1].map(|x| Bounds { x0: x, y0: 0.0, x1: x, y1: 0.0 });
        let within: Vec<Bounds> = crossing.iter().copied().chain(edges).collect();
        let best = (0..=crossing_max).find_map(|cover| {
            let widest = uncovered(&within, cover)
                .into_iter()
                .max_by(|left, right| (left.x1 - left.x0).total_cmp(&(right.x1 - right.x0)))?;
            (widest.x1 - widest.x0 >= width_min).then_some(widest)
        });
        gutters.extend(best);
    }
    gutters
}

/// Where at most `cover_max` boxes lie over each other, between the first and the last box.
fn uncovered(boxes: &[Bounds], cover_max: usize) -> Vec<Gutter> {
    let mut edges: Vec<(f32, bool)> =
        boxes.iter().flat_map(|bounds| [(bounds.x0, true), (bounds.x1, false)]).collect();
    // At one place, boxes start before others end, so that touching boxes leave nothing open.
    edges.sort_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(&left.1)));
    let mut cover = 0_usize;
    let mut opened: Option<f32> = None;
    let mut found = Vec::new();
    let mut has_begun = false;
    for (x, starts) in edges {
        if starts {
            cover += 1;
            if cover > cover_max {
                has_begun = true;
                if let Some(x0) = opened.take()
                    && x > x0
                {
                    found.push(Gutter { x0, x1: x });
                }
            } else if !has_begun {
                has_begun = true;
                opened = Some(x);
            }
        } else {
            cover = cover.saturating_sub(1);
            if cover <= cover_max && opened.is_none() {
                opened = Some(x);
            }
        }
    }
    // The last strip runs to the end of the last box; with no cover allowed it is empty.
    if let (Some(x0), Some(x1)) = (opened, boxes.iter().map(|bounds| bounds.x1).reduce(f32::max))
        && x1 > x0
    {
        found.push(Gutter { x0, x1 });
    }
    found
}

/// Whether rows have text on both sides of a gutter, and the better part of those a wide gap at it, or figures
/// apart in enough of them.
fn is_supported(gutter: Gutter, rows: &[&Strip<'_>]) -> bool {
    let x = gutter.middle();
    let (mut both, mut wide, mut narrow) = (0, 0, 0);
    for row in rows {
        let edge = |bounds: Bounds| (bounds.x1 <= x, bounds.x0 >= x);
        let left = row.words.iter().rev().find(|seat| edge(seat.word.bounds).0);
        let right = row.words.iter().find(|seat| edge(seat.word.bounds).1);
        if let (Some(Seat { word: left, .. }), Some(Seat { word: right, .. })) = (left, right) {
            let gap = right.bounds.x0 - left.bounds.x1;
            both += 1;
            wide += usize::from(gap > CELL_GAP_FONT_SIZES * row.size);
            narrow += usize::from(gap >= GUTTER_MIN * row.size && has_digit(left) && has_digit(right));
        }
    }
    both >= 2 && (wide * 2 >= both || (narrow >= NARROW_ROWS_MIN && narrow * 5 >= both * 4))
}

fn has_digit(word: &Word) -> bool {
    word.text.contains(|character: char| character.is_ascii_digit())
}

/// Drops gutters beside columns that hold a single line's text; stray marks make no column.
fn drop_thin_columns(mut gutters: Vec<Gutter>, strips: &[Strip<'_>]) -> Vec<Gutter> {
    if strips.len() < CROSSING_ROWS_MIN {
        return gutters;
    }
    for _ in 0..THIN_COLUMNS_MAX {
        let mut filled = vec![0_usize; gutters.len() + 1];
        for cell in strips.iter().flat_map(|strip| cells(strip, &gutters)) {
            if cell.first == cell.last
                && let Some(count) = filled.get_mut(cell.first)
            {
                *count += 1;
            }
        }
        let Some(thin) = filled.iter().position(|&count| count < 2) else { return gutters };
        if gutters.is_empty() {
            return gutters;
        }
        gutters.remove(thin.min(gutters.len() - 1));
    }
    gutters
}

/// A line's words as cells, from left to right.
pub(super) fn cells<'a>(strip: &Strip<'a>, gutters: &[Gutter]) -> Vec<GridCell<'a>> {
    let mut cells: Vec<GridCell<'a>> = Vec::new();
    let groups = strip.words.chunk_by(|left, right| {
        let (end, start) = (left.word.bounds.x1, right.word.bounds.x0);
        is_bullet(left.word)
            || start - end <= CELL_GAP_FONT_SIZES * strip.size
                && !gutters.iter().any(|gutter| parts(*gutter, end, start))
    });
    for group in groups {
        let Some(bounds) = group.iter().map(|seat| seat.word.bounds).reduce(Bounds::union) else { continue };
        let overhang = OVERHANG.min((bounds.x1 - bounds.x0) / 4.0);
        let column = |x: f32| gutters.iter().take_while(|gutter| gutter.middle() < x).count();
        let mut first = column(bounds.x0 + overhang);
        let last = column(bounds.x1 - overhang).max(first);
        if let Some(before) = cells.last_mut()
            && before.last >= first
        {
            if before.first < first {
                before.last = first - 1;
            } else if before.last < last && before.first < last {
                before.last = before.first;
                first = before.first + 1;
            } else {
                before.last = before.last.max(last);
                before.bounds = before.bounds.union(bounds);
                before.words.extend(group);
                continue;
            }
        }
        cells.push(GridCell { first, last, bounds, words: group.to_vec() });
    }
    cells
}

/// Whether a gap between two words parts cells at a gutter.
fn parts(gutter: Gutter, end: f32, start: f32) -> bool {
    let middle = gutter.middle();
    if gutter.x1 - gutter.x0 <= 0.0 {
        return middle >= end - OVERHANG && middle <= start + OVERHANG;
    }
    let overlap = start.min(gutter.x1) - end.max(gutter.x0);
    middle >= end && middle <= start && overlap >= GUTTER_SHARE * (gutter.x1 - gutter.x0)
}

fn typical_size(strips: &[&Strip<'_>]) -> f32 {
    let mut sizes: Vec<f32> = strips.iter().map(|strip| strip.size).collect();
    sizes.sort_by(f32::total_cmp);
    sizes.get(sizes.len() / 2).copied().unwrap_or(0.0)
}
