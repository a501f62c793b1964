//! Reads one page: interprets it, drops what nobody is meant to see, and forms lines.
//!
//! Called by [`read`](crate::read) for each selected page.

use hayro::hayro_interpret::util::TransformExt;
use hayro::hayro_interpret::{Context, InterpreterCache, InterpreterSettings, interpret_page};
use hayro::hayro_syntax::object::dict::keys::CONTENTS;
use hayro::hayro_syntax::page::Page as SourcePage;
use hayro::kurbo::{Affine, Point, Rect, Vec2};

use crate::appearances;
use crate::error::ReadError;
use crate::extent::Extent;
use crate::fonts::Fonts;
use crate::glyphs::Collector;
use crate::limits::Limits;
use crate::lines;
use crate::model::{Page, ReadWarning};
use crate::words::{self, PlacedWord};

/// A page is a scan if images cover at least this share of it.
const SCAN_COVER_MIN: f64 = 0.5;
/// An OCR layer holds at least this share of a scanned page's glyphs; a stamp or page number may be visible beside
/// it. Where more is visible, the page is a designed one on a background image, and its invisible text suspect.
const OCR_SHARE_MIN: f64 = 0.5;

/// What became of one page.
pub(crate) struct PageRead {
    /// The page, if it could be read.
    pub(crate) page: Option<Page>,
    pub(crate) warning: Option<ReadWarning>,
}

/// Reads `source` as page `number`. To be called within [`guarded`](crate::guard::guarded): where it draws more than the
/// limits allow, reading stops.
pub(crate) fn read<'a>(
    source: &'a SourcePage<'a>,
    number: u32,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
    fonts: &mut Fonts<'_>,
    has_clear_paint: bool,
    limits: &Limits,
) -> Result<PageRead, ReadError> {
    if source.raw().contains_key(CONTENTS) && source.page_stream().is_none() {
        let reason = "its content can't be decoded".to_owned();
        return Ok(PageRead {
            page: None,
            warning: Some(ReadWarning::PageUnreadable { page: number, reason }),
        });
    }
    let (width, height) = source.render_dimensions();
    let mut collector = Collector::new(source, fonts, has_clear_paint, Extent::new(number, limits));
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = source.initial_transform(true).to_kurbo() * Affine::translate(beside_crop_box(source));
    let mut context = Context::new(transform, area, cache, source.xref(), settings.clone());
    interpret_page(source, &mut context, &mut collector);
    let drawn =
        appearances::append(source, area, transform, limits.glyphs_per_page_max, &mut collector.glyphs);
    collector.extent.add_glyphs(drawn);
    let words = words::form(&collector.glyphs);
    let (words, hidden_words, is_ocr_layer) = drop_hidden(words, &collector.images, area);
    let page = Page {
        number,
        width,
        height,
        glyphs: words.iter().map(|word| word.glyphs).fold(0, u32::saturating_add),
        glyphs_unmapped: words.iter().map(|word| word.glyphs_unmapped).fold(0, u32::saturating_add),
        lines: lines::form(words),
        has_image: collector.has_image,
        rules: collector.ruling.finish(),
        is_ocr_layer,
    };
    let warning =
        (hidden_words > 0).then_some(ReadWarning::HiddenTextDropped { page: number, words: hidden_words });
    Ok(PageRead { page: Some(page), warning })
}

/// How far a page's content has to be moved to be seen where its crop box shows nothing of it: viewers don't crop then.
fn beside_crop_box(source: &SourcePage<'_>) -> Vec2 {
    let (media, crop) = (source.media_box(), source.intersected_crop_box());
    let is_seen = crop.width() > 0.0 && crop.height() > 0.0;
    if is_seen { Vec2::ZERO } else { Vec2::new(crop.x0 - media.x0, crop.y0 - media.y0) }
}

/// Drops hidden words, unless they are an OCR layer: then those over an image stay.
///
/// Gives the words kept, how many were dropped, and whether there is an OCR layer.
fn drop_hidden(words: Vec<PlacedWord>, images: &[Rect], page: Rect) -> (Vec<PlacedWord>, u32, bool) {
    let glyphs = |hidden: bool| -> f64 {
        words.iter().filter(|word| word.hidden == hidden).map(|word| f64::from(word.glyphs)).sum()
    };
    let (hidden, visible) = (glyphs(true), glyphs(false));
    let cover: f64 = images.iter().map(Rect::area).sum();
    let is_scan = cover >= SCAN_COVER_MIN * page.area();
    let is_ocr_layer = is_scan && hidden > 0.0 && hidden >= OCR_SHARE_MIN * (hidden + visible);
    let mut dropped = 0_u32;
    let mut kept = Vec::with_capacity(words.len());
    for word in words {
        if !word.hidden || (is_ocr_layer && images.iter().any(|image| image.contains(center(&word)))) {
            kept.push(word);
        } else {
            dropped = dropped.saturating_add(1);
        }
    }
    (kept, dropped, is_ocr_layer)
}

fn center(word: &PlacedWord) -> Point {
    let (x0, x1) = (f64::from(word.bounds.x0), f64::from(word.bounds.x1));
    let (y0, y1) = (f64::from(word.bounds.y0), f64::from(word.bounds.y1));
    Point::new(f64::midpoint(x0, x1), f64::midpoint(y0, y1))
}
