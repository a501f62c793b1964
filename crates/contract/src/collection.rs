//! Collections: the list of documents that belong together, and the word that all of them have an outcome.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{CollectionId, DocumentId};

/// Which documents a collection has. With it, the analyser knows when a collection is complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: u32,
    /// The collection.
    pub collection: CollectionId,
    /// Its documents.
    pub documents: Vec<ManifestEntry>,
    /// When it was written, RFC 3339.
    pub created: String,
}

/// One document of a collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ManifestEntry {
    /// Its id.
    pub document: DocumentId,
    /// What people are shown.
    pub name: String,
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
