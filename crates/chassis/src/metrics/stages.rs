//! How long the stages of jobs take.
//!
//! Both workers time their stages here, so that one panel shows where time goes. A stage that ends in an error is timed
//! as well: it took that long.

use std::future::Future;

use docmill_contract::names::Work;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::Labels;
use crate::traces::spans;

/// Bounds of `docmill_stage_seconds`, few since each is a series for every stage: from what is there already to a slow model.
const STAGE_SECONDS_BOUNDS: [f64; 8] = [0.01, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0, 300.0];

/// What a job's time is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobStage {
    /// Getting a PDF's bytes.
    Fetch,
    /// Reading its pages in a child process.
    Read,
    /// Asking the model, waiting for the quota and repairing replies included.
    Ask,
    /// Looking up on the pages what was answered.
    Ground,
    /// Writing what came of a job, and what follows from it.
    Conclude,
    /// Recalling outcomes and excerpts of them.
    Recall,
    /// Computing checks or a report.
    Compute,
}

impl JobStage {
    /// The stages of a worker's jobs.
    pub const fn of(work: Work) -> &'static [Self] {
        match work {
            Work::Process => &[Self::Fetch, Self::Read, Self::Ask, Self::Ground, Self::Conclude],
            Work::Analyse => &[Self::Recall, Self::Compute, Self::Conclude],
        }
    }

    /// The name in metrics and traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Read => "read",
            Self::Ask => "ask",
            Self::Ground => "ground",
            Self::Conclude => "conclude",
            Self::Recall => "recall",
            Self::Compute => "compute",
        }
    }
}

/// Times stages. Clones share what they count.
#[derive(Debug, Clone)]
pub struct Stages(Family<Labels<1>, Histogram, fn() -> Histogram>);

impl Default for Stages {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(STAGE_SECONDS_BOUNDS)))
    }
}

impl Stages {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("stage_seconds", "Seconds that stages of jobs take", self.0.clone());
    }

    /// All stages of `work` at zero.
    pub(super) fn expect(&self, work: Work) {
        for stage in JobStage::of(work) {
            drop(self.0.get_or_create(&labels(*stage)));
        }
    }

    /// What `work` brings, timed and traced.
    pub fn time<T>(&self, stage: JobStage, work: impl Future<Output = T>) -> impl Future<Output = T> {
        // On the heap: a stage's future is large, and would be in the job's several times over.
        let work = Box::pin(work.instrument(spans::step(stage.as_str())));
        async move {
            let began = Instant::now();
            let brought = work.await;
            self.0.get_or_create(&labels(stage)).observe(began.elapsed().as_secs_f64());
            brought
        }
    }
}

fn labels(stage: JobStage) -> Labels<1> {
    [("stage", stage.as_str())]
}
