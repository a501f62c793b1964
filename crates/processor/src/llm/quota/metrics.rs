//! What the quota counts. Registered with the processor's metrics; the names are promised in `docs/metrics.md`.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::money::{self, Nanos};

/// The quota's metrics. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct QuotaMetrics {
    granted: Counter,
    waited_seconds: Counter<f64, AtomicU64>,
    waiting: Gauge,
    lost: Counter,
    conflicts: Counter,
    paused: Gauge,
    capped: Gauge,
    cost_today: Gauge<f64, AtomicU64>,
}

impl QuotaMetrics {
    /// Registers them.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("llm_quota_granted", "Calls that the fleet's quota allowed", self.granted.clone());
        registry.register(
            "llm_quota_waited_seconds",
            "Seconds that calls waited for the fleet's quota",
            self.waited_seconds.clone(),
        );
        registry.register("llm_quota_waiting", "Calls that wait for the fleet's quota", self.waiting.clone());
        registry.register(
            "llm_quota_lost",
            "Starts that were bought and came too late or into a pause",
            self.lost.clone(),
        );
        registry.register(
            "llm_quota_conflicts",
            "Writes of the ledger that another worker was ahead of",
            self.conflicts.clone(),
        );
        registry.register("llm_quota_paused", "1 while the whole fleet pauses", self.paused.clone());
        registry.register("llm_quota_capped", "1 while the day's cost cap is reached", self.capped.clone());
        registry.register(
            "llm_quota_cost_today",
            "What the fleet spent today (UTC), with what is reserved for calls that are out",
            self.cost_today.clone(),
        );
    }

    pub(super) fn granted(&self, waited: Duration) {
        self.granted.inc();
        self.waited_seconds.inc_by(waited.as_secs_f64());
    }

    pub(super) fn waiting(&self, calls: usize) {
        self.waiting.set(i64::try_from(calls).unwrap_or(i64::MAX));
    }

    pub(super) fn lost(&self) {
        self.lost.inc();
    }

    pub(super) fn conflict(&self) {
        self.conflicts.inc();
    }

    pub(super) fn paused(&self, is_paused: bool) {
        self.paused.set(i64::from(is_paused));
    }

    pub(super) fn capped(&self, is_capped: bool) {
        self.capped.set(i64::from(is_capped));
    }

    pub(super) fn cost_today(&self, nanos: Nanos) {
        self.cost_today.set(money::units(nanos));
    }
}
