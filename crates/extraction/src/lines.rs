//! The lines of a document, each a whole row of its page, numbered as models and people are shown them.
//!
//! Used by [`plan`](crate::plan) to write chunks and by [`ground`](crate::ground) to find values, so that a number
//! means the same line in both.

use std::borrow::Cow;

use docmill_pdf::{Document, Line};

/// A line with its place in the document.
#[derive(Debug, Clone)]
pub(crate) struct Numbered<'a> {
    /// Counts the lines of all pages with usable text, from 1.
    pub(crate) number: u32,
    /// The page's number in the file, from 1.
    pub(crate) page: u32,
    /// Whether the page's text was written by OCR.
    pub(crate) is_ocr_layer: bool,
    /// The line.
    pub(crate) line: Cow<'a, Line>,
}

/// The lines of the pages whose text can be relied on.
pub(crate) fn numbered(document: &Document) -> impl Iterator<Item = Numbered<'_>> {
    let pages = document.pages.iter().filter(|page| page.has_usable_text());
    let lines = pages.flat_map(|page| page.rows().into_iter().map(move |line| (page, line)));
    (1..).zip(lines).map(|(number, (page, line))| Numbered {
        number,
        page: page.number,
        is_ocr_layer: page.is_ocr_layer,
        line,
    })
}
