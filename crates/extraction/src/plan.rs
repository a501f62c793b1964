//! Cuts a document into chunks of numbered lines that fit a model.
//!
//! Called by the processor before the first call, and again through [`Chunk::split`] when an answer was cut off.
//! Lines are numbered through the whole document, so that an answer's line means the same in every chunk.
//! A cut is made at a page's end or a gap where there is one, and not within a row of a table.

use docmill_pdf::Document;

use crate::lines::numbered;

/// Bytes a token stands for, at the least: digits and languages other than English have short tokens.
const BYTES_PER_TOKEN: usize = 3;
/// The least tokens a chunk has room for, whatever the budget says: a line must fit.
const CHUNK_TOKENS_MIN: usize = 64;
/// Tokens of a page mark.
const PAGE_MARK_TOKENS: usize = 8;
/// A chunk of fewer lines isn't split.
const SPLIT_LINES_MIN: usize = 4;
/// Lines repeated at the start of the second half of a split chunk.
const SPLIT_OVERLAP_LINES: usize = 2;

/// How large chunks may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlanBudget {
    /// The most tokens of document text in a chunk, as estimated by [`Chunk::tokens_estimated`]; instructions and
    /// schema come on top ([`Task::overhead_tokens_estimated`](crate::Task::overhead_tokens_estimated)).
    pub chunk_tokens_max: usize,
    /// How many lines of a chunk are repeated at the start of the next one.
    pub overlap_lines: usize,
}

impl Default for PlanBudget {
    fn default() -> Self {
        Self { chunk_tokens_max: 6_000, overlap_lines: 4 }
    }
}

/// A run of a document's lines that one question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    lines: Vec<ChunkLine>,
}

/// A line as a model is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkLine {
    /// Its number in the whole document, from 1.
    pub number: u32,
    /// The page it is on, from 1.
    pub page: u32,
    /// Its cells joined by ` | `.
    pub text: String,
    /// How good a place to cut is right before it; more is better.
    before: CutBefore,
}

/// What a cut right before a line would cut apart, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CutBefore {
    /// A row from its own continuation.
    RowContinuation,
    /// Two rows of one table.
    Row,
    /// Two lines of running text.
    Text,
    /// What a gap parts already.
    Gap,
    /// Two pages.
    Page,
}

/// Cuts a document into chunks that together show every line of every page with usable text. A document without
/// such a page has none.
pub fn plan(document: &Document, budget: &PlanBudget) -> Vec<Chunk> {
    let tokens_max = budget.chunk_tokens_max.max(CHUNK_TOKENS_MIN);
    let lines = chunk_lines(document, tokens_max);
    let mut chunks = Vec::new();
    let (mut start, mut shown) = (0, 0);
    while shown < lines.len() {
        let end = end_of_chunk(&lines, start, shown, tokens_max);
        chunks.push(Chunk { lines: lines.get(start..end).unwrap_or_default().to_vec() });
        // An overlap of more than half a chunk would repeat more than it adds, and one that leaves no room for the
        // next line would never get on.
        let overlap = budget.overlap_lines.min((end - start) / 2);
        let repeated =
            (0..=overlap).rev().find(|overlap| full_chunk(&lines, end - overlap, tokens_max) > end);
        (start, shown) = (end - repeated.unwrap_or(0), end);
    }
    chunks
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
        lines.push(ChunkLine { number: line.number, page: line.page, text, before });
    }
    lines
}

fn is_line_break(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// A row has three cells or more; fewer below it are its continuation.
fn cut_between(cells_above: usize, cells_below: usize) -> CutBefore {
    match (cells_above >= 3, cells_below >= 3) {
        (_, true) => CutBefore::Row,
        (true, false) => CutBefore::RowContinuation,
        (false, false) => CutBefore::Text,
    }
}

/// Where the chunk from `start` ends: beyond the lines `shown` already, within the budget, at the best place of its
/// second half.
fn end_of_chunk(lines: &[ChunkLine], start: usize, shown: usize, tokens_max: usize) -> usize {
    let full = full_chunk(lines, start, tokens_max);
    if full >= lines.len() {
        return lines.len();
    }
    // At least one new line, so that a chunk always gets on.
    let least = shown.max(start) + 1;
    let earliest = (start + (full - start).div_ceil(2)).max(least);
    best_cut(lines, earliest, full.max(least))
}

/// The end of as many lines from `start` as the budget has room for.
fn full_chunk(lines: &[ChunkLine], start: usize, tokens_max: usize) -> usize {
    let mut tokens = 0;
    let mut page = None;
    let mut end = start;
    for line in lines.get(start..).unwrap_or_default() {
        tokens += line_tokens(line) + if page == Some(line.page) { 0 } else { PAGE_MARK_TOKENS };
        page = Some(line.page);
        if tokens > tokens_max {
            break;
        }
        end += 1;
    }
    end
}

/// The best place to cut right before, within `earliest..=latest`; of equals the last.
fn best_cut(lines: &[ChunkLine], earliest: usize, latest: usize) -> usize {
    (earliest..=latest).max_by_key(|&index| lines.get(index).map(|line| line.before)).unwrap_or(latest)
}

impl Chunk {
    /// A question about page images alone: for a document without usable text, which [`plan`] has no chunk for.
    pub fn of_images() -> Self {
        Self { lines: Vec::new() }
    }

    /// Its lines.
    pub fn lines(&self) -> &[ChunkLine] {
        &self.lines
    }

    /// The number of its first line.
    pub fn first_line(&self) -> u32 {
        self.lines.first().map_or(0, |line| line.number)
    }

    /// The number of its last line.
    pub fn last_line(&self) -> u32 {
        self.lines.last().map_or(0, |line| line.number)
    }

    /// Tokens of its text, estimated on the high side.
    pub fn tokens_estimated(&self) -> usize {
        let marks =
            1 + self.lines.windows(2).filter(|pair| matches!(pair, [a, b] if a.page != b.page)).count();
        self.lines.iter().map(line_tokens).sum::<usize>() + marks * PAGE_MARK_TOKENS
    }

    /// Its two halves, which overlap a little, for when an answer about the whole is too long. None where
    /// there is too little to split.
    pub fn split(&self) -> Option<(Self, Self)> {
        let count = self.lines.len();
        if count < SPLIT_LINES_MIN {
            return None;
        }
        let cut = best_cut(&self.lines, count.div_ceil(3).max(1), (count * 2 / 3).min(count - 1));
        let overlap = SPLIT_OVERLAP_LINES.min(cut / 2);
        let first = self.lines.get(..cut)?.to_vec();
        let second = self.lines.get(cut - overlap..)?.to_vec();
        Some((Self { lines: first }, Self { lines: second }))
    }

    /// The lines as a model is shown them, with page marks between.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        let mut page = None;
        if self.lines.is_empty() {
            text.push_str("=== no text: the pages are attached as images ===\n");
        }
        for line in &self.lines {
            if page != Some(line.page) {
                text.push_str(&format!("=== page {} ===\n", line.page));
                page = Some(line.page);
            }
            text.push_str(&format!("{}| {}\n", line.number, line.text));
        }
        text
    }
}

fn line_tokens(line: &ChunkLine) -> usize {
    // The number, the mark behind it and the line's end count too.
    tokens_of(line.text.len() + 8)
}

/// Tokens of a text of so many bytes, estimated on the high side.
pub(crate) fn tokens_of(bytes: usize) -> usize {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

fn truncate(text: &mut String, bytes_max: usize) {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
    }
}
