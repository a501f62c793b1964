//! Whether a glyph leaves no ink. What nobody can read, but nobody sees either, is a space.
//!
//! Called by the glyph collector for glyphs without a meaning; many programs leave spaces out of their fonts' maps.

use std::collections::HashMap;

use hayro::hayro_interpret::font::{GlyphRun, OutlineGlyph, Type3Glyph};
use hayro::hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};
use hayro::kurbo::{Affine, BezPath};

/// Glyphs looked at in one file; each is drawn once. Further ones are taken to have ink.
const GLYPHS_MAX: usize = 2_000;

/// Which glyphs of a file are blank, as far as it was asked for.
#[derive(Default)]
pub(crate) struct Blanks {
    known: HashMap<u128, bool>,
}

impl Blanks {
    /// Whether an outline is empty. Only that of an embedded font is the one that people see.
    pub(crate) fn has_outline(&mut self, glyph: &OutlineGlyph) -> bool {
        self.is_blank(glyph.identifier().cache_key(), || glyph.outline().is_empty())
    }

    /// Whether a glyph that the file draws itself draws nothing.
    pub(crate) fn has_drawn<'a>(&mut self, glyph: &Type3Glyph<'a>, paint: &Paint<'a>) -> bool {
        self.is_blank(glyph.cache_key(), || {
            let mut ink = Ink { is_seen: false };
            glyph.interpret(&mut ink, Affine::IDENTITY, Affine::IDENTITY, paint);
            !ink.is_seen
        })
    }

    fn is_blank(&mut self, key: u128, look: impl FnOnce() -> bool) -> bool {
        if self.known.len() >= GLYPHS_MAX {
            return self.known.get(&key).copied().unwrap_or(false);
        }
        *self.known.entry(key).or_insert_with(look)
    }
}

/// Notices that something is drawn.
struct Ink {
    is_seen: bool,
}

impl<'a> Device<'a> for Ink {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.is_seen = true;
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {
        self.is_seen = true;
    }

    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.is_seen = true;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
