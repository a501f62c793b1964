//! Many documents into tables: cut into blocks, read side by side, put together in order.
//!
//! Called with documents as they come. What comes out doesn't depend on how they were handed over, nor on the threads.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::assemble;
use crate::block::Block;
use crate::part::Part;
use crate::plan::Plan;
use crate::read::Reader;
use crate::table::Tables;

/// How much text is read as one piece: enough to be worth handing to a thread, little enough to stay in its cache.
pub const BLOCK_BYTES: usize = 2 << 20;

/// Documents of parts that are put together into one block: about as many as are read as one.
const PARTED_DOCUMENTS: usize = 4096;

/// More documents, or rows of them, than tables have room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {} documents: analyse them in several collections", u32::MAX)]
pub struct TooMany;

/// Reads documents, and has their tables in the end.
#[derive(Debug)]
pub struct Decoder<'p> {
    plan: &'p Plan,
    pieces: Vec<Piece>,
    /// Where parts are put together, so that many small ones don't stay as many blocks.
    parted: Option<(Reader<'p>, Block)>,
    /// Blocks and lines so far.
    arrived: usize,
    lines: u64,
}

/// Blocks that were read with the same interners, of which the texts are left.
#[derive(Debug)]
pub(crate) struct Piece {
    /// Of each dictionary, the texts by their numbers.
    pub(crate) texts: Vec<Vec<Box<str>>>,
    pub(crate) blocks: Vec<PlacedBlock>,
}

/// A block, and where among all others it came.
#[derive(Debug)]
pub(crate) struct PlacedBlock {
    pub(crate) arrival: usize,
    pub(crate) first_line: u64,
    pub(crate) block: Block,
}

/// What one thread takes at a time.
enum Work<'t> {
    Lines(&'t [u8]),
    Documents(&'t [&'t [u8]]),
}

impl<'p> Decoder<'p> {
    /// A decoder that has read nothing.
    pub fn new(plan: &'p Plan) -> Self {
        Self { plan, pieces: Vec::new(), parted: None, arrived: 0, lines: 0 }
    }

    /// Reads documents that stand on a line each. Lines must be whole: hand over a long file in pieces that end where a
    /// line does. Lines of nothing but space are none.
    pub fn lines(&mut self, text: &[u8]) {
        let mut work = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let from = BLOCK_BYTES.min(rest.len());
            let end = rest.get(from..).and_then(|behind| memchr::memchr(b'\n', behind));
            let (block, behind) = rest.split_at(end.map_or(rest.len(), |end| from + end + 1));
            work.push(Work::Lines(block));
            rest = behind;
        }
        self.read(&work);
    }

    /// Reads documents that are separate texts. Each counts as a line.
    pub fn documents(&mut self, documents: &[&[u8]]) {
        let mut bytes = 0;
        let mut start = 0;
        let mut work = Vec::new();
        let mut take = |range: Range<usize>| work.extend(documents.get(range).map(Work::Documents));
        for (position, document) in documents.iter().enumerate() {
            bytes += document.len() + 1;
            if bytes >= BLOCK_BYTES {
                take(start..position + 1);
                (start, bytes) = (position + 1, 0);
            }
        }
        if start < documents.len() {
            take(start..documents.len());
        }
        self.read(&work);
    }

    /// Adds what was read of documents before. It keeps its own lines.
    pub fn part(&mut self, part: Part) {
        let Part { texts, block, first_line } = part;
        let (reader, parted) =
            self.parted.get_or_insert_with(|| (Reader::new(self.plan), Block::new(self.plan, None)));
        let codes = reader.codes(&texts);
        parted.append(self.plan, block, first_line, &codes);
        if parted.documents.len() >= PARTED_DOCUMENTS || parted.is_large() {
            self.close_parted();
        }
    }

    /// The tables of everything that was read.
    pub fn finish(mut self) -> Result<Tables, TooMany> {
        self.close_parted();
        assemble::tables(self.plan, self.pieces)
    }

    fn close_parted(&mut self) {
        let Some((reader, block)) = self.parted.take() else { return };
        let blocks = vec![PlacedBlock { arrival: self.arrived, first_line: 0, block }];
        self.arrived += 1;
        self.pieces.push(Piece { texts: reader.into_texts(), blocks });
    }

    fn read(&mut self, work: &[Work<'_>]) {
        let arrived = self.arrived;
        self.arrived += work.len();
        let next = AtomicUsize::new(0);
        let threads = rayon::current_num_threads().min(work.len());
        let plan = self.plan;
        let mut pieces: Vec<Piece> = (0..threads)
            .into_par_iter()
            .with_max_len(1)
            .map(|_| {
                let mut reader = Reader::new(plan);
                let mut blocks: Vec<PlacedBlock> = Vec::new();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(work) = work.get(at) else { break };
                    let block = work.block(plan, &mut reader, blocks.last().map(|placed| &placed.block));
                    blocks.push(PlacedBlock { arrival: arrived + at, first_line: 0, block });
                }
                Piece { texts: reader.into_texts(), blocks }
            })
            .collect();
        pieces.retain(|piece| !piece.blocks.is_empty());
        let mut blocks: Vec<&mut PlacedBlock> =
            pieces.iter_mut().flat_map(|piece| &mut piece.blocks).collect();
        blocks.sort_unstable_by_key(|placed| placed.arrival);
        for placed in blocks {
            placed.first_line = self.lines;
            self.lines += placed.block.notes.lines;
        }
        self.pieces.append(&mut pieces);
    }
}

impl Work<'_> {
    fn block(&self, plan: &Plan, reader: &mut Reader<'_>, like: Option<&Block>) -> Block {
        let mut block = Block::new(plan, like);
        match self {
            Self::Documents(documents) => {
                documents.iter().for_each(|document| reader.line(&mut block, document))
            }
            // Checking a block at once is several times quicker than checking its lines.
            Self::Lines(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => lines(bytes).for_each(|line| {
                    // A line ends where a character does.
                    reader.text_line(&mut block, text.get(line).unwrap_or_default());
                }),
                Err(_) => lines(bytes).for_each(|line| {
                    reader.line(&mut block, bytes.get(line).unwrap_or_default());
                }),
            },
        }
        block.settle_currencies(plan);
        block
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain((!bytes.ends_with(b"\n")).then_some(bytes.len()));
    ends.map(move |end| std::mem::replace(&mut start, end + 1)..end)
}
