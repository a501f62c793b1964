//! Lines to blocks, and blocks to reading order: what stands above comes first, else what is drawn first.

use crate::lines::Row;
use crate::words::PlacedWord;

/// With more blocks than this on a page, they are ordered by their tops alone; a bound on work.
const BLOCKS_MAX: usize = 2_000;
/// A block stands above another if it ends at most this far, in font sizes, below where the other starts.
const OVERLAP_MAX: f64 = 0.5;

/// Words of one row that are read together.
#[derive(Debug)]
pub(super) struct Line {
    row: u32,
    block: usize,
    words: Vec<PlacedWord>,
}

/// Makes lines of fragments (row, flow, words), joining the pairs of neighbours that are one. Flows that share a line are one block.
pub(super) fn lines(fragments: Vec<(u32, usize, Vec<PlacedWord>)>, joined: &[(usize, usize)]) -> Vec<Line> {
    let flows = fragments.last().map_or(0, |(_, flow, _)| flow + 1);
    let mut blocks = Sets::new(flows);
    let mut parts = Sets::new(fragments.len());
    for &(left, right) in joined {
        parts.unite(left, right);
        if let (Some((_, left, _)), Some((_, right, _))) = (fragments.get(left), fragments.get(right)) {
            blocks.unite(*left, *right);
        }
    }
    let mut lines: Vec<Option<Line>> = fragments.iter().map(|_| None).collect();
    for (index, (row, flow, words)) in fragments.into_iter().enumerate() {
        let Some(line) = lines.get_mut(parts.first(index)) else { continue };
        let line = line.get_or_insert_with(|| Line { row, block: blocks.first(flow), words: Vec::new() });
        line.words.extend(words);
    }
    let mut lines: Vec<Line> = lines.into_iter().flatten().collect();
    for line in &mut lines {
        line.words.sort_by(|left, right| left.start.total_cmp(&right.start));
    }
    lines
}

/// Sets of numbers that only grow together; each is known by its lowest number.
struct Sets(Vec<usize>);

impl Sets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn first(&mut self, mut number: usize) -> usize {
        while let Some(&next) = self.0.get(number)
            && next != number
        {
            let after = self.0.get(next).copied().unwrap_or(next);
            if let Some(entry) = self.0.get_mut(number) {
                *entry = after;
            }
            number = next;
        }
        number
    }

    fn unite(&mut self, left: usize, right: usize) {
        let (left, right) = (self.first(left), self.first(right));
        if let Some(entry) = self.0.get_mut(left.max(right)) {
            *entry = left.min(right);
        }
    }
}

/// Lines that are read together, one after the other.
struct Block {
    lines: Vec<Line>,
    start: f64,
    end: f64,
    top: f64,
    bottom: f64,
    size: f64,
}

impl Block {
    fn new(mut lines: Vec<Line>) -> Self {
        let left = |line: &Line| line.words.first().map_or(0.0, |word| word.start);
        lines.sort_by(|one, other| one.row.cmp(&other.row).then(left(one).total_cmp(&left(other))));
        let mut block = Self {
            lines: Vec::new(),
            start: f64::INFINITY,
            end: f64::NEG_INFINITY,
            top: f64::INFINITY,
            bottom: f64::NEG_INFINITY,
            size: 0.0,
        };
        for word in lines.iter().flat_map(|line| &line.words) {
            block.start = block.start.min(word.start);
            block.end = block.end.max(word.end);
            block.top = block.top.min(word.baseline - word.size);
            block.bottom = block.bottom.max(word.baseline);
            block.size = block.size.max(word.size);
        }
        block.lines = lines;
        block
    }

    fn is_above(&self, other: &Self) -> bool {
        self.top < other.top
            && self.bottom <= other.top + OVERLAP_MAX * self.size.min(other.size)
            && self.start < other.end
            && other.start < self.end
    }
}

/// All lines in reading order.
pub(super) fn from_top(mut lines: Vec<Line>) -> Vec<Row> {
    // A block's number is that of its first flow, so blocks come in the order of drawing.
    lines.sort_by_key(|line| line.block);
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Vec<Line> = Vec::new();
    for line in lines {
        if open.last().is_some_and(|last| last.block != line.block) {
            blocks.push(Block::new(std::mem::take(&mut open)));
        }
        open.push(line);
    }
    blocks.push(Block::new(open));
    let in_order = bands(blocks).into_iter().flat_map(|band| {
        let order = from_top_or_as_drawn(&band);
        let mut lines: Vec<Vec<Line>> = band.into_iter().map(|block| block.lines).collect();
        order.into_iter().filter_map(move |index| lines.get_mut(index).map(std::mem::take))
    });
    in_order.flatten().map(|line| Row { words: line.words, number: line.row }).collect()
}

/// The blocks parted where nothing stands across the page, the uppermost first, each part in the order of drawing.
fn bands(mut blocks: Vec<Block>) -> Vec<Vec<Block>> {
    blocks.sort_by(|one, other| one.top.total_cmp(&other.top));
    let mut bands: Vec<Vec<Block>> = Vec::new();
    let mut bottom = f64::NEG_INFINITY;
    for block in blocks {
        let reach = block.bottom.max(bottom);
        match bands.last_mut() {
            Some(band) if bottom > block.top + OVERLAP_MAX * block.size => band.push(block),
            Some(_) | None => bands.push(vec![block]),
        }
        bottom = reach;
    }
    for band in &mut bands {
        // Their first word's place; beyond the bound they stay ordered by their tops.
        if band.len() <= BLOCKS_MAX {
            band.sort_by_key(|block| block.lines.first().map_or(0, |line| line.block));
        }
    }
    bands
}

/// The places of blocks in an order in which none comes after one it stands above (Breuel, "High performance
/// document layout analysis", 2003, with the order of drawing in place of that from left to right).
fn from_top_or_as_drawn(blocks: &[Block]) -> Vec<usize> {
    if blocks.len() > BLOCKS_MAX {
        return (0..blocks.len()).collect();
    }
    let mut is_placed = vec![false; blocks.len()];
    let mut order = Vec::with_capacity(blocks.len());
    for first in 0..blocks.len() {
        // Each on the stack waits for those above it. It ends, since tops only get smaller up the stack.
        let mut waiting = vec![first];
        while let Some(&index) = waiting.last() {
            let is_free = |place: usize| is_placed.get(place).is_some_and(|placed| !placed);
            let Some(block) = blocks.get(index).filter(|_| is_free(index)) else {
                waiting.pop();
                continue;
            };
            let mut others = blocks.iter().enumerate();
            match others.find(|&(place, other)| is_free(place) && other.is_above(block)) {
                Some((above, _)) => waiting.push(above),
                None => {
                    order.push(index);
                    if let Some(placed) = is_placed.get_mut(index) {
                        *placed = true;
                    }
                }
            }
        }
    }
    order
}
