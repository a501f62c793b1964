//! The calls of this worker that wait for the quota, in their order, and what it knows of the ledger. Behind one short
//! lock; never held while waiting.

use std::collections::VecDeque;

use docmill_chassis::gate::{Gate, Hold};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Held;
use super::estimate::CallSize;
use super::ledger::{Bought, Settlement};

/// Settlements that wait for the next write. Beyond it the oldest are forgotten, and what was reserved stands.
const SETTLED_MAX: usize = 4_096;

/// A call that waits.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) id: u64,
    pub(super) size: CallSize,
    pub(super) granted: oneshot::Sender<Held>,
}

/// What a worker knows and waits for.
#[derive(Debug)]
pub(super) struct Desk {
    waiting: VecDeque<Waiter>,
    ids: u64,
    /// Starts that were bought and aren't settled.
    pub(super) out: usize,
    settled: VecDeque<Settlement>,
    /// What was bought of the coming slot.
    pub(super) bought: Bought,
    /// When there may be something to buy again.
    pub(super) again: Instant,
    /// When the ledger was last read.
    pub(super) looked: Option<Instant>,
    /// When it was last written.
    pub(super) written: Instant,
    /// The end of the fleet's pause.
    pub(super) paused_until: Option<Instant>,
    /// The end of a day whose money is spent.
    pub(super) capped_until: Option<Instant>,
    /// Keeps this worker from pulling more jobs while its calls wait.
    hold: Option<Hold>,
}

impl Desk {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            waiting: VecDeque::new(),
            ids: 0,
            out: 0,
            settled: VecDeque::new(),
            bought: Bought::default(),
            again: now,
            looked: None,
            written: now,
            paused_until: None,
            capped_until: None,
            hold: None,
        }
    }

    /// A call waits from now on.
    pub(super) fn enter(&mut self, size: CallSize) -> (u64, oneshot::Receiver<Held>) {
        let (granted, receiver) = oneshot::channel();
        self.ids = self.ids.wrapping_add(1);
        self.waiting.push_back(Waiter { id: self.ids, size, granted });
        (self.ids, receiver)
    }

    /// A call waits no more. Takes it out, if it still is there.
    pub(super) fn leave(&mut self, id: u64) -> Option<Waiter> {
        let index = self.waiting.iter().position(|waiter| waiter.id == id)?;
        let waiter = self.waiting.remove(index);
        if self.waiting.is_empty() {
            self.hold = None;
        }
        waiter
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The first calls, as many as may be on the wire besides those that are out.
    pub(super) fn asking(&self, calls_at_once_max: usize) -> Vec<(u64, CallSize)> {
        let room = calls_at_once_max.saturating_sub(self.out);
        self.waiting.iter().take(room).map(|waiter| (waiter.id, waiter.size)).collect()
    }

    /// Nothing was left for those who wait: jobs that would only wait behind them are not pulled.
    pub(super) fn hold(&mut self, gate: &Gate) {
        if self.hold.is_none() && !self.waiting.is_empty() {
            self.hold = Some(gate.hold());
        }
    }

    /// A call ended.
    pub(super) fn settle(&mut self, settlement: Settlement) {
        if self.settled.len() >= SETTLED_MAX {
            self.settled.pop_front();
        }
        self.settled.push_back(settlement);
    }

    /// Whether something is to be settled.
    pub(super) fn has_settled(&self) -> bool {
        !self.settled.is_empty()
    }

    /// What is to be settled with the next write.
    pub(super) fn settled(&self) -> Vec<Settlement> {
        self.settled.iter().copied().collect()
    }

    /// The first so many were written.
    pub(super) fn settled_are_written(&mut self, count: usize) {
        self.settled.drain(..count.min(self.settled.len()));
    }

    /// The first so many were written or not, nobody knows: what gives something back is forgotten, since giving it
    /// back twice would pass the limit; what takes more is kept.
    pub(super) fn settled_are_in_doubt(&mut self, count: usize) {
        let (doubtful, rest): (Vec<_>, Vec<_>) =
            self.settled.drain(..).enumerate().partition(|&(index, _)| index < count);
        let kept = doubtful.into_iter().filter(|(_, settlement)| {
            settlement.used.tokens > settlement.reserved.tokens
                || settlement.used.cost > settlement.reserved.cost
        });
        self.settled = kept.chain(rest).map(|(_, settlement)| settlement).collect();
    }
}
