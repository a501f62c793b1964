//! A drawn page as a file: a PNG, or a JPEG where that saves enough to be worth what it blurs.
//!
//! Called by [`render`](crate::render()) with the pixels. A page of type and lines is about as large either way, a scanned
//! one several times smaller as a JPEG; `docs/decisions/page-images.md` has the figures. Knows nothing of pages.

use jpeg_encoder::{Encoder as JpegEncoder, SamplingFactor};
use png::{BitDepth, Compression, Encoder as PngEncoder};
use serde::{Deserialize, Serialize};

use crate::error::ReadError;

/// Quality of a JPEG, of 100. 85: at 90 a scan is a third larger, and small type reads no better; below 80 it gets
/// halos.
const JPEG_QUALITY: u8 = 85;

/// How many times smaller than its PNG a page's JPEG must be to be preferred. 2: pages of type save a fifth at most,
/// scans on paper that isn't quite white four fifths; nothing measured lies between.
const JPEG_GAIN_MIN: usize = 2;

/// A way to write an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageFormat {
    /// Exact.
    Png,
    /// Small where a page is a photograph or a scan.
    Jpeg,
}

impl ImageFormat {
    /// As it is called in a `data:` address.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// A drawn page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageImage {
    /// What `bytes` is.
    pub format: ImageFormat,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Pixels without transparency, three bytes each.
pub(crate) struct Pixels {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) rgb: Vec<u8>,
}

impl Pixels {
    /// Writes them in `format`; none: as PNG, unless a JPEG is [`JPEG_GAIN_MIN`] times smaller.
    pub(crate) fn write(&self, format: Option<ImageFormat>) -> Result<PageImage, ReadError> {
        let grey = self.grey();
        let write = |format| -> Result<PageImage, ReadError> {
            let bytes = match format {
                ImageFormat::Png => self.png(grey.as_deref()),
                ImageFormat::Jpeg => self.jpeg(grey.as_deref()),
            };
            let bytes = bytes.map_err(|reason| ReadError::Damaged {
                reason: format!("its image could not be written: {reason}"),
            })?;
            Ok(PageImage { format, bytes })
        };
        match format {
            Some(format) => write(format),
            None => {
                let (png, jpeg) = (write(ImageFormat::Png)?, write(ImageFormat::Jpeg)?);
                let saves = jpeg.bytes.len().saturating_mul(JPEG_GAIN_MIN) <= png.bytes.len();
                Ok(if saves { jpeg } else { png })
            }
        }
    }

    /// One byte a pixel, where there is no colour: most pages of business.
    fn grey(&self) -> Option<Vec<u8>> {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        pixels.iter().map(|&[red, green, blue]| (red == green && green == blue).then_some(red)).collect()
    }

    fn png(&self, grey: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes, self.width.into(), self.height.into());
        encoder.set_color(if grey.is_some() { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Balanced);
        let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
        writer.write_image_data(grey.unwrap_or(&self.rgb)).map_err(|error| error.to_string())?;
        writer.finish().map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    fn jpeg(&self, grey: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new(&mut bytes, JPEG_QUALITY);
        // Coloured type stays sharp.
        encoder.set_sampling_factor(SamplingFactor::F_1_1);
        encoder.set_optimized_huffman_tables(true);
        let (pixels, colours) = match grey {
            Some(grey) => (grey, jpeg_encoder::ColorType::Luma),
            None => (self.rgb.as_slice(), jpeg_encoder::ColorType::Rgb),
        };
        encoder.encode(pixels, self.width, self.height, colours).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u16 = 200;

    /// A picture of `pixel`, which is given each place.
    fn written(pixel: fn(u32, u32) -> [u8; 3], format: Option<ImageFormat>) -> PageImage {
        let places = (0..u32::from(SIDE)).flat_map(|y| (0..u32::from(SIDE)).map(move |x| (x, y)));
        let rgb = places.flat_map(|(x, y)| pixel(x, y)).collect();
        Pixels { width: SIDE, height: SIDE, rgb }.write(format).unwrap()
    }

    /// Paper as a scanner sees it: never twice the same white.
    fn scanned(x: u32, y: u32) -> [u8; 3] {
        let mixed = (x * 1_000 + y).wrapping_mul(2_654_435_761);
        let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2c1b_3c6d);
        let [red, green, blue, _] = (mixed ^ (mixed >> 12)).to_be_bytes().map(|byte| byte % 16);
        [235 + red, 235 + green, 230 + blue]
    }

    fn typed(x: u32, y: u32) -> [u8; 3] {
        if y % 20 < 10 && (x / 3).is_multiple_of(3) { [0; 3] } else { [255; 3] }
    }

    #[track_caller]
    fn check(pixel: fn(u32, u32) -> [u8; 3], asked: Option<ImageFormat>, expected: ImageFormat) {
        let image = written(pixel, asked);
        let starts_with: &[u8] = match expected {
            ImageFormat::Png => b"\x89PNG\r\n",
            ImageFormat::Jpeg => b"\xff\xd8\xff",
        };
        assert_eq!(image.format, expected);
        assert!(image.bytes.starts_with(starts_with));
    }

    #[test]
    fn a_scan_is_a_jpeg_and_type_is_a_png() {
        check(scanned, None, ImageFormat::Jpeg);
        check(typed, None, ImageFormat::Png);
        check(scanned, Some(ImageFormat::Png), ImageFormat::Png);
        check(typed, Some(ImageFormat::Jpeg), ImageFormat::Jpeg);
    }

    #[test]
    fn a_page_without_colour_is_written_without() {
        let colours = |pixel: fn(u32, u32) -> [u8; 3]| {
            let image = written(pixel, Some(ImageFormat::Png));
            let reader = png::Decoder::new(std::io::Cursor::new(image.bytes)).read_info().unwrap();
            reader.info().color_type
        };
        assert_eq!(colours(typed), png::ColorType::Grayscale);
        assert_eq!(colours(scanned), png::ColorType::Rgb);
    }
}
