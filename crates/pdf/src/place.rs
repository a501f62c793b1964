//! Where glyphs lie: from the interpreter's transforms to places along a line, in points.
//!
//! Called by the glyph collector for every glyph. What fonts say wrongly of their glyphs' widths and sizes is made up for
//! here, and nowhere else.

use hayro::hayro_interpret::font::{Glyph as DrawnGlyph, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_cmap::WritingMode;
use hayro::kurbo::{Affine, Point, Shape as _};

use crate::direction::Direction;
use crate::model::Bounds;

/// A text box reaches this far above the baseline, in font sizes: the ascent of common fonts.
pub(crate) const ASCENT: f64 = 0.8;
/// A text box reaches this far below the baseline, in font sizes.
pub(crate) const DESCENT: f64 = 0.2;
/// Font sizes below this many points are taken as this: a division by nearly nothing helps nobody.
const FONT_SIZE_MIN: f64 = 0.1;
/// Glyphs of one run whose proportions differ by more than this are stretched one by one.
const STRETCH_TOLERANCE: f64 = 0.005;

/// Where a glyph lies in its reading frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) origin: Point,
    pub(crate) direction: Direction,
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) baseline: f64,
    pub(crate) size: f64,
}

/// How the glyphs of one call are set.
#[derive(Debug)]
pub(crate) struct Setting {
    mode: WritingMode,
    em: Option<f64>,
    is_stretched: bool,
}

impl Setting {
    /// That of all glyphs of `run`.
    pub(crate) fn of(run: &GlyphRun<'_, '_>) -> Self {
        Self { mode: run.writing_mode(), em: bitmap_font_em(run), is_stretched: is_stretched(run) }
    }

    /// Where a glyph of the run lies, drawn under `transform`.
    pub(crate) fn place(&self, glyph: &PositionedGlyph<'_>, transform: Affine) -> Place {
        let mut place = Place::of(glyph, transform * glyph.transform(), self.mode, self.em);
        if self.is_stretched {
            place.end = place.start + place.size * advance(glyph) / 1000.0;
        }
        place
    }
}

impl Place {
    /// Whether every number of it is one.
    pub(crate) fn is_finite(&self) -> bool {
        [self.start, self.end, self.baseline, self.size].into_iter().all(f64::is_finite)
    }

    /// The box around it, from the ascent of common fonts to their descent.
    pub(crate) fn bounds(&self) -> Bounds {
        let across = [self.baseline - ASCENT * self.size, self.baseline + DESCENT * self.size];
        self.direction.bounds([self.start, self.end], across)
    }

    /// Glyph space has 1,000 units to the font size; `em` says otherwise for fonts that don't keep to it.
    fn of(glyph: &DrawnGlyph<'_>, transform: Affine, mode: WritingMode, em: Option<f64>) -> Self {
        let origin = transform * Point::ZERO;
        let right = transform * Point::new(1000.0, 0.0) - origin;
        let up = transform * Point::new(0.0, 1000.0) - origin;
        let advance = advance(glyph) / 1000.0;
        match mode {
            WritingMode::Horizontal => {
                let direction = Direction::of(right);
                let (start, baseline) = direction.place(origin);
                let size = (direction.height(up) * em.unwrap_or(1.0)).max(FONT_SIZE_MIN);
                Self { origin, direction, start, end: start + right.hypot() * advance, baseline, size }
            }
            // Vertical writing runs down the glyphs' boxes, so their middle is its baseline.
            WritingMode::Vertical => {
                let direction = Direction::of(-up);
                let size = direction.height(right).max(FONT_SIZE_MIN);
                let (start, _) = direction.place(origin + up * ASCENT);
                let (_, baseline) = direction.place(origin);
                let baseline = baseline - DESCENT * size;
                Self { origin, direction, start, end: start + up.hypot(), baseline, size }
            }
        }
    }
}

/// A glyph's advance in thousandths of the font size; half the font size where the font doesn't say.
///
/// A letter of no width is one whose width the file forgot to state, and which is put in place by itself: it is as
/// wide as it is drawn. Accents that hang over the letter before them stay without.
fn advance(glyph: &DrawnGlyph<'_>) -> f64 {
    let advance = match glyph {
        DrawnGlyph::Outline(glyph) => glyph.advance_width(),
        DrawnGlyph::Type3(glyph) => glyph.advance_width(),
    };
    match (advance, glyph) {
        (Some(0.0), DrawnGlyph::Outline(glyph)) => glyph.outline().bounding_box().x1.max(0.0),
        (advance, _) => f64::from(advance.unwrap_or(500.0)),
    }
}

/// Whether the glyphs come from a substitute font and are stretched one by one to the widths the file states.
///
/// Their transforms hold the stretch already, so the stated advance must not be transformed by them. Text that is
/// set wide or narrow as a whole has one proportion for all glyphs.
fn is_stretched(run: &GlyphRun<'_, '_>) -> bool {
    let mut widest = 0.0_f64;
    let mut narrowest = f64::INFINITY;
    let mut last = None;
    for glyph in run.glyphs() {
        let [a, b, c, d, _, _] = glyph.transform().as_coeffs();
        // Nearly always the same for all.
        if last.replace([a, b, c, d]) == Some([a, b, c, d]) {
            continue;
        }
        let proportion = a.hypot(b) / c.hypot(d);
        widest = widest.max(proportion);
        narrowest = narrowest.min(proportion);
    }
    run.writing_mode() == WritingMode::Horizontal && widest - narrowest > STRETCH_TOLERANCE
}

/// For fonts drawn by the file itself (Type 3), the true font size in units of the stated one, where that is off.
///
/// Such fonts may state a size of a fraction of a point and draw glyphs hundreds of units wide. Letters are half as
/// wide as their font's size on average, so the advances tell.
fn bitmap_font_em(run: &GlyphRun<'_, '_>) -> Option<f64> {
    let mut count = 0.0;
    let mut sum = 0.0;
    for glyph in run.glyphs() {
        if let DrawnGlyph::Type3(_) = &**glyph {
            count += 1.0;
            sum += advance(glyph) / 1000.0;
        }
    }
    let mean = if count > 0.0 { sum / count } else { return None };
    (mean > 1.2 || (mean > 0.0 && mean < 0.2)).then_some(mean * 2.0)
}
