//! How much of a PDF is read before it is refused, in one place.
//!
//! A worker builds [`Limits`] from its configuration and hands it to [`read`](crate::read) and
//! [`render_png`](crate::render_png). Time and memory are not limited here: the process that reads is.

use serde::{Deserialize, Serialize};

/// The most a document may ask for. Every field has a default with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of the whole file. 64 MiB: a business document of a thousand scanned pages.
    pub document_bytes_max: u64,
    /// Pages read from one file (those selected, where not all are). 2,000: more is an archive, not a document.
    pub pages_max: u32,
    /// Objects in the file. 1,000,000: real files have some dozen a page, and every one costs memory.
    pub objects_max: u64,
    /// Characters drawn on one page. 100,000: a page of the densest table has 20,000.
    pub glyphs_per_page_max: u32,
    /// Decompressed bytes of all embedded files together. 16 MiB: the XML of an invoice with 10,000 lines.
    pub embedded_bytes_max: u64,
    /// Embedded files that are read; the others are dropped with a warning. 100: an invoice carries one to three.
    pub embedded_files_max: u32,
    /// Decompressed bytes of one stream of the file's structure (tables of objects). 64 MiB: a million objects.
    pub structure_stream_bytes_max: u64,
    /// Pixels of one rendered page. 20 million: A4 at 440 dpi, 80 MB while it is being drawn.
    pub image_pixels_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes_max: 64 * 1024 * 1024,
            pages_max: 2_000,
            objects_max: 1_000_000,
            glyphs_per_page_max: 100_000,
            embedded_bytes_max: 16 * 1024 * 1024,
            embedded_files_max: 100,
            structure_stream_bytes_max: 64 * 1024 * 1024,
            image_pixels_max: 20_000_000,
        }
    }
}
