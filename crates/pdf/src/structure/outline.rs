//! The outline's entries with the pages they lead to.
//!
//! Entries are linked lists of linked lists, and any link may lead back: every object is visited once.

use std::collections::{BTreeMap, BTreeSet};

use lopdf::{Dictionary, Document, Object};

use super::pages::PageNumbers;
use super::text::{self, Texts};
use super::tree;
use crate::facts::OutlineItem;

/// Entries read. 10,000: as many as a manual of thousands of pages has.
const ITEMS_MAX: usize = 10_000;
/// How deep entries are followed. 64: nobody opens a tenth level.
const LEVELS_MAX: u32 = 64;
/// Characters kept of a title. 500: a title is a line or two.
const TITLE_CHARACTERS_MAX: usize = 500;

/// The entries from top to bottom, and whether there are more.
pub(super) fn read(
    texts: &mut Texts<'_>,
    pages: &PageNumbers,
    catalog: &Dictionary,
) -> (Vec<OutlineItem>, bool) {
    let document = texts.document;
    let mut items = Vec::new();
    let Ok(root) = catalog.get_deref(b"Outlines", document).and_then(Object::as_dict) else {
        return (items, false);
    };
    let mut destinations = Destinations { document, pages, catalog, named: None };
    let mut seen = BTreeSet::new();
    let mut is_truncated = false;
    let mut open: Vec<(&Object, u32)> = root.get(b"First").map(|first| (first, 1)).into_iter().collect();
    while let Some((object, level)) = open.pop() {
        let Ok((id, Object::Dictionary(item))) = document.dereference(object) else { continue };
        if id.is_some_and(|id| !seen.insert(id)) {
            continue;
        }
        if items.len() >= ITEMS_MAX || texts.is_spent() {
            return (items, true);
        }
        let title = texts.line(item, b"Title", TITLE_CHARACTERS_MAX).unwrap_or_default();
        items.push(OutlineItem { title, level, page: destinations.page_of(item) });
        open.extend(item.get(b"Next").map(|next| (next, level)));
        if let Ok(first) = item.get(b"First") {
            match level < LEVELS_MAX {
                true => open.push((first, level + 1)),
                false => is_truncated = true,
            }
        }
    }
    (items, is_truncated)
}

/// Finds the pages that entries lead to.
struct Destinations<'a> {
    document: &'a Document,
    pages: &'a PageNumbers,
    catalog: &'a Dictionary,
    /// The named destinations, collected when the first is asked for.
    named: Option<BTreeMap<&'a [u8], &'a Object>>,
}

impl<'a> Destinations<'a> {
    /// The page of an entry's destination, or of its action that goes somewhere in this file.
    fn page_of(&mut self, item: &'a Dictionary) -> Option<u32> {
        let document = self.document;
        let destination = item.get_deref(b"Dest", document).or_else(|_| {
            let action = item.get_deref(b"A", document)?.as_dict()?;
            match action.get_deref(b"S", document)?.as_name()? {
                b"GoTo" => action.get_deref(b"D", document),
                _ => Err(lopdf::Error::DictKey("D".to_owned())),
            }
        });
        let destination = destination.ok()?;
        match text::bytes(destination) {
            Some(name) => {
                let destination = *self.named().get(name)?;
                self.page(document.dereference(destination).ok()?.1)
            }
            None => self.page(destination),
        }
    }

    /// The page of an array `[page …]`, bare or as the `D` of a dictionary.
    fn page(&self, destination: &Object) -> Option<u32> {
        let array = match destination {
            Object::Dictionary(dictionary) => dictionary.get_deref(b"D", self.document).ok()?,
            other => other,
        };
        match array.as_array().ok()?.first()? {
            // An index from 0, meant for other files, and written for this one by some programs.
            Object::Integer(index) => {
                let number = u32::try_from(*index).ok()?.checked_add(1)?;
                (number <= self.pages.count()).then_some(number)
            }
            reference => self.pages.number(reference),
        }
    }

    fn named(&mut self) -> &BTreeMap<&'a [u8], &'a Object> {
        let (document, catalog) = (self.document, self.catalog);
        self.named.get_or_insert_with(|| {
            let mut named = BTreeMap::new();
            if let Ok(old) = catalog.get_deref(b"Dests", document).and_then(Object::as_dict) {
                named.extend(old.iter().map(|(name, destination)| (name.as_slice(), destination)));
            }
            let names = catalog.get_deref(b"Names", document).and_then(Object::as_dict);
            if let Ok(root) = names.and_then(|names| names.get(b"Dests")) {
                tree::visit(document, root, b"Names", |name, destination| {
                    if let Ok((_, name)) = document.dereference(name)
                        && let Some(name) = text::bytes(name)
                    {
                        named.insert(name, destination);
                    }
                });
            }
            named
        })
    }
}
