//! Requests that fail while others are answered: one bad document must neither stop a worker nor come back for ever.
//!
//! Asked by [`client`](super::client) after every call. A server that falls over one page answers 5xx to it each time
//! and to nothing else. As long as nothing else is answered either, that can't be told from a server that is down, and
//! the circuit opens. Once others are answered, the request is a suspect: its failures no longer open the circuit, and
//! after [`STRIKES_MAX`] of them the document fails.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use docmill_contract::identity::Sha256Hex;
use tokio::time::Instant;

use super::classify::LlmError;
use super::{Reply, Request};

/// Failures that make a request's fault certain, beside the first. Where a fifth of all calls fail at random, a request
/// meets this many in a row (with two further attempts each) less than once in a hundred million times.
const STRIKES_MAX: u32 = 4;

/// Failures nearer to each other than this are one: they may have one cause that passes.
const STRIKE_SPACING: Duration = Duration::from_secs(2);

/// A failure only counts where so many times more of the others' calls were answered than failed since the last one:
/// while an endpoint fails for everybody, nobody is a suspect.
const ANSWERED_PER_FAILED_MIN: u64 = 3;

/// Suspects that are remembered; beyond that the one that was seen last the longest ago is forgotten.
const SUSPECTS_MAX: usize = 1_000;

/// What this worker has seen of requests that failed.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Calls that were answered, and that failed in a way that may be the request's fault.
    answered: u64,
    failed: u64,
    suspects: HashMap<Sha256Hex, Suspect>,
}

#[derive(Debug)]
struct Suspect {
    strikes: u32,
    last_seen: Instant,
    /// At the last strike: when it was, and what had been counted.
    struck_at: Instant,
    answered_before: u64,
    failed_before: u64,
    /// Failures of this request since then.
    own_failed: u64,
}

impl Suspects {
    /// What became of a call, in the light of what became of earlier ones.
    pub(super) fn judge(
        &self,
        request: &Request,
        result: Result<Reply, LlmError>,
    ) -> Result<Reply, LlmError> {
        // Digesting a question with its images takes a moment, so the lock is not held meanwhile.
        match result {
            Err(error) if error.may_be_the_requests_fault() => {
                let key = key(request);
                Err(self.locked().failed(key, error))
            }
            Ok(reply) => {
                // While there are no suspects there is nothing to clear, and nothing to digest.
                if self.locked().answered() {
                    let key = key(request);
                    self.locked().suspects.remove(&key);
                }
                Ok(reply)
            }
            Err(error) => Err(error),
        }
    }

    fn locked(&self) -> MutexGuard<'_, Seen> {
        // Counts that a panic left behind are good enough to go on with.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// Counts an answer; says whether there are suspects.
    fn answered(&mut self) -> bool {
        self.answered += 1;
        !self.suspects.is_empty()
    }

    fn failed(&mut self, key: Sha256Hex, error: LlmError) -> LlmError {
        self.failed += 1;
        let (answered, failed, now) = (self.answered, self.failed, Instant::now());
        if !self.suspects.contains_key(&key) && self.suspects.len() >= SUSPECTS_MAX {
            self.forget_the_oldest();
        }
        let suspect = self.suspects.entry(key.clone()).or_insert_with(|| Suspect::new(answered, failed, now));
        suspect.failed(answered, failed, now);
        let (strikes, source) = (suspect.strikes, Box::new(error));
        match strikes {
            0 => *source,
            1..STRIKES_MAX => LlmError::Suspect { strikes, source },
            STRIKES_MAX.. => {
                self.suspects.remove(&key);
                LlmError::AlwaysFails { strikes, source }
            }
        }
    }

    fn forget_the_oldest(&mut self) {
        let oldest = self.suspects.iter().min_by_key(|(_, suspect)| suspect.last_seen);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.suspects.remove(&key);
        }
    }
}

impl Suspect {
    /// A request that fails for the first time; that failure is counted in `failed`.
    fn new(answered: u64, failed: u64, now: Instant) -> Self {
        Self {
            strikes: 0,
            last_seen: now,
            struck_at: now,
            answered_before: answered,
            // Its own first failure is counted by `failed` below, like every one.
            failed_before: failed.saturating_sub(1),
            own_failed: 0,
        }
    }

    fn failed(&mut self, answered: u64, failed: u64, now: Instant) {
        self.last_seen = now;
        self.own_failed += 1;
        let others_answered = answered.saturating_sub(self.answered_before);
        let others_failed = failed.saturating_sub(self.failed_before).saturating_sub(self.own_failed);
        let others_fare_well =
            others_answered >= 1.max(others_failed.saturating_mul(ANSWERED_PER_FAILED_MIN));
        if others_fare_well && now.duration_since(self.struck_at) >= STRIKE_SPACING {
            let strikes = self.strikes + 1;
            *self =
                Self { strikes, own_failed: 0, failed_before: failed, ..Self::new(answered, failed, now) };
        }
    }
}

/// What the request is: the same question about the same images.
fn key(request: &Request) -> Sha256Hex {
    let texts: Vec<_> = request.prompt.messages.iter().map(|message| message.content.as_str()).collect();
    let images: Vec<_> = request.images.iter().map(|image| Sha256Hex::of(&image.0.bytes)).collect();
    Sha256Hex::of_json(&serde_json::json!([texts, images, request.reply_tokens_max]))
}

#[cfg(test)]
mod tests;
