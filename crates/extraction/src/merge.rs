//! Puts the grounded answers about a document's chunks together.
//!
//! Rows are told apart by the line they stand on, so equal rows survive and overlaps don't double. Of two values
//! for one leaf the proved one is kept; two proved ones that differ are a conflict that a person settles.

use crate::ground::leaf::{Doubt, Grounded, Proof};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::schema::{Shape, SlotKind};

/// The slots of the record, in the shape's order. `chunks` are in the document's order.
pub(crate) fn merged(shape: &Shape, chunks: Vec<Vec<GroundedSlot>>) -> Vec<GroundedSlot> {
    let empty = |kind: &SlotKind| match kind {
        SlotKind::Leaf(_) => GroundedSlot::Leaf(None),
        SlotKind::List(_) => GroundedSlot::List(Vec::new()),
        SlotKind::Table(_) => GroundedSlot::Table(Vec::new()),
    };
    let mut kept: Vec<GroundedSlot> = shape.slots.iter().map(|slot| empty(&slot.kind)).collect();
    for chunk in chunks {
        merge_slots(&mut kept, chunk);
    }
    kept
}

fn merge_slots(kept: &mut [GroundedSlot], new: Vec<GroundedSlot>) {
    for (kept, new) in kept.iter_mut().zip(new) {
        match (kept, new) {
            (GroundedSlot::Leaf(kept), GroundedSlot::Leaf(Some(new))) => merge_leaf(kept, new),
            (GroundedSlot::List(kept), GroundedSlot::List(new)) => merge_list(kept, new),
            (GroundedSlot::Table(kept), GroundedSlot::Table(new)) => merge_rows(kept, new),
            (GroundedSlot::Leaf(_) | GroundedSlot::List(_) | GroundedSlot::Table(_), _) => {}
        }
    }
}

fn merge_leaf(kept: &mut Option<Grounded>, new: Grounded) {
    let Some(old) = kept else {
        *kept = Some(new);
        return;
    };
    match (&old.proof, &new.proof) {
        (Proof::Text { .. }, Proof::Text { .. }) if old.value != new.value => {
            // The earlier chunk may have ended, or the later one started, in the middle of it.
            if covers(&new, old) {
                *old = new;
            } else if !covers(old, &new) {
                let other = new.claimed;
                if !old.doubts.iter().any(|doubt| matches!(doubt, Doubt::Conflict { .. })) {
                    old.doubts.push(Doubt::Conflict { other });
                }
            }
        }
        (Proof::Ambiguous { .. } | Proof::NotFound, Proof::Text { .. } | Proof::Inferred) => *old = new,
        (Proof::Text { .. } | Proof::Inferred, _) | (Proof::Ambiguous { .. } | Proof::NotFound, _) => {}
    }
}

/// Whether every word that proves `part` also proves `whole`.
fn covers(whole: &Grounded, part: &Grounded) -> bool {
    part.spans().iter().all(|span| whole.spans().iter().any(|whole| whole.contains(span)))
}

fn merge_list(kept: &mut Vec<Grounded>, new: Vec<Grounded>) {
    for value in new {
        let is_known = |old: &Grounded| {
            if value.spans().is_empty() { old.value == value.value } else { old.spans() == value.spans() }
        };
        if !kept.iter().any(is_known) {
            kept.push(value);
        }
    }
    kept.sort_by_key(|value| value.spans().first().map_or(usize::MAX, |span| span.line));
}

/// Adds one chunk's rows to those of the chunks before it.
fn merge_rows(kept: &mut Vec<GroundedRow>, new: Vec<GroundedRow>) {
    let before = kept.len();
    // Which of the earlier rows already have their counterpart: a line may hold several rows.
    let mut matched = vec![false; before];
    for row in new {
        let earlier = kept.iter_mut().take(before).zip(&mut matched);
        let same = earlier.filter(|(_, matched)| !**matched).find(|(old, _)| is_same_place(old, &row));
        if let Some((old, matched)) = same {
            *matched = true;
            merge_slots(&mut old.slots, row.slots);
            continue;
        }
        let is_repeated =
            kept.iter().skip(before).any(|old| old.anchor == row.anchor && old.slots == row.slots);
        let is_part = kept.iter().take(before).any(|old| is_part_of(&row, old));
        if !(is_repeated && row.anchor.is_some() || is_part) {
            kept.push(row);
        }
    }
    kept.sort_by_key(|row| row.anchor.or(row.named).unwrap_or(usize::MAX));
}

/// Whether two chunks speak of the same row: by its line, or by what was claimed where it stands nowhere.
fn is_same_place(old: &GroundedRow, new: &GroundedRow) -> bool {
    match (old.anchor, new.anchor) {
        (Some(old), Some(new)) => old == new,
        (None, None) => old.named.is_some() && old.named == new.named && old.slots == new.slots,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether a row is the rest of an earlier one, seen by a chunk that starts in its middle.
fn is_part_of(row: &GroundedRow, whole: &GroundedRow) -> bool {
    let whole = values(whole);
    let row = values(row);
    let mut spans = row.iter().flat_map(|value| value.spans()).peekable();
    spans.peek().is_some()
        && spans.all(|span| whole.iter().flat_map(|value| value.spans()).any(|other| other.contains(span)))
}

fn values(row: &GroundedRow) -> Vec<&Grounded> {
    let mut values = Vec::new();
    for slot in &row.slots {
        match slot {
            GroundedSlot::Leaf(value) => values.extend(value),
            GroundedSlot::List(list) => values.extend(list),
            GroundedSlot::Table(rows) => values.extend(rows.iter().flat_map(self::values)),
        }
    }
    values
}
