//! A key-value bucket, opened when it is first used.
//!
//! Called by [`super::profiles`], [`super::replies`] and [`super::quota`].

use std::sync::Arc;

use async_nats::jetstream;
use async_nats::jetstream::kv::{CreateErrorKind, EntryErrorKind, Operation, Store, UpdateErrorKind};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use tokio::sync::OnceCell;

use super::{Kept, StoreError};

/// One bucket.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    jetstream: jetstream::Context,
    bucket: &'static str,
    opened: Arc<OnceCell<Store>>,
}

impl Keys {
    pub(super) fn new(jetstream: &jetstream::Context, bucket: &'static str) -> Self {
        Self { jetstream: jetstream.clone(), bucket, opened: Arc::default() }
    }

    /// The value under `key`. A text that can't be a key has none.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        match self.store().await?.get(key).await {
            Ok(value) => Ok(value),
            Err(error) if error.kind() == EntryErrorKind::InvalidKey => Ok(None),
            Err(error) => Err(StoreError::of(self.what(key), error)),
        }
    }

    /// Writes the value, whatever is there.
    pub(super) async fn put(&self, key: &str, value: Bytes) -> Result<(), StoreError> {
        let put = self.store().await?.put(key, value).await;
        put.map(drop).map_err(|error| StoreError::of_write(self.what(key), error))
    }

    /// Writes the value if there is none, and says whether there was one.
    pub(super) async fn create(&self, key: &str, value: Bytes) -> Result<bool, StoreError> {
        match self.store().await?.create(key, value).await {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == CreateErrorKind::AlreadyExists => Ok(true),
            Err(error) => Err(StoreError::of_write(self.what(key), error)),
        }
    }

    /// What is under `key` with its revision, which a replacement must name, and the server's stamp. The mark that a
    /// deletion leaves is an entry without a value.
    pub(super) async fn entry(&self, key: &str) -> Result<Option<Kept<Option<Bytes>>>, StoreError> {
        let entry = self.store().await?.entry(key).await;
        let entry = entry.map_err(|error| StoreError::of(self.what(key), error))?;
        Ok(entry.map(|entry| Kept {
            value: match entry.operation {
                Operation::Put => Some(entry.value),
                Operation::Delete | Operation::Purge => None,
            },
            sequence: entry.revision,
            stored: entry.created.into(),
        }))
    }

    /// Writes the value if the one at `expected` is still the last, 0 being none, and says whether it was.
    pub(super) async fn replace(&self, key: &str, value: Bytes, expected: u64) -> Result<bool, StoreError> {
        match self.store().await?.update(key, value, expected).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == UpdateErrorKind::WrongLastRevision => Ok(false),
            Err(error) => Err(StoreError::of_write(self.what(key), error)),
        }
    }

    /// Every key.
    pub(super) async fn keys(&self) -> Result<Vec<String>, StoreError> {
        let lost = |error| StoreError::of(format!("bucket {}", self.bucket), error);
        let keys = self.store().await?.keys().await.map_err(|error| lost(async_nats::Error::from(error)))?;
        keys.try_collect().await.map_err(|error| lost(error.into()))
    }

    async fn store(&self) -> Result<&Store, StoreError> {
        let open = || async { self.jetstream.get_key_value(self.bucket).await };
        let opened = self.opened.get_or_try_init(open).await;
        opened.map_err(|error| StoreError::of(format!("bucket {}", self.bucket), error))
    }

    fn what(&self, key: &str) -> String {
        format!("key {key:?} of bucket {}", self.bucket)
    }
}
