//! What the processor counts beside the chassis: documents by verdict, LLM calls, tokens and cost, faults of reading
//! children.
//!
//! Registered by `app`; counted where the thing happens. Labels never carry a collection, a document or a model's
//! words: their number has no bound. The names are promised in `docs/metrics.md`.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use docmill_chassis::metrics::Labels;
use docmill_contract::outcome::Status;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::reader::ReaderError;
use crate::tally::Prices;

/// Bounds of `docmill_llm_call_seconds`: from a mock to the timeout of a slow model.
const CALL_SECONDS_BOUNDS: [f64; 9] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0, 300.0];

/// The processor's counters. Clones share them.
#[derive(Debug, Clone)]
pub struct ProcessorMetrics {
    documents: Family<Labels<1>, Counter>,
    calls: Family<Labels<1>, Counter>,
    call_seconds: Histogram,
    tokens: Family<Labels<1>, Counter>,
    cost: Family<[(&'static str, String); 1], Counter<f64, AtomicU64>>,
    reader_faults: Family<Labels<1>, Counter>,
    prices: Option<Prices>,
}

impl Default for ProcessorMetrics {
    fn default() -> Self {
        Self::new(None)
    }
}

impl ProcessorMetrics {
    /// All at zero. Cost is counted where there are prices.
    pub fn new(prices: Option<Prices>) -> Self {
        let metrics = Self {
            documents: Family::default(),
            calls: Family::default(),
            call_seconds: Histogram::new(CALL_SECONDS_BOUNDS),
            tokens: Family::default(),
            cost: Family::default(),
            reader_faults: Family::default(),
            prices,
        };
        for status in [Status::Verified, Status::NeedsReview, Status::Failed] {
            drop(metrics.documents.get_or_create(&[("status", status_name(status))]));
        }
        for result in ["answered", "failed", "replayed"] {
            drop(metrics.calls.get_or_create(&[("result", result)]));
        }
        for kind in ["prompt", "completion"] {
            drop(metrics.tokens.get_or_create(&[("kind", kind)]));
        }
        for kind in ["crash", "memory", "stack", "time", "unavailable"] {
            drop(metrics.reader_faults.get_or_create(&[("kind", kind)]));
        }
        if let Some(prices) = &metrics.prices {
            drop(metrics.cost.get_or_create(&[("currency", prices.currency.clone())]));
        }
        metrics
    }

    /// Puts them into the chassis's registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("documents", "Outcomes written, by verdict", self.documents.clone());
        registry.register("llm_calls", "LLM calls by what came of them", self.calls.clone());
        registry.register("llm_call_seconds", "Seconds that LLM calls take", self.call_seconds.clone());
        registry.register("llm_tokens", "Tokens sent and received", self.tokens.clone());
        registry.register("llm_cost", "What tokens cost", self.cost.clone());
        registry.register("reader_faults", "Reading processes lost, by kind", self.reader_faults.clone());
    }

    /// An outcome was written.
    pub(crate) fn outcome(&self, status: Status) {
        self.documents.get_or_create(&[("status", status_name(status))]).inc();
    }

    /// A call was answered.
    pub(crate) fn answered(&self, prompt_tokens: u64, completion_tokens: u64) {
        self.call("answered");
        self.tokens.get_or_create(&[("kind", "prompt")]).inc_by(prompt_tokens);
        self.tokens.get_or_create(&[("kind", "completion")]).inc_by(completion_tokens);
        let Some(prices) = &self.prices else { return };
        // A float is near enough for a panel; what is owed is in the outcomes, exactly.
        if let Ok(cost) = f64::try_from(prices.cost_of_tokens(prompt_tokens, completion_tokens)) {
            self.cost.get_or_create(&[("currency", prices.currency.clone())]).inc_by(cost);
        }
    }

    /// A call failed.
    pub(crate) fn failed(&self) {
        self.call("failed");
    }

    /// A call took this long, whatever came of it.
    pub(crate) fn called(&self, took: Duration) {
        self.call_seconds.observe(took.as_secs_f64());
    }

    /// A kept reply was used in place of a call.
    pub(crate) fn replayed(&self) {
        self.call("replayed");
    }

    /// A document could not be read: counted where its reading process was lost.
    pub(crate) fn reader_fault(&self, error: &ReaderError) {
        let kind = match error {
            ReaderError::Refused(_) => return,
            ReaderError::TimedOut { .. } => "time",
            ReaderError::OutOfMemory { .. } => "memory",
            ReaderError::OutOfStack { .. } => "stack",
            ReaderError::Died { .. } => "crash",
            ReaderError::Unavailable(_) => "unavailable",
        };
        self.reader_faults.get_or_create(&[("kind", kind)]).inc();
    }

    fn call(&self, result: &'static str) {
        self.calls.get_or_create(&[("result", result)]).inc();
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Verified => "verified",
        Status::NeedsReview => "needs_review",
        Status::Failed => "failed",
    }
}
