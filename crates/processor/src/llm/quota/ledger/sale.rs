//! Selling starts: for each call the first moment that every limit allows, or what stands in its way.

use docmill_contract::names::Lane;

use super::super::money::Room;
use super::super::pace::{MINUTE, Micros, Pace, Slot};
use super::shares::Bought;
use super::{Amount, Ledger, Terms};

/// How long writing the ledger may take without making the first start late.
const WRITING: Micros = 5_000;

/// A slot is sold this part of itself more of, at most, to make up for what was reserved too much before.
const RUSH: Micros = 8;

/// Who buys.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Buyer {
    /// Its lane.
    pub(in super::super) lane: Lane,
    /// A number of its own.
    pub(in super::super) worker: u64,
    /// What it bought of the slot that comes.
    pub(in super::super) bought: Bought,
}

/// When a call may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Start {
    /// By the server's clock.
    pub(in super::super) at: Micros,
    /// What was reserved.
    pub(in super::super) reserved: Amount,
}

/// Why a call can't be sold now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Obstacle {
    /// Sold out: there is something to buy again from this moment on.
    SoldOut(Micros),
    /// The fleet pauses until this moment.
    Paused(Micros),
    /// The day's money is spent; the next day begins at this moment.
    CostCap(Micros),
}

/// What was sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Sale {
    /// For the first calls that asked, in their order.
    pub(in super::super) starts: Vec<Start>,
    /// What stands in the way of the others.
    pub(in super::super) obstacle: Option<Obstacle>,
}

impl Ledger {
    /// Sells to one worker, for its waiting calls in their order.
    pub(in super::super) fn sell(
        &mut self,
        terms: &Terms,
        buyer: &mut Buyer,
        calls: &[Amount],
        now: Micros,
    ) -> Sale {
        self.advance(terms, now);
        let mut sale = Sale { starts: Vec::new(), obstacle: None };
        if calls.is_empty() {
            return sale;
        }
        if let Some(until) = self.pause_at(now) {
            sale.obstacle = Some(Obstacle::Paused(until));
            return sale;
        }
        self.askers.entry(Slot::of(now, terms.slot).start).or_default().mark(buyer.lane, buyer.worker);
        for &call in calls {
            match self.sell_one(terms, buyer, call, now) {
                Ok(at) => sale.starts.push(Start { at, reserved: call }),
                Err(obstacle) => {
                    sale.obstacle = Some(obstacle);
                    break;
                }
            }
        }
        sale
    }

    fn sell_one(
        &mut self,
        terms: &Terms,
        buyer: &mut Buyer,
        call: Amount,
        now: Micros,
    ) -> Result<Micros, Obstacle> {
        match terms.cost_per_day.map_or(Room::Yes, |cap| self.day.room(call.cost, cap)) {
            Room::Yes => {}
            Room::NotNow => return Err(Obstacle::SoldOut(now.saturating_add(terms.slot))),
            Room::NotBefore(day) => return Err(Obstacle::CostCap(day)),
        }
        let running = Slot::of(now, terms.slot);
        let coming = running.next();
        let first = self.first_start(terms, now.saturating_add(WRITING));
        let window_is_full = |slot| terms.tokens.is_some_and(|pace| !self.has_room(pace, slot, call.tokens));
        if first < running.end() && !window_is_full(running) {
            self.take(terms, running, call, first, now);
            return Ok(first);
        }
        let first = self.first_start(terms, coming.start.max(now.saturating_add(WRITING)));
        if first >= coming.end() {
            return Err(Obstacle::SoldOut(Slot::of(first, terms.slot).early().max(coming.start)));
        }
        if window_is_full(coming) {
            return Err(Obstacle::SoldOut(coming.start));
        }
        if !buyer.bought.may_grow(terms, coming, self.askers_around(running, buyer.lane)) {
            return Err(Obstacle::SoldOut(coming.start));
        }
        if now < coming.open() {
            let early = self.early.entry(buyer.lane).or_default();
            if !early.has_room(coming) {
                return Err(Obstacle::SoldOut(coming.open()));
            }
            early.take(buyer.lane, terms, coming, call.tokens);
        }
        buyer.bought.take(coming, call);
        self.take(terms, coming, call, first, now);
        Ok(first)
    }

    /// The first moment from `from` on that both paces allow.
    fn first_start(&self, terms: &Terms, from: Micros) -> Micros {
        let from = terms.tokens.map_or(from, |_| from.max(self.tokens_from));
        terms.requests.map_or(from, |pace| pace.position_from(from.max(self.requests_from)))
    }

    fn take(&mut self, terms: &Terms, slot: Slot, call: Amount, at: Micros, now: Micros) {
        self.requests_from = at.saturating_add(1);
        if let Some(pace) = terms.tokens {
            self.tokens_from = at.saturating_add(pace.time_of(call.tokens));
            let used = self.used.entry(slot.start).or_default();
            *used = used.saturating_add(call.tokens);
        }
        self.day.reserve(call.cost, now);
    }

    /// Whether `slot`, and the minute that ends with it, has room for so many tokens. What was given back may be sold
    /// again, but not all at once: a minute later there would be nothing to sell. The last call of a slot may be as
    /// large as it is.
    fn has_room(&self, pace: Pace, slot: Slot, tokens: u64) -> bool {
        let of_slot = self.used.get(&slot.start).copied().unwrap_or_default();
        let most = pace.within(slot.length.saturating_add(slot.length / RUSH)).max(1);
        of_slot < most && self.tokens_of_minute(slot).saturating_add(tokens) <= pace.of_minute()
    }

    /// Tokens of the minute that ends with `slot`.
    fn tokens_of_minute(&self, slot: Slot) -> u64 {
        let counts = |start: Micros| start.saturating_add(MINUTE) > slot.start && start <= slot.start;
        let tokens = self.used.iter().filter(|&(&start, _)| counts(start)).map(|(_, &tokens)| tokens);
        tokens.fold(0, u64::saturating_add)
    }

    /// About how many workers ask: in the slot that runs, of which not all may have come, and in the one before.
    fn askers_around(&self, running: Slot, lane: Lane) -> u64 {
        let count = |start: Micros| self.askers.get(&start).map_or(0, |askers| askers.count(lane));
        count(running.start).max(count(running.start.saturating_sub(running.length)))
    }
}
