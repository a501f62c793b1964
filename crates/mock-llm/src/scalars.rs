//! Finds a single value: the label's best cell, and the text beside, behind or below it.
//!
//! Called by [`answer`](crate::answer) for every value outside tables. The text is copied as it stands.

use crate::document::{Document, Line};
use crate::labels::{fit, is_label};
use crate::printed;

/// A value to look for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Its labels, longest first.
    pub(crate) labels: Vec<String>,
    /// What sort of value its name and description promise.
    pub(crate) sort: Sort,
}

/// What sort of value a property is, where that changes how it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A currency: found beside amounts where it has no label.
    Currency,
    /// A rate in per cent: the only sort that takes a percentage.
    Rate,
    /// Anything else.
    Other,
}

/// A value as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Index of its line among the document's lines.
    pub(crate) line: usize,
    /// The text as printed.
    pub(crate) text: String,
}

impl Wanted {
    /// What a property called `name`, described so, is looked for as.
    pub(crate) fn new(name: &str, description: &str, labels: Vec<String>) -> Self {
        let name = name.to_lowercase();
        let description = description.to_lowercase();
        let sort = if name.contains("currency") || name.contains("währung") {
            Sort::Currency
        } else if description.contains("percent") || description.contains("prozent") || name.ends_with("rate")
        {
            Sort::Rate
        } else {
            Sort::Other
        };
        Self { labels, sort }
    }
}

/// Looks for one value outside the lines of `tables` (ascending); `all_labels` are those of every property.
pub(crate) fn find(
    document: &Document,
    wanted: &Wanted,
    tables: &[usize],
    all_labels: &[String],
) -> Option<Found> {
    let mut candidates = Vec::new();
    for (index, line) in document.lines.iter().enumerate() {
        if tables.binary_search(&index).is_ok() {
            continue;
        }
        for (place, cell) in line.cells.iter().enumerate() {
            // Labels are sorted: the first that fits is the longest.
            let best = wanted.labels.iter().find_map(|label| Some((label, fit(cell, label)?)));
            if let Some((label, (fit, rest))) = best {
                let length = std::cmp::Reverse(label.chars().count());
                candidates.push(((fit, length, index), place, rest));
            }
        }
    }
    candidates.sort_by_key(|(rank, ..)| *rank);
    candidates
        .into_iter()
        .find_map(|((.., index), place, rest)| value_at(document, wanted, (index, place), rest, all_labels))
        .or_else(|| unlabelled(document, wanted, tables, all_labels))
}

/// The value of the label in a cell: the rest of the cell, else the next cell, else the cell below.
fn value_at(
    document: &Document,
    wanted: &Wanted,
    (index, place): (usize, usize),
    rest: &str,
    all_labels: &[String],
) -> Option<Found> {
    if !rest.is_empty() {
        return Some(Found { line: index, text: rest.to_owned() });
    }
    let line = document.lines.get(index)?;
    let mut beside =
        line.cells.iter().skip(place + 1).take_while(|cell| !is_heading(cell, all_labels)).peekable();
    if beside.peek().is_some() {
        // In `VAT | 20 % | 12.00` the tax is the amount, not the rate.
        let fits = |cell: &&String| printed::is_percent(cell) == (wanted.sort == Sort::Rate);
        let first = beside.peek().copied();
        let text = beside.find(fits).or(first)?;
        return Some(Found { line: index, text: text.clone() });
    }
    let below = document.lines.get(index + 1).filter(|below| below.page == line.page)?;
    let text = cell_below(line, place, below)?;
    (!is_heading(text, all_labels)).then(|| Found { line: index + 1, text: text.to_owned() })
}

/// Whether a cell is a label and no value.
fn is_heading(cell: &str, all_labels: &[String]) -> bool {
    cell.ends_with(':') || is_label(cell, all_labels)
}

/// The cell under another one, as far as counting cells can tell.
fn cell_below<'a>(line: &Line, place: usize, below: &'a Line) -> Option<&'a str> {
    let same_shape = line.cells.len() == below.cells.len();
    let cell = if same_shape || place == 0 {
        below.cells.get(place)
    } else if place + 1 == line.cells.len() {
        below.cells.last()
    } else {
        None
    };
    cell.map(String::as_str)
}

/// What can be found without a label of its own: a currency beside an amount, the only percentage of a labelled line.
fn unlabelled(
    document: &Document,
    wanted: &Wanted,
    tables: &[usize],
    all_labels: &[String],
) -> Option<Found> {
    match wanted.sort {
        Sort::Currency => {
            let outside = |index: &usize| tables.binary_search(index).is_err();
            let with_digits = document.lines.iter().enumerate().find_map(|(index, line)| {
                let has_amount = line.cells.iter().any(|cell| printed::is_amount(cell));
                let currency = line.cells.iter().find_map(|cell| printed::currency_in(cell));
                let text = currency.filter(|_| has_amount && outside(&index))?;
                Some(Found { line: index, text: text.to_owned() })
            });
            with_digits.or_else(|| {
                document.lines.iter().enumerate().find_map(|(index, line)| {
                    let text = line.cells.iter().find_map(|cell| printed::currency_in(cell))?;
                    Some(Found { line: index, text: text.to_owned() })
                })
            })
        }
        Sort::Rate => {
            let mut rates = document.lines.iter().enumerate().filter_map(|(index, line)| {
                // `VAT 20 %` says the rate; a sentence about interest doesn't.
                let is_labelled = |cell: &&String| all_labels.iter().any(|label| fit(cell, label).is_some());
                line.cells.first().filter(is_labelled)?;
                let text = line.cells.iter().find_map(|cell| rate_in(cell))?;
                Some(Found { line: index, text: text.to_owned() })
            });
            let first = rates.next()?;
            rates.all(|rate| rate.text == first.text).then_some(first)
        }
        Sort::Other => None,
    }
}

/// The percentage in a cell that ends a label: `20 %` of `VAT 20 %` or of `VAT (20 %):`.
fn rate_in(cell: &str) -> Option<&str> {
    let end = cell.find('%')?;
    let number = cell.get(..end)?.trim_end();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let start = number.trim_end_matches(is_part).len();
    (start < number.len()).then(|| cell.get(start..=end)).flatten()
}
