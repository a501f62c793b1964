//! Reads what lies around the pages: the files embedded in the PDF, and what it says about itself.
//!
//! [`read`](crate::read) asks for the embedded files and filled fields once per document; people who want the rest call
//! [`facts`].
//! `lopdf` holds a whole file's objects in memory, so reading text must not come here without need. Whatever the file
//! links into circles, everything is visited a bounded number of times.

mod date;
mod embedded;
mod encryption;
mod form;
mod labels;
mod metadata;
mod outline;
mod pages;
mod signature;
mod text;
mod tree;

use lopdf::Dictionary;

use self::pages::PageNumbers;
use self::text::Texts;
use crate::error::ReadError;
use crate::facts::{Facts, FactsPart, FormField};
use crate::guard::guarded;
use crate::limits::Limits;
use crate::model::{EmbeddedFile, ReadWarning};
use crate::open::{self, Opened};

/// Characters kept of the name of a language. 100: the longest in use have 35.
const LANGUAGE_CHARACTERS_MAX: usize = 100;

/// The data a PDF carries beside its pages.
#[derive(Default)]
pub(crate) struct Carried {
    pub(crate) embedded_files: Vec<EmbeddedFile>,
    pub(crate) form_fields: Vec<FormField>,
    pub(crate) warnings: Vec<ReadWarning>,
}

/// Reads the embedded files of an opened PDF, and the fields of its form.
///
/// `lopdf`, which holds a whole file's objects in memory, is only asked where there are any.
pub(crate) fn carried(opened: &Opened, limits: &Limits) -> Carried {
    let mut carried = Carried::default();
    let has_files = embedded::mentions_embedded_files(&opened.pdf, limits);
    let has_fields = form::mentions_fields(&opened.pdf);
    if !has_files && !has_fields {
        return carried;
    }
    let document = match open::load(&opened.bytes, Some(&opened.password), limits) {
        Ok(document) => document,
        Err(error) => {
            carried.warnings.push(ReadWarning::StructureUnreadable { reason: error.to_string() });
            return carried;
        }
    };
    if has_files {
        carried.embedded_files = embedded::embedded_files(&document, limits, &mut carried.warnings);
    }
    if has_fields {
        let none = Dictionary::new();
        let mut texts = Texts::new(&document);
        let pages = PageNumbers::new(&document, limits.pages_max);
        let catalog = document.catalog().unwrap_or(&none);
        carried.form_fields = form::read(&mut texts, &pages, catalog, &opened.bytes).fields;
    }
    carried
}

/// What a PDF says about itself: metadata, language, page labels, outline, form fields, signatures, encryption.
///
/// `password` is tried where the empty one doesn't open the file. Costs about as much again as opening the file; pages
/// beyond [`Limits::pages_max`] get no labels and no links.
///
/// # Errors
/// [`ReadError`], as for [`read`](crate::read), and [`ReadError::Damaged`] where the pages can be found, but not what
/// lies around them. What is of a wrong kind inside a file that opens is left out.
pub fn facts(bytes: Vec<u8>, password: Option<&str>, limits: &Limits) -> Result<Facts, ReadError> {
    guarded(|| "on the file's structure".to_owned(), || read_facts(bytes, password, limits))
}

fn read_facts(bytes: Vec<u8>, password: Option<&str>, limits: &Limits) -> Result<Facts, ReadError> {
    let opened = open::open(bytes.clone(), password, limits)?;
    facts_of_opened(&opened, &bytes, password, limits)
}

/// [`facts`] of a file that was opened already; `bytes` are the file's own, however it was opened.
pub(crate) fn facts_of_opened(
    opened: &Opened,
    bytes: &[u8],
    password: Option<&str>,
    limits: &Limits,
) -> Result<Facts, ReadError> {
    // A file that was written anew has lost its encryption, and every place a signature speaks of.
    let is_original = opened.warnings.is_empty();
    let password = if is_original { Some(opened.password.as_str()) } else { password };
    let document = open::load(bytes, password, limits)
        .map_err(|error| ReadError::Damaged { reason: format!("what lies around its pages: {error}") })?;
    let none = Dictionary::new();
    let mut texts = Texts::new(&document);
    let pages = PageNumbers::new(&document, limits.pages_max);
    let catalog = document.catalog().unwrap_or(&none);
    let metadata = metadata::read(&mut texts);
    let language = texts.line(catalog, b"Lang", LANGUAGE_CHARACTERS_MAX);
    let (page_labels, labels_truncated) = labels::read(&mut texts, &pages, catalog);
    let form = form::read(&mut texts, &pages, catalog, bytes);
    let (outline, outline_truncated) = outline::read(&mut texts, &pages, catalog);
    let parts = [
        (FactsPart::PageLabels, labels_truncated),
        (FactsPart::Outline, outline_truncated),
        (FactsPart::FormFields, form.is_truncated),
    ];
    Ok(Facts {
        metadata,
        language,
        page_labels,
        outline,
        form_fields: form.fields,
        has_xfa_form: form.has_xfa,
        signatures: form.signatures,
        encryption: encryption::read(&document),
        truncated: parts.into_iter().filter_map(|(part, truncated)| truncated.then_some(part)).collect(),
    })
}
