//! An object store: bytes of any size under a name, in chunks.
//!
//! Called by [`super::documents`], [`super::excerpts`] and, for large bodies, by [`super::values`]. Writing is the client's; reading is
//! done here, chunk by chunk with a timeout each: the client's reader waits for ever for a chunk that is gone.

mod erase;
mod sweep;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_nats::jetstream;
use async_nats::jetstream::object_store::{InfoErrorKind, ObjectInfo, ObjectMetadata, ObjectStore};
use async_nats::jetstream::stream::{DirectGetErrorKind, RawMessageErrorKind, Stream};
use bytes::{Bytes, BytesMut};
use tokio::sync::OnceCell;

use super::StoreError;

pub(super) use erase::Entry;
pub use sweep::Swept;

/// Bytes per chunk. Each chunk waits for its acknowledgement, so small ones are slow; half of NATS's default
/// `max_payload`, so that every server takes them.
const CHUNK_BYTES: usize = 512 * 1024;

/// An object younger than this isn't written again: its age limit is far away.
const FRESH: Duration = Duration::from_secs(24 * 3_600);

/// How often an object is begun to be read anew when it was replaced meanwhile.
const READS_MAX: usize = 3;

/// One bucket.
#[derive(Debug, Clone)]
pub(super) struct Objects {
    jetstream: jetstream::Context,
    bucket: &'static str,
    opened: Arc<OnceCell<Opened>>,
}

/// The client's handle, which can't be printed.
struct Opened(ObjectStore);

impl std::fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("open")
    }
}

impl Objects {
    pub(super) fn new(jetstream: &jetstream::Context, bucket: &'static str) -> Self {
        Self { jetstream: jetstream.clone(), bucket, opened: Arc::default() }
    }

    /// Keeps `bytes` under their digest, unless they were put there lately.
    pub(super) async fn keep(&self, digest: &str, bytes: &Bytes) -> Result<(), StoreError> {
        let is_fresh = |info: &ObjectInfo| {
            let modified: SystemTime = info.modified.map_or(SystemTime::UNIX_EPOCH, Into::into);
            // A clock that runs behind the writer's makes it young, which it is.
            info.size == bytes.len() && modified.elapsed().unwrap_or_default() < FRESH
        };
        if self.info(digest).await?.as_ref().is_some_and(is_fresh) {
            return Ok(());
        }
        self.put(digest, bytes).await
    }

    /// Writes `bytes` under `name`, whatever is there.
    pub(super) async fn put(&self, name: &str, bytes: &Bytes) -> Result<(), StoreError> {
        let meta =
            ObjectMetadata { name: name.to_owned(), chunk_size: Some(CHUNK_BYTES), ..Default::default() };
        // A slice fills every buffer it is given, so chunks have their full size.
        let put = self.store().await?.put(meta, &mut bytes.as_ref()).await;
        put.map(drop).map_err(|error| StoreError::of_write(self.what(name), error))
    }

    /// The bytes under `name`, if there are at most `bytes_max` of them.
    pub(super) async fn get(&self, name: &str, bytes_max: u64) -> Result<Bytes, StoreError> {
        for _ in 0..READS_MAX {
            let Some(info) = self.info(name).await? else { break };
            let bytes = u64::try_from(info.size).unwrap_or(u64::MAX);
            if bytes > bytes_max {
                return Err(StoreError::TooLarge { what: self.what(name), bytes, bytes_max });
            }
            if let Some(bytes) = self.chunks(&info).await? {
                return Ok(bytes);
            }
        }
        Err(StoreError::NotFound { what: self.what(name) })
    }

    /// Whether there is something under `name`.
    pub(super) async fn has(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.info(name).await?.is_some())
    }

    async fn info(&self, name: &str) -> Result<Option<ObjectInfo>, StoreError> {
        match self.store().await?.info(name).await {
            Ok(info) if info.deleted => Ok(None),
            Ok(info) if info.options.as_ref().is_some_and(|options| options.link.is_some()) => {
                Err(StoreError::unreadable(self.what(name), "it is a link to another object"))
            }
            Ok(info) => Ok(Some(info)),
            Err(error) => match error.kind() {
                // A name that can't be one has nothing under it.
                InfoErrorKind::NotFound | InfoErrorKind::InvalidName => Ok(None),
                InfoErrorKind::TimedOut | InfoErrorKind::Other => Err(StoreError::of(self.what(name), error)),
            },
        }
    }

    /// All chunks of an object, or `None` if some are gone: it was replaced, or its age is over.
    async fn chunks(&self, info: &ObjectInfo) -> Result<Option<Bytes>, StoreError> {
        let lost = |error| StoreError::of(self.what(&info.name), error);
        let stream = self.jetstream.get_stream_no_info(format!("OBJ_{}", self.bucket)).await;
        let stream = stream.map_err(|error| lost(error.into()))?;
        let subject = format!("$O.{}.C.{}", self.bucket, info.nuid);
        let mut bytes = BytesMut::with_capacity(info.size);
        let mut next = 1;
        for _ in 0..info.chunks {
            let Some((sequence, chunk)) = chunk(&stream, &subject, next).await.map_err(lost)? else {
                return Ok(None);
            };
            if bytes.len().saturating_add(chunk.len()) > info.size {
                return Err(StoreError::unreadable(
                    self.what(&info.name),
                    "its chunks hold more than it says",
                ));
            }
            bytes.extend_from_slice(&chunk);
            next = sequence.saturating_add(1);
        }
        if bytes.len() == info.size {
            return Ok(Some(bytes.freeze()));
        }
        Err(StoreError::unreadable(self.what(&info.name), "its chunks hold less than it says"))
    }

    async fn store(&self) -> Result<&ObjectStore, StoreError> {
        let open = || async { self.jetstream.get_object_store(self.bucket).await.map(Opened) };
        let opened = self.opened.get_or_try_init(open).await;
        opened
            .map(|opened| &opened.0)
            .map_err(|error| StoreError::of(format!("bucket {}", self.bucket), error))
    }

    fn what(&self, name: &str) -> String {
        format!("object {name:?} of bucket {}", self.bucket)
    }
}

/// The first chunk at or after `sequence`: from any replica, and from the leader if that one doesn't have it yet.
async fn chunk(
    stream: &Stream<()>,
    subject: &str,
    sequence: u64,
) -> Result<Option<(u64, Bytes)>, async_nats::Error> {
    match stream.direct_get_next_for_subject(subject, Some(sequence)).await {
        Ok(message) => return Ok(Some((message.sequence, message.payload))),
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    match stream.raw_message_builder().next_by_subject(subject).sequence(sequence).send().await {
        Ok(message) => Ok(Some((message.sequence, message.payload))),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
