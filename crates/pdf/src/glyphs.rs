//! Collects what a page draws: every glyph with its Unicode and place, and where images lie.
//!
//! This is the only module that sees the interpreter's drawing calls. It decides nothing about words; it removes
//! glyphs that are drawn twice in one place, since that is how many programs make text bold.

use std::collections::HashMap;
use std::hash::BuildHasher as _;

use compact_str::CompactString;
use foldhash::fast::RandomState;
use hayro::hayro_interpret::font::{Glyph as DrawnGlyph, GlyphRun, PositionedGlyph};
use hayro::hayro_interpret::hayro_cmap::WritingMode;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};
use hayro::hayro_syntax::object::{Dict, String as PdfString};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape as _};

use crate::actual_text;
use crate::direction::Direction;
use crate::extent::Extent;
use crate::fonts::Fonts;
use crate::meanings::Meanings;
use crate::model::Bounds;
use crate::rules::Ruling;
use crate::unicode::{self, GlyphText};

/// A text box reaches this far above the baseline, in font sizes: the ascent of common fonts.
const ASCENT: f64 = 0.8;
/// A text box reaches this far below the baseline, in font sizes.
const DESCENT: f64 = 0.2;
/// An equal glyph closer than this, in font sizes, is the same glyph drawn again. The narrowest letters of common
/// fonts advance by 0.2.
const OVERPRINT: f64 = 0.12;
/// The most points an overprint is off.
const OVERPRINT_POINTS: f64 = 2.0;
/// The edge of the grid cells it is looked for in, in points: most glyphs need a look into one.
const GRID_POINTS: f64 = 8.0;
/// Equal glyphs remembered per grid cell; a bound on the work a page of stacked glyphs makes.
const PLACES_PER_CELL_MAX: usize = 16;
/// Font sizes below this many points are taken as this: a division by nearly nothing helps nobody.
const FONT_SIZE_MIN: f64 = 0.1;
/// Images remembered per page; enough to cover a page with strips, and a bound.
const IMAGES_MAX: usize = 1_000;
/// Glyphs of one run whose proportions differ by more than this are stretched one by one.
const STRETCH_TOLERANCE: f64 = 0.005;

/// What stands for a glyph that says nothing anybody knows.
const UNMAPPED: CompactString = CompactString::const_new("\u{fffd}");

/// One glyph in its reading frame (points).
#[derive(Debug, Clone)]
pub(crate) struct Glyph {
    /// What it says; a space is `None`.
    pub(crate) text: Option<CompactString>,
    /// Whether the font told what it says.
    pub(crate) mapped: bool,
    pub(crate) direction: Direction,
    /// Where it starts and ends along the line.
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// Where its baseline lies across the lines.
    pub(crate) baseline: f64,
    pub(crate) size: f64,
    pub(crate) bounds: Bounds,
    /// Which drawing call drew it; a call draws one string or one array of strings.
    pub(crate) run: u32,
    /// Whether nobody sees it: drawn without ink or outside the page.
    pub(crate) hidden: bool,
}

impl Glyph {
    /// A glyph that says nothing yet, at a place.
    pub(crate) fn at(
        direction: Direction,
        [start, end]: [f64; 2],
        baseline: f64,
        size: f64,
        run: u32,
    ) -> Self {
        let bounds = direction.bounds([start, end], [baseline - ASCENT * size, baseline + DESCENT * size]);
        Self { text: None, mapped: true, direction, start, end, baseline, size, bounds, run, hidden: false }
    }

    /// The box of a part of the glyph's line.
    pub(crate) fn bounds_between(&self, start: f64, end: f64) -> Bounds {
        self.direction
            .bounds([start, end], [self.baseline - ASCENT * self.size, self.baseline + DESCENT * self.size])
    }
}

/// Text that a marked part of the page gives in place of its glyphs.
struct ActualText {
    /// How many marked parts were open when it began.
    depth: usize,
    /// The first glyph of the part.
    start: usize,
    text: String,
}

/// Collects one page; implements the interpreter's drawing calls.
pub(crate) struct Collector<'f, 'd> {
    page: Rect,
    meanings: Meanings<'f, 'd>,
    has_clear_paint: bool,
    /// How much was drawn, kept or not.
    pub(crate) extent: Extent<'f>,
    pub(crate) glyphs: Vec<Glyph>,
    /// The boxes of images, cut to the page.
    pub(crate) images: Vec<Rect>,
    pub(crate) has_image: bool,
    pub(crate) ruling: Ruling,
    run: u32,
    /// How many marked parts are open.
    marked_depth: usize,
    /// The outermost of them that gives a text.
    actual: Option<ActualText>,
    /// Where each text was already drawn, in a grid.
    drawn: HashMap<(u64, i64, i64), Vec<(Point, u32)>, RandomState>,
}

impl<'f, 'd> Collector<'f, 'd> {
    /// A collector for a page that stops at the limits of `extent`. Colours are looked at only where `has_clear_paint`:
    /// what colours of a profile or of printing inks come to is costly to tell.
    pub(crate) fn new(
        source: &'f SourcePage<'f>,
        fonts: &'f mut Fonts<'d>,
        has_clear_paint: bool,
        extent: Extent<'f>,
    ) -> Self {
        let (width, height) = source.render_dimensions();
        let page = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        Self {
            page,
            meanings: Meanings::new(source, fonts),
            has_clear_paint,
            extent,
            glyphs: Vec::new(),
            images: Vec::new(),
            has_image: false,
            ruling: Ruling::new(page),
            run: 0,
            marked_depth: 0,
            actual: None,
            drawn: HashMap::default(),
        }
    }

    /// Whether the same text was drawn here by an earlier call; remembers it if not.
    ///
    /// Glyphs of one call are never each other's duplicates: a font without widths stacks them in one place.
    fn is_overprint(&mut self, text: &str, origin: Point, size: f64) -> bool {
        let tolerance = (OVERPRINT * size).min(OVERPRINT_POINTS);
        let text = self.drawn.hasher().hash_one(text);
        for x in grid(origin.x - tolerance)..=grid(origin.x + tolerance) {
            for y in grid(origin.y - tolerance)..=grid(origin.y + tolerance) {
                let places = self.drawn.get(&(text, x, y)).map(Vec::as_slice).unwrap_or_default();
                if places.iter().any(|&(place, run)| run != self.run && place.distance(origin) < tolerance) {
                    return true;
                }
            }
        }
        let places = self.drawn.entry((text, grid(origin.x), grid(origin.y))).or_default();
        if places.len() < PLACES_PER_CELL_MAX {
            places.push((origin, self.run));
        }
        false
    }

    /// Lets the last glyph reach over one that says nothing, such as a soft hyphen, so that no gap parts the word.
    fn bridge(&mut self, place: &Place) {
        if let Some(last) = self.glyphs.last_mut()
            && last.run == self.run
            && last.direction == place.direction
            && last.text.is_some()
        {
            last.end = last.end.max(place.end);
        }
    }

    fn is_off_page(&self, bounds: Bounds) -> bool {
        f64::from(bounds.x1) < self.page.x0
            || f64::from(bounds.y1) < self.page.y0
            || f64::from(bounds.x0) > self.page.x1
            || f64::from(bounds.y0) > self.page.y1
    }

    fn collect(&mut self, said: GlyphText, place: &Place, invisible: bool) {
        let (text, mapped) = match said {
            GlyphText::Nothing => return self.bridge(place),
            GlyphText::Space => (None, true),
            GlyphText::Text(text) => (Some(text), true),
            GlyphText::Unmapped => (Some(UNMAPPED), false),
        };
        let bounds = place.direction.bounds(
            [place.start, place.end],
            [place.baseline - ASCENT * place.size, place.baseline + DESCENT * place.size],
        );
        let finite = [place.start, place.end, place.baseline, place.size].into_iter().all(f64::is_finite);
        if !finite || text.as_ref().is_some_and(|text| self.is_overprint(text, place.origin, place.size)) {
            return;
        }
        self.glyphs.push(Glyph {
            text,
            mapped,
            direction: place.direction,
            start: place.start,
            end: place.end,
            baseline: place.baseline,
            size: place.size,
            bounds,
            run: self.run,
            hidden: invisible || self.is_off_page(bounds),
        });
    }
}

impl<'a> Device<'a> for Collector<'_, '_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.run = self.run.saturating_add(1);
        let transparent = match &props.paint {
            Paint::Color(_) if !self.has_clear_paint => false,
            Paint::Color(color) => color.to_rgba().components().last().is_some_and(|&alpha| alpha <= 0.0),
            Paint::Pattern(_) => false,
        };
        let invisible = transparent || matches!(mode, DrawMode::Invisible);
        let em = bitmap_font_em(run);
        let is_stretched = is_stretched(run);
        let mut glyphs = run.glyphs().iter().peekable();
        while let Some(glyph) = glyphs.next() {
            self.extent.add_glyphs(1);
            let place_of = |glyph: &PositionedGlyph<'_>| {
                let transform = props.transform * glyph.transform();
                let mut place = Place::of(glyph, transform, run.writing_mode(), em);
                if is_stretched {
                    place.end = place.start + place.size * advance(glyph) / 1000.0;
                }
                place
            };
            let mut place = place_of(glyph);
            let character = glyphs.peek().and_then(|trail| self.meanings.of_two(glyph, trail));
            let said = match character {
                Some(character) => {
                    place.end = glyphs.next().map_or(place.end, |trail| place_of(trail).end);
                    unicode::read(Some(&character))
                }
                None => self.meanings.of(glyph, &props.paint),
            };
            self.collect(said, &place, invisible);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let pixels = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let place = props.transform.transform_rect_bbox(pixels).intersect(self.page);
        if place.area() > 0.0 {
            self.has_image = true;
            if self.images.len() < IMAGES_MAX {
                self.images.push(place);
            }
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.ruling.collect(path, props.transform, mode);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.extent.push_clip(clip);
    }

    fn push_clip_rect(&mut self, _: &Rect) {
        self.extent.push_rectangle();
    }

    fn begin_marked_content(&mut self, _: &[u8], properties: Option<&Dict<'_>>) {
        let text = properties.filter(|_| self.actual.is_none()).and_then(|properties| {
            let text = properties.get::<PdfString<'_>>("ActualText")?;
            let bytes = Some(text.as_bytes()).filter(|bytes| bytes.len() <= actual_text::BYTES_MAX)?;
            lopdf::decode_text_string(&lopdf::Object::string_literal(bytes)).ok()
        });
        if let Some(text) = text {
            self.actual = Some(ActualText { depth: self.marked_depth, start: self.glyphs.len(), text });
        }
        self.marked_depth = self.marked_depth.saturating_add(1);
    }

    fn end_marked_content(&mut self) {
        self.marked_depth = self.marked_depth.saturating_sub(1);
        if let Some(actual) = self.actual.take_if(|actual| actual.depth >= self.marked_depth) {
            actual_text::replace(&mut self.glyphs, actual.start, &actual.text);
        }
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {
        self.extent.pop_clip();
    }

    fn pop_transparency_group(&mut self) {}
}

/// Where a glyph lies in its reading frame.
struct Place {
    origin: Point,
    direction: Direction,
    start: f64,
    end: f64,
    baseline: f64,
    size: f64,
}

impl Place {
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
    for glyph in run.glyphs() {
        let [a, b, c, d, _, _] = glyph.transform().as_coeffs();
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

/// The grid cell a coordinate falls into.
#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate; far-off glyphs share a cell")]
fn grid(coordinate: f64) -> i64 {
    (coordinate / GRID_POINTS).floor() as i64
}
