//! What can be typed: the commands, their options, and the examples that `--help` shows.
//!
//! Read once by `main`, which hands each command its own struct. Nothing here does anything; what can't be said
//! by types (an option that contradicts another) is checked by the command, which knows why.

mod hand_in;
mod machine;
mod operate;
mod take_out;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use hand_in::{
    ReconcileArguments, ReplayArguments, ReplayedStatus, StatusArguments, SubmitArguments, VisionChoice,
};
pub(crate) use machine::{EvalArguments, FailOn, InspectArguments, RunArguments};
pub(crate) use operate::{
    DeadArguments, DeadCommand, ForgetArguments, PauseArguments, PausedJobs, ProfileArguments,
    ProfileCommand, ResumeArguments, SweepArguments,
};
pub(crate) use take_out::{
    AnalyseArguments, Partitions, ReportArguments, ResultsArguments, ResultsFormat, ReviewArguments,
    ReviewCommand, ReviewedDocument,
};

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
    /// Do the work on documents of a collection again
    Replay(ReplayArguments),
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
