//! What the worker and its reading children say to each other over pipes: one hello from a new child, then one reply
//! to each request; each is a frame of a four-byte little-endian length and a `postcard` body. The file follows its
//! request as it is.
//!
//! Used by [`crate::pool`] (asynchronously) and [`crate::child`] (synchronously). Both are the same binary, so
//! the format has no versions. Public because fuzzing speaks it, too; nobody else has a use for it.

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, Facts, ImageFormat, Limits, PageImage, ReadError};
use serde::{Deserialize, Serialize};

/// The largest frame either side accepts. A reply is bounded by glyphs × pages; this is the backstop that keeps
/// a child gone wild from filling its worker's memory.
pub const FRAME_BYTES_MAX: u32 = 512 * 1024 * 1024;

/// What a child says first, when it has limited itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello {
    /// What the kernel didn't let it give up, each with why; empty where all is well.
    pub not_confined: Vec<String>,
    /// Why it has no font to fall back to, though it was told of one.
    pub font_unreadable: Option<String>,
}

/// What a child is asked.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// The size of the PDF that follows.
    pub file_bytes: u32,
    /// Opens an encrypted PDF.
    pub password: Option<String>,
    /// What the reader refuses.
    pub limits: Limits,
    /// Processor seconds this document may use.
    pub cpu_seconds_max: u64,
    /// What to do with it.
    pub task: Task,
}

/// What to do with a PDF.
#[derive(Debug, Serialize, Deserialize)]
pub enum Task {
    /// Read these pages.
    Read(PageSelection),
    /// Read these pages, and what the file says about itself: both of one file that is sent and held once.
    Inspect(PageSelection),
    /// Draw these pages.
    Render {
        /// Page numbers, from 1.
        pages: Vec<u32>,
        /// Pixels of an image's longest side.
        longest_side_pixels: u32,
        /// How images are written; none: each as suits it.
        format: Option<ImageFormat>,
    },
}

/// What a child answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The pages that were read.
    Document(Box<Document>),
    /// The pages, and what the file says about itself, if it can be found.
    Inspection(Box<Document>, Result<Box<Facts>, ReadError>),
    /// Images in the order of the request.
    Images(Vec<PageImage>),
    /// The document can't be read.
    Refused(ReadError),
}

#[cfg(test)]
mod tests;
