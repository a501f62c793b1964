//! What an [`Asker`] is made of: settings and what it is mounted on, put together once.
//!
//! Called by `app` for a worker, and by `docmill` for a question of a person's ([`aside`](super::aside)): both obey the
//! same quota, and find the same replies.

use docmill_chassis::cpu::Cpu;
use docmill_chassis::gate::Gate;
use docmill_chassis::stores::Stores;
use docmill_contract::names::Lane;

use super::level::Level;
use super::{AskSettings, Asker, CollectionBudget};
use crate::llm::Llm;
use crate::llm::breaker::Breaker;
use crate::llm::quota::{Quota, QuotaMetrics, QuotaParts, QuotaSettings};
use crate::llm::settings::LlmSettings;

/// Everything that asking is told.
#[derive(Debug, Clone)]
pub struct AskingSettings {
    /// The endpoint.
    pub llm: LlmSettings,
    /// How asking is bounded.
    pub ask: AskSettings,
    /// What the whole fleet may ask of the endpoint; nothing is counted where absent.
    pub quota: Option<QuotaSettings>,
}

/// What an asker is mounted on.
#[derive(Debug)]
pub struct AskerParts<'a> {
    /// Where replies, the quota's ledger and what collections spent are kept.
    pub stores: &'a Stores,
    /// The lane that is asked for.
    pub lane: Lane,
    /// Keeps a worker from pulling.
    pub gate: Gate,
    /// The door off the async threads.
    pub cpu: Cpu,
    /// What the quota counts.
    pub quota_metrics: QuotaMetrics,
}

impl Asker {
    /// Puts it together. Asks nothing of anybody yet.
    ///
    /// # Errors
    /// Where the HTTP client can't be made.
    pub fn new(settings: AskingSettings, parts: AskerParts<'_>) -> Result<Self, reqwest::Error> {
        let AskingSettings { llm: endpoint, ask, quota } = settings;
        let AskerParts { stores, lane, gate, cpu, quota_metrics } = parts;
        let calls_at_once_max = endpoint.calls_at_once_max;
        let llm = Llm::new(endpoint)?;
        let quota = Quota::new(
            quota.as_ref(),
            QuotaParts {
                identity: llm.identity(),
                lane,
                ledgers: stores.quota.clone(),
                gate: gate.clone(),
                metrics: quota_metrics,
                prices: ask.prices.clone(),
                calls_at_once_max,
            },
        );
        Ok(Self {
            llm,
            quota,
            collections: CollectionBudget::new(
                ask.collection_cost_max,
                ask.prices.clone(),
                stores.quota.clone(),
            ),
            breaker: Breaker::new(gate),
            replies: stores.replies.clone(),
            cpu,
            level: Level::new(ask.schema_level),
            settings: ask,
        })
    }
}
