//! Finds where on a page tables may be: runs of lines with wide gaps in them, close enough to belong together.
//!
//! Called by [`tables`](crate::tables()) for what no frame of ruling lines holds. It is generous: a region whose
//! words make no columns is dropped later.

use crate::model::{Bounds, CELL_GAP_FONT_SIZES, Word};
use crate::tables::grid::Gutter;
use crate::tables::ruling::Ruling;
use crate::tables::strip::{Piece, Strip, middle};

/// A gap between lines larger than this, in font sizes, ends a region,
const GAP_MAX: f32 = 1.6;
/// unless the region's lines have stood nearly as far apart all along: this many times their last gap.
const GAP_GROWTH_MAX: f32 = 1.4;
/// and even then it ends at this many font sizes.
const LOOSE_GAP_MAX: f32 = 4.0;
/// So many lines in one piece may stand between two rows: names of sections, text that wraps.
const SINGLES_MAX: usize = 3;
/// A line in one piece with this many words that takes most of the region's width is running text.
const PROSE_WORDS_MIN: usize = 7;
/// Most of the width, as a share.
const PROSE_WIDTH_MIN: f32 = 0.7;

/// A column of running text has this many lines,
const COLUMN_LINES_MIN: usize = 8;
/// two of three with so many words.
const COLUMN_WORDS_MIN: usize = 5;
/// A region has at most this many lines, as many as fit a page; each is compared with those before it.
const LINES_MAX: usize = 300;
/// A narrow line this close below the last row, in font sizes, wraps from it.
const TAIL_GAP_MAX: f32 = 0.9;
/// A line with this many pieces below those of a row belongs to it over a larger gap.
const ALIGNED_MIN: usize = 3;
/// Two are enough where that row has this many.
const ALIGNED_HEADS_MIN: usize = 4;
/// Texts of a column begin at the same place, give or take this many points.
const EDGE_TOLERANCE: f32 = 1.5;
/// Headings this far below figures, in font sizes, begin another table.
const HEADING_GAP_MIN: f32 = 0.9;

/// Lines that may be a table.
#[derive(Debug)]
pub(super) struct Region<'a> {
    pub(super) strips: Vec<Strip<'a>>,
    /// The box ruling lines draw around it.
    pub(super) frame: Option<Bounds>,
}

/// The regions among lines in reading order.
pub(super) fn regions<'a>(strips: Vec<Strip<'a>>, ruling: &Ruling) -> Vec<Region<'a>> {
    let mut regions = Vec::new();
    let mut open: Vec<Strip<'a>> = Vec::new();
    for strip in strips {
        if !belongs(&open, &strip, ruling) {
            regions.extend(closed(std::mem::take(&mut open)));
        }
        open.push(strip);
    }
    regions.extend(closed(open));
    regions
}

/// The region without its last column, if that is running text which stands beside a table.
///
/// Its lines keep a distance of their own, so that many have no row beside them; a column of remarks has.
pub(super) fn without_prose<'a>(region: &Region<'a>, gutters: &[Gutter]) -> Option<Region<'a>> {
    let [_, .., last] = gutters else { return None };
    let part = |strip: &Strip<'a>, is_right: bool| {
        let is_there = |word: &Word| (middle(word.bounds).0 > last.middle()) == is_right;
        let words = strip.words.iter().copied().filter(|seat| is_there(seat.word)).collect();
        Strip::new(words, strip.size)
    };
    let (mut lines, mut long, mut beside) = (0, 0, 0);
    for strip in &region.strips {
        if let Some(right) = part(strip, true) {
            lines += 1;
            long += usize::from(right.words.len() >= COLUMN_WORDS_MIN);
            beside += usize::from(right.words.len() < strip.words.len());
        }
    }
    let is_prose = lines >= COLUMN_LINES_MIN && long * 3 >= lines * 2 && beside * 4 <= lines * 3;
    is_prose.then(|| closed(region.strips.iter().filter_map(|strip| part(strip, false)).collect()))?
}

/// Whether a line goes on a region.
fn belongs(open: &[Strip<'_>], strip: &Strip<'_>, ruling: &Ruling) -> bool {
    let Some(last) = open.last() else { return true };
    if open.len() >= LINES_MAX {
        return false;
    }
    let gap = strip.bounds.y0 - last.bounds.y1;
    let size = strip.size.max(last.size);
    if gap < -size {
        return false;
    }
    let before = match open {
        [.., above, last] => last.bounds.y0 - above.bounds.y1,
        _ => 0.0,
    };
    let between = Bounds {
        x0: strip.bounds.x0.min(last.bounds.x0),
        y0: last.bounds.y0,
        x1: strip.bounds.x1.max(last.bounds.x1),
        y1: strip.bounds.y1,
    };
    let loose = (before * GAP_GROWTH_MAX).min(LOOSE_GAP_MAX * size);
    // Headings below figures, behind a gap, begin the next table.
    let starts_anew = gap > HEADING_GAP_MIN * size
        && strip.bounds.x0 > open.iter().map(|strip| strip.bounds.x0).fold(f32::INFINITY, f32::min) + size
        && !has_digit(strip)
        && open.iter().any(has_digit)
        && !is_aligned(open, strip);
    if starts_anew {
        return false;
    }
    let is_near = gap <= (GAP_MAX * size).max(loose)
        || (is_aligned(open, strip) && gap <= LOOSE_GAP_MAX * size)
        || !ruling.columns(between).is_empty() && gap <= 2.0 * LOOSE_GAP_MAX * size;
    let width =
        open.iter().map(|strip| strip.bounds).reduce(Bounds::union).map_or(0.0, |area| area.x1 - area.x0);
    let has_rows = open.iter().any(Strip::is_tabular);
    let singles = open.iter().rev().take_while(|strip| !strip.is_tabular()).count();
    is_near && (!has_rows || strip.is_tabular() || (singles < SINGLES_MAX && !is_prose(strip, width)))
}

/// Whether a line has its pieces where the fullest row so far has: at least three below one of that row
/// each, or all of them below a row of many.
fn is_aligned(open: &[Strip<'_>], strip: &Strip<'_>) -> bool {
    let above =
        open.iter().map(|strip| strip.pieces(CELL_GAP_FONT_SIZES)).max_by_key(Vec::len).unwrap_or_default();
    let pieces = strip.pieces(CELL_GAP_FONT_SIZES);
    // One piece alone has to begin exactly where a cell does, and not at the margin, where anything does.
    if let [piece] = pieces.as_slice() {
        let begins = |head: &Piece| (head.bounds.x0 - piece.bounds.x0).abs() <= EDGE_TOLERANCE;
        return above.len() >= ALIGNED_HEADS_MIN && above.iter().skip(1).any(begins);
    }
    let below_one = |piece: &&Piece| {
        above
            .iter()
            .filter(|head| head.bounds.x0 < piece.bounds.x1 && piece.bounds.x0 < head.bounds.x1)
            .count()
            == 1
    };
    let aligned = pieces.iter().filter(below_one).count();
    let is_whole = aligned == pieces.len() && aligned >= 2 && above.len() >= ALIGNED_HEADS_MIN;
    is_whole || (aligned >= ALIGNED_MIN && aligned + 1 >= pieces.len())
}

fn has_digit(strip: &Strip<'_>) -> bool {
    strip.words.iter().any(|seat| seat.word.text.contains(|character: char| character.is_ascii_digit()))
}

fn is_prose(strip: &Strip<'_>, width: f32) -> bool {
    strip.pieces(CELL_GAP_FONT_SIZES).len() == 1
        && strip.words.len() >= PROSE_WORDS_MIN
        && strip.bounds.x1 - strip.bounds.x0 >= PROSE_WIDTH_MIN * width
}

/// The part of a run of lines from its first to its last row, with the lines that only a table explains.
fn closed(strips: Vec<Strip<'_>>) -> Option<Region<'_>> {
    let first = strips.iter().position(Strip::is_tabular)?;
    let last = strips.iter().rposition(Strip::is_tabular)?;
    let area = strips.get(first..=last)?.iter().map(|strip| strip.bounds).reduce(Bounds::union)?;
    let start = strips.get(first)?.bounds.x0;
    // A heading over several columns stands in one piece, right of where the rows begin.
    let above = strips.get(..first)?.iter().rev().take_while(|strip| {
        strip.bounds.x0 > start + strip.size
            && strip.bounds.x0 >= area.x0
            && strip.bounds.x1 <= area.x1 + strip.size
    });
    let first = first - above.count();
    // What the last row wraps stands close below it and is narrow.
    let mut end = last + 1;
    while let (Some(above), Some(strip)) = (strips.get(end - 1), strips.get(end)) {
        let is_close = strip.bounds.y0 - above.bounds.y1 <= TAIL_GAP_MAX * strip.size;
        let is_narrow = strip.bounds.x1 - strip.bounds.x0 < 0.5 * (area.x1 - area.x0)
            && strip.bounds.x0 > area.x0 - strip.size;
        if !is_close || !is_narrow || end - last > SINGLES_MAX {
            break;
        }
        end += 1;
    }
    Some(Region { strips: strips.get(first..end)?.to_vec(), frame: None })
}
