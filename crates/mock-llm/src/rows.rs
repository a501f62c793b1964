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

/// What the names of columns with words contain.
const WORD_COLUMNS: [&str; 8] =
    ["description", "text", "name", "label", "item", "article", "bezeichnung", "beschreibung"];

/// One column of a row: the property's name and the labels a header prints for it.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// The property's name in the schema.
    pub(crate) name: String,
    /// Its labels, longest first.
    pub(crate) labels: Vec<String>,
}

impl Column {
    /// Whether its name promises words and no number.
    fn sounds_like_words(&self) -> bool {
        let name = self.name.to_lowercase();
        WORD_COLUMNS.iter().any(|word| name.contains(word))
    }
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
    let mut first_header = None;
    for (index, line) in document.lines.iter().enumerate() {
        if let Some(shape) = header(line, columns) {
            table.lines.push(index);
            first_header = first_header.or(Some(index));
            open = Some(shape);
            continue;
        }
        let Some(shape) = &mut open else { continue };
        if ends_table(line, scalar_labels) {
            // A balance or a carry between the header and its first row belongs to the table's head.
            if shape.numeric.is_some() {
                open = None;
            }
        } else if shape.takes(line) {
            table.lines.push(index);
            table.rows.push(Row { line: index, texts: shape.texts(line) });
        }
    }
    match first_header {
        Some(index) => continued(document, columns, scalar_labels, index, table),
        None => headless(document, columns, scalar_labels),
    }
}

/// Adds the rows that a chunk from the middle of a document shows before the page with its first header.
fn continued(
    document: &Document,
    columns: &[Column],
    scalar_labels: &[String],
    first_header: usize,
    mut table: Table,
) -> Table {
    let (before, from_header) = document.lines.split_at(first_header.min(document.lines.len()));
    let starts_late = before.first().is_some_and(|line| line.number > 1);
    let Some((header_line, after)) = from_header.split_first() else { return table };
    let Some(mut shape) = header(header_line, columns).filter(|_| starts_late) else { return table };
    // The first row below the header teaches where the numbers stand.
    let _learnt = after.iter().any(|line| shape.takes(line));
    let mut rows = Vec::new();
    for (index, line) in before.iter().enumerate().filter(|(_, line)| line.page < header_line.page) {
        if !ends_table(line, scalar_labels) && shape.takes(line) {
            rows.push(Row { line: index, texts: shape.texts(line) });
        }
    }
    table.lines.splice(0..0, rows.iter().map(|row| row.line));
    table.rows.splice(0..0, rows);
    table
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

/// Whether a line closes the table above it: it starts with a label or a word for a sum.
fn ends_table(line: &Line, scalar_labels: &[String]) -> bool {
    let first = line.cells.first().map_or("", String::as_str);
    let closes = |label: &str| matches!(fit(first, label), Some((Fit::Exact | Fit::Qualified, _)));
    scalar_labels.iter().any(|label| closes(label)) || SUM_WORDS.iter().any(|word| closes(word))
}

/// Rows of a chunk that shows no header: words go to the columns whose names sound like words, numbers to the
/// others, in the schema's order and from the right, since a position may stand in front.
fn headless(document: &Document, columns: &[Column], scalar_labels: &[String]) -> Table {
    let mut table = Table::default();
    // Two cells are a label and its value as often as a row.
    if columns.len() < 3 {
        return table;
    }
    let words_in_row = columns.iter().filter(|column| column.sounds_like_words()).count();
    let numbers_in_row = columns.len() - words_in_row;
    for (index, line) in document.lines.iter().enumerate() {
        let (numbers, words): (Vec<&String>, Vec<&String>) =
            line.cells.iter().partition(|cell| looks_numeric(cell));
        let fits = (words_in_row..=words_in_row + 1).contains(&words.len())
            && (numbers_in_row..=numbers_in_row + 1).contains(&numbers.len())
            && line.cells.last().is_some_and(|cell| printed::is_amount(cell));
        if !fits || ends_table(line, scalar_labels) {
            continue;
        }
        let mut words = words.into_iter();
        let mut numbers = numbers.iter().skip(numbers.len() - numbers_in_row).copied();
        let take =
            |column: &Column| if column.sounds_like_words() { words.next() } else { numbers.next() }.cloned();
        table.lines.push(index);
        table.rows.push(Row { line: index, texts: columns.iter().map(take).collect() });
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
