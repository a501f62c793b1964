//! Notices an answer that follows the schema and says next to nothing, though its lines have labels and rows for it.
//!
//! Called by the processor for answers to [`Purpose::Fill`]. Small models and tired ones give nulls that are valid; a
//! document that really prints nothing has no labels either.

use crate::labels::{is_label, labels_of};
use crate::question::{Purpose, Question};
use crate::reply::{Answer, SlotAnswer};
use crate::schema::{Slot, SlotKind};
use crate::task::Task;

/// With fewer labels among the lines an empty answer is believed.
const LABELLED_MIN: usize = 3;
/// An answer for fewer than one in so many of the labels is next to nothing.
const ANSWERED_ONE_IN: usize = 4;
/// Rows of a table that an answer without rows may leave out: fewer may be sums.
const ROWS_MIN: usize = 3;
/// A table's headings name at least so many of its columns.
const COLUMNS_NAMED_MIN: usize = 2;

impl Task {
    /// The fields that an answer gives nothing for, though the lines have their labels or rows, where that is nearly
    /// everything; else none.
    pub fn left_out(&self, question: &Question, answer: &Answer) -> Vec<String> {
        if question.purpose != Purpose::Fill || question.chunk.lines().is_empty() {
            return Vec::new();
        }
        let slots = question.part.shape.slots.iter().zip(&answer.slots);
        let expected: Vec<(&Slot, &SlotAnswer)> =
            slots.filter(|(slot, _)| is_expected(slot, question)).collect();
        let missing: Vec<&Slot> =
            expected.iter().filter(|(_, answer)| !answer.says_something()).map(|(slot, _)| *slot).collect();
        let weight = |slot: &&Slot| match slot.kind {
            SlotKind::Table(_) => LABELLED_MIN,
            SlotKind::Leaf(_) | SlotKind::List(_) => 1,
        };
        let all: usize = expected.iter().map(|(slot, _)| weight(slot)).sum();
        let answered = all - missing.iter().map(weight).sum::<usize>();
        if all < LABELLED_MIN || answered * ANSWERED_ONE_IN >= all {
            return Vec::new();
        }
        missing.iter().map(|slot| format!("`{}`", slot.path.join("/"))).collect()
    }
}

/// Whether the lines have a label, or rows below headings, for a slot.
fn is_expected(slot: &Slot, question: &Question) -> bool {
    let lines = question.chunk.lines();
    match &slot.kind {
        SlotKind::Leaf(leaf) | SlotKind::List(leaf) => {
            let labels = labels_of(slot);
            !leaf.inferred
                && lines.iter().any(|line| line.text.split(" | ").any(|cell| is_label(cell, &labels)))
        }
        SlotKind::Table(table) => {
            let columns: Vec<Vec<String>> = table.row.slots.iter().map(labels_of).collect();
            let names_columns = |text: &str| {
                let cells: Vec<&str> = text.split(" | ").collect();
                let is_named = |labels: &&Vec<String>| cells.iter().any(|cell| is_label(cell, labels));
                columns.iter().filter(is_named).count() >= COLUMNS_NAMED_MIN
            };
            let rows = lines.iter().filter(|line| {
                line.headings
                    .iter()
                    .flat_map(|headings| headings.iter())
                    .any(|heading| names_columns(&heading.text))
            });
            rows.count() >= ROWS_MIN
        }
    }
}
