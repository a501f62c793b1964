//! The words of one line that may belong to a table, and the pieces they fall into at wide gaps.
//!
//! Everything in [`tables`](crate::tables()) works on these: a line of the page can hold rows of two tables side by
//! side, so a line as a whole belongs to nothing.

use std::cmp::Ordering;

use crate::model::{Bounds, CELL_GAP_FONT_SIZES, Line, Page, Word};

/// Upright text is at most this much higher than its font size.
const UPRIGHT_HEIGHT_MAX: f32 = 2.2;
/// Lines that overlap by this, in font sizes, are of one row.
pub(super) const OVERLAP_MIN: f32 = 0.2;
/// Lines this close, in font sizes, that fill different columns are of one row, where rows stand further apart.
pub(super) const TOUCHING_MAX: f32 = 0.1;

/// A word and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seat<'a> {
    /// The line's place on its page.
    pub(super) line: usize,
    /// The word's place in the line.
    pub(super) place: usize,
    pub(super) word: &'a Word,
}

impl Seat<'_> {
    fn from_left(left: &Self, right: &Self) -> Ordering {
        left.word.bounds.x0.total_cmp(&right.word.bounds.x0)
    }
}

/// Words on one baseline, from left to right. They may be of several lines: reading order parts what wraps in one
/// cell from what stands beside it.
#[derive(Debug, Clone)]
pub(super) struct Strip<'a> {
    /// Never empty.
    pub(super) words: Vec<Seat<'a>>,
    pub(super) bounds: Bounds,
    pub(super) size: f32,
}

/// A run of words with a wide gap on either side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) bounds: Bounds,
}

impl<'a> Strip<'a> {
    /// None for no words.
    pub(super) fn new(words: Vec<Seat<'a>>, size: f32) -> Option<Self> {
        let bounds = around(&words)?;
        Some(Self { words, bounds, size })
    }

    /// The upright text of a page, row by row, from top to bottom.
    pub(super) fn of(page: &'a Page) -> Vec<Self> {
        let upright = |line: &Line| {
            line.font_size > 0.0 && line.bounds.y1 - line.bounds.y0 <= UPRIGHT_HEIGHT_MAX * line.font_size
        };
        let mut lines: Vec<(usize, &Line)> =
            page.lines.iter().enumerate().filter(|(_, line)| upright(line)).collect();
        lines.sort_by_key(|(_, line)| line.row);
        let rows = lines.chunk_by(|(_, left), (_, right)| left.row == right.row);
        rows.filter_map(|row| {
            let longest = row.iter().max_by_key(|(_, line)| line.words.len())?;
            let mut words: Vec<Seat<'_>> = row.iter().flat_map(|&(index, line)| seats(index, line)).collect();
            words.sort_by(Seat::from_left);
            Self::new(words, longest.1.font_size)
        })
        .collect()
    }

    /// The words parted where a gap is wider than `gap_max` font sizes.
    pub(super) fn pieces(&self, gap_max: f32) -> Vec<Piece> {
        self.words
            .chunk_by(|left, right| {
                is_bullet(left.word) || right.word.bounds.x0 - left.word.bounds.x1 <= gap_max * self.size
            })
            .filter_map(|words| Some(Piece { bounds: around(words)? }))
            .collect()
    }

    /// Whether it looks like a row of a table: it has several pieces.
    pub(super) fn is_tabular(&self) -> bool {
        self.pieces(CELL_GAP_FONT_SIZES).len() > 1
    }

    /// The lines with those set between them put together: a cell may stand between two lines of its neighbour.
    ///
    /// At most one line in several pieces is in each, for two of them are two rows.
    pub(super) fn abreast(strips: &[Self]) -> Vec<Self> {
        let mut abreast: Vec<(Self, bool)> = Vec::new();
        for strip in strips {
            let is_tabular = strip.is_tabular();
            match abreast.last_mut() {
                Some((above, above_is_tabular))
                    if !(is_tabular && *above_is_tabular)
                        && (strip.bounds.y0 < above.bounds.y1 - OVERLAP_MIN * strip.size.min(above.size)
                            || (!is_tabular && strip.is_touching_beside(above))) =>
                {
                    above.words.extend(strip.words.iter().copied());
                    above.words.sort_by(Seat::from_left);
                    above.bounds = above.bounds.union(strip.bounds);
                    *above_is_tabular |= is_tabular;
                }
                Some(_) | None => abreast.push((strip.clone(), is_tabular)),
            }
        }
        abreast.into_iter().map(|(strip, _)| strip).collect()
    }

    /// Whether it stands right below another line, where that has no words.
    fn is_touching_beside(&self, above: &Self) -> bool {
        let is_beside = |Seat { word, .. }: &Seat<'_>| {
            word.bounds.x1 < self.bounds.x0 - self.size || word.bounds.x0 > self.bounds.x1 + self.size
        };
        self.bounds.y0 - above.bounds.y1 <= TOUCHING_MAX * self.size && above.words.iter().all(is_beside)
    }

    /// The words inside and outside of a box, judged by their middles.
    pub(super) fn part(&self, area: Bounds) -> (Option<Self>, Option<Self>) {
        let inside = |word: &Word| {
            let (x, y) = middle(word.bounds);
            x >= area.x0 && x <= area.x1 && y >= area.y0 && y <= area.y1
        };
        let (within, without) = self.words.iter().copied().partition(|seat| inside(seat.word));
        (Self::new(within, self.size), Self::new(without, self.size))
    }
}

/// The words of a line but lines drawn with characters.
fn seats(line: usize, Line { words, .. }: &Line) -> Vec<Seat<'_>> {
    let leads = |place: Option<usize>| place.and_then(|place| words.get(place)).is_some_and(is_dots);
    let is_leader = |place: usize, word: &Word| {
        is_dots(word) && (leads(place.checked_sub(1)) || leads(place.checked_add(1)))
    };
    let kept =
        words.iter().enumerate().filter(|(place, word)| !is_drawn_line(word) && !is_leader(*place, word));
    kept.map(|(place, word)| Seat { line, place, word }).collect()
}

/// Whether a word is a sign before an item of a list: it belongs to what follows, however far off that stands.
pub(super) fn is_bullet(word: &Word) -> bool {
    matches!(word.text.as_str(), "•" | "·" | "▪" | "■" | "●" | "○" | "◦" | "‣" | "\u{f0b7}" | "\u{f0a7}")
}

/// Whether a word is all dots: beside another such word, they lead from a name to its figures.
fn is_dots(word: &Word) -> bool {
    word.text.chars().all(|character| matches!(character, '.' | '…'))
}

/// Whether a word is a line drawn with characters: leader dots or a rule of dashes.
fn is_drawn_line(word: &Word) -> bool {
    let is_line = |character| matches!(character, '.' | '-' | '_' | '=' | '…' | '─' | '━');
    word.text.chars().count() >= 3 && word.text.chars().all(is_line)
}

/// The middle of a box.
pub(super) fn middle(bounds: Bounds) -> (f32, f32) {
    (f32::midpoint(bounds.x0, bounds.x1), f32::midpoint(bounds.y0, bounds.y1))
}

fn around(words: &[Seat<'_>]) -> Option<Bounds> {
    words.iter().map(|seat| seat.word.bounds).reduce(Bounds::union)
}
