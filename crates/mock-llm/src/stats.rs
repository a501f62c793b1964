//! What the mock has counted; read by `GET /stats` and by tests.

use serde::{Deserialize, Serialize};

use crate::faults::Fault;

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
        }
    }
}
