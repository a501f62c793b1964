//! Handing documents in, and what becomes of them on the way: `submit`, `status`, `reconcile`, `replay`.
//!
//! Read by `main`, which hands each command its own struct.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::Lane;
use docmill_contract::pages::PageSelection;

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

/// `docmill replay`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    docmill replay q3 inv-0042\n  \
    docmill replay q3 --status needs-review\n  \
    docmill replay q3 --all\n\n\
    The work is done again even where its outcome is there: after an upgrade, say, or once an endpoint answers better.\n\
    Answers that were kept aren't paid again. Jobs come from what `docmill submit` listed; those of documents that\n\
    failed and were never listed are put back by `docmill dead replay`.")]
pub(crate) struct ReplayArguments {
    /// The collection
    pub(crate) collection: CollectionId,
    /// One document of it
    #[arg(required_unless_present_any = ["status", "all"])]
    pub(crate) document: Option<DocumentId>,
    /// Those whose outcome is this; may be repeated
    #[arg(long, value_name = "STATUS", conflicts_with = "document")]
    pub(crate) status: Vec<ReplayedStatus>,
    /// Every document that has an outcome
    #[arg(long, conflicts_with_all = ["document", "status"])]
    pub(crate) all: bool,
}

/// Which outcomes are made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayedStatus {
    /// Every value is proved.
    Verified,
    /// A person should look.
    NeedsReview,
    /// There is no record.
    Failed,
}
