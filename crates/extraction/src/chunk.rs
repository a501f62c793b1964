//! A run of a document's lines that one question is about, and how a model is shown it.
//!
//! Made by [`Plan`](crate::Plan), and of each other when an answer was cut off. A chunk that begins below the headings
//! of a table shows them first: without them nobody knows which column is the price.

use std::sync::Arc;

/// Bytes a token stands for, at the least: digits and languages other than English have short tokens.
pub(crate) const BYTES_PER_TOKEN: usize = 3;
/// Tokens of a page mark.
pub(crate) const PAGE_MARK_TOKENS: usize = 8;
/// Tokens of the mark above repeated headings.
const HEADINGS_MARK_TOKENS: usize = 13;
/// A chunk of fewer lines isn't split.
const SPLIT_LINES_MIN: usize = 4;
/// Lines repeated at the start of the second half of a split chunk.
const SPLIT_OVERLAP_LINES: usize = 2;

/// A run of a document's lines that one question is about. Clones share the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    lines: Arc<[ChunkLine]>,
    headings: Vec<Heading>,
    /// Pages that are shown as images beside the text, or in place of it.
    images: Vec<u32>,
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
    pub(crate) before: CutBefore,
    /// The headings of the tables it is a row of.
    pub(crate) headings: Vec<Arc<[Heading]>>,
}

/// A line of a table's headings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Heading {
    pub(crate) number: u32,
    pub(crate) page: u32,
    pub(crate) text: String,
}

/// What a cut right before a line would cut apart, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CutBefore {
    /// A row from its own continuation: never cut, unless the row alone is too large.
    RowContinuation,
    /// Headings from the first row below them.
    Headings,
    /// Two rows of one table.
    Row,
    /// Two lines of running text.
    Text,
    /// What a gap parts already.
    Gap,
    /// Two pages.
    Page,
}

impl Chunk {
    /// These lines, ascending, which may leave some out. Headings that are needed but would take more than
    /// `tokens_max` altogether are left out.
    pub(crate) fn of_lines(lines: Vec<ChunkLine>, tokens_max: usize) -> Self {
        let mut chunk = Self { headings: headings_above(&lines), lines: lines.into(), images: Vec::new() };
        if !chunk.headings.is_empty() && chunk.tokens_estimated() > tokens_max {
            chunk.headings.clear();
        }
        chunk
    }

    /// Page images alone: for pages without usable text, which [`plan`](crate::plan) has no chunk for.
    pub fn of_images(pages: Vec<u32>) -> Self {
        Self { lines: Arc::new([]), headings: Vec::new(), images: pages }
    }

    /// The same, with images of the pages its lines are on.
    #[must_use]
    pub fn with_images(mut self) -> Self {
        self.images = self.lines.iter().map(|line| line.page).collect();
        self.images.dedup();
        self
    }

    /// Its lines, repeated headings left out.
    pub fn lines(&self) -> &[ChunkLine] {
        &self.lines
    }

    /// The pages whose images go with it.
    pub fn images(&self) -> &[u32] {
        &self.images
    }

    /// The number of its first line; 0 where it has none.
    pub fn first_line(&self) -> u32 {
        self.lines.first().map_or(0, |line| line.number)
    }

    /// The number of its last line; 0 where it has none.
    pub fn last_line(&self) -> u32 {
        self.lines.last().map_or(0, |line| line.number)
    }

    /// The numbers of the headings that are repeated above its lines.
    pub fn repeated_lines(&self) -> Vec<u32> {
        self.headings.iter().map(|heading| heading.number).collect()
    }

    /// The line with this number, if the chunk shows it.
    pub(crate) fn line(&self, number: u32) -> Option<&ChunkLine> {
        let index = self.lines.binary_search_by_key(&number, |line| line.number).ok()?;
        self.lines.get(index)
    }

    /// Whether a model is shown the line with this number.
    pub(crate) fn shows(&self, number: u32) -> bool {
        self.line(number).is_some() || self.headings.iter().any(|heading| heading.number == number)
    }

    /// Tokens of its text, estimated on the high side.
    pub fn tokens_estimated(&self) -> usize {
        let marks = marks(self.lines.iter().map(|line| line.page)).max(1);
        let lines: usize = self.lines.iter().map(line_tokens).sum();
        lines + marks * PAGE_MARK_TOKENS + heading_tokens(&self.headings)
    }

    /// Its two halves, which overlap a little, for when an answer about the whole is too long. None where
    /// there is too little to split.
    pub fn split(&self) -> Option<(Self, Self)> {
        if self.lines.is_empty() {
            return self.split_images();
        }
        let count = self.lines.len();
        if count < SPLIT_LINES_MIN {
            return None;
        }
        let middle = count.div_ceil(3).max(1)..(count * 2 / 3).min(count - 1);
        let cut = cut_at(&self.lines, 1, middle.start, middle.end);
        let overlap = overlap_at(&self.lines, cut, SPLIT_OVERLAP_LINES.min(cut / 2));
        Some((self.part(0, cut), self.part(cut - overlap, count)))
    }

    /// Its lines from the one with this number on; none where that is all of them, or nothing.
    pub(crate) fn rest_from(&self, number: u32) -> Option<Self> {
        let start = self.lines.partition_point(|line| line.number < number);
        (0 < start && start < self.lines.len()).then(|| self.part(start, self.lines.len()))
    }

    fn part(&self, start: usize, end: usize) -> Self {
        let lines = self.lines.get(start..end).unwrap_or_default().to_vec();
        let part = Self::of_lines(lines, self.tokens_estimated());
        if self.images.is_empty() { part } else { part.with_images() }
    }

    fn split_images(&self) -> Option<(Self, Self)> {
        let (first, second) = self.images.split_at(self.images.len() / 2);
        (!first.is_empty()).then(|| (Self::of_images(first.to_vec()), Self::of_images(second.to_vec())))
    }

    /// The lines as a model is shown them, with page marks between.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        if self.lines.is_empty() {
            let pages: Vec<String> = self.images.iter().map(u32::to_string).collect();
            let mark = "in place of a line, give the page";
            text.push_str(&format!("=== no text, images of pages {}: {mark} ===\n", pages.join(", ")));
        }
        let mut page = None;
        for heading in &self.headings {
            if page != Some(heading.page) {
                text.push_str(&format!("=== page {}, headings repeated ===\n", heading.page));
                page = Some(heading.page);
            }
            text.push_str(&format!("{}| {}\n", heading.number, heading.text));
        }
        let mut page = None;
        for line in self.lines.iter() {
            if page != Some(line.page) {
                text.push_str(&format!("=== page {} ===\n", line.page));
                page = Some(line.page);
            }
            text.push_str(&format!("{}| {}\n", line.number, line.text));
        }
        text
    }
}

/// The headings of tables that went on before the first of these lines, but for those that the lines print again.
pub(crate) fn headings_above(lines: &[ChunkLine]) -> Vec<Heading> {
    let Some(first) = lines.first() else { return Vec::new() };
    let of_lines = lines.iter().flat_map(|line| &line.headings).flat_map(|headings| headings.iter());
    let mut above: Vec<Heading> = of_lines.filter(|heading| heading.number < first.number).cloned().collect();
    above.sort_unstable();
    above.dedup();
    above.retain(|heading| !lines.iter().any(|line| line.text == heading.text));
    above
}

/// How many page marks stand between lines of these pages.
fn marks(pages: impl Iterator<Item = u32>) -> usize {
    let mut pages: Vec<u32> = pages.collect();
    pages.dedup();
    pages.len()
}

/// The best place to cut right before, within `earliest..=latest`; of equals the last. Where one row takes all of that,
/// the last place above it from `least` on; and only where it takes that too is it cut through.
pub(crate) fn cut_at(lines: &[ChunkLine], least: usize, earliest: usize, latest: usize) -> usize {
    let before = |index: usize| lines.get(index).map(|line| line.before);
    let best = (earliest..=latest).max_by_key(|&index| before(index)).unwrap_or(latest);
    if !is_within_row(lines, best) {
        return best;
    }
    (least..earliest).rev().find(|&index| !is_within_row(lines, index)).unwrap_or(latest)
}

/// Whether a cut right before a line would be in the middle of a row.
pub(crate) fn is_within_row(lines: &[ChunkLine], index: usize) -> bool {
    lines.get(index).is_some_and(|line| line.before == CutBefore::RowContinuation)
}

/// How many of the lines before a cut are repeated behind it: at most `overlap`, and no part of a row.
pub(crate) fn overlap_at(lines: &[ChunkLine], cut: usize, overlap: usize) -> usize {
    let is_whole = |overlap: &usize| !is_within_row(lines, cut - *overlap);
    (1..=overlap.min(cut)).rev().find(is_whole).unwrap_or(0)
}

pub(crate) fn line_tokens(line: &ChunkLine) -> usize {
    // The number, the mark behind it and the line's end count too.
    tokens_of(line.text.len() + 8)
}

/// Tokens of headings and the marks above them.
pub(crate) fn heading_tokens(headings: &[Heading]) -> usize {
    let lines: usize = headings.iter().map(|heading| tokens_of(heading.text.len() + 8)).sum();
    lines + marks(headings.iter().map(|heading| heading.page)) * HEADINGS_MARK_TOKENS
}

/// Tokens of a text of so many bytes, estimated on the high side.
pub(crate) fn tokens_of(bytes: usize) -> usize {
    bytes.div_ceil(BYTES_PER_TOKEN)
}
