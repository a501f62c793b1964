//! Outcomes, in the stream `DOCMILL_OUTCOMES`: what became of each document.

use std::time::SystemTime;

use async_nats::jetstream;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{STREAM_OUTCOMES, outcome_subject, outcome_subjects_of};
use docmill_contract::outcome::Outcome;
use futures_util::Stream;

use super::objects::Objects;
use super::values::{Value, ValueListing, Values};
use super::{Kept, ReplaceError, StoreError};
use crate::delivery::Trace;

/// What became of each document, one outcome each. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Outcomes(Values<Outcome>);

/// Outcomes that are being listed.
#[derive(Debug)]
pub struct OutcomeListing(ValueListing<Outcome>);

impl OutcomeListing {
    /// The next of them, some tens; none when there are no more.
    ///
    /// # Errors
    /// If NATS doesn't answer, or one of them isn't an outcome.
    pub async fn next(&mut self) -> Result<Vec<Kept<Outcome>>, StoreError> {
        self.0.next().await
    }
}

impl Value for Outcome {
    fn slim(&self) -> Self {
        Self { data: None, evidence: Vec::new(), completeness: Vec::new(), ..self.clone() }
    }
}

impl Outcomes {
    pub(super) fn new(jetstream: &jetstream::Context, payloads: &Objects) -> Self {
        Self(Values::new(jetstream, STREAM_OUTCOMES, payloads))
    }

    /// A document's outcome, if it has one.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or what is there isn't an outcome.
    pub async fn current(
        &self,
        collection: &CollectionId,
        document: &DocumentId,
    ) -> Result<Option<Kept<Outcome>>, StoreError> {
        self.0.get(&outcome_subject(collection, document)).await
    }

    /// As [`Self::current`], for who only has to know which outcome is there: one whose large body is lost has neither a
    /// record nor a failure.
    ///
    /// # Errors
    /// As [`Self::current`].
    pub async fn known(
        &self,
        collection: &CollectionId,
        document: &DocumentId,
    ) -> Result<Option<Kept<Outcome>>, StoreError> {
        self.0.get_what_is_known(&outcome_subject(collection, document)).await
    }

    /// Writes an outcome in place of the one at `expected_sequence` (0: there is none) and returns its sequence.
    /// Where NATS gives no clear answer, what is there is read back and compared.
    ///
    /// # Errors
    /// [`ReplaceError::Superseded`] if another outcome is there meanwhile; else what the store says.
    pub async fn replace(
        &self,
        outcome: &Outcome,
        expected_sequence: u64,
        trace: &Trace,
    ) -> Result<u64, ReplaceError> {
        let subject = outcome_subject(&outcome.collection, &outcome.document);
        self.0.replace(&subject, outcome, expected_sequence, trace).await
    }

    /// Every outcome of a collection, in the order they were written.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or one of them isn't an outcome.
    pub async fn of_collection(&self, collection: &CollectionId) -> Result<Vec<Kept<Outcome>>, StoreError> {
        self.0.all(&outcome_subjects_of(collection)).await
    }

    /// Begins to list the outcomes of a collection behind the sequence `after` of their stream, in its order: of a document
    /// all that are kept, so that a later one counts.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn since(&self, collection: &CollectionId, after: u64) -> Result<OutcomeListing, StoreError> {
        self.0.since(&outcome_subjects_of(collection), after).await.map(OutcomeListing)
    }

    /// How many documents of a collection have an outcome.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn count(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        self.0.count(&outcome_subjects_of(collection)).await
    }

    /// Sequence and time of the collection's latest outcome.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn newest(&self, collection: &CollectionId) -> Result<Option<(u64, SystemTime)>, StoreError> {
        let newest = self.0.newest(&outcome_subjects_of(collection)).await?;
        Ok(newest.map(|raw| (raw.sequence, raw.stored)))
    }

    /// Every outcome of a collection, and then each new one as it comes, with nothing lost between. An error in it
    /// is of one outcome or of the connection; who goes on watching subscribes again.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn subscribe(
        &self,
        collection: &CollectionId,
    ) -> Result<impl Stream<Item = Result<Kept<Outcome>, StoreError>> + Send + use<>, StoreError> {
        self.0.follow(&outcome_subjects_of(collection)).await
    }

    /// Forgets every outcome of a collection, so that its documents are done anew, and says how many messages went.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn purge(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        self.0.purge(&outcome_subjects_of(collection)).await
    }
}
