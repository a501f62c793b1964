//! Reading and writing the ledger, and the pauses that are read there.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use docmill_chassis::settle::spread;
use docmill_chassis::stores::StoreError;
use tokio::time::Instant;

use super::{CONFLICT_PAUSE, CONFLICTS_MAX, Fleet};
use crate::llm::quota::ledger::Ledger;
use crate::llm::quota::pace::Micros;

/// A pause that is shorter needs no closed gate: the calls that wait for it already keep jobs from being pulled.
const CLOSED_FROM: Duration = Duration::from_secs(1);

impl Fleet {
    /// The ledger, the revision that its replacement must name, and the server's time.
    pub(super) async fn look(&self) -> Result<(Ledger, u64, Micros), StoreError> {
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

    pub(super) async fn write(&self, ledger: &Ledger, revision: u64) -> Result<bool, StoreError> {
        let bytes = serde_json::to_vec(ledger)
            .map_err(|error| StoreError::unreadable("the quota's ledger", error))?;
        let written = self.ledgers.replace(&self.digest, Bytes::from(bytes), revision).await?;
        if written {
            self.desk().written = Instant::now();
        }
        Ok(written)
    }

    /// Stops the whole fleet for so long.
    pub(in super::super) async fn pause(&self, pause: Duration) -> Result<(), StoreError> {
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
}
