//! Prints the tables of a PDF, or scores them against the true cells of the ICDAR 2013 table competition.
//!
//! `cargo run -p docmill-pdf --example tables -- FILE` prints; `-- --score FOLDER` scores every `NAME-str.xml` beside
//! its `NAME.pdf`, once for the gaps of single lines ([`Line::cells`]) and once for tables; `--each` after it gives a
//! line per file. `-- --count FOLDER` says of how many electronic invoices the widest table has as many rows of data
//! as the embedded XML has lines.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, Limits, Line, Page, Table, read, tables};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--score", folder] => score(Path::new(folder), false),
        ["--score", folder, "--each"] => score(Path::new(folder), true),
        ["--count", folder] => count(Path::new(folder)),
        [file] => {
            for table in tables(&open(Path::new(file))?) {
                print(&table);
            }
            Ok(())
        }
        _ => Err("usage: tables FILE | --score FOLDER [--each] | --count FOLDER".into()),
    }
}

fn open(file: &Path) -> Result<Document, Box<dyn Error>> {
    Ok(read(std::fs::read(file)?, None, &PageSelection::all(), &Limits::default())?)
}

fn print(table: &Table) {
    println!(
        "pages {:?}: {} columns, {} rows, {} of headings, {} of data",
        table.pages(),
        table.columns,
        table.rows.len(),
        table.header_rows,
        table.data_rows()
    );
    for row in &table.rows {
        let cells: Vec<String> = row
            .cells
            .iter()
            .map(|cell| match cell.columns {
                1 => format!("{}: {}", cell.column, cell.text),
                columns => format!("{}+{}: {}", cell.column, columns - 1, cell.text),
            })
            .collect();
        println!("  {:6.1}  {}", row.bounds.y0, cells.join(" | "));
    }
}

fn count(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let (mut all, mut right) = (0, 0);
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "pdf")) {
        let Ok(document) = open(file) else { continue };
        let xml = document.embedded_files.iter().map(|file| String::from_utf8_lossy(&file.bytes));
        let lines =
            xml.map(|xml| xml.matches("</ram:IncludedSupplyChainTradeLineItem>").count()).max().unwrap_or(0);
        if lines == 0 {
            continue;
        }
        // The lines of an invoice are its widest table, whatever else looks like one.
        let found = tables(&document);
        let widest = found.iter().rev().max_by_key(|table| (table.columns, table.rows.len()));
        let rows = widest.map_or(0, Table::data_rows);
        all += 1;
        right += usize::from(rows == lines);
        println!("{lines} lines, {rows} rows of data: {}", file.display());
    }
    println!(
        "{right} of {all} invoices have as many rows of data in their widest table as the XML has lines"
    );
    Ok(())
}

/// A cell of the truth: its text without spaces, and the rows and columns it covers.
#[derive(Debug)]
struct TrueCell {
    text: String,
    rows: (i64, i64),
    columns: (i64, i64),
}

/// Shares found, as counts.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    cells: usize,
    cells_found: usize,
    pairs: usize,
    pairs_adjacent: usize,
    pairs_on_one_row: usize,
    rows: usize,
    rows_found: usize,
    cells_given: usize,
}

impl Score {
    fn add(&mut self, other: Self) {
        self.cells += other.cells;
        self.cells_found += other.cells_found;
        self.pairs += other.pairs;
        self.pairs_adjacent += other.pairs_adjacent;
        self.pairs_on_one_row += other.pairs_on_one_row;
        self.rows += other.rows;
        self.rows_found += other.rows_found;
        self.cells_given += other.cells_given;
    }

    fn text(&self) -> String {
        #[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
        let share = |found: usize, all: usize| found as f64 / all.max(1) as f64;
        format!(
            "cells exact {:.3} of {}, neighbours adjacent {:.3}, in one row {:.3} of {}, rows found {:.3} of {}, \
             cells given that are true {:.3} of {}",
            share(self.cells_found, self.cells),
            self.cells,
            share(self.pairs_adjacent, self.pairs),
            share(self.pairs_on_one_row, self.pairs),
            self.pairs,
            share(self.rows_found, self.rows),
            self.rows,
            share(self.cells_found.min(self.cells_given), self.cells_given),
            self.cells_given
        )
    }
}

fn score(folder: &Path, each: bool) -> Result<(), Box<dyn Error>> {
    let mut truths: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    truths.retain(|file| file.to_string_lossy().ends_with("-str.xml"));
    truths.sort();
    let (mut by_lines, mut by_tables, mut files) = (Score::default(), Score::default(), 0);
    for truth in &truths {
        let pdf = PathBuf::from(truth.to_string_lossy().replace("-str.xml", ".pdf"));
        if !pdf.exists() {
            continue;
        }
        files += 1;
        let document = open(&pdf)?;
        let found = tables(&document);
        let (mut of_lines, mut of_tables) = (Score::default(), Score::default());
        let truth = true_tables(&String::from_utf8_lossy(&std::fs::read(truth)?));
        for (number, regions) in &truth {
            let Some(page) = document.pages.iter().find(|page| page.number == *number) else { continue };
            of_lines.add(compare(regions, &rows_of_lines(page)));
            of_tables.add(compare(regions, &rows_of_tables(&found, *number)));
        }
        if each {
            println!("{}\n  lines:  {}\n  tables: {}", pdf.display(), of_lines.text(), of_tables.text());
        }
        by_lines.add(of_lines);
        by_tables.add(of_tables);
    }
    println!("{files} files\nlines:  {}\ntables: {}", by_lines.text(), by_tables.text());
    Ok(())
}

/// The rows of a page, each the texts of its cells without spaces.
type Rows = Vec<Vec<String>>;

fn rows_of_lines(page: &Page) -> Rows {
    let cells = |line: &Line| line.cells().iter().map(|cell| plain(&cell.text)).collect::<Vec<_>>();
    // A line in one piece is no row of a table.
    page.lines.iter().map(cells).filter(|cells| cells.len() > 1).collect()
}

fn rows_of_tables(tables: &[Table], page: u32) -> Rows {
    let rows = tables.iter().flat_map(|table| &table.rows).filter(|row| row.page == page);
    rows.map(|row| row.cells.iter().map(|cell| plain(&cell.text)).collect()).collect()
}

/// Compares the true tables of a page with the rows found on it; a cell found serves one true cell.
fn compare(regions: &[Vec<TrueCell>], found: &Rows) -> Score {
    let mut score = Score { cells_given: found.iter().map(Vec::len).sum(), ..Score::default() };
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in found.iter().flatten() {
        *left.entry(cell).or_default() += 1;
    }
    for region in regions {
        for cell in region {
            score.cells += 1;
            if let Some(count) = left.get_mut(cell.text.as_str())
                && *count > 0
            {
                *count -= 1;
                score.cells_found += 1;
            }
        }
        let last = region.iter().map(|cell| cell.rows.1).max().unwrap_or(-1);
        for row in 0..=last {
            let mut cells: Vec<&TrueCell> = region.iter().filter(|cell| cell.rows.0 == row).collect();
            cells.sort_by_key(|cell| cell.columns.0);
            if cells.len() < 2 {
                continue;
            }
            let texts: Vec<&str> = cells.iter().map(|cell| cell.text.as_str()).collect();
            score.rows += 1;
            score.rows_found +=
                usize::from(found.iter().any(|row| row.windows(texts.len()).any(|part| *part == texts)));
            for pair in texts.windows(2) {
                let [left, right] = pair else { continue };
                score.pairs += 1;
                score.pairs_adjacent +=
                    usize::from(found.iter().any(|row| row.windows(2).any(|pair| pair == [*left, *right])));
                let in_row = |row: &Vec<String>| {
                    row.iter()
                        .position(|cell| cell == left)
                        .is_some_and(|place| row.iter().skip(place + 1).any(|cell| cell == right))
                };
                score.pairs_on_one_row += usize::from(found.iter().any(in_row));
            }
        }
    }
    score
}

/// The true tables by page.
fn true_tables(xml: &str) -> BTreeMap<u32, Vec<Vec<TrueCell>>> {
    let mut pages: BTreeMap<u32, Vec<Vec<TrueCell>>> = BTreeMap::new();
    for region in xml.split("<region").skip(1) {
        let Some(page) = attribute(region, "page").and_then(|page| u32::try_from(page).ok()) else {
            continue;
        };
        let cells = region.split("<cell").skip(1).filter_map(true_cell).collect();
        pages.entry(page).or_default().push(cells);
    }
    pages
}

fn true_cell(xml: &str) -> Option<TrueCell> {
    let (content, _) = xml.split_once("<content>")?.1.split_once("</content>")?;
    let text = plain(
        &content
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&amp;", "&"),
    );
    let (tag, _) = xml.split_once('>')?;
    let (row, column) = (attribute(tag, "start-row")?, attribute(tag, "start-col")?);
    let rows = (row, attribute(tag, "end-row").unwrap_or(row));
    let columns = (column, attribute(tag, "end-col").unwrap_or(column));
    (!text.is_empty()).then_some(TrueCell { text, rows, columns })
}

/// The first attribute of that name.
fn attribute(xml: &str, name: &str) -> Option<i64> {
    let quoted = xml.split_once(&format!("{name}="))?.1;
    quoted.split(['"', '\'']).nth(1)?.parse().ok()
}

/// A text without spaces and without the dots that lead to the next cell: some truths hold them, some don't.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    if text.ends_with("..") { text.trim_end_matches('.').to_owned() } else { text }
}
