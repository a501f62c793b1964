//! Analyses, in the stream `DOCMILL_ANALYSES`: the checks of each document, and each collection's report.

use async_nats::jetstream;
use docmill_contract::analysis::Analysis;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{
    STREAM_ANALYSES, document_analysis_subject, document_analysis_subjects_of, report_subject,
};

use super::objects::Objects;
use super::values::{Value, Values};
use super::{Kept, ReplaceError, StoreError};
use crate::delivery::Trace;

/// The checks of each document and the report of each collection. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Analyses(Values<Analysis>);

impl Value for Analysis {
    fn slim(&self) -> Self {
        Self {
            findings: Vec::new(),
            figures: Vec::new(),
            sections: Vec::new(),
            narrative: None,
            documents: Vec::new(),
            ..self.clone()
        }
    }
}

impl Analyses {
    pub(super) fn new(jetstream: &jetstream::Context, payloads: &Objects) -> Self {
        Self(Values::new(jetstream, STREAM_ANALYSES, payloads))
    }

    /// The checks of a document.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or what is there isn't an analysis.
    pub async fn document(
        &self,
        collection: &CollectionId,
        document: &DocumentId,
    ) -> Result<Option<Kept<Analysis>>, StoreError> {
        self.0.get(&document_analysis_subject(collection, document)).await
    }

    /// The checks of every document of a collection, in the order they were written.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or one of them isn't an analysis.
    pub async fn documents_of(&self, collection: &CollectionId) -> Result<Vec<Kept<Analysis>>, StoreError> {
        self.0.all(&document_analysis_subjects_of(collection)).await
    }

    /// The report of a collection.
    ///
    /// # Errors
    /// If the stream is absent, NATS doesn't answer, or what is there isn't an analysis.
    pub async fn report(&self, collection: &CollectionId) -> Result<Option<Kept<Analysis>>, StoreError> {
        self.0.get(&report_subject(collection)).await
    }

    /// Writes an analysis in place of the one at `expected_sequence` (0: there is none) and returns its sequence: a
    /// document's checks if it names a document, else a report.
    ///
    /// # Errors
    /// [`ReplaceError::Superseded`] if another one is there meanwhile; else what the store says.
    pub async fn replace(
        &self,
        analysis: &Analysis,
        expected_sequence: u64,
        trace: &Trace,
    ) -> Result<u64, ReplaceError> {
        let subject = match &analysis.document {
            Some(document) => document_analysis_subject(&analysis.collection, document),
            None => report_subject(&analysis.collection),
        };
        self.0.replace(&subject, analysis, expected_sequence, trace).await
    }

    /// Forgets the report and all checks of a collection, and says how many messages went.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer.
    pub async fn purge(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        let documents = self.0.purge(&document_analysis_subjects_of(collection)).await?;
        Ok(documents.saturating_add(self.0.purge(&report_subject(collection)).await?))
    }
}
