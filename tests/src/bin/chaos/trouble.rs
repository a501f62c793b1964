//! Everything the endpoint does wrong, one at a time.
//!
//! Drawn by `plan`, put in force by `storm`. All of it passes: what an endpoint says to a request for good (a refusal)
//! is the document's end and counted apart, since no worker can make a record of it.

use docmill_mock_llm::{Fault, Faults};

/// One way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Connections are closed without an answer.
    Down,
    /// Half of the calls fail with this status.
    Status(u16),
    /// Every third call is throttled.
    Throttled,
    /// The key is refused, once.
    Unauthorised,
    /// Answers take seconds.
    Slow,
    /// Answers that aren't JSON.
    InvalidJson,
    /// Answers outside the schema.
    OutsideSchema,
    /// Answers that are cut off.
    CutOff,
    /// Answers with many rows are cut off.
    RowsCutOff,
    /// Values that are plausibly wrong.
    Wrong,
    /// Two calls are refused for what they ask.
    Refused,
}

/// What every call takes, at least and on top, in milliseconds: long enough for faults to fall into calls.
const DELAY_MS: (u64, u64) = (60, 240);

/// How often an answer is spoiled while that is the trouble. Five of one question in a row fail a document, which must
/// not happen once in a thousand runs.
const SPOILED: f64 = 0.05;

impl Trouble {
    pub(crate) const ALL: [Self; 14] = [
        Self::Down,
        Self::Status(500),
        Self::Status(503),
        Self::Status(529),
        Self::Status(408),
        Self::Throttled,
        Self::Unauthorised,
        Self::Slow,
        Self::InvalidJson,
        Self::OutsideSchema,
        Self::CutOff,
        Self::RowsCutOff,
        Self::Wrong,
        Self::Refused,
    ];

    /// What the mock is told.
    pub(crate) fn faults(self) -> Faults {
        let calm = calm();
        match self {
            Self::Down => Faults { down_for_ms: 60_000, ..calm },
            Self::Status(status) => Faults { status: Some(status), fail_rate: 0.5, ..calm },
            Self::Throttled => Faults { throttle_every: Some(3), retry_after_seconds: 1, ..calm },
            Self::Unauthorised => Faults { next: [Fault::Status(401)].into(), ..calm },
            Self::Slow => Faults { delay_ms: 1_500, delay_jitter_ms: 2_000, ..calm },
            Self::InvalidJson => Faults { invalid_json_rate: SPOILED, ..calm },
            Self::OutsideSchema => Faults { outside_schema_rate: SPOILED, ..calm },
            Self::CutOff => Faults { truncate_rate: SPOILED, ..calm },
            Self::RowsCutOff => Faults { truncate_above_rows: Some(20), ..calm },
            Self::Wrong => Faults { wrong_rate: 0.2, ..calm },
            Self::Refused => Faults { next: [Fault::Refuse, Fault::Refuse].into(), ..calm },
        }
    }
}

/// An endpoint as it should be.
pub(crate) fn calm() -> Faults {
    Faults { delay_ms: DELAY_MS.0, delay_jitter_ms: DELAY_MS.1, ..Faults::default() }
}
