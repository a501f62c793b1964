//! Finding the lane's consumer, however long it takes: NATS may be down and the streams not made yet. The worker
//! stays live and ready meanwhile, and says what it waits for once per change.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::stream::ConsumerError;
use docmill_contract::names;

use super::Line;
use crate::connect::ConnectError;
use crate::run::Worker;
use crate::settle;
use crate::starts::StartsError;
use crate::stores::{Cause, StoreError};

/// Shortest and longest pause between two tries. The longest bounds how long a worker sleeps on after `provision`.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// How long to wait for word of a connection before looking for oneself.
const CONNECTION_LOOK_EVERY: Duration = Duration::from_secs(1);

/// The lane's consumer, as the server has it.
#[derive(Debug)]
pub(super) struct Consumer {
    /// What pulls are sent to.
    pub(super) pull: PullConsumer,
    /// The server's own `ack_wait`; ours may differ while a new setting rolls out.
    pub(super) ack_wait: Duration,
}

/// Growing pauses with a spread, so that a fleet doesn't knock all at once.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause: doubled each time, at most [`PAUSE_MAX`].
    pub(super) fn next(&mut self) -> Duration {
        let pause = PAUSE_MIN.saturating_mul(1 << self.failures.min(16)).min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        pause.mul_f64(1.0 - settle::spread() / 4.0)
    }

    /// It worked.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

impl<W: Worker> Line<W> {
    /// Waits until NATS is connected and the lane's consumer is there.
    pub(super) async fn find_consumer(&self) -> Consumer {
        let mut pauses = Backoff::default();
        let mut silences = 0_u32;
        loop {
            self.connected().await;
            let obstacle = match self.look().await {
                Ok(consumer) => {
                    self.wait_for(None);
                    return consumer;
                }
                Err(obstacle) => obstacle,
            };
            silences =
                if matches!(obstacle, Obstacle::Silent { .. }) { silences.saturating_add(1) } else { 0 };
            // One silence is a server that restarts or elects a leader.
            if silences != 1 && self.nats.is_connected() {
                self.wait_for(Some(&obstacle));
            }
            tokio::time::sleep(pauses.next()).await;
        }
    }

    /// The lane's consumer, or what is in the way.
    async fn look(&self) -> Result<Consumer, Obstacle> {
        let stream = self.work.stream();
        let name = names::consumer(self.work, self.lane);
        if let Err(error @ ConnectError::TooOld { .. }) = self.nats.check_server() {
            return Err(Obstacle::TooOld(error.to_string()));
        }
        let found: Result<PullConsumer, ConsumerError> =
            self.nats.jetstream.get_consumer_from_stream(&name, stream).await;
        let pull = found.map_err(|error| {
            tracing::debug!(%error, "the consumer could not be looked up");
            obstacle(&error, stream, &name)
        })?;
        // Jobs that are pulled without it could only be given back.
        self.starts.open().await.map_err(|error| match error {
            StartsError::Store(StoreError::NotProvisioned { what }) => Obstacle::Absent(what),
            StartsError::Store(_) | StartsError::Conflict(_) => {
                Obstacle::Silent { what: format!("bucket {}", names::BUCKET_STARTS) }
            }
        })?;
        let ack_wait = pull.cached_info().config.ack_wait;
        Ok(Consumer { pull, ack_wait })
    }

    /// Says what is waited for, or that nothing is any more, where that is news.
    fn wait_for(&self, obstacle: Option<&Obstacle>) {
        self.metrics.waiting_for_streams.set(i64::from(obstacle.is_some()));
        if !self.health.waiting_for(obstacle.map(Obstacle::to_string)) {
            return;
        }
        match obstacle {
            Some(obstacle) => tracing::warn!("waiting: {obstacle}"),
            None => tracing::info!(stream = self.work.stream(), "nothing is missing any more"),
        }
    }

    /// Waits until NATS is connected.
    async fn connected(&self) {
        let mut reconnected = self.nats.reconnected.clone();
        while !self.nats.is_connected() {
            // Word of a connection may have come before this began to listen, so it looks by itself too.
            drop(tokio::time::timeout(CONNECTION_LOOK_EVERY, reconnected.changed()).await);
        }
    }
}

/// Why there is no consumer to pull from, and what to do.
#[derive(Debug, thiserror::Error)]
enum Obstacle {
    #[error("{0} is absent; streams, consumers and buckets are made by `docmill provision`")]
    Absent(String),
    #[error(
        "NATS answers, but not JetStream; enable it on the server and for this login, or look in the server's log why it \
         is off"
    )]
    NoJetStream,
    #[error("{0}")]
    TooOld(String),
    #[error(
        "NATS is connected, but doesn't answer about {what}; it is overloaded or has no leader, or this login may not ask"
    )]
    Silent { what: String },
}

fn obstacle(error: &ConsumerError, stream: &str, name: &str) -> Obstacle {
    let consumer = || format!("consumer {name} of stream {stream}");
    match Cause::of(error) {
        Some(Cause::Code(ErrorCode::STREAM_NOT_FOUND)) => Obstacle::Absent(format!("stream {stream}")),
        Some(Cause::Code(ErrorCode::CONSUMER_NOT_FOUND)) => Obstacle::Absent(consumer()),
        Some(Cause::NobodyListens | Cause::Code(ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT)) => {
            Obstacle::NoJetStream
        }
        Some(Cause::Code(_)) | None => Obstacle::Silent { what: consumer() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_start_over() {
        let mut pauses = Backoff::default();
        let drawn: Vec<Duration> = (0..40).map(|_| pauses.next()).collect();
        assert!(drawn[0] <= PAUSE_MIN && drawn[0] >= PAUSE_MIN * 3 / 4);
        assert!(drawn.iter().all(|pause| *pause <= PAUSE_MAX));
        assert!(drawn[39] >= PAUSE_MAX * 3 / 4);
        pauses.reset();
        assert!(pauses.next() <= PAUSE_MIN);
    }
}
