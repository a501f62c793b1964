//! Dead letters: the list of failed documents with their jobs, from which they can be put back.
//!
//! Derived from failed outcomes by the workers; read by `docmill dead`. One per document and worker, purged
//! when a later job succeeds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, FailureStage};
use crate::identity::{CollectionId, DocumentId};

/// A failed document and its job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadLetter {
    /// The version of this format: 1.
    pub version: u32,
    /// The collection.
    pub collection: CollectionId,
    /// The document.
    pub document: DocumentId,
    /// What people are shown.
    pub name: String,
    /// Where on the way it failed.
    pub stage: FailureStage,
    /// Why.
    pub failure: Failure,
    /// The job as it was; a raw PDF by reference.
    pub job: DeadJob,
    /// When this document first failed, RFC 3339.
    pub first_seen: String,
    /// When it last failed, RFC 3339.
    pub last_seen: String,
}

/// A job as it was, so that it can be put back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeadJob {
    /// The subject it came on.
    pub subject: String,
    /// Its body where that is JSON; for a raw PDF, the job that fetches it from the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
    /// Its body where that is not JSON, as text with what isn't UTF-8 replaced, cut to [`TEXT_CHARACTERS_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The most characters of a body that isn't JSON that its dead letter shows.
pub const TEXT_CHARACTERS_MAX: usize = 4_096;

impl DeadJob {
    /// A job as its message was.
    pub fn of(subject: String, payload: &[u8]) -> Self {
        match serde_json::from_slice(payload) {
            Ok(body) => Self { subject, body: Some(body), text: None },
            Err(_) => {
                let text = String::from_utf8_lossy(payload).chars().take(TEXT_CHARACTERS_MAX).collect();
                Self { subject, body: None, text: Some(text) }
            }
        }
    }
}
