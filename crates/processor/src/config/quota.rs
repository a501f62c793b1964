//! Section `llm.quota`: what the whole fleet may ask of the endpoint.

use std::num::NonZeroU64;
use std::time::Duration;

use docmill_chassis::config::Problems;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::llm::LlmSection;
use crate::llm::quota::QuotaSettings;
use crate::tally::Prices;

/// The largest limit that is no typing error.
const LIMIT_MAX: u64 = 10_000_000_000;

#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct QuotaSection {
    requests_per_minute: Option<u64>,
    tokens_per_minute: Option<u64>,
    cost_per_day: Option<String>,
    slot_seconds: u64,
}

impl Default for QuotaSection {
    fn default() -> Self {
        Self { requests_per_minute: None, tokens_per_minute: None, cost_per_day: None, slot_seconds: 5 }
    }
}

/// The quota, if one is set.
pub(super) fn read(
    llm: &LlmSection,
    prices: Option<&Prices>,
    problems: &mut Problems,
) -> Option<QuotaSettings> {
    let section = &llm.quota;
    let mut limit = |key: &str, limit: Option<u64>| {
        let limit = limit.map(|limit| problems.within(key, limit, 1..=LIMIT_MAX))?;
        NonZeroU64::new(limit)
    };
    let requests_per_minute = limit("llm.quota.requests_per_minute", section.requests_per_minute);
    let tokens_per_minute = limit("llm.quota.tokens_per_minute", section.tokens_per_minute);
    let slot_seconds = problems.within("llm.quota.slot_seconds", section.slot_seconds, 1..=30);
    if let Some(tokens) = tokens_per_minute
        && u64::try_from(llm.chunk_tokens_max).unwrap_or(u64::MAX) > tokens.get()
    {
        problems.add(
            "llm.quota.tokens_per_minute",
            format_args!(
                "{tokens} is less than one question's llm.chunk_tokens_max, {}",
                llm.chunk_tokens_max
            ),
        );
    }
    let cost_per_day = section.cost_per_day.as_deref().and_then(|text| cost(text, llm, prices, problems));
    let is_set = requests_per_minute.is_some() || tokens_per_minute.is_some() || cost_per_day.is_some();
    is_set.then(|| QuotaSettings {
        requests_per_minute,
        tokens_per_minute,
        cost_per_day,
        slot: Duration::from_secs(slot_seconds),
    })
}

fn cost(text: &str, llm: &LlmSection, prices: Option<&Prices>, problems: &mut Problems) -> Option<Decimal> {
    const KEY: &str = "llm.quota.cost_per_day";
    let Ok(cap) = text.parse::<Decimal>() else {
        problems.add(KEY, format_args!("{text:?} is not an amount of money, as in \"25.00\""));
        return None;
    };
    let Some(prices) = prices else {
        problems.add(KEY, "can't be kept without prices: give llm.prompt_price and llm.completion_price");
        return None;
    };
    let tokens = Decimal::from(llm.reply_tokens_max);
    let longest_reply = tokens.checked_mul(prices.completion).map(|cost| cost / Decimal::from(1_000_000));
    if let Some(longest_reply) = longest_reply.filter(|&cost| cost >= cap) {
        problems.add(
            KEY,
            format_args!(
                "{cap} is no more than one reply of llm.reply_tokens_max tokens may cost, {}",
                longest_reply.normalize()
            ),
        );
    }
    Some(cap)
}

#[cfg(test)]
mod tests {
    use docmill_chassis::boot::WorkerSettings as _;
    use docmill_chassis::config::Sections;

    use super::*;
    use crate::config::ProcessorSettings;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Result<Option<QuotaSettings>, &str>) {
        let needed = [("DOCMILL_LLM__BASE_URL", "http://127.0.0.1:1/v1"), ("DOCMILL_LLM__MODEL", "m")];
        let variables = needed.iter().chain(variables);
        let variables = variables.map(|&(key, value)| (key.to_owned(), value.to_owned()));
        let mut problems = Problems::default();
        let sections = Sections::load(None, variables, &mut problems);
        let quota = ProcessorSettings::read(&sections, &mut problems).quota;
        match expected {
            Ok(expected) => {
                assert!(problems.is_empty(), "{problems}");
                assert_eq!(quota, expected);
            }
            Err(expected) => {
                let found = problems.as_slice();
                assert!(found.len() == 1 && found[0].contains(expected), "{found:#?}\n  lacks: {expected}");
            }
        }
    }

    #[test]
    fn a_quota_is_read_and_what_cannot_work_is_refused() {
        const REQUESTS: (&str, &str) = ("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "600");
        const TOKENS: &str = "DOCMILL_LLM__QUOTA__TOKENS_PER_MINUTE";
        const COST: &str = "DOCMILL_LLM__QUOTA__COST_PER_DAY";
        const SLOT: &str = "DOCMILL_LLM__QUOTA__SLOT_SECONDS";
        const PRICES: [(&str, &str); 2] =
            [("DOCMILL_LLM__PROMPT_PRICE", "0.15"), ("DOCMILL_LLM__COMPLETION_PRICE", "0.60")];
        let quota = QuotaSettings {
            requests_per_minute: NonZeroU64::new(600),
            tokens_per_minute: None,
            cost_per_day: None,
            slot: Duration::from_secs(5),
        };
        check(&[], Ok(None));
        check(&[(SLOT, "2")], Ok(None));
        check(&[REQUESTS], Ok(Some(quota.clone())));
        check(
            &[REQUESTS, (TOKENS, "200000"), (SLOT, "2"), (COST, "25"), PRICES[0], PRICES[1]],
            Ok(Some(QuotaSettings {
                tokens_per_minute: NonZeroU64::new(200_000),
                cost_per_day: Some("25".parse().unwrap()),
                slot: Duration::from_secs(2),
                ..quota
            })),
        );
        check(&[("DOCMILL_LLM__QUOTA__REQUESTS_PER_MINUTE", "0")], Err("0 is outside what is allowed"));
        check(&[(TOKENS, "5000")], Err("5000 is less than one question's llm.chunk_tokens_max, 6000"));
        check(&[REQUESTS, (SLOT, "61")], Err("llm.quota.slot_seconds"));
        check(&[(COST, "25")], Err("can't be kept without prices"));
        check(&[(COST, "much"), PRICES[0], PRICES[1]], Err("\"much\" is not an amount of money"));
        check(
            &[(COST, "0.009"), PRICES[0], PRICES[1]],
            Err("llm.reply_tokens_max tokens may cost, 0.0098304"),
        );
        check(&[("DOCMILL_LLM__QUOTA__REQUESTS_PER_HOUR", "1")], Err("unknown field"));
    }
}
