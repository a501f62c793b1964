//! Ledgers of the fleet's LLM quotas, in the KV `docmill-quota`: one small entry for each endpoint and model, one for
//! what each collection has spent, both replaced by compare-and-swap, and the server's clock.
//!
//! Called by the processor, which alone knows what is in a ledger. Nothing here counts or waits.

use std::time::SystemTime;

use async_nats::jetstream;
use bytes::Bytes;
use docmill_contract::names::BUCKET_QUOTA;

use super::keys::Keys;
use super::{Kept, StoreError};

/// The entry that is written only to learn the server's stamp of it.
const CLOCK_KEY: &str = "clock";

/// Ledgers by the digest of what they are of. Clones share the bucket.
#[derive(Debug, Clone)]
pub struct QuotaLedgers(Keys);

impl QuotaLedgers {
    pub(super) fn new(jetstream: &jetstream::Context) -> Self {
        Self(Keys::new(jetstream, BUCKET_QUOTA))
    }

    /// The ledger under `digest`, with the revision that a replacement must name. A deleted one has no value.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn get(&self, digest: &str) -> Result<Option<Kept<Option<Bytes>>>, StoreError> {
        self.0.entry(&key(digest)).await
    }

    /// Replaces the ledger if the one at `expected` is still the last (0: none), and says whether it was.
    ///
    /// # Errors
    /// If the bucket is absent or full, or NATS doesn't answer. The ledger may have been replaced all the same.
    pub async fn replace(&self, digest: &str, ledger: Bytes, expected: u64) -> Result<bool, StoreError> {
        self.0.replace(&key(digest), ledger, expected).await
    }

    /// The entry of what a collection has spent, as [`Self::get`].
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn spend(&self, digest: &str) -> Result<Option<Kept<Option<Bytes>>>, StoreError> {
        self.0.entry(&spend_key(digest)).await
    }

    /// Replaces the entry of what a collection has spent, as [`Self::replace`].
    ///
    /// # Errors
    /// If the bucket is absent or full, or NATS doesn't answer. The entry may have been replaced all the same.
    pub async fn replace_spend(&self, digest: &str, spend: Bytes, expected: u64) -> Result<bool, StoreError> {
        self.0.replace(&spend_key(digest), spend, expected).await
    }

    /// A stamp that the server made between this call and its return.
    ///
    /// # Errors
    /// If the bucket is absent or full, or NATS doesn't answer.
    pub async fn server_time(&self) -> Result<SystemTime, StoreError> {
        self.0.put(CLOCK_KEY, Bytes::new()).await?;
        // Whoever wrote last: it was not before our own write.
        let entry = self.0.entry(CLOCK_KEY).await?;
        let entry = entry.ok_or_else(|| StoreError::NotFound { what: "the quota's clock".to_owned() })?;
        Ok(entry.stored)
    }
}

fn key(digest: &str) -> String {
    format!("ledger.{digest}")
}

fn spend_key(digest: &str) -> String {
    format!("spend.{digest}")
}
