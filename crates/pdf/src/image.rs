//! A drawn page as a file: PNG, JPEG, or whichever of them is smaller.
//!
//! Called by [`render`](crate::render()) with the pixels. A page of type and lines is smaller as a PNG, a scanned one
//! several times smaller as a JPEG; `docs/decisions/page-images.md` has the figures. Knows nothing of pages.

use jpeg_encoder::{Encoder as JpegEncoder, SamplingFactor};
use png::{BitDepth, Compression, Encoder as PngEncoder};
use serde::{Deserialize, Serialize};

use crate::error::ReadError;

/// Quality of a JPEG, of 100. 85: at 90 a scan is a third larger, and small type reads no better; below 80 it gets
/// halos.
const JPEG_QUALITY: u8 = 85;

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
    /// Writes them in `format`; none: in the one that makes them smaller.
    pub(crate) fn write(&self, format: Option<ImageFormat>) -> Result<PageImage, ReadError> {
        let grey = self.grey();
        let write = |format| -> Result<PageImage, ReadError> {
            let bytes = match format {
                ImageFormat::Png => self.png(grey.as_deref()),
                ImageFormat::Jpeg => self.jpeg(grey.as_deref()),
            };
            let bytes = bytes
                .map_err(|reason| ReadError::Damaged { reason: format!("its image could not be written: {reason}") })?;
            Ok(PageImage { format, bytes })
        };
        match format {
            Some(format) => write(format),
            None => {
                let (png, jpeg) = (write(ImageFormat::Png)?, write(ImageFormat::Jpeg)?);
                Ok(if jpeg.bytes.len() < png.bytes.len() { jpeg } else { png })
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
