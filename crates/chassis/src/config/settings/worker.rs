//! Section `worker`: how jobs are pulled and given back. Used by both workers.

use std::time::Duration;

use docmill_contract::names::Lane;
use serde::Deserialize;

use crate::config::{Problems, Sections};

/// How jobs are pulled and given back.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// The lane this process serves.
    pub lane: Lane,
    /// Jobs at once.
    pub concurrency: usize,
    /// Threads for CPU work.
    pub cpu_threads: usize,
    /// How long jobs in flight may go on after SIGTERM.
    pub drain: Duration,
    /// The delay of a job's first hand-back; it doubles with every delivery.
    pub hand_back_delay_min: Duration,
    /// The longest delay of a hand-back.
    pub hand_back_delay_max: Duration,
    /// A job that waited longer than this fails as `expired`.
    pub job_age_max: Duration,
    /// Starts without an end after which a document fails; the last one runs alone in its worker.
    pub starts_max: u32,
}

/// What differs between the two workers.
#[derive(Debug, Clone, Copy)]
pub struct WorkerDefaults {
    /// Jobs at once, where the user says nothing.
    pub concurrency: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct WorkerSection {
    lane: Lane,
    concurrency: Option<usize>,
    cpu_threads: Option<usize>,
    drain_seconds: u64,
    hand_back_delay_min_seconds: u64,
    hand_back_delay_max_seconds: u64,
    job_age_max_seconds: u64,
    starts_max: u32,
}

impl Default for WorkerSection {
    fn default() -> Self {
        Self {
            lane: Lane::Bulk,
            concurrency: None,
            cpu_threads: None,
            drain_seconds: 50,
            hand_back_delay_min_seconds: 1,
            hand_back_delay_max_seconds: 300,
            job_age_max_seconds: 7 * 24 * 3_600,
            starts_max: 3,
        }
    }
}

impl WorkerSettings {
    /// Reads and checks section `worker`.
    pub fn read(sections: &Sections, defaults: WorkerDefaults, problems: &mut Problems) -> Self {
        let typed: WorkerSection = sections.section("worker", problems);
        let concurrency = typed.concurrency.unwrap_or(defaults.concurrency.max(1));
        let cpu_threads = typed.cpu_threads.unwrap_or_else(cpus);
        let mut seconds = |key: &str, value: u64, allowed| {
            Duration::from_secs(problems.within(&format!("worker.{key}"), value, allowed))
        };
        let settings = Self {
            lane: typed.lane,
            drain: seconds("drain_seconds", typed.drain_seconds, 1..=3_600),
            hand_back_delay_min: seconds(
                "hand_back_delay_min_seconds",
                typed.hand_back_delay_min_seconds,
                0..=3_600,
            ),
            hand_back_delay_max: seconds(
                "hand_back_delay_max_seconds",
                typed.hand_back_delay_max_seconds,
                0..=86_400,
            ),
            job_age_max: seconds("job_age_max_seconds", typed.job_age_max_seconds, 1..=31_536_000),
            concurrency: problems.within("worker.concurrency", concurrency, 1..=1_024),
            cpu_threads: problems.within("worker.cpu_threads", cpu_threads, 1..=1_024),
            starts_max: problems.within("worker.starts_max", typed.starts_max, 1..=100),
        };
        if settings.hand_back_delay_min > settings.hand_back_delay_max {
            problems.add(
                "worker.hand_back_delay_min_seconds",
                format_args!(
                    "{} is more than worker.hand_back_delay_max_seconds ({})",
                    settings.hand_back_delay_min.as_secs(),
                    settings.hand_back_delay_max.as_secs()
                ),
            );
        }
        settings
    }
}

/// The CPUs this process may use; the cgroup's quota counts.
fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
