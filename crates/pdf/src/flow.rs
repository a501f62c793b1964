//! Reading order: the order of drawing, unless geometry contradicts it.
//!
//! Called by [`lines`](crate::lines) for rows, the words on one baseline each, of which no gutter parts columns of
//! running text. Programs draw what belongs together in one go: a line, a wrapped cell, an address. So a row is
//! parted where the file left off drawing it, and text that runs on below becomes a flow. Geometry has the last word
//! twice. Parts of a row are joined again where they belong together whatever the order they are drawn in: a name
//! and its value, the rows of a table drawn column by column. And what stands above comes first: a heading drawn at
//! the end is still read at the start.

mod order;

use crate::lines::Row;
use crate::words::PlacedWord;

/// Gaps up to this, in font sizes, are spaces of one text: parts of a row this close are never parted.
const SPACE_MAX: f64 = 0.45;
/// A gap wider than this, in font sizes, parts cells.
const CELL_GAP: f64 = 1.0;
/// Baselines of text that runs on are at most this far apart, in font sizes.
const LINE_HEIGHT_MAX: f64 = 2.0;
/// The next word may start this far, in font sizes, before the last one does and still go on its line.
const BACK_MAX: f64 = 0.15;
/// From so many rows on, text beside text on the same baselines is a table, not two texts that wrap.
const TABLE_ROWS_MIN: usize = 5;

/// A part of a row that was drawn in one go.
#[derive(Debug, Clone)]
struct Fragment {
    row: u32,
    words: Vec<PlacedWord>,
    /// Which text, running on below, it is part of.
    flow: usize,
}

/// Brings rows, from top to bottom, into reading order, parting those that hold several texts.
pub(crate) fn in_reading_order(rows: Vec<Row>) -> Vec<Row> {
    let mut fragments = fragments(rows);
    number_flows(&mut fragments);
    let beside = beside(&fragments);
    let lines = join(fragments, &beside);
    order::from_top(lines)
}

/// The rows parted where drawing went elsewhere, in the order of drawing.
fn fragments(rows: Vec<Row>) -> Vec<Fragment> {
    let mut words: Vec<(u32, PlacedWord)> = rows
        .into_iter()
        .flat_map(|Row { words, number }| words.into_iter().map(move |word| (number, word)))
        .collect();
    words.sort_by_key(|(_, word)| word.drawn);
    let mut fragments: Vec<Fragment> = Vec::new();
    for (row, word) in words {
        match fragments.last_mut() {
            Some(last)
                if last.row == row
                    && last
                        .words
                        .last()
                        .is_some_and(|before| word.start >= before.start - BACK_MAX * word.size) =>
            {
                last.words.push(word);
            }
            Some(_) | None => fragments.push(Fragment { row, words: vec![word], flow: 0 }),
        }
    }
    fragments
}

/// Numbers the texts that run on below from fragment to fragment.
fn number_flows(fragments: &mut [Fragment]) {
    let mut flow = 0;
    for index in 1..fragments.len() {
        let Some([.., above, below]) = fragments.get_mut(..=index) else { continue };
        if !above.runs_on_in(below) {
            flow += 1;
        }
        below.flow = flow;
    }
}

impl Fragment {
    fn start(&self) -> f64 {
        self.words.iter().map(|word| word.start).fold(f64::INFINITY, f64::min)
    }

    fn end(&self) -> f64 {
        self.words.iter().map(|word| word.end).fold(f64::NEG_INFINITY, f64::max)
    }

    fn size(&self) -> f64 {
        self.words.iter().map(|word| word.size).fold(0.0, f64::max)
    }

    fn baseline(&self) -> f64 {
        self.words.first().map_or(0.0, |word| word.baseline)
    }

    fn runs_on_in(&self, below: &Self) -> bool {
        let down = below.baseline() - self.baseline();
        below.row > self.row
            && down <= LINE_HEIGHT_MAX * self.size().max(below.size())
            && self.start().max(below.start()) < self.end().min(below.end())
    }

    /// The text after its last wide gap, or before its first.
    fn piece(&self, is_last: bool) -> &[PlacedWord] {
        let mut pieces =
            self.words.chunk_by(|left, right| right.start - left.end <= CELL_GAP * left.size.max(right.size));
        let piece = if is_last { pieces.last() } else { pieces.next() };
        piece.unwrap_or_default()
    }
}

/// Two fragments of one row with none between them, as places among the fragments.
struct Neighbours {
    left: usize,
    right: usize,
    is_close: bool,
    /// Whether either is a figure, or the left one a name that announces something.
    is_tabular: bool,
}

/// All neighbours, row by row.
fn beside(fragments: &[Fragment]) -> Vec<Neighbours> {
    let mut order: Vec<usize> = (0..fragments.len()).collect();
    let place = |index: &usize| fragments.get(*index).map_or((0, 0.0), |it| (it.row, it.start()));
    order.sort_by(|left, right| {
        let (left, right) = (place(left), place(right));
        left.0.cmp(&right.0).then(left.1.total_cmp(&right.1))
    });
    let mut neighbours = Vec::new();
    for pair in order.windows(2) {
        let &[left, right] = pair else { continue };
        let (Some(before), Some(after)) = (fragments.get(left), fragments.get(right)) else { continue };
        if before.row != after.row {
            continue;
        }
        let gap = after.start() - before.end();
        let (name, value) = (before.piece(true), after.piece(false));
        neighbours.push(Neighbours {
            left,
            right,
            is_close: gap <= SPACE_MAX * before.size().min(after.size()),
            is_tabular: is_figure(value) || announces(name) || announces_before(value),
        });
    }
    neighbours
}

/// Whether a text is a figure: digits, and no more letters than those.
fn is_figure(words: &[PlacedWord]) -> bool {
    let characters = || words.iter().flat_map(|word| word.text.chars());
    let digits = characters().filter(char::is_ascii_digit).count();
    digits > 0 && digits >= characters().filter(|character| character.is_alphabetic()).count()
}

fn announces(words: &[PlacedWord]) -> bool {
    words.last().is_some_and(|word| word.text.ends_with(':'))
}

fn announces_before(words: &[PlacedWord]) -> bool {
    words.first().is_some_and(|word| word.text.starts_with(':'))
}

/// What the neighbours of a flow on one side say of whether it is part of a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is a single line, which says nothing.
    Open,
    /// Its lines belong to rows.
    Rows,
    /// It is a text of its own.
    Text,
}

/// Joins the fragments that are parts of one row whatever the order they are drawn in.
fn join(fragments: Vec<Fragment>, beside: &[Neighbours]) -> Vec<order::Line> {
    let flows = fragments.last().map_or(0, |last| last.flow + 1);
    let mut lengths = vec![0_usize; flows];
    let mut in_cells = vec![0_usize; flows];
    for fragment in &fragments {
        if let (Some(length), Some(cells)) = (lengths.get_mut(fragment.flow), in_cells.get_mut(fragment.flow))
        {
            *length += 1;
            *cells += usize::from(fragment.piece(false).len() < fragment.words.len());
        }
    }
    let flow = |index: usize| fragments.get(index).map_or(0, |fragment| fragment.flow);
    // Per flow and side: how many of its lines have a neighbour there, and how many of those make a table's row.
    let mut sides = vec![[(0_usize, 0_usize); 2]; flows];
    for pair in beside {
        for (index, side) in [(pair.left, 0), (pair.right, 1)] {
            if let Some((count, tabular)) = sides.get_mut(flow(index)).and_then(|sides| sides.get_mut(side)) {
                *count += 1;
                *tabular += usize::from(pair.is_tabular);
            }
        }
    }
    let verdict = |index: usize, side: usize| {
        let length = lengths.get(flow(index)).copied().unwrap_or(0);
        let in_cells = in_cells.get(flow(index)).copied().unwrap_or(0);
        let (count, tabular) =
            sides.get(flow(index)).and_then(|sides| sides.get(side)).copied().unwrap_or((0, 0));
        match (length, count) {
            (..=1, _) => Verdict::Open,
            _ if in_cells * 2 > length => Verdict::Open,
            (_, ..=1) => Verdict::Text,
            _ if tabular * 2 > count || count >= TABLE_ROWS_MIN => Verdict::Rows,
            _ => Verdict::Text,
        }
    };
    let joins = |pair: &Neighbours| {
        let is_line = |index: usize| lengths.get(flow(index)).is_none_or(|&length| length <= 1);
        (pair.is_close && (is_line(pair.left) || is_line(pair.right)))
            || match (verdict(pair.left, 0), verdict(pair.right, 1)) {
                (Verdict::Rows, _) | (_, Verdict::Rows) | (Verdict::Open, Verdict::Open) => true,
                (Verdict::Text, _) | (_, Verdict::Text) => false,
            }
    };
    let joined: Vec<(usize, usize)> =
        beside.iter().filter(|pair| joins(pair)).map(|pair| (pair.left, pair.right)).collect();
    order::lines(fragments.into_iter().map(|it| (it.row, it.flow, it.words)).collect(), &joined)
}
