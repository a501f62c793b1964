//! Turns a page into what a scanner makes of it: an image, a little crooked and grey, and no text.
//!
//! Called by the samples. The page is drawn by the same renderer that the workers use for vision.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf as RenderedPdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use crate::pdf::{Page, Pdf, Picture};

/// Why a page can't be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The renderer doesn't open the file, or it has no page.
    #[error("the PDF to scan has no page that can be drawn")]
    NothingToDraw,
    /// The image can't be compressed.
    #[error("the scanned image could not be compressed")]
    Compress(#[source] lopdf::Error),
}

/// Pixels of an inch, as an office scanner is set.
const DPI: f32 = 120.0;
/// How far the sheet lay crooked: 0.3°.
const SLOPE: f64 = 0.005_236;
/// Shades of grey, 4 bits: text stays smooth, the file small.
const BITS: u8 = 4;
/// The shade of the paper and the darkest ink, of 15.
const PAPER: f64 = 14.0;
const INK: f64 = 1.5;

/// The first page of `document` as a scan.
///
/// # Errors
/// [`ScanError`] where it can't be drawn or compressed.
pub fn scan(document: &Pdf) -> Result<Pdf, ScanError> {
    let rendered = RenderedPdf::new(Arc::new(document.write())).map_err(|_| ScanError::NothingToDraw)?;
    let page = rendered.pages().first().ok_or(ScanError::NothingToDraw)?;
    let scale = DPI / 72.0;
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &settings,
    );
    let (width, height) = (usize::from(pixmap.width()), usize::from(pixmap.height()));
    let shades: Vec<u8> = pixmap.data_as_u8_slice().chunks_exact(4).map(luminance).collect();
    let rows = crooked(&shades, width, height);
    let mut stream = lopdf::Stream::new(lopdf::Dictionary::new(), rows);
    stream.compress().map_err(ScanError::Compress)?;
    let mut page = Page::default();
    page.picture(Picture {
        width: u32::from(pixmap.width()),
        height: u32::from(pixmap.height()),
        bits: BITS,
        compressed: stream.content,
    });
    Ok(Pdf {
        title: "Scan".to_owned(),
        author: "Office scanner".to_owned(),
        day: document.day.clone(),
        pages: vec![page],
        attachment: None,
    })
}

/// The brightness of a pixel of red, green, blue and opacity.
fn luminance(pixel: &[u8]) -> u8 {
    let [red, green, blue, ..] = pixel else { return u8::MAX };
    let sum = u32::from(*red) * 299 + u32::from(*green) * 587 + u32::from(*blue) * 114;
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}

/// The image turned by [`SLOPE`] around its middle, with two pixels in a byte.
fn crooked(shades: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (columns, rows) = (whole(width), whole(height));
    let shade_at = |x: i64, y: i64| -> f64 {
        let inside = x >= 0 && y >= 0 && x < columns && y < rows;
        let index = usize::try_from(y * columns + x).ok().filter(|_| inside);
        f64::from(index.and_then(|index| shades.get(index)).copied().unwrap_or(u8::MAX))
    };
    let middle = (real(columns) / 2.0, real(rows) / 2.0);
    let mut packed = Vec::with_capacity(width.div_ceil(2) * height);
    for y in 0..rows {
        let mut pair = None;
        for x in 0..columns {
            let (dx, dy) = (real(x) - middle.0, real(y) - middle.1);
            let (from_x, from_y) = (middle.0 + dx + dy * SLOPE, middle.1 + dy - dx * SLOPE);
            let (left, top) = (from_x.floor(), from_y.floor());
            let (right_share, lower_share) = (from_x - left, from_y - top);
            let (left, top) = (floor(left), floor(top));
            let upper = shade_at(left, top) * (1.0 - right_share) + shade_at(left + 1, top) * right_share;
            let lower =
                shade_at(left, top + 1) * (1.0 - right_share) + shade_at(left + 1, top + 1) * right_share;
            let shade = upper * (1.0 - lower_share) + lower * lower_share;
            let level = nibble(INK + shade / 255.0 * (PAPER - INK));
            match pair.take() {
                None => pair = Some(level),
                Some(high) => packed.push(high << 4 | level),
            }
        }
        packed.extend(pair.map(|high| high << 4));
    }
    packed
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A pixel's place as a real number.
fn real(place: i64) -> f64 {
    f64::from(i32::try_from(place).unwrap_or(i32::MAX))
}

#[expect(clippy::cast_possible_truncation, reason = "a place inside an image, and casts of floats saturate")]
fn floor(place: f64) -> i64 {
    place as i64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a shade between 0 and 15, and casts of floats saturate"
)]
fn nibble(shade: f64) -> u8 {
    (shade.round() as u8).min(15)
}
