//! What a call will take, before it is made: what prompts of this worker really took, and what replies had.
//!
//! Called by `quota` for each call. Estimates needn't be exact: what a call took is settled, but a good one leaves less
//! to settle.

use super::ledger::Amount;
use super::money::{self, Nanos};
use crate::llm::Request;
use crate::tally::Prices;

/// Tokens that an image is taken for: what a tile-counting model says of a page at the size it is sent.
const IMAGE_TOKENS: u64 = 1_600;

/// Tokens that a reply is taken for until one was seen.
const REPLY_TOKENS: u64 = 1_000;

/// The unit of the learned ratio.
const PER_MILLE: u64 = 1_000;

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
#[derive(Debug, Clone, Copy)]
pub(super) struct Experience {
    /// Real tokens of a prompt for each thousand that were estimated.
    prompt_per_mille: u64,
    /// Tokens of a reply, on the high side of the average.
    reply_tokens: u64,
}

impl Default for Experience {
    fn default() -> Self {
        Self { prompt_per_mille: PER_MILLE, reply_tokens: REPLY_TOKENS }
    }
}

impl Experience {
    /// What a call is expected to take. Money is reserved for the longest reply, so that a cap is never passed.
    pub(super) fn expect(&self, size: CallSize, prices: Option<&Prices>) -> Amount {
        let prompt = size.prompt_tokens.saturating_mul(self.prompt_per_mille).div_ceil(PER_MILLE);
        let reply = self.reply_tokens.min(size.reply_tokens_max);
        Amount {
            tokens: prompt.saturating_add(reply),
            cost: money::cost(prices, size.prompt_tokens.max(prompt), size.reply_tokens_max),
        }
    }

    /// What a call probably cost of which nothing came back.
    pub(super) fn likely_cost(&self, size: CallSize, prices: Option<&Prices>) -> Nanos {
        money::cost(prices, size.prompt_tokens, self.reply_tokens.min(size.reply_tokens_max))
    }

    /// Learns from a call. Endpoints that count nothing teach nothing.
    pub(super) fn learn(&mut self, size: CallSize, prompt_tokens: u64, completion_tokens: u64) {
        if let Some(ratio) = prompt_tokens.saturating_mul(PER_MILLE).checked_div(size.prompt_tokens)
            && ratio > 0
        {
            self.prompt_per_mille = moved(self.prompt_per_mille, ratio.min(4 * PER_MILLE));
            self.reply_tokens = moved(self.reply_tokens, completion_tokens);
        }
    }
}

/// A value moved towards what was seen: up at once half the way, down by an eighth.
fn moved(from: u64, to: u64) -> u64 {
    if to > from { from.midpoint(to) } else { from - (from - to) / 8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_follow_what_is_seen() {
        let size = CallSize { prompt_tokens: 2_000, reply_tokens_max: 1_200 };
        let mut experience = Experience::default();
        assert_eq!(experience.expect(size, None).tokens, 3_000);
        experience.learn(size, 0, 0);
        assert_eq!(experience.expect(size, None).tokens, 3_000, "an endpoint that doesn't count");
        for _ in 0..40 {
            experience.learn(size, 1_000, 100);
        }
        let expected = experience.expect(size, None).tokens;
        assert!((1_100..1_130).contains(&expected), "{expected}");
        experience.learn(size, 1_000, 5_000);
        assert_eq!(experience.expect(size, None).tokens, 1_000 + 14 + 1_200, "no longer than it may be");
    }

    #[test]
    fn money_is_reserved_for_the_longest_reply() {
        let price: rust_decimal::Decimal = "1".parse().unwrap();
        let prices = Prices { currency: "USD".into(), prompt: price, completion: price };
        let size = CallSize { prompt_tokens: 10, reply_tokens_max: 90 };
        assert_eq!(Experience::default().expect(size, Some(&prices)).cost, 100_000);
    }
}
