//! Dead letters, in the stream `DOCMILL_DEAD`: failed documents with their jobs, one per document and worker.

use async_nats::jetstream;
use docmill_contract::dead_letter::DeadLetter;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{STREAM_DEAD, Work, dead_subject, dead_subjects_of};

use super::objects::Objects;
use super::values::{Value, Values};
use super::{Kept, StoreError};
use crate::delivery::Trace;

/// Failed documents with their jobs. Clones share the connection.
#[derive(Debug, Clone)]
pub struct DeadLetters(Values<DeadLetter>);

impl Value for DeadLetter {
    fn slim(&self) -> Self {
        let mut slim = self.clone();
        slim.job.body = None;
        slim
    }
}

impl DeadLetters {
    pub(super) fn new(jetstream: &jetstream::Context, payloads: &Objects) -> Self {
        Self(Values::new(jetstream, STREAM_DEAD, payloads))
    }

    /// Writes a dead letter of the worker `work`. An entry that is there keeps its `first_seen`.
    ///
    /// # Errors
    /// If the stream is absent or full, or NATS doesn't answer.
    pub async fn put(&self, work: Work, letter: &DeadLetter, trace: &Trace) -> Result<(), StoreError> {
        let subject = dead_subject(work, &letter.collection, &letter.document);
        let mut letter = letter.clone();
        match self.0.get(&subject).await {
            Ok(Some(first)) => letter.first_seen = first.value.first_seen,
            // One that can't be read is replaced by one that can.
            Ok(None) | Err(StoreError::Unreadable { .. }) => {}
            Err(error) => return Err(error),
        }
        self.0.put(&subject, &letter, trace).await.map(drop)
    }

    /// Removes the entry of a document that succeeded; that there is none is fine.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn purge(
        &self,
        work: Work,
        collection: &CollectionId,
        document: &DocumentId,
    ) -> Result<(), StoreError> {
        self.0.purge(&dead_subject(work, collection, document)).await.map(drop)
    }

    /// The entries of a collection, or of all, in the order they were written.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or one of them isn't a dead letter.
    pub async fn list(&self, collection: Option<&CollectionId>) -> Result<Vec<Kept<DeadLetter>>, StoreError> {
        self.0.all(&dead_subjects_of(collection)).await
    }

    /// The entries of one document: none, the processor's, the analyser's, or both.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or one of them isn't a dead letter.
    pub async fn get(
        &self,
        collection: &CollectionId,
        document: &DocumentId,
    ) -> Result<Vec<Kept<DeadLetter>>, StoreError> {
        let mut entries = Vec::new();
        for work in Work::ALL {
            entries.extend(self.0.get(&dead_subject(work, collection, document)).await?);
        }
        Ok(entries)
    }
}
