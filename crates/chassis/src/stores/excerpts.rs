//! Excerpts, in the object store `docmill-excerpts`: what a report needs of outcomes that it has read before.
//!
//! They are only a saving. One that can't be read is as good as none: it says why in the log, and its outcomes are
//! read again.

use bytes::Bytes;
use docmill_contract::excerpt::Excerpt;
use docmill_contract::identity::CollectionId;
use docmill_contract::names::excerpt_object;

use super::StoreError;
use super::objects::Objects;

/// The largest excerpt. One of a document with a million rows has about 30 MiB.
const EXCERPT_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Excerpts, one for each range of a collection's outcomes. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Excerpts(Objects);

impl Excerpts {
    pub(super) fn new(objects: Objects) -> Self {
        Self(objects)
    }

    /// The excerpt of the outcomes behind `after`, if there is one that can be read.
    ///
    /// # Errors
    /// If the store is absent or NATS doesn't answer.
    pub async fn get(&self, collection: &CollectionId, after: u64) -> Result<Option<Excerpt>, StoreError> {
        let name = excerpt_object(collection, after);
        let unusable = |why: String| {
            tracing::warn!(%collection, object = name, why, "an excerpt can't be used: its outcomes are read again");
            Ok(None)
        };
        match self.0.get(&name, EXCERPT_BYTES_MAX).await {
            Ok(bytes) => match serde_json::from_slice(&bytes) {
                Ok(excerpt) => Ok(Some(excerpt)),
                Err(error) => unusable(error.to_string()),
            },
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error @ (StoreError::TooLarge { .. } | StoreError::Unreadable { .. })) => {
                unusable(error.to_string())
            }
            Err(
                error @ (StoreError::NotProvisioned { .. }
                | StoreError::Full { .. }
                | StoreError::Unwritten { .. }
                | StoreError::Unconfirmed { .. }
                | StoreError::Unavailable { .. }),
            ) => Err(error),
        }
    }

    /// Keeps an excerpt in place of what is there of the same range.
    ///
    /// # Errors
    /// If it is too large, the store is absent or full, or NATS doesn't answer.
    pub async fn put(&self, excerpt: &Excerpt) -> Result<(), StoreError> {
        let name = excerpt_object(&excerpt.collection, excerpt.after);
        let bytes =
            serde_json::to_vec(excerpt).map_err(|error| StoreError::unreadable(name.as_str(), error))?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if size > EXCERPT_BYTES_MAX {
            return Err(StoreError::TooLarge { what: name, bytes: size, bytes_max: EXCERPT_BYTES_MAX });
        }
        self.0.put(&name, &Bytes::from(bytes)).await
    }
}
