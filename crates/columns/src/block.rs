//! What was read of some documents, one after the other, as they came.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::cells::Cells;
use crate::plan::Plan;
use crate::scan::Unreadable;

/// Documents and their rows. It knows texts by the numbers of the interners it was read with.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Block {
    pub(crate) documents: Vec<BlockDocument>,
    /// The ids of the documents, one behind the other.
    pub(crate) ids: String,
    /// Of each column of the plan, its cells.
    pub(crate) columns: Vec<Cells>,
    /// Of each set of rows, where each document's end.
    pub(crate) ends: Vec<Vec<u32>>,
    pub(crate) notes: Notes,
}

/// A document that has a record.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct BlockDocument {
    /// Where its id ends, which is where the next one begins.
    pub(crate) id_end: u32,
    pub(crate) has_id: bool,
    /// Which line it is on, from 0, of the lines of this block.
    pub(crate) line: u64,
    /// What tells it from others of the same id.
    pub(crate) fingerprint: u64,
}

/// What else there is to say.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// Lines of the block, empty ones included.
    pub(crate) lines: u64,
    /// Lines that can't be read, in order.
    pub(crate) unreadable: Vec<(u64, Unreadable)>,
    /// Documents without a record.
    pub(crate) without_record: u64,
    /// Documents in which something that is read is there twice under one name.
    pub(crate) repeated_names: u64,
    /// Of each set of rows, documents in which something else than an array is in its place.
    pub(crate) not_arrays: Vec<u64>,
    /// Whether texts were numbered that no column has.
    pub(crate) has_stray_texts: bool,
}

impl Block {
    /// An empty one, with room for what `like` holds and some more.
    pub(crate) fn new(plan: &Plan, like: Option<&Self>) -> Self {
        let room = |len: usize| len + len / 16;
        let rows = |column: usize| {
            like.and_then(|like| like.columns.get(column)).map_or(0, |cells| room(cells.len()))
        };
        let documents = like.map_or(0, |like| room(like.documents.len()));
        Self {
            documents: Vec::with_capacity(documents),
            ids: String::with_capacity(like.map_or(0, |like| room(like.ids.len()))),
            columns: plan
                .columns
                .iter()
                .enumerate()
                .map(|(at, column)| Cells::new(&column.kind, rows(at)))
                .collect(),
            ends: plan.sets.iter().map(|_| Vec::with_capacity(documents)).collect(),
            notes: Notes { not_arrays: vec![0; plan.sets.len()], ..Notes::default() },
        }
    }

    /// A document's id, if it has one.
    pub(crate) fn id(&self, document: usize) -> Option<&str> {
        let found = self.documents.get(document).filter(|document| document.has_id)?;
        let before = document.checked_sub(1).and_then(|before| self.documents.get(before));
        self.ids.get(before.map_or(0, |before| before.id_end as usize)..found.id_end as usize)
    }

    /// Where the rows of a document are in a set's columns.
    pub(crate) fn rows(&self, set: usize, document: usize) -> Range<u32> {
        let ends = self.ends.get(set).map(Vec::as_slice).unwrap_or_default();
        let start = document.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
        start..ends.get(document).copied().unwrap_or(start)
    }

    /// Rows of a set.
    pub(crate) fn rows_count(&self, set: usize) -> u32 {
        self.ends.get(set).and_then(|ends| ends.last()).copied().unwrap_or(0)
    }

    /// Forgets what there is of documents beyond the first `documents`: of one that was begun and can't be kept.
    pub(crate) fn forget(&mut self, plan: &Plan, documents: usize) {
        for (column, asked) in plan.columns.iter().enumerate() {
            let rows = asked.set.map_or(documents, |set| self.rows_count(set) as usize);
            if let Some(cells) = self.columns.get_mut(column) {
                cells.truncate(rows);
            }
        }
        self.notes.has_stray_texts = true;
    }

    /// Keeps these documents and forgets the others; what is noted of documents as such stays.
    pub(crate) fn retain(&mut self, plan: &Plan, is_kept: &[bool]) {
        let kept: Vec<(u32, usize)> =
            (0..).zip(0..is_kept.len()).filter(|(_, at)| is_kept.get(*at) == Some(&true)).collect();
        let of_record: Vec<Range<u32>> = kept.iter().map(|(document, _)| *document..document + 1).collect();
        let rows = |set: usize| kept.iter().map(|(_, at)| self.rows(set, *at)).collect();
        let of_sets: Vec<Vec<Range<u32>>> = (0..plan.sets.len()).map(rows).collect();
        for (cells, asked) in self.columns.iter_mut().zip(&plan.columns) {
            cells.keep(asked.set.and_then(|set| of_sets.get(set)).unwrap_or(&of_record));
        }
        for (ends, rows) in self.ends.iter_mut().zip(&of_sets) {
            let mut end = 0;
            *ends = rows
                .iter()
                .map(|rows| {
                    end += rows.end - rows.start;
                    end
                })
                .collect();
        }
        let mut ids = String::new();
        let mut documents = Vec::with_capacity(kept.len());
        for (_, at) in kept {
            ids.push_str(self.id(at).unwrap_or_default());
            let Some(found) = self.documents.get(at) else { continue };
            let id_end = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            documents.push(BlockDocument { id_end, ..*found });
        }
        (self.ids, self.documents) = (ids, documents);
        self.notes.has_stray_texts = true;
    }

    /// Whether it is to get no larger: its rows and bytes of ids are counted in 32 bits.
    pub(crate) fn is_large(&self) -> bool {
        let rows = (0..self.ends.len()).map(|set| self.rows_count(set)).max().unwrap_or(0);
        rows >= 1 << 28 || self.ids.len() >= 1 << 28
    }

    /// Appends another block, whose texts have these numbers here; its lines are counted from `first_line`.
    pub(crate) fn append(&mut self, plan: &Plan, other: Self, first_line: u64, codes: &[Vec<u32>]) {
        let id_end = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.push_str(&other.ids);
        self.documents.extend(other.documents.into_iter().map(|document| BlockDocument {
            id_end: document.id_end.saturating_add(id_end),
            line: document.line + first_line,
            ..document
        }));
        for (ends, others) in self.ends.iter_mut().zip(&other.ends) {
            let end = ends.last().copied().unwrap_or(0);
            ends.extend(others.iter().map(|other| other.saturating_add(end)));
        }
        for ((cells, others), asked) in self.columns.iter_mut().zip(&other.columns).zip(&plan.columns) {
            let codes = asked.dictionary.and_then(|at| codes.get(at)).map_or(&[][..], Vec::as_slice);
            cells.append(others, codes);
        }
        let (notes, others) = (&mut self.notes, other.notes);
        notes.lines = notes.lines.max(first_line + others.lines);
        notes
            .unreadable
            .extend(others.unreadable.into_iter().map(|(line, reason)| (line + first_line, reason)));
        notes.without_record += others.without_record;
        notes.repeated_names += others.repeated_names;
        for (count, other) in notes.not_arrays.iter_mut().zip(others.not_arrays) {
            *count += other;
        }
        notes.has_stray_texts |= others.has_stray_texts;
    }

    /// Leaves out amounts without a currency: done once, when the last document has been read.
    pub(crate) fn settle_currencies(&mut self, plan: &Plan) {
        for (at, column) in plan.columns.iter().enumerate() {
            let Some(currency) = column.currency else { continue };
            let currency_set = plan.columns.get(currency).and_then(|currency| currency.set);
            let Some(valid) = self.columns.get(currency).map(|cells| &cells.valid) else { continue };
            let lacking = (0..valid.len()).filter(|row| !valid.get(*row));
            let rows: Vec<usize> = match (column.set, currency_set) {
                (Some(set), None) => {
                    lacking.flat_map(|document| self.rows(set, document)).map(|row| row as usize).collect()
                }
                _ => lacking.collect(),
            };
            if let Some(cells) = self.columns.get_mut(at) {
                cells.reject_without_currency(rows.into_iter());
            }
        }
    }
}
