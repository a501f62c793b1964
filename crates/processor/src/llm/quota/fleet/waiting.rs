//! A call's way through the quota: it waits in line, perhaps buys for all, and then waits for its start.

use std::sync::Arc;
use std::time::Duration;

use docmill_chassis::settle::spread;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Fleet;
use crate::llm::quota::estimate::CallSize;
use crate::llm::quota::ledger::{Obstacle, Start};
use crate::llm::quota::{Held, QuotaError};

/// How long NATS may not answer before calls are given up.
const NATS_PATIENCE: Duration = Duration::from_secs(10);

/// The pause after NATS didn't answer.
const NATS_PAUSE: Duration = Duration::from_millis(250);

/// A ledger that was read this long ago may have been paused since: it is read again before a call begins.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A start that is this late is lost: the call would fall into later ones' time. Half of what limits leave room for.
const LATE_MAX: Duration = Duration::from_secs(1);

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
    pub(in super::super) async fn wait_for_start(
        self: &Arc<Self>,
        size: CallSize,
        deadline: Instant,
    ) -> Result<Held, QuotaError> {
        let (id, mut granted) = self.desk().enter(size);
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
            // Another one buys, and doesn't get enough for all: somebody else may have this job at once.
            () = self.gate.draining() => Err(QuotaError::Draining),
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
            tokio::select! {
                biased;
                () = self.until_there_is_something() => {}
                () = self.gate.draining() => return Err(QuotaError::Draining),
            }
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

    /// Waits for a start that was bought, and says whether the call may begin.
    pub(in super::super) async fn may_begin(&self, start: &Start) -> bool {
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
}
