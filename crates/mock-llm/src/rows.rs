//! Finds the rows of a table: a header line that names two or more of the row's properties, and the lines below it
//! that have as many cells, with numbers where the first row has numbers.
//!
//! Called by [`answer`](crate::answer) for every array of objects. Cells are copied, never computed; a wrapped
//! description (a line with fewer cells) is left out.

use crate::document::{Document, Line};
use crate::labels::{Fit, fit, is_label};
use crate::printed;

/// Words that open a line of sums, whatever the schema says.
const SUM_WORDS: [&str; 9] = [
    "carried forward",
    "brought forward",
    "total",
    "subtotal",
    "sum",
    "summe",
    "zwischensumme",
    "übertrag",
    "gesamtsumme",
];

/// One column of a row: the property's name and the labels a header prints for it.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// The property's name in the schema.
    pub(crate) name: String,
    /// Its labels, longest first.
    pub(crate) labels: Vec<String>,
}

/// One row as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Index of its line among the document's lines.
    pub(crate) line: usize,
    /// For each column asked for, its text; none where the table hasn't that column.
    pub(crate) texts: Vec<Option<String>>,
}

/// The rows of one table, and every line that belongs to it, headers included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// The rows, in the order of the lines.
    pub(crate) rows: Vec<Row>,
    /// Indices of header lines and rows, ascending: no single value is looked for there.
    pub(crate) lines: Vec<usize>,
}

/// Finds the table with these columns; `scalar_labels` are the labels of the values outside it, which end it.
pub(crate) fn find(document: &Document, columns: &[Column], scalar_labels: &[String]) -> Table {
    let mut table = Table::default();
    let mut open: Option<Shape> = None;
    for (index, line) in document.lines.iter().enumerate() {
        if let Some(shape) = header(line, columns) {
            table.lines.push(index);
            open = Some(shape);
            continue;
        }
        let Some(shape) = &mut open else { continue };
        let first = line.cells.first().map_or("", String::as_str);
        if ends_table(first, scalar_labels) {
            // A balance or a carry between the header and its first row belongs to the table's head.
            if shape.numeric.is_some() {
                open = None;
            }
        } else if shape.takes(line) {
            table.lines.push(index);
            table.rows.push(Row { line: index, texts: shape.texts(line) });
        }
    }
    if table.lines.is_empty() { headless(document, columns, scalar_labels) } else { table }
}

/// What a header fixed: where each column stands, and what the first row taught.
struct Shape {
    /// For each column asked for, the index of its cell.
    places: Vec<Option<usize>>,
    /// Cells in the header.
    cells: usize,
    /// Once a row was seen: which cells are amounts, percentages or dates.
    numeric: Option<Vec<bool>>,
}

impl Shape {
    /// Whether `line` is a row; the first one teaches where the numbers stand.
    fn takes(&mut self, line: &Line) -> bool {
        if line.cells.len() != self.cells {
            return false;
        }
        let looks: Vec<bool> = line.cells.iter().map(|cell| looks_numeric(cell)).collect();
        match &self.numeric {
            None => {
                let fits = looks.iter().any(|numeric| *numeric);
                if fits {
                    self.numeric = Some(looks);
                }
                fits
            }
            // A description may look like a number; a number never looks like a description.
            Some(learnt) => learnt.iter().zip(&looks).all(|(learnt, found)| *found || !*learnt),
        }
    }

    /// The line's texts in the order of the columns asked for.
    fn texts(&self, line: &Line) -> Vec<Option<String>> {
        self.places.iter().map(|place| place.and_then(|place| line.cells.get(place).cloned())).collect()
    }
}

/// The shape of a header line; none where fewer than two columns are named (one, if there is only one).
fn header(line: &Line, columns: &[Column]) -> Option<Shape> {
    let mut places = vec![None; columns.len()];
    let mut named = 0;
    for (place, cell) in line.cells.iter().enumerate() {
        let free = columns.iter().zip(&mut places).filter(|(_, taken)| taken.is_none());
        if let Some((_, taken)) = free.into_iter().find(|(column, _)| is_label(cell, &column.labels)) {
            *taken = Some(place);
            named += 1;
        }
    }
    (named >= columns.len().clamp(1, 2)).then_some(Shape { places, cells: line.cells.len(), numeric: None })
}

/// Whether a line that starts with `first` closes the table above it.
fn ends_table(first: &str, scalar_labels: &[String]) -> bool {
    let closes = |label: &str| matches!(fit(first, label), Some((Fit::Exact | Fit::Qualified, _)));
    scalar_labels.iter().any(|label| closes(label)) || SUM_WORDS.iter().any(|word| closes(word))
}

/// Rows of a chunk that starts in the middle of a table: as many cells as there are columns, in the schema's order,
/// the last one a number.
fn headless(document: &Document, columns: &[Column], scalar_labels: &[String]) -> Table {
    let mut table = Table::default();
    // Two cells are a label and its value as often as a row.
    if columns.len() < 3 {
        return table;
    }
    for (index, line) in document.lines.iter().enumerate() {
        let first = line.cells.first().map_or("", String::as_str);
        let fits = line.cells.len() == columns.len()
            && line.cells.last().is_some_and(|cell| printed::is_amount(cell));
        if fits && !ends_table(first, scalar_labels) {
            table.lines.push(index);
            table.rows.push(Row { line: index, texts: line.cells.iter().cloned().map(Some).collect() });
        }
    }
    table
}

/// Whether a cell is an amount, a percentage or a date.
fn looks_numeric(cell: &str) -> bool {
    match printed::kind(cell) {
        printed::Kind::Amount | printed::Kind::Percent | printed::Kind::Date => true,
        printed::Kind::Code | printed::Kind::Words => false,
    }
}
