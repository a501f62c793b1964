//! How much of a PDF is read before it is refused, in one place.
//!
//! A worker builds [`Limits`] from its configuration and hands it to [`read`](crate::read), [`facts`](crate::facts())
//! and [`render_png`](crate::render_png). This crate has no clock and can't see the memory it takes: of all limits,
//! [`Limits::time_max`] alone is kept by whoever runs it (`docmill-reader`, which stops the process), and memory is
//! bounded there, too, as the address space of that process.

use std::time::Duration;

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
    /// Decompressed bytes of everything the pages that are read are made of: content, forms, fonts, their maps of
    /// characters; images where pages are drawn. 1 GiB: 2,000 pages of dense tables have half of it.
    pub decompressed_bytes_max: u64,
    /// The same of one page, which is in memory at once. 256 MiB: two scans in colour of A4 at 600 dpi.
    pub page_decompressed_bytes_max: u64,
    /// Decompressed bytes of one stream of the file's structure (tables of objects). 64 MiB: a million objects.
    pub structure_stream_bytes_max: u64,
    /// How many forms (pictures that pages are put together from) are drawn within one another. 20: real ones come to
    /// five, and each takes its share of a stack of 7 MiB. The parser's own bounds lie above: it draws nothing below 50, and reads no array or dictionary more than
    /// 512 deep; page trees cost it no depth.
    pub nesting_max: u32,
    /// Forms drawn on one page, each as often as it is drawn: twenty that draw each other ten times make more than there
    /// are atoms in a page. 100,000: a map with a symbol for every house has 10,000.
    pub forms_per_page_max: u32,
    /// Characters drawn on one page. 100,000: a page of the densest table has 20,000.
    pub glyphs_per_page_max: u32,
    /// Decompressed bytes of all embedded files together. 16 MiB: the XML of an invoice with 10,000 lines.
    pub embedded_bytes_max: u64,
    /// Embedded files that are read; the others are dropped with a warning. 100: an invoice carries one to three.
    pub embedded_files_max: u32,
    /// Pixels of one rendered page. 20 million: A4 at 440 dpi, 80 MB while it is being drawn. What the images on it
    /// have themselves counts as decompressed bytes.
    pub image_pixels_max: u64,
    /// Wall-clock time for one document; its processor time has the same bound. One minute: pages take milliseconds.
    /// Kept by the process that runs this crate.
    pub time_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes_max: 64 * 1024 * 1024,
            pages_max: 2_000,
            objects_max: 1_000_000,
            decompressed_bytes_max: 1024 * 1024 * 1024,
            page_decompressed_bytes_max: 256 * 1024 * 1024,
            structure_stream_bytes_max: 64 * 1024 * 1024,
            nesting_max: 20,
            forms_per_page_max: 100_000,
            glyphs_per_page_max: 100_000,
            embedded_bytes_max: 16 * 1024 * 1024,
            embedded_files_max: 100,
            image_pixels_max: 20_000_000,
            time_max: Duration::from_mins(1),
        }
    }
}
