//! What one document's calls cost, counted while they happen and kept even if the document fails.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use docmill_contract::outcome::{Cost, Usage};
use rust_decimal::Decimal;

use crate::llm::Reply;
use crate::metrics::ProcessorMetrics;

/// Tokens that a price is for.
const TOKENS_PER_PRICE: u64 = 1_000_000;

/// What a model's tokens cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    /// ISO 4217 code.
    pub currency: String,
    /// One million tokens sent.
    pub prompt: Decimal,
    /// One million tokens received.
    pub completion: Decimal,
}

impl Prices {
    /// What these tokens cost.
    fn cost(&self, usage: &Usage) -> Cost {
        Cost { currency: self.currency.clone(), amount: self.amount(usage).to_string() }
    }

    fn amount(&self, usage: &Usage) -> Decimal {
        self.cost_of_tokens(usage.prompt_tokens, usage.completion_tokens)
    }

    /// What so many tokens sent and received cost.
    pub(crate) fn cost_of_tokens(&self, prompt_tokens: u64, completion_tokens: u64) -> Decimal {
        let of =
            |tokens: u64, price: Decimal| Decimal::from(tokens) * price / Decimal::from(TOKENS_PER_PRICE);
        (of(prompt_tokens, self.prompt) + of(completion_tokens, self.completion)).normalize()
    }
}

/// Counts calls and tokens; shared by the calls of one document.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    usage: Mutex<Usage>,
    metrics: ProcessorMetrics,
}

impl Tally {
    /// Nothing yet. What is counted here is counted in the worker's metrics too.
    pub(crate) fn new(metrics: ProcessorMetrics) -> Self {
        Self { usage: Mutex::default(), metrics }
    }

    /// A call was answered.
    pub(crate) fn answered(&self, reply: &Reply) {
        self.metrics.answered(reply.prompt_tokens, reply.completion_tokens);
        self.count(|usage| {
            usage.calls = usage.calls.saturating_add(1);
            usage.prompt_tokens = usage.prompt_tokens.saturating_add(reply.prompt_tokens);
            usage.completion_tokens = usage.completion_tokens.saturating_add(reply.completion_tokens);
        });
    }

    /// A call took this long, whatever came of it.
    pub(crate) fn called(&self, took: Duration) {
        self.metrics.called(took);
    }

    /// A kept reply was used in place of a call.
    pub(crate) fn replayed(&self) {
        self.metrics.replayed();
        self.count(|usage| usage.replayed_calls = usage.replayed_calls.saturating_add(1));
    }

    /// A call failed.
    pub(crate) fn failed(&self) {
        self.metrics.failed();
        self.count(|usage| usage.failed_calls = usage.failed_calls.saturating_add(1));
    }

    /// A call was paid although a kept reply appeared meanwhile.
    pub(crate) fn repeated(&self) {
        self.count(|usage| usage.repeated_calls = usage.repeated_calls.saturating_add(1));
    }

    /// Tokens so far.
    pub(crate) fn tokens(&self) -> u64 {
        let usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.prompt_tokens.saturating_add(usage.completion_tokens)
    }

    /// Money so far.
    pub(crate) fn spent(&self, prices: &Prices) -> Decimal {
        prices.amount(&self.usage.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Everything so far, with its cost where there are prices.
    pub(crate) fn usage(&self, prices: Option<&Prices>) -> Usage {
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner).clone();
        usage.cost = prices.map(|prices| prices.cost(&usage));
        usage
    }

    fn count(&self, change: impl FnOnce(&mut Usage)) {
        change(&mut self.usage.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_exact() {
        let prices = Prices {
            currency: "USD".into(),
            prompt: "0.15".parse().unwrap(),
            completion: "0.60".parse().unwrap(),
        };
        let tally = Tally::default();
        let reply = |prompt_tokens, completion_tokens| Reply {
            text: String::new(),
            is_truncated: false,
            model: String::new(),
            prompt_tokens,
            completion_tokens,
        };
        tally.answered(&reply(1_000, 100));
        tally.answered(&reply(2_345, 0));
        let usage = tally.usage(Some(&prices));
        assert_eq!((usage.calls, usage.prompt_tokens, usage.completion_tokens), (2, 3_345, 100));
        assert_eq!(usage.cost.unwrap().amount, "0.00056175");
        assert_eq!(tally.spent(&prices), "0.00056175".parse().unwrap());
        assert_eq!(tally.usage(None).cost, None);
    }
}
