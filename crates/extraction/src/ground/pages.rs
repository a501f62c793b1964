//! The pages prepared for looking values up: each line's words, cells, numbers and dates.
//!
//! Made once for a document by [`ground`](crate::ground); line indices count from 0 here, line numbers from 1.

use std::borrow::Cow;
use std::ops::Range;

use docmill_arithmetic::dates::{DateForm, form};
use docmill_arithmetic::{DateOrder, Notation};
use docmill_pdf::conventions::{DateParts, Finding};
use docmill_pdf::{Document, Line};

use super::number::{DateRun, NumberRun, date_runs, number_runs, years_of};
use super::rows::SeenOn;
use super::text::compact;
use crate::lines::numbered;

/// All lines of the pages with usable text.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    pub(crate) lines: Vec<PageLine<'a>>,
    pub(crate) notation: Notation,
    pub(crate) order: DateOrder,
    /// What a date without a year may be of.
    pub(crate) years: Vec<i16>,
}

/// A line and what can be read in it.
#[derive(Debug)]
pub(crate) struct PageLine<'a> {
    /// The page's number in the file.
    pub(crate) page: u32,
    pub(crate) is_ocr_layer: bool,
    pub(crate) line: Cow<'a, Line>,
    /// Which words each cell has.
    pub(crate) cells: Vec<Range<usize>>,
    /// The words without white space, in one case and with one kind of dash.
    pub(crate) compact: String,
    /// Where each word starts in `compact`, and where the last one ends.
    pub(crate) starts: Vec<usize>,
    pub(crate) numbers: Vec<NumberRun>,
    pub(crate) dates: Vec<DateRun>,
}

/// Words of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: usize,
    pub(crate) words: Range<usize>,
}

impl Span {
    /// Whether every word of `other` is one of these.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.line == other.line && self.words.start <= other.words.start && other.words.end <= self.words.end
    }
}

impl<'a> Pages<'a> {
    pub(crate) fn of(document: &'a Document) -> Self {
        let pages = || document.pages.iter().filter(|page| page.has_usable_text());
        let words = || {
            let lines = pages().flat_map(|page| &page.lines);
            lines.flat_map(|line| line.words.iter().map(|word| word.text.as_str()))
        };
        let notation = Notation::detect(words());
        let order = match DateOrder::detect(words()) {
            DateOrder::Unknown if words().any(is_open) => order_of_conventions(document),
            order => order,
        };
        let years = years_of(words(), order);
        let lines = numbered(document).map(|numbered| {
            let line = numbered.line;
            let cells: Vec<Range<usize>> = line.cells().into_iter().map(|cell| cell.words).collect();
            let mut text = String::new();
            let mut starts = Vec::with_capacity(line.words.len() + 1);
            for word in &line.words {
                starts.push(text.len());
                text.push_str(&compact(&word.text));
            }
            starts.push(text.len());
            let numbers = number_runs(&line, &cells, notation);
            let dates = date_runs(&line, &cells, order, &years);
            let (page, is_ocr_layer) = (numbered.page, numbered.is_ocr_layer);
            PageLine { page, is_ocr_layer, line, cells, compact: text, starts, numbers, dates }
        });
        let lines = lines.collect();
        Self { lines, notation, order, years }
    }

    /// The line with this number.
    pub(crate) fn index_of(&self, number: u32) -> Option<usize> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        (index < self.lines.len()).then_some(index)
    }

    /// The lines of the page that a line is on.
    pub(crate) fn page_of(&self, line: usize) -> Range<usize> {
        let Some(page) = self.lines.get(line).map(|line| line.page) else { return 0..0 };
        self.page_range(page, page)
    }

    /// The lines of all pages from that of the first line to that of the last.
    pub(crate) fn pages_of(&self, lines: &Range<usize>) -> Range<usize> {
        let first = self.lines.get(lines.start).map(|line| line.page);
        let last = lines.end.checked_sub(1).and_then(|last| self.lines.get(last)).map(|line| line.page);
        match (first, last) {
            (Some(first), Some(last)) => self.page_range(first, last),
            (None, _) | (_, None) => 0..0,
        }
    }

    /// Where a page stands among the lines that has none itself.
    pub(crate) fn seen_on(&self, page: u32) -> SeenOn {
        SeenOn { page, before: self.lines.partition_point(|line| line.page <= page) }
    }

    fn page_range(&self, first: u32, last: u32) -> Range<usize> {
        let start = self.lines.partition_point(|line| line.page < first);
        let end = self.lines.partition_point(|line| line.page <= last);
        start..end
    }

    /// The printed text of words, lines joined by a space.
    pub(crate) fn printed(&self, spans: &[Span]) -> String {
        let words =
            spans.iter().filter_map(|span| self.lines.get(span.line)?.line.words.get(span.words.clone()));
        words.flatten().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a word prints a date whose day and month can't be told apart.
fn is_open(word: &str) -> bool {
    form(word.trim_matches(|character: char| !character.is_ascii_alphanumeric())) == Some(DateForm::Open)
}

/// What the reader makes of a document's dates, those of several words included: who writes `March 5, 2024` puts the
/// month first in figures too. Asked only where single words leave it open, since it looks at languages as well.
fn order_of_conventions(document: &Document) -> DateOrder {
    match docmill_pdf::conventions(document, None).dates.order {
        Finding::Found(DateParts::DayMonthYear) => DateOrder::DayFirst,
        Finding::Found(DateParts::MonthDayYear) => DateOrder::MonthFirst,
        Finding::Found(DateParts::YearMonthDay) | Finding::Ambiguous | Finding::Nothing => DateOrder::Unknown,
    }
}

impl PageLine<'_> {
    /// Left and right edge of words of this line.
    pub(crate) fn edges(&self, words: &Range<usize>) -> Option<(f32, f32)> {
        let words = self.line.words.get(words.clone())?;
        let bounds = words.iter().map(|word| word.bounds).reduce(docmill_pdf::Bounds::union)?;
        Some((bounds.x0, bounds.x1))
    }
}
