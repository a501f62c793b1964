//! Validated replies of LLMs, in the KV `docmill-replies`: cache and checkpoint in one.

use async_nats::jetstream;
use bytes::Bytes;
use docmill_contract::names::{BUCKET_REPLIES, MESSAGE_BYTES_MAX};

use super::StoreError;
use super::keys::Keys;

/// Validated replies, under the digest of everything that shaped them. Clones share the bucket.
#[derive(Debug, Clone)]
pub struct Replies(Keys);

impl Replies {
    pub(super) fn new(jetstream: &jetstream::Context) -> Self {
        Self(Keys::new(jetstream, BUCKET_REPLIES))
    }

    /// The reply under `key`.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        self.0.get(key).await
    }

    /// Keeps a reply, unless there is one, and says whether there was. One that is too large for a message is not
    /// kept: it would be asked for again, which costs money but nothing else.
    ///
    /// # Errors
    /// If the key can't be one, the bucket is absent, or NATS doesn't answer.
    pub async fn put(&self, key: &str, reply: &[u8]) -> Result<bool, StoreError> {
        if reply.len() > MESSAGE_BYTES_MAX {
            tracing::warn!(bytes = reply.len(), "a reply is too large to be kept");
            return Ok(false);
        }
        self.0.create(key, Bytes::copy_from_slice(reply)).await
    }
}
