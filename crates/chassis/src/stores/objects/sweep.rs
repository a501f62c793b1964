//! Removing what writes that were broken off have left behind: chunks that belong to no object.
//!
//! Called by `docmill sweep`. A write stores its chunks first and says what they are last, so that one whose client or
//! server dies in between leaves chunks that nothing leads to. It removes nothing else: which objects are still needed
//! is not to be seen from here.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use async_nats::jetstream::stream::LastRawMessageErrorKind;
use futures_util::TryStreamExt as _;

use super::Objects;
use crate::stores::StoreError;

/// How long a listing waits for what the server has said is there.
const LIST_PATIENCE: Duration = Duration::from_secs(30);

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Writes that were broken off.
    pub writes: u64,
    /// Their chunks.
    pub chunks: u64,
}

impl Objects {
    /// Removes the chunks of writes that were broken off, where the last of them is older than `older_than`: a younger
    /// one may be a write that still goes on.
    pub(in crate::stores) async fn sweep(&self, older_than: Duration) -> Result<Swept, StoreError> {
        let lost = |error: async_nats::Error| StoreError::of(format!("bucket {}", self.bucket), error);
        let stream = self.jetstream.get_stream_no_info(format!("OBJ_{}", self.bucket)).await;
        let stream = stream.map_err(|error| lost(error.into()))?;
        let prefix = format!("$O.{}.C.", self.bucket);
        let mut chunks = Vec::new();
        let mut subjects =
            stream.info_with_subjects(format!("{prefix}>")).await.map_err(|error| lost(error.into()))?;
        while let Some((subject, count)) = subjects.try_next().await.map_err(|error| lost(error.into()))? {
            chunks.push((subject, count));
        }
        // After the chunks, so that a write which ends meanwhile is among them.
        let whole = self.whole().await?;
        let mut swept = Swept::default();
        for (subject, count) in chunks {
            if subject.strip_prefix(&prefix).is_none_or(|nuid| whole.contains(nuid)) {
                continue;
            }
            let last = match stream.get_last_raw_message_by_subject(&subject).await {
                Ok(message) => SystemTime::from(message.time),
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => continue,
                Err(error) => return Err(lost(error.into())),
            };
            // A clock that runs behind the server's makes it young, and it stays.
            if last.elapsed().unwrap_or_default() < older_than {
                continue;
            }
            stream.purge().filter(&subject).await.map_err(|error| lost(error.into()))?;
            swept.writes += 1;
            swept.chunks = swept.chunks.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        }
        Ok(swept)
    }

    /// What the chunks of every whole object are called.
    async fn whole(&self) -> Result<HashSet<String>, StoreError> {
        let lost = |error: async_nats::Error| StoreError::of(format!("bucket {}", self.bucket), error);
        let mut objects = self.store().await?.list().await.map_err(|error| lost(error.into()))?;
        let mut nuids = HashSet::new();
        loop {
            // The client's listing waits for ever for what was removed after it began.
            let next = tokio::time::timeout(LIST_PATIENCE, objects.try_next()).await;
            match next.map_err(|_| lost("the listing stalled".into()))?.map_err(|error| lost(error.into()))? {
                Some(object) => drop(nuids.insert(object.nuid)),
                None => return Ok(nuids),
            }
        }
    }
}
