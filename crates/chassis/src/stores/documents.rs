//! The PDFs, in the object store `docmill-documents`.

use bytes::Bytes;
use docmill_contract::identity::Sha256Hex;

use super::StoreError;
use super::objects::Objects;

/// The PDFs, by sha256 or by a name that a user chose. Clones share the bucket.
#[derive(Debug, Clone)]
pub struct Documents(Objects);

impl Documents {
    pub(super) fn new(objects: Objects) -> Self {
        Self(objects)
    }

    /// Keeps a PDF under its sha256 in hex and returns that. One that was put there lately isn't written again.
    ///
    /// # Errors
    /// If the bucket is absent or full, or NATS doesn't answer.
    pub async fn put(&self, bytes: &Bytes) -> Result<String, StoreError> {
        let digest = Sha256Hex::of(bytes);
        self.0.keep(digest.as_str(), bytes).await?;
        Ok(digest.as_str().to_owned())
    }

    /// Keeps a PDF under a name, and replaces what is there.
    ///
    /// # Errors
    /// If the bucket is absent or full, or NATS doesn't answer.
    pub async fn put_named(&self, name: &str, bytes: &Bytes) -> Result<(), StoreError> {
        self.0.put(name, bytes).await
    }

    /// The PDF under `object`. Its size is looked at before it is read.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::TooLarge`] if it has more than `bytes_max` bytes; and whatever else
    /// befalls a store.
    pub async fn get(&self, object: &str, bytes_max: u64) -> Result<Bytes, StoreError> {
        self.0.get(object, bytes_max).await
    }

    /// Whether there is a PDF under `object`.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn has(&self, object: &str) -> Result<bool, StoreError> {
        Ok(self.0.entry(object).await?.is_some_and(|entry| !entry.is_deleted))
    }

    /// Removes a PDF and says whether it was there.
    ///
    /// # Errors
    /// If the bucket is absent or NATS doesn't answer.
    pub async fn delete(&self, object: &str) -> Result<bool, StoreError> {
        self.0.delete(object).await
    }
}
