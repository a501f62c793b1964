//! Bytes of a PDF in, pages with words and lines with boxes out; and pages as images.
//!
//! `hayro` interprets the pages, `lopdf` reads the structure around them (embedded files) and mends files `hayro`
//! refuses. Called by the worker's reading child process and by tests. Everything is synchronous and pure: no I/O,
//! no clock, no threads, limits are arguments. A hang or an abort inside a parser is survived by the process that
//! runs this one, not here.

mod actual_text;
mod appearances;
mod bidi;
mod blanks;
mod columns;
pub mod conventions;
mod decompression;
mod direction;
mod error;
mod extent;
mod facts;
mod fallback_font;
mod flow;
mod font_dictionary;
mod fonts;
mod glyphs;
mod guard;
mod hyphenation;
mod image;
mod image_header;
mod legacy_fonts;
mod limits;
mod lines;
mod meanings;
mod model;
mod open;
mod overprints;
mod page;
mod place;
mod printer_names;
mod render;
mod rules;
mod self_drawing;
mod simple_fonts;
mod structure;
mod survey;
mod symbols;
mod tables;
mod tables_of_objects;
mod unicode;
mod words;

pub use conventions::{Conventions, conventions};
pub use error::ReadError;
pub use facts::*;
pub use fallback_font::{FALLBACK_FONT_BYTES_MAX, FallbackFont, FallbackFontError};
pub use hyphenation::HyphenatedWord;
pub use image::{ImageFormat, PageImage};
pub use limits::Limits;
pub use model::*;
pub use render::Drawing;
pub use structure::facts;
pub use tables::tables;

use docmill_contract::pages::{PageSelection, PagesError};
use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings};

use crate::fonts::Fonts;
use crate::guard::guarded;
use crate::survey::Survey;

/// Reads the selected pages of a PDF, the files embedded in it, and the fields of its form.
///
/// `password` is tried where the empty one doesn't open the file; it does no harm to a file that isn't encrypted.
///
/// # Errors
/// [`ReadError`], for what concerns the whole document. A single page that can't be read is a warning.
pub fn read(
    bytes: Vec<u8>,
    password: Option<&str>,
    pages: &PageSelection,
    limits: &Limits,
) -> Result<Document, ReadError> {
    guarded(in_structure, || read_opened(&mut open::open(bytes, password, limits)?, pages, limits))
}

/// [`read`] and [`facts`](facts()) of one file, which is opened once for both; the facts are an error of their own where the
/// pages can be found, but not what lies around them.
///
/// # Errors
/// As for [`read`].
pub fn read_with_facts(
    bytes: Vec<u8>,
    password: Option<&str>,
    pages: &PageSelection,
    limits: &Limits,
) -> Result<(Document, Result<Facts, ReadError>), ReadError> {
    guarded(in_structure, || read_pages_and_facts(bytes, password, pages, limits))
}

fn read_pages_and_facts(
    bytes: Vec<u8>,
    password: Option<&str>,
    pages: &PageSelection,
    limits: &Limits,
) -> Result<(Document, Result<Facts, ReadError>), ReadError> {
    // A file that had to be written anew in memory is no longer the one that says things of itself.
    let original = bytes.clone();
    let mut opened = open::open(bytes, password, limits)?;
    let document = read_opened(&mut opened, pages, limits)?;
    let facts = structure::facts_of_opened(&opened, &original, password, limits);
    Ok((document, facts))
}

fn read_opened(
    opened: &mut open::Opened,
    pages: &PageSelection,
    limits: &Limits,
) -> Result<Document, ReadError> {
    let pages_in_file = u32::try_from(opened.pdf.pages().len()).unwrap_or(u32::MAX);
    let selected = select(pages, pages_in_file, limits)?;
    self_drawing::retried(opened, &selected, limits, |opened| read_pages(opened, &selected, limits))
}

fn read_pages(opened: &open::Opened, selected: &[u32], limits: &Limits) -> Result<Document, ReadError> {
    let sources = opened.pdf.pages();
    let pages_in_file = u32::try_from(sources.len()).unwrap_or(u32::MAX);
    let mut warnings = opened.warnings.clone();
    let settings = InterpreterSettings::default();
    let cache = InterpreterCache::new();
    let mut fonts = Fonts::new(&opened.pdf);
    let mut survey = Survey::new(opened.pdf.xref(), limits, false);
    let mut read_pages = Vec::with_capacity(selected.len());
    for &number in selected {
        let Some(source) = at(sources, number) else { continue };
        let read = guarded(
            || on_page(number),
            || {
                survey.add(source, number)?;
                let has_clear_paint = survey.has_clear_paint();
                let read = page::read(source, number, &cache, &settings, &mut fonts, has_clear_paint, limits);
                survey.know_content(source.page_stream().map_or(0, <[u8]>::len));
                read
            },
        )?;
        read_pages.extend(read.page);
        warnings.extend(read.warning);
    }
    // What lies around the pages may be too broken to be read, without harm to them. Nothing of it is used then.
    let carried = guarded(in_structure, || Ok(structure::carried(opened, limits)));
    let (embedded_files, form_fields) = match carried {
        Ok(carried) => {
            warnings.extend(carried.warnings);
            (carried.embedded_files, carried.form_fields)
        }
        Err(error) => {
            warnings.push(ReadWarning::StructureUnreadable { reason: error.to_string() });
            (Vec::new(), Vec::new())
        }
    };
    Ok(Document { pages_in_file, pages: read_pages, embedded_files, form_fields, warnings })
}

/// Draws one page (from 1) on white.
///
/// # Errors
/// [`ReadError`], as for [`read`]; [`ReadError::LimitExceeded`] where the image would be too large.
pub fn render(
    bytes: Vec<u8>,
    password: Option<&str>,
    page: u32,
    drawing: &Drawing,
    limits: &Limits,
) -> Result<PageImage, ReadError> {
    guarded(in_structure, || draw_page(bytes, password, page, drawing, limits))
}

fn draw_page(
    bytes: Vec<u8>,
    password: Option<&str>,
    page: u32,
    drawing: &Drawing,
    limits: &Limits,
) -> Result<PageImage, ReadError> {
    let mut opened = open::open(bytes, password, limits)?;
    self_drawing::retried(&mut opened, &[page], limits, |opened| draw_opened(opened, page, drawing, limits))
}

fn draw_opened(
    opened: &open::Opened,
    page: u32,
    drawing: &Drawing,
    limits: &Limits,
) -> Result<PageImage, ReadError> {
    let sources = opened.pdf.pages();
    let pages = u32::try_from(sources.len()).unwrap_or(u32::MAX);
    let source = at(sources, page).ok_or(ReadError::PageOutOfRange { page, pages })?;
    guarded(
        || on_page(page),
        || {
            Survey::new(opened.pdf.xref(), limits, true).add(source, page)?;
            render::draw(source, page, drawing, limits)
        },
    )
}

/// Draws one page (from 1) as a PNG on white, with nothing but its own fonts: [`render`] for those who need no more.
///
/// # Errors
/// As for [`render`].
pub fn render_png(
    bytes: Vec<u8>,
    password: Option<&str>,
    page: u32,
    longest_side_pixels: u32,
    limits: &Limits,
) -> Result<Vec<u8>, ReadError> {
    let drawing = Drawing { longest_side_pixels, format: Some(ImageFormat::Png), fallback_font: None };
    render(bytes, password, page, &drawing, limits).map(|image| image.bytes)
}

/// Where a parser fails that is reading none of the pages.
fn in_structure() -> String {
    "on the file's structure".to_owned()
}

fn on_page(number: u32) -> String {
    format!("on page {number}")
}

/// The numbers of the selected pages, within the limit.
fn select(pages: &PageSelection, pages_in_file: u32, limits: &Limits) -> Result<Vec<u32>, ReadError> {
    let pages_max = limits.pages_max;
    if pages.is_all() && pages_in_file > pages_max {
        return Err(ReadError::TooManyPages { pages: pages_in_file, pages_max });
    }
    let selected = pages.resolve(pages_in_file).map_err(|error| match error {
        PagesError::OutOfRange { page, pages } => ReadError::PageOutOfRange { page, pages },
        PagesError::Unreadable { text } => {
            ReadError::Damaged { reason: format!("{text:?} selects no pages") }
        }
    })?;
    match u32::try_from(selected.len()) {
        Ok(count) if count <= pages_max => Ok(selected),
        Ok(_) | Err(_) => Err(ReadError::TooManyPages {
            pages: u32::try_from(selected.len()).unwrap_or(u32::MAX),
            pages_max,
        }),
    }
}

/// The page of a number counted from 1.
fn at<T>(pages: &[T], number: u32) -> Option<&T> {
    pages.get(usize::try_from(number).ok()?.checked_sub(1)?)
}
