//! What can be typed: the commands, their options, and the examples that `--help` shows.
//!
//! Read once by `main`, which hands each command its own struct. Nothing here does anything; what can't be said
//! by types (an option that contradicts another) is checked by the command, which knows why.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{Lane, Work};
use docmill_contract::pages::PageSelection;

/// Grinds PDFs into numbers that carry their proof.
#[derive(Debug, Parser)]
#[command(
    name = "docmill",
    version,
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.\n\
        Settings come from --config and DOCMILL_<SECTION>__<KEY>, as for the workers."
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub(crate) common: CommonArguments,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct CommonArguments {
    /// A TOML file of settings; the environment wins over it
    #[arg(long, global = true, value_name = "FILE", env = "DOCMILL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Where NATS is, as in nats://host:4222; wins over file and environment
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) nats: Option<String>,
    /// Print JSON for machines
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do everything on this machine: PDFs in, records, findings and a report out
    Run(RunArguments),
    /// Make every stream, consumer and bucket in NATS, or bring them up to date
    #[command(
        after_help = "Examples:\n  docmill provision\n  docmill provision --nats nats://nats.docmill:4222"
    )]
    Provision,
    /// Store PDFs and publish a job for each
    Submit(SubmitArguments),
    /// Show what is waiting, being worked on and done
    Status(StatusArguments),
    /// Find submitted documents that have neither an outcome nor a job, and put them back
    Reconcile(ReconcileArguments),
    /// Show the outcomes of a collection, or of one document
    Results(ResultsArguments),
    /// Write a collection's report as one HTML page, a workbook or CSV tables
    Report(ReportArguments),
    /// Ask for a collection, or one document, to be analysed again
    Analyse(AnalyseArguments),
    /// What a person should settle: list, show, accept, correct
    Review(ReviewArguments),
    /// Failed documents with their jobs: list, show, put back
    Dead(DeadArguments),
    /// Remove what uploads that were broken off have left in the object stores
    Sweep(SweepArguments),
    /// Erase a collection, or one document of it, from every store
    Forget(ForgetArguments),
    /// Stop giving out a lane's jobs: they wait until it is resumed
    Pause(PauseArguments),
    /// Go on giving out a lane's jobs
    Resume(ResumeArguments),
    /// What to extract from which kind of document: list, show, check, register
    Profile(ProfileArguments),
    /// Score what is read from documents against what they truly say
    Eval(EvalArguments),
    /// Show what the reader sees in a PDF: its text in reading order, tables and embedded files
    Inspect(InspectArguments),
    /// Start a program that ends when docmill ends. Used by `run` for its children.
    #[command(hide = true)]
    Child(ChildArguments),
}

/// `docmill run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill run invoices/\n  \
    docmill run --profile invoice march.pdf april.pdf\n  \
    docmill run samples/ --again --fail-on review\n  \
    DOCMILL_LLM__BASE_URL=https://llm.example/v1 DOCMILL_LLM__MODEL=m docmill run invoices/\n\n\
    A file in a folder named after a profile (invoice/, bank-statement/, …) is read with that profile.\n\
    Without an LLM in the settings, a mock that matches printed labels answers.")]
pub(crate) struct RunArguments {
    /// PDFs, and folders that hold PDFs at any depth
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Where queue, outcomes and kept replies live; one run at a time
    #[arg(long, value_name = "FOLDER", default_value = ".docmill")]
    pub(crate) state: PathBuf,
    /// Where results are written
    #[arg(long, value_name = "FOLDER", default_value = "docmill-out")]
    pub(crate) output: PathBuf,
    /// The collection these documents belong to
    #[arg(long, value_name = "NAME", default_value = "run")]
    pub(crate) collection: CollectionId,
    /// The profile of all documents, in place of the folders' names
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// A folder of password files; needs --password-secret
    #[arg(long, value_name = "FOLDER")]
    pub(crate) passwords: Option<PathBuf>,
    /// The file in --passwords that holds the password of these PDFs
    #[arg(long, value_name = "NAME", requires = "passwords")]
    pub(crate) password_secret: Option<String>,
    /// The nats-server to start; else the one on PATH, else .tools/bin/nats-server
    #[arg(long, value_name = "FILE", env = "DOCMILL_NATS_SERVER")]
    pub(crate) nats_server: Option<PathBuf>,
    /// Forget this collection's outcomes and do all documents again; kept LLM replies stay
    #[arg(long)]
    pub(crate) again: bool,
    /// Exit with 1 if a document failed, or (review) needs a person
    #[arg(long, value_name = "WHAT")]
    pub(crate) fail_on: Option<FailOn>,
    /// A font for page images, to draw text with that brings no font of its own: Chinese, Japanese, Korean
    #[arg(long, value_name = "FILE", env = "DOCMILL_PDF__FALLBACK_FONT")]
    pub(crate) fallback_font: Option<PathBuf>,
    /// Leave pictures of the pages that findings point at out of the report
    #[arg(long)]
    pub(crate) no_pictures: bool,
    /// Threads for CPU work in each worker
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// When a finished run counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A document failed.
    Failed,
    /// A document failed or needs review.
    Review,
}

/// `docmill submit`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill submit --collection q3 --profile invoice invoices/\n  \
    docmill submit --collection q3 --document inv-0042 --pages 1-5 scan.pdf\n  \
    docmill submit --collection q3 --whole --wait invoices/\n\n\
    The collection is done, and gets its report, when every document that was submitted to it has an outcome. What\n\
    is broken off may be repeated, and `docmill reconcile` puts back what was lost.")]
pub(crate) struct SubmitArguments {
    /// PDFs, and folders that hold PDFs at any depth
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The collection these documents belong to
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub(crate) collection: CollectionId,
    /// The profile of all documents, in place of the folders' names
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The lane: bulk or priority
    #[arg(long, value_name = "LANE", default_value_t = Lane::Bulk)]
    pub(crate) lane: Lane,
    /// Which pages to read, as in 1-5 or 2,4,7-; all where absent
    #[arg(long, value_name = "PAGES", default_value_t = PageSelection::all(), hide_default_value = true)]
    pub(crate) pages: PageSelection,
    /// Whether page images go to the model
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) vision: VisionChoice,
    /// The name of a secret mounted into the workers that holds the PDFs' password
    #[arg(long, value_name = "NAME")]
    pub(crate) password_secret: Option<String>,
    /// The document's id; only with a single file
    #[arg(long, value_name = "ID")]
    pub(crate) document: Option<DocumentId>,
    /// These documents are the whole collection: others are no longer waited for
    #[arg(long, conflicts_with = "unlisted")]
    pub(crate) whole: bool,
    /// Don't list these documents in the collection: it gets its report when it has been quiet for a while
    #[arg(long)]
    pub(crate) unlisted: bool,
    /// Wait until every document has an outcome, and show them
    #[arg(long)]
    pub(crate) wait: bool,
}

/// Whether page images go to the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VisionChoice {
    /// Pages without usable text, where the model takes images.
    Auto,
    /// No page.
    Never,
    /// Every page.
    Always,
}

/// `docmill status`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docmill status\n  docmill status q3 --watch\n  docmill status q3 --json"
)]
pub(crate) struct StatusArguments {
    /// The collection; the queues alone where absent
    pub(crate) collection: Option<CollectionId>,
    /// Go on showing until the collection is done (without one: until interrupted)
    #[arg(long)]
    pub(crate) watch: bool,
}

/// `docmill reconcile`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill reconcile\n  \
    docmill reconcile q3 --dry-run\n  \
    docmill reconcile q3 --older-than-minutes 0\n\n\
    It looks at what was listed by `docmill submit`, and may run at any time and any number of times. Exit code 1: a\n\
    document can't be put back, which is said.")]
pub(crate) struct ReconcileArguments {
    /// The collection; every one that lists documents where absent
    pub(crate) collection: Option<CollectionId>,
    /// Only say what would be put back
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave alone what was submitted to lately: its submission may still be under way
    #[arg(long, value_name = "MINUTES", default_value_t = 15)]
    pub(crate) older_than_minutes: u64,
}

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

/// `docmill dead`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill dead list q3\n  \
    docmill dead show q3 inv-0042\n  \
    docmill dead replay q3 inv-0042\n  \
    docmill dead replay q3 --all")]
pub(crate) struct DeadArguments {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: DeadCommand,
}

/// `docmill sweep`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  docmill sweep\n  docmill sweep --older-than-hours 1")]
pub(crate) struct SweepArguments {
    /// How old the last sign of an upload must be for it to count as broken off
    #[arg(long, default_value_t = 24, value_name = "N")]
    pub(crate) older_than_hours: u64,
}

/// `docmill forget`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill forget q3\n  \
    docmill forget q3 inv-0042 --yes\n\n\
    What is removed can't be brought back. A PDF and the replies about it stay while another document refers to it.\n\
    Exit code 1 says that something was left, or may come back: run it again.")]
pub(crate) struct ForgetArguments {
    /// The collection
    pub(crate) collection: CollectionId,
    /// One document of it; the collection with all of them where absent
    pub(crate) document: Option<DocumentId>,
    /// Don't ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// How long jobs that workers have may take to end before they are removed from under them
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    pub(crate) patience: u64,
}

/// `docmill pause`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  docmill pause\n  docmill pause --lane priority --for 2h\n  docmill pause --work process"
)]
pub(crate) struct PauseArguments {
    /// Which jobs.
    #[command(flatten)]
    pub(crate) which: PausedJobs,
    /// For how long, as in 90s, 30m, 2h or 3d; until it is resumed where absent
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) duration: Option<jiff::SignedDuration>,
}

/// `docmill resume`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  docmill resume\n  docmill resume --lane priority")]
pub(crate) struct ResumeArguments {
    /// Which jobs.
    #[command(flatten)]
    pub(crate) which: PausedJobs,
}

/// Which jobs are paused or resumed.
#[derive(Debug, Args)]
pub(crate) struct PausedJobs {
    /// The lane: bulk or priority
    #[arg(long, value_name = "LANE", default_value_t = Lane::Bulk)]
    pub(crate) lane: Lane,
    /// Only documents to read (process), or only records to analyse (analyse); both where absent
    #[arg(long, value_name = "WORK")]
    pub(crate) work: Option<Work>,
}

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadCommand {
    /// List failed documents with their reasons
    List {
        /// The collection; all where absent
        collection: Option<CollectionId>,
    },
    /// Show one failed document with its job
    Show {
        /// The collection
        collection: CollectionId,
        /// The document
        document: DocumentId,
    },
    /// Put jobs back into the queue
    Replay {
        /// The collection; with --all, every collection where absent
        collection: Option<CollectionId>,
        /// The document
        document: Option<DocumentId>,
        /// Every dead letter of the collection
        #[arg(long, conflicts_with = "document")]
        all: bool,
    },
}

/// `docmill profile`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill profile list\n  \
    docmill profile show invoice > my-invoice.json\n  \
    docmill profile check my-invoice.json\n  \
    docmill profile put my-invoice.json")]
pub(crate) struct ProfileArguments {
    /// What to do with them.
    #[command(subcommand)]
    pub(crate) command: ProfileCommand,
}

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List built-in and registered profiles
    List,
    /// Print a profile as the JSON file it was made of
    Show {
        /// Its name
        name: String,
    },
    /// Say everything that is wrong with profiles; needs no NATS
    Check {
        /// JSON files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Register a profile, under the `name` in its file
    Put {
        /// A JSON file
        file: PathBuf,
    },
}

/// `docmill inspect`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill inspect invoice.pdf\n  \
    docmill inspect invoice.pdf --json | jq '.pages[0].lines[].text'\n  \
    docmill inspect scan.pdf --pages 2- --image seen/\n  \
    docmill inspect secret.pdf --password-file password.txt")]
pub(crate) struct InspectArguments {
    /// The PDF
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Which pages to read, as in 1-5 or 2,4,7-; all where absent
    #[arg(long, value_name = "PAGES", default_value_t = PageSelection::all(), hide_default_value = true)]
    pub(crate) pages: PageSelection,
    /// A file that holds the PDF's password
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Draw words, lines, tables and reading order over each page, as page-<number>.png in this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) image: Option<PathBuf>,
    /// A font for pictures, to draw text with that brings no font of its own: Chinese, Japanese, Korean
    #[arg(long, value_name = "FILE", env = "DOCMILL_PDF__FALLBACK_FONT")]
    pub(crate) fallback_font: Option<PathBuf>,
}

/// `docmill eval`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill eval samples/\n  \
    docmill eval labelled/ --json > before.json\n  \
    docmill eval labelled/ --against before.json --fail-on-worse\n  \
    docmill eval labelled/ --collection q3 --nats nats://nats.docmill:4222\n  \
    DOCMILL_LLM__BASE_URL=https://llm.example/v1 DOCMILL_LLM__MODEL=m docmill eval labelled/\n\n\
    Beside each X.pdf stands X.truth.json: {\"profile\": \"invoice\", \"data\": {…the true record…}}.\n\
    Replies that an earlier evaluation kept cost nothing; a new --state pays for all of them again.")]
pub(crate) struct EvalArguments {
    /// A folder of PDFs and their truths, at any depth
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Score the outcomes that this collection has, in place of reading the documents now
    #[arg(long, value_name = "NAME")]
    pub(crate) collection: Option<CollectionId>,
    /// What `eval --json` printed before: say which values got better and which worse
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// Exit with 1 if a value that was right in --against isn't now
    #[arg(long, requires = "against")]
    pub(crate) fail_on_worse: bool,
    /// Exit with 1 if more of the verified values than this are wrong
    #[arg(long, value_name = "PERCENT")]
    pub(crate) verified_but_wrong_max: Option<f64>,
    /// The profile of documents whose truth and folder name none
    #[arg(long, value_name = "NAME", conflicts_with = "collection")]
    pub(crate) profile: Option<String>,
    /// Where queue, outcomes and kept replies live; one run at a time
    #[arg(long, value_name = "FOLDER", default_value = ".docmill/eval", conflicts_with = "collection")]
    pub(crate) state: PathBuf,
    /// A folder of password files; needs --password-secret
    #[arg(long, value_name = "FOLDER", conflicts_with = "collection")]
    pub(crate) passwords: Option<PathBuf>,
    /// The file in --passwords that holds the password of these PDFs
    #[arg(long, value_name = "NAME", requires = "passwords")]
    pub(crate) password_secret: Option<String>,
    /// The nats-server to start; else the one on PATH, else .tools/bin/nats-server
    #[arg(long, value_name = "FILE", env = "DOCMILL_NATS_SERVER")]
    pub(crate) nats_server: Option<PathBuf>,
    /// Threads for CPU work in each worker
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

/// `docmill child`, for `run` and `eval` alone.
#[derive(Debug, Args)]
pub(crate) struct ChildArguments {
    /// The process that must be alive
    #[arg(long)]
    pub(crate) parent: i32,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[cfg(test)]
mod tests;
