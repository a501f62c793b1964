//! Values that stand where they were read, and answer another question there.
//!
//! Used by [`doubts`](crate::doubt::doubts). Each reason is one that an honest reader hardly gives: a label taken for a
//! value, a row's text from outside its rows, a value behind another field's label or under another column's heading, two
//! fields read from the same words.

use std::collections::{BTreeMap, BTreeSet};

use crate::assemble::{Assembled, LeafPlace};
use crate::ground::pages::{Pages, Span};
use crate::labelled::{Asked, Headed, Labels, bare, bare_text};
use crate::labels::{is_label, quoted_labels};
use crate::schema::{Leaf, LeafKind, Shape, SlotKind};

/// A row's text may begin this many lines above the row's first.
const ROW_LINES_ABOVE_MAX: usize = 4;
/// A row's text begins at most this many lines below the row's first.
const ROW_LINES_BELOW_MAX: usize = 8;

/// Why values proved by their text alone are doubtful, by pointer, in a few words.
pub(crate) fn mistaken<'a>(
    shape: &Shape,
    assembled: &Assembled<'_>,
    asked: &[Asked<'a>],
    labels: &Labels<'_>,
    pages: &Pages<'_>,
) -> BTreeMap<&'a str, String> {
    let mut found = BTreeMap::new();
    for each in asked {
        let reason = labels.taken_as_value(shape, each);
        let reason = reason.or_else(|| labels.behind_another(each, pages));
        let reason = reason.or_else(|| under_another(each, labels));
        if let Some(reason) = reason {
            found.insert(each.assembled.pointer.as_str(), reason);
        }
    }
    for (pointer, reason) in outside_rows(assembled, asked) {
        found.entry(pointer).or_insert(reason);
    }
    for (pointer, reason) in same_words(asked, pages) {
        found.entry(pointer).or_insert(reason);
    }
    found
}

impl Labels<'_> {
    /// A text that is nothing but another field's label, or the heading of a column of its own table. A row's text may
    /// well be what an amount is called.
    fn taken_as_value(&self, shape: &Shape, asked: &Asked<'_>) -> Option<String> {
        if asked.leaf.kind != LeafKind::Text || !asked.leaf.options.is_empty() {
            return None;
        }
        let text = bare_text(asked.assembled.value.value.as_str()?);
        let is_one = match asked.place {
            LeafPlace::Field { slot } => {
                let own = self.of_fields.iter().find(|(index, ..)| *index == slot);
                let is_own = own.is_some_and(|(.., labels)| labels.contains(&text));
                let mut all = self.of_fields.iter().map(|(.., labels)| labels);
                let columns = shape.slots.iter().filter_map(|slot| match &slot.kind {
                    SlotKind::Table(table) => Some(&table.row),
                    SlotKind::Leaf(_) | SlotKind::List(_) => None,
                });
                let is_heading = columns.into_iter().any(|row| is_heading(row, &text));
                !is_own && (is_heading || all.any(|labels| labels.contains(&text)))
            }
            LeafPlace::Cell { slot, .. } => match shape.slots.get(slot).map(|slot| &slot.kind) {
                Some(SlotKind::Table(table)) => {
                    let others = self.of_fields.iter().filter(|(_, leaf, _)| is_text_or_date(leaf));
                    is_heading(&table.row, &text)
                        || others.into_iter().any(|(.., labels)| labels.contains(&text))
                }
                Some(SlotKind::Leaf(_) | SlotKind::List(_)) | None => false,
            },
        };
        is_one.then(|| "is what the document prints as a label".to_owned())
    }

    /// A field's value right behind, or below, the label of another field of its kind, where the page prints a label of
    /// its own, too.
    fn behind_another(&self, asked: &Asked<'_>, pages: &Pages<'_>) -> Option<String> {
        let LeafPlace::Field { slot } = asked.place else { return None };
        let (.., own) = self.of_fields.iter().find(|(index, ..)| *index == slot)?;
        let label = self.beside(asked.span)?;
        let others = self.of_fields.iter().filter(|(_, _, labels)| labels.iter().any(|known| known == label));
        let is_others = others.clone().any(|(_, leaf, _)| leaf.kind == asked.leaf.kind);
        let is_own = others.clone().any(|(index, ..)| *index == slot);
        let is_printed = || {
            let mut cells = pages.lines.iter().enumerate().flat_map(|(index, line)| {
                line.cells.iter().map(move |words| Span { line: index, words: words.clone() })
            });
            cells.any(|cell| is_label(&pages.printed(&[cell]), own))
        };
        (is_others && !is_own && is_printed()).then(|| format!("stands behind \"{label}\""))
    }
}

/// A table's cell under the heading of another column, where the headings name its own, too.
fn under_another(asked: &Asked<'_>, labels: &Labels<'_>) -> Option<String> {
    match labels.over(asked)? {
        Headed::AsAnother(printed) => Some(format!("stands under \"{printed}\"")),
        Headed::AsOwn => None,
    }
}

/// Texts of different fields, or columns of one row, that were read from the very same words; not dates, for an
/// invoice may be due at once, and not where the line, or the one above, prints labels of both.
fn same_words<'a>(asked: &[Asked<'a>], pages: &Pages<'_>) -> Vec<(&'a str, String)> {
    let mut places: BTreeMap<Vec<(usize, usize, usize)>, Vec<&Asked<'a>>> = BTreeMap::new();
    for each in asked.iter().filter(|each| each.leaf.kind == LeafKind::Text) {
        let spans = each.assembled.value.spans().iter();
        let key = spans.map(|span| (span.line, span.words.start, span.words.end)).collect();
        places.entry(key).or_default().push(each);
    }
    let mut found = Vec::new();
    for sharing in places.values().filter(|sharing| sharing.len() > 1) {
        for each in sharing {
            let other = sharing.iter().find(|other| are_beside(each.place, other.place));
            if let Some(other) = other.filter(|other| !labels_both(each, other, pages)) {
                let reason = format!("was read from the same words as {}", other.assembled.pointer);
                found.push((each.assembled.pointer.as_str(), reason));
            }
        }
    }
    found
}

fn labels_both(one: &Asked<'_>, other: &Asked<'_>, pages: &Pages<'_>) -> bool {
    let text = |line: Option<usize>| {
        let line = line.and_then(|line| pages.lines.get(line));
        line.map(|line| line.line.text().to_lowercase()).unwrap_or_default()
    };
    let around = format!("{} {}", text(one.span.line.checked_sub(1)), text(Some(one.span.line)));
    let has_one =
        |leaf: &Leaf| bare(&quoted_labels(&leaf.description)).iter().any(|label| around.contains(label));
    has_one(one.leaf) && has_one(other.leaf)
}

/// Whether two leaves are different fields, or different columns of one row.
fn are_beside(one: LeafPlace, other: LeafPlace) -> bool {
    match (one, other) {
        (LeafPlace::Field { slot }, LeafPlace::Field { slot: other }) => slot != other,
        (
            LeafPlace::Cell { slot, row, column },
            LeafPlace::Cell { slot: other_slot, row: other_row, column: other_column },
        ) => (slot, row) == (other_slot, other_row) && column != other_column,
        (LeafPlace::Field { .. }, LeafPlace::Cell { .. })
        | (LeafPlace::Cell { .. }, LeafPlace::Field { .. }) => false,
    }
}

fn is_text_or_date(leaf: &Leaf) -> bool {
    matches!(leaf.kind, LeafKind::Text | LeafKind::Date)
}

fn is_heading(row: &Shape, text: &str) -> bool {
    row.slots.iter().any(|slot| match &slot.kind {
        SlotKind::Leaf(leaf) => bare(&quoted_labels(&leaf.description)).iter().any(|label| label == text),
        SlotKind::List(_) | SlotKind::Table(_) => false,
    })
}

/// Texts and dates of rows that stand outside their row's lines, in columns where most rows' don't. A heading over
/// several rows is read for several rows.
fn outside_rows<'a>(assembled: &Assembled<'_>, asked: &[Asked<'a>]) -> Vec<(&'a str, String)> {
    let anchors: BTreeMap<usize, Vec<Option<usize>>> = assembled
        .tables
        .iter()
        .map(|table| (table.slot, table.rows.iter().map(|row| row.anchor).collect()))
        .collect();
    let lines: BTreeMap<usize, BTreeSet<usize>> =
        anchors.iter().map(|(&slot, anchors)| (slot, anchors.iter().flatten().copied().collect())).collect();
    let mut columns: BTreeMap<(usize, usize), Vec<(&Asked<'a>, bool)>> = BTreeMap::new();
    for each in asked.iter().filter(|each| is_text_or_date(each.leaf)) {
        let LeafPlace::Cell { slot, row, column } = each.place else { continue };
        let anchor = anchors.get(&slot).and_then(|anchors| anchors.get(row).copied().flatten());
        let (Some(anchor), Some(lines)) = (anchor, lines.get(&slot)) else { continue };
        let previous = lines.range(..anchor).next_back().map_or(0, |line| line + 1);
        let next = lines.range(anchor + 1..).next().copied().unwrap_or(usize::MAX);
        let first = previous.max(anchor.saturating_sub(ROW_LINES_ABOVE_MAX));
        let end = next.min(anchor + ROW_LINES_BELOW_MAX);
        columns.entry((slot, column)).or_default().push((each, (first..end).contains(&each.span.line)));
    }
    let mut found = Vec::new();
    for cells in columns.values() {
        let outside = cells.iter().filter(|(_, is_inside)| !is_inside).map(|(each, _)| each);
        if outside.clone().count() * 2 >= cells.len() {
            continue;
        }
        let mut readers: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (each, _) in cells {
            *readers.entry((each.span.line, each.span.words.start)).or_default() += 1;
        }
        let alone = outside.filter(|each| {
            readers.get(&(each.span.line, each.span.words.start)).is_none_or(|&count| count < 2)
        });
        found.extend(
            alone.map(|each| {
                (each.assembled.pointer.as_str(), "stands outside the lines of its row".to_owned())
            }),
        );
    }
    found
}
