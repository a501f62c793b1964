//! How a document writes numbers and dates, and in which languages, each with its evidence.
//!
//! Made from a [`Document`] that was read by [`conventions`], for people who inspect a file. What one number or date
//! shows is judged by `docmill-arithmetic`, which the extraction proves values with, so that both believe the same of a
//! document. "Ambiguous" is an answer, and so is none; nothing is claimed that no example stands for.

mod dates;
mod languages;
mod numbers;

pub use docmill_arithmetic::DecimalMark;
pub use docmill_arithmetic::dates::DateForm;
pub use docmill_arithmetic::notation::{GroupMark, Grouping};

pub use self::dates::{DateNotation, DateParts};
pub use self::languages::{Language, LanguageSource};
pub use self::numbers::NumberNotation;
use crate::model::{Bounds, Document, Line, Page, Word};

/// Examples kept of each kind of evidence: a person needs one, and a second to be sure.
const EXAMPLES_MAX: usize = 2;

/// How a document writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Conventions {
    /// Its numbers.
    pub numbers: NumberNotation,
    /// Its dates.
    pub dates: DateNotation,
    /// Its languages: the one it states first, then those its text is in, most letters first.
    pub languages: Vec<Language>,
}

/// What the evidence amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding<T> {
    /// There is none.
    Nothing,
    /// It speaks for more than one answer.
    Ambiguous,
    /// It speaks for this.
    Found(T),
}

/// What speaks for one answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// How many numbers or dates.
    pub count: u32,
    /// The first of them.
    pub examples: Vec<Example>,
}

/// A printed number or date.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The page, from 1.
    pub page: u32,
    /// As it is printed.
    pub text: String,
    /// The box around it.
    pub bounds: Bounds,
}

/// Finds out how a document writes. `stated_language` is what its catalog says
/// ([`Facts::language`](crate::Facts::language)). Pages without usable text have no part in it.
#[must_use]
pub fn conventions(document: &Document, stated_language: Option<&str>) -> Conventions {
    Conventions {
        numbers: numbers::find(document),
        dates: dates::find(document),
        languages: languages::find(document, stated_language),
    }
}

impl Evidence {
    fn add(&mut self, page: u32, words: &[Word], text: &str) {
        self.count = self.count.saturating_add(1);
        let bounds = words.iter().map(|word| word.bounds).reduce(Bounds::union);
        if let Some(bounds) = bounds.filter(|_| self.examples.len() < EXAMPLES_MAX) {
            self.examples.push(Example { page, text: text.to_owned(), bounds });
        }
    }
}

/// The pages whose text can be relied on.
fn readable(document: &Document) -> impl Iterator<Item = &Page> {
    document.pages.iter().filter(|page| page.has_usable_text())
}

/// The lines of those pages, each with its page's number.
fn lines(document: &Document) -> impl Iterator<Item = (u32, &Line)> {
    readable(document).flat_map(|page| page.lines.iter().map(|line| (page.number, line)))
}

/// The one answer that more speaks for than for any other.
fn majority<T: Copy>(counts: impl IntoIterator<Item = (T, u32)>) -> Finding<T> {
    let mut best = (Finding::Nothing, 0);
    for (answer, count) in counts {
        if count > best.1 {
            best = (Finding::Found(answer), count);
        } else if count == best.1 && count > 0 {
            best = (Finding::Ambiguous, count);
        }
    }
    best.0
}
