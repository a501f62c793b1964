//! Which object is which page, and on which page an annotation lies.
//!
//! Used by the outline, the form and the embedded files, which all name pages and annotations by their objects.

use std::collections::BTreeMap;

use lopdf::{Dictionary, Document, Object, ObjectId};

/// Annotations looked at in the whole file. 100,000: fifty on each of 2,000 pages.
pub(super) const ANNOTATIONS_MAX: usize = 100_000;

/// The file's pages by their objects.
pub(super) struct PageNumbers {
    ids: Vec<ObjectId>,
    numbers: BTreeMap<ObjectId, u32>,
    /// Whether the file has more pages than were looked at.
    pub(super) is_truncated: bool,
}

impl PageNumbers {
    /// The first `pages_max` pages.
    pub(super) fn new(document: &Document, pages_max: u32) -> Self {
        let pages_max = usize::try_from(pages_max).unwrap_or(usize::MAX);
        let mut ids: Vec<ObjectId> = document.page_iter().take(pages_max.saturating_add(1)).collect();
        let is_truncated = ids.len() > pages_max;
        ids.truncate(pages_max);
        let mut numbers = BTreeMap::new();
        for (number, id) in (1..).zip(&ids) {
            numbers.entry(*id).or_insert(number);
        }
        Self { ids, numbers, is_truncated }
    }

    /// How many pages there are.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    /// The page, from 1, that a reference leads to.
    pub(super) fn number(&self, reference: &Object) -> Option<u32> {
        self.numbers.get(&reference.as_reference().ok()?).copied()
    }

    /// The pages' dictionaries, ascending.
    pub(super) fn dictionaries<'a>(
        &self,
        document: &'a Document,
    ) -> impl Iterator<Item = (u32, &'a Dictionary)> + use<'_, 'a> {
        (1..)
            .zip(&self.ids)
            .filter_map(move |(number, id)| Some((number, document.get_dictionary(*id).ok()?)))
    }

    /// Every annotation with its page, within [`ANNOTATIONS_MAX`].
    pub(super) fn annotations<'a>(
        &self,
        document: &'a Document,
    ) -> impl Iterator<Item = (u32, &'a Object)> + use<'_, 'a> {
        self.dictionaries(document)
            .filter_map(move |(number, page)| {
                let annotations = page.get_deref(b"Annots", document).and_then(Object::as_array).ok()?;
                Some(annotations.iter().map(move |annotation| (number, annotation)))
            })
            .flatten()
            .take(ANNOTATIONS_MAX)
    }
}
