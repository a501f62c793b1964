//! What operators do: `dead`, `sweep`, `forget`, `pause`, `resume`, `profile`.
//!
//! Read by `main`, which hands each command its own struct.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{Lane, Work};

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
