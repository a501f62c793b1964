//! Buying from the fleet's ledger for the calls that wait in this worker.
//!
//! There is no task in the background: one of the waiting calls buys for all of them, and if it is given up another
//! takes its place. Whatever is lost in between, be it the call, the worker or NATS, loses starts that were bought and not used.

mod book;
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use docmill_chassis::gate::Gate;
use docmill_chassis::settle::spread;
use docmill_chassis::stores::{QuotaLedgers, StoreError};
use docmill_contract::names::Lane;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Held;
use super::desk::Desk;
use super::estimate::{CallSize, Experience};
use super::ledger::{Amount, Buyer, Obstacle, Sale, Terms};
use super::metrics::QuotaMetrics;
use super::pace::Pace;
use super::server_clock::ServerClock;
use crate::tally::Prices;

/// How often one write is tried against other workers' before they are let go first.
const CONFLICTS_MAX: u32 = 6;

/// The longest pause after the first conflict; it doubles with each further one.
const CONFLICT_PAUSE: Duration = Duration::from_millis(8);

/// One quota, as one worker sees it.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) terms: Terms,
    /// The ledger's key.
    pub(super) digest: String,
    /// Provider, tenant and model, for people who look into the bucket.
    pub(super) of: Vec<String>,
    pub(super) lane: Lane,
    /// A number that hardly another worker has.
    pub(super) worker: u64,
    pub(super) ledgers: QuotaLedgers,
    pub(super) gate: Gate,
    pub(super) metrics: QuotaMetrics,
    pub(super) prices: Option<Prices>,
    /// Calls of this worker on the wire; more starts than that would come too late.
    pub(super) calls_at_once_max: usize,
    pub(super) desk: Mutex<Desk>,
    pub(super) clock: Mutex<ServerClock>,
    pub(super) experience: Mutex<Experience>,
    /// Held by the call that buys.
    pub(super) buying: tokio::sync::Mutex<()>,
    /// A call ended.
    pub(super) freed: Notify,
}

impl Fleet {
    /// Reads the ledger, settles and buys, and writes it back; again where another worker was faster.
    pub(super) async fn round(self: &Arc<Self>) -> Result<Option<Obstacle>, StoreError> {
        for attempt in 0..CONFLICTS_MAX {
            let (mut ledger, revision, now) = self.look().await?;
            let (asking, settled, bought) = {
                let desk = self.desk();
                (desk.asking(self.calls_at_once_max), desk.settled(), desk.bought)
            };
            let mut buyer = Buyer { lane: self.lane, worker: self.worker, bought };
            ledger.advance(&self.terms, now);
            let before = ledger.clone();
            for settlement in &settled {
                ledger.settle(&self.terms, settlement, now);
            }
            // By what is known now, which may be more than when they came.
            let amounts: Vec<Amount> =
                asking.iter().map(|&(_, size)| self.expect(ledger.experience(), size)).collect();
            let sale = ledger.sell(&self.terms, &mut buyer, &amounts, now);
            let obstacle = sale.obstacle;
            let written = if ledger == before { Ok(true) } else { self.write(&ledger, revision).await };
            match written {
                Ok(true) => {
                    self.desk().settled_are_written(settled.len());
                    self.desk().bought = buyer.bought;
                    self.hand_out(asking.into_iter().map(|(id, _)| id), sale);
                    self.metrics.cost_today(ledger.cost_of_day());
                    self.experience().clone_from(ledger.experience());
                    return Ok(obstacle);
                }
                Ok(false) => {
                    self.metrics.conflict();
                    tokio::time::sleep((CONFLICT_PAUSE * 2_u32.pow(attempt)).mul_f64(spread())).await;
                }
                Err(error) => {
                    self.desk().settled_are_in_doubt(settled.len());
                    return Err(error);
                }
            }
        }
        self.desk().again = Instant::now() + Duration::from_millis(200).mul_f64(spread());
        Ok(None)
    }

    /// What a call is expected to take. That earlier replies were long is no reason to refuse it: this one's is settled.
    fn expect(&self, experience: &Experience, size: CallSize) -> Amount {
        let amount = experience.expect(size, self.prices.as_ref());
        let most = self.terms.tokens.map_or(u64::MAX, Pace::of_minute);
        Amount { tokens: amount.tokens.min(most), ..amount }
    }

    /// Gives what was bought to those it was bought for. What nobody waits for any more goes back when it is dropped.
    fn hand_out(self: &Arc<Self>, ids: impl Iterator<Item = u64>, sale: Sale) {
        let now = Instant::now();
        let mut given = Vec::new();
        let mut desk = self.desk();
        for (id, start) in ids.zip(sale.starts) {
            desk.out += 1;
            match desk.leave(id) {
                Some(waiter) => given.push((Held::new(self, start, waiter.size), Some(waiter.granted))),
                None => given.push((Held::new(self, start, CallSize::NONE), None)),
            }
        }
        let moment = |at| self.clock().moment(at, now);
        match sale.obstacle {
            None => desk.again = now,
            Some(Obstacle::SoldOut(at)) => {
                desk.again = moment(at) + self.slot().mul_f64(spread() / 10.0);
                desk.hold(&self.gate);
            }
            Some(Obstacle::Paused(until)) => {
                desk.again = moment(until) + self.slot().mul_f64(spread() / 10.0);
                desk.hold(&self.gate);
            }
            Some(Obstacle::CostCap(until)) => desk.again = self.capped(&mut desk, moment(until)),
        }
        if sale.obstacle.is_none() {
            self.metrics.capped(false);
            desk.capped_until = None;
        }
        let waiting = desk.waiting();
        drop(desk);
        self.metrics.waiting(waiting);
        for (held, granted) in given {
            // A call that was given up meanwhile drops the start, which goes back.
            if let Some(granted) = granted {
                drop(granted.send(held));
            }
        }
    }

    /// The day's money is spent: nothing is pulled until the day ends, which is said once.
    fn capped(&self, desk: &mut Desk, until: Instant) -> Instant {
        let now = Instant::now();
        if desk.capped_until.is_none_or(|known| known <= now) {
            desk.capped_until = Some(until);
            self.metrics.capped(true);
            self.gate.close(
                until.saturating_duration_since(now),
                "the day's LLM spending reached llm.quota.cost_per_day",
            );
        }
        // Calls that wait learn of it one after the other.
        now
    }

    /// Writes settlements that waited for a whole slot, or that would wait for who knows how long since no call is
    /// left here; unless a waiting call is about to.
    pub(super) async fn flush(self: &Arc<Self>) {
        let is_due = {
            let desk = self.desk();
            let is_idle = desk.out == 0 && desk.waiting() == 0;
            desk.has_settled() && (is_idle || desk.written.elapsed() >= self.slot())
        };
        if !is_due {
            return;
        }
        let Ok(_buying) = self.buying.try_lock() else { return };
        if let Err(error) = self.round().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "calls can't be settled yet");
        }
    }

    /// The money of the day is spent, as was seen before.
    pub(super) fn is_capped(&self) -> bool {
        self.desk().capped_until.is_some_and(|until| until > Instant::now())
    }

    fn slot(&self) -> Duration {
        Duration::from_micros(self.terms.slot)
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clock(&self) -> MutexGuard<'_, ServerClock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn experience(&self) -> MutexGuard<'_, Experience> {
        self.experience.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
