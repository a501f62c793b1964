//! The circuit breaker of the endpoint: while it is open, this worker pulls no jobs.
//!
//! Called by `ask` after calls. Waiting happens before pulling, not in jobs: a fleet that hands back everything
//! it pulls would look like a growing queue to KEDA, and be given more pods to do the same.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use docmill_chassis::gate::Gate;

use super::classify::{LlmError, Treatment};

/// The first pause after a failing call.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause: an endpoint that is back is noticed within a minute.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// The pause after 401 or 403. A person has to act; asking every few seconds would only fill their logs.
const OPERATOR_PAUSE: Duration = Duration::from_secs(30);

/// Counts failing calls in a row and closes the worker's gate for growing pauses.
#[derive(Debug)]
pub struct Breaker {
    gate: Gate,
    failures_in_a_row: AtomicU32,
}

impl Breaker {
    /// A closed circuit: calls flow.
    pub fn new(gate: Gate) -> Self {
        Self { gate, failures_in_a_row: AtomicU32::new(0) }
    }

    /// A call succeeded: the circuit closes, and jobs are pulled again.
    pub fn succeeded(&self) {
        self.failures_in_a_row.store(0, Ordering::Relaxed);
        self.gate.report_success();
    }

    /// Calls failed for good: opens the circuit and says how long, which is also when the job should come back.
    pub fn failed(&self, error: &LlmError) -> Duration {
        let earlier_failures = self.failures_in_a_row.fetch_add(1, Ordering::Relaxed);
        let pause = match error.treatment() {
            Treatment::PauseFor(hint) => hint,
            Treatment::Operator => OPERATOR_PAUSE,
            Treatment::RetrySoon | Treatment::AskForLess | Treatment::AskSimpler | Treatment::Give(_) => {
                growing_pause(earlier_failures)
            }
        };
        self.gate.close(pause, error.to_string());
        pause
    }
}

fn growing_pause(earlier_failures: u32) -> Duration {
    let factor = 1_u32.checked_shl(earlier_failures.min(16)).unwrap_or(u32::MAX);
    PAUSE_MIN.saturating_mul(factor).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute() {
        let seconds: Vec<u64> = [0, 1, 2, 5, 6, 40].map(|failures| growing_pause(failures).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60]);
    }
}
