//! The pull loop of one lane: leave from the gate, then a permit, then one pull for one job.
//!
//! Run by [`crate::run::run`]. The rules here were measured, each against a loss that happened without it:
//! - only what can start now is pulled, one job per pull; a batch would hold jobs that nobody works on;
//! - no heartbeat on a pull: with one, async-nats loses the job that arrives;
//! - a pull is never dropped while it waits, else the next job is swallowed until `ack_wait`; at shutdown the
//!   last one runs out;
//! - except on a reconnect: the server forgot the pull, so it is issued again at once.

mod consumer;
mod job;
mod stores;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use docmill_contract::names::{Lane, Work};
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::config::{Settings, WorkerSettings};
use crate::connect::Nats;
use crate::gate::{Admission, Gate};
use crate::health::Health;
use crate::metrics::Metrics;
use crate::run::Worker;
use crate::settle::HandBackDelays;
use crate::starts::Starts;
use crate::tasks::Tasks;

use consumer::{Backoff, Consumer};
use stores::StoresGate;

/// The phases of a drain, each of which begins when its token fires.
#[derive(Debug, Clone, Default)]
pub struct Phases {
    /// Nothing more is pulled.
    pub draining: CancellationToken,
    /// Jobs in flight are told to end.
    pub cancelled: CancellationToken,
    /// Jobs that haven't ended are given back for the worker.
    pub abandoned: CancellationToken,
}

/// One lane of one worker, and everything its jobs share.
#[derive(Debug)]
pub struct Line<W> {
    worker: W,
    work: Work,
    lane: Lane,
    nats: Nats,
    settings: WorkerSettings,
    pull_expires: Duration,
    delays: HandBackDelays,
    metrics: Arc<Metrics>,
    gate: Gate,
    stores: StoresGate,
    health: Health,
    phases: Phases,
    starts: Starts,
    jobs: Tasks,
    permits: Arc<Semaphore>,
    started: Instant,
}

/// Leave to pull one job, of both gates; it lives as long as the job.
#[derive(Debug)]
struct Leave {
    _of_gate: Admission,
    _of_stores: Admission,
}

/// What a pull brought.
enum Pulled {
    /// A job.
    Job(Box<jetstream::Message>),
    /// No job in its time, or a reconnect.
    Nothing,
    /// The consumer or the connection is gone.
    Lost(async_nats::Error),
}

impl<W: Worker> Line<W> {
    /// A line that pulls nothing yet. `started` is when the process began.
    #[expect(clippy::too_many_arguments, reason = "the parts of the chassis, taken apart in one place")]
    pub fn new(
        worker: W,
        nats: Nats,
        settings: Settings,
        metrics: Arc<Metrics>,
        gate: Gate,
        health: Health,
        phases: Phases,
        started: Instant,
    ) -> Self {
        let work = worker.work();
        Self {
            work,
            lane: settings.worker.lane,
            starts: Starts::new(work, nats.jetstream.clone()),
            pull_expires: settings.nats.pull_expires,
            delays: HandBackDelays {
                min: settings.worker.hand_back_delay_min,
                max: settings.worker.hand_back_delay_max,
            },
            permits: Arc::new(Semaphore::new(settings.worker.concurrency)),
            settings: settings.worker,
            stores: StoresGate::new(&metrics),
            jobs: Tasks::new(),
            worker,
            nats,
            metrics,
            gate,
            health,
            phases,
            started,
        }
    }

    /// The tasks of the jobs in flight.
    pub fn jobs(&self) -> &Tasks {
        &self.jobs
    }

    /// Pulls until the drain begins and the last pull has run out.
    pub async fn pull(self: Arc<Self>) {
        let mut losses = Backoff::default();
        let mut first = true;
        while let Some(consumer) = self.until_draining(self.find_consumer()).await {
            if std::mem::take(&mut first) {
                let since_start_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::info!(since_start_ms, lane = %self.lane, work = self.work.as_str(), "first pull");
            }
            let Some(error) = self.pull_from(&consumer, &mut losses).await else { break };
            tracing::debug!(error, "pull failed: looking for the consumer again");
            if self.until_draining(tokio::time::sleep(losses.next())).await.is_none() {
                break;
            }
        }
    }

    /// Pulls from one consumer until it is lost, and says why; `None` once the drain has begun.
    async fn pull_from(
        self: &Arc<Self>,
        consumer: &Consumer,
        losses: &mut Backoff,
    ) -> Option<async_nats::Error> {
        while let Some((leave, permit)) = self.leave_to_pull().await {
            match self.pull_one(consumer).await {
                Pulled::Job(message) => self.start(*message, consumer, permit, leave),
                Pulled::Nothing => {}
                Pulled::Lost(error) => return Some(error),
            }
            losses.reset();
        }
        None
    }

    /// The gates' leave and a permit; `None` once the drain has begun.
    async fn leave_to_pull(&self) -> Option<(Leave, OwnedSemaphorePermit)> {
        let leave = async {
            loop {
                // In this order: a job that waits to be alone needs every permit, and may be the very trial that
                // the gate waits for.
                let leave =
                    Leave { _of_gate: self.gate.admit().await, _of_stores: self.stores.admit().await };
                // The semaphore is never closed, so there always is a permit at some time.
                let permit = self.permits.clone().acquire_owned().await.ok()?;
                let closed_until = self.gate.closed_until().max(self.stores.closed_until());
                if closed_until.is_none() && !self.gate.is_held() {
                    return Some((leave, permit));
                }
            }
        };
        self.until_draining(leave).await.flatten()
    }

    /// `future`'s result, or `None` if the drain begins before it is there.
    async fn until_draining<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        self.phases.draining.run_until_cancelled(future).await
    }

    /// One pull for one job. Not interrupted by a drain.
    async fn pull_one(&self, consumer: &Consumer) -> Pulled {
        let mut reconnected = self.nats.reconnected.clone();
        reconnected.mark_unchanged();
        // A pull that is sent into the buffer of a lost connection would arrive together with the one after the
        // reconnect, and swallow a job. And who comes back may be an older server.
        if let Err(error) = self.nats.check_server() {
            return Pulled::Lost(error.into());
        }
        self.metrics.pulls.inc();
        let pull = consumer.pull.fetch().max_messages(1).expires(self.pull_expires).messages().await;
        let mut messages = match pull {
            Ok(messages) => messages,
            Err(error) => return Pulled::Lost(error.into()),
        };
        tokio::select! {
            biased;
            message = messages.next() => match message {
                Some(Ok(message)) => Pulled::Job(Box::new(message)),
                Some(Err(error)) => Pulled::Lost(error),
                None => Pulled::Nothing,
            },
            Ok(()) = reconnected.changed() => {
                tracing::debug!("reconnected: pulling again");
                Pulled::Nothing
            }
        }
    }
}
