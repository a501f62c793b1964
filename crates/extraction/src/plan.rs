//! Cuts a document into chunks of numbered lines that fit a model.
//!
//! Called by the processor before the first call; the plan is kept, so that lines can be asked about again. Lines are
//! numbered through the whole document, so that an answer's line means the same in every chunk. A cut is made at a
//! page's end or a gap where there is one, and never within a row of a table, unless that alone is too large.

use std::ops::Range;
use std::sync::Arc;

use docmill_pdf::Document;

use crate::chunk::{
    BYTES_PER_TOKEN, Chunk, ChunkLine, CutBefore, Heading, PAGE_MARK_TOKENS, cut_at, heading_tokens,
    is_within_row, line_tokens, overlap_at,
};
use crate::layout::{TableLines, table_lines};
use crate::lines::numbered;

/// The least tokens a chunk has room for, whatever the budget says: a line must fit.
const CHUNK_TOKENS_MIN: usize = 64;
/// Repeated headings take at most one part in this many of a chunk.
const HEADINGS_ONE_IN: usize = 3;

/// How large chunks may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanBudget {
    /// The most tokens of document text in a chunk, as estimated by [`Chunk::tokens_estimated`]; instructions and
    /// schema come on top ([`Task::overhead_tokens_estimated`](crate::Task::overhead_tokens_estimated)).
    pub chunk_tokens_max: usize,
    /// How many lines of a chunk are repeated at the start of the next one.
    pub overlap_lines: usize,
    /// The most pages a chunk has lines of: for when each page's image goes with it.
    pub pages_max: usize,
}

impl Default for PlanBudget {
    fn default() -> Self {
        Self { chunk_tokens_max: 6_000, overlap_lines: 4, pages_max: usize::MAX }
    }
}

/// A document's lines and how they are cut.
#[derive(Debug)]
pub struct Plan {
    lines: Vec<ChunkLine>,
    /// Where the tables are: the grounding counts their rows.
    tables: Vec<TableLines>,
    budget: PlanBudget,
}

/// Cuts a document into chunks that together show every line of every page with usable text. A document without
/// such a page has none.
pub fn plan(document: &Document, budget: &PlanBudget) -> Vec<Chunk> {
    Plan::new(document, budget).chunks()
}

impl Plan {
    /// Numbers a document's lines and finds out where its tables are.
    pub fn new(document: &Document, budget: &PlanBudget) -> Self {
        let tokens_max = budget.chunk_tokens_max.max(CHUNK_TOKENS_MIN);
        let budget =
            PlanBudget { chunk_tokens_max: tokens_max, pages_max: budget.pages_max.max(1), ..*budget };
        let mut lines = chunk_lines(document, tokens_max);
        let tables = table_lines(document);
        for table in &tables {
            mark_table(&mut lines, table, tokens_max / HEADINGS_ONE_IN);
        }
        Self { lines, tables, budget }
    }

    /// Chunks that together show every line.
    pub fn chunks(&self) -> Vec<Chunk> {
        self.cut(&self.lines)
    }

    /// Chunks that show these stretches of line indices (from 0), one after the other, and nothing else.
    pub(crate) fn about(&self, stretches: &[Range<usize>]) -> Vec<Chunk> {
        let lines = |stretch: &Range<usize>| {
            self.lines.get(stretch.start..stretch.end.min(self.lines.len())).unwrap_or_default()
        };
        stretches.iter().flat_map(|stretch| self.cut(lines(stretch))).collect()
    }

    /// One chunk of these line indices (from 0, ascending); none where it would be too large.
    pub(crate) fn of_lines(&self, lines: impl IntoIterator<Item = usize>) -> Option<Chunk> {
        let lines: Vec<ChunkLine> =
            lines.into_iter().filter_map(|line| self.lines.get(line)).cloned().collect();
        let chunk = Chunk::of_lines(lines, self.budget.chunk_tokens_max);
        (!chunk.lines().is_empty() && chunk.tokens_estimated() <= self.budget.chunk_tokens_max)
            .then_some(chunk)
    }

    /// The document's tables among its lines.
    pub(crate) fn tables(&self) -> &[TableLines] {
        &self.tables
    }

    /// The lines.
    pub(crate) fn lines(&self) -> &[ChunkLine] {
        &self.lines
    }

    fn cut(&self, lines: &[ChunkLine]) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        let (mut start, mut shown) = (0, 0);
        while shown < lines.len() {
            let end = self.end_of_chunk(lines, start, shown);
            let part = lines.get(start..end).unwrap_or_default().to_vec();
            chunks.push(Chunk::of_lines(part, self.budget.chunk_tokens_max));
            // An overlap of more than half a chunk would repeat more than it adds, and one that leaves no room for the
            // next line would never get on; one that leaves none for the next row would cut that.
            let most = self.budget.overlap_lines.min((end - start) / 2);
            let gets_on = |overlap: &usize| {
                let start = end - *overlap;
                self.full_chunk(lines, start) > end
                    && !is_within_row(lines, self.end_of_chunk(lines, start, end))
            };
            let repeated = (1..=most).rev().filter(|&overlap| overlap_at(lines, end, overlap) == overlap);
            start = end - repeated.into_iter().find(gets_on).unwrap_or(0);
            shown = end;
        }
        chunks
    }

    /// Where the chunk from `start` ends: beyond the lines `shown` already, within the budget, at the best place of
    /// its second half.
    fn end_of_chunk(&self, lines: &[ChunkLine], start: usize, shown: usize) -> usize {
        let full = self.full_chunk(lines, start);
        if full >= lines.len() {
            return lines.len();
        }
        // At least one new line, so that a chunk always gets on.
        let least = shown.max(start) + 1;
        let latest = full.max(least);
        let earliest = (start + (full - start).div_ceil(2)).max(least).min(latest);
        cut_at(lines, least, earliest, latest)
    }

    /// The end of as many lines from `start` as the budget has room for, with the headings they need.
    fn full_chunk(&self, lines: &[ChunkLine], start: usize) -> usize {
        let rest = lines.get(start..).unwrap_or_default();
        match self.fitting(rest, true) {
            0 => start + self.fitting(rest, false),
            count => start + count,
        }
    }

    /// How many of the lines fit, below the headings that they need repeated.
    fn fitting(&self, lines: &[ChunkLine], with_headings: bool) -> usize {
        let first = lines.first().map_or(0, |line| line.number);
        let mut repeated: Vec<Heading> = Vec::new();
        let (mut tokens, mut page, mut pages, mut count) = (0, None, 0, 0);
        for line in lines {
            tokens += line_tokens(line);
            if page != Some(line.page) {
                (page, pages) = (Some(line.page), pages + 1);
                tokens += PAGE_MARK_TOKENS;
            }
            let above = line.headings.iter().flat_map(|headings| headings.iter());
            for heading in above.filter(|heading| with_headings && heading.number < first) {
                if !repeated.contains(heading) {
                    repeated.push(heading.clone());
                }
            }
            if tokens + heading_tokens(&repeated) > self.budget.chunk_tokens_max
                || pages > self.budget.pages_max
            {
                break;
            }
            count += 1;
        }
        count
    }
}

fn chunk_lines(document: &Document, tokens_max: usize) -> Vec<ChunkLine> {
    let text_bytes_max = (tokens_max - PAGE_MARK_TOKENS) * BYTES_PER_TOKEN - 16;
    let mut lines: Vec<ChunkLine> = Vec::new();
    let mut previous: Option<(u32, f32, usize)> = None;
    for line in numbered(document) {
        let cells = line.line.cells();
        let text = cells.iter().map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" | ");
        // A font may map a glyph to a line break: text must not be able to start a line of the prompt.
        let mut text = text.replace(is_line_break, " ");
        truncate(&mut text, text_bytes_max);
        let bounds = line.line.bounds;
        let before = match previous {
            Some((page, _, _)) if page != line.page => CutBefore::Page,
            Some((_, bottom, _)) if bounds.y0 - bottom > line.line.font_size => CutBefore::Gap,
            Some((_, _, cells_above)) => cut_between(cells_above, cells.len()),
            None => CutBefore::Page,
        };
        previous = Some((line.page, bounds.y1, cells.len()));
        lines.push(ChunkLine { number: line.number, page: line.page, text, before, headings: Vec::new() });
    }
    lines
}

fn is_line_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Where the reader sees no table: a row has three cells or more; fewer below it are its continuation.
fn cut_between(cells_above: usize, cells_below: usize) -> CutBefore {
    match (cells_above >= 3, cells_below >= 3) {
        (_, true) => CutBefore::Row,
        (true, false) => CutBefore::RowContinuation,
        (false, false) => CutBefore::Text,
    }
}

/// Puts down which lines are one row, and which headings they have.
fn mark_table(lines: &mut [ChunkLine], table: &TableLines, heading_tokens_max: usize) {
    let heading = |&line: &usize| {
        lines.get(line).map(|line| Heading { number: line.number, page: line.page, text: line.text.clone() })
    };
    let headings: Arc<[Heading]> = table.headings.iter().filter_map(heading).collect();
    let is_repeated = !headings.is_empty() && heading_tokens(&headings) <= heading_tokens_max;
    let first_row = table.rows.first().map(|row| row.lines.start);
    for (above, below) in table.headings.iter().zip(table.headings.iter().skip(1)) {
        if above + 1 == *below {
            mark(lines, *below, CutBefore::Headings);
        }
    }
    for row in &table.rows {
        let before = match table.headings.last() {
            Some(_) if Some(row.lines.start) == first_row => CutBefore::Headings,
            Some(_) | None => CutBefore::Row,
        };
        mark(lines, row.lines.start, before);
        for line in row.lines.clone().skip(1) {
            mark(lines, line, CutBefore::RowContinuation);
        }
        for line in lines.get_mut(row.lines.clone()).unwrap_or_default().iter_mut().filter(|_| is_repeated) {
            line.headings.push(Arc::clone(&headings));
        }
    }
}

/// What the reader says of a table counts more than what lines look like, but a page's end stays the best place.
fn mark(lines: &mut [ChunkLine], line: usize, before: CutBefore) {
    if let Some(line) = lines.get_mut(line).filter(|line| line.before != CutBefore::Page) {
        line.before = before;
    }
}

fn truncate(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
}
