//! Finding the lane's consumer, however long it takes: NATS may be down and the streams not made yet. The worker
//! stays live and ready meanwhile, and says what it waits for once per change.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::stream::{ConsumerError, ConsumerErrorKind};
use docmill_contract::names;

use super::Line;
use crate::connect::ConnectError;
use crate::run::Worker;
use crate::settle;

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
        let stream = self.work.stream();
        let name = names::consumer(self.work, self.lane);
        let mut pauses = Backoff::default();
        loop {
            self.connected().await;
            if let Err(error @ ConnectError::TooOld { .. }) = self.nats.check_server() {
                self.wait_for(Some(error.to_string()));
                tokio::time::sleep(PAUSE_MAX).await;
                continue;
            }
            let found: Result<PullConsumer, ConsumerError> =
                self.nats.jetstream.get_consumer_from_stream(&name, stream).await;
            let absent = match found {
                Ok(pull) => match self.starts.open().await {
                    Ok(()) => {
                        self.wait_for(None);
                        let ack_wait = pull.cached_info().config.ack_wait;
                        return Consumer { pull, ack_wait };
                    }
                    // Jobs that are pulled without it could only be given back.
                    Err(_) => Some(format!("bucket {}", names::BUCKET_STARTS)),
                },
                Err(error) => {
                    tracing::debug!(%error, "the consumer could not be looked up");
                    what_is_absent(&error, stream, &name)
                }
            };
            if absent.is_some() {
                self.wait_for(absent);
            }
            tokio::time::sleep(pauses.next()).await;
        }
    }

    /// Says what is waited for, or that nothing is any more, where that is news.
    fn wait_for(&self, absent: Option<String>) {
        self.metrics.waiting_for_streams.set(i64::from(absent.is_some()));
        if !self.health.waiting_for(absent.clone()) {
            return;
        }
        match absent {
            Some(absent) => {
                tracing::warn!(absent, "waiting; streams, consumers and buckets are made by `provision`")
            }
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

/// What isn't there, where the server said so; `None` where it only didn't answer.
fn what_is_absent(error: &ConsumerError, stream: &str, consumer: &str) -> Option<String> {
    let ConsumerErrorKind::JetStream(answer) = error.kind() else { return None };
    match answer.error_code() {
        ErrorCode::STREAM_NOT_FOUND => Some(format!("stream {stream}")),
        ErrorCode::CONSUMER_NOT_FOUND => Some(format!("consumer {consumer} of stream {stream}")),
        ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT => Some("JetStream, for this account".to_owned()),
        _ => None,
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
