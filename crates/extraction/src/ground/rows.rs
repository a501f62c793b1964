//! Rows of a table: looking their values up within the lines of each.
//!
//! A row's value may stand on the row's own lines, or once on the page outside every row, as a heading over several
//! of them; it is never proved by another row.

use std::ops::Range;

use super::anchors::{SoughtRow, anchors, sought_row};
use super::leaf::{Grounded, Hit, Sought, edges, inferred};
use super::pages::{Pages, Span};
use crate::reply::{RowClaim, SlotAnswer};
use crate::schema::{Shape, SlotKind};

/// The most lines of a row.
pub(super) const ROW_LINES_MAX: usize = 8;
/// The most lines of the only row of a table.
const LONE_ROW_LINES_MAX: usize = 4;

/// A row with its values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GroundedRow {
    /// The line it starts on; none where it stands nowhere.
    pub(crate) anchor: Option<usize>,
    /// The line it was said to start on.
    pub(crate) named: Option<usize>,
    /// Where it was seen, if on the image of a page.
    pub(crate) seen: Option<SeenOn>,
    pub(crate) slots: Vec<GroundedSlot>,
}

/// The image of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeenOn {
    /// The page's number in the file.
    pub(crate) page: u32,
    /// The first line behind the page.
    pub(crate) before: usize,
}

impl GroundedRow {
    /// What puts rows in the order of the document; one that stands nowhere comes last.
    pub(crate) fn order(&self) -> (usize, bool) {
        match self.seen {
            Some(seen) => (seen.before, false),
            None => (self.anchor.or(self.named).unwrap_or(usize::MAX), true),
        }
    }
}

impl GroundedSlot {
    /// Whether nothing is known of it.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Leaf(value) => value.is_none(),
            Self::List(values) => values.is_empty(),
            Self::Table(rows) => rows.is_empty(),
        }
    }
}

/// What became of the slot at the same place of a shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum GroundedSlot {
    Leaf(Option<Grounded>),
    List(Vec<Grounded>),
    Table(Vec<GroundedRow>),
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
        grounded.push(GroundedRow { anchor, named: sought.named, seen: None, slots });
    }
    grounded
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
        sought
            .unique(self.pages, scope, &|line| self.table.has(line))
            .strayed_from_row(near, sought.leaf.kind)
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
