//! Looks every claimed value up on the pages and makes the record with its proof.
//!
//! Called by the processor once all chunks are answered. The rules of proof: a value stands on the line that was
//! named, or in exactly one place of that line's page; a row's value on the lines of its row. Everything else is
//! kept, but said to be unproved. What follows the single values (merging, equations, the user's schema) is in
//! the modules beside this one.

mod anchors;
mod currency;
pub(crate) mod leaf;
mod number;
pub(crate) mod pages;
pub(crate) mod rows;
pub(crate) mod text;

use std::ops::Range;

use docmill_contract::outcome::Via;
use docmill_pdf::Document;

use crate::correct::corrected;
use crate::merge::{add_missing_rows, merged};
use crate::question::{Purpose, Question};
use crate::record::{Examined, Record, examined};
use crate::reply::{Answer, Claim, RowClaim, SlotAnswer};
use crate::schema::{Leaf, Shape, SlotKind};
use crate::task::Task;
use leaf::{Grounded, Sought, inferred, seen};
use pages::Pages;
use rows::{GroundedRow, GroundedSlot, ground_rows};

/// A question and what was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// What was asked.
    pub question: Question,
    /// What the model claims.
    pub answer: Answer,
}

/// What grounding can't know from the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroundContext {
    /// How the values were read; those from a page with an OCR layer say so instead of [`Via::Llm`], and those from
    /// page images [`Via::Vision`].
    pub via: Via,
}

impl Default for GroundContext {
    fn default() -> Self {
        Self { via: Via::Llm }
    }
}

/// The record of a document. The order of `answers` doesn't matter; their chunks may overlap.
pub fn ground(task: &Task, document: &Document, answers: &[Answered], context: &GroundContext) -> Record {
    examine(task, document, answers, context).record
}

/// The record of a document, and what is worth asking again.
pub fn examine(task: &Task, document: &Document, answers: &[Answered], context: &GroundContext) -> Examined {
    let pages = Pages::of(document);
    let mut answers: Vec<&Answered> = answers.iter().collect();
    answers.sort_by(|left, right| left.question.order().cmp(&right.question.order()));
    let ground_all = |purpose: Purpose| -> Vec<Vec<GroundedSlot>> {
        let answers = answers.iter().filter(|answered| answered.question.purpose == purpose);
        answers.map(|answered| ground_answer(task, &pages, answered)).collect()
    };
    let mut slots = merged(&task.shape, ground_all(Purpose::Fill));
    add_missing_rows(&mut slots, ground_all(Purpose::MissingRows));
    for correction in ground_all(Purpose::Equation) {
        corrected(task, &mut slots, &correction);
    }
    examined(task, document, &pages, slots, context)
}

/// The claims of one answer, looked up, as slots of the whole schema.
fn ground_answer(task: &Task, pages: &Pages<'_>, answered: &Answered) -> Vec<GroundedSlot> {
    let Answered { question, answer } = answered;
    let chunk = &question.chunk;
    let slots = if chunk.lines().is_empty() {
        seen_slots(&question.part.shape, &answer.slots, chunk.images(), pages)
    } else {
        let first = pages.index_of(chunk.first_line());
        let last = pages.index_of(chunk.last_line());
        let lines = first.zip(last).map_or(0..0, |(first, last)| first..last + 1);
        ground_slots(&question.part.shape, &answer.slots, pages, &lines)
    };
    question.part.widened(&task.shape, slots)
}

fn ground_slots(
    shape: &Shape,
    answers: &[SlotAnswer],
    pages: &Pages<'_>,
    chunk: &Range<usize>,
) -> Vec<GroundedSlot> {
    let slots = shape.slots.iter().zip(answers);
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
        (kind, _) => nothing(kind),
    });
    grounded.collect()
}

/// What was read from page images: no text can prove it. The page is known where it was named, or is the only one.
fn seen_slots(shape: &Shape, answers: &[SlotAnswer], images: &[u32], pages: &Pages<'_>) -> Vec<GroundedSlot> {
    let only = images.first().copied().filter(|_| images.len() == 1);
    let slots = shape.slots.iter().zip(answers);
    let of_row = |table: &Shape, row: &RowClaim| {
        let page = row.line.or(only);
        let own = page.map_or_else(|| images.to_vec(), |page| vec![page]);
        let slots = seen_slots(table, &row.slots, &own, pages);
        let seen = page.or(images.first().copied()).map(|page| pages.seen_on(page));
        GroundedRow { anchor: None, named: None, seen, slots }
    };
    let grounded = slots.map(|(slot, answer)| match (&slot.kind, answer) {
        (SlotKind::Leaf(leaf), SlotAnswer::Leaf(claim)) => {
            GroundedSlot::Leaf(claim.as_ref().map(|claim| seen(leaf, claim, only)))
        }
        (SlotKind::List(leaf), SlotAnswer::List(claims)) => {
            GroundedSlot::List(claims.iter().map(|claim| seen(leaf, claim, only)).collect())
        }
        (SlotKind::Table(table), SlotAnswer::Table(rows)) => {
            GroundedSlot::Table(rows.iter().map(|row| of_row(&table.row, row)).collect())
        }
        (kind, _) => nothing(kind),
    });
    grounded.collect()
}

/// An answer has the form of its part's shape; one of another shape says nothing here.
fn nothing(kind: &SlotKind) -> GroundedSlot {
    match kind {
        SlotKind::Leaf(_) => GroundedSlot::Leaf(None),
        SlotKind::List(_) => GroundedSlot::List(Vec::new()),
        SlotKind::Table(_) => GroundedSlot::Table(Vec::new()),
    }
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
