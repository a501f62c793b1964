//! Everything on this machine alone: `run`, `inspect`, `eval`.
//!
//! Read by `main`, which hands each command its own struct.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use docmill_contract::identity::CollectionId;
use docmill_contract::pages::PageSelection;

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
