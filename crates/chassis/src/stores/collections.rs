//! Collections, in the stream `DOCMILL_COLLECTIONS`: which documents belong together, and that all have an outcome.

use async_nats::jetstream;
use docmill_contract::collection::{CollectionDone, Manifest};
use docmill_contract::identity::CollectionId;
use docmill_contract::names::{STREAM_COLLECTIONS, done_subject, manifest_subject};

use super::objects::Objects;
use super::values::{Value, Values};
use super::{Kept, ReplaceError, StoreError};
use crate::delivery::Trace;

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
            manifests: Values::new(jetstream, STREAM_COLLECTIONS, payloads),
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

    /// Writes a manifest in place of whatever is there, and returns its sequence.
    ///
    /// # Errors
    /// If the stream is absent or full, or NATS doesn't answer.
    pub async fn put_manifest(&self, manifest: &Manifest, trace: &Trace) -> Result<u64, StoreError> {
        self.manifests.put(&manifest_subject(&manifest.collection), manifest, trace).await
    }

    /// Writes a manifest in place of the one at `expected_sequence`, and returns its sequence.
    ///
    /// # Errors
    /// [`ReplaceError::Superseded`] if another one is there meanwhile; else what the store says.
    pub async fn replace_manifest(
        &self,
        manifest: &Manifest,
        expected_sequence: u64,
        trace: &Trace,
    ) -> Result<u64, ReplaceError> {
        self.manifests
            .replace(&manifest_subject(&manifest.collection), manifest, expected_sequence, trace)
            .await
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
