//! What a set of documents cost together: calls and tokens added up, money exactly and per currency.
//!
//! Called by `run` and `submit --wait` for their last lines, and by `eval`. It adds; it knows no prices.

use std::collections::BTreeMap;
use std::fmt;

use docmill_contract::outcome::Usage;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The use of all documents together. Wider than one document's counts, so that no sum can overflow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TotalUsage {
    /// Calls that were sent and answered.
    pub(crate) calls: u64,
    /// Calls answered from kept replies.
    pub(crate) replayed_calls: u64,
    /// Calls that failed.
    pub(crate) failed_calls: u64,
    /// Calls that were paid although a kept reply appeared meanwhile.
    pub(crate) repeated_calls: u64,
    /// Tokens sent.
    pub(crate) prompt_tokens: u64,
    /// Tokens received.
    pub(crate) completion_tokens: u64,
    /// Money by currency; empty without prices. Amounts are decimals as text.
    pub(crate) cost: BTreeMap<String, String>,
}

/// Adds up. A cost that isn't a decimal, or too large for one, is left out of its currency's sum.
pub(crate) fn total<'a>(usages: impl IntoIterator<Item = &'a Usage>) -> TotalUsage {
    let mut total = TotalUsage::default();
    let mut money: BTreeMap<String, Decimal> = BTreeMap::new();
    for usage in usages {
        total.calls += u64::from(usage.calls);
        total.replayed_calls += u64::from(usage.replayed_calls);
        total.failed_calls += u64::from(usage.failed_calls);
        total.repeated_calls += u64::from(usage.repeated_calls);
        total.prompt_tokens = total.prompt_tokens.saturating_add(usage.prompt_tokens);
        total.completion_tokens = total.completion_tokens.saturating_add(usage.completion_tokens);
        if let Some(cost) = &usage.cost
            && let Ok(amount) = cost.amount.parse::<Decimal>()
        {
            let sum = money.entry(cost.currency.clone()).or_default();
            *sum = sum.checked_add(amount).unwrap_or(*sum);
        }
    }
    total.cost =
        money.into_iter().map(|(currency, amount)| (currency, amount.normalize().to_string())).collect();
    total
}

impl fmt::Display for TotalUsage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "LLM calls: {}, replayed: {}", self.calls, self.replayed_calls)?;
        for (count, what) in [(self.failed_calls, "failed"), (self.repeated_calls, "repeated")] {
            if count > 0 {
                write!(formatter, ", {what}: {count}")?;
            }
        }
        write!(formatter, "; tokens: {} in, {} out; cost: ", self.prompt_tokens, self.completion_tokens)?;
        if self.cost.is_empty() {
            return formatter.write_str("unknown (no prices configured)");
        }
        let amounts: Vec<String> =
            self.cost.iter().map(|(currency, amount)| format!("{amount} {currency}")).collect();
        formatter.write_str(&amounts.join(" + "))
    }
}

#[cfg(test)]
mod tests {
    use docmill_contract::outcome::Cost;

    use super::*;

    fn usage(calls: u32, cost: Option<(&str, &str)>) -> Usage {
        let cost = cost.map(|(currency, amount)| Cost { currency: currency.into(), amount: amount.into() });
        Usage { calls, cost, ..Usage::default() }
    }

    #[test]
    fn money_is_added_exactly_and_per_currency() {
        let usages = [
            usage(1, Some(("USD", "0.1"))),
            usage(2, Some(("USD", "0.20"))),
            usage(3, Some(("EUR", "1"))),
            usage(4, None),
        ];
        assert_eq!(
            total(&usages).to_string(),
            "LLM calls: 10, replayed: 0; tokens: 0 in, 0 out; cost: 1 EUR + 0.3 USD"
        );
    }

    #[test]
    fn without_prices_the_cost_is_unknown() {
        assert!(total(&[usage(1, None)]).to_string().ends_with("cost: unknown (no prices configured)"));
    }
}
