//! Documents of other people's making: plans of them hold as well.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use docmill_contract::pages::PageSelection;
use docmill_pdf::Limits;

use crate::chunk::CutBefore;
use crate::layout::table_lines;
use crate::{Plan, PlanBudget};

/// Documents of a folder that are read; each takes some milliseconds.
const DOCUMENTS_MAX: usize = 200;

/// Every nth of the folder's PDFs, so that all of their makers are seen.
fn some_pdfs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut pdfs: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "pdf")).collect();
    pdfs.sort();
    let step = pdfs.len().div_ceil(DOCUMENTS_MAX).max(1);
    pdfs.into_iter().step_by(step).collect()
}

#[test]
fn plans_of_real_invoices_cut_no_row() {
    let pdfs: Vec<PathBuf> = ["e-invoices", "invoices"].into_iter().flat_map(some_pdfs).collect();
    if pdfs.is_empty() {
        println!("skipped: invoices of others, since ../shared/data is absent");
        return;
    }
    let (mut tables, mut all, mut chunks, mut with_headings) = (Duration::ZERO, Duration::ZERO, 0, 0);
    for path in pdfs {
        let bytes = std::fs::read(&path).unwrap();
        let Ok(document) = docmill_pdf::read(bytes, None, &PageSelection::all(), &Limits::default()) else {
            continue;
        };
        let start = Instant::now();
        table_lines(&document);
        tables += start.elapsed();
        let start = Instant::now();
        let budget = PlanBudget { chunk_tokens_max: 400, ..PlanBudget::default() };
        let plan = Plan::new(&document, &budget);
        let mut next = 1;
        for chunk in plan.chunks() {
            chunks += 1;
            with_headings += usize::from(!chunk.repeated_lines().is_empty());
            assert!(chunk.tokens_estimated() <= 400, "{}", path.display());
            assert!(chunk.first_line() <= next && next <= chunk.last_line(), "{}", path.display());
            next = chunk.last_line() + 1;
            let first = &chunk.lines()[0];
            // A row may be larger than a chunk.
            let is_tall =
                chunk.lines().iter().filter(|line| line.before == CutBefore::RowContinuation).count() > 8;
            assert!(first.before != CutBefore::RowContinuation || is_tall, "{}: {first:?}", path.display());
        }
        assert_eq!(next as usize, plan.lines().len() + 1, "{}", path.display());
        all += start.elapsed();
    }
    println!(
        "{chunks} chunks, {with_headings} of them with headings repeated; planned in {all:?}, of which tables {tables:?}"
    );
    assert!(with_headings > 0);
}
