//! What a call will take, before it is made: what earlier calls of the fleet really took.
//!
//! Part of the ledger, so that what one worker has seen all know, those that start later too. Estimates are averages,
//! not maxima: what a call took is settled, and what is reserved too much stands empty until then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ledger::Amount;
use super::money::{self, Nanos};
use crate::llm::Request;
use crate::tally::Prices;

/// Tokens that an image is taken for: what a tile-counting model says of a page at the size it is sent.
const IMAGE_TOKENS: u64 = 1_600;

/// Tokens that a reply is taken for until one was seen.
const REPLY_TOKENS: u64 = 1_000;

/// Calls of one size that count: with more of them the older ones fade.
const CALLS_MAX: u64 = 64;

/// How large a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSize {
    /// Tokens of the prompt, estimated on the high side.
    pub prompt_tokens: u64,
    /// The most tokens the reply may have.
    pub reply_tokens_max: u64,
}

impl CallSize {
    /// Of a call that nobody makes.
    pub(super) const NONE: Self = Self { prompt_tokens: 0, reply_tokens_max: 0 };
}

impl From<&Request> for CallSize {
    fn from(request: &Request) -> Self {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let images = count(request.images.len()).saturating_mul(IMAGE_TOKENS);
        Self {
            prompt_tokens: count(request.prompt.tokens_estimated()).saturating_add(images),
            reply_tokens_max: u64::from(request.reply_tokens_max),
        }
    }
}

/// What earlier calls taught.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Experience {
    /// By the prompt's size in bits: a page has other replies than a chunk of many rows.
    sizes: BTreeMap<u32, Sums>,
}

/// Sums over calls that ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Sums {
    calls: u64,
    estimated: u64,
    prompt: u64,
    reply: u64,
}

/// What a call had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// What its prompt was taken for.
    pub(super) estimated: u64,
    /// What it had.
    pub(super) prompt: u64,
    /// What the reply had.
    pub(super) reply: u64,
}

impl Experience {
    /// What a call is expected to take. Money is reserved for the longest reply, so that a cap is never passed.
    pub(super) fn expect(&self, size: CallSize, prices: Option<&Prices>) -> Amount {
        let (prompt, reply) = self.average(size);
        Amount {
            tokens: prompt.saturating_add(reply),
            cost: money::cost(prices, size.prompt_tokens.max(prompt), size.reply_tokens_max),
        }
    }

    /// What its prompt is expected to take.
    pub(super) fn prompt_tokens(&self, size: CallSize) -> u64 {
        self.average(size).0
    }

    /// What a call probably cost of which nothing came back.
    pub(super) fn likely_cost(&self, size: CallSize, prices: Option<&Prices>) -> Nanos {
        money::cost(prices, size.prompt_tokens, self.average(size).1)
    }

    /// Learns from a call. Endpoints that count nothing teach nothing.
    pub(super) fn learn(&mut self, seen: Seen) {
        if seen.estimated > 0 && seen.prompt > 0 {
            self.sizes.entry(bits(seen.estimated)).or_default().add(seen);
        }
    }

    /// Prompt and reply of an average call of this size. Calls of all sizes say as much as one of them, so that a size
    /// that is new isn't only guessed; and the guess says as much as one call of any size.
    fn average(&self, size: CallSize) -> (u64, u64) {
        let guess = (size.prompt_tokens, REPLY_TOKENS);
        let all = self.sizes.values().fold(Sums::default(), Sums::with).average(size, guess);
        let of_size = self.sizes.get(&bits(size.prompt_tokens)).copied().unwrap_or_default();
        let (prompt, reply) = of_size.average(size, all);
        (prompt, reply.min(size.reply_tokens_max))
    }
}

impl Sums {
    fn add(&mut self, seen: Seen) {
        if self.calls >= CALLS_MAX {
            for sum in [&mut self.calls, &mut self.estimated, &mut self.prompt, &mut self.reply] {
                *sum /= 2;
            }
        }
        let Seen { estimated, prompt, reply } = seen;
        *self = self.with(&Self { calls: 1, estimated, prompt, reply });
    }

    fn with(self, other: &Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            estimated: self.estimated.saturating_add(other.estimated),
            prompt: self.prompt.saturating_add(other.prompt),
            reply: self.reply.saturating_add(other.reply),
        }
    }

    /// The average of these calls and of one more like `prior`, for a prompt of this size.
    fn average(self, size: CallSize, prior: (u64, u64)) -> (u64, u64) {
        let estimated = size.prompt_tokens;
        let of_estimated = u128::from(self.prompt.saturating_add(prior.0)) * u128::from(estimated);
        let prompt = of_estimated.div_ceil(u128::from(self.estimated.saturating_add(estimated)).max(1));
        let reply = self.reply.saturating_add(prior.1).div_ceil(self.calls.saturating_add(1));
        (u64::try_from(prompt).unwrap_or(u64::MAX), reply)
    }
}

/// The number of bits of a size: calls whose prompts differ by less than a factor of two learn from each other.
fn bits(tokens: u64) -> u32 {
    u64::BITS - tokens.leading_zeros()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(prompt_tokens: u64) -> CallSize {
        CallSize { prompt_tokens, reply_tokens_max: 1_200 }
    }

    fn seen(estimated: u64, prompt: u64, reply: u64) -> Seen {
        Seen { estimated, prompt, reply }
    }

    #[test]
    fn estimates_follow_what_is_seen_from_the_first_call_on() {
        let mut experience = Experience::default();
        let check = |experience: &Experience, size, expected: std::ops::Range<u64>| {
            let tokens = experience.expect(of(size), None).tokens;
            assert!(expected.contains(&tokens), "{size}: {tokens}, not in {expected:?}");
        };
        check(&experience, 2_000, 3_000..3_001);
        experience.learn(seen(2_000, 0, 0));
        check(&experience, 2_000, 3_000..3_001); // An endpoint that doesn't count.
        experience.learn(seen(2_000, 1_000, 100));
        check(&experience, 2_000, 1_575..1_580);
        for _ in 0..20 {
            experience.learn(seen(2_000, 900, 80));
            experience.learn(seen(2_000, 1_100, 120));
        }
        check(&experience, 2_000, 1_090..1_110);
        check(&experience, 6_000, 3_100..3_400); // A size that is new, by what others had.
        for _ in 0..20 {
            experience.learn(seen(6_000, 3_000, 1_000));
        }
        check(&experience, 6_000, 3_900..4_050);
        check(&experience, 2_000, 1_090..1_130); // Which others don't change.
        for _ in 0..200 {
            experience.learn(seen(2_000, 1_000, 5_000));
        }
        check(&experience, 2_000, 2_200..2_230); // No reply is longer than it may be.
    }

    #[test]
    fn sums_stay_small_and_are_kept_as_written() {
        let mut experience = Experience::default();
        for size in 1..10_000 {
            experience.learn(seen(size, size, 10));
        }
        assert!(
            experience.sizes.len() == 14 && experience.sizes.values().all(|sums| sums.calls <= CALLS_MAX)
        );
        experience.learn(seen(u64::MAX, u64::MAX, u64::MAX));
        assert_eq!(experience.expect(of(u64::MAX), None).tokens, u64::MAX);
        let written = serde_json::to_string(&experience).unwrap();
        assert_eq!(serde_json::from_str::<Experience>(&written).unwrap(), experience);
    }

    #[test]
    fn money_is_reserved_for_the_longest_reply() {
        let price: rust_decimal::Decimal = "1".parse().unwrap();
        let prices = Prices { currency: "USD".into(), prompt: price, completion: price };
        let size = CallSize { prompt_tokens: 10, reply_tokens_max: 90 };
        assert_eq!(Experience::default().expect(size, Some(&prices)).cost, 100_000);
    }
}
