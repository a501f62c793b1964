//! The line that each row of a table starts on.
//!
//! The line a model names is believed only if the row stands there: small models count 1, 2, 3. Otherwise a row
//! starts where most of its values stand, if that is one line.

use std::collections::BTreeSet;
use std::ops::Range;

use super::leaf::Sought;
use super::pages::Pages;
use super::rows::ROW_LINES_MAX;
use crate::reply::{Claim, RowClaim, SlotAnswer};
use crate::schema::{Leaf, Shape, SlotKind};

/// A row's values to look for: its leaves and those of its lists.
pub(super) struct SoughtRow<'a> {
    pub(super) named: Option<usize>,
    /// By slot; empty for a table, and for what is inferred or missing.
    pub(super) slots: Vec<Vec<Sought<'a>>>,
}

/// What to look for of a claimed row.
pub(super) fn sought_row<'a>(shape: &'a Shape, row: &'a RowClaim, pages: &Pages<'_>) -> SoughtRow<'a> {
    let of = |leaf: &'a Leaf, claims: &'a [Claim]| -> Vec<Sought<'a>> {
        claims.iter().filter_map(|claim| Sought::of(leaf, claim, pages)).collect()
    };
    let slots = shape.slots.iter().zip(&row.slots).map(|(slot, answer)| match (&slot.kind, answer) {
        (SlotKind::Leaf(leaf), SlotAnswer::Leaf(Some(claim))) => of(leaf, std::slice::from_ref(claim)),
        (SlotKind::List(leaf), SlotAnswer::List(claims)) => of(leaf, claims),
        (SlotKind::Leaf(_) | SlotKind::List(_) | SlotKind::Table(_), _) => Vec::new(),
    });
    SoughtRow { named: row.line.and_then(|line| pages.index_of(line)), slots: slots.collect() }
}

impl SoughtRow<'_> {
    fn leaves(&self) -> impl Iterator<Item = &Sought<'_>> {
        self.slots.iter().flatten()
    }

    /// How many of its values stand on the lines of `region`.
    fn score(&self, pages: &Pages<'_>, region: Range<usize>) -> usize {
        let stands = |sought: &&Sought<'_>| {
            region.clone().any(|line| !sought.hits(pages, line, region.end).is_empty())
        };
        self.leaves().filter(stands).count()
    }
}

/// The line each row starts on.
pub(super) fn anchors(
    rows: &[RowClaim],
    sought: &[SoughtRow<'_>],
    pages: &Pages<'_>,
    chunk: &Range<usize>,
) -> Vec<Option<usize>> {
    let mut named: Vec<usize> = sought.iter().filter_map(|row| row.named).collect();
    named.sort_unstable();
    let region_at = |line: usize| {
        let next = named.get(named.partition_point(|&other| other <= line)).copied();
        line..next.unwrap_or(usize::MAX).min(line + ROW_LINES_MAX).min(chunk.end.max(line + 1))
    };
    // First the rows that stand where they are said to, all of them.
    let mut anchors: Vec<Option<usize>> = vec![None; sought.len()];
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut scores = vec![0; sought.len()];
    for (index, row) in sought.iter().enumerate() {
        let Some(line) = row.named else { continue };
        // Its values may stand on several lines, but the first one of them on the line that was named.
        let starts_here = row.score(pages, line..line + 1) > 0;
        let score = if starts_here { row.score(pages, region_at(line)) } else { 0 };
        let is_free = !taken.contains(&line);
        if let Some(kept) = scores.get_mut(index) {
            *kept = score;
        }
        if score > 0
            && score == row.leaves().count()
            && is_free
            && let Some(anchor) = anchors.get_mut(index)
        {
            *anchor = Some(line);
            taken.insert(line);
        }
    }
    // Then the others: where most of their values stand, if that is one line.
    let mut settled: Vec<bool> = anchors.iter().map(Option::is_some).collect();
    for (index, row) in sought.iter().enumerate() {
        if settled.get(index).copied().unwrap_or(true) {
            continue;
        }
        let named_score = scores.get(index).copied().unwrap_or_default();
        let free: Vec<usize> = chunk.clone().filter(|line| !taken.contains(line)).collect();
        let scored: Vec<(usize, usize)> =
            free.into_iter().map(|line| (row.score(pages, line..line + 1), line)).collect();
        let best = scored.iter().map(|&(score, _)| score).max().unwrap_or_default();
        let equal = equal_rows(rows, &settled, index);
        let is_free = row.named.is_some_and(|line| !taken.contains(&line));
        let found = if named_score > best || named_score > 0 && named_score == best && is_free {
            row.named
        } else if best * 2 >= row.leaves().count() && best > 0 {
            let lines: Vec<usize> =
                scored.into_iter().filter(|&(score, _)| score == best).map(|(_, line)| line).collect();
            // As many equal rows as equal lines: it doesn't matter which is which.
            if lines.len() == equal { lines.first().copied() } else { None }
        } else {
            None
        };
        let found = found.or(row.named.filter(|_| named_score > 0));
        if let (Some(anchor), Some(settled)) = (anchors.get_mut(index), settled.get_mut(index)) {
            (*anchor, *settled) = (found, true);
            taken.extend(found);
        }
    }
    anchors
}

/// How many rows that have no line yet say the same as this one, itself included.
fn equal_rows(rows: &[RowClaim], settled: &[bool], index: usize) -> usize {
    let Some(row) = rows.get(index) else { return 0 };
    let waiting = rows.iter().zip(settled).filter(|&(_, &settled)| !settled);
    waiting.filter(|(other, _)| same_values(&other.slots, &row.slots)).count()
}

/// Whether two rows claim the same values, wherever.
fn same_values(left: &[SlotAnswer], right: &[SlotAnswer]) -> bool {
    let same_claims = |left: &[Claim], right: &[Claim]| {
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.value == right.value)
    };
    left.len() == right.len()
        && left.iter().zip(right).all(|pair| match pair {
            (SlotAnswer::Leaf(left), SlotAnswer::Leaf(right)) => {
                same_claims(left.as_slice(), right.as_slice())
            }
            (SlotAnswer::List(left), SlotAnswer::List(right)) => same_claims(left, right),
            (SlotAnswer::Table(left), SlotAnswer::Table(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right).all(|(left, right)| same_values(&left.slots, &right.slots))
            }
            (SlotAnswer::Leaf(_) | SlotAnswer::List(_) | SlotAnswer::Table(_), _) => false,
        })
}
