//! One job from its delivery to its settlement: counted, worked on with signs of life, settled.
//!
//! The pull loop starts one task per job. Whatever happens inside - a panic, a drain, a lost connection - ends in
//! exactly one settlement here, or in none if the process dies, and then the job comes again.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::jetstream::Message;
use docmill_contract::failure::{Failure, FailureCode, FailureStage};
use docmill_contract::identity::CollectionId;
use docmill_contract::names::{JobSubject, Work};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use tracing::{Instrument as _, Span};

use super::consumer::Consumer;
use super::{Leave, Line, stores};
use crate::delivery::{Delivery, Facts};
use crate::metrics::Held;
use crate::run::Worker;
use crate::settle::{self, Lease, Verdict};
use crate::starts::{Start, StartsError};
use crate::traces::spans;

/// Whether the job's start stands in its count, and must be taken back by a hand-back.
#[derive(Debug, Default)]
struct Counted(AtomicBool);

impl<W: Worker> Line<W> {
    /// Starts the job's task. Permit and leave go with it, so that they come back whatever ends it.
    pub(super) fn start(
        self: &Arc<Self>,
        message: Message,
        consumer: &Consumer,
        permit: OwnedSemaphorePermit,
        leave: Leave,
    ) {
        let lease = Lease::new(consumer.ack_wait, Instant::now());
        let facts = match read_facts(&message) {
            Ok(facts) => facts,
            Err(error) => {
                tracing::error!(error, "a message without JetStream's facts was ignored");
                return;
            }
        };
        let line = self.clone();
        let collection = JobSubject::parse(&message.subject).and_then(|subject| subject.collection);
        let span = tracing::info_span!(
            "job",
            work = self.work.as_str(),
            lane = %self.lane,
            sequence = facts.stream_sequence,
            collection = collection.as_ref().map(CollectionId::as_str),
            document = tracing::field::Empty,
            trace_id = tracing::field::Empty,
        );
        let task = async move {
            let _leave = leave;
            line.run_job(message, facts, lease, permit).await;
        };
        // Nobody waits for the handle: the task is tracked, and catches the worker's panics itself.
        drop(self.jobs.spawn(task.instrument(span)));
    }

    async fn run_job(&self, message: Message, facts: Facts, lease: Lease, permit: OwnedSemaphorePermit) {
        let _in_flight = Held::new(self.metrics.jobs_in_flight.clone());
        let began = Instant::now();
        if facts.delivered > 1 {
            self.metrics.redeliveries.inc();
        }
        let (message, acker) = message.split();
        let headers = message.headers.unwrap_or_default();
        let mut delivery =
            Delivery::new(self.work, self.lane, &message.subject, headers, message.payload, facts);
        delivery.cancelled = self.phases.cancelled.clone();
        delivery.lines = Span::current();
        let traced = spans::begin(&mut delivery, facts);
        let counted = Counted::default();
        let verdict = tokio::select! {
            verdict = self.verdict(delivery, permit, &counted).instrument(traced.clone()) => verdict,
            () = self.phases.abandoned.cancelled() => {
                Verdict::hand_back_after(Duration::ZERO, "the drain ran out")
            }
            never = settle::keep(&acker, &lease) => match never {},
        };
        let delay = match &verdict {
            Verdict::HandBack { delay: Some(delay), .. } => *delay,
            Verdict::HandBack { delay: None, .. } => self.delays.after(facts.delivered, settle::spread()),
            // The gate keeps it from coming too often.
            Verdict::Blocked { .. } => {
                self.delays.after(facts.delivered, settle::spread()).min(stores::PAUSE_MAX)
            }
            Verdict::Done | Verdict::Failed(_) => Duration::ZERO,
        };
        spans::ended(&traced, &verdict);
        drop(traced);
        match &verdict {
            Verdict::Blocked { why } => self.stores.blocked(why),
            Verdict::Done | Verdict::Failed(_) => self.stores.got_through(),
            Verdict::HandBack { .. } => {}
        }
        self.log(&verdict, began, delay, facts);
        self.metrics.job_seconds.observe(began.elapsed().as_secs_f64());
        self.metrics.job_ended(self.work, self.lane, verdict.end());
        if let Verdict::Failed(code) = &verdict {
            self.metrics.job_failed(self.work, *code);
        }
        // Before the job is given back, so that whoever gets it doesn't count on top of this start.
        if !verdict.is_through() && counted.0.load(Ordering::Relaxed) {
            self.log_starts(self.starts.take_back(facts.stream_sequence).await);
        }
        settle::settle(&acker, &lease, &verdict, delay, &self.metrics).await;
        if verdict.is_through() {
            self.log_starts(self.starts.forget(facts.stream_sequence).await);
        }
    }

    /// Counts the start and lets the worker work, or decides in its place.
    async fn verdict(
        &self,
        mut delivery: Delivery,
        permit: OwnedSemaphorePermit,
        counted: &Counted,
    ) -> Verdict {
        let sequence = delivery.stream_sequence;
        if self.phases.draining.is_cancelled() {
            return Verdict::hand_back_after(Duration::ZERO, "the worker is draining");
        }
        if let Some(until) = self.gate.closed_until().max(self.stores.closed_until()) {
            // The gate closed while the pull was out.
            return Verdict::hand_back_after(
                until.saturating_duration_since(Instant::now()),
                "the gate is closed",
            );
        }
        let counted_before = match self.starts.look(sequence).await {
            Ok(counted) => counted,
            Err(error) => return cannot_count(&error),
        };
        let starts = counted_before.starts();
        delivery.starts = starts.max(1);
        if let Some(failure) = self.hopeless(&delivery, starts) {
            return self.give_up(delivery, failure).await;
        }
        // A job that already took two workers with it waits for this one to be empty, and only then is its start
        // counted: while it waits it may be lost to another job's fault.
        let permit = if starts + 1 >= self.settings.starts_max {
            match self.alone(permit).await {
                Some(all) => all,
                None => return Verdict::hand_back_after(Duration::ZERO, "the worker is draining"),
            }
        } else {
            permit
        };
        let start = Start::new(sequence);
        delivery.starts = match self.starts.begin_from(&counted_before, sequence, &start).await {
            Ok(starts) => starts,
            Err(error) => {
                self.log_starts(self.starts.undo(sequence, &start).await);
                return cannot_count(&error);
            }
        };
        counted.0.store(true, Ordering::Relaxed);
        self.metrics.queue.started(self.work, self.lane, delivery.published);
        let work = AssertUnwindSafe(Box::pin(self.worker.handle(delivery.clone())));
        let verdict = match work.catch_unwind().await {
            Ok(verdict) => verdict,
            Err(_panic) => {
                // The start stays counted: a document that makes the worker panic must come to an end too.
                counted.0.store(false, Ordering::Relaxed);
                self.after_panic(delivery).await
            }
        };
        drop(permit);
        verdict
    }

    /// Why the job is not worth another start.
    fn hopeless(&self, delivery: &Delivery, starts: u32) -> Option<Failure> {
        let stage = match self.work {
            Work::Process => FailureStage::Job,
            Work::Analyse => FailureStage::Analyse,
        };
        let age = Timestamp::now().duration_since(delivery.published);
        if let Ok(age) = Duration::try_from(age)
            && age > self.settings.job_age_max
        {
            let hours = age.as_secs() / 3_600;
            let reason =
                format!("the job waited {hours} hours, longer than worker.job_age_max_seconds allows");
            return Some(Failure { code: FailureCode::Expired, reason, stage, attempts: starts });
        }
        if starts >= self.settings.starts_max {
            self.metrics.starts_exhausted.inc();
            let reason =
                format!("the worker was lost with this document {starts} times, the last time alone with it");
            return Some(Failure { code: FailureCode::WorkerLost, reason, stage, attempts: starts });
        }
        None
    }

    /// Waits until no other job is in flight here; `None` if a drain begins first.
    async fn alone(&self, permit: OwnedSemaphorePermit) -> Option<OwnedSemaphorePermit> {
        // Its own permit goes back first: two jobs that each hold one and wait for all would wait for ever. The
        // semaphore serves in order, so the pull loop can't overtake.
        drop(permit);
        let all = u32::try_from(self.settings.concurrency).unwrap_or(u32::MAX);
        let permits = self.until_draining(self.permits.clone().acquire_many_owned(all)).await?.ok()?;
        self.metrics.jobs_alone.inc();
        tracing::warn!("the job runs alone: its earlier starts had no end");
        Some(permits)
    }

    async fn after_panic(&self, delivery: Delivery) -> Verdict {
        self.metrics.job_panics.inc();
        if delivery.starts < self.settings.starts_max {
            return Verdict::hand_back("the job panicked; the log names the place");
        }
        let failure = Failure {
            code: FailureCode::Internal,
            reason: "docmill panicked each time it worked on this document".to_owned(),
            stage: match self.work {
                Work::Process => FailureStage::Extract,
                Work::Analyse => FailureStage::Analyse,
            },
            attempts: delivery.starts,
        };
        self.give_up(delivery, failure).await
    }

    async fn give_up(&self, delivery: Delivery, failure: Failure) -> Verdict {
        let giving_up = AssertUnwindSafe(Box::pin(self.worker.give_up(delivery, failure)));
        match giving_up.catch_unwind().await {
            Ok(verdict) => verdict,
            Err(_panic) => Verdict::hand_back("storing the failure panicked; the log names the place"),
        }
    }

    fn log(&self, verdict: &Verdict, began: Instant, delay: Duration, facts: Facts) {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let (duration_ms, delivered) = (ms(began.elapsed()), facts.delivered);
        match verdict {
            Verdict::Done => tracing::info!(duration_ms, delivered, "job done"),
            Verdict::Failed(code) => {
                tracing::info!(duration_ms, delivered, code = code.as_str(), "job failed");
            }
            Verdict::HandBack { why, .. } | Verdict::Blocked { why } => {
                tracing::info!(duration_ms, delivered, delay_ms = ms(delay), why, "job handed back");
            }
        }
    }

    /// A count that can't be mended now errs by one start; the job itself is not held up by it.
    fn log_starts(&self, result: Result<(), StartsError>) {
        if let Err(error) = result {
            tracing::debug!(error = &error as &dyn std::error::Error, "starts not updated");
        }
    }
}

fn cannot_count(error: &StartsError) -> Verdict {
    match error {
        StartsError::Store(error) => Verdict::of_store(error, error.to_string()),
        StartsError::Conflict(_) => Verdict::hand_back(error.to_string()),
    }
}

fn read_facts(message: &Message) -> Result<Facts, async_nats::Error> {
    let info = message.info()?;
    Ok(Facts {
        stream_sequence: info.stream_sequence,
        delivered: u64::try_from(info.delivered)?,
        published: Timestamp::from_nanosecond(info.published.unix_timestamp_nanos())?,
    })
}
