//! Reads one PDF and prints what was read, what it cost and how large the process grew, one JSON object a line.
//!
//! `make bench-pdf` runs it once per file, so that docmill pays for its process as the engines beside it do. With
//! `--tables` it finds and prints the tables, too, which those engines don't look for. Without a FILE it ends at once:
//! that is what starting it costs.
//! `cargo run --release -p docmill-pdf --example bench -- [FILE [--tables]]`

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Instant;

use docmill_contract::pages::PageSelection;
use docmill_pdf::{Document, Limits, Page, Table, read, tables};

fn main() -> io::Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let Some(file) = arguments.next() else { return Ok(ExitCode::SUCCESS) };
    let with_tables = arguments.next().is_some_and(|argument| argument == "--tables");
    let bytes = std::fs::read(file)?;
    let started = Instant::now();
    let result = read(bytes, None, &PageSelection::default(), &Limits::default());
    let read_ms = milliseconds(started);
    let (mut json, code) = match &result {
        Ok(document) => (document_json(document), ExitCode::SUCCESS),
        Err(error) => (format!("{{\"error\":{}}}\n", string(&error.to_string())), ExitCode::FAILURE),
    };
    if let Ok(document) = &result
        && with_tables
    {
        let started = Instant::now();
        let tables = tables(document);
        json.push_str(&format!("{{\"tables_ms\":{:.3}}}\n", milliseconds(started)));
        json.extend(tables.iter().enumerate().map(table_json));
    }
    json.push_str(&format!("{{\"read_ms\":{read_ms:.3},\"peak_kib\":{}}}\n", peak_kib()));
    io::stdout().write_all(json.as_bytes())?;
    Ok(code)
}

/// The pages, embedded files and warnings, one object a line.
fn document_json(document: &Document) -> String {
    let mut json = format!("{{\"pages_in_file\":{}}}\n", document.pages_in_file);
    for page in &document.pages {
        json.push_str(&page_json(page));
    }
    for file in &document.embedded_files {
        json.push_str(&format!("{{\"embedded\":{},\"bytes\":{}}}\n", string(&file.name), file.bytes.len()));
    }
    for warning in &document.warnings {
        json.push_str(&format!("{{\"warning\":{}}}\n", string(&warning.to_string())));
    }
    json
}

/// A page as its lines, each a list of cells, each the words joined by one space.
fn page_json(page: &Page) -> String {
    let lines = page.lines.iter().map(|line| list(line.cells().iter().map(|cell| string(&cell.text))));
    format!(
        "{{\"page\":{},\"glyphs\":{},\"unmapped\":{},\"lines\":{}}}\n",
        page.number,
        page.glyphs,
        page.glyphs_unmapped,
        list(lines)
    )
}

/// A table's rows, one object a line.
fn table_json((number, table): (usize, &Table)) -> String {
    let row = |row: &docmill_pdf::TableRow| {
        let cells = list(row.cells.iter().map(|cell| string(&cell.text)));
        format!("{{\"table\":{number},\"row_page\":{},\"row\":{cells}}}\n", row.page)
    };
    table.rows.iter().map(row).collect()
}

/// A JSON array of what is JSON already.
fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// A JSON string. Written here, as one example is no reason for the crate to depend on a JSON library.
fn string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            control if u32::from(control) < 0x20 => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Milliseconds since `started`; reading runs on one thread, so on an idle machine they are CPU time, too.
fn milliseconds(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}

/// The most memory this process has held so far, in KiB; 0 where the kernel doesn't say.
fn peak_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
