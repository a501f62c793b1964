//! Takes values from a second reading where they make an equation hold that didn't.
//!
//! Used by [`examine`](crate::examine) for the answers to [`Purpose::Equation`](crate::Purpose). A second reading is no
//! better than the first: it is taken only where every value it changes is proved by text and the equation then holds,
//! and nothing that held before is broken by it. Else the first stays, with its warning.

use std::collections::{BTreeMap, BTreeSet};

use docmill_arithmetic::{Equation, equations};

use crate::assemble::{LeafPlace, assembled};
use crate::ground::leaf::{Grounded, Proof};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::task::Task;

/// The most equations of one document that a second reading is tried on.
const EQUATIONS_TRIED_MAX: usize = 64;

/// Applies what a second reading mends.
pub(crate) fn corrected(task: &Task, slots: &mut Vec<GroundedSlot>, reading: &[GroundedSlot]) {
    let (mut state, places) = worked_out(task, slots);
    let failing: Vec<Equation> = state.iter().filter(|equation| !equation.holds).cloned().collect();
    for equation in failing.iter().take(EQUATIONS_TRIED_MAX) {
        if holds(&state, equation) {
            continue;
        }
        let changes = changes(equation, &places, slots, reading);
        if changes.is_empty() {
            continue;
        }
        let mut mended = slots.clone();
        for (place, value) in changes {
            if let Some(leaf) = leaf_mut(&mut mended, place) {
                *leaf = Some(value);
            }
        }
        let (after, _) = worked_out(task, &mended);
        if holds(&after, equation) && breaks_nothing(&state, &after) {
            *slots = mended;
            state = after;
        }
    }
}

/// The equations of a record, and where its leaves are.
fn worked_out(task: &Task, slots: &[GroundedSlot]) -> (Vec<Equation>, BTreeMap<String, LeafPlace>) {
    let assembled = assembled(&task.shape, slots);
    let places = assembled.leaves.iter().filter_map(|leaf| Some((leaf.pointer.clone(), leaf.place?)));
    (equations(&task.rules, &assembled.data), places.collect())
}

/// The members of an equation that the second reading proves and the first doesn't have so.
fn changes(
    equation: &Equation,
    places: &BTreeMap<String, LeafPlace>,
    slots: &[GroundedSlot],
    reading: &[GroundedSlot],
) -> Vec<(LeafPlace, Grounded)> {
    let terms = equation.terms.iter().map(|term| &term.pointer);
    let pointers: BTreeSet<&String> = terms.chain([&equation.result_pointer]).collect();
    let places = pointers.into_iter().filter_map(|pointer| places.get(pointer));
    let changed = places.filter_map(|&place| {
        let old = leaf(slots, place)?;
        let new = leaf_of_reading(slots, reading, place)?;
        let is_proved = |value: &Grounded| matches!(value.proof, Proof::Text { .. });
        let is_news = new.value != old.value || !is_proved(old);
        (is_proved(new) && new.doubts.is_empty() && is_news).then(|| (place, new.clone()))
    });
    changed.collect()
}

fn holds(equations: &[Equation], which: &Equation) -> bool {
    equations.iter().any(|equation| is_same(equation, which) && equation.holds)
}

fn breaks_nothing(before: &[Equation], after: &[Equation]) -> bool {
    let held: BTreeSet<(&str, &str)> = before.iter().filter(|equation| equation.holds).map(name).collect();
    !after.iter().any(|equation| !equation.holds && held.contains(&name(equation)))
}

fn is_same(left: &Equation, right: &Equation) -> bool {
    name(left) == name(right)
}

fn name(equation: &Equation) -> (&str, &str) {
    (&equation.rule, &equation.result_pointer)
}

fn rows(slots: &[GroundedSlot], slot: usize) -> &[GroundedRow] {
    match slots.get(slot) {
        Some(GroundedSlot::Table(rows)) => rows,
        Some(GroundedSlot::Leaf(_) | GroundedSlot::List(_)) | None => &[],
    }
}

fn leaf(slots: &[GroundedSlot], place: LeafPlace) -> Option<&Grounded> {
    let (slots, slot) = match place {
        LeafPlace::Field { slot } => (slots, slot),
        LeafPlace::Cell { slot, row, column } => (rows(slots, slot).get(row)?.slots.as_slice(), column),
    };
    match slots.get(slot)? {
        GroundedSlot::Leaf(value) => value.as_ref(),
        GroundedSlot::List(_) | GroundedSlot::Table(_) => None,
    }
}

/// What the second reading says of the same leaf; rows are told apart by their line.
fn leaf_of_reading<'a>(
    slots: &[GroundedSlot],
    reading: &'a [GroundedSlot],
    place: LeafPlace,
) -> Option<&'a Grounded> {
    let LeafPlace::Cell { slot, row, column } = place else { return leaf(reading, place) };
    let anchor = rows(slots, slot).get(row)?.anchor?;
    let row = rows(reading, slot).iter().position(|row| row.anchor == Some(anchor))?;
    leaf(reading, LeafPlace::Cell { slot, row, column })
}

fn leaf_mut(slots: &mut [GroundedSlot], place: LeafPlace) -> Option<&mut Option<Grounded>> {
    let slot = match place {
        LeafPlace::Field { slot } => slots.get_mut(slot)?,
        LeafPlace::Cell { slot, row, column } => match slots.get_mut(slot)? {
            GroundedSlot::Table(rows) => rows.get_mut(row)?.slots.get_mut(column)?,
            GroundedSlot::Leaf(_) | GroundedSlot::List(_) => return None,
        },
    };
    match slot {
        GroundedSlot::Leaf(value) => Some(value),
        GroundedSlot::List(_) | GroundedSlot::Table(_) => None,
    }
}
