//! The words of one line that may belong to a table, and the pieces they fall into at wide gaps.
//!
//! Everything in [`tables`](crate::tables()) works on these: a line of the page can hold rows of two tables side by
//! side, so a line as a whole belongs to nothing.

use crate::model::{Bounds, CELL_GAP_FONT_SIZES, Line, Page, Word};

/// Upright text is at most this much higher than its font size.
const UPRIGHT_HEIGHT_MAX: f32 = 2.2;

/// Words of one line, from left to right.
#[derive(Debug, Clone)]
pub(super) struct Strip<'a> {
    /// The line's place on its page.
    pub(super) line: usize,
    /// The words with their places in the line; never empty.
    pub(super) words: Vec<(usize, &'a Word)>,
    pub(super) bounds: Bounds,
    pub(super) size: f32,
}

/// A run of words with a wide gap on either side.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) words: Vec<(usize, &'a Word)>,
    pub(super) bounds: Bounds,
}

impl<'a> Strip<'a> {
    /// None for no words.
    pub(super) fn new(line: usize, words: Vec<(usize, &'a Word)>, size: f32) -> Option<Self> {
        let bounds = around(&words)?;
        Some(Self { line, words, bounds, size })
    }

    /// The upright lines of a page.
    pub(super) fn of(page: &'a Page) -> Vec<Self> {
        let upright = |line: &Line| {
            line.font_size > 0.0 && line.bounds.y1 - line.bounds.y0 <= UPRIGHT_HEIGHT_MAX * line.font_size
        };
        let strips =
            page.lines.iter().enumerate().filter(|(_, line)| upright(line)).filter_map(|(index, line)| {
                let mut words: Vec<(usize, &Word)> = line.words.iter().enumerate().collect();
                words.sort_by(|left, right| left.1.bounds.x0.total_cmp(&right.1.bounds.x0));
                Self::new(index, words, line.font_size)
            });
        strips.collect()
    }

    /// The words parted where a gap is wider than `gap_max` font sizes.
    pub(super) fn pieces(&self, gap_max: f32) -> Vec<Piece<'a>> {
        self.words
            .chunk_by(|left, right| right.1.bounds.x0 - left.1.bounds.x1 <= gap_max * self.size)
            .filter_map(|words| Some(Piece { bounds: around(words)?, words: words.to_vec() }))
            .collect()
    }

    /// Whether it looks like a row of a table: several pieces, and not just a bullet before its text.
    pub(super) fn is_tabular(&self) -> bool {
        let pieces = self.pieces(CELL_GAP_FONT_SIZES);
        let is_bullet = |piece: &Piece<'_>| match piece.words.as_slice() {
            [(_, word)] => {
                let mut characters = word.text.chars();
                let first = characters.next();
                characters.next().is_none() && first.is_some_and(|first| !first.is_alphanumeric())
            }
            _ => false,
        };
        match pieces.as_slice() {
            [] | [_] => false,
            [first, _] => !is_bullet(first),
            _ => true,
        }
    }

    /// The words inside and outside of a box, judged by their middles.
    pub(super) fn part(&self, area: Bounds) -> (Option<Self>, Option<Self>) {
        let inside = |word: &Word| {
            let (x, y) = middle(word.bounds);
            x >= area.x0 && x <= area.x1 && y >= area.y0 && y <= area.y1
        };
        let (within, without) = self.words.iter().copied().partition(|(_, word)| inside(word));
        (Self::new(self.line, within, self.size), Self::new(self.line, without, self.size))
    }
}

/// The middle of a box.
pub(super) fn middle(bounds: Bounds) -> (f32, f32) {
    (f32::midpoint(bounds.x0, bounds.x1), f32::midpoint(bounds.y0, bounds.y1))
}

fn around(words: &[(usize, &Word)]) -> Option<Bounds> {
    words.iter().map(|(_, word)| word.bounds).reduce(Bounds::union)
}
