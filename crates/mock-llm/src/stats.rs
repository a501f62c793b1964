//! What the mock has counted; read by `GET /stats` and by tests.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::faults::Fault;
use crate::window::Window;

/// Prompts whose calls are counted; beyond it no new ones are, so a long load run stays small.
const PROMPTS_COUNTED_MAX: usize = 100_000;

/// Counts since the mock started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Calls to chat completions, whatever became of them.
    pub calls: u64,
    /// Calls answered with a completion, faulty ones included.
    pub answered: u64,
    /// Requests refused with 400: not JSON, no messages, a schema a strict provider refuses.
    pub bad_requests: u64,
    /// Calls by the fault they got.
    pub faults: FaultCounts,
    /// Prompt tokens of the calls answered (four characters count as one).
    pub prompt_tokens: u64,
    /// Completion tokens of the calls answered.
    pub completion_tokens: u64,
    /// Calls being answered now.
    pub in_flight: u64,
    /// The most calls that were being answered at once.
    pub in_flight_max: u64,
    /// The most calls that came within any 60 seconds, throttled ones included.
    pub calls_in_a_minute_max: u64,
    /// The most prompt and completion tokens of answers within any 60 seconds.
    pub tokens_in_a_minute_max: u64,
    /// Different prompts.
    pub prompts: u64,
    /// The most calls that one prompt had.
    pub calls_of_a_prompt_max: u64,
    /// Answers that can be used to prompts that had such an answer before: what a client paid twice.
    pub usable_again: u64,
    /// What SAP AI Core's front was asked.
    pub ai_core: AiCoreCounts,
}

/// What SAP AI Core's front was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiCoreCounts {
    /// Requests for a token.
    pub token_requests: u64,
    /// Tokens given.
    pub tokens_given: u64,
    /// Requests with no token, one that has expired, or one that was revoked.
    pub unauthorised: u64,
    /// Times the deployments were listed.
    pub lists: u64,
    /// Calls to a foundation-model deployment.
    pub model_calls: u64,
    /// Calls to an orchestration deployment.
    pub orchestration_calls: u64,
    /// Those of them that orchestration refused: not what its specification allows, or a template that can't be filled.
    pub orchestration_refused: u64,
    /// Calls to a deployment that isn't there or doesn't run.
    pub lost_calls: u64,
}

/// What is remembered to find peaks and repetitions.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    calls: Window,
    tokens: Window,
    calls_by_prompt: HashMap<u64, u64>,
    usable: HashSet<u64>,
}

impl Stats {
    /// A call came.
    pub(crate) fn called(&mut self, memory: &mut Memory, now: Instant) {
        self.calls += 1;
        self.in_flight += 1;
        self.in_flight_max = self.in_flight_max.max(self.in_flight);
        self.calls_in_a_minute_max = self.calls_in_a_minute_max.max(memory.calls.add(now, 1));
    }

    /// The call's prompt was read.
    pub(crate) fn prompted(&mut self, memory: &mut Memory, prompt: u64) {
        let known = &mut memory.calls_by_prompt;
        if known.len() < PROMPTS_COUNTED_MAX || known.contains_key(&prompt) {
            let calls = known.entry(prompt).or_insert(0);
            *calls += 1;
            self.calls_of_a_prompt_max = self.calls_of_a_prompt_max.max(*calls);
            self.prompts = u64::try_from(known.len()).unwrap_or(u64::MAX);
        }
    }

    /// A completion was given that can be used, even if its values are wrong.
    pub(crate) fn usable(&mut self, memory: &mut Memory, prompt: u64) {
        if memory.usable.contains(&prompt) {
            self.usable_again += 1;
        } else if memory.usable.len() < PROMPTS_COUNTED_MAX {
            memory.usable.insert(prompt);
        }
    }

    /// A completion was given.
    pub(crate) fn answered(&mut self, memory: &mut Memory, now: Instant, prompt: u64, completion: u64) {
        self.answered += 1;
        self.prompt_tokens += prompt;
        self.completion_tokens += completion;
        let sum = memory.tokens.add(now, prompt + completion);
        self.tokens_in_a_minute_max = self.tokens_in_a_minute_max.max(sum);
    }
}

/// Calls by the fault they got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultCounts {
    /// Connections closed without an answer.
    pub dropped: u64,
    /// Answered with an error status other than 429.
    pub failed: u64,
    /// Answered with 429.
    pub throttled: u64,
    /// Answers cut off.
    pub truncated: u64,
    /// Answers with values that may be wrong.
    pub wrong: u64,
    /// Answers that weren't JSON.
    pub invalid_json: u64,
    /// Answers outside the schema.
    pub outside_schema: u64,
    /// Refusals.
    pub refused: u64,
    /// Answers that obeyed a document's orders.
    pub obeyed: u64,
}

impl FaultCounts {
    /// Counts one call.
    pub(crate) fn count(&mut self, fault: Fault) {
        match fault {
            Fault::None => {}
            Fault::Drop => self.dropped += 1,
            Fault::Status(429) | Fault::Throttle(_) => self.throttled += 1,
            Fault::Status(_) => self.failed += 1,
            Fault::Truncate => self.truncated += 1,
            Fault::Wrong => self.wrong += 1,
            Fault::InvalidJson => self.invalid_json += 1,
            Fault::OutsideSchema => self.outside_schema += 1,
            Fault::Refuse => self.refused += 1,
            Fault::Obey => self.obeyed += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn peaks_are_those_of_any_minute() {
        let (mut stats, mut memory) = (Stats::default(), Memory::default());
        let start = Instant::now();
        for seconds in [0, 30, 59, 60, 61, 200] {
            stats.called(&mut memory, start + Duration::from_secs(seconds));
            stats.answered(&mut memory, start + Duration::from_secs(seconds), 10, seconds);
        }
        assert_eq!((stats.calls, stats.calls_in_a_minute_max), (6, 4));
        assert_eq!(stats.tokens_in_a_minute_max, 40 + 30 + 59 + 60 + 61);
    }

    #[test]
    fn calls_are_counted_by_prompt() {
        let (mut stats, mut memory) = (Stats::default(), Memory::default());
        for prompt in [1, 2, 1, 3, 1] {
            stats.prompted(&mut memory, prompt);
        }
        assert_eq!((stats.prompts, stats.calls_of_a_prompt_max), (3, 3));
        for prompt in [1, 2, 1, 1] {
            stats.usable(&mut memory, prompt);
        }
        assert_eq!(stats.usable_again, 2);
    }
}
