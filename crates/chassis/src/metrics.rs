//! What a worker counts, for `/metrics`. One registry per process, passed along; there is no global.
//!
//! Called by the pull loop, the gate, the CPU door and the health server. A worker adds its own metrics with
//! [`Metrics::register`] before it runs. Labels must never hold a document's name, text or id: they are unbounded.
//! The names are promised in `docs/metrics.md`. What an alert or a panel asks for is there from the start, at zero: a
//! counter that appears with its first trouble has no increase.

mod drain;
mod queue;
mod stages;

use std::sync::{Mutex, PoisonError};

use docmill_contract::failure::FailureCode;
use docmill_contract::names::{Lane, Work};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

pub use drain::DrainMetrics;
pub use queue::QueueMetrics;
pub(crate) use queue::watch;
pub use stages::{JobStage, Stages};

/// Labels whose values come from fixed lists.
pub type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Bounds of `docmill_job_seconds`: from a replayed job to one that meets every timeout.
const JOB_SECONDS_BOUNDS: [f64; 12] = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0];

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobEnd {
    /// Its work is stored.
    Done,
    /// It goes to another worker, or comes back later.
    HandedBack,
    /// Its failure is stored.
    Failed,
}

impl JobEnd {
    const ALL: [Self; 3] = [Self::Done, Self::HandedBack, Self::Failed];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::HandedBack => "handed_back",
            Self::Failed => "failed",
        }
    }
}

/// The chassis's metrics and the registry they are in.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    jobs: Family<Labels<3>, Counter>,
    failures: Family<[(&'static str, String); 2], Counter>,
    /// How long stages take.
    pub stages: Stages,
    /// How full the queue is, and how old its jobs.
    pub queue: QueueMetrics,
    /// The worker's end.
    pub drain: DrainMetrics,
    /// Seconds from a job's delivery to its verdict.
    pub job_seconds: Histogram,
    /// Jobs that are worked on now.
    pub jobs_in_flight: Gauge,
    /// Pulls sent to the server.
    pub pulls: Counter,
    /// 1 while the stream or the consumer isn't there.
    pub waiting_for_streams: Gauge,
    /// 1 while the gate is closed: nothing is pulled.
    pub gate_closed: Gauge,
    /// 1 while a store takes nothing: nothing is pulled, or one job at a time.
    pub stores_closed: Gauge,
    /// Jobs that came not for the first time.
    pub redeliveries: Counter,
    /// Jobs whose starts ran out, so that they failed as `worker_lost`.
    pub starts_exhausted: Counter,
    /// Jobs that ran alone in this worker, because earlier starts had no end.
    pub jobs_alone: Counter,
    /// Jobs that panicked.
    pub job_panics: Counter,
    /// Acknowledgements whose confirmation didn't come in time, so that the job may come again.
    pub acks_unconfirmed: Counter,
    /// CPU work that waits for a thread.
    pub cpu_pending: Gauge,
    /// CPU work that runs.
    pub cpu_running: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero, in a registry of their own with the prefix `docmill_`.
    pub fn new() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("docmill")),
            jobs: Family::default(),
            failures: Family::default(),
            stages: Stages::default(),
            queue: QueueMetrics::default(),
            drain: DrainMetrics::default(),
            job_seconds: Histogram::new(JOB_SECONDS_BOUNDS),
            jobs_in_flight: Gauge::default(),
            pulls: Counter::default(),
            waiting_for_streams: Gauge::default(),
            gate_closed: Gauge::default(),
            stores_closed: Gauge::default(),
            redeliveries: Counter::default(),
            starts_exhausted: Counter::default(),
            jobs_alone: Counter::default(),
            job_panics: Counter::default(),
            acks_unconfirmed: Counter::default(),
            cpu_pending: Gauge::default(),
            cpu_running: Gauge::default(),
        };
        metrics.register(|registry| metrics.register_own(registry));
        metrics
    }

    fn register_own(&self, registry: &mut Registry) {
        registry.register("jobs", "Jobs by how they ended", self.jobs.clone());
        registry.register("failures", "Jobs that failed, by code", self.failures.clone());
        self.stages.register(registry);
        self.queue.register(registry);
        self.drain.register(registry);
        registry.register("redeliveries", "Jobs that came not for the first time", self.redeliveries.clone());
        registry.register("job_seconds", "Seconds from delivery to verdict", self.job_seconds.clone());
        registry.register("jobs_in_flight", "Jobs worked on now", self.jobs_in_flight.clone());
        registry.register("pulls", "Pulls sent to the server", self.pulls.clone());
        registry.register(
            "waiting_for_streams",
            "1 while the stream or consumer isn't there",
            self.waiting_for_streams.clone(),
        );
        registry.register("gate_closed", "1 while nothing is pulled", self.gate_closed.clone());
        registry.register("stores_closed", "1 while a store takes nothing", self.stores_closed.clone());
        registry.register("starts_exhausted", "Jobs failed as worker_lost", self.starts_exhausted.clone());
        registry.register("jobs_alone", "Jobs that ran alone in this worker", self.jobs_alone.clone());
        registry.register("job_panics", "Jobs that panicked", self.job_panics.clone());
        registry.register("acks_unconfirmed", "Acks without confirmation", self.acks_unconfirmed.clone());
        registry.register("cpu_pending", "CPU work waiting for a thread", self.cpu_pending.clone());
        registry.register("cpu_running", "CPU work running", self.cpu_running.clone());
    }

    /// Adds a worker's own metrics. `docmill_` is put before their names, and `_total` after those of counters.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Everything that a worker of this lane may come to count, at zero.
    pub fn expect(&self, work: Work, lane: Lane) {
        for end in JobEnd::ALL {
            drop(self.jobs.get_or_create(&job_labels(work, lane, end)));
        }
        for code in FailureCode::ALL {
            drop(self.failures.get_or_create(&failure_labels(work, code)));
        }
        self.stages.expect(work);
        self.queue.expect(work, lane);
    }

    /// Counts a job's end.
    pub fn job_ended(&self, work: Work, lane: Lane, end: JobEnd) {
        self.jobs.get_or_create(&job_labels(work, lane, end)).inc();
        if end == JobEnd::HandedBack {
            self.drain.handed_back();
        }
    }

    /// How many jobs ended so in this process.
    pub fn jobs_ended(&self, work: Work, lane: Lane, end: JobEnd) -> u64 {
        self.jobs.get_or_create(&job_labels(work, lane, end)).get()
    }

    /// Counts a job that failed for good.
    pub fn job_failed(&self, work: Work, code: FailureCode) {
        self.failures.get_or_create(&failure_labels(work, code)).inc();
    }

    /// Everything as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.drain.refresh();
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        match prometheus_client::encoding::text::encode(&mut text, &registry) {
            Ok(()) => text,
            // Writing to a String can't fail; a metric that refuses to be written is a fault in it.
            Err(error) => format!("# {error}\n"),
        }
    }
}

fn job_labels(work: Work, lane: Lane, end: JobEnd) -> Labels<3> {
    [("work", work.as_str()), ("lane", lane.as_str()), ("outcome", end.as_str())]
}

fn failure_labels(work: Work, code: FailureCode) -> [(&'static str, String); 2] {
    [("work", work.as_str().to_owned()), ("code", code.as_str())]
}

/// Keeps a gauge up for as long as it lives, whatever ends it.
pub(crate) struct Held(Gauge);

impl Held {
    pub(crate) fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_holds_the_chassis_metrics_and_a_workers_own() {
        let metrics = Metrics::new();
        metrics.job_ended(Work::Process, Lane::Bulk, JobEnd::HandedBack);
        let pages: Counter = Counter::default();
        pages.inc_by(3);
        metrics.register(|registry| registry.register("pages", "Pages read", pages.clone()));
        let text = metrics.text();
        for line in [
            r#"docmill_jobs_total{work="process",lane="bulk",outcome="handed_back"} 1"#,
            "docmill_jobs_in_flight 0",
            "docmill_gate_closed 0",
            "docmill_waiting_for_streams 0",
            "docmill_pages_total 3",
            "docmill_job_seconds_count 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }
}
