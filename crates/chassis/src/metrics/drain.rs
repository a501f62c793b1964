//! What is counted while a worker drains. Told by [`crate::run`] and by the jobs that end meanwhile.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

/// A worker's drain. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct DrainMetrics {
    draining: Gauge,
    seconds: Gauge<f64, AtomicU64>,
    handed_back: Counter,
    began: Arc<OnceLock<Instant>>,
}

impl DrainMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("draining", "1 once the worker drains", self.draining.clone());
        registry.register("drain_seconds", "Seconds since the drain began", self.seconds.clone());
        registry.register("drain_handed_back", "Jobs handed back by a drain", self.handed_back.clone());
    }

    /// The drain begins.
    pub(crate) fn begin(&self) {
        self.began.get_or_init(Instant::now);
        self.draining.set(1);
    }

    /// A job is handed back. Counted while a drain is on.
    pub(crate) fn handed_back(&self) {
        if self.began.get().is_some() {
            self.handed_back.inc();
        }
    }

    /// Before the metrics are read.
    pub(super) fn refresh(&self) {
        if let Some(began) = self.began.get() {
            self.seconds.set(began.elapsed().as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use docmill_contract::names::{Lane, Work};

    use crate::metrics::{JobEnd, Metrics};

    #[test]
    fn only_what_a_drain_hands_back_counts() {
        let metrics = Metrics::new();
        let shows = |line: &str| metrics.text().lines().any(|found| found == line);
        metrics.job_ended(Work::Process, Lane::Bulk, JobEnd::HandedBack);
        assert!(shows("docmill_drain_handed_back_total 0") && shows("docmill_draining 0"));
        metrics.drain.begin();
        metrics.job_ended(Work::Process, Lane::Bulk, JobEnd::HandedBack);
        metrics.job_ended(Work::Process, Lane::Bulk, JobEnd::Done);
        assert!(shows("docmill_drain_handed_back_total 1") && shows("docmill_draining 1"));
        assert!(!shows("docmill_drain_seconds 0.0"));
    }
}
