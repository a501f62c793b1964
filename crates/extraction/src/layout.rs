//! Where the reader's tables stand among a document's numbered lines: which lines are one row, which are headings.
//!
//! Made by [`Plan`](crate::Plan), so that no chunk is cut within a row, and by the grounding, to count rows. Lines are
//! indices from 0 here, as in [`numbered`](crate::lines::numbered).

use std::collections::BTreeSet;
use std::ops::Range;

use docmill_pdf::{Document, Page, Table, TableRow, tables};

/// A table among the lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableLines {
    /// The lines of its headings, ascending.
    pub(crate) headings: Vec<usize>,
    /// The rows below them, from top to bottom.
    pub(crate) rows: Vec<RowLines>,
}

/// A row of a table among the lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowLines {
    /// From its first line to behind its last one.
    pub(crate) lines: Range<usize>,
    /// The columns with text, ascending.
    pub(crate) columns: Vec<u32>,
    /// Whether it holds data, as [`Table::data_rows`] counts them.
    pub(crate) is_data: bool,
}

/// The tables of a document among its lines, in the document's order. Those on pages without usable text have none.
pub(crate) fn table_lines(document: &Document) -> Vec<TableLines> {
    let places = Places::of(document);
    tables(document).iter().filter_map(|table| placed(table, &places)).collect()
}

fn placed(table: &Table, places: &Places<'_>) -> Option<TableLines> {
    let header_rows = usize::try_from(table.header_rows).unwrap_or(usize::MAX);
    let (headings, rows) = table.rows.split_at(header_rows.min(table.rows.len()));
    let mut sorted: Vec<usize> = rows.iter().map(|row| row.cells.len()).collect();
    sorted.sort_unstable();
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    let rows = rows.iter().filter_map(|row| {
        let cells = row.cells.len();
        Some(RowLines {
            lines: places.of_row(row)?,
            columns: row.cells.iter().map(|cell| cell.column).collect(),
            is_data: cells >= 2 && cells * 2 >= middle,
        })
    });
    let rows: Vec<RowLines> = rows.collect();
    let headings: BTreeSet<usize> = headings.iter().filter_map(|row| places.of_row(row)).flatten().collect();
    (!rows.is_empty()).then(|| TableLines { headings: headings.into_iter().collect(), rows })
}

/// Which numbered line each line of a page is part of.
struct Places<'a> {
    /// The pages with usable text: the page, the index of its first line, and its rows' numbers, ascending.
    pages: Vec<(&'a Page, usize, Vec<u32>)>,
}

impl<'a> Places<'a> {
    fn of(document: &'a Document) -> Self {
        let mut first = 0;
        let mut pages = Vec::new();
        for page in document.pages.iter().filter(|page| page.has_usable_text()) {
            let mut rows: Vec<u32> = page.lines.iter().map(|line| line.row).collect();
            rows.sort_unstable();
            rows.dedup();
            let count = rows.len();
            pages.push((page, first, rows));
            first += count;
        }
        Self { pages }
    }

    /// The lines from the first to the last that a row of a table has words of.
    fn of_row(&self, row: &TableRow) -> Option<Range<usize>> {
        let index = self.pages.binary_search_by_key(&row.page, |(page, ..)| page.number).ok()?;
        let (page, first, rows) = self.pages.get(index)?;
        let words = row.cells.iter().flat_map(|cell| &cell.words);
        let lines = words.filter_map(|words| page.lines.get(usize::try_from(words.line).ok()?));
        let mut places: Vec<usize> = lines.filter_map(|line| rows.binary_search(&line.row).ok()).collect();
        places.sort_unstable();
        let (top, bottom) = (places.first()?, places.last()?);
        Some(first + top..first + bottom + 1)
    }
}
