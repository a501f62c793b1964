//! The order of documents: by id, whatever the order they came in, and those without one by their line.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::decoder::PlacedBlock;
use crate::table::Documents;

/// A document: which block, and which of its documents.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) block: u32,
    pub(crate) document: u32,
}

/// Rows that stand together in a block and in a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) block: usize,
    /// The first row in the block.
    pub(crate) start: usize,
    pub(crate) len: usize,
    /// The first row in the table.
    pub(crate) row: usize,
}

/// What a document is ordered by.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    id: Option<&'a str>,
    /// Its line if it has no id, and its fingerprint otherwise.
    then: u64,
    at: At,
}

impl Entry<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        let ids = match (self.id, other.id) {
            (Some(this), Some(other)) => this.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let arrival = |at: &At| (at.block, at.document);
        ids.then(self.then.cmp(&other.then)).then_with(|| arrival(&self.at).cmp(&arrival(&other.at)))
    }
}

/// All documents of these blocks, which are in order of arrival, in their order.
pub(crate) fn documents(blocks: &[PlacedBlock]) -> (Vec<At>, Documents) {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for (block, placed) in (0..).zip(blocks) {
        let documents = placed.block.documents.iter().enumerate();
        entries.extend((0..).zip(documents).map(|(document, (position, found))| {
            let id = placed.block.id(position);
            let then = if id.is_some() { found.fingerprint } else { placed.first_line + found.line };
            Entry { id, then, at: At { block, document } }
        }));
    }
    if !entries.is_sorted_by(|left, right| left.compare(right) != Ordering::Greater) {
        entries.par_sort_unstable_by(Entry::compare);
    }
    let mut documents = Documents::default();
    for entry in &entries {
        documents.push(entry.id, entry.then);
    }
    (entries.iter().map(|entry| entry.at).collect(), documents)
}

/// The runs of rows that documents in this order have: in a set, or one for each document.
pub(crate) fn runs(blocks: &[PlacedBlock], order: &[At], set: Option<usize>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut row = 0;
    for at in order {
        let (block, document) = (at.block as usize, at.document as usize);
        let rows = match set {
            None => at.document..at.document + 1,
            Some(set) => blocks.get(block).map_or(0..0, |placed| placed.block.rows(set, document)),
        };
        let (start, len) = (rows.start as usize, rows.len());
        match runs.last_mut() {
            Some(last) if last.block == block && last.start + last.len == start => last.len += len,
            _ => runs.push(Run { block, start, len, row }),
        }
        row += len;
    }
    runs
}
