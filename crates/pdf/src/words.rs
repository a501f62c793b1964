//! Glyphs to words, in the order they are drawn.
//!
//! Called per page, before lines are formed. A word ends at a space glyph, at a gap, or where the next glyph lies
//! on another baseline.

use compact_str::CompactString;

use crate::bidi;
use crate::direction::Direction;
use crate::glyphs::Glyph;
use crate::model::Bounds;

/// A gap wider than this, in font sizes, ends a word even without a space glyph. A space is 0.25 wide or more in
/// common fonts, and shrinks to 0.17 in justified lines.
pub(crate) const WORD_GAP: f64 = 0.17;
/// The same between what two drawing calls draw: within one, letters may be tracked; between two, somebody placed a word.
pub(crate) const CALL_GAP: f64 = 0.14;
/// The next glyph may start this far, in font sizes, before the last one ends: kerning and wrong widths.
const OVERLAP: f64 = 0.6;
/// Baselines within a word differ by less than this, in font sizes.
const BASELINE_DRIFT: f64 = 0.3;
/// Letter-spaced text has gaps up to this, in font sizes; wider ones separate columns of single digits.
const TRACKING_MAX: f64 = 0.6;
/// Gaps a run must have before they can show that it is letter-spaced.
const TRACKING_GAPS_MIN: usize = 3;
/// Fewer gaps show it where they differ by less than this, in font sizes, and lie between letters alone.
const TRACKING_DRIFT: f64 = 0.01;

/// A word in its reading frame (points).
#[derive(Debug, Clone)]
pub(crate) struct PlacedWord {
    pub(crate) text: CompactString,
    pub(crate) direction: Direction,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) baseline: f64,
    pub(crate) size: f64,
    pub(crate) bounds: Bounds,
    /// Whether a space glyph lies before or after it.
    pub(crate) space_before: bool,
    pub(crate) space_after: bool,
    pub(crate) hidden: bool,
    pub(crate) glyphs: u32,
    pub(crate) glyphs_unmapped: u32,
    /// Its place in the order of drawing.
    pub(crate) drawn: usize,
}

impl PlacedWord {
    fn new(glyph: &Glyph, text: &str, space_before: bool, drawn: usize) -> Self {
        Self {
            text: CompactString::from(bidi::as_drawn(text)),
            direction: glyph.direction,
            start: glyph.start,
            end: glyph.end,
            baseline: glyph.baseline,
            size: glyph.size,
            bounds: glyph.bounds,
            space_before,
            space_after: false,
            hidden: glyph.hidden,
            glyphs: 1,
            glyphs_unmapped: u32::from(!glyph.mapped),
            drawn,
        }
    }

    /// Whether a glyph drawn next belongs to this word; `gap_max` in font sizes.
    fn takes(&self, glyph: &Glyph, gap_max: f64) -> bool {
        let gap = (glyph.start - self.end) / glyph.size;
        self.direction == glyph.direction
            && self.hidden == glyph.hidden
            && !self.space_after
            && (glyph.baseline - self.baseline).abs() < BASELINE_DRIFT * glyph.size
            && gap < gap_max
            && gap > -OVERLAP
    }

    fn push(&mut self, glyph: &Glyph, text: &str) {
        self.text.push_str(&bidi::as_drawn(text));
        self.end = self.end.max(glyph.end);
        self.size = self.size.max(glyph.size);
        self.bounds = self.bounds.union(glyph.bounds);
        self.glyphs = self.glyphs.saturating_add(1);
        self.glyphs_unmapped = self.glyphs_unmapped.saturating_add(u32::from(!glyph.mapped));
    }

    /// Appends the word that follows on the line with no space between.
    pub(crate) fn append(&mut self, next: &Self) {
        self.text.push_str(&next.text);
        self.end = self.end.max(next.end);
        self.size = self.size.max(next.size);
        self.bounds = self.bounds.union(next.bounds);
        self.space_after = next.space_after;
        self.glyphs = self.glyphs.saturating_add(next.glyphs);
        self.glyphs_unmapped = self.glyphs_unmapped.saturating_add(next.glyphs_unmapped);
    }
}

/// Forms words of a page's glyphs, keeping the order of drawing.
pub(crate) fn form(glyphs: &[Glyph]) -> Vec<PlacedWord> {
    let mut words: Vec<PlacedWord> = Vec::new();
    for run in glyphs.chunk_by(|left, right| left.run == right.run) {
        let gap_max = WORD_GAP + tracking(run);
        let mut space_before = false;
        for (index, glyph) in run.iter().enumerate() {
            let gap_max = if index == 0 { gap_max.min(CALL_GAP) } else { gap_max };
            match (&glyph.text, words.last_mut()) {
                (None, last) => {
                    space_before = true;
                    if let Some(last) = last {
                        last.space_after |= follows(last, glyph);
                    }
                }
                (Some(text), Some(last)) if !space_before && last.takes(glyph, gap_max) => {
                    last.push(glyph, text)
                }
                (Some(text), _) => {
                    words.push(PlacedWord::new(glyph, text, space_before, words.len()));
                    space_before = false;
                }
            }
        }
    }
    words
}

/// Whether a space glyph lies at or behind a word's end on its line, so that it can be what ends the word.
///
/// Its place is looked at, since text both filled and stroked draws its spaces a second time.
fn follows(word: &PlacedWord, space: &Glyph) -> bool {
    word.direction == space.direction
        && (word.baseline - space.baseline).abs() < BASELINE_DRIFT * word.size
        && (space.start - word.end) > -WORD_GAP * word.size
}

/// By how much a run's letters are spaced, in font sizes: the median gap, where it is one of letter-spacing.
///
/// Dots that lead the eye to a page number or a price are set apart by a space's width, which says nothing of letters.
fn tracking(run: &[Glyph]) -> f64 {
    let is_leader = |pair: &[Glyph]| matches!(pair, [left, right] if left.text == right.text && is_dot(left));
    let mut gaps: Vec<f64> = Vec::with_capacity(run.len());
    let mut after_leader = false;
    for (index, pair) in run.windows(2).enumerate() {
        let leader = is_leader(pair);
        let before_leader = run.get(index + 1..index + 3).is_some_and(is_leader);
        if let [left, right] = pair
            && left.text.is_some()
            && right.text.is_some()
            && !(leader || before_leader || after_leader)
        {
            gaps.push((right.start - left.end) / right.size);
        }
        after_leader = leader;
    }
    gaps.sort_by(f64::total_cmp);
    let are_equal = matches!(gaps.as_slice(), [first, .., last] if last - first < TRACKING_DRIFT)
        && run.iter().all(is_letter);
    if gaps.len() < TRACKING_GAPS_MIN && !are_equal {
        return 0.0;
    }
    let median = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0);
    if median > TRACKING_MAX { 0.0 } else { median.max(0.0) }
}

fn is_letter(glyph: &Glyph) -> bool {
    glyph.text.as_deref().is_some_and(|text| text.chars().all(char::is_alphabetic))
}

fn is_dot(glyph: &Glyph) -> bool {
    glyph.text.as_deref().is_some_and(|text| matches!(text, "." | "·" | "…" | "-" | "_"))
}
