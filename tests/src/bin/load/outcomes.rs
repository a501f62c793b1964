//! What a run wrote: when, and what it says, read back from its stream once it is over.
//!
//! Called for docmill's outcomes and for its peer's alike.

use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, pull};
use docmill_chassis::connect::Nats;
use docmill_tests::site::Failure;
use futures_util::StreamExt as _;
use serde_json::Value;

/// What a run came to.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// When outcomes were stored, by the server's clock, in order, since the first of them.
    pub(crate) at: Vec<Duration>,
    /// Pages that were read.
    pub(crate) pages: u64,
    /// Outcomes as they should be: verified ones of docmill, valid ones of the peer.
    pub(crate) good: u64,
}

/// How many messages a stream holds.
pub(crate) async fn count(nats: &Nats, stream: &str) -> Result<u64, Failure> {
    Ok(nats.jetstream.get_stream(stream).await?.cached_info().state.messages)
}

/// Reads every message of a stream; `pages` is where one says how many were read.
pub(crate) async fn read(nats: &Nats, stream: &str, pages: &str) -> Result<Written, Failure> {
    let stream = nats.jetstream.get_stream(stream).await?;
    let config = pull::OrderedConfig { deliver_policy: DeliverPolicy::All, ..Default::default() };
    let consumer = stream.create_consumer(config).await?;
    let mut left = stream.cached_info().state.messages;
    let mut messages = consumer.messages().await?;
    let mut written = Written::default();
    let mut first = None;
    while left > 0 {
        let message = messages.next().await.ok_or("the stream of outcomes ended")??;
        let outcome: Value = serde_json::from_slice(&message.payload)?;
        let at = message.info().map_err(|error| error.to_string())?.published.unix_timestamp_nanos();
        let since = at - *first.get_or_insert(at);
        written.at.push(Duration::from_nanos(u64::try_from(since)?));
        written.pages += outcome.pointer(pages).and_then(Value::as_u64).unwrap_or(0);
        let status = outcome.get("status").and_then(Value::as_str).unwrap_or_default();
        written.good += u64::from(matches!(status, "verified" | "valid"));
        left -= 1;
    }
    Ok(written)
}
