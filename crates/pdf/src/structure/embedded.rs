//! The files embedded in the PDF: listed by the catalog, or attached to a page.
//!
//! Used by [`carried`](super::carried) once per document, where the catalog or a page, as `hayro` sees them, mentions
//! embedded files at all.

use std::collections::BTreeSet;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name};
use lopdf::{Dictionary, Document, Object, ObjectId};

use super::pages::{ANNOTATIONS_MAX, PageNumbers};
use super::tree;
use crate::limits::Limits;
use crate::model::{EmbeddedFile, ReadWarning};

/// Associated files looked at in the whole file. 100,000, as for annotations: pages may share one list.
const ASSOCIATED_MAX: usize = ANNOTATIONS_MAX;
/// Characters kept of a name from the file.
const NAME_CHARACTERS_MAX: usize = 255;

/// The embedded files of a PDF, in the order the file lists them, each once.
pub(super) fn embedded_files(
    document: &Document,
    limits: &Limits,
    warnings: &mut Vec<ReadWarning>,
) -> Vec<EmbeddedFile> {
    let mut files = Vec::new();
    let mut bytes_left = limits.embedded_bytes_max;
    for specification in specifications(document, limits) {
        let name = name(document, specification);
        if u64::try_from(files.len()).unwrap_or(u64::MAX) >= u64::from(limits.embedded_files_max) {
            let reason = format!("more than {} files (`embedded_files_max`)", limits.embedded_files_max);
            warnings.push(ReadWarning::EmbeddedFileDropped { name, reason });
            break;
        }
        match content(document, specification, bytes_left) {
            Ok((bytes, media_type)) => {
                bytes_left = bytes_left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                let relationship =
                    specification.get_deref(b"AFRelationship", document).ok().and_then(name_text);
                files.push(EmbeddedFile { name, media_type, relationship, bytes });
            }
            Err(error) => warnings.push(ReadWarning::EmbeddedFileDropped { name, reason: error.to_string() }),
        }
    }
    files
}

/// Whether the catalog or a page mentions embedded files.
pub(super) fn mentions_embedded_files(pdf: &Pdf, limits: &Limits) -> bool {
    let Some(catalog) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) else { return false };
    let in_catalog = catalog.contains_key(b"AF")
        || catalog.get::<Dict<'_>>(b"Names").is_some_and(|names| names.contains_key(b"EmbeddedFiles"));
    let pages_max = usize::try_from(limits.pages_max).unwrap_or(usize::MAX);
    let mut annotations_left = ANNOTATIONS_MAX;
    in_catalog
        || pdf
            .pages()
            .iter()
            .take(pages_max)
            .any(|page| page_mentions_files(page.raw(), &mut annotations_left))
}

fn page_mentions_files(page: &Dict<'_>, annotations_left: &mut usize) -> bool {
    if page.contains_key(b"AF") {
        return true;
    }
    let Some(annotations) = page.get::<Array<'_>>(b"Annots") else { return false };
    annotations.iter::<Dict<'_>>().take(*annotations_left).any(|annotation| {
        *annotations_left = annotations_left.saturating_sub(1);
        annotation.get::<Name<'_>>(b"Subtype").is_some_and(|kind| kind.as_ref() == b"FileAttachment")
    })
}

/// All file specifications, each once: those in the tree of names, then those the catalog and the pages are associated
/// with, then those attached to pages as annotations.
fn specifications<'a>(document: &'a Document, limits: &Limits) -> Vec<&'a Dictionary> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let Ok(catalog) = document.catalog() else { return found };
    let names = catalog.get_deref(b"Names", document).and_then(Object::as_dict);
    if let Ok(root) = names.and_then(|names| names.get(b"EmbeddedFiles")) {
        tree::visit(document, root, b"Names", |_name, object| add(document, object, &mut seen, &mut found));
    }
    let pages = PageNumbers::new(document, limits.pages_max);
    let pages_and_catalog =
        std::iter::once(catalog).chain(pages.dictionaries(document).map(|(_, page)| page));
    let associated = pages_and_catalog
        .filter_map(|holder| holder.get_deref(b"AF", document).and_then(Object::as_array).ok())
        .flatten();
    for object in associated.take(ASSOCIATED_MAX) {
        add(document, object, &mut seen, &mut found);
    }
    for (_, annotation) in pages.annotations(document) {
        if let Ok((_, Object::Dictionary(annotation))) = document.dereference(annotation)
            && let Ok(b"FileAttachment") =
                annotation.get_deref(b"Subtype", document).and_then(Object::as_name)
            && let Ok(specification) = annotation.get(b"FS")
        {
            add(document, specification, &mut seen, &mut found);
        }
    }
    found
}

/// Adds a file specification unless the same object was added before.
fn add<'a>(
    document: &'a Document,
    object: &'a Object,
    seen: &mut BTreeSet<ObjectId>,
    found: &mut Vec<&'a Dictionary>,
) {
    let Ok((id, object)) = document.dereference(object) else { return };
    let is_new = id.is_none_or(|id| seen.insert(id));
    if let Ok(specification) = object.as_dict()
        && is_new
    {
        found.push(specification);
    }
}

/// The name people see: `UF` (Unicode) before `F`.
fn name(document: &Document, specification: &Dictionary) -> String {
    [b"UF".as_slice(), b"F".as_slice()]
        .into_iter()
        .filter_map(|key| specification.get_deref(key, document).ok())
        .find_map(|name| lopdf::decode_text_string(name).ok())
        .map(|name| {
            name.chars().filter(|character| !character.is_control()).take(NAME_CHARACTERS_MAX).collect()
        })
        .unwrap_or_default()
}

/// The file's bytes, at most `bytes_max`, and its media type.
fn content(
    document: &Document,
    specification: &Dictionary,
    bytes_max: u64,
) -> Result<(Vec<u8>, Option<String>), lopdf::Error> {
    let streams = specification.get_deref(b"EF", document)?.as_dict()?;
    let stream =
        streams.get_deref(b"F", document).or_else(|_| streams.get_deref(b"UF", document))?.as_stream()?;
    let media_type = stream.dict.get_deref(b"Subtype", document).ok().and_then(name_text);
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    Ok((stream.get_plain_content_with_limit(bytes_max)?, media_type))
}

/// A PDF name as text.
fn name_text(object: &Object) -> Option<String> {
    let name = object.as_name().ok()?;
    Some(String::from_utf8_lossy(name).chars().take(NAME_CHARACTERS_MAX).collect())
}
