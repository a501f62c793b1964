//! The peer in Python (`benches/load/peer.py`): its queue, its outcomes, its process.
//!
//! Called by `contest`. It takes its PDFs from docmill's object store, its jobs from a work queue of its own, and stores its
//! outcomes in a stream of its own, so that both do the same steps.

use std::process::Stdio;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::{Config, RetentionPolicy};
use docmill_tests::repository;
use docmill_tests::site::Failure;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::fleet::Site;
use crate::invoices::Stored;

/// The peer's work queue.
const STREAM_JOBS: &str = "PEER_JOBS";

/// The peer's outcomes.
pub(crate) const STREAM_OUTCOMES: &str = "PEER_OUTCOMES";

/// Jobs written at once.
const AT_ONCE: usize = 32;

/// Makes the peer's streams and its jobs.
pub(crate) async fn submit(site: &Site, invoices: &[Stored]) -> Result<(), Failure> {
    let jetstream = &site.nats.jetstream;
    let subjects = |subject: &str| vec![subject.into()];
    let jobs = jetstream.create_stream(Config {
        name: STREAM_JOBS.into(),
        subjects: subjects("peer.jobs"),
        retention: RetentionPolicy::WorkQueue,
        ..Default::default()
    });
    let consumer = pull::Config {
        durable_name: Some("peer".to_owned()),
        ack_policy: AckPolicy::Explicit,
        max_ack_pending: 5_000,
        ..Default::default()
    };
    jobs.await?.create_consumer(consumer).await?;
    let outcomes =
        Config { name: STREAM_OUTCOMES.into(), subjects: subjects("peer.outcomes.*"), ..Default::default() };
    jetstream.create_stream(outcomes).await?;
    let each = stream::iter(invoices).map(async |invoice| {
        let job = json!({"document": invoice.document, "object": invoice.object});
        jetstream.publish("peer.jobs", job.to_string().into()).await?.await?;
        Ok::<_, Failure>(())
    });
    each.buffer_unordered(AT_ONCE).try_collect().await
}

/// Starts the peer with so much in flight; killed when dropped.
pub(crate) fn start(site: &Site, in_flight: u64) -> Result<Child, Failure> {
    let python = repository().join(".tools/load-venv/bin/python");
    if !python.is_file() {
        return Err("the peer's Python is missing: run benches/load/setup.sh".into());
    }
    let peer = Command::new(python)
        .arg("-B")
        .arg(repository().join("benches/load/peer.py"))
        .args(["--nats", &site.server.url(), "--llm", &site.mock_url])
        .arg("--profile")
        .arg(repository().join("crates/contract/profiles/invoice.json"))
        .args(["--at-once", &in_flight.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    Ok(peer)
}
