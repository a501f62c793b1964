//! Looks every claimed value up on the pages and makes the record with its proof.
//!
//! Called by the processor once all chunks are answered. The rules of proof: a value stands on the line that was
//! named, or in exactly one place of that line's page; a row's value on the lines of its row. Everything else is
//! kept, but said to be unproved. What follows the single values (merging, equations, the user's schema) is in
//! the modules beside this one.

mod anchors;
pub(crate) mod currency;
pub(crate) mod leaf;
mod number;
pub(crate) mod pages;
pub(crate) mod rows;
pub(crate) mod text;

use std::ops::Range;

use docmill_contract::outcome::Via;
use docmill_pdf::Document;

use crate::merge::merged;
use crate::plan::Chunk;
use crate::record::{Record, finished};
use crate::reply::{Answer, Claim, SlotAnswer};
use crate::schema::{Leaf, Shape, SlotKind};
use crate::task::Task;
use leaf::{Grounded, Sought, inferred};
use pages::Pages;
use rows::{GroundedSlot, ground_rows};

/// A chunk and what was answered about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The chunk that was asked about.
    pub chunk: Chunk,
    /// What the model claims.
    pub answer: Answer,
}

/// What grounding can't know from the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroundContext {
    /// How the values were read; those from a page with an OCR layer say so instead of [`Via::Llm`].
    pub via: Via,
}

impl Default for GroundContext {
    fn default() -> Self {
        Self { via: Via::Llm }
    }
}

/// The record of a document. `answers` are in the order of the document; their chunks may overlap.
pub fn ground(task: &Task, document: &Document, answers: &[Answered], context: &GroundContext) -> Record {
    let (pages, slots) = grounded_slots(task, document, answers);
    finished(task, document, &pages, slots, context)
}

/// The values of all answers, looked up and merged, and the pages they were looked up on.
pub(crate) fn grounded_slots<'a>(
    task: &Task,
    document: &'a Document,
    answers: &[Answered],
) -> (Pages<'a>, Vec<GroundedSlot>) {
    let pages = Pages::of(document);
    let grounded = answers.iter().map(|answered| ground_chunk(task, &pages, answered)).collect();
    let slots = merged(&task.shape, grounded);
    (pages, slots)
}

/// The claims about one chunk, looked up.
fn ground_chunk(task: &Task, pages: &Pages<'_>, answered: &Answered) -> Vec<GroundedSlot> {
    let first = pages.index_of(answered.chunk.first_line());
    let last = pages.index_of(answered.chunk.last_line());
    let chunk = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
    ground_slots(&task.shape, &answered.answer, pages, &chunk)
}

/// Claims about some lines, looked up.
pub(crate) fn ground_slots(
    shape: &Shape,
    answer: &Answer,
    pages: &Pages<'_>,
    chunk: &Range<usize>,
) -> Vec<GroundedSlot> {
    let slots = shape.slots.iter().zip(&answer.slots);
    let grounded = slots.map(|(slot, answer)| match (&slot.kind, answer) {
        (SlotKind::Leaf(leaf), SlotAnswer::Leaf(claim)) => {
            GroundedSlot::Leaf(claim.as_ref().and_then(|claim| ground_leaf(leaf, claim, pages, chunk)))
        }
        (SlotKind::List(leaf), SlotAnswer::List(claims)) => {
            let values = claims.iter().filter_map(|claim| ground_leaf(leaf, claim, pages, chunk));
            GroundedSlot::List(values.collect())
        }
        (SlotKind::Table(table), SlotAnswer::Table(rows)) => {
            GroundedSlot::Table(ground_rows(&table.row, rows, pages, chunk))
        }
        // An answer has the form of its task's shape; one of another task's says nothing here.
        (SlotKind::Leaf(_), SlotAnswer::List(_) | SlotAnswer::Table(_)) => GroundedSlot::Leaf(None),
        (SlotKind::List(_), SlotAnswer::Leaf(_) | SlotAnswer::Table(_)) => GroundedSlot::List(Vec::new()),
        (SlotKind::Table(_), SlotAnswer::Leaf(_) | SlotAnswer::List(_)) => GroundedSlot::Table(Vec::new()),
    });
    grounded.collect()
}

fn ground_leaf(leaf: &Leaf, claim: &Claim, pages: &Pages<'_>, chunk: &Range<usize>) -> Option<Grounded> {
    if leaf.inferred {
        return Some(inferred(claim));
    }
    let sought = Sought::of(leaf, claim, pages)?;
    let named = claim.line.and_then(|line| pages.index_of(line));
    let scope = named.map_or_else(|| pages.pages_of(chunk), |line| pages.page_of(line));
    Some(sought.locate(pages, named, scope))
}
