//! Collects what a page draws: every glyph with its Unicode and place, and where images lie.
//!
//! This is the only module that sees the interpreter's drawing calls. It decides nothing about words; it removes
//! glyphs that are drawn twice in one place, since that is how many programs make text bold.

use compact_str::CompactString;
use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};
use hayro::hayro_syntax::object::{Dict, String as PdfString};
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{BezPath, Rect};

use crate::actual_text;
use crate::direction::Direction;
use crate::extent::Extent;
use crate::fonts::Fonts;
use crate::meanings::Meanings;
use crate::model::Bounds;
use crate::overprints::Overprints;
use crate::place::{ASCENT, DESCENT, Place, Setting};
use crate::rules::Ruling;
use crate::unicode::{self, GlyphText};

/// Images remembered per page; enough to cover a page with strips, and a bound.
const IMAGES_MAX: usize = 1_000;
/// Glyphs a page has room for from the start: most have fewer.
const GLYPHS_EXPECTED: usize = 4_096;
/// What stands for a soft hyphen that people see as a dash.
const HYPHEN: CompactString = CompactString::const_new("-");
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
    overprints: Overprints,
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
            glyphs: Vec::with_capacity(GLYPHS_EXPECTED),
            images: Vec::new(),
            has_image: false,
            ruling: Ruling::new(page),
            run: 0,
            marked_depth: 0,
            actual: None,
            overprints: Overprints::default(),
        }
    }

    /// Whether the last glyph is a figure that this place goes on from: "1–12" must not become 112.
    fn is_behind_figure(&self, place: &Place) -> bool {
        self.glyphs.last().is_some_and(|last| {
            let is_figure =
                last.text.as_deref().is_some_and(|text| text.ends_with(|last: char| last.is_ascii_digit()));
            is_figure
                && last.direction == place.direction
                && (last.baseline - place.baseline).abs() < DESCENT * last.size
        })
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
            GlyphText::SoftHyphen if self.is_behind_figure(place) => (Some(HYPHEN), true),
            GlyphText::Nothing | GlyphText::SoftHyphen => return self.bridge(place),
            GlyphText::Space => (None, true),
            GlyphText::Text(text) => (Some(text), true),
            GlyphText::Unmapped => (Some(UNMAPPED), false),
        };
        let bounds = place.bounds();
        let mut is_overprint =
            |text: &CompactString| self.overprints.has(text, place.origin, place.size, self.run);
        if !place.is_finite() || text.as_ref().is_some_and(&mut is_overprint) {
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
        let setting = Setting::of(run);
        let mut glyphs = run.glyphs().iter().peekable();
        while let Some(glyph) = glyphs.next() {
            self.extent.add_glyphs(1);
            let mut place = setting.place(glyph, props.transform);
            let character = glyphs.peek().and_then(|trail| self.meanings.of_two(glyph, trail));
            let said = match character {
                Some(character) => {
                    place.end =
                        glyphs.next().map_or(place.end, |trail| setting.place(trail, props.transform).end);
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
