//! What the labels around a value say that it is.
//!
//! Used by [`mistaken`](crate::mistaken) and [`credible`](crate::credible): a field's label stands before its value or
//! above it, a column's in a line of headings further up. Labels are those that the schema's descriptions quote.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::assemble::{Assembled, AssembledLeaf, LeafPlace};
use crate::ground::leaf::Proof;
use crate::ground::pages::{Pages, Span};
use crate::labels::{is_label, quoted_labels};
use crate::schema::{Leaf, Shape, SlotKind};

/// A line is one of headings if it names so many of a table's columns.
const COLUMNS_NAMED_MIN: usize = 2;

/// A leaf that text alone proves, with what the schema says of it.
pub(crate) struct Asked<'a> {
    pub(crate) assembled: &'a AssembledLeaf<'a>,
    pub(crate) place: LeafPlace,
    pub(crate) leaf: &'a Leaf,
    pub(crate) span: &'a Span,
}

/// The labels of a record's fields and columns, and the lines they were printed on.
pub(crate) struct Labels<'a> {
    pages: &'a Pages<'a>,
    /// The slot, its leaf, and its labels without marks behind them.
    pub(crate) of_fields: Vec<(usize, &'a Leaf, Vec<String>)>,
    /// The headings of each table, by its slot.
    headings: BTreeMap<usize, Vec<Headings>>,
}

/// A line that names columns: the words of each cell that does, and which columns it names.
struct Headings {
    line: usize,
    cells: Vec<(Range<usize>, Vec<usize>)>,
}

/// What a cell's heading says that it is.
pub(crate) enum Headed {
    /// What it was read for.
    AsOwn,
    /// Another column, whose heading prints this, though its own is printed beside it.
    AsAnother(String),
}

/// The fields and cells that text alone proves.
pub(crate) fn asked_by_text<'a>(shape: &'a Shape, assembled: &'a Assembled<'_>) -> Vec<Asked<'a>> {
    assembled.leaves.iter().filter_map(|leaf| asked(shape, leaf)).collect()
}

fn asked<'a>(shape: &'a Shape, assembled: &'a AssembledLeaf<'a>) -> Option<Asked<'a>> {
    let place = assembled.place?;
    let slot = match place {
        LeafPlace::Field { slot } => shape.slots.get(slot)?,
        LeafPlace::Cell { slot, column, .. } => match &shape.slots.get(slot)?.kind {
            SlotKind::Table(table) => table.row.slots.get(column)?,
            SlotKind::Leaf(_) | SlotKind::List(_) => return None,
        },
    };
    let SlotKind::Leaf(leaf) = &slot.kind else { return None };
    let Proof::Text { spans, .. } = &assembled.value.proof else { return None };
    let is_copied = assembled.value.embedded.is_none() && !leaf.currency;
    Some(Asked { assembled, place, leaf, span: spans.first().filter(|_| is_copied)? })
}

impl<'a> Labels<'a> {
    pub(crate) fn of(shape: &'a Shape, pages: &'a Pages<'a>) -> Self {
        let fields = shape.slots.iter().enumerate().filter_map(|(index, slot)| match &slot.kind {
            SlotKind::Leaf(leaf) => Some((index, leaf, bare(&quoted_labels(&leaf.description)))),
            SlotKind::List(_) | SlotKind::Table(_) => None,
        });
        let tables = shape.slots.iter().enumerate().filter_map(|(index, slot)| match &slot.kind {
            SlotKind::Table(table) => Some((index, headings(&table.row, pages))),
            SlotKind::Leaf(_) | SlotKind::List(_) => None,
        });
        Self { pages, of_fields: fields.collect(), headings: tables.collect() }
    }

    /// The longest label of any field that the words before a value end with, or that the cell above it is.
    pub(crate) fn beside(&self, span: &Span) -> Option<&str> {
        let all = || self.of_fields.iter().flat_map(|(.., labels)| labels);
        let before = Span { line: span.line, words: 0..span.words.start };
        let before = bare_text(&self.pages.printed(&[before]));
        let ends = |label: &&String| {
            before.strip_suffix(label.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
        };
        if let Some(label) = all().filter(ends).max_by_key(|label| label.len()) {
            return Some(label);
        }
        let line = self.pages.lines.get(span.line)?;
        let above = span.line.checked_sub(1)?;
        let line_above = self.pages.lines.get(above).filter(|above| above.page == line.page)?;
        let (left, right) = line.edges(&span.words)?;
        let overlaps =
            |words: &Range<usize>| line_above.edges(words).is_some_and(|(x0, x1)| x0 < right && left < x1);
        let mut cells = line_above.cells.iter().filter(|words| overlaps(words));
        let cell = cells.next().filter(|_| cells.next().is_none())?;
        let cell = bare_text(&self.pages.printed(&[Span { line: above, words: cell.clone() }]));
        all().find(|label| **label == cell).map(String::as_str)
    }

    /// What the nearest headings above a table's cell say that it is; nothing where none stands over it.
    pub(crate) fn over(&self, asked: &Asked<'_>) -> Option<Headed> {
        let LeafPlace::Cell { slot, column, .. } = asked.place else { return None };
        let all = self.headings.get(&slot)?;
        let index = all.partition_point(|headings| headings.line < asked.span.line).checked_sub(1)?;
        let headings = all.get(index)?;
        let (left, right) = self.pages.lines.get(asked.span.line)?.edges(&asked.span.words)?;
        let line = self.pages.lines.get(headings.line)?;
        let shared =
            |words: &Range<usize>| line.edges(words).map_or(0.0, |(x0, x1)| x1.min(right) - x0.max(left));
        let over = headings.cells.iter().filter(|(words, _)| shared(words) > 0.0);
        let (words, columns) = over.max_by(|a, b| shared(&a.0).total_cmp(&shared(&b.0)))?;
        if columns.contains(&column) {
            return Some(Headed::AsOwn);
        }
        let is_own_printed = headings.cells.iter().any(|(_, columns)| columns.contains(&column));
        let printed = || self.pages.printed(&[Span { line: headings.line, words: words.clone() }]);
        is_own_printed.then(|| Headed::AsAnother(printed()))
    }

    /// Whether a label beside the value, or the heading over it, is its own.
    pub(crate) fn confirm(&self, asked: &Asked<'_>) -> bool {
        match asked.place {
            LeafPlace::Field { slot } => self.beside(asked.span).is_some_and(|label| {
                let own = self.of_fields.iter().find(|(index, ..)| *index == slot);
                own.is_some_and(|(.., labels)| labels.iter().any(|own| own == label))
            }),
            LeafPlace::Cell { .. } => matches!(self.over(asked), Some(Headed::AsOwn)),
        }
    }
}

/// The lines that name at least [`COLUMNS_NAMED_MIN`] columns of a row, ascending.
fn headings(row: &Shape, pages: &Pages<'_>) -> Vec<Headings> {
    let columns: Vec<Vec<String>> = row.slots.iter().map(labels_of_column).collect();
    let named = |(line, page_line): (usize, &crate::ground::pages::PageLine<'_>)| {
        let cells = page_line.cells.iter().filter_map(|words| {
            let text = pages.printed(&[Span { line, words: words.clone() }]);
            let named = columns.iter().enumerate().filter(|(_, labels)| is_label(&text, labels));
            let named: Vec<usize> = named.map(|(column, _)| column).collect();
            (!named.is_empty()).then(|| (words.clone(), named))
        });
        let cells: Vec<(Range<usize>, Vec<usize>)> = cells.collect();
        (cells.len() >= COLUMNS_NAMED_MIN).then_some(Headings { line, cells })
    };
    pages.lines.iter().enumerate().filter_map(named).collect()
}

fn labels_of_column(slot: &crate::schema::Slot) -> Vec<String> {
    match &slot.kind {
        SlotKind::Leaf(leaf) => quoted_labels(&leaf.description),
        SlotKind::List(_) | SlotKind::Table(_) => Vec::new(),
    }
}

/// Labels without the marks behind them.
pub(crate) fn bare(labels: &[String]) -> Vec<String> {
    labels.iter().map(|label| bare_text(label)).collect()
}

/// A label in lower case, without the marks behind it.
pub(crate) fn bare_text(text: &str) -> String {
    text.trim().trim_end_matches([':', '.', ' ']).to_lowercase()
}
