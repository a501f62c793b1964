//! The circuit breaker of the endpoint: while it is open, this worker pulls no jobs.
//!
//! Called by `ask` after calls. Waiting happens before pulling, not in jobs: a fleet that hands back everything
//! it pulls would look like a growing queue to KEDA, and be given more pods to do the same. A request that fails while
//! others are answered ([`LlmError::Suspect`]) opens nothing: its own job comes back later, the others go on.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use docmill_chassis::gate::Gate;
use tokio::time::Instant;

use super::classify::{LlmError, Treatment};

/// The first pause after a failing call.
const PAUSE_MIN: Duration = Duration::from_secs(1);

/// The longest pause: an endpoint that is back is noticed within a minute.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// The pause after 401 or 403. A person has to act; asking every few seconds would only fill their logs.
const OPERATOR_PAUSE: Duration = Duration::from_secs(30);

/// When a job comes back whose request is a suspect for the first time; twice as long each further time.
const SUSPECT_PAUSE: Duration = Duration::from_secs(5);

/// Counts outages in a row and closes the worker's gate for growing pauses.
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
        if let LlmError::Suspect { strikes, .. } = error {
            return SUSPECT_PAUSE.saturating_mul(1 << strikes.saturating_sub(1).min(16)).min(PAUSE_MAX);
        }
        let pause = match error.treatment() {
            Treatment::PauseFor(hint) => hint,
            Treatment::Operator => OPERATOR_PAUSE,
            Treatment::RetrySoon | Treatment::AskForLess | Treatment::AskSimpler | Treatment::Give(_) => {
                // While the circuit is open, what fails are calls that were on the wire when it opened: one outage, however
                // many of them it met. Counted one by one they would make a minute of it at once.
                if let Some(until) = self.gate.closed_until() {
                    return until.saturating_duration_since(Instant::now());
                }
                growing_pause(self.failures_in_a_row.fetch_add(1, Ordering::Relaxed))
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
    use docmill_chassis::metrics::Metrics;

    use super::*;
    use crate::llm::classify::Asked;

    #[test]
    fn pauses_grow_to_a_minute() {
        let seconds: Vec<u64> = [0, 1, 2, 5, 6, 40].map(|failures| growing_pause(failures).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60]);
    }

    #[test]
    fn a_suspects_failures_open_nothing() {
        let gate = Gate::new(&Metrics::new());
        let breaker = Breaker::new(gate.clone());
        let fault = || LlmError::ServerFault {
            asked: Asked::Endpoint,
            status: 500,
            retry_in: None,
            message: String::new(),
        };
        let suspect = |strikes| LlmError::Suspect { strikes, source: Box::new(fault()) };
        let seconds: Vec<u64> =
            [1, 2, 3, 9].map(|strikes| breaker.failed(&suspect(strikes)).as_secs()).into();
        assert_eq!(seconds, [5, 10, 20, 60]);
        assert_eq!(gate.closed_until(), None);
        assert_eq!(breaker.failed(&fault()).as_secs(), 1, "suspects don't make the pause grow");
        assert!(gate.closed_until().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_fail_together_are_one_outage() {
        let breaker = Breaker::new(Gate::new(&Metrics::new()));
        let fault = LlmError::ServerFault {
            asked: Asked::Endpoint,
            status: 503,
            retry_in: None,
            message: String::new(),
        };
        let check = |milliseconds| assert_eq!(breaker.failed(&fault), Duration::from_millis(milliseconds));
        check(1_000);
        tokio::time::advance(Duration::from_millis(400)).await;
        // Whoever else was asking comes back when the circuit closes.
        (0..16).for_each(|_| check(600));
        tokio::time::advance(Duration::from_millis(700)).await;
        // The trial fails too.
        check(2_000);
        breaker.succeeded();
        tokio::time::advance(Duration::from_secs(3)).await;
        check(1_000);
    }
}
