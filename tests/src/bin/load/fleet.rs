//! The programs of a run: the server, the model, the workers; and what they use until everything is done.
//!
//! Called by every part. A worker is started as an operator does it, with its defaults but for what a part is about.

use std::process::Stdio;
use std::time::{Duration, Instant};

use docmill_chassis::connect::Nats;
use docmill_testkit::nats::NatsServer;
use docmill_tests::program;
use docmill_tests::site::{Failure, connect_with, start_mock};
use tokio::process::{Child, Command};

use crate::processes::{Use, end};
use crate::{outcomes, tell};

/// How long may pass without a new outcome.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often is looked: seldom enough to cost the measured programs nothing.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(30);

/// Room for the outcomes and replies of a hundred thousand documents; the defaults are for ten thousands.
const ROOM: [(&str, &str); 2] = [
    ("DOCMILL_STORE__OUTCOMES__BYTES_MAX", "17179869184"),
    ("DOCMILL_STORE__REPLIES__BYTES_MAX", "17179869184"),
];

/// A server, a model, and a connection.
pub(crate) struct Site {
    pub(crate) server: NatsServer,
    pub(crate) mock: Child,
    pub(crate) mock_url: String,
    pub(crate) nats: Nats,
}

/// What is seen at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sample {
    /// Since the workers were started.
    pub(crate) at: Duration,
    /// Outcomes there are.
    pub(crate) documents: u64,
    /// What the measured workers use.
    pub(crate) workers: Use,
    /// What the workers beside them use.
    pub(crate) beside: Use,
    /// What nats-server uses.
    pub(crate) server: Use,
    /// What mock-llm uses.
    pub(crate) mock: Use,
}

impl Site {
    /// An empty server on which everything is provisioned, and a model with this delay.
    pub(crate) async fn start(delay: Duration) -> Result<Self, Failure> {
        let server = NatsServer::start().await;
        let nats = connect_with(&server, &ROOM).await?;
        let (mock, mock_url) = start_mock(delay).await?;
        Ok(Self { server, mock, mock_url, nats })
    }

    /// Ends model and server.
    pub(crate) async fn stop(mut self) -> Result<(), Failure> {
        self.mock.kill().await?;
        self.server.kill();
        Ok(())
    }

    /// A worker of docmill's, still to be started.
    pub(crate) fn worker(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command
            .env("DOCMILL_NATS__URL", self.server.url())
            .env("DOCMILL_NATS__PULL_EXPIRES_SECONDS", "1")
            .env("DOCMILL_LLM__BASE_URL", &self.mock_url)
            .env("DOCMILL_LLM__MODEL", "mock-llm")
            .env("DOCMILL_HTTP__LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Watches workers until a stream has so many outcomes.
    pub(crate) async fn watch(
        &self,
        workers: &mut [Child],
        beside: &[Child],
        stream: &str,
        documents: u64,
    ) -> Result<Vec<Sample>, Failure> {
        let begun = Instant::now();
        let (mut progressed, mut told) = (begun, begun);
        let mut samples: Vec<Sample> = Vec::new();
        let mut looks = tokio::time::interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            for worker in &mut *workers {
                if let Some(status) = worker.try_wait()? {
                    return Err(format!("a worker ended in the middle of its work, with {status}").into());
                }
            }
            let sample = Sample {
                at: begun.elapsed(),
                documents: outcomes::count(&self.nats, stream).await?,
                workers: Use::of_all(workers.iter().filter_map(Child::id)),
                beside: Use::of_all(beside.iter().filter_map(Child::id)),
                server: Use::of_all(self.server.id()),
                mock: Use::of_all(self.mock.id()),
            };
            if samples.last().is_none_or(|last| last.documents < sample.documents) {
                progressed = Instant::now();
            }
            samples.push(sample);
            if sample.documents >= documents {
                return Ok(samples);
            }
            if progressed.elapsed() > PATIENCE {
                return Err(format!(
                    "no new outcome in {} s, {} of {documents}",
                    PATIENCE.as_secs(),
                    sample.documents
                )
                .into());
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                tell(&format!("{} of {documents} documents", sample.documents));
            }
        }
    }
}

/// Ends workers one after the other, and says what all have used together.
pub(crate) async fn end_all(workers: Vec<Child>) -> Result<Duration, Failure> {
    let mut used = Duration::ZERO;
    for worker in workers {
        used += end(worker).await?;
    }
    Ok(used)
}

/// The most memory that was seen of the measured workers.
pub(crate) fn peak_kib(samples: &[Sample]) -> u64 {
    samples.iter().map(|sample| sample.workers.memory_kib()).max().unwrap_or(0)
}
