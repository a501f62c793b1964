//! One LLM quota for the whole fleet: requests and tokens a minute and money a day, for each endpoint and model.
//!
//! `ask` calls [`Quota::reserve`] before a call and [`Grant::settle`] after it, and [`Quota::pause`] when the endpoint
//! says when to come back. What the fleet has used is in the KV `docmill-quota`; `ledger` is the arithmetic, `fleet` the
//! reading and writing. Without a quota nothing is read, written or waited for.

mod desk;
mod estimate;
mod fleet;
mod ledger;
mod metrics;
mod money;
mod pace;
mod server_clock;
#[cfg(test)]
mod simulation;

use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use docmill_chassis::gate::Gate;
use docmill_chassis::stores::{QuotaLedgers, StoreError};
use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::Lane;
use rust_decimal::Decimal;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::{EndpointIdentity, LlmError, Reply, Treatment};
use crate::tally::Prices;

use desk::Desk;
use estimate::Seen;
use fleet::Fleet;
use ledger::{Amount, Settlement, Start, Terms};
use pace::{Micros, Pace};

pub use estimate::CallSize;
pub use metrics::QuotaMetrics;

/// How long a call in flight waits for the quota before its job is handed back: as long as a slow call takes.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// How long this worker pulls nothing after a call waited in vain.
const EXHAUSTED_PAUSE: Duration = Duration::from_secs(10);

/// When a job comes again that met the day's cap; the closed gate keeps it waiting for longer.
const CAPPED_PAUSE: Duration = Duration::from_secs(60);

/// What the operator allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaSettings {
    /// Requests a minute.
    pub requests_per_minute: Option<NonZeroU64>,
    /// Tokens a minute, sent and received.
    pub tokens_per_minute: Option<NonZeroU64>,
    /// Money a day (UTC), in the currency of the prices.
    pub cost_per_day: Option<Decimal>,
    /// How much of the quota is sold at once: a lost worker loses no more.
    pub slot: Duration,
}

/// What a quota is mounted on.
#[derive(Debug)]
pub struct QuotaParts {
    /// Whose quota it is.
    pub identity: EndpointIdentity,
    /// The lane of this worker.
    pub lane: Lane,
    /// Where the fleet's ledger is.
    pub ledgers: QuotaLedgers,
    /// Keeps this worker from pulling.
    pub gate: Gate,
    /// What is counted.
    pub metrics: QuotaMetrics,
    /// What tokens cost.
    pub prices: Option<Prices>,
    /// Calls of this worker at once.
    pub calls_at_once_max: usize,
}

/// Why a call may not be made now.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// The call's prompt alone is more than a minute's tokens.
    #[error(
        "the call's prompt has about {tokens} tokens, and llm.quota.tokens_per_minute allows {tokens_per_minute}: raise it, or lower `llm.chunk_tokens_max`"
    )]
    TooLarge {
        /// What the prompt is expected to take.
        tokens: u64,
        /// The limit.
        tokens_per_minute: u64,
    },
    /// It waited as long as a call may.
    #[error("the fleet's LLM quota had no room for the call within {} s", WAIT_MAX.as_secs())]
    Exhausted,
    /// The endpoint said when to come back, and that is later than a call may wait.
    #[error("the LLM endpoint told the fleet to wait {} s", pause.as_secs())]
    Paused {
        /// How long from now.
        pause: Duration,
    },
    /// The day's money is spent.
    #[error("the day's LLM spending reached llm.quota.cost_per_day")]
    CostCap,
    /// This worker is about to end, and the call would have to wait.
    #[error("the worker drains, and the fleet's LLM quota has no room for the call now")]
    Draining,
    /// The ledger can't be had.
    #[error("the fleet's LLM quota can't be read or written")]
    Store(#[source] StoreError),
}

impl QuotaError {
    /// When the job should come back; `None` grows with its deliveries.
    pub fn pause(&self) -> Option<Duration> {
        match self {
            Self::Exhausted => Some(EXHAUSTED_PAUSE),
            Self::Paused { pause } => Some(*pause),
            Self::CostCap => Some(CAPPED_PAUSE),
            Self::Draining => Some(Duration::ZERO),
            Self::TooLarge { .. } | Self::Store(_) => None,
        }
    }
}

/// The fleet's quota, or none. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Quota(Option<Arc<Fleet>>);

impl Quota {
    /// The quota that the settings name, or none. Asks nothing of NATS.
    pub fn new(settings: Option<&QuotaSettings>, parts: QuotaParts) -> Self {
        let Some(settings) = settings else { return Self(None) };
        let QuotaParts { identity, lane, ledgers, gate, metrics, prices, calls_at_once_max } = parts;
        let terms = Terms {
            requests: settings.requests_per_minute.map(Pace::per_minute),
            tokens: settings.tokens_per_minute.map(Pace::per_minute),
            cost_per_day: settings.cost_per_day.map(money::nanos),
            slot: Micros::try_from(settings.slot.as_micros()).unwrap_or(Micros::MAX),
        };
        Self(Some(Arc::new(Fleet {
            terms,
            digest: Sha256Hex::of_json(&serde_json::json!(identity)).as_str().to_owned(),
            of: vec![identity.provider, identity.endpoint, identity.model],
            lane,
            worker: worker_number(),
            ledgers,
            gate,
            metrics,
            prices,
            calls_at_once_max: calls_at_once_max.max(1),
            desk: Mutex::new(Desk::new(Instant::now())),
            clock: Mutex::default(),
            experience: Mutex::default(),
            buying: tokio::sync::Mutex::default(),
            freed: Notify::new(),
        })))
    }

    /// Waits until the fleet's quota has room for a call, and until its turn has come. No permit of the endpoint
    /// is held meanwhile. While the worker drains, what isn't to be had at once isn't waited for. Cancel-safe: what was bought for a call that is given up goes back.
    ///
    /// # Errors
    /// [`QuotaError`], at the latest after two minutes.
    pub async fn reserve(&self, size: CallSize) -> Result<Grant, QuotaError> {
        let Some(fleet) = &self.0 else { return Ok(Grant(None)) };
        let prompt = fleet.experience().prompt_tokens(size);
        if let Some(pace) = fleet.terms.tokens.filter(|pace| prompt > pace.limit()) {
            return Err(QuotaError::TooLarge { tokens: prompt, tokens_per_minute: pace.limit() });
        }
        if fleet.is_capped() {
            return Err(QuotaError::CostCap);
        }
        let began = Instant::now();
        let deadline = began + WAIT_MAX;
        loop {
            let waited = Box::pin(fleet.wait_for_start(size, deadline)).await;
            let mut held = waited.inspect_err(|error| {
                if matches!(error, QuotaError::Exhausted) && fleet.gate.closed_until().is_none() {
                    fleet.gate.close(EXHAUSTED_PAUSE, "the fleet's LLM quota is used up");
                }
            })?;
            if fleet.may_begin(&held.start).await {
                held.has_begun = true;
                fleet.metrics.granted(began.elapsed());
                return Ok(Grant(Some(held)));
            }
        }
    }

    /// The endpoint said when to come back: the whole fleet waits. Where NATS doesn't answer only this worker knows.
    pub async fn pause(&self, pause: Duration) {
        let Some(fleet) = &self.0 else { return };
        if let Err(error) = fleet.pause(pause).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the fleet can't be told to pause");
        }
    }
}

/// Leave to make one call.
#[derive(Debug)]
#[must_use = "a call that isn't settled counts with all that was reserved for it"]
pub struct Grant(Option<Held>);

impl Grant {
    /// Says what became of the call, and with that what it took.
    pub async fn settle(self, result: Result<&Reply, &LlmError>) {
        let Some(held) = self.0 else { return };
        let fleet = Arc::clone(&held.fleet);
        held.end(result);
        fleet.flush().await;
    }
}

/// A start that was bought. Dropped before the call began, it gives everything back but the start itself.
#[derive(Debug)]
struct Held {
    fleet: Arc<Fleet>,
    start: Start,
    size: CallSize,
    has_begun: bool,
    used: Option<Amount>,
    seen: Option<Seen>,
}

impl Held {
    fn new(fleet: &Arc<Fleet>, start: Start, size: CallSize) -> Self {
        Self { fleet: Arc::clone(fleet), start, size, has_begun: false, used: None, seen: None }
    }

    fn end(mut self, result: Result<&Reply, &LlmError>) {
        let prices = self.fleet.prices.as_ref();
        self.used = Some(match result {
            Ok(reply) => {
                let (prompt, completion) = (reply.prompt_tokens, reply.completion_tokens);
                self.seen = Some(Seen { estimated: self.size.prompt_tokens, prompt, reply: completion });
                let tokens = prompt.saturating_add(completion);
                // An endpoint that doesn't count its tokens has used some all the same.
                let tokens = if tokens == 0 { self.start.reserved.tokens } else { tokens };
                Amount { tokens, cost: money::cost(prices, prompt, completion) }
            }
            Err(error) => match error.treatment() {
                // Turned away before any work was done.
                Treatment::PauseFor(_)
                | Treatment::Operator
                | Treatment::AskForLess
                | Treatment::AskSimpler => Amount::default(),
                // It may have been worked on, and paid for.
                Treatment::RetrySoon | Treatment::Give(_) => Amount {
                    tokens: self.start.reserved.tokens,
                    cost: self.fleet.experience().likely_cost(self.size, prices),
                },
            },
        });
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let reserved = self.start.reserved;
        let unused = if self.has_begun { reserved } else { Amount::default() };
        let used = self.used.unwrap_or(unused);
        {
            let mut desk = self.fleet.desk();
            desk.out = desk.out.saturating_sub(1);
            if self.fleet.terms.needs_settling() {
                desk.settle(Settlement { start: self.start.at, reserved, used, seen: self.seen });
            }
        }
        self.fleet.freed.notify_one();
    }
}

/// A number for this process that hardly another one has.
fn worker_number() -> u64 {
    use std::hash::BuildHasher as _;
    // A RandomState is seeded by the system.
    std::hash::RandomState::new().hash_one(std::process::id())
}
