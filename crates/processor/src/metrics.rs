//! What the processor counts beside the chassis: documents by verdict, LLM calls and tokens.
//!
//! Registered by `app`; counted where the thing happens. Labels never carry a collection, a document or a model's
//! words: their number has no bound.

use docmill_contract::outcome::Status;
use prometheus_client::encoding::{EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The processor's counters. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct ProcessorMetrics {
    documents: Family<Labels, Counter>,
    calls: Family<Labels, Counter>,
    tokens: Family<Labels, Counter>,
}

/// One label with one of a few fixed values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Labels(&'static str, &'static str);

impl EncodeLabelSet for Labels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), std::fmt::Error> {
        [(self.0, self.1)].encode(encoder)
    }
}

impl ProcessorMetrics {
    /// Counters in the chassis's registry.
    pub fn registered(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("documents", "Outcomes written, by verdict", metrics.documents.clone());
        registry.register("llm_calls", "LLM calls by what came of them", metrics.calls.clone());
        registry.register("llm_tokens", "Tokens sent and received", metrics.tokens.clone());
        metrics
    }

    /// An outcome was written.
    pub(crate) fn outcome(&self, status: Status) {
        let status = match status {
            Status::Verified => "verified",
            Status::NeedsReview => "needs_review",
            Status::Failed => "failed",
        };
        self.documents.get_or_create(&Labels("status", status)).inc();
    }

    /// A call was answered.
    pub(crate) fn answered(&self, prompt_tokens: u64, completion_tokens: u64) {
        self.call("answered");
        self.tokens.get_or_create(&Labels("kind", "prompt")).inc_by(prompt_tokens);
        self.tokens.get_or_create(&Labels("kind", "completion")).inc_by(completion_tokens);
    }

    /// A call failed.
    pub(crate) fn failed(&self) {
        self.call("failed");
    }

    /// A kept reply was used in place of a call.
    pub(crate) fn replayed(&self) {
        self.call("replayed");
    }

    fn call(&self, result: &'static str) {
        self.calls.get_or_create(&Labels("result", result)).inc();
    }
}
