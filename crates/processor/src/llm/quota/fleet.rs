//! Buying from the fleet's ledger for the calls that wait in this worker.
//!
//! There is no task in the background: one of the waiting calls buys for all of them, and if it is given up another
//! takes its place. Whatever is lost in between, be it the call, the worker or NATS, loses starts that were bought and not used.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use docmill_chassis::gate::Gate;
use docmill_chassis::settle::spread;
use docmill_chassis::stores::{QuotaLedgers, StoreError};
use docmill_contract::names::Lane;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use super::desk::Desk;
use super::estimate::{CallSize, Experience};
use super::ledger::{Amount, Buyer, Ledger, Obstacle, Sale, Start, Terms};
use super::metrics::QuotaMetrics;
use super::pace::Micros;
use super::server_clock::ServerClock;
use super::{Held, QuotaError};
use crate::tally::Prices;

/// How often one write is tried against other workers' before they are let go first.
const CONFLICTS_MAX: u32 = 6;

/// The longest pause after the first conflict; it doubles with each further one.
const CONFLICT_PAUSE: Duration = Duration::from_millis(8);

/// How long NATS may not answer before calls are given up.
const NATS_PATIENCE: Duration = Duration::from_secs(10);

/// The pause after NATS didn't answer.
const NATS_PAUSE: Duration = Duration::from_millis(250);

/// A ledger that was read this long ago may have been paused since: it is read again before a call begins.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A start that is this late is lost: the call would fall into later ones' time. Half of what limits leave room for.
const LATE_MAX: Duration = Duration::from_secs(1);

/// A pause that is shorter needs no closed gate: the calls that wait for it already keep jobs from being pulled.
const CLOSED_FROM: Duration = Duration::from_secs(1);

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

/// Takes a call out of those that wait, whatever ends it.
struct Place<'a>(&'a Fleet, u64);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let waiting = {
            let mut desk = self.0.desk();
            drop(desk.leave(self.1));
            desk.waiting()
        };
        self.0.metrics.waiting(waiting);
    }
}

impl Fleet {
    /// Waits in line until a start was bought for the call.
    pub(super) async fn wait_for_start(
        self: &Arc<Self>,
        size: CallSize,
        amount: Amount,
        deadline: Instant,
    ) -> Result<Held, QuotaError> {
        let (id, mut granted) = self.desk().enter(size, amount);
        let _place = Place(self, id);
        self.metrics.waiting(self.desk().waiting());
        tokio::select! {
            biased;
            Ok(held) = &mut granted => Ok(held),
            () = tokio::time::sleep_until(deadline) => Err(QuotaError::Exhausted),
            _buying = self.buying.lock() => {
                let bought = tokio::time::timeout_at(deadline, self.buy(&mut granted, deadline)).await;
                bought.unwrap_or(Err(QuotaError::Exhausted))
            }
        }
    }

    /// Buys for all that wait, until this call has its start.
    async fn buy(
        self: &Arc<Self>,
        granted: &mut oneshot::Receiver<Held>,
        deadline: Instant,
    ) -> Result<Held, QuotaError> {
        let mut trouble_since = None;
        loop {
            if let Ok(held) = granted.try_recv() {
                return Ok(held);
            }
            self.until_there_is_something().await;
            match self.round().await {
                Ok(Some(Obstacle::CostCap(_))) => return Err(QuotaError::CostCap),
                Ok(Some(Obstacle::Paused(until))) => {
                    let until = self.clock().moment(until, Instant::now());
                    if until > deadline {
                        return Err(QuotaError::Paused { pause: until - Instant::now() });
                    }
                    trouble_since = None;
                }
                Ok(Some(Obstacle::SoldOut(_)) | None) => trouble_since = None,
                Err(error) => {
                    let since = *trouble_since.get_or_insert_with(Instant::now);
                    if !error.is_passing() || since.elapsed() >= NATS_PATIENCE {
                        return Err(QuotaError::Store(error));
                    }
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        "the quota's ledger can't be had"
                    );
                    self.desk().again = Instant::now() + NATS_PAUSE.mul_f64(1.0 + spread());
                }
            }
        }
    }

    /// Waits until a call more may be on the wire and the ledger may have something to sell.
    async fn until_there_is_something(&self) {
        loop {
            let (out, again) = {
                let desk = self.desk();
                (desk.out, desk.again)
            };
            if out < self.calls_at_once_max {
                return tokio::time::sleep_until(again).await;
            }
            self.freed.notified().await;
        }
    }

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
            let amounts: Vec<Amount> = asking.iter().map(|&(_, amount)| amount).collect();
            let sale = ledger.sell(&self.terms, &mut buyer, &amounts, now);
            let obstacle = sale.obstacle;
            let written = if ledger == before { Ok(true) } else { self.write(&ledger, revision).await };
            match written {
                Ok(true) => {
                    self.desk().settled_are_written(settled.len());
                    self.desk().bought = buyer.bought;
                    self.hand_out(asking.into_iter().map(|(id, _)| id), sale);
                    self.metrics.cost_today(ledger.cost_of_day());
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

    /// The ledger, the revision that its replacement must name, and the server's time.
    async fn look(&self) -> Result<(Ledger, u64, Micros), StoreError> {
        let began = Instant::now();
        if self.clock().is_due(began) {
            let stamp = self.ledgers.server_time().await?;
            let stamp = stamp.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
            self.clock().learn(began, Instant::now(), Micros::try_from(stamp).unwrap_or(Micros::MAX));
        }
        let kept = self.ledgers.get(&self.digest).await?;
        let revision = kept.as_ref().map_or(0, |kept| kept.sequence);
        let mut ledger = match kept.and_then(|kept| kept.value) {
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|error| {
                tracing::error!(%error, "the quota's ledger can't be read: it begins anew");
                Ledger::default()
            }),
            None => Ledger::default(),
        };
        ledger.of.clone_from(&self.of);
        // A stamp was learned above, or an error returned.
        let now = self.clock().at(Instant::now()).unwrap_or_default();
        self.desk().looked = Some(Instant::now());
        self.note_pause(&ledger, now);
        Ok((ledger, revision, now))
    }

    async fn write(&self, ledger: &Ledger, revision: u64) -> Result<bool, StoreError> {
        let bytes = serde_json::to_vec(ledger)
            .map_err(|error| StoreError::unreadable("the quota's ledger", error))?;
        let written = self.ledgers.replace(&self.digest, Bytes::from(bytes), revision).await?;
        if written {
            self.desk().written = Instant::now();
        }
        Ok(written)
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

    /// Stops the whole fleet for so long.
    pub(super) async fn pause(&self, pause: Duration) -> Result<(), StoreError> {
        let pause = Micros::try_from(pause.as_micros()).unwrap_or(Micros::MAX);
        for attempt in 0..CONFLICTS_MAX {
            let (mut ledger, revision, now) = self.look().await?;
            let before = ledger.clone();
            ledger.pause(now.saturating_add(pause), now);
            self.note_pause(&ledger, now);
            // A pause that goes on as long already is as good.
            if ledger == before || self.write(&ledger, revision).await? {
                return Ok(());
            }
            self.metrics.conflict();
            tokio::time::sleep((CONFLICT_PAUSE * 2_u32.pow(attempt)).mul_f64(spread())).await;
        }
        Err(StoreError::unavailable("the quota's ledger", "other workers were always faster"))
    }

    /// Remembers a pause, and closes the gate for it.
    fn note_pause(&self, ledger: &Ledger, server_now: Micros) {
        let now = Instant::now();
        let until = ledger.pause_at(server_now).map(|until| self.clock().moment(until, now));
        self.metrics.paused(until.is_some());
        let known = std::mem::replace(&mut self.desk().paused_until, until);
        let is_new = |until: Instant| known.is_none_or(|known| until > known + CLOSED_FROM);
        if let Some(until) = until.filter(|&until| is_new(until) && until > now + CLOSED_FROM) {
            self.gate.close(until - now, "the LLM endpoint told the fleet to wait");
        }
    }

    /// Waits for a start that was bought, and says whether the call may begin.
    pub(super) async fn may_begin(&self, start: &Start) -> bool {
        let planned = self.clock().moment(start.at, Instant::now());
        tokio::time::sleep_until(planned).await;
        let looked = self.desk().looked;
        if looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY)
            && let Err(error) = self.look().await
        {
            // Not the endpoint's trouble: the start is ours.
            tracing::debug!(error = &error as &dyn std::error::Error, "the quota's ledger can't be had");
        }
        let now = Instant::now();
        let is_paused = self.desk().paused_until.is_some_and(|until| until > now);
        let may = !is_paused && now <= planned + LATE_MAX;
        if !may {
            self.metrics.lost();
        }
        may
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
