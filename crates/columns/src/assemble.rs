//! Blocks into tables: documents in order, numbers at one scale, texts by one dictionary, rows in chunks of one size.
//!
//! Each chunk is put together by itself, side by side with others, from the runs of rows that are in it.

use rayon::prelude::*;

use crate::cells::Cells;
use crate::decoder::{Piece, PlacedBlock, TooMany};
use crate::dictionary::{self, Dictionary};
use crate::gather::{Gather, Gathered};
use crate::layout::{Folding, Kind, Scale};
use crate::order::{self, At, Run};
use crate::plan::Plan;
use crate::rejection::{PLACES_MAX, Rejections};
use crate::scan::Unreadable;
use crate::table::{CHUNK_ROWS, Column, CurrencyColumn, Level, Table, Tables};

/// Everything that was read, on its way into tables.
struct Assembly<'p> {
    plan: &'p Plan,
    blocks: Vec<PlacedBlock>,
    /// Of each block, which texts it knows by number.
    piece_of: Vec<usize>,
    texts: Vec<Vec<Vec<Box<str>>>>,
}

/// What the values of a column become.
struct Target {
    scale: u8,
    dictionary: Dictionary,
    /// Of each piece, the codes of its texts.
    codes: Vec<Vec<u32>>,
}

pub(crate) fn tables(plan: &Plan, pieces: Vec<Piece>) -> Result<Tables, TooMany> {
    let mut assembly = Assembly::new(plan, pieces);
    let count: usize = assembly.blocks.iter().map(|placed| placed.block.documents.len()).sum();
    if u32::try_from(count).is_err() {
        return Err(TooMany);
    }
    let (order, documents) = order::documents(&assembly.blocks);
    let mut tables = Tables { documents, ..Tables::default() };
    assembly.notes(&mut tables);
    tables.record = assembly.table(&order, None);
    tables.row_sets = (0..plan.sets.len()).map(|set| assembly.table(&order, Some(set))).collect();
    Ok(tables)
}

impl<'p> Assembly<'p> {
    fn new(plan: &'p Plan, pieces: Vec<Piece>) -> Self {
        let mut texts = Vec::with_capacity(pieces.len());
        let mut blocks = Vec::new();
        for (piece, read) in pieces.into_iter().enumerate() {
            texts.push(read.texts);
            blocks.extend(read.blocks.into_iter().map(|block| (piece, block)));
        }
        blocks.sort_unstable_by_key(|(_, placed)| placed.arrival);
        let (piece_of, blocks) = blocks.into_iter().unzip();
        Self { plan, blocks, piece_of, texts }
    }

    fn notes(&self, tables: &mut Tables) {
        for placed in &self.blocks {
            let notes = &placed.block.notes;
            tables.without_record += notes.without_record;
            tables.repeated_names += notes.repeated_names;
            tables.unreadable_count += notes.unreadable.len() as u64;
            let lines = notes.unreadable.iter().map(|(line, reason)| (placed.first_line + line + 1, *reason));
            tables.unreadable.extend(lines);
        }
        tables.unreadable.sort_unstable_by_key(|(line, _): &(u64, Unreadable)| *line);
        tables.unreadable.truncate(PLACES_MAX);
    }

    fn table(&mut self, order: &[At], set: Option<usize>) -> Table {
        let plan = self.plan;
        let runs = order::runs(&self.blocks, order, set);
        let rows = runs.last().map_or(0, |run| run.row + run.len);
        let set_plan = set.and_then(|set| plan.sets.get(set));
        let mut table = Table {
            pointer: set_plan.map(|set| set.pointer.clone()),
            rows,
            starts: self.starts(order, set),
            not_arrays: set.map_or(0, |set| self.not_arrays(set)),
            ..Table::default()
        };
        table.documents = provenance(&table.starts, rows);
        let columns = set_plan.map_or(&plan.record_columns, |set| &set.columns);
        for &column in columns {
            let column = self.column(column, &table, &runs);
            table.columns.extend(column);
        }
        table
    }

    fn not_arrays(&self, set: usize) -> u64 {
        let counts = self.blocks.iter().filter_map(|placed| placed.block.notes.not_arrays.get(set));
        counts.sum()
    }

    /// Where the rows of each document begin, and where the last ends.
    fn starts(&self, order: &[At], set: Option<usize>) -> Vec<usize> {
        let rows = |at: &At| match (set, self.blocks.get(at.block as usize)) {
            (Some(set), Some(placed)) => placed.block.rows(set, at.document as usize).len(),
            _ => 1,
        };
        let ends = order.iter().scan(0, |end, at| {
            *end += rows(at);
            Some(*end)
        });
        std::iter::once(0).chain(ends).collect()
    }

    fn column(&mut self, at: usize, table: &Table, runs: &[Run]) -> Option<Column> {
        let asked = self.plan.columns.get(at)?;
        let target = Target {
            scale: self.scale(at, &asked.kind),
            ..asked
                .dictionary
                .map_or_else(Target::without_texts, |dictionary| self.texts(at, dictionary, &asked.kind))
        };
        let chunks = table.rows.div_ceil(CHUNK_ROWS);
        let gathered: Vec<Gathered> = (0..chunks)
            .into_par_iter()
            .with_max_len(1)
            .map(|chunk| self.chunk(at, chunk, table.rows, runs, &target))
            .collect();
        // What has been put together isn't needed as it was read.
        for placed in &mut self.blocks {
            if let Some(cells) = placed.block.columns.get_mut(at) {
                *cells = Cells::new(&asked.kind, 0);
            }
        }
        let mut rejections = Rejections::default();
        let mut chunks = Vec::with_capacity(gathered.len());
        let mut used = 0;
        for (chunk, rejected) in gathered {
            used += chunk.used() as u64;
            chunks.push(chunk);
            for (row, reason) in rejected {
                rejections.add(reason, || table.place(row).unwrap_or_default());
            }
        }
        Some(Column {
            name: asked.name.clone(),
            kind: asked.kind.clone(),
            scale: target.scale,
            currency: asked.currency.and_then(|currency| self.currency(currency)),
            missing: table.rows as u64 - used - rejections.total(),
            used,
            rejections,
            dictionary: target.dictionary,
            chunks,
        })
    }

    /// Where the table has a currency column.
    fn currency(&self, at: usize) -> Option<CurrencyColumn> {
        let (level, columns) = match self.plan.columns.get(at)?.set {
            None => (Level::Document, &self.plan.record_columns),
            Some(set) => (Level::Row, &self.plan.sets.get(set)?.columns),
        };
        let column = columns.iter().position(|column| *column == at)?;
        Some(CurrencyColumn { level, column })
    }

    /// The decimals of a column: those it was given, or as many as its values need.
    fn scale(&self, at: usize, kind: &Kind) -> u8 {
        match kind {
            Kind::Money { scale: Scale::Fixed(decimals), .. }
            | Kind::Decimal { scale: Scale::Fixed(decimals) } => *decimals,
            Kind::Money { .. } | Kind::Decimal { .. } => {
                let cells = self.blocks.par_iter().filter_map(|placed| placed.block.columns.get(at));
                cells.map(Cells::decimals_needed).max().unwrap_or(0)
            }
            Kind::Date | Kind::Key { .. } | Kind::Bool => 0,
        }
    }

    fn texts(&self, at: usize, dictionary: usize, kind: &Kind) -> Target {
        let exact = matches!(kind, Kind::Key { folding: Folding::Exact });
        let key = |text: &str| if exact { text.to_owned() } else { dictionary::folded(text) };
        let mut strays: Vec<bool> = vec![false; self.texts.len()];
        for (piece, placed) in self.piece_of.iter().zip(&self.blocks) {
            if let Some(strays) = strays.get_mut(*piece) {
                *strays |= placed.block.notes.has_stray_texts;
            }
        }
        let mut used: Vec<Option<Vec<bool>>> = Vec::with_capacity(self.texts.len());
        let known = |piece: usize| {
            self.texts.get(piece).and_then(|texts| texts.get(dictionary)).map_or(&[][..], Vec::as_slice)
        };
        used.extend(
            strays.iter().enumerate().map(|(piece, strays)| strays.then(|| vec![false; known(piece).len()])),
        );
        for (piece, placed) in self.piece_of.iter().zip(&self.blocks) {
            if let (Some(Some(used)), Some(cells)) = (used.get_mut(*piece), placed.block.columns.get(at)) {
                cells.mark_texts(used);
            }
        }
        let pieces = used.into_iter().enumerate().map(|(piece, used)| (known(piece), used));
        let (dictionary, codes) = dictionary::merged(pieces, key);
        Target { scale: 0, dictionary, codes }
    }

    /// One chunk of a column.
    fn chunk(&self, at: usize, chunk: usize, rows: usize, runs: &[Run], target: &Target) -> Gathered {
        let start = chunk * CHUNK_ROWS;
        let end = rows.min(start + CHUNK_ROWS);
        let first = runs.partition_point(|run| run.row + run.len <= start);
        let kind = self.plan.columns.get(at).map_or(&Kind::Bool, |asked| &asked.kind);
        let mut gather = Gather::new(kind, start, end - start);
        for run in runs.get(first..).unwrap_or_default() {
            if run.row >= end {
                break;
            }
            let skipped = start.saturating_sub(run.row);
            let len = (run.len - skipped).min(end - run.row - skipped);
            let Some(cells) = self.blocks.get(run.block).and_then(|placed| placed.block.columns.get(at))
            else {
                continue;
            };
            let piece = self.piece_of.get(run.block).copied().unwrap_or(0);
            let codes = target.codes.get(piece).map(Vec::as_slice).unwrap_or_default();
            gather.take(cells, run.start + skipped, len, target.scale, codes);
        }
        gather.finish()
    }
}

/// The documents of rows, chunk by chunk.
fn provenance(starts: &[usize], rows: usize) -> Vec<Vec<u32>> {
    let chunk = |chunk: usize| {
        let (start, end) = (chunk * CHUNK_ROWS, rows.min((chunk + 1) * CHUNK_ROWS));
        let mut documents = Vec::with_capacity(end - start);
        let mut document = starts.partition_point(|first| *first <= start).saturating_sub(1);
        while documents.len() < end - start {
            let document_end = starts.get(document + 1).copied().unwrap_or(end).min(end);
            let id = u32::try_from(document).unwrap_or(u32::MAX);
            let count = document_end - start - documents.len();
            documents.extend(std::iter::repeat_n(id, count));
            document += 1;
        }
        documents
    };
    (0..rows.div_ceil(CHUNK_ROWS)).into_par_iter().map(chunk).collect()
}

impl Target {
    fn without_texts() -> Self {
        Self { scale: 0, dictionary: Dictionary::default(), codes: Vec::new() }
    }
}
