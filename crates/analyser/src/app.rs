//! What the analyser is made of: settings and clients put together, once.

use std::time::Duration;

use docmill_chassis::cpu::Cpu;
use docmill_chassis::jobs::Jobs;
use docmill_chassis::metrics::Stages;
use docmill_chassis::run::Chassis;
use docmill_chassis::stores::Stores;
use docmill_contract::names::Lane;

use crate::config::AnalyserSettings;
use crate::countdown::Countdown;

/// The Data Analyser: see `job` for what it does.
#[derive(Debug)]
pub struct Analyser {
    pub(crate) stores: Stores,
    pub(crate) jobs: Jobs,
    pub(crate) lane: Lane,
    pub(crate) cpu: Cpu,
    pub(crate) countdown: Countdown,
    pub(crate) stages: Stages,
    pub(crate) quiet: Duration,
    pub(crate) documents_per_excerpt: usize,
}

impl Analyser {
    /// Puts it together.
    pub fn new(settings: &AnalyserSettings, chassis: &Chassis) -> Self {
        Self {
            stores: Stores::new(&chassis.nats),
            jobs: Jobs::new(&chassis.nats),
            lane: settings.chassis.worker.lane,
            cpu: chassis.cpu.clone(),
            countdown: Countdown::default(),
            stages: chassis.metrics.stages.clone(),
            quiet: settings.quiet,
            documents_per_excerpt: settings.documents_per_excerpt,
        }
    }
}
