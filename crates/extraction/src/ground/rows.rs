//! Rows of a table: finding the line each one starts on, and its values within its lines.
//!
//! The line a model names is believed only if the row stands there. A row's value may stand on the row's own lines,
//! or once on the page outside every row, as a heading over several of them; it is never proved by another row.

use std::ops::Range;

use super::leaf::{Grounded, Hit, Sought, edges, inferred};
use super::pages::{Pages, Span};
use crate::reply::{Claim, RowClaim, SlotAnswer};
use crate::schema::{Leaf, Shape, SlotKind};

/// The most lines of a row.
const ROW_LINES_MAX: usize = 8;
/// The most lines of the only row of a table.
const LONE_ROW_LINES_MAX: usize = 4;

/// A row with its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroundedRow {
    /// The line it starts on; none where it stands nowhere.
    pub(crate) anchor: Option<usize>,
    /// The line it was said to start on.
    pub(crate) named: Option<usize>,
    pub(crate) slots: Vec<GroundedSlot>,
}

/// What became of the slot at the same place of a shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GroundedSlot {
    Leaf(Option<Grounded>),
    List(Vec<Grounded>),
    Table(Vec<GroundedRow>),
}

/// A row's values to look for: its leaves and those of its lists.
struct SoughtRow<'a> {
    named: Option<usize>,
    /// By slot; empty for a table, and for what is inferred or missing.
    slots: Vec<Vec<Sought<'a>>>,
}

/// Grounds the rows of one table that were answered about the lines `chunk`.
pub(crate) fn ground_rows(
    shape: &Shape,
    rows: &[RowClaim],
    pages: &Pages<'_>,
    chunk: &Range<usize>,
) -> Vec<GroundedRow> {
    let sought: Vec<SoughtRow<'_>> = rows.iter().map(|row| sought_row(shape, row, pages)).collect();
    let anchors = anchors(rows, &sought, pages, chunk);
    let table = TableLines::of(&anchors, pages);
    let columns = columns(&sought, &anchors, pages);
    let mut grounded = Vec::new();
    for ((row, sought), anchor) in rows.iter().zip(&sought).zip(anchors) {
        let place = RowPlace { pages, table: &table, columns: &columns, chunk, anchor, named: sought.named };
        let slots = place.slots(shape, row, &sought.slots);
        grounded.push(GroundedRow { anchor, named: sought.named, slots });
    }
    grounded
}

fn sought_row<'a>(shape: &'a Shape, row: &'a RowClaim, pages: &Pages<'_>) -> SoughtRow<'a> {
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
fn anchors(
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
    let mut scores = vec![0; sought.len()];
    for (index, row) in sought.iter().enumerate() {
        let Some(line) = row.named else { continue };
        // Its values may stand on several lines, but the first one of them on the line that was named.
        let starts_here = row.score(pages, line..line + 1) > 0;
        let score = if starts_here { row.score(pages, region_at(line)) } else { 0 };
        let is_free = !anchors.contains(&Some(line));
        if let Some(kept) = scores.get_mut(index) {
            *kept = score;
        }
        if score > 0
            && score == row.leaves().count()
            && is_free
            && let Some(anchor) = anchors.get_mut(index)
        {
            *anchor = Some(line);
        }
    }
    // Then the others: where most of their values stand, if that is one line.
    let mut settled: Vec<bool> = anchors.iter().map(Option::is_some).collect();
    for (index, row) in sought.iter().enumerate() {
        if settled.get(index).copied().unwrap_or(true) {
            continue;
        }
        let named_score = scores.get(index).copied().unwrap_or_default();
        let free: Vec<usize> = chunk.clone().filter(|line| !anchors.contains(&Some(*line))).collect();
        let scored: Vec<(usize, usize)> =
            free.into_iter().map(|line| (row.score(pages, line..line + 1), line)).collect();
        let best = scored.iter().map(|&(score, _)| score).max().unwrap_or_default();
        let equal = equal_rows(rows, &settled, index);
        let is_free = row.named.is_some_and(|line| !anchors.contains(&Some(line)));
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

/// Which lines belong to which row.
struct TableLines {
    /// Where rows start, ascending.
    starts: Vec<usize>,
    /// The most lines of the last row, which no other one ends.
    last_lines_max: usize,
    count: usize,
}

impl TableLines {
    fn of(anchors: &[Option<usize>], pages: &Pages<'_>) -> Self {
        let mut starts: Vec<usize> = anchors.iter().flatten().copied().collect();
        starts.sort_unstable();
        starts.dedup();
        let page = |line: usize| pages.lines.get(line).map(|line| line.page);
        let spans = starts.windows(2).filter_map(|pair| match pair {
            &[left, right] if page(left) == page(right) => Some(right - left),
            _ => None,
        });
        let last_lines_max = spans.max().unwrap_or(LONE_ROW_LINES_MAX).min(ROW_LINES_MAX);
        Self { starts, last_lines_max, count: pages.lines.len() }
    }

    /// The lines of the row that starts on `anchor`.
    fn of_row(&self, anchor: usize) -> Range<usize> {
        let next = self.starts.get(self.starts.partition_point(|&start| start <= anchor)).copied();
        let end = next.unwrap_or(anchor + self.last_lines_max).min(anchor + ROW_LINES_MAX);
        anchor..end.min(self.count)
    }

    /// Whether a line belongs to some row.
    fn has(&self, line: usize) -> bool {
        let before = self.starts.partition_point(|&start| start <= line).checked_sub(1);
        before
            .and_then(|index| self.starts.get(index))
            .is_some_and(|&start| self.of_row(start).contains(&line))
    }
}

/// Where each slot's values stand across the page: the median left and right edge of those that stand once on
/// their row's line.
fn columns(
    sought: &[SoughtRow<'_>],
    anchors: &[Option<usize>],
    pages: &Pages<'_>,
) -> Vec<Option<(f32, f32)>> {
    let slots = sought.first().map_or(0, |row| row.slots.len());
    let mut columns = Vec::new();
    for slot in 0..slots {
        let mut all: Vec<(f32, f32)> = Vec::new();
        for (row, anchor) in sought.iter().zip(anchors) {
            let (Some(anchor), Some([sought])) = (*anchor, row.slots.get(slot).map(Vec::as_slice)) else {
                continue;
            };
            if let [hit] = sought.hits(pages, anchor, anchor + 1).as_slice() {
                all.extend(edges(pages, hit));
            }
        }
        let median = |mut values: Vec<f32>| {
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let left = median(all.iter().map(|edges| edges.0).collect());
        columns.push(left.zip(median(all.iter().map(|edges| edges.1).collect())));
    }
    columns
}

/// One row's place, in which its values are looked up.
struct RowPlace<'a> {
    pages: &'a Pages<'a>,
    table: &'a TableLines,
    columns: &'a [Option<(f32, f32)>],
    chunk: &'a Range<usize>,
    anchor: Option<usize>,
    named: Option<usize>,
}

impl RowPlace<'_> {
    fn slots(&self, shape: &Shape, row: &RowClaim, sought: &[Vec<Sought<'_>>]) -> Vec<GroundedSlot> {
        // Words that already prove a value of this row prove another only if there are no others.
        let mut taken: Vec<Span> = Vec::new();
        let mut slots = Vec::new();
        for (index, (slot, answer)) in shape.slots.iter().zip(&row.slots).enumerate() {
            let column = self.columns.get(index).copied().flatten();
            let mut values = sought.get(index).into_iter().flatten().map(|sought| {
                let grounded = self.leaf(sought, column, &taken);
                taken.extend_from_slice(grounded.spans());
                grounded
            });
            slots.push(match (&slot.kind, answer) {
                (SlotKind::Leaf(leaf), SlotAnswer::Leaf(Some(claim))) if leaf.inferred => {
                    GroundedSlot::Leaf(Some(inferred(claim)))
                }
                (SlotKind::List(leaf), SlotAnswer::List(claims)) if leaf.inferred => {
                    GroundedSlot::List(claims.iter().map(inferred).collect())
                }
                (SlotKind::Table(table), SlotAnswer::Table(rows)) => {
                    GroundedSlot::Table(ground_rows(&table.row, rows, self.pages, self.chunk))
                }
                (SlotKind::List(_), _) => GroundedSlot::List(values.collect()),
                (SlotKind::Leaf(_), _) => GroundedSlot::Leaf(values.next()),
                (SlotKind::Table(_), _) => GroundedSlot::Table(Vec::new()),
            });
        }
        slots
    }

    fn leaf(&self, sought: &Sought<'_>, column: Option<(f32, f32)>, taken: &[Span]) -> Grounded {
        if let Some(anchor) = self.anchor {
            let region = self.table.of_row(anchor);
            // A text may go on below the last row's usual lines.
            let until = if region.len() < ROW_LINES_MAX && self.is_last(anchor) {
                anchor + ROW_LINES_MAX
            } else {
                region.end
            };
            let hits =
                region.clone().map(|line| sought.hits(self.pages, line, until)).find(|hits| !hits.is_empty());
            if let Some(hit) = hits.and_then(|hits| self.best(hits, column, taken)) {
                return sought.proved(hit);
            }
        }
        let near = self.anchor.or(self.named);
        let scope = near.map_or_else(|| self.pages.pages_of(self.chunk), |line| self.pages.page_of(line));
        sought.unique(self.pages, scope, &|line| self.table.has(line))
    }

    fn is_last(&self, anchor: usize) -> bool {
        self.table.starts.last() == Some(&anchor)
    }

    /// Of several hits on one line the one in the slot's column; where that isn't known, the first whose words
    /// prove nothing else yet.
    fn best(&self, hits: Vec<Hit>, column: Option<(f32, f32)>, taken: &[Span]) -> Option<Hit> {
        let first = hits.first().cloned();
        if let Some((left, right)) = column {
            let distance = |hit: &Hit| {
                edges(self.pages, hit).map_or(f32::MAX, |(x0, x1)| (x0 - left).abs().min((x1 - right).abs()))
            };
            return hits.into_iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        }
        let is_free = |hit: &Hit| !hit.spans.iter().any(|span| taken.contains(span));
        hits.into_iter().find(is_free).or(first)
    }
}
