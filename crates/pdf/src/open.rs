//! Opens a PDF: limits first, then `hayro`, then `lopdf` as the second opener for what `hayro` refuses.
//!
//! Called by [`read`](crate::read) and [`render_png`](crate::render_png). A file opened the second way was written
//! anew in memory, decrypted and with a fresh cross-reference table, and read from that.

use std::sync::Arc;

use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use lopdf::{Document, LoadOptions};

use crate::error::ReadError;
use crate::limits::Limits;
use crate::model::ReadWarning;
use crate::tables_of_objects;

/// A PDF header may stand this far into the file; mail programs and servers put lines before it.
const HEADER_WITHIN_BYTES: usize = 1024;

/// An opened PDF.
pub(crate) struct Opened {
    pub(crate) pdf: Pdf,
    /// The bytes it was read from: the file's, or those it was written anew as.
    pub(crate) bytes: Arc<Vec<u8>>,
    /// The password that opens `bytes`; empty if none is needed.
    pub(crate) password: String,
    /// Why it isn't read from the file's own bytes; empty where it is.
    pub(crate) warnings: Vec<ReadWarning>,
}

/// Opens `bytes`, with `password` where the empty one doesn't do.
pub(crate) fn open(bytes: Vec<u8>, password: Option<&str>, limits: &Limits) -> Result<Opened, ReadError> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > limits.document_bytes_max {
        return Err(ReadError::TooLarge { bytes: length, bytes_max: limits.document_bytes_max });
    }
    tables_of_objects::check(&bytes, limits)?;
    let bytes = Arc::new(bytes);
    let mut refusal = LoadPdfError::Invalid;
    for candidate in [Some(""), password].into_iter().flatten() {
        match Pdf::new_with_password(Arc::clone(&bytes), candidate) {
            Ok(pdf) if !pdf.pages().is_empty() => {
                check_objects(pdf.len(), limits)?;
                return Ok(Opened { pdf, bytes, password: candidate.to_owned(), warnings: Vec::new() });
            }
            Ok(_) => refusal = LoadPdfError::Invalid,
            Err(error) => refusal = error,
        }
    }
    match refusal {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) if password.is_none() => {
            Err(ReadError::Encrypted)
        }
        LoadPdfError::Decryption(_) | LoadPdfError::Invalid => open_anew(&bytes, password, refusal, limits),
    }
}

/// Has `lopdf` read the file and write it anew, and opens that.
fn open_anew(
    bytes: &[u8],
    password: Option<&str>,
    refusal: LoadPdfError,
    limits: &Limits,
) -> Result<Opened, ReadError> {
    let reason = match refusal {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => "the password was refused",
        LoadPdfError::Decryption(DecryptionError::UnsupportedAlgorithm) => {
            "its encryption is of an unknown kind"
        }
        LoadPdfError::Decryption(DecryptionError::MissingIDEntry | DecryptionError::InvalidEncryption) => {
            "its encryption data is broken"
        }
        LoadPdfError::Invalid => "its pages could not be found",
    };
    let mut document = load(bytes, password, limits).map_err(|error| match error {
        lopdf::Error::InvalidPassword if password.is_none() => ReadError::Encrypted,
        lopdf::Error::InvalidPassword => ReadError::WrongPassword,
        _ if matches!(refusal, LoadPdfError::Decryption(DecryptionError::PasswordProtected)) => {
            ReadError::WrongPassword
        }
        _ if !has_header(bytes) => ReadError::NotAPdf,
        error => ReadError::Damaged { reason: format!("{reason}, and rebuilding it failed: {error}") },
    })?;
    if document.is_encrypted() {
        return Err(if password.is_none() { ReadError::Encrypted } else { ReadError::WrongPassword });
    }
    check_objects(document.objects.len(), limits)?;
    if document.page_iter().next().is_none() {
        return Err(match has_page_tree(&document) {
            true => ReadError::NoPages,
            false if has_header(bytes) => ReadError::Damaged { reason: reason.to_owned() },
            false => ReadError::NotAPdf,
        });
    }
    let mut anew = Vec::new();
    document.save_to(&mut anew).map_err(|error| ReadError::Damaged {
        reason: format!("{reason}, and writing it anew failed: {error}"),
    })?;
    let bytes = Arc::new(anew);
    let pdf = Pdf::new(Arc::clone(&bytes)).map_err(|_| ReadError::Damaged { reason: reason.to_owned() })?;
    if pdf.pages().is_empty() {
        return Err(ReadError::Damaged { reason: reason.to_owned() });
    }
    let warnings = vec![ReadWarning::Repaired { reason: reason.to_owned() }];
    Ok(Opened { pdf, bytes, password: String::new(), warnings })
}

/// Loads a file with `lopdf`, every decompressed structure bounded.
pub(crate) fn load(bytes: &[u8], password: Option<&str>, limits: &Limits) -> Result<Document, lopdf::Error> {
    let max_decompressed_size =
        Some(usize::try_from(limits.structure_stream_bytes_max).unwrap_or(usize::MAX));
    let password = password.map(str::to_owned);
    Document::load_mem_with_options(
        bytes,
        LoadOptions { password, max_decompressed_size, ..LoadOptions::default() },
    )
}

fn check_objects(objects: usize, limits: &Limits) -> Result<(), ReadError> {
    let found = u64::try_from(objects).unwrap_or(u64::MAX);
    if found > limits.objects_max {
        return Err(ReadError::LimitExceeded {
            limit: "objects_max".to_owned(),
            what: "objects".to_owned(),
            found,
            max: limits.objects_max,
        });
    }
    Ok(())
}

fn has_header(bytes: &[u8]) -> bool {
    let start = bytes.get(..HEADER_WITHIN_BYTES).unwrap_or(bytes);
    start.windows(4).any(|window| window == b"%PDF")
}

/// Whether the catalog leads to a page tree, however empty.
fn has_page_tree(document: &Document) -> bool {
    document
        .catalog()
        .and_then(|catalog| catalog.get_deref(b"Pages", document))
        .is_ok_and(|pages| pages.as_dict().is_ok())
}
