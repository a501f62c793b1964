//! The analyser's own settings: section `analysis`, beside the chassis's.

use std::time::Duration;

use docmill_chassis::boot::WorkerSettings;
use docmill_chassis::config::{Problems, Sections, Settings, WorkerDefaults};
use docmill_chassis::provision::StoreSettings;
use serde::Deserialize;

/// Jobs at once where the operator says nothing: the CPU work of each uses all cores anyway, and the second
/// recalls while the first computes.
const CONCURRENCY_DEFAULT: usize = 2;

/// Where the operator says nothing: some megabytes of invoices are in memory at a time.
const DOCUMENTS_PER_EXCERPT_DEFAULT: usize = 500;

/// More would be as much as a pod's memory, at the size of records of a hundred pages.
const DOCUMENTS_PER_EXCERPT_MAX: usize = 10_000;

/// Everything the analyser is told.
#[derive(Debug, Clone)]
pub struct AnalyserSettings {
    /// The chassis's part.
    pub chassis: Settings,
    /// Ages and sizes of the stores, for `provision`.
    pub store: StoreSettings,
    /// A collection without a manifest gets its report once no new outcome has come for this long.
    pub quiet: Duration,
    /// Outcomes that a report reads at a time, and keeps excerpts of: as many are in memory, and as many are read again
    /// for each report.
    pub documents_per_excerpt: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct AnalysisSection {
    quiet_seconds: u64,
    documents_per_excerpt: usize,
}

impl Default for AnalysisSection {
    fn default() -> Self {
        Self { quiet_seconds: 30, documents_per_excerpt: DOCUMENTS_PER_EXCERPT_DEFAULT }
    }
}

impl WorkerSettings for AnalyserSettings {
    fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let chassis = Settings::read(sections, WorkerDefaults { concurrency: CONCURRENCY_DEFAULT }, problems);
        let analysis: AnalysisSection = sections.section("analysis", problems);
        let quiet = problems.within("analysis.quiet_seconds", analysis.quiet_seconds, 1..=86_400);
        let documents_per_excerpt = problems.within(
            "analysis.documents_per_excerpt",
            analysis.documents_per_excerpt,
            1..=DOCUMENTS_PER_EXCERPT_MAX,
        );
        Self {
            chassis,
            store: StoreSettings::read(sections, problems),
            quiet: Duration::from_secs(quiet),
            documents_per_excerpt,
        }
    }

    fn chassis(&self) -> &Settings {
        &self.chassis
    }

    fn stores(&self) -> &StoreSettings {
        &self.store
    }
}
