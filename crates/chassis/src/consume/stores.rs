//! While a store takes nothing: few jobs are tried, and not all that wait.
//!
//! Called by the pull loop before each pull and after each job. A job that meets a full, absent or silent store is given
//! back; pulled on, every job in the queue would be begun, paid for and given back, one after the other. The gate that
//! the worker closes for the LLM is another one: what opens that one says nothing of the stores.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::gate::{Admission, Gate};
use crate::metrics::Metrics;

/// Nothing is pulled for this long after the first job that a store didn't serve, twice as long after each further one.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause, and the longest that a job waits which met it: how late a worker notices that the cause is gone.
pub(super) const PAUSE_MAX: Duration = Duration::from_secs(15);

/// The gate that stores close.
#[derive(Debug)]
pub(super) struct StoresGate {
    gate: Gate,
    blocked_in_a_row: AtomicU32,
}

impl StoresGate {
    /// An open one.
    pub(super) fn new(metrics: &Metrics) -> Self {
        Self { gate: Gate::of_stores(metrics), blocked_in_a_row: AtomicU32::new(0) }
    }

    /// Waits until a job may be pulled. Cancel-safe.
    pub(super) async fn admit(&self) -> Admission {
        self.gate.admit().await
    }

    /// When the pause ends, if there is one.
    pub(super) fn closed_until(&self) -> Option<Instant> {
        self.gate.closed_until()
    }

    /// A store didn't serve a job, and wouldn't serve another.
    pub(super) fn blocked(&self, why: &str) {
        // What fails in a pause are jobs that were on their way when it began: the same trouble, however many meet it.
        if self.gate.closed_until().is_none() {
            self.gate.close(pause(self.blocked_in_a_row.fetch_add(1, Ordering::Relaxed)), why);
        }
    }

    /// A job is through, so the stores it needs serve again.
    pub(super) fn got_through(&self) {
        self.blocked_in_a_row.store(0, Ordering::Relaxed);
        self.gate.report_success();
    }
}

fn pause(earlier: u32) -> Duration {
    let factor = 1_u32.checked_shl(earlier.min(16)).unwrap_or(u32::MAX);
    PAUSE_MIN.saturating_mul(factor).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_while_nothing_gets_through_and_then_one_job_is_tried() {
        let metrics = Metrics::new();
        let stores = StoresGate::new(&metrics);
        for seconds in [1, 2, 4, 8, 15, 15] {
            // Three jobs meet it together.
            (0..3).for_each(|_| stores.blocked("the disk is full"));
            let began = Instant::now();
            let trial = stores.admit().await;
            assert_eq!((began.elapsed(), metrics.stores_closed.get()), (Duration::from_secs(seconds), 1));
            assert!(stores.admit().now_or_never().is_none(), "a second job while the first is tried");
            drop(trial);
        }
        let trial = stores.admit().await;
        stores.got_through();
        assert_eq!(metrics.stores_closed.get(), 0);
        assert!(stores.admit().now_or_never().is_some());
        drop(trial);
        stores.blocked("again");
        let began = Instant::now();
        drop(stores.admit().await);
        assert_eq!(began.elapsed(), PAUSE_MIN);
    }
}
