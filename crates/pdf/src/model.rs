//! What reading a PDF yields: pages, lines and words with their boxes, and the files embedded in it.
//!
//! Made by [`read`](crate::read), sent from the reading child process to its worker (so every type here keeps
//! to what a binary serde format can carry), and used by extraction to build prompts and to prove values.
//! It holds no PDF library's types and knows nothing of how a page was read.

mod bounds;
mod row;
mod table;
mod words_sent;

use std::fmt;
use std::ops::Range;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

pub use bounds::Bounds;
pub use table::*;

use crate::facts::FormField;

/// Unmapped glyphs from this percentage on make a page's text unusable: it has to be looked at as an image instead.
///
/// A form with check marks and bullets from a symbol font stays below it, a page in a font without a Unicode
/// map lies far above it.
pub const UNMAPPED_PERCENT_MAX: u32 = 30;

/// A gap between two words of a line wider than this many font sizes starts a new cell.
///
/// A justified line rarely stretches its spaces past half a font size; columns of a table are rarely closer.
pub const CELL_GAP_FONT_SIZES: f32 = 1.0;

/// A PDF as read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// How many pages the file has, read or not.
    pub pages_in_file: u32,
    /// The pages that were asked for and could be read, ascending by number.
    pub pages: Vec<Page>,
    /// Files carried inside the PDF, such as the XML of an electronic invoice.
    pub embedded_files: Vec<EmbeddedFile>,
    /// The fields of the document's form, filled in or not, in the form's order.
    pub form_fields: Vec<FormField>,
    /// What was left out or mended on the way.
    pub warnings: Vec<ReadWarning>,
}

/// One page's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The page's place in the file, from 1.
    pub number: u32,
    /// Width in points, after the page's rotation.
    pub width: f32,
    /// Height in points, after the page's rotation.
    pub height: f32,
    /// Lines in reading order: as they are drawn, unless their places contradict it; side-by-side columns of running
    /// text one after the other, turned text last.
    pub lines: Vec<Line>,
    /// How many characters the lines were made of, without spaces, mapped to Unicode or not.
    pub glyphs: u32,
    /// How many of them have no Unicode; each reads U+FFFD in the words.
    pub glyphs_unmapped: u32,
    /// Whether the page draws a raster image.
    pub has_image: bool,
    /// Whether the text is an invisible layer over a scanned image, written by OCR.
    pub is_ocr_layer: bool,
    /// The ruling lines drawn on the page, top to bottom.
    pub rules: Vec<Rule>,
}

impl Page {
    /// Whether the text can be relied on: there is some, and under [`UNMAPPED_PERCENT_MAX`] of it is unmapped.
    pub fn has_usable_text(&self) -> bool {
        if self.glyphs <= self.glyphs_unmapped {
            return false;
        }
        u64::from(self.glyphs_unmapped) * 100 < u64::from(self.glyphs) * u64::from(UNMAPPED_PERCENT_MAX)
    }
}

/// A straight line drawn across or down the page, as between the cells of a table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The box it fills; its short side is its thickness.
    pub bounds: Bounds,
}

/// Words that share a baseline and a direction, and are read together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The words in reading order; never empty.
    #[serde(with = "words_sent")]
    pub words: Vec<Word>,
    /// The box around all words.
    pub bounds: Bounds,
    /// The size, in points, of the font most of the line is set in.
    pub font_size: f32,
    /// Which of the page's rows it is part of, from 0, from top to bottom: what stands beside it on its baseline has
    /// the same, though it may be read elsewhere.
    pub row: u32,
}

impl Line {
    /// The words joined by one space.
    pub fn text(&self) -> String {
        join(&self.words)
    }

    /// The line split where the gap between two words exceeds [`CELL_GAP_FONT_SIZES`].
    ///
    /// The gap is measured along the line: across for upright text, down the page for text turned by 90°.
    pub fn cells(&self) -> Vec<Cell> {
        let gap_max = CELL_GAP_FONT_SIZES * self.font_size;
        let mut starts = vec![0];
        for (index, pair) in self.words.windows(2).enumerate() {
            if let [left, right] = pair
                && left.bounds.distance(right.bounds) > gap_max
            {
                starts.push(index + 1);
            }
        }
        let ends = starts.iter().skip(1).copied().chain([self.words.len()]);
        starts.iter().copied().zip(ends).filter_map(|(start, end)| self.cell(start..end)).collect()
    }

    /// The words of `range` as one cell; none for an empty range.
    fn cell(&self, range: Range<usize>) -> Option<Cell> {
        let words = self.words.get(range.clone())?;
        let bounds = words.iter().map(|word| word.bounds).reduce(Bounds::union)?;
        Some(Cell { text: join(words), words: range, bounds })
    }
}

/// A run of words of one line with a wide gap on either side, as in a table's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The words joined by one space.
    pub text: String,
    /// Which of the line's words they are.
    pub words: Range<usize>,
    /// The box around them.
    pub bounds: Bounds,
}

/// Characters with no space between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The characters; ligatures are spelled out, U+FFFD stands for a glyph without Unicode. Most are too short for an
    /// allocation: pages have thousands of words, which are made, sent and dropped.
    pub text: CompactString,
    /// The box around them, from the font's ascent to its descent.
    pub bounds: Bounds,
}

/// A file carried inside the PDF.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddedFile {
    /// The file's name as the PDF gives it; may be empty, and is never a path to write to.
    pub name: String,
    /// The media type the PDF claims, as in `text/xml`.
    pub media_type: Option<String>,
    /// What the PDF says the file is to it (`AFRelationship`): `Data`, `Alternative`, `Source`, …
    pub relationship: Option<String>,
    /// The file's content, decompressed.
    pub bytes: Vec<u8>,
}

/// Something that was left out or mended while the rest could be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadWarning {
    /// A page couldn't be read; it is missing from the document's pages.
    PageUnreadable {
        /// Which page, from 1.
        page: u32,
        /// Why.
        reason: String,
    },
    /// Text that nobody sees (drawn without ink, or outside the page) and that isn't a scan's OCR layer was left
    /// out: it is a way to inject instructions.
    HiddenTextDropped {
        /// Which page, from 1.
        page: u32,
        /// How many words.
        words: u32,
    },
    /// The file's structure was damaged and had to be rebuilt before it could be read.
    Repaired {
        /// What the first reader said.
        reason: String,
    },
    /// Forms (pictures that pages are put together from) that draw themselves were drawn once each.
    FormsInThemselves {
        /// How many.
        forms: u32,
    },
    /// An embedded file was left out.
    EmbeddedFileDropped {
        /// Its name.
        name: String,
        /// Why.
        reason: String,
    },
    /// The embedded files couldn't be looked for.
    StructureUnreadable {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for ReadWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PageUnreadable { page, reason } => write!(formatter, "page {page} was left out: {reason}"),
            Self::HiddenTextDropped { page, words } => {
                write!(formatter, "page {page}: {words} invisible words were left out")
            }
            Self::Repaired { reason } => {
                write!(formatter, "the file is damaged and was rebuilt before reading: {reason}")
            }
            Self::FormsInThemselves { forms } => {
                write!(formatter, "{forms} pictures of the file draw themselves: each was drawn once")
            }
            Self::EmbeddedFileDropped { name, reason } => {
                write!(formatter, "the embedded file {name:?} was left out: {reason}")
            }
            Self::StructureUnreadable { reason } => {
                write!(formatter, "embedded files could not be looked for: {reason}")
            }
        }
    }
}

/// The words' texts joined by one space.
fn join(words: &[Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_usable(glyphs: u32, glyphs_unmapped: u32, expected: bool) {
        let page = Page {
            number: 1,
            width: 595.0,
            height: 842.0,
            lines: Vec::new(),
            glyphs,
            glyphs_unmapped,
            has_image: false,
            is_ocr_layer: false,
            rules: Vec::new(),
        };
        assert_eq!(page.has_usable_text(), expected, "{glyphs_unmapped} of {glyphs}");
    }

    #[test]
    fn usable_text() {
        check_usable(0, 0, false);
        check_usable(1, 0, true);
        check_usable(1, 1, false);
        check_usable(100, 29, true);
        check_usable(100, 30, false);
        check_usable(u32::MAX, u32::MAX, false);
    }

    #[track_caller]
    fn check_cells(words: &[(&str, f32, f32)], expected: &[&str]) {
        let words: Vec<Word> = words
            .iter()
            .map(|&(text, x0, x1)| Word { text: text.into(), bounds: Bounds { x0, y0: 0.0, x1, y1: 10.0 } })
            .collect();
        let bounds = words.iter().map(|word| word.bounds).reduce(Bounds::union).unwrap();
        let line = Line { words, bounds, font_size: 10.0, row: 0 };
        let cells = line.cells();
        assert_eq!(cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>(), expected);
        let covered: Vec<usize> = cells.into_iter().flat_map(|cell| cell.words).collect();
        assert_eq!(covered, (0..line.words.len()).collect::<Vec<_>>(), "every word is in one cell");
    }

    #[test]
    fn cells() {
        check_cells(&[("a", 0.0, 5.0)], &["a"]);
        check_cells(&[("a", 0.0, 5.0), ("b", 8.0, 12.0), ("c", 30.0, 35.0)], &["a b", "c"]);
        check_cells(&[("a", 0.0, 5.0), ("b", 15.0, 20.0)], &["a b"]);
        check_cells(&[("a", 0.0, 5.0), ("b", 15.1, 20.0)], &["a", "b"]);
    }
}
