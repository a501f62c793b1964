//! Adds up what a page's streams decompress to, before the interpreter decodes any of them.
//!
//! Called for each page that is read or drawn. Follows what a page can draw with (its content, and whatever its
//! resources and annotations lead to) and looks at no other object of the file. It decodes nothing itself: streams whose
//! size alone keeps them within the limits cost a look at their dictionary, and only where all together might pass
//! them, [`crate::decompression`] measures.

use std::collections::HashSet;
use std::ops::Range;

use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Number, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::xref::XRef;

use crate::decompression;
use crate::error::ReadError;
use crate::limits::Limits;

/// Entries that lead away from what a page draws with, or to nothing that is decoded for it.
const NOT_DRAWN_WITH: [&[u8]; 10] = [
    b"Parent",
    b"P",
    b"Pg",
    b"StructParents",
    b"Dest",
    b"Metadata",
    b"PieceInfo",
    b"Properties",
    b"Widths",
    b"W",
];

/// Paint this thin is seen by nobody: colours have 255 steps.
const CLEAR_MAX: f64 = 1.0 / 255.0;

/// What the pages of one document decompress to, so far.
pub(crate) struct Survey<'a> {
    xref: &'a XRef,
    limits: &'a Limits,
    /// Whether images are decoded, too: where pages are drawn.
    with_images: bool,
    /// Objects that were looked at, on this page or one before.
    seen: HashSet<ObjectIdentifier>,
    /// Whether anything on these pages may be painted with a colour that nobody sees.
    has_clear_paint: bool,
    document: Sum,
    /// Streams whose size is a bound, not yet measured.
    bounds: Vec<(Stream<'a>, u64)>,
    /// Which of them are the content of the page that was added last.
    content: Range<usize>,
}

/// A sum of bytes: what is sure, and the most that the rest can come to.
#[derive(Default, Clone, Copy)]
struct Sum {
    sure: u64,
    bound: u64,
}

impl Sum {
    fn most(self) -> u64 {
        self.sure.saturating_add(self.bound)
    }
}

impl<'a> Survey<'a> {
    /// A survey of a document of which no page was looked at.
    pub(crate) fn new(xref: &'a XRef, limits: &'a Limits, with_images: bool) -> Self {
        let (seen, document, bounds) = (HashSet::new(), Sum::default(), Vec::new());
        Self { xref, limits, with_images, seen, has_clear_paint: false, document, bounds, content: 0..0 }
    }

    /// Whether the pages so far may paint with a colour that nobody sees.
    pub(crate) fn has_clear_paint(&self) -> bool {
        self.has_clear_paint
    }

    /// Adds page `number`.
    ///
    /// # Errors
    /// [`ReadError::LimitExceeded`] where the page, or the document with it, decompresses to more than allowed.
    pub(crate) fn add(&mut self, page: &Page<'a>, number: u32) -> Result<(), ReadError> {
        let first = self.bounds.len();
        self.add_content(page);
        self.content = first..self.bounds.len();
        let resources = page.resources();
        let drawn_with = [
            &resources.fonts,
            &resources.x_objects,
            &resources.patterns,
            &resources.shadings,
            &resources.color_spaces,
            &resources.ext_g_states,
        ];
        let mut todo: Vec<Object<'a>> =
            drawn_with.into_iter().map(|dict| Object::Dict(dict.clone())).collect();
        if let Some(annotations) = page.raw().get::<Array<'a>>(b"Annots") {
            let appearances =
                annotations.iter::<Dict<'a>>().filter_map(|annotation| annotation.get::<Dict<'a>>(b"AP"));
            todo.extend(appearances.map(Object::Dict));
        }
        while let Some(object) = todo.pop() {
            self.look_at(object, &mut todo);
        }
        self.check_page(first, number)?;
        self.check_document()
    }

    /// Says how large the content of the page that was added last is, now that it is decoded: nothing has to be measured
    /// that is known.
    pub(crate) fn know_content(&mut self, bytes: usize) {
        let content = std::mem::take(&mut self.content);
        if !content.is_empty() {
            let bound = self.bounds.drain(content).map(|(_, bound)| bound).fold(0, u64::saturating_add);
            self.document.bound = self.document.bound.saturating_sub(bound);
            self.document.sure = self.document.sure.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        }
    }

    /// The page's content streams. They are decoded anew for each page, so that it doesn't matter who else has them.
    fn add_content(&mut self, page: &Page<'a>) {
        match page.raw().get::<Object<'a>>(b"Contents") {
            Some(Object::Stream(stream)) => self.count(stream),
            Some(Object::Array(parts)) => parts.iter::<Stream<'a>>().for_each(|part| self.count(part)),
            _ => {}
        }
    }

    /// Counts what an object decompresses to, and puts what it leads to on the list.
    fn look_at(&mut self, object: Object<'a>, todo: &mut Vec<Object<'a>>) {
        let dict = match object {
            Object::Dict(dict) => dict,
            Object::Stream(stream) => {
                let dict = stream.dict().clone();
                let is_image = dict.get::<Name<'_>>(b"Subtype").is_some_and(|kind| kind.as_ref() == b"Image");
                if self.with_images || !is_image {
                    self.count(stream);
                }
                dict
            }
            Object::Array(list) => {
                for item in list.raw_iter() {
                    self.follow(item, todo);
                }
                return;
            }
            _ => return,
        };
        for key in dict.keys() {
            self.has_clear_paint |= matches!(key.as_ref(), b"ca" | b"CA")
                && dict.get::<Number>(key.as_ref()).is_some_and(|alpha| alpha.as_f64() < CLEAR_MAX);
            if !NOT_DRAWN_WITH.contains(&key.as_ref())
                && let Some(entry) = dict.get_raw::<Object<'a>>(key.as_ref())
            {
                self.follow(entry, todo);
            }
        }
    }

    /// Puts an object on the list, unless it was there before. Links into circles end here.
    fn follow(&mut self, entry: MaybeRef<Object<'a>>, todo: &mut Vec<Object<'a>>) {
        match entry {
            MaybeRef::Ref(reference) => {
                let id = ObjectIdentifier::from(reference);
                if self.seen.insert(id) {
                    todo.extend(self.xref.get::<Object<'a>>(id));
                }
            }
            MaybeRef::NotRef(object @ (Object::Dict(_) | Object::Array(_) | Object::Stream(_))) => {
                todo.push(object)
            }
            MaybeRef::NotRef(_) => {}
        }
    }

    fn count(&mut self, stream: Stream<'a>) {
        let bound = decompression::bound(&stream);
        self.document.bound = self.document.bound.saturating_add(bound);
        self.bounds.push((stream, bound));
    }

    fn check_page(&mut self, first: usize, number: u32) -> Result<(), ReadError> {
        let max = self.limits.page_decompressed_bytes_max;
        let bound = self.bounds.iter().skip(first).map(|(_, bound)| *bound).fold(0, u64::saturating_add);
        let found = if bound > max { self.measure(first, max) } else { return Ok(()) };
        let what = format!("decompressed bytes on page {number}");
        within("page_decompressed_bytes_max", what, found, max)
    }

    fn check_document(&mut self) -> Result<(), ReadError> {
        let max = self.limits.decompressed_bytes_max;
        if self.document.most() > max {
            let left = max.saturating_sub(self.document.sure);
            self.measure(0, left);
        }
        within(
            "decompressed_bytes_max",
            "decompressed bytes on its pages".to_owned(),
            self.document.most(),
            max,
        )
    }

    /// Measures the streams from `first` on, until `bytes_max` are passed: what they come to.
    fn measure(&mut self, first: usize, bytes_max: u64) -> u64 {
        let mut sum = 0_u64;
        self.content = 0..0;
        for (stream, bound) in self.bounds.split_off(first) {
            self.document.bound = self.document.bound.saturating_sub(bound);
            if sum <= bytes_max {
                sum = sum.saturating_add(decompression::measure(&stream, bytes_max.saturating_sub(sum)));
            }
        }
        self.document.sure = self.document.sure.saturating_add(sum);
        sum
    }
}

fn within(limit: &str, what: String, found: u64, max: u64) -> Result<(), ReadError> {
    if found > max {
        Err(ReadError::LimitExceeded { limit: limit.to_owned(), what, found, max })
    } else {
        Ok(())
    }
}
