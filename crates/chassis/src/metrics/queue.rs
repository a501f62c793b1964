//! How full a worker's queue is, and how old its jobs are when they are started.
//!
//! The depth is asked of the server by [`watch`], a task of [`crate::run`]; several workers say the same of one queue. It is
//! what an alert on "jobs wait and nothing is done" needs where nobody scrapes NATS.

use std::sync::Arc;
use std::time::Duration;

use docmill_contract::names::{Lane, Work};
use jiff::Timestamp;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::{Labels, Metrics};
use crate::jobs::Jobs;
use crate::tasks::Tasks;

/// Bounds of `docmill_queue_age_seconds`: from at once to the days after which jobs expire.
const QUEUE_AGE_SECONDS_BOUNDS: [f64; 9] = [1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0];

/// How often the depth is asked for: as often as most scrapers come.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// A queue as a worker sees it.
#[derive(Debug)]
pub struct QueueMetrics {
    age: Family<Labels<2>, Histogram, fn() -> Histogram>,
    waiting: Family<Labels<2>, Gauge>,
    in_flight: Family<Labels<2>, Gauge>,
}

impl Default for QueueMetrics {
    fn default() -> Self {
        Self {
            age: Family::new_with_constructor(|| Histogram::new(QUEUE_AGE_SECONDS_BOUNDS)),
            waiting: Family::default(),
            in_flight: Family::default(),
        }
    }
}

impl QueueMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let age = "Seconds from a job's publication to its start";
        registry.register("queue_age_seconds", age, self.age.clone());
        registry.register("queue_waiting", "Jobs of the lane that nobody has", self.waiting.clone());
        let in_flight = "Jobs of the lane that some worker has, or that come again after a delay";
        registry.register("queue_in_flight", in_flight, self.in_flight.clone());
    }

    pub(super) fn expect(&self, work: Work, lane: Lane) {
        drop(self.age.get_or_create(&labels(work, lane)));
        drop(self.waiting.get_or_create(&labels(work, lane)));
        drop(self.in_flight.get_or_create(&labels(work, lane)));
    }

    /// A job that was published then is started now.
    pub(crate) fn started(&self, work: Work, lane: Lane, published: Timestamp) {
        // A clock that runs behind the server's makes the age zero.
        let age = Duration::try_from(Timestamp::now().duration_since(published)).unwrap_or_default();
        self.age.get_or_create(&labels(work, lane)).observe(age.as_secs_f64());
    }

    fn depth(&self, work: Work, lane: Lane, waiting: u64, in_flight: u64) {
        let count = |jobs: u64| i64::try_from(jobs).unwrap_or(i64::MAX);
        self.waiting.get_or_create(&labels(work, lane)).set(count(waiting));
        self.in_flight.get_or_create(&labels(work, lane)).set(count(in_flight));
    }
}

fn labels(work: Work, lane: Lane) -> Labels<2> {
    [("work", work.as_str()), ("lane", lane.as_str())]
}

/// Asks how full the lane is until the tasks are told to stop. Where the server doesn't answer, the last answer stands.
pub(crate) fn watch(tasks: &Tasks, jobs: Jobs, work: Work, lane: Lane, metrics: Arc<Metrics>) {
    let stopping = tasks.stopping().clone();
    let look = async move {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            match jobs.depth(work, lane).await {
                Ok(depth) => metrics.queue.depth(work, lane, depth.waiting, depth.in_flight),
                Err(error) => tracing::debug!(%error, "how full the lane is can't be asked"),
            }
        }
    };
    // Nobody waits for the handle: the task is tracked.
    drop(tasks.spawn(async move { stopping.run_until_cancelled(look).await }));
}
