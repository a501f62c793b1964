//! How much a page draws, counted while it is drawn, and stopped where it is too much.
//!
//! Kept by the glyph collector while a page is read, and by [`rehearse`] before one is drawn as an image, whose renderer
//! can't be asked to count. A form can be drawn a million times by a file of a kilobyte, so it is the drawing that has to
//! be counted, not the file.

use std::collections::HashSet;

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::pattern::Pattern;
use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, Paint, SoftMask, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Rect};

use crate::decompression;
use crate::error::ReadError;
use crate::guard;
use crate::image_header;
use crate::limits::Limits;

/// The path around a form: four corners and the way back.
const FORM_CLIP_ELEMENTS: usize = 5;

/// What was drawn of one page so far.
pub(crate) struct Extent<'l> {
    page: u32,
    limits: &'l Limits,
    glyphs: u64,
    forms: u64,
    /// The clips that apply, and whether each is a form's.
    clips: Vec<bool>,
    nesting: u32,
}

impl<'l> Extent<'l> {
    /// Nothing of page `page`.
    pub(crate) fn new(page: u32, limits: &'l Limits) -> Self {
        Self { page, limits, glyphs: 0, forms: 0, clips: Vec::new(), nesting: 0 }
    }

    /// More glyphs.
    pub(crate) fn add_glyphs(&mut self, count: u64) {
        self.glyphs = self.glyphs.saturating_add(count);
        self.hold(
            "glyphs_per_page_max",
            "characters",
            self.glyphs,
            u64::from(self.limits.glyphs_per_page_max),
        );
    }

    /// A clip more. Every form is clipped to its box, and its box is always given as a path; other rectangles come as
    /// such, to [`Self::push_rectangle`]. What else has four corners is taken for a form: few files have as many.
    pub(crate) fn push_clip(&mut self, clip: &ClipPath) {
        let is_form = clip.path.elements().len() == FORM_CLIP_ELEMENTS;
        self.clips.push(is_form);
        if is_form {
            self.enter();
        }
    }

    /// A form begins, or what is drawn like one: a pattern, a mask, a drawn glyph.
    fn enter(&mut self) {
        self.forms = self.forms.saturating_add(1);
        self.nesting = self.nesting.saturating_add(1);
        self.hold("forms_per_page_max", "forms", self.forms, u64::from(self.limits.forms_per_page_max));
        let nesting_max = u64::from(self.limits.nesting_max);
        self.hold("nesting_max", "forms within one another", u64::from(self.nesting), nesting_max);
    }

    /// It ends.
    fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
    }

    /// A rectangular clip that is no form's.
    pub(crate) fn push_rectangle(&mut self) {
        self.clips.push(false);
    }

    /// The newest clip ends.
    pub(crate) fn pop_clip(&mut self) {
        if self.clips.pop() == Some(true) {
            self.leave();
        }
    }

    #[inline]
    fn hold(&self, limit: &str, what: &str, found: u64, max: u64) {
        if found > max {
            let (limit, what) = (limit.to_owned(), format!("{what} on page {}", self.page));
            guard::stop(ReadError::LimitExceeded { limit, what, found, max });
        }
    }
}

/// Interprets a page without drawing it, for what it would draw; to be called within [`guard::guarded`].
pub(crate) fn rehearse<'a>(page: &'a Page<'a>, number: u32, limits: &Limits) {
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let cache = InterpreterCache::new();
    let mut context = Context::new(transform, area, &cache, page.xref(), InterpreterSettings::default());
    let mut rehearsal =
        Rehearsal { extent: Extent::new(number, limits), images: HashSet::new(), image_bytes: 0 };
    interpret_page(page, &mut context, &mut rehearsal);
}

/// Draws nothing and counts everything.
struct Rehearsal<'l> {
    extent: Extent<'l>,
    images: HashSet<u128>,
    image_bytes: u64,
}

impl Rehearsal<'_> {
    /// Draws what is a drawing itself.
    fn within(&mut self, draw: impl FnOnce(&mut Self)) {
        self.extent.enter();
        draw(self);
        self.extent.leave();
    }

    /// What is painted with may be such a drawing, with paint of its own.
    fn paint(&mut self, paint: &Paint<'_>, mask: Option<&SoftMask<'_>>) {
        if let Paint::Pattern(pattern) = paint
            && let Pattern::Tiling(tile) = &**pattern
        {
            self.within(|rehearsal| {
                tile.interpret(rehearsal, Affine::IDENTITY, false);
            });
        }
        if let Some(mask) = mask {
            self.within(|rehearsal| mask.interpret(rehearsal));
        }
    }
}

impl<'a> Device<'a> for Rehearsal<'_> {
    fn draw_path(&mut self, _: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.paint(&props.paint, props.soft_mask.as_ref());
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.extent.push_clip(clip);
    }

    fn push_clip_rect(&mut self, _: &Rect) {
        self.extent.push_rectangle();
    }

    fn pop_clip(&mut self) {
        self.extent.pop_clip();
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.paint(&props.paint, props.soft_mask.as_ref());
        for glyph in run.glyphs() {
            self.extent.add_glyphs(1);
            if let Glyph::Type3(drawing) = &**glyph {
                self.within(|rehearsal| {
                    drawing.interpret(rehearsal, props.transform, glyph.transform(), &props.paint);
                });
            }
        }
    }

    /// Images come decoded by what they claim to be, those within the content as well, which no survey sees.
    fn draw_image(&mut self, image: Image<'a, '_>, _: ImageDrawProps<'a>) {
        if self.images.insert(image.cache_key()) {
            let stream = match &image {
                Image::Stencil(image) => image.stream(),
                Image::Raster(image) => image.stream(),
            };
            let bytes = |(width, height)| decompression::image_bytes(stream.dict(), width, height);
            let stated = bytes((image.width(), image.height()));
            // Data that is compressed twice is too rare to be unpacked for its header.
            let filter = stream.filters().first().copied();
            let own =
                filter.and_then(|filter| image_header::size(filter, &stream.raw_data())).map_or(0, bytes);
            self.image_bytes = self.image_bytes.saturating_add(stated.max(own));
            let max = self.extent.limits.page_decompressed_bytes_max;
            self.extent.hold("page_decompressed_bytes_max", "bytes of images", self.image_bytes, max);
        }
    }

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        if let Some(mask) = mask {
            self.within(|rehearsal| mask.interpret(rehearsal));
        }
    }

    fn pop_transparency_group(&mut self) {}
}
