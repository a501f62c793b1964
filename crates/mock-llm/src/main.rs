//! `mock-llm`: the mock as a program of its own.
//!
//! Prints two JSON lines, the address it listens on and the service key for it as SAP AI Core, then serves until SIGTERM or SIGINT.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use docmill_mock_llm::{AiCore, Faults, MockLlm, Options};
use tokio::signal::unix::{SignalKind, signal};

/// How long calls being answered are waited for at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// What `--help` says beside the options.
const PATHS: &str = "\
Paths:
  /v1/chat/completions   OpenAI's chat completions (DOCMILL_LLM__BASE_URL=http://ADDRESS/v1)
  /v1/models, /health    as OpenAI-compatible servers have them
  /oauth/token, /v2/lm/deployments, /v2/inference/deployments/ID/chat/completions?api-version=...,
  /v2/inference/deployments/ID/v2/completion
                         SAP AI Core: token, deployments, foundation model, orchestration. The second line that is
                         printed is the service key for it (DOCMILL_LLM__PROVIDER=sap-ai-core, AICORE_SERVICE_KEY)
  /stats                 GET: what was counted
  /control               POST: other faults, as JSON, e.g. {\"status\": 503} or {\"next\": [{\"throttle\": 7}, \"drop\"]}
  /control/ai-core       POST: how SAP AI Core behaves, e.g. {\"token_seconds\": 5, \"deployments\": [{\"id\": \"d2\",
                         \"model\": \"mock-llm\"}]}; a deployment without a model is orchestration's
  /control/ai-core/revoke-tokens   POST: refuse every token given so far";

/// An OpenAI-compatible server for trials, tests and load: answers extraction prompts by label matching, no model needed
#[derive(Debug, Parser)]
#[command(name = "mock-llm", version, after_help = PATHS)]
struct Arguments {
    /// Where to listen; port 0 picks a free one
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Makes other values wrong and other calls fail
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    faults: Faults,
    #[command(flatten)]
    ai_core: AiCore,
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
    let Arguments { listen, seed, faults, ai_core } = arguments;
    let mock = MockLlm::start(Options { listen, seed, faults, ai_core: ai_core.clone() }).await?;
    let listening = serde_json::json!({"listening": mock.address().to_string()});
    let service_key = serde_json::json!({"service_key": mock.service_key(&ai_core)});
    writeln!(std::io::stdout(), "{listening}\n{service_key}")?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    if tokio::time::timeout(DRAIN, mock.stop()).await.is_err() {
        tracing::warn!("calls were still being answered after {} s: ended all the same", DRAIN.as_secs());
    }
    Ok(())
}
