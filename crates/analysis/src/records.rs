//! Records from a file, without a cluster: any JSON documents, a line each, analysed by a specification.
//!
//! Called by `docmill analyse --records`. The text is handed over in pieces and not kept: what stays are the columns that
//! the specification names, so memory grows with rows times columns.

use docmill_columns::{Decoder, Id, Layout, LayoutError, Plan, Tables, TooMany};
use docmill_contract::analysis::{Analysis, Coverage, Finding, Place};
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::spec::AnalysisSpec;

use crate::findings::note;
use crate::studies::{self, Frame, Unfit, Witness};
use crate::{duplicates, findings};

/// Documents that can't be read, of which the line is named.
const UNREADABLE_NAMED_MAX: usize = 20;

/// Where the records are in their documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordShape {
    /// A pointer to the record in each document; empty where the document is the record.
    pub record: String,
    /// A pointer to the document's id; where absent, a document is known by its line.
    pub id: Option<String>,
}

/// What is read of records for a specification.
#[derive(Debug)]
pub struct RecordPlan {
    plan: Plan,
    layout: Layout,
    spec: AnalysisSpec,
}

/// What comes of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Records {
    /// The analysis.
    pub analysis: Analysis,
    /// The columns it was computed from: those of [`RecordPlan::layout`].
    pub tables: Tables,
}

/// Reads records.
#[derive(Debug)]
pub struct RecordReader<'p> {
    plan: &'p RecordPlan,
    decoder: Decoder<'p>,
}

impl RecordPlan {
    /// The plan for a specification.
    ///
    /// # Errors
    /// [`LayoutError`] for pointers that name nothing that can be a column.
    pub fn new(spec: AnalysisSpec, shape: &RecordShape) -> Result<Self, LayoutError> {
        let layout = studies::layout(&spec, &shape.record, shape.id.as_deref());
        Ok(Self { plan: Plan::new(&layout)?, layout, spec })
    }

    /// Which columns are read.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A reader that has read nothing.
    pub fn reader(&self) -> RecordReader<'_> {
        RecordReader { plan: self, decoder: Decoder::new(&self.plan) }
    }
}

impl RecordReader<'_> {
    /// Reads whole lines.
    pub fn lines(&mut self, text: &[u8]) {
        self.decoder.lines(text);
    }

    /// The analysis of everything that was read.
    ///
    /// # Errors
    /// [`TooMany`] documents for one analysis.
    pub fn analysis(self, collection: &CollectionId) -> Result<Analysis, TooMany> {
        self.finish(collection).map(|records| records.analysis)
    }

    /// The analysis of everything that was read, with the columns.
    ///
    /// # Errors
    /// [`TooMany`] documents for one analysis.
    pub fn finish(self, collection: &CollectionId) -> Result<Records, TooMany> {
        let tables = self.decoder.finish()?;
        let frame =
            Frame { tables: &tables, spec: &self.plan.spec, layout: &self.plan.layout, witness: &ByName };
        let described = studies::figures(&frame, &str::to_owned);
        let (sections, mut found) = studies::studies(&frame, &self.plan.spec);
        let unfit = described.unfit.into_iter();
        found.extend(unfit.map(|Unfit(why)| note("column_unfit", format!("A column was left out: {why}."))));
        found.extend(described.notes);
        found.extend(duplicates::same_values(&frame, &|_| false));
        found.extend(studies::rejected(&frame, &str::to_owned));
        found.extend(unreadable(&tables));
        let outcomes = u64::try_from(tables.documents().len()).unwrap_or(u64::MAX);
        let analysis = Analysis {
            version: docmill_contract::VERSION,
            collection: collection.clone(),
            document: None,
            revision: 0,
            covers: Coverage { outcomes, ..Coverage::default() },
            findings: findings::listed(found),
            figures: described.figures,
            sections,
            narrative: None,
            documents: Vec::new(),
            docmill: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(Records { analysis, tables })
    }
}

/// Documents by their id or line, and nothing of where a value was read: the records don't say.
struct ByName;

impl Witness for ByName {
    fn place(&self, document: Id<'_>, pointer: Option<&str>) -> Place {
        named_place(document, pointer)
    }
}

/// The place of a document of which nothing but its name is known.
pub(crate) fn named_place(document: Id<'_>, pointer: Option<&str>) -> Place {
    let (name, id) = match document {
        Id::Named(name) => (name.to_owned(), name.parse::<DocumentId>().ok()),
        Id::Line(line) => (format!("line {line}"), format!("line-{line}").parse().ok()),
    };
    let document = id.unwrap_or_else(|| DocumentId::from_digest(&Sha256Hex::of(name.as_bytes())));
    Place { document, name, pointer: pointer.map(str::to_owned), page: None, bounds: None, text: None }
}

fn unreadable(tables: &Tables) -> Vec<Finding> {
    let mut found = Vec::new();
    if tables.unreadable_count() > 0 {
        let lines = tables.unreadable().iter().take(UNREADABLE_NAMED_MAX);
        let lines: Vec<String> = lines.map(|(line, why)| format!("line {line} ({why})")).collect();
        found.push(note(
            "record_unreadable",
            format!("{} can't be read and are left out: {}.", tables.unreadable_count(), lines.join(", ")),
        ));
    }
    if tables.without_record() > 0 {
        found.push(note(
            "record_missing",
            format!("{} documents have no record where it should be.", tables.without_record()),
        ));
    }
    if tables.repeated_names() > 0 {
        found.push(note(
            "name_repeated",
            format!(
                "{} documents say something twice under one name: the last counts.",
                tables.repeated_names()
            ),
        ));
    }
    if tables.documents().repeated() > 0 {
        found.push(note(
            "document_repeated",
            format!("{} documents have the id of another: all of them count.", tables.documents().repeated()),
        ));
    }
    found
}
