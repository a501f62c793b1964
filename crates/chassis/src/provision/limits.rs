//! Section `store`: how large each stream and bucket may become, and how long what is in it is kept.
//!
//! Read by every program that provisions. The server reserves the sizes when the stores are made, so their sum must
//! fit; the defaults are 9.1 GiB together and hold tens of thousands of documents.

use std::time::Duration;

use serde::Deserialize;

use crate::config::{Problems, Sections};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// The limits of one stream or bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How large it may become, in bytes.
    pub bytes_max: i64,
    /// How long an entry is kept; zero is for ever.
    pub age_max: Duration,
}

/// The limits of every stream and bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreSettings {
    /// Jobs of the processor. Never too old by themselves: a job that waited too long fails and says so.
    pub process: Limits,
    /// Jobs of the analyser. Never too old by themselves.
    pub analyse: Limits,
    /// Outcomes.
    pub outcomes: Limits,
    /// Analyses and reports.
    pub analyses: Limits,
    /// Dead letters.
    pub dead: Limits,
    /// Manifests and completions.
    pub collections: Limits,
    /// PDFs.
    pub documents: Limits,
    /// Bodies that are too large for a message.
    pub payloads: Limits,
    /// What reports need of outcomes.
    pub excerpts: Limits,
    /// Profiles. Never too old by themselves.
    pub profiles: Limits,
    /// Replies of LLMs.
    pub replies: Limits,
    /// The fleet's LLM quota.
    pub quota: Limits,
    /// How often each job was started.
    pub starts: Limits,
}

/// What may be typed for one store.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LimitsSection {
    bytes_max: Option<u64>,
    /// 0 is for ever.
    days_max: Option<u64>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StoreSection {
    process: LimitsSection,
    analyse: LimitsSection,
    outcomes: LimitsSection,
    analyses: LimitsSection,
    dead: LimitsSection,
    collections: LimitsSection,
    documents: LimitsSection,
    payloads: LimitsSection,
    excerpts: LimitsSection,
    profiles: LimitsSection,
    replies: LimitsSection,
    quota: LimitsSection,
    starts: LimitsSection,
}

impl StoreSettings {
    /// Reads and checks section `store`.
    pub fn read(sections: &Sections, problems: &mut Problems) -> Self {
        let typed: StoreSection = sections.section("store", problems);
        let settings = Self::of(typed, problems);
        let named = [
            ("outcomes", settings.outcomes),
            ("analyses", settings.analyses),
            ("collections", settings.collections),
            ("dead", settings.dead),
        ];
        for (name, limits) in named {
            if outlives(limits.age_max, settings.payloads.age_max) {
                problems.add(
                    "store.payloads.days_max",
                    format_args!("is less than store.{name}.days_max, whose large bodies are kept there"),
                );
            }
        }
        settings
    }

    fn of(typed: StoreSection, problems: &mut Problems) -> Self {
        let mut limits = |name: &str, typed: LimitsSection, bytes: u64, days: u64| {
            let key = |key: &str| format!("store.{name}.{key}");
            let bytes =
                problems.within(&key("bytes_max"), typed.bytes_max.unwrap_or(bytes), MIB..=1024 * 1024 * GIB);
            let days = problems.within(&key("days_max"), typed.days_max.unwrap_or(days), 0..=3_650);
            Limits {
                bytes_max: i64::try_from(bytes).unwrap_or(i64::MAX),
                age_max: Duration::from_secs(days * 24 * 3_600),
            }
        };
        Self {
            process: limits("process", typed.process, 512 * MIB, 0),
            analyse: limits("analyse", typed.analyse, 256 * MIB, 0),
            outcomes: limits("outcomes", typed.outcomes, GIB, 90),
            analyses: limits("analyses", typed.analyses, 512 * MIB, 90),
            dead: limits("dead", typed.dead, 256 * MIB, 90),
            collections: limits("collections", typed.collections, 128 * MIB, 90),
            documents: limits("documents", typed.documents, 4 * GIB, 30),
            payloads: limits("payloads", typed.payloads, GIB, 91),
            // 100,000 invoices of ten lines have about 50 MB of them.
            excerpts: limits("excerpts", typed.excerpts, 128 * MIB, 30),
            profiles: limits("profiles", typed.profiles, 64 * MIB, 0),
            replies: limits("replies", typed.replies, GIB, 30),
            // As long as outcomes: what a collection has spent is in here too.
            quota: limits("quota", typed.quota, 16 * MIB, 90),
            // A job that ended leaves a mark of some hundred bytes; a full bucket would stop every job.
            starts: limits("starts", typed.starts, 256 * MIB, 14),
        }
    }
}

impl Default for StoreSettings {
    fn default() -> Self {
        // The defaults are within what is allowed.
        Self::of(StoreSection::default(), &mut Problems::default())
    }
}

/// Whether what is kept for `one` is kept longer than what is kept for `other`; zero is for ever.
fn outlives(one: Duration, other: Duration) -> bool {
    !other.is_zero() && (one.is_zero() || one > other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (StoreSettings, Vec<String>) {
        let mut problems = Problems::default();
        let environment = variables.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let sections = Sections::load(None, environment, &mut problems);
        let settings = StoreSettings::read(&sections, &mut problems);
        (settings, problems.as_slice().to_vec())
    }

    #[test]
    fn the_defaults_are_fine_and_fit_a_laptop() {
        let (settings, problems) = read(&[]);
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(settings, StoreSettings::default());
        let stores = [
            settings.process,
            settings.analyse,
            settings.outcomes,
            settings.analyses,
            settings.dead,
            settings.collections,
            settings.documents,
            settings.payloads,
            settings.excerpts,
            settings.profiles,
            settings.replies,
            settings.quota,
            settings.starts,
        ];
        let sum: i64 = stores.iter().map(|limits| limits.bytes_max).sum();
        assert!(sum < 37 * i64::try_from(GIB / 4).unwrap(), "{sum}");
    }

    #[test]
    fn one_limit_is_set_without_the_others() {
        let (settings, problems) = read(&[("DOCMILL_STORE__DOCUMENTS__BYTES_MAX", "5000000")]);
        assert!(problems.is_empty(), "{problems:?}");
        let expected = Limits { bytes_max: 5_000_000, ..StoreSettings::default().documents };
        assert_eq!(settings, StoreSettings { documents: expected, ..StoreSettings::default() });
    }

    #[test]
    fn what_cant_work_is_named() {
        let check = |key: &str, value: &str, expected: &str| {
            let problems = read(&[(key, value)]).1;
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{key}={value}: {problems:?}");
        };
        check("DOCMILL_STORE__DOCUMENTS__BYTES_MAX", "5", "store.documents.bytes_max: 5 is outside");
        check("DOCMILL_STORE__DOCUMENTS__DAYS_MAX", "-1", "DOCMILL_STORE__DOCUMENTS__DAYS_MAX");
        check("DOCMILL_STORE__DOCUMENT__DAYS_MAX", "1", "unknown field `document`");
        check("DOCMILL_STORE__PAYLOADS__DAYS_MAX", "30", "less than store.outcomes.days_max");
        check("DOCMILL_STORE__OUTCOMES__DAYS_MAX", "0", "less than store.outcomes.days_max");
    }
}
