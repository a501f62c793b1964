//! Puts the data a document carries beside what a model claims about its pages.
//!
//! The data wins wherever it says something. Where the pages show nothing of it, and prove another value in its place, they
//! contradict it.

use docmill_contract::outcome::{Warning, WarningCode};
use docmill_pdf::Document;

use super::invoice::is_exhaustive;
use super::{Embedded, contradicted};
use crate::ground::leaf::{Grounded, Proof};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::ground::{Answered, GroundContext, grounded_slots};
use crate::layout::TableLines;
use crate::plan::Plan;
use crate::record::{Examined, examined};
use crate::schema::{LeafKind, Shape, SlotKind, pointer_of};
use crate::task::Task;

impl Embedded {
    /// The record of a document from its own data and a model's answers, and what is worth asking again:
    /// [`examine`](crate::examine) with data.
    pub fn examine(
        &self,
        task: &Task,
        document: &Document,
        answers: &[Answered],
        context: &GroundContext,
    ) -> Examined {
        self.examine_with(task, document, None, answers, context)
    }

    /// As [`Self::examine`], for a document that was planned: its tables are found once.
    pub fn examine_planned(
        &self,
        task: &Task,
        (document, plan): (&Document, &Plan),
        answers: &[Answered],
        context: &GroundContext,
    ) -> Examined {
        self.examine_with(task, document, Some(plan.tables()), answers, context)
    }

    fn examine_with(
        &self,
        task: &Task,
        document: &Document,
        tables: Option<&[TableLines]>,
        answers: &[Answered],
        context: &GroundContext,
    ) -> Examined {
        let (pages, mut slots) = grounded_slots(task, document, answers);
        let mut warnings = self.warnings.clone();
        lay_over(&task.shape, &mut slots, &self.slots, &mut warnings);
        examined(task, (document, tables), &pages, slots, context).warned(warnings)
    }
}

fn lay_over(shape: &Shape, slots: &mut [GroundedSlot], own: &[GroundedSlot], warnings: &mut Vec<Warning>) {
    for ((slot, claimed), own) in shape.slots.iter().zip(slots).zip(own) {
        match (&slot.kind, claimed, own) {
            (SlotKind::Table(table), GroundedSlot::Table(claimed), GroundedSlot::Table(own))
                if !own.is_empty() =>
            {
                let says_all = is_exhaustive(&table.row);
                if claimed.len() == own.len() && !own.iter().all(|row| row.slots.iter().all(is_filled)) {
                    lay_over_rows(&table.row, claimed, own);
                } else if says_all || claimed.is_empty() {
                    claimed.clone_from(own);
                } else {
                    let (rows, own) = (claimed.len(), own.len());
                    let message =
                        format!("the document's own data has {own} rows, {rows} were found on the pages");
                    let pointer = Some(pointer_of(&slot.path));
                    warnings.push(Warning { code: WarningCode::PageDisagrees, message, pointer });
                }
            }
            (kind, claimed, own) => lay(kind, claimed, own),
        }
    }
}

/// Rows are the same where they stand on the same line; unless all of them do, those in the same place of their order are.
fn lay_over_rows(shape: &Shape, claimed: &mut [GroundedRow], own: &[GroundedRow]) {
    let by_line = |row: &GroundedRow| {
        let line = row.anchor?;
        claimed.iter().position(|claimed| claimed.anchor == Some(line))
    };
    let by_line: Option<Vec<usize>> = own.iter().map(by_line).collect();
    let partners = by_line.unwrap_or_else(|| (0..own.len()).collect());
    for (own, partner) in own.iter().zip(partners) {
        let Some(claimed) = claimed.get_mut(partner) else { continue };
        for ((slot, claimed), own) in shape.slots.iter().zip(&mut claimed.slots).zip(&own.slots) {
            lay(&slot.kind, claimed, own);
        }
    }
}

fn lay(kind: &SlotKind, claimed: &mut GroundedSlot, own: &GroundedSlot) {
    match (claimed, own) {
        (GroundedSlot::Leaf(claimed), GroundedSlot::Leaf(Some(own))) => {
            let mut own = own.clone();
            // A name may be spelled in two ways; a number or a date may not.
            let is_exact = matches!(kind, SlotKind::Leaf(leaf) if leaf.kind != LeafKind::Text);
            let claimed_exactly = claimed.as_ref().filter(|_| is_exact);
            if let Some(printed) = claimed_exactly.and_then(|claimed| contradiction(claimed, &own)) {
                contradicted(&mut own.doubts, format!("and its pages say \"{printed}\""));
            }
            *claimed = Some(own);
        }
        (GroundedSlot::List(claimed), GroundedSlot::List(own)) if !own.is_empty() => claimed.clone_from(own),
        (GroundedSlot::Leaf(_) | GroundedSlot::List(_) | GroundedSlot::Table(_), _) => {}
    }
}

/// What the pages print where they show nothing of the data's own value.
fn contradiction(claimed: &Grounded, own: &Grounded) -> Option<String> {
    match (&own.proof, &claimed.proof) {
        (Proof::NotFound, Proof::Text { text, .. }) if claimed.value != own.value => Some(text.clone()),
        _ => None,
    }
}

fn is_filled(slot: &GroundedSlot) -> bool {
    match slot {
        GroundedSlot::Leaf(value) => value.is_some(),
        GroundedSlot::List(values) => !values.is_empty(),
        GroundedSlot::Table(rows) => !rows.is_empty(),
    }
}
