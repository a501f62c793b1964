//! A model that takes seconds: how many documents a second come out once the workers are warm, and which share of what is possible.
//!
//! One worker with much in flight, and several with less.

use std::time::Duration;

use docmill_contract::identity::CollectionId;
use docmill_contract::names::STREAM_OUTCOMES;
use docmill_tests::site::Failure;
use tokio::process::Child;

use crate::fleet::{Site, end_all, peak_kib};
use crate::invoices::{self, Length};
use crate::outcomes;
use crate::rate::Rate;
use crate::tell;

/// What a run is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) workers: u64,
    /// Documents in flight in each of them.
    pub(crate) in_flight: u64,
    /// What the model takes.
    pub(crate) delay: Duration,
    /// Documents, in multiples of all that is in flight.
    pub(crate) waves: u64,
}

/// What it came to.
#[derive(Debug)]
pub(crate) struct Delayed {
    pub(crate) load: Load,
    pub(crate) documents: u64,
    pub(crate) verified: u64,
    pub(crate) rate: Option<Rate>,
    /// What all workers have used.
    pub(crate) cpu: Duration,
    pub(crate) memory_kib: u64,
    /// Cores that were used in all: by the workers, by nats-server, by mock-llm.
    pub(crate) cores: [f64; 3],
}

/// Works off a backlog that is there before the workers are.
pub(crate) async fn measure(load: Load) -> Result<Delayed, Failure> {
    let documents = load.workers * load.in_flight * load.waves;
    tell(&format!("delayed: {} × {} in flight, {documents} documents", load.workers, load.in_flight));
    let site = Site::start(load.delay).await?;
    let collection: CollectionId = "delayed".parse()?;
    let stored = invoices::store(&site.nats, Length::Varied, 1..=documents).await?;
    invoices::submit(&site.nats, &collection, &stored).await?;
    let mut workers = Vec::new();
    for _ in 0..load.workers {
        workers.push(worker(&site, load.in_flight)?);
    }
    let samples = site.watch(&mut workers, &[], STREAM_OUTCOMES, documents).await?;
    let cpu = end_all(workers).await?;
    let written = outcomes::read(&site.nats, STREAM_OUTCOMES, "/source/pages_read").await?;
    site.stop().await?;
    let cores = match (samples.first(), samples.last()) {
        (Some(first), Some(last)) => {
            let of = |now: Duration, before: Duration| {
                now.saturating_sub(before).as_secs_f64() / last.at.as_secs_f64()
            };
            [
                of(last.workers.cpu, Duration::ZERO),
                of(last.server.cpu, first.server.cpu),
                of(last.mock.cpu, first.mock.cpu),
            ]
        }
        _ => [f64::NAN; 3],
    };
    Ok(Delayed {
        load,
        documents,
        verified: written.good,
        rate: Rate::of(&written.at, load.workers * load.in_flight, load.delay),
        cpu,
        memory_kib: peak_kib(&samples),
        cores,
    })
}

/// A processor with so much in flight.
pub(crate) fn worker(site: &Site, in_flight: u64) -> Result<Child, Failure> {
    let mut command = site.worker("docmill-processor");
    command.env("DOCMILL_WORKER__CONCURRENCY", in_flight.to_string());
    Ok(command.spawn()?)
}
