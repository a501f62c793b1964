//! Excerpts: what a report needs of some outcomes of a collection, kept so that it needn't read them again.
//!
//! Written and read by the analyser alone. An excerpt is a fact about a range of the stream of outcomes: it stays true
//! whatever comes later, and can be lost at any time, for it is made anew from the outcomes.

use serde::{Deserialize, Serialize};

use crate::analysis::{DocumentLine, Finding};
use crate::identity::{CollectionId, DocumentId, Sha256Hex, WorkKey};
use crate::outcome::ProfileReference;

/// Outcomes of a collection, as far as a report needs them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The version of this format: 1.
    pub version: u32,
    /// docmill's version: another one may find other things in the same outcomes, so it reads them again.
    pub docmill: String,
    /// The collection.
    pub collection: CollectionId,
    /// It covers the outcomes behind this sequence of their stream …
    pub after: u64,
    /// … up to this one, each of them.
    pub through: u64,
    /// The documents that they are of.
    pub documents: Vec<ExcerptDocument>,
    /// Their records, those together that are analysed alike.
    pub records: Vec<ExcerptRecords>,
}

/// What a report needs of one outcome besides its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExcerptDocument {
    /// Its line in the report. Findings that point at it are counted when all are known.
    pub line: DocumentLine,
    /// Its sequence in the stream: of two outcomes of a document, the later counts.
    pub sequence: u64,
    /// What work it is the outcome of.
    pub work_key: WorkKey,
    /// The digest of the PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Sha256Hex>,
    /// The profile it was read with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileReference>,
    /// Whether it has a record.
    pub has_record: bool,
    /// What there is to say about it by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Leaves of its record that nothing proves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unproved: Vec<String>,
}

/// Records that are analysed by one specification, as columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcerptRecords {
    /// Which set of the report they belong to.
    pub set: RecordSetKey,
    /// The columns that the specification needs, in a form of the crate `columns`, as base64.
    pub part: String,
}

/// Which records are analysed together: those of one profile, by one specification.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecordSetKey {
    /// The profile's name; absent for schemas that came with a job, and for a specification given to the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The digest of the specification.
    pub spec: Sha256Hex,
}

impl ExcerptDocument {
    /// Its id.
    pub fn id(&self) -> &DocumentId {
        &self.line.document
    }
}
