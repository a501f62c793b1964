//! `make chaos`: thousands of documents through real workers, a real nats-server and a mock endpoint, while all of them
//! are killed, frozen, cut off and lied to; then what must be true all the same is checked.
//!
//! What happens is drawn from a seed, which is printed. It exits with 1 if an invariant is broken, and says which
//! documents break it. Workers' logs are in `target/chaos/<seed>`.

mod dice;
mod evidence;
mod fleet;
mod invariants;
mod objects;
mod plan;
mod poison;
mod proxy;
mod report;
mod storm;
mod submit;
mod trouble;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use docmill_chassis::config::{NatsSettings, Problems, Sections};
use docmill_chassis::connect::Nats;
use docmill_chassis::provision::{StoreSettings, provision};
use docmill_chassis::stores;
use docmill_contract::names::{STREAM_COLLECTIONS, STREAM_OUTCOMES};
use docmill_mock_llm::{MockLlm, Options};
use docmill_testkit::nats::NatsServer;
use docmill_tests::repository;
use docmill_tests::site::{Failure, machine};
use tokio::time::Instant;

use crate::fleet::Fleet;
use crate::invariants::Run;
use crate::plan::{Plan, Size};
use crate::poison::Poisons;
use crate::submit::Submission;

/// After how long without a sign of life a job is given to another worker: short, so that freezing past it is.
const ACK_WAIT: Duration = Duration::from_secs(3);

/// How often is looked whether everything is through.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(15);

/// How long what is left after the storm may take. Far more than it does, so that only what is lost meets it.
const PATIENCE: Duration = Duration::from_mins(10);

/// Kill, freeze, cut and lie, and see whether every document still has one outcome.
#[derive(Debug, Parser)]
struct Arguments {
    /// What everything is drawn from; another one each time where it isn't given.
    #[arg(long)]
    seed: Option<u64>,
    /// Documents.
    #[arg(long, default_value_t = 2_000)]
    jobs: u64,
    /// Collections they are in.
    #[arg(long, default_value_t = 40)]
    collections: u64,
    /// How long faults happen.
    #[arg(long, default_value_t = 100)]
    seconds: u64,
    /// Processors.
    #[arg(long, default_value_t = 4)]
    processors: usize,
    /// Analysers.
    #[arg(long, default_value_t = 2)]
    analysers: usize,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    docmill_chassis::run::install_tls();
    let arguments = Arguments::parse();
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    let seed = arguments.seed.unwrap_or(u64::from(since_1970.subsec_nanos()) % 1_000_000);
    let size = Size {
        documents: arguments.jobs,
        collections: arguments.collections,
        processors: arguments.processors,
        analysers: arguments.analysers,
        storm: Duration::from_secs(arguments.seconds),
        ack_wait: ACK_WAIT,
    };
    print(&format!(
        "seed {seed}: {} documents in {} collections, {} processors, {} analysers, {} s\n",
        size.documents, size.collections, size.processors, size.analysers, arguments.seconds
    ));
    let begun = Instant::now();
    let (run, workers) = Box::pin(run(seed, size)).await?;
    let took = begun.elapsed();
    let rows = report::rows(&run, workers, took);
    let table: String = rows.iter().map(|(what, count)| format!("| {what} | {count} |\n")).collect();
    let (verdict, holds) = report::verdict(&run);
    print(&format!(
        "\n| seed | {seed} |\n|---|---:|\n{table}\n{verdict}\n{}\n{}\n",
        report::line(seed, &run, took),
        machine()
    ));
    if !holds {
        print(&format!("seed {seed} breaks an invariant; logs are in target/chaos/{seed}\n"));
    }
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Everything from an empty server to the evidence, and how many workers there were.
async fn run(seed: u64, size: Size) -> Result<(Run, u32), Failure> {
    let plan = Plan::of(seed, size);
    let poisons = Poisons::make()?;
    let mut server = NatsServer::start().await;
    let nats = connect(&server).await?;
    let endpoint = MockLlm::start(Options { faults: trouble::calm(), seed, ..Options::default() }).await?;
    let submission = Submission::new(&nats, &plan, poisons);
    let collections = submission.list().await?;
    let logs = repository().join("target/chaos").join(seed.to_string());
    drop(std::fs::remove_dir_all(&logs));
    let address = SocketAddr::from(([127, 0, 0, 1], server.port()));
    let mut fleet = Fleet::start(&plan, size, address, endpoint.url(), logs).await?;
    let begun = Instant::now();
    let both = async {
        tokio::join!(
            storm::storm(&plan, begun, &mut fleet, &mut server, &endpoint),
            submission.all(begun, storm::duration(&plan)),
        )
    };
    let (counts, accepted) = tokio::select! {
        both = both => both,
        never = tell(&nats, begun) => match never {},
    };
    let (counts, accepted) = (counts?, accepted?);
    print(&format!(
        "storm over after {} s: {} documents accepted, {} workers and {} servers killed\n",
        begun.elapsed().as_secs(),
        accepted.len(),
        counts.kills,
        counts.server_kills
    ));
    until_through(&nats, collections).await?;
    let workers = fleet.started();
    let complaints = fleet.end().await?;
    // Nothing works any more, so that no upload can still go on.
    let swept = stores::sweep(&nats, Duration::ZERO).await?;
    let evidence = evidence::gather(&nats, endpoint.stats()).await?;
    let accepted = accepted
        .into_iter()
        .map(|accepted| ((accepted.collection.clone(), accepted.document.clone()), accepted))
        .collect();
    Ok((Run { accepted, evidence, counts, complaints, swept }, workers))
}

/// A connection to a server on which everything is provisioned, and nothing of what the checks look at is forgotten.
async fn connect(server: &NatsServer) -> Result<Nats, Failure> {
    let mut problems = Problems::default();
    let variables = [
        ("DOCMILL_NATS__URL".to_owned(), server.url()),
        ("DOCMILL_NATS__ACK_WAIT_SECONDS".to_owned(), ACK_WAIT.as_secs().to_string()),
    ];
    let sections = Sections::load(None, variables, &mut problems);
    let settings = NatsSettings::read(&sections, &mut problems);
    let stores = StoreSettings::read(&sections, &mut problems);
    let nats = Nats::connect(&settings, "chaos").await?;
    provision(&nats, &settings, &stores).await?;
    for name in [STREAM_OUTCOMES, STREAM_COLLECTIONS] {
        let mut config = nats.jetstream.get_stream(name).await?.cached_info().config.clone();
        config.max_messages_per_subject = -1;
        nats.jetstream.update_stream(config).await?;
    }
    Ok(nats)
}

/// Says how far it is, again and again, for as long as it is polled.
async fn tell(nats: &Nats, begun: Instant) -> Infallible {
    let mut ticks = tokio::time::interval_at(begun + TELL_EVERY, TELL_EVERY);
    loop {
        ticks.tick().await;
        // The server may be down just now; the next time tells.
        let Ok(stream) = nats.jetstream.get_stream(STREAM_OUTCOMES).await else { continue };
        let (seconds, outcomes) = (begun.elapsed().as_secs(), stream.cached_info().state.messages);
        print(&format!("after {seconds} s: {outcomes} outcomes\n"));
    }
}

/// Waits until the queues are empty, or it has been too long. What is wrong then is for the invariants to say.
async fn until_through(nats: &Nats, collections: usize) -> Result<(), Failure> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let pending = evidence::pending(&nats.jetstream).await?;
        if pending.is_empty() {
            print(&format!("through after {} s more\n", begun.elapsed().as_secs()));
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    print(&format!("not through, {collections} collections: giving up\n"));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program for people, and this is what it is run for")]
fn print(text: &str) {
    print!("{text}");
}
