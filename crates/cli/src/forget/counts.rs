//! What an erasure removed from each store, what it left and why; and how that is printed.
//!
//! Called by [`super`]. It counts and prints, and decides nothing but whether the erasure is complete.

use std::collections::BTreeSet;

use docmill_chassis::stores::{Pdf, Whose};
use serde::Serialize;

use crate::error::CliError;
use crate::print::{Printer, Text};

/// The stores, in the order they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Store {
    Jobs,
    Documents,
    Replies,
    Outcomes,
    DeadLetters,
    Analyses,
    Collections,
    Excerpts,
    Payloads,
    Spend,
}

impl Store {
    const ALL: [Self; 10] = [
        Self::Jobs,
        Self::Documents,
        Self::Replies,
        Self::Outcomes,
        Self::DeadLetters,
        Self::Analyses,
        Self::Collections,
        Self::Excerpts,
        Self::Payloads,
        Self::Spend,
    ];

    fn describe(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Documents => "PDFs",
            Self::Replies => "replies of the model",
            Self::Outcomes => "outcomes, all revisions",
            Self::DeadLetters => "dead letters",
            Self::Analyses => "checks and reports",
            Self::Collections => "manifest and completion",
            Self::Excerpts => "excerpts",
            Self::Payloads => "large bodies",
            Self::Spend => "what it has spent",
        }
    }
}

/// One store.
#[derive(Debug, Clone, Copy, Serialize)]
struct Row {
    store: Store,
    removed: u64,
    left: u64,
}

/// Every store.
#[derive(Debug)]
pub(super) struct Counts {
    rows: Vec<Row>,
    /// Jobs that workers had and that didn't end in time.
    pub(super) held: u64,
    shared: BTreeSet<Pdf>,
    missed: BTreeSet<Pdf>,
}

/// As JSON.
#[derive(Debug, Serialize)]
struct Printed<'a> {
    collection: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<&'a str>,
    stores: &'a [Row],
    /// PDFs that stay, since other documents refer to them.
    shared_pdfs: usize,
    /// PDFs that another document began to refer to while they were removed.
    missed_pdfs: usize,
    held_jobs: u64,
    complete: bool,
}

impl Counts {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            rows: Store::ALL.map(|store| Row { store, removed: 0, left: 0 }).to_vec(),
            held: 0,
            shared: BTreeSet::new(),
            missed: BTreeSet::new(),
        }
    }

    pub(super) fn removed(&mut self, store: Store, count: u64) {
        if let Some(row) = self.row(store) {
            row.removed = row.removed.saturating_add(count);
        }
    }

    pub(super) fn left(&mut self, store: Store, count: u64) {
        if let Some(row) = self.row(store) {
            row.left = row.left.saturating_add(count);
        }
    }

    /// A PDF stays.
    pub(super) fn shared(&mut self, pdf: &Pdf) {
        self.shared.insert(pdf.clone());
    }

    /// A PDF is gone that somebody has just begun to refer to.
    pub(super) fn missed(&mut self, pdf: &Pdf) {
        self.missed.insert(pdf.clone());
    }

    /// Whether nothing is left and nothing can come back.
    pub(super) fn is_clean(&self) -> bool {
        self.held == 0 && self.missed.is_empty() && self.rows.iter().all(|row| row.left == 0)
    }

    pub(super) fn print(&self, whose: &Whose, printer: Printer) -> Result<(), CliError> {
        if printer.json {
            return Ok(printer.value(&Printed {
                collection: whose.collection.as_str(),
                document: whose.document.as_ref().map(|document| document.as_str()),
                stores: &self.rows,
                shared_pdfs: self.shared.len(),
                missed_pdfs: self.missed.len(),
                held_jobs: self.held,
                complete: self.is_clean(),
            })?);
        }
        let rows = self.rows.iter().map(|row| {
            let left = if row.left == 0 { Text::quiet(0) } else { Text::bad(row.left) };
            vec![Text::plain(row.store.describe()), Text::number(row.removed), left]
        });
        printer.table(&["of", "removed", "left"], rows.collect())?;
        if !self.shared.is_empty() {
            printer.line(format_args!(
                "{} PDFs stay with the replies about them: other documents refer to them",
                self.shared.len()
            ))?;
        }
        if !self.missed.is_empty() {
            Printer::error(format_args!(
                "{} PDFs were submitted by others while they were removed: those documents have to be submitted again",
                self.missed.len()
            ));
        }
        if self.held > 0 {
            Printer::error(format_args!(
                "{} jobs were being worked on, and what comes of them may still be written: run this again once `docmill status` shows nothing in progress",
                self.held
            ));
        }
        if self.rows.iter().any(|row| row.left > 0) {
            Printer::error("something came back meanwhile: run this again");
        }
        Ok(())
    }

    fn row(&mut self, store: Store) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.store == store)
    }
}
