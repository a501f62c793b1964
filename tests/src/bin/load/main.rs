//! `make load`: what a document costs, whether that stays so, how much is in flight at once, and how it compares with what one
//! would write in Python; writes `docs/benchmarks.md`.
//!
//! Runs the release programs as an operator does: a real nats-server, mock-llm as a process of its own, workers. Nothing here
//! asserts a time; the page says what one run measured, on which machine.

mod backlog;
mod contest;
mod delayed;
mod fleet;
mod invoices;
mod outcomes;
mod page;
mod peer;
mod processes;
mod rate;
mod starts;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use docmill_tests::repository;
use docmill_tests::site::Failure;

/// Measure documents per CPU second, memory, and documents in flight; beside a peer in Python.
#[derive(Debug, Parser)]
struct Arguments {
    /// Documents of the backlog at zero delay.
    #[arg(long, default_value_t = 10_000)]
    documents: u64,
    /// Documents of each delayed run, in multiples of what is in flight.
    #[arg(long, default_value_t = 12)]
    waves: u64,
    /// What the model takes in delayed runs.
    #[arg(long, default_value_t = 2_000)]
    delay_ms: u64,
    /// Documents in flight in one worker.
    #[arg(long, default_value_t = 256)]
    in_flight: u64,
    /// Documents in flight in each worker where several are measured.
    #[arg(long, default_value_t = 64)]
    in_flight_each: u64,
    /// Documents of two pages that docmill and its peer are given.
    #[arg(long, default_value_t = 2_000)]
    peer_documents: u64,
    /// How often docmill and its peer take turns.
    #[arg(long, default_value_t = 2)]
    rounds: u32,
    /// These parts alone; all where none is named. Then the page is only written where `--page` says so.
    #[arg(long, value_enum)]
    only: Vec<Part>,
    /// The page to write; docs/benchmarks.md where all is measured.
    #[arg(long)]
    page: Option<PathBuf>,
}

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// From start to first pull.
    Starts,
    /// A backlog at zero delay.
    Backlog,
    /// A model that takes seconds, one worker and several.
    Delayed,
    /// docmill and its peer in turns.
    Peer,
}

/// What was measured.
#[derive(Debug, Default)]
struct Measured {
    starts: Option<Vec<Duration>>,
    backlog: Option<backlog::Backlog>,
    delayed: Vec<delayed::Delayed>,
    contest: Option<contest::Contest>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    docmill_chassis::run::install_tls();
    let arguments = Arguments::parse();
    let is_wanted = |part| arguments.only.is_empty() || arguments.only.contains(&part);
    let delay = Duration::from_millis(arguments.delay_ms);
    let mut measured = Measured::default();
    if is_wanted(Part::Starts) {
        tell("starts");
        measured.starts = Some(starts::measure().await?);
    }
    if is_wanted(Part::Backlog) {
        measured.backlog = Some(Box::pin(backlog::measure(arguments.documents)).await?);
    }
    if is_wanted(Part::Delayed) {
        let each = arguments.in_flight_each;
        for (workers, in_flight) in [(1, arguments.in_flight), (1, each), (2, each), (4, each)] {
            let load = delayed::Load { workers, in_flight, delay, waves: arguments.waves };
            measured.delayed.push(Box::pin(delayed::measure(load)).await?);
        }
    }
    if is_wanted(Part::Peer) {
        let terms = contest::Terms {
            documents: arguments.peer_documents,
            in_flight: arguments.in_flight,
            delay,
            rounds: arguments.rounds,
        };
        measured.contest = Some(Box::pin(contest::measure(terms)).await?);
    }
    let page = page::page(&measured);
    let default = || arguments.only.is_empty().then(|| repository().join("docs/benchmarks.md"));
    if let Some(file) = arguments.page.or_else(default) {
        std::fs::write(repository().join(file), &page)?;
    }
    print(&page);
    Ok(())
}

/// Says how far it is.
#[expect(clippy::print_stderr, reason = "a program for people, who wait for minutes")]
fn tell(what: &str) {
    eprintln!("load: {what}");
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(page: &str) {
    print!("{page}");
}
