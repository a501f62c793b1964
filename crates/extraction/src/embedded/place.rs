//! Looks embedded values up on the pages, by the rules of proof for what a model claims.
//!
//! A value that stands in one place has it as evidence. One that stands in several is the one behind a label that the
//! schema names, else the first, or for a number the last, since sums stand below: which one is shown changes nothing, as
//! they all print it. Short numbers and texts stand in many places that mean something else, and have none without a label;
//! they are the document's own all the same.

use std::collections::{BTreeMap, BTreeSet};

use docmill_arithmetic::Decimal;
use docmill_arithmetic::decimal::{from_json, significant_digits};
use docmill_contract::outcome::Via;
use serde_json::Value;

use super::Found;
use crate::ground::ground_slots;
use crate::ground::leaf::{Doubt, Grounded, Proof, Sought};
use crate::ground::pages::Pages;
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::ground::text::compact;
use crate::reply::{Answer, Claim, RowClaim, SlotAnswer};
use crate::schema::{Leaf, Shape, SlotKind};

/// From so many digits a number, and from so many characters a text, hardly stands on a page by chance.
pub(super) const TELLING_DIGITS_MIN: u32 = 3;
pub(super) const TELLING_CHARACTERS_MIN: usize = 4;

/// The least numbers of a row that say which line it stands on.
const ROW_NUMBERS_MIN: usize = 2;

/// Rows times lines, up to which rows are looked up. 2 million: 1,000 rows on 40 pages; a second or two of work.
const ROW_LOOKUPS_MAX: usize = 2_000_000;

/// The values with their places, in the shape's order.
pub(super) fn placed(shape: &Shape, found: &Found, pages: &Pages<'_>) -> Vec<GroundedSlot> {
    let rows: usize = found.answer.slots.iter().map(rows_of).sum();
    let everywhere = 0..pages.lines.len();
    let mut slots = if rows.saturating_mul(pages.lines.len()) <= ROW_LOOKUPS_MAX {
        ground_slots(shape, &with_lines(&found.answer, pages).slots, pages, &everywhere)
    } else {
        // Their values are the document's own wherever they stand.
        let header = ground_slots(shape, &without_rows(&found.answer).slots, pages, &everywhere);
        header.into_iter().zip(&found.answer.slots).map(|(slot, answer)| with_rows(slot, answer)).collect()
    };
    own(shape, &found.answer.slots, &mut slots, found.via, pages);
    slots
}

/// The claims, each row with the line that has most of its numbers: where to look first. Rows without such a line are
/// looked for everywhere.
fn with_lines(answer: &Answer, pages: &Pages<'_>) -> Answer {
    let mut lines_of: BTreeMap<Decimal, Vec<usize>> = BTreeMap::new();
    for (index, line) in pages.lines.iter().enumerate() {
        for run in &line.numbers {
            lines_of.entry(run.value).or_default().push(index);
        }
    }
    let slots = answer.slots.iter().map(|slot| match slot {
        SlotAnswer::Table(rows) => {
            let mut taken = BTreeSet::new();
            let named = rows.iter().map(|row| RowClaim {
                line: line_of(row, &lines_of, pages, &mut taken),
                slots: row.slots.clone(),
            });
            SlotAnswer::Table(named.collect())
        }
        SlotAnswer::Leaf(_) | SlotAnswer::List(_) => slot.clone(),
    });
    Answer { slots: slots.collect() }
}

fn line_of(
    row: &RowClaim,
    lines_of: &BTreeMap<Decimal, Vec<usize>>,
    pages: &Pages<'_>,
    taken: &mut BTreeSet<usize>,
) -> Option<u32> {
    let numbers: Vec<Decimal> = row
        .slots
        .iter()
        .filter_map(|slot| match slot {
            SlotAnswer::Leaf(Some(claim)) if claim.value.is_number() => from_json(&claim.value),
            SlotAnswer::Leaf(_) | SlotAnswer::List(_) | SlotAnswer::Table(_) => None,
        })
        .collect();
    // The lines of the number that stands on the fewest.
    let rarest = numbers.iter().filter_map(|number| lines_of.get(number)).min_by_key(|lines| lines.len())?;
    let count = |line: usize| {
        let has = |number: &&Decimal| {
            pages.lines.get(line).is_some_and(|line| line.numbers.iter().any(|run| run.value == **number))
        };
        numbers.iter().filter(has).count()
    };
    let free = rarest.iter().copied().filter(|line| !taken.contains(line));
    // Of equal ones the first, as rows come in their order.
    let best = free.rev().max_by_key(|&line| count(line)).filter(|&line| count(line) >= ROW_NUMBERS_MIN)?;
    taken.insert(best);
    u32::try_from(best + 1).ok()
}

fn rows_of(slot: &SlotAnswer) -> usize {
    match slot {
        SlotAnswer::Leaf(_) | SlotAnswer::List(_) => 0,
        SlotAnswer::Table(rows) => rows.len(),
    }
}

fn without_rows(answer: &Answer) -> Answer {
    let slots = answer.slots.iter().map(|slot| match slot {
        SlotAnswer::Table(_) => SlotAnswer::Table(Vec::new()),
        other => other.clone(),
    });
    Answer { slots: slots.collect() }
}

fn with_rows(slot: GroundedSlot, answer: &SlotAnswer) -> GroundedSlot {
    let SlotAnswer::Table(rows) = answer else { return slot };
    GroundedSlot::Table(rows.iter().map(unplaced).collect())
}

fn unplaced(row: &RowClaim) -> GroundedRow {
    let value = |claim: &Claim| Grounded {
        value: claim.value.clone(),
        claimed: shown(&claim.value),
        proof: Proof::NotFound,
        doubts: Vec::new(),
        embedded: None,
        lines_astray: None,
    };
    let slots = row.slots.iter().map(|slot| match slot {
        SlotAnswer::Leaf(claim) => GroundedSlot::Leaf(claim.as_ref().map(value)),
        SlotAnswer::List(claims) => GroundedSlot::List(claims.iter().map(value).collect()),
        SlotAnswer::Table(rows) => GroundedSlot::Table(rows.iter().map(unplaced).collect()),
    });
    GroundedRow { anchor: None, named: None, seen: None, slots: slots.collect() }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Makes every value the data's own, whatever the page printed instead of it.
fn own(shape: &Shape, answers: &[SlotAnswer], slots: &mut [GroundedSlot], via: Via, pages: &Pages<'_>) {
    for ((slot, answer), grounded) in shape.slots.iter().zip(answers).zip(slots) {
        match (&slot.kind, answer, grounded) {
            (SlotKind::Leaf(leaf), SlotAnswer::Leaf(Some(claim)), GroundedSlot::Leaf(Some(value))) => {
                if matches!(value.proof, Proof::Ambiguous { .. })
                    && let Some(placed) = one_of_several(leaf, claim, pages)
                {
                    *value = placed;
                }
                own_value(claim, value, via);
            }
            (SlotKind::List(_), SlotAnswer::List(claims), GroundedSlot::List(values)) => {
                for (claim, value) in claims.iter().zip(values) {
                    own_value(claim, value, via);
                }
            }
            (SlotKind::Table(table), SlotAnswer::Table(claims), GroundedSlot::Table(rows)) => {
                for (claim, row) in claims.iter().zip(rows) {
                    own_row(&table.row, claim, row, via);
                }
            }
            (SlotKind::Leaf(_) | SlotKind::List(_) | SlotKind::Table(_), _, _) => {}
        }
    }
}

fn own_row(shape: &Shape, claims: &RowClaim, row: &mut GroundedRow, via: Via) {
    for ((slot, answer), grounded) in shape.slots.iter().zip(&claims.slots).zip(&mut row.slots) {
        match (&slot.kind, answer, grounded) {
            (SlotKind::Leaf(_), SlotAnswer::Leaf(Some(claim)), GroundedSlot::Leaf(Some(value))) => {
                own_value(claim, value, via);
            }
            (SlotKind::List(_), SlotAnswer::List(claims), GroundedSlot::List(values)) => {
                for (claim, value) in claims.iter().zip(values) {
                    own_value(claim, value, via);
                }
            }
            (SlotKind::Leaf(_) | SlotKind::List(_) | SlotKind::Table(_), _, _) => {}
        }
    }
}

fn own_value(claim: &Claim, value: &mut Grounded, via: Via) {
    value.embedded = Some(via);
    match via {
        // What is entered in a form is text: what it means was read as on the page.
        Via::Form => {}
        Via::FacturX | Via::Llm | Via::OcrLayer | Via::Vision | Via::Person => {
            value.value = claim.value.clone();
            value.doubts.retain(|doubt| matches!(doubt, Doubt::Precision));
        }
    }
}

/// The place to show of a value that stands in several.
fn one_of_several(leaf: &Leaf, claim: &Claim, pages: &Pages<'_>) -> Option<Grounded> {
    let labels = labels(leaf);
    let sought = Sought::of(leaf, claim, pages)?;
    let has_label = |line: usize| {
        let line = pages.lines.get(line).map_or("", |line| line.compact.as_str());
        labels.iter().any(|label| line.contains(label.as_str()))
    };
    let hits = |line: usize| sought.hits(pages, line, pages.lines.len());
    let everywhere = 0..pages.lines.len();
    let labelled = everywhere.clone().filter(|&line| has_label(line)).flat_map(hits).next();
    let number = from_json(&claim.value).filter(|_| claim.value.is_number());
    let hit = labelled.or_else(|| match number {
        Some(number) if significant_digits(number) >= TELLING_DIGITS_MIN => everywhere.flat_map(hits).last(),
        Some(_) => None,
        None if shown(&claim.value).chars().count() >= TELLING_CHARACTERS_MIN => {
            everywhere.flat_map(hits).next()
        }
        None => None,
    });
    hit.map(|hit| sought.proved(hit))
}

/// The texts in single quotes in a leaf's description, as lines are compared with them. An apostrophe within a word
/// opens nothing.
pub(super) fn labels(leaf: &Leaf) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = leaf.description.as_str();
    while let Some(start) = rest.find('\'') {
        let opens = !rest.get(..start).is_some_and(|before| before.ends_with(char::is_alphanumeric));
        let after = rest.get(start + 1..).unwrap_or_default();
        let Some(end) = after.find('\'').filter(|_| opens) else {
            rest = after;
            continue;
        };
        labels.extend(after.get(..end).map(compact).filter(|label| !label.is_empty()));
        rest = after.get(end + 1..).unwrap_or_default();
    }
    labels
}
