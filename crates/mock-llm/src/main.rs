//! `mock-llm`: the mock as a program of its own.
//!
//! Prints one JSON line with the address it listens on, then serves until SIGTERM or SIGINT.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use docmill_mock_llm::{Faults, MockLlm, Options};
use tokio::signal::unix::{SignalKind, signal};

/// How long calls being answered are waited for at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// An OpenAI-compatible server for trials, tests and load: answers extraction prompts by label matching, no model needed
#[derive(Debug, Parser)]
#[command(name = "mock-llm", version)]
struct Arguments {
    /// Where to listen; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Makes other values wrong and other calls fail
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    faults: Faults,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match serve(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|source| format!(": {source}")).unwrap_or_default();
            tracing::error!("{error}{cause}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let Arguments { listen, seed, faults } = arguments;
    let mock = MockLlm::start(Options { listen, seed, faults }).await?;
    let listening = serde_json::json!({"listening": mock.address().to_string()});
    writeln!(std::io::stdout(), "{listening}")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    if tokio::time::timeout(DRAIN, mock.stop()).await.is_err() {
        tracing::warn!("calls were still being answered after {} s: ended all the same", DRAIN.as_secs());
    }
    Ok(())
}
