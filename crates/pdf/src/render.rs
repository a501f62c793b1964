//! Draws a page, for a model that looks at pages whose text can't be read.

use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use crate::error::ReadError;
use crate::extent;
use crate::fallback_font::FallbackFont;
use crate::image::{ImageFormat, PageImage, Pixels};
use crate::limits::Limits;

/// The renderer counts pixels of a side in 16 bits.
const SIDE_PIXELS_MAX: u32 = 65_535;

/// How a page is drawn.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// Pixels of the image's longest side, at most 65,535.
    pub longest_side_pixels: u32,
    /// How the image is written; none: as JPEG where that is several times smaller, as PNG where it isn't.
    pub format: Option<ImageFormat>,
    /// What text is drawn with that brings no font of its own; none: what comes with the renderer, which is Latin.
    pub fallback_font: Option<FallbackFont>,
}

/// Draws `page` on white.
///
/// To be called within [`guarded`](crate::guard::guarded): where it would draw too much, it stops.
pub(crate) fn draw<'a>(
    page: &'a Page<'a>,
    number: u32,
    drawing: &Drawing,
    limits: &Limits,
) -> Result<PageImage, ReadError> {
    let longest = f64::from(drawing.longest_side_pixels.clamp(1, SIDE_PIXELS_MAX));
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width), f64::from(height));
    // The renderer cuts fractions off, hence half a pixel more; and a sliver still needs one pixel across.
    let scale = |side: f64| ((longest + 0.5) / width.max(height)).max(1.0 / side);
    let (x_scale, y_scale) = (scale(width), scale(height));
    let pixels = whole(width * x_scale).saturating_mul(whole(height * y_scale));
    if pixels > limits.image_pixels_max {
        return Err(ReadError::LimitExceeded {
            limit: "image_pixels_max".to_owned(),
            what: "pixels in the page's image".to_owned(),
            found: pixels,
            max: limits.image_pixels_max,
        });
    }
    let settings = PixmapSettings {
        x_scale: crate::direction::narrow(x_scale),
        y_scale: crate::direction::narrow(y_scale),
        bg_color: WHITE,
    };
    extent::rehearse(page, number, limits);
    let cache = RenderCache::new();
    let interpretation = FallbackFont::settings(drawing.fallback_font.as_ref());
    let pixmap = hayro::render(page, &cache, &interpretation, &RenderSettings::default(), &settings);
    // On white nothing shines through, so that the alpha of every pixel is full and says nothing.
    let rgb = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
    Pixels { width: pixmap.width(), height: pixmap.height(), rgb }.write(drawing.format)
}

/// A count of pixels, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sides are positive, and casts of floats saturate"
)]
fn whole(pixels: f64) -> u64 {
    pixels.ceil() as u64
}
