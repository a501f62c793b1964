//! What came of documents: `results`, `report`, `analyse`, `review`.
//!
//! Read by `main`, which hands each command its own struct.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::Lane;

/// `docmill results`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill results q3\n  \
    docmill results q3 inv-0042 --format json\n  \
    docmill results q3 --format csv > values.csv")]
pub(crate) struct ResultsArguments {
    /// The collection
    pub(crate) collection: CollectionId,
    /// One document of it
    pub(crate) document: Option<DocumentId>,
    /// How to print: csv has one line per value; --json means json
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ResultsFormat,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ResultsFormat {
    /// For people.
    Table,
    /// One JSON array; for one document, its outcome.
    Json,
    /// One outcome per line.
    Jsonl,
    /// One line per extracted value.
    Csv,
}

/// `docmill report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill report q3\n  \
    docmill report q3 --output q3.html\n  \
    docmill report q3 --xlsx q3.xlsx\n  \
    docmill report q3 --csv q3/\n  \
    docmill report q3 --json\n  \
    docmill report q3 --narrative\n\n\
    --narrative asks the model of the settings `llm` (DOCMILL_LLM__BASE_URL, DOCMILL_LLM__MODEL, …), as workers do;\n\
    the call is paid like theirs. Only sentences whose figures are computed ones are kept: docs/narrative.md.")]
pub(crate) struct ReportArguments {
    /// The collection
    pub(crate) collection: CollectionId,
    /// The page to write, `-` for standard output; <collection>.html where nothing else is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write a workbook: findings, figures, documents, and a sheet for each table
    #[arg(long, value_name = "FILE")]
    pub(crate) xlsx: Option<PathBuf>,
    /// Write findings, documents and the analyses' tables as CSV into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) csv: Option<PathBuf>,
    /// Have a model write a summary for the page, and check every figure in it
    #[arg(long)]
    pub(crate) narrative: bool,
    /// Leave pictures of the pages that findings point at out of the page
    #[arg(long)]
    pub(crate) no_pictures: bool,
}

/// `docmill analyse`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill analyse q3 --wait\n  \
    docmill analyse q3 --document inv-0042\n  \
    docmill analyse --records outcomes.jsonl --spec spec.yaml --output report/\n  \
    docmill analyse --records ledger.jsonl --spec spec.yaml --record '' --id /voucher --threads 2\n  \
    docmill analyse --records ledger.jsonl --spec spec.yaml --parquet columns/ --partition-by month\n\n\
    With --records nothing but the file is needed: no NATS, no cluster. Each line is a JSON document; docmill's\n\
    outcomes have their record at /data and their id at /document, which is what --record and --id mean by default.\n\
    What a specification may say is in docs/analyses.md; what is in the Parquet files, in docs/parquet.md.")]
pub(crate) struct AnalyseArguments {
    /// The collection
    #[arg(required_unless_present = "records")]
    pub(crate) collection: Option<CollectionId>,
    /// One document of it; the whole collection where absent
    #[arg(long, value_name = "ID", conflicts_with = "records")]
    pub(crate) document: Option<DocumentId>,
    /// The lane: bulk or priority
    #[arg(long, value_name = "LANE", default_value_t = Lane::Bulk)]
    pub(crate) lane: Lane,
    /// Wait until the analysis is there
    #[arg(long, conflicts_with = "records")]
    pub(crate) wait: bool,
    /// Analyse the records in this file, here: a JSON document on each line; - for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) records: Option<PathBuf>,
    /// What is analysed, as YAML or JSON
    #[arg(long, value_name = "FILE", requires = "records")]
    pub(crate) spec: Option<PathBuf>,
    /// The profile whose specification is used where there is none
    #[arg(long, value_name = "NAME", requires = "records", conflicts_with = "spec")]
    pub(crate) profile: Option<String>,
    /// Where the record is in each document: a JSON pointer, '' for the document itself
    #[arg(long, value_name = "POINTER", default_value = "/data", requires = "records")]
    pub(crate) record: String,
    /// Where a document's id is: a JSON pointer
    #[arg(long, value_name = "POINTER", default_value = "/document", requires = "records")]
    pub(crate) id: String,
    /// Where report.html, analysis.json and the tables are written
    #[arg(long, value_name = "FOLDER", default_value = "docmill-out", requires = "records")]
    pub(crate) output: PathBuf,
    /// Threads; as many as there are cores where absent. Results are the same for any number
    #[arg(long, value_name = "N", requires = "records")]
    pub(crate) threads: Option<usize>,
    /// Write the columns that the specification names as Parquet into this folder, too
    #[arg(long, value_name = "FOLDER", requires = "records")]
    pub(crate) parquet: Option<PathBuf>,
    /// A Parquet file for each month of the first date that the specification names, in folders like month=2024-03
    #[arg(long, value_name = "WHAT", default_value = "none", requires = "parquet")]
    pub(crate) partition_by: Partitions,
}

/// Into what files the rows of a table are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Partitions {
    /// One.
    None,
    /// One for each month.
    Month,
}

/// `docmill review`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill review list q3\n  \
    docmill review show q3 inv-0042\n  \
    docmill review accept q3 inv-0042 /total /lines/3/amount\n  \
    docmill review accept q3 inv-0042 --all\n  \
    docmill review correct q3 inv-0042 /total 1234.50\n  \
    docmill review correct q3 inv-0042 /due_date --remove\n  \
    docmill review correct q3 inv-0042 /lines/- '{\"description\": \"Freight\", \"amount\": 12.5}'\n\n\
    A value is named by its JSON pointer; \"\" is the record as a whole. Rows count from 0.")]
pub(crate) struct ReviewArguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: ReviewCommand,
}

/// What to do about open values.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// List what is open: values without proof, warnings, and where to look
    List {
        /// The collection
        collection: CollectionId,
        /// One document of it
        document: Option<DocumentId>,
    },
    /// Show every value of a document with its proof, what is open, and what people settled
    Show {
        /// The collection
        collection: CollectionId,
        /// The document
        document: DocumentId,
    },
    /// Say that values are as the document has them
    Accept {
        /// Which document, and who says it.
        #[command(flatten)]
        which: ReviewedDocument,
        /// The values
        #[arg(value_name = "POINTER")]
        pointers: Vec<String>,
        /// Everything that is open in the document
        #[arg(long, conflicts_with = "pointers")]
        all: bool,
    },
    /// Say what a value is, or that the document doesn't have it
    Correct {
        /// Which document, and who says it.
        #[command(flatten)]
        which: ReviewedDocument,
        /// The value; `-` behind an array's pointer adds a row
        #[arg(value_name = "POINTER")]
        pointer: String,
        /// What it is: a number as in -1234.50, a date as in 2024-03-14, a row as JSON
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: Option<String>,
        /// Take the value, or the row, out of the record
        #[arg(long, conflicts_with = "value")]
        remove: bool,
    },
}

/// Which document is settled, and by whom.
#[derive(Debug, Args)]
pub(crate) struct ReviewedDocument {
    /// The collection
    pub(crate) collection: CollectionId,
    /// The document
    pub(crate) document: DocumentId,
    /// Who you are, as it is recorded
    #[arg(long, value_name = "NAME", env = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) by: String,
    /// The revision you looked at: another one is refused
    #[arg(long, value_name = "NUMBER")]
    pub(crate) revision: Option<u32>,
}
