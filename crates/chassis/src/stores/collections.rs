//! Collections, in the stream `DOCMILL_COLLECTIONS`: which documents belong together, and that all have an outcome.

use async_nats::jetstream;
use docmill_contract::collection::{CollectionDone, Manifest};
use docmill_contract::identity::CollectionId;
use docmill_contract::names::{
    MANIFEST_SUBJECTS, STREAM_COLLECTIONS, collection_of_manifest, done_subject, manifest_subject,
};

use super::objects::Objects;
use super::values::{Slim, Value, Values};
use super::{Kept, ReplaceError, StoreError};
use crate::delivery::Trace;

/// A longer list of documents goes to the payloads, so that what each document of the collection looks up stays small.
const MANIFEST_MESSAGE_BYTES_MAX: usize = 16 * 1024;

/// How often a change of a manifest is tried that others write at the same time.
const REPLACE_ATTEMPTS_MAX: usize = 32;

/// Manifests and completions. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Collections {
    manifests: Values<Manifest>,
    completions: Values<CollectionDone>,
}

impl Value for Manifest {
    fn slim(&self) -> Self {
        Self { documents: Vec::new(), ..self.clone() }
    }
}

impl Value for CollectionDone {
    fn slim(&self) -> Self {
        self.clone()
    }
}

impl Collections {
    pub(super) fn new(jetstream: &jetstream::Context, payloads: &Objects) -> Self {
        Self {
            manifests: Values::new(jetstream, STREAM_COLLECTIONS, payloads)
                .with_messages_up_to(MANIFEST_MESSAGE_BYTES_MAX),
            completions: Values::new(jetstream, STREAM_COLLECTIONS, payloads),
        }
    }

    /// The list of a collection's documents, if it has one.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or what is there isn't a manifest.
    pub async fn manifest(&self, collection: &CollectionId) -> Result<Option<Kept<Manifest>>, StoreError> {
        self.manifests.get(&manifest_subject(collection)).await
    }

    /// How many documents a collection's manifest lists, without the list where the manifest says it; `None` without one.
    ///
    /// # Errors
    /// As [`Collections::manifest`].
    pub async fn listed(&self, collection: &CollectionId) -> Result<Option<Kept<u64>>, StoreError> {
        let subject = manifest_subject(collection);
        let Some(Slim { kept, is_whole }) = self.manifests.slim(&subject).await? else { return Ok(None) };
        let counted = |manifest: &Manifest| u64::try_from(manifest.documents.len()).unwrap_or(u64::MAX);
        let (value, kept) = match kept.value.listed {
            _ if is_whole => (counted(&kept.value), kept),
            Some(listed) => (listed, kept),
            None => match self.manifests.get(&subject).await? {
                Some(kept) => (counted(&kept.value), kept),
                None => return Ok(None),
            },
        };
        Ok(Some(Kept { value, sequence: kept.sequence, stored: kept.stored }))
    }

    /// The collections that have a manifest, in the order in which these were written.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn with_manifest(&self) -> Result<Vec<CollectionId>, StoreError> {
        let subjects = self.manifests.subjects(MANIFEST_SUBJECTS).await?;
        Ok(subjects.iter().filter_map(|subject| collection_of_manifest(subject)).collect())
    }

    /// Writes a manifest in place of whatever is there, and returns its sequence.
    ///
    /// # Errors
    /// If the stream is absent or full, or NATS doesn't answer.
    pub async fn put_manifest(&self, manifest: &Manifest, trace: &Trace) -> Result<u64, StoreError> {
        self.manifests.put(&manifest_subject(&manifest.collection), manifest, trace).await
    }

    /// Writes what `change` makes of a collection's manifest, and again where somebody else wrote one meanwhile; `None`
    /// leaves it as it is. Returns the sequence of the manifest that is there then, 0 for none.
    ///
    /// # Errors
    /// If others keep writing it, and what the store says.
    pub async fn change_manifest(
        &self,
        collection: &CollectionId,
        change: impl Fn(Option<Manifest>) -> Option<Manifest>,
        trace: &Trace,
    ) -> Result<u64, StoreError> {
        let subject = manifest_subject(collection);
        for _ in 0..REPLACE_ATTEMPTS_MAX {
            let there = self.manifest(collection).await?;
            let sequence = there.as_ref().map_or(0, |kept| kept.sequence);
            let Some(changed) = change(there.map(|kept| kept.value)) else { return Ok(sequence) };
            match self.manifests.replace(&subject, &changed, sequence, trace).await {
                Ok(sequence) => return Ok(sequence),
                Err(ReplaceError::Superseded) => {}
                Err(ReplaceError::Store(error)) => return Err(error),
            }
        }
        Err(StoreError::unavailable(format!("the manifest of {collection}"), "others keep writing it"))
    }

    /// The word that a collection is complete, if it was said.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or what is there isn't that word.
    pub async fn done(&self, collection: &CollectionId) -> Result<Option<Kept<CollectionDone>>, StoreError> {
        self.completions.get(&done_subject(collection)).await
    }

    /// Says that a collection is complete, in place of the word at `expected_sequence` (0: there is none).
    ///
    /// # Errors
    /// [`ReplaceError::Superseded`] if somebody else said it meanwhile; else what the store says.
    pub async fn replace_done(
        &self,
        done: &CollectionDone,
        expected_sequence: u64,
        trace: &Trace,
    ) -> Result<u64, ReplaceError> {
        self.completions.replace(&done_subject(&done.collection), done, expected_sequence, trace).await
    }

    /// Forgets a collection's manifest and completion, and says how many messages went.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn purge(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        let manifests = self.manifests.purge(&manifest_subject(collection)).await?;
        Ok(manifests.saturating_add(self.completions.purge(&done_subject(collection)).await?))
    }
}
