//! Puts the grounded answers about a document's chunks and the schema's parts together.
//!
//! Rows are told apart by the line they stand on, so equal rows survive and overlaps don't double. Of two values
//! for one leaf the proved one is kept; two proved ones that differ are a conflict that a person settles.

use std::collections::{BTreeMap, BTreeSet};

use crate::ground::leaf::{Doubt, Grounded, Proof};
use crate::ground::rows::{GroundedRow, GroundedSlot};
use crate::part::empty_slots;
use crate::schema::Shape;

/// The slots of the record, in the shape's order. `answers` are in the order of the document.
pub(crate) fn merged(shape: &Shape, answers: Vec<Vec<GroundedSlot>>) -> Vec<GroundedSlot> {
    let mut kept = empty_slots(shape);
    for answer in answers {
        merge_slots(&mut kept, answer);
    }
    kept
}

/// Adds rows that were asked for because they were missing: those that stand on a line where none was found. The others
/// were read before, and what stands nowhere isn't what was missing.
pub(crate) fn add_missing_rows(kept: &mut [GroundedSlot], answers: Vec<Vec<GroundedSlot>>) {
    let anchors = |slot: &GroundedSlot| -> BTreeSet<usize> {
        match slot {
            GroundedSlot::Table(rows) => rows.iter().filter_map(|row| row.anchor).collect(),
            GroundedSlot::Leaf(_) | GroundedSlot::List(_) => BTreeSet::new(),
        }
    };
    let found: Vec<BTreeSet<usize>> = kept.iter().map(anchors).collect();
    for mut answer in answers {
        for (slot, found) in answer.iter_mut().zip(&found) {
            if let GroundedSlot::Table(rows) = slot {
                rows.retain(|row| row.anchor.is_some_and(|anchor| !found.contains(&anchor)));
            }
        }
        merge_slots(kept, answer);
    }
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
                conflict(old, new.claimed);
            }
        }
        (
            Proof::Ambiguous { .. } | Proof::NotFound | Proof::Seen { .. },
            Proof::Text { .. } | Proof::Inferred,
        ) => *old = new,
        // Two images that say different things: nothing tells which is right.
        (Proof::Seen { .. }, Proof::Seen { .. }) if old.value != new.value => conflict(old, new.claimed),
        (Proof::Text { .. } | Proof::Inferred, _)
        | (Proof::Ambiguous { .. } | Proof::NotFound | Proof::Seen { .. }, _) => {}
    }
}

/// Notes that another answer says something else; once is enough.
fn conflict(old: &mut Grounded, other: String) {
    if !old.doubts.iter().any(|doubt| matches!(doubt, Doubt::Conflict { .. })) {
        old.doubts.push(Doubt::Conflict { other });
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

/// Adds one answer's rows to those of the answers before it.
fn merge_rows(kept: &mut Vec<GroundedRow>, new: Vec<GroundedRow>) {
    let before = kept.len();
    let places = RowPlaces::of(kept);
    // Which of the earlier rows already have their counterpart: a line may hold several rows.
    let mut matched = vec![false; before];
    for row in new {
        let is_same = |&index: &usize| {
            matched.get(index) == Some(&false) && kept.get(index).is_some_and(|old| is_same_row(old, &row))
        };
        let same = places.at(&row).iter().copied().find(is_same);
        if let Some((old, matched)) = same.and_then(|index| kept.get_mut(index).zip(matched.get_mut(index))) {
            *matched = true;
            merge_slots(&mut old.slots, row.slots);
            continue;
        }
        let is_repeated =
            kept.iter().skip(before).any(|old| old.anchor == row.anchor && old.slots == row.slots);
        let is_part = |index: &usize| kept.get(*index).is_some_and(|old| is_part_of(&row, old));
        if !(row.anchor.is_some() && is_repeated || places.with_words_of(&row).iter().any(is_part)) {
            kept.push(row);
        }
    }
    kept.sort_by_key(GroundedRow::order);
}

/// Where rows are found without looking at all of them: a table may have very many.
struct RowPlaces {
    /// By the line they start on, or were said to start on, or the page they were seen on.
    by_place: BTreeMap<Place, Vec<usize>>,
    /// By each line that proves a value of theirs.
    by_line: BTreeMap<usize, Vec<usize>>,
}

/// What two rows have in common if they are one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Anchor(usize),
    Named(usize),
    SeenOn(u32),
    Nowhere,
}

impl Place {
    fn of(row: &GroundedRow) -> Self {
        match (row.anchor, row.named, &row.seen) {
            (Some(anchor), ..) => Self::Anchor(anchor),
            (None, Some(named), _) => Self::Named(named),
            (None, None, Some(seen)) => Self::SeenOn(seen.page),
            (None, None, None) => Self::Nowhere,
        }
    }
}

impl RowPlaces {
    fn of(rows: &[GroundedRow]) -> Self {
        let mut places = Self { by_place: BTreeMap::new(), by_line: BTreeMap::new() };
        for (index, row) in rows.iter().enumerate() {
            places.by_place.entry(Place::of(row)).or_default().push(index);
            let lines: BTreeSet<usize> =
                values(row).iter().flat_map(|value| value.spans()).map(|span| span.line).collect();
            for line in lines {
                places.by_line.entry(line).or_default().push(index);
            }
        }
        places
    }

    /// Rows that may be the same.
    fn at(&self, row: &GroundedRow) -> &[usize] {
        self.by_place.get(&Place::of(row)).map_or(&[], Vec::as_slice)
    }

    /// Rows of which this one may be a part.
    fn with_words_of(&self, row: &GroundedRow) -> &[usize] {
        let values = values(row);
        let line = values.iter().flat_map(|value| value.spans()).map(|span| span.line).next();
        line.and_then(|line| self.by_line.get(&line)).map_or(&[], Vec::as_slice)
    }
}

/// Whether two answers at one place speak of the same row: by its line, or by what was claimed where no line proves it.
fn is_same_row(old: &GroundedRow, new: &GroundedRow) -> bool {
    match Place::of(new) {
        Place::Anchor(_) => true,
        Place::Named(_) | Place::SeenOn(_) => is_compatible(&old.slots, &new.slots),
        Place::Nowhere => false,
    }
}

/// Whether two rows agree in everything that both have, and that is something.
fn is_compatible(old: &[GroundedSlot], new: &[GroundedSlot]) -> bool {
    let mut agreed = 0;
    for (old, new) in old.iter().zip(new) {
        if !old.is_empty() && !new.is_empty() {
            if old != new {
                return false;
            }
            agreed += 1;
        }
    }
    agreed > 0
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
