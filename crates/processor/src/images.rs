//! Images of pages that a model has to look at, drawn when a question needs them.
//!
//! Made by `job` for one document; read by `ask`. A scan of hundreds of pages is never in memory as a whole: only the
//! images of the questions that are being asked.

use bytes::Bytes;
use docmill_contract::job::Vision;
use docmill_pdf::Document;

use crate::error::JobError;
use crate::llm::Image;
use crate::reader::Readers;

/// Page images that go with one question; more would fill any model's context.
pub(crate) const IMAGES_MAX: usize = 8;

/// Pixels of a page image's longest side: models scale larger ones down.
const IMAGE_LONGEST_SIDE_PIXELS: u32 = 1_568;

/// Where a document's images come from, and which are needed.
#[derive(Debug)]
pub(crate) struct PageImages<'a> {
    readers: &'a Readers,
    bytes: Bytes,
    password: Option<String>,
    /// Pages without usable text that are to be looked at.
    pub(crate) without_text: Vec<u32>,
    /// Whether pages with text are to be looked at too.
    pub(crate) with_text: bool,
}

impl<'a> PageImages<'a> {
    /// What of a document is to be looked at by a model that takes images, if it does (`is_seen`).
    ///
    /// # Errors
    /// [`JobError::NoText`] where nothing can be read and nothing be looked at.
    pub(crate) fn new(
        readers: &'a Readers,
        bytes: Bytes,
        password: Option<String>,
        document: &Document,
        vision: Vision,
        is_seen: bool,
    ) -> Result<Self, JobError> {
        let is_seen = is_seen && vision != Vision::Never;
        let pages = document.pages.iter().filter(|page| !page.has_usable_text());
        let without_text: Vec<u32> = pages.map(|page| page.number).collect();
        if without_text.len() == document.pages.len() && !is_seen {
            return Err(JobError::NoText { pages: u32::try_from(document.pages.len()).unwrap_or(u32::MAX) });
        }
        let without_text = if is_seen { without_text } else { Vec::new() };
        let with_text = is_seen && vision == Vision::Always;
        // While the model thinks, a file that nothing more is drawn of is memory.
        let bytes = if with_text || !without_text.is_empty() { bytes } else { Bytes::new() };
        Ok(Self { readers, bytes, password, without_text, with_text })
    }

    /// The images of these pages.
    pub(crate) async fn of(&self, pages: &[u32]) -> Result<Vec<Image>, JobError> {
        if pages.is_empty() {
            return Ok(Vec::new());
        }
        let (bytes, password) = (self.bytes.clone(), self.password.clone());
        let drawn =
            self.readers.render(bytes, password, pages.to_vec(), IMAGE_LONGEST_SIDE_PIXELS, None).await?;
        Ok(drawn.into_iter().map(Image).collect())
    }
}
