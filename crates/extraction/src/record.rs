//! The finished record of a document, as it goes into the outcome.
//!
//! Made by [`ground`](crate::ground()) from the merged values, read by the processor. Here the equations prove what
//! they can, the user's schema is enforced, rows are counted, and everything a person should look at becomes a
//! warning.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use docmill_arithmetic::equations;
use docmill_contract::outcome::{Completeness, Evidence, Status, VerifiedBy, Via, Warning};
use docmill_pdf::{Bounds, Document};
use serde_json::Value;

use crate::again::{Broken, broken};
use crate::assemble::{Assembled, assembled};
use crate::complete::rows_on_pages;
use crate::doubt::{Doubts, doubts};
use crate::ground::GroundContext;
use crate::ground::leaf::{Grounded, Proof};
use crate::ground::pages::{Pages, Span};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::layout::{TableLines, table_lines};
use crate::prove::proved_by_equations;
use crate::task::Task;
use crate::warn;

/// The most warnings of one record; more help nobody.
const WARNINGS_MAX: usize = 1_000;

/// What was extracted from a document, with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The record: an object. What isn't in the document is absent.
    pub data: Value,
    /// The proof of each leaf of `data`, in its order.
    pub evidence: Vec<Evidence>,
    /// Rows found against rows on the pages, for each array of objects that isn't within another.
    pub completeness: Vec<Completeness>,
    /// What a person should look at.
    pub warnings: Vec<Warning>,
    /// `verified` if every leaf is proved or inferred and there is no warning, else `needs_review`.
    pub status: Status,
}

/// A record, and what is worth asking again.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// The record as it is.
    pub record: Record,
    /// Rows that are missing.
    pub(crate) gaps: Vec<Gap>,
    /// Equations that don't hold.
    pub(crate) broken: Vec<Broken>,
}

/// Rows of a table that the pages have and the record hasn't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The table's slot.
    pub(crate) slot: usize,
    /// Their lines, ascending.
    pub(crate) missing: Vec<Range<usize>>,
    /// The lines of the rows that were found.
    pub(crate) found: BTreeSet<usize>,
}

impl Examined {
    /// The record with more that a person should look at.
    pub(crate) fn warned(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.record.warnings.extend(warnings);
        self.record.warnings.truncate(WARNINGS_MAX);
        if !self.record.warnings.is_empty() {
            self.record.status = Status::NeedsReview;
        }
        self
    }
}

/// Finishes a record from its merged values; the document's tables where they were found already.
pub(crate) fn examined(
    task: &Task,
    (document, tables): (&Document, Option<&[TableLines]>),
    pages: &Pages<'_>,
    slots: Vec<GroundedSlot>,
    context: &GroundContext,
) -> Examined {
    let assembled = assembled(&task.shape, &slots);
    let equations = equations(&task.rules, &assembled.data);
    let violations = warn::of_schema(&task.validator, &assembled.data);
    // What the pages contradict is proved by nothing, and proves nothing; no more does what is doubted.
    let doubts = doubts(&task.shape, &assembled, pages, &equations, &violations);
    let Doubts { doubted, mistaken, disbelieved, proved } = doubts;
    let by_equation = proved_by_equations(&equations, proved);
    let (completeness, gaps) = completeness((document, tables), pages, &assembled);
    let broken = broken(&assembled, &slots, &equations);

    let mut warnings = warn::of_pages(document);
    warnings.extend(disbelieved.map(warn::of_reading));
    let mut evidence = Vec::new();
    for leaf in &assembled.leaves {
        let is_by_equation = by_equation.contains(leaf.pointer.as_str());
        warnings.extend(warn::of_value(&leaf.pointer, leaf.value, is_by_equation));
        let mut proof = evidence_of(pages, &leaf.pointer, leaf.value, is_by_equation, context);
        if doubted.contains(leaf.pointer.as_str()) {
            proof.verified_by = VerifiedBy::None;
        }
        warnings.extend(mistaken.get(leaf.pointer.as_str()).map(|why| warn::of_mistaken(leaf, why)));
        evidence.push(proof);
    }
    warnings.extend(warn::of_equations(&equations));
    let is_own = |pointer: &str| {
        let mut leaves = assembled.leaves.iter().filter(|leaf| is_within(&leaf.pointer, pointer)).peekable();
        leaves.peek().is_some() && leaves.all(|leaf| leaf.value.embedded.is_some())
    };
    warnings.extend(warn::of_rows(&completeness, is_own));
    warnings.extend(violations);
    if assembled.leaves.is_empty() {
        warnings.push(warn::nothing_found());
    }
    warnings.truncate(WARNINGS_MAX);
    // Every unproved value has its warning, or is a member of an equation that has one.
    let status = if warnings.is_empty() { Status::Verified } else { Status::NeedsReview };
    let record = Record { data: assembled.data, evidence, completeness, warnings, status };
    Examined { record, gaps, broken }
}

/// Rows found against rows on the pages. Rows of page images are taken as they are: nobody can count them.
fn completeness(
    (document, tables): (&Document, Option<&[TableLines]>),
    pages: &Pages<'_>,
    assembled: &Assembled<'_>,
) -> (Vec<Completeness>, Vec<Gap>) {
    if assembled.tables.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let tables = tables.map_or_else(|| Cow::Owned(table_lines(document)), Cow::Borrowed);
    let anchors =
        |rows: &[GroundedRow]| -> BTreeSet<usize> { rows.iter().filter_map(|row| row.anchor).collect() };
    let is_outside = |leaf: &str| !assembled.tables.iter().any(|table| is_within(leaf, &table.pointer));
    let outside = assembled.leaves.iter().filter(|leaf| is_outside(&leaf.pointer));
    let of_fields: BTreeSet<usize> =
        outside.flat_map(|leaf| leaf.value.spans()).map(|span| span.line).collect();
    let (mut counted, mut gaps) = (Vec::new(), Vec::new());
    for table in &assembled.tables {
        // A line that is a row of another table, or on which a sum was read, is no row of this one.
        let others = assembled.tables.iter().filter(|other| other.pointer != table.pointer);
        let mut others: BTreeSet<usize> = others.flat_map(|other| anchors(other.rows)).collect();
        others.extend(&of_fields);
        let found = anchors(table.rows);
        let seen = table.rows.iter().filter(|row| row.seen.is_some()).count();
        let rows = rows_on_pages(pages, &tables, &found, &others);
        let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
        counted.push(Completeness {
            pointer: table.pointer.clone(),
            rows_found: count(table.rows.len()),
            rows_on_pages: count(rows.on_pages + seen),
        });
        if !rows.missing.is_empty() {
            gaps.push(Gap { slot: table.slot, missing: rows.missing, found });
        }
    }
    (counted, gaps)
}

pub(crate) fn is_within(leaf: &str, table: &str) -> bool {
    leaf.strip_prefix(table).is_some_and(|rest| rest.starts_with('/'))
}

fn evidence_of(
    pages: &Pages<'_>,
    pointer: &str,
    value: &Grounded,
    is_by_equation: bool,
    context: &GroundContext,
) -> Evidence {
    let via = value.embedded.unwrap_or(context.via);
    let without_place = |verified_by| Evidence {
        pointer: pointer.to_owned(),
        page: None,
        bounds: None,
        boxes: Vec::new(),
        text: None,
        verified_by,
        via,
    };
    match &value.proof {
        _ if value.page_disagrees() => without_place(VerifiedBy::None),
        Proof::Text { spans, text } => {
            let boxes = boxes(pages, spans);
            let first = spans.first().and_then(|span| pages.lines.get(span.line));
            let is_ocr_layer = first.is_some_and(|line| line.is_ocr_layer);
            let via = if is_ocr_layer && via == Via::Llm { Via::OcrLayer } else { via };
            let enclosing = boxes.iter().copied().reduce(Bounds::union).map(corners);
            let several = if boxes.len() > 1 { boxes.into_iter().map(corners).collect() } else { Vec::new() };
            Evidence {
                pointer: pointer.to_owned(),
                page: first.map(|line| line.page),
                bounds: enclosing,
                boxes: several,
                text: Some(text.clone()),
                verified_by: if value.embedded.is_some() { VerifiedBy::Embedded } else { VerifiedBy::Text },
                via,
            }
        }
        Proof::Inferred | Proof::Ambiguous { .. } | Proof::NotFound if value.embedded.is_some() => {
            without_place(VerifiedBy::Embedded)
        }
        Proof::Inferred => without_place(VerifiedBy::Inferred),
        Proof::Seen { page } => {
            let verified_by = if is_by_equation { VerifiedBy::Arithmetic } else { VerifiedBy::None };
            Evidence { page: *page, via: Via::Vision, ..without_place(verified_by) }
        }
        Proof::Ambiguous { .. } | Proof::NotFound if is_by_equation => without_place(VerifiedBy::Arithmetic),
        Proof::Ambiguous { .. } | Proof::NotFound => without_place(VerifiedBy::None),
    }
}

/// The box of each line of a value. Evidence names one page, so lines that go on on the next have none.
fn boxes(pages: &Pages<'_>, spans: &[Span]) -> Vec<Bounds> {
    let page = spans.first().and_then(|span| pages.lines.get(span.line)).map(|line| line.page);
    let of_span = |span: &Span| {
        let line = pages.lines.get(span.line).filter(|line| Some(line.page) == page)?;
        let words = line.line.words.get(span.words.clone())?;
        words.iter().map(|word| word.bounds).reduce(Bounds::union)
    };
    spans.iter().filter_map(of_span).collect()
}

fn corners(bounds: Bounds) -> [f32; 4] {
    [bounds.x0, bounds.y0, bounds.x1, bounds.y1]
}
