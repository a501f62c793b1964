//! What becomes of a delivery: the one place that acknowledges jobs and gives them back.
//!
//! A worker answers with a [`Verdict`]; the pull loop passes it here. Nothing else sends `+ACK` or `-NAK`, and nothing
//! sends `+TERM`: the server honours it even from a worker that lost the job long ago.

use std::convert::Infallible;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use async_nats::jetstream::AckKind;
use async_nats::jetstream::message::Acker;
use docmill_contract::failure::FailureCode;
use tokio::time::Instant;

use crate::metrics::{JobEnd, Metrics};
use crate::stores::StoreError;

/// What a worker says of a job when it is through with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that follows from the job is stored.
    Done,
    /// The job can't succeed, and that is stored: outcome and dead letter.
    Failed(FailureCode),
    /// The job isn't finished and it isn't its fault; it comes back, to any worker, and the start doesn't count.
    HandBack {
        /// When; `None` is a delay that grows with the deliveries.
        delay: Option<Duration>,
        /// Why, for the log. Must not hold document text.
        why: String,
    },
    /// As a hand-back, but a store takes nothing, so that the next job would fare alike: nothing is pulled for a while,
    /// and then one job at a time, until one is through.
    Blocked {
        /// What the store says, for the log.
        why: String,
    },
}

impl Verdict {
    /// Gives the job back with a growing delay.
    pub fn hand_back(why: impl Into<String>) -> Self {
        Self::HandBack { delay: None, why: why.into() }
    }

    /// Gives the job back for `delay` from now.
    pub fn hand_back_after(delay: Duration, why: impl Into<String>) -> Self {
        Self::HandBack { delay: Some(delay), why: why.into() }
    }

    /// Gives the job back because of a store.
    pub fn of_store(error: &StoreError, why: String) -> Self {
        if error.stops_everybody() { Self::Blocked { why } } else { Self::hand_back(why) }
    }

    /// Whether the job is through, and with it what it was given.
    pub fn is_through(&self) -> bool {
        match self {
            Self::Done | Self::Failed(_) => true,
            Self::HandBack { .. } | Self::Blocked { .. } => false,
        }
    }

    /// How the job counts in the metrics.
    pub fn end(&self) -> JobEnd {
        match self {
            Self::Done => JobEnd::Done,
            Self::Failed(_) => JobEnd::Failed,
            Self::HandBack { .. } | Self::Blocked { .. } => JobEnd::HandedBack,
        }
    }
}

/// How long hand-backs wait: `min` after the first delivery, doubled with each further one, at most `max`.
#[derive(Debug, Clone, Copy)]
pub struct HandBackDelays {
    /// After the first delivery.
    pub min: Duration,
    /// The most.
    pub max: Duration,
}

impl HandBackDelays {
    /// The delay after `delivered` deliveries. `spread` in 0..=1 takes up to a quarter off, so that jobs which were
    /// given back together don't come back together.
    pub fn after(self, delivered: u64, spread: f64) -> Duration {
        let doublings = u32::try_from(delivered.saturating_sub(1)).unwrap_or(u32::MAX).min(31);
        let delay = self.min.saturating_mul(1 << doublings).min(self.max);
        delay.mul_f64(1.0 - spread.clamp(0.0, 1.0) / 4.0)
    }
}

/// A number in 0..1 that differs from call to call. Nothing depends on its quality.
pub fn spread() -> f64 {
    // A RandomState is seeded by the system; the low 32 bits of its hash convert without loss.
    let bits = RandomState::new().hash_one(0_u8) & u64::from(u32::MAX);
    u32::try_from(bits).map_or(0.0, |bits| f64::from(bits) / (f64::from(u32::MAX) + 1.0))
}

/// Until when a job is surely still ours. After it, the server may have given it to another worker, and it would
/// honour our `-NAK` nevertheless and deliver the job a third time.
#[derive(Debug)]
pub struct Lease {
    ack_wait: Duration,
    renewed: std::sync::Mutex<Instant>,
}

impl Lease {
    /// A lease on a job that was delivered at `delivered`.
    pub fn new(ack_wait: Duration, delivered: Instant) -> Self {
        Self { ack_wait, renewed: std::sync::Mutex::new(delivered) }
    }

    /// The server confirmed a sign of life that was sent at `sent`.
    pub fn renew(&self, sent: Instant) {
        let mut renewed = self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *renewed = sent.max(*renewed);
    }

    /// Whether the job is still ours at `now`.
    pub fn holds(&self, now: Instant) -> bool {
        let renewed = *self.renewed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        now.saturating_duration_since(renewed) < self.ack_wait
    }

    /// How often to send a sign of life: three may be lost.
    pub fn sign_of_life_every(&self) -> Duration {
        self.ack_wait / 4
    }
}

/// Sends signs of life for as long as it is polled. Only those that the server confirms renew the lease: a plain
/// one says nothing about whether it arrived.
pub(crate) async fn keep(acker: &Acker, lease: &Lease) -> Infallible {
    let every = lease.sign_of_life_every();
    let mut ticks = tokio::time::interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let sent = Instant::now();
        match tokio::time::timeout(every, acker.double_ack_with(AckKind::Progress)).await {
            Ok(Ok(())) => lease.renew(sent),
            Ok(Err(error)) => tracing::debug!(error, "in-progress ack failed"),
            Err(_) => tracing::debug!("in-progress ack not confirmed"),
        }
    }
}

/// Tells the server what became of the delivery. `delay` is when a hand-back comes again.
///
/// Nothing that goes wrong here is an error: without an answer the job comes again after `ack_wait`, and whatever
/// was done is found done.
pub(crate) async fn settle(
    acker: &Acker,
    lease: &Lease,
    verdict: &Verdict,
    delay: Duration,
    metrics: &Metrics,
) {
    match verdict {
        Verdict::Done | Verdict::Failed(_) => {
            if let Err(error) = acker.double_ack().await {
                metrics.acks_unconfirmed.inc();
                tracing::debug!(error, "ack not confirmed: the job may come again and will be found done");
            }
        }
        Verdict::HandBack { .. } | Verdict::Blocked { .. } => {
            if !lease.holds(Instant::now()) {
                tracing::debug!("not handed back: the lease ran out, so another worker may have the job");
                return;
            }
            let delay = (!delay.is_zero()).then_some(delay);
            if let Err(error) = acker.double_ack_with(AckKind::Nak(delay)).await {
                metrics.acks_unconfirmed.inc();
                tracing::debug!(
                    error,
                    "hand-back not confirmed: the job comes again after ack_wait at the latest"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_their_limit() {
        let delays = HandBackDelays { min: Duration::from_secs(1), max: Duration::from_secs(300) };
        let check = |delivered, spread, milliseconds| {
            assert_eq!(
                delays.after(delivered, spread),
                Duration::from_millis(milliseconds),
                "{delivered} {spread}"
            );
        };
        check(0, 0.0, 1_000);
        check(1, 0.0, 1_000);
        check(2, 0.0, 2_000);
        check(9, 0.0, 256_000);
        check(10, 0.0, 300_000);
        check(u64::MAX, 0.0, 300_000);
        check(1, 1.0, 750);
        check(3, 0.5, 3_500);
        check(1, 7.0, 750);
    }

    #[test]
    fn the_spread_spreads() {
        let drawn: Vec<f64> = (0..100).map(|_| spread()).collect();
        assert!(drawn.iter().all(|spread| (0.0..1.0).contains(spread)), "{drawn:?}");
        assert!(drawn.iter().any(|spread| *spread < 0.5) && drawn.iter().any(|spread| *spread >= 0.5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_ends_ack_wait_after_the_last_confirmed_sign_of_life() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let lease = Lease::new(Duration::from_secs(60), start);
        assert!(lease.holds(at(59)));
        assert!(!lease.holds(at(60)));
        lease.renew(at(45));
        assert!(lease.holds(at(104)));
        assert!(!lease.holds(at(105)));
        // A late confirmation of an earlier sign takes nothing back.
        lease.renew(at(30));
        assert!(lease.holds(at(104)));
        assert_eq!(lease.sign_of_life_every(), Duration::from_secs(15));
    }
}
