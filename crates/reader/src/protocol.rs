//! What the worker and its reading children say to each other over pipes: one hello from a new child, then one reply
//! to each request; each is a frame of a four-byte little-endian length and a `postcard` body. The file follows its
//! request as it is.
//!
//! Used by [`crate::pool`] (asynchronously) and [`crate::child`] (synchronously). Both are the same binary, so
//! the format has no versions. Public because fuzzing speaks it, too; nobody else has a use for it.

use std::io;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, Facts, ImageFormat, Limits, PageImage, ReadError};
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

/// The largest frame either side accepts. A reply is bounded by glyphs × pages; this is the backstop that keeps
/// a child gone wild from filling its worker's memory.
pub const FRAME_BYTES_MAX: u32 = 512 * 1024 * 1024;

/// How large a buffer for frames may be between two documents: ordinary ones are a tenth of it, images far beyond.
pub(crate) const BUFFER_BYTES_MAX: usize = 1024 * 1024;

/// Makes `frame` the frame of `message`. What it held is gone; its room is used again, since growing it to a page's words
/// step by step costs as much as writing them.
pub(crate) fn write_frame(frame: &mut Vec<u8>, message: &impl Serialize) -> io::Result<()> {
    let mut buffer = std::mem::take(frame);
    buffer.clear();
    buffer.shrink_to(BUFFER_BYTES_MAX);
    buffer.extend([0; LENGTH_BYTES]);
    *frame = postcard::serialize_with_flavor(message, Appending(buffer)).map_err(io::Error::other)?;
    let body_bytes = frame.len().saturating_sub(LENGTH_BYTES);
    let length = u32::try_from(body_bytes).map_err(io::Error::other)?.to_le_bytes();
    if let Some(start) = frame.first_chunk_mut() {
        *start = length;
    }
    Ok(())
}

/// Bytes behind those that are there.
struct Appending(Vec<u8>);

impl Flavor for Appending {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// The length before a frame's body.
pub(crate) const LENGTH_BYTES: usize = size_of::<u32>();

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
