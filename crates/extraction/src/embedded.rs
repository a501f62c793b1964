//! Data that a document carries beside its pages: an electronic invoice, or a filled form.
//!
//! Called by the processor before a model is asked anything. Where the data fills what the schema requires, the record is
//! made of it and nobody is asked; where it fills a part, it wins over what a model claims. Either way each value is
//! looked up on the pages by the same rules as a claim, and the pages may contradict it. Data that can't be used costs the
//! document a warning, never its record.

mod beside;
mod compare;
mod form;
mod invoice;
mod place;

use docmill_contract::outcome::{Via, Warning, WarningCode};
use docmill_einvoice::EInvoice;
use docmill_pdf::Document;
use jsonschema::error::ValidationErrorKind;

use crate::assemble::assembled;
use crate::ground::GroundContext;
use crate::ground::leaf::Doubt;
use crate::ground::pages::Pages;
use crate::ground::rows::GroundedSlot;
use crate::record::{Record, examined};
use crate::reply::Answer;
use crate::schema::{Leaf, Shape, SlotKind};
use crate::task::Task;

/// What a document carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Carried {
    /// Everything the schema requires: the record, made without asking anyone.
    Record(Record),
    /// A part of it, or nothing: a model has to be asked.
    Part(Embedded),
}

/// A part of a record, to be put beside what a model claims: [`Embedded::examine`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Embedded {
    /// The slots of the task's shape; empty where the document carries nothing.
    slots: Vec<GroundedSlot>,
    /// Why data that is there can't be used.
    warnings: Vec<Warning>,
}

/// Values from a document's data, before they are looked up.
pub(crate) struct Found {
    answer: Answer,
    via: Via,
    /// Whether nobody need be asked for leaves that aren't required: what the data doesn't say, the document doesn't.
    is_exhaustive: bool,
    /// The whole invoice, to compare the pages with.
    invoice: Option<EInvoice>,
}

impl Task {
    /// What a document carries of what this task asks for.
    pub fn carried(&self, document: &Document) -> Carried {
        let has_terms = has(&self.shape, &|leaf| leaf.term.is_some());
        let (found, warnings) =
            if has_terms { invoice::found(&self.shape, document) } else { (None, Vec::new()) };
        let Some(found) = found.or_else(|| form::found(&self.shape, document, self.requires_some())) else {
            return Carried::Part(Embedded { slots: Vec::new(), warnings });
        };
        let pages = Pages::of(document);
        let mut slots = place::placed(&self.shape, &found, &pages);
        compare::compare(&self.shape, &mut slots, &found, &pages, document);
        if found.is_exhaustive && self.fills_what_is_required(&slots) {
            let context = GroundContext { via: found.via };
            Carried::Record(examined(self, (document, None), &pages, slots, &context).warned(warnings).record)
        } else {
            Carried::Part(Embedded { slots, warnings })
        }
    }

    /// Whether an empty record would lack something.
    fn requires_some(&self) -> bool {
        let nothing = serde_json::json!({});
        self.validator
            .iter_errors(&nothing)
            .any(|error| matches!(error.kind(), ValidationErrorKind::Required { .. }))
    }

    fn fills_what_is_required(&self, slots: &[GroundedSlot]) -> bool {
        let assembled = assembled(&self.shape, slots);
        let is_missing = |error: &jsonschema::ValidationError<'_>| {
            matches!(error.kind(), ValidationErrorKind::Required { .. })
        };
        !assembled.leaves.is_empty()
            && !self.validator.iter_errors(&assembled.data).any(|error| is_missing(&error))
    }
}

/// Whether some leaf of a shape, in rows or not, is so.
fn has(shape: &Shape, is_so: &dyn Fn(&Leaf) -> bool) -> bool {
    shape.slots.iter().any(|slot| match &slot.kind {
        SlotKind::Leaf(leaf) | SlotKind::List(leaf) => is_so(leaf),
        SlotKind::Table(table) => has(&table.row, is_so),
    })
}

fn unusable(message: String) -> Warning {
    Warning { code: WarningCode::EmbeddedDataUnusable, message, pointer: None }
}

/// Adds that the pages contradict a value, once.
fn contradicted(doubts: &mut Vec<Doubt>, how: String) {
    if !doubts.iter().any(|doubt| matches!(doubt, Doubt::PageDisagrees { .. })) {
        doubts.push(Doubt::PageDisagrees { how });
    }
}
