//! Collections: the list of documents that belong together, and the word that all of them have an outcome.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{CollectionId, DocumentId};
use crate::job::{JobError, ProcessJob};
use crate::names::Lane;

/// Which documents a collection has. With it, the analyser knows when a collection is complete, and `docmill reconcile`
/// what has to be put back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: u32,
    /// The collection.
    pub collection: CollectionId,
    /// How many documents it lists: who only wants to know that doesn't read a list of a hundred thousand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<u64>,
    /// Its documents.
    pub documents: Vec<ManifestEntry>,
    /// When it was written, RFC 3339.
    pub created: String,
}

/// One document of a collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ManifestEntry {
    /// Its id.
    pub document: DocumentId,
    /// What people are shown.
    pub name: String,
    /// The lane of its job; `bulk` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<Lane>,
    /// Its job, which says nothing of collection, document and name. Without it, nobody but its publisher can put it back.
    /// It is read when it is put back, so that a list with a job of a later version is a list all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ProcessJob>")]
    pub job: Option<serde_json::Value>,
}

impl Manifest {
    /// The list of a collection's documents as it was at `created` (RFC 3339).
    pub fn new(collection: CollectionId, documents: Vec<ManifestEntry>, created: String) -> Self {
        let listed = u64::try_from(documents.len()).ok();
        Self { version: crate::VERSION, collection, listed, documents, created }
    }
}

impl ManifestEntry {
    /// The job as it is published, whole; `None` if the list doesn't say it.
    ///
    /// # Errors
    /// [`JobError`] for one that can't be read.
    pub fn whole_job(&self, collection: &CollectionId) -> Result<Option<ProcessJob>, JobError> {
        let Some(job) = &self.job else { return Ok(None) };
        let job = ProcessJob::read(job.to_string().as_bytes())?;
        Ok(Some(ProcessJob {
            collection: Some(collection.clone()),
            document: Some(self.document.clone()),
            name: Some(self.name.clone()),
            ..job
        }))
    }
}

/// Every listed document of a collection has an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionDone {
    /// The version of this format: 1.
    pub version: u32,
    /// The collection.
    pub collection: CollectionId,
    /// The stream sequence of the manifest that is complete: a newer manifest makes a newer completion.
    pub manifest_sequence: u64,
    /// How many documents the manifest lists.
    pub documents: u64,
    /// How many of them are verified.
    pub verified: u64,
    /// How many need review.
    pub needs_review: u64,
    /// How many failed.
    pub failed: u64,
    /// The revision of the report that covers them.
    pub report_revision: u32,
}
