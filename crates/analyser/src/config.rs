//! The analyser's own settings: section `analysis`, beside the chassis's.

use std::time::Duration;

use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Sections, Settings, WorkerDefaults};
use docmill_chassis::provision::StoreSettings;
use serde::Deserialize;

/// Jobs at once where the operator says nothing: the CPU work of each uses all cores anyway, and the second
/// recalls while the first computes.
const CONCURRENCY_DEFAULT: usize = 2;

/// Everything the analyser is told.
#[derive(Debug, Clone)]
pub struct AnalyserSettings {
    /// The chassis's part.
    pub chassis: Settings,
    /// Ages and sizes of the stores, for `provision`.
    pub store: StoreSettings,
    /// A collection without a manifest gets its report once no new outcome has come for this long.
    pub quiet: Duration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AnalysisSection {
    quiet_seconds: u64,
}

impl Default for AnalysisSection {
    fn default() -> Self {
        Self { quiet_seconds: 30 }
    }
}

impl WorkerSettings for AnalyserSettings {
    fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let chassis = Settings::read(sections, WorkerDefaults { concurrency: CONCURRENCY_DEFAULT }, problems);
        let analysis: AnalysisSection = sections.section("analysis", problems);
        let quiet = problems.within("analysis.quiet_seconds", analysis.quiet_seconds, 1..=86_400);
        Self { chassis, store: StoreSettings::read(sections, problems), quiet: Duration::from_secs(quiet) }
    }

    fn chassis(&self) -> &Settings {
        &self.chassis
    }

    fn stores(&self) -> &StoreSettings {
        &self.store
    }
}
