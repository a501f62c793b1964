//! Every NATS name docmill uses: streams, subjects, consumers, buckets, headers. Spelled here and nowhere else.
//!
//! Called by everything that talks to NATS, and by the tests that hold charts and manifests against it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::identity::{CollectionId, DocumentId, Sha256Hex};

/// The work queue of documents to read.
pub const STREAM_PROCESS: &str = "DOCMILL_PROCESS";
/// The work queue of records to analyse.
pub const STREAM_ANALYSE: &str = "DOCMILL_ANALYSE";
/// The last outcomes of every document: store and event in one.
pub const STREAM_OUTCOMES: &str = "DOCMILL_OUTCOMES";
/// Analyses of documents and reports of collections, the last of each.
pub const STREAM_ANALYSES: &str = "DOCMILL_ANALYSES";
/// Failed documents with their jobs, one entry each.
pub const STREAM_DEAD: &str = "DOCMILL_DEAD";
/// Manifests of collections, and their completion.
pub const STREAM_COLLECTIONS: &str = "DOCMILL_COLLECTIONS";

/// Object store of the PDFs, by sha256 or by a name that the user chose.
pub const BUCKET_DOCUMENTS: &str = "docmill-documents";
/// Object store of message bodies that are too large for a message.
pub const BUCKET_PAYLOADS: &str = "docmill-payloads";
/// Object store of what reports need of outcomes, so that they don't read them again.
pub const BUCKET_EXCERPTS: &str = "docmill-excerpts";
/// KV of profiles: by name as users register them, and by content digest as they were used.
pub const BUCKET_PROFILES: &str = "docmill-profiles";
/// KV of validated LLM replies.
pub const BUCKET_REPLIES: &str = "docmill-replies";
/// KV of the fleet's LLM quota.
pub const BUCKET_QUOTA: &str = "docmill-quota";
/// KV that counts how often a job was started.
pub const BUCKET_STARTS: &str = "docmill-starts";

/// A raw PDF as a message says so in this header.
pub const HEADER_CONTENT_TYPE: &str = "Content-Type";
/// The value of [`HEADER_CONTENT_TYPE`] of a raw PDF.
pub const CONTENT_TYPE_PDF: &str = "application/pdf";
/// Collection of a raw PDF.
pub const HEADER_COLLECTION: &str = "Docmill-Collection";
/// Document id of a raw PDF.
pub const HEADER_DOCUMENT: &str = "Docmill-Document";
/// What people are shown for a raw PDF.
pub const HEADER_NAME: &str = "Docmill-Name";
/// Profile of a raw PDF.
pub const HEADER_PROFILE: &str = "Docmill-Profile";
/// The ordinal of a replay: the work is done again even if an outcome with the same work key is there.
pub const HEADER_REPLAY: &str = "Docmill-Replay";
/// Where the body really is: an object in [`BUCKET_PAYLOADS`].
pub const HEADER_PAYLOAD: &str = "Docmill-Payload";
/// JetStream's deduplication id.
pub const HEADER_MESSAGE_ID: &str = "Nats-Msg-Id";
/// W3C trace context.
pub const HEADER_TRACEPARENT: &str = "traceparent";
/// W3C trace state.
pub const HEADER_TRACESTATE: &str = "tracestate";

/// The largest body that travels in a message; larger ones go through an object store. Half of NATS's default
/// `max_payload`, so that headers and a cluster's own framing always fit.
pub const MESSAGE_BYTES_MAX: usize = 512 * 1024;

/// What is done with a job: the two workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// The Data Processor's: a PDF becomes an outcome.
    Process,
    /// The Data Analyser's: outcomes become findings and figures.
    Analyse,
}

impl Work {
    /// Both, in the order of the data's way.
    pub const ALL: [Self; 2] = [Self::Process, Self::Analyse];

    /// The token in subjects and consumer names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Analyse => "analyse",
        }
    }

    /// The work queue that holds these jobs.
    pub fn stream(self) -> &'static str {
        match self {
            Self::Process => STREAM_PROCESS,
            Self::Analyse => STREAM_ANALYSE,
        }
    }
}

impl FromStr for Work {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|work| work.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no work: use `process` or `analyse`"))
    }
}

/// A lane of jobs: each has its own consumer, workers and queue depth, so none waits behind another.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Always there.
    #[default]
    Bulk,
    /// For interactive documents, where it is provisioned.
    Priority,
}

impl Lane {
    /// Every lane there can be.
    pub const ALL: [Self; 2] = [Self::Bulk, Self::Priority];

    /// The token in subjects and consumer names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bulk => "bulk",
            Self::Priority => "priority",
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Lane {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|lane| lane.as_str() == text)
            .ok_or_else(|| format!("{text:?} is not a lane: use `bulk` or `priority`"))
    }
}

/// The subject whose jobs go to lane `bulk` and take their collection from the body.
pub fn plain_job_subject(work: Work) -> String {
    format!("docmill.jobs.{}", work.as_str())
}

/// All jobs of both workers, those on the plain subjects included.
pub const ALL_JOB_SUBJECTS: &str = "docmill.jobs.>";

/// The subject of a job.
pub fn job_subject(work: Work, lane: Lane, collection: &CollectionId) -> String {
    format!("docmill.jobs.{}.{lane}.{collection}", work.as_str())
}

/// The durable consumer of one lane.
pub fn consumer(work: Work, lane: Lane) -> String {
    format!("{}-{lane}", work.as_str())
}

/// The subjects a lane's consumer filters by; those of different lanes never overlap.
pub fn lane_subjects(work: Work, lane: Lane) -> Vec<String> {
    let all_collections = format!("docmill.jobs.{}.{lane}.*", work.as_str());
    match lane {
        Lane::Bulk => vec![plain_job_subject(work), all_collections],
        Lane::Priority => vec![all_collections],
    }
}

/// The subjects of a work queue: its lanes one by one, so that a job on a lane nobody serves is refused when it
/// is published instead of being stored where nobody looks.
pub fn job_subjects(work: Work, lanes: &[Lane]) -> Vec<String> {
    lanes.iter().flat_map(|&lane| lane_subjects(work, lane)).collect()
}

/// The subject of a document's outcome.
pub fn outcome_subject(collection: &CollectionId, document: &DocumentId) -> String {
    format!("docmill.outcome.{collection}.{document}")
}

/// All outcomes of a collection.
pub fn outcome_subjects_of(collection: &CollectionId) -> String {
    format!("docmill.outcome.{collection}.*")
}

/// All outcomes.
pub const OUTCOME_SUBJECTS: &str = "docmill.outcome.*.*";

/// The checks of one document.
pub fn document_analysis_subject(collection: &CollectionId, document: &DocumentId) -> String {
    format!("docmill.analysis.{collection}.document.{document}")
}

/// All checks of a collection's documents.
pub fn document_analysis_subjects_of(collection: &CollectionId) -> String {
    format!("docmill.analysis.{collection}.document.*")
}

/// What the names of all objects in [`BUCKET_EXCERPTS`] of a collection begin with.
pub fn excerpt_objects_of(collection: &CollectionId) -> String {
    format!("{collection}/")
}

/// The object in [`BUCKET_EXCERPTS`] that covers a collection's outcomes behind the sequence `after`.
pub fn excerpt_object(collection: &CollectionId, after: u64) -> String {
    format!("{}{after}", excerpt_objects_of(collection))
}

/// The first token of replies in [`BUCKET_REPLIES`] to questions that are about no PDF.
const REPLY_OF_NO_PDF: &str = "none";

/// The key in [`BUCKET_REPLIES`] of the reply to a question about a PDF.
pub fn reply_key(pdf: Option<&Sha256Hex>, question: &Sha256Hex) -> String {
    format!("{}.{question}", pdf.map_or(REPLY_OF_NO_PDF, Sha256Hex::as_str))
}

/// The keys in [`BUCKET_REPLIES`] of all replies to questions about a PDF.
pub fn reply_keys_of(pdf: &Sha256Hex) -> String {
    format!("{pdf}.*")
}

/// The report of a whole collection.
pub fn report_subject(collection: &CollectionId) -> String {
    format!("docmill.analysis.{collection}.report")
}

/// All analyses.
pub const ANALYSIS_SUBJECTS: [&str; 2] = ["docmill.analysis.*.document.*", "docmill.analysis.*.report"];

/// A dead letter: `work` says which worker gave up.
pub fn dead_subject(work: Work, collection: &CollectionId, document: &DocumentId) -> String {
    format!("docmill.dead.{}.{collection}.{document}", work.as_str())
}

/// The dead letters of one document.
pub fn dead_subjects_of_document(collection: &CollectionId, document: &DocumentId) -> String {
    format!("docmill.dead.*.{collection}.{document}")
}

/// All dead letters of a collection, or of all collections.
pub fn dead_subjects_of(collection: Option<&CollectionId>) -> String {
    match collection {
        Some(collection) => format!("docmill.dead.*.{collection}.*"),
        None => DEAD_SUBJECTS.to_owned(),
    }
}

/// All dead letters.
pub const DEAD_SUBJECTS: &str = "docmill.dead.*.*.*";

/// The list of a collection's documents.
pub fn manifest_subject(collection: &CollectionId) -> String {
    format!("docmill.collection.{collection}.manifest")
}

/// The lists of all collections.
pub const MANIFEST_SUBJECTS: &str = "docmill.collection.*.manifest";

/// Whose list a subject is; `None` for one that isn't a manifest's.
pub fn collection_of_manifest(subject: &str) -> Option<CollectionId> {
    subject.strip_prefix("docmill.collection.")?.strip_suffix(".manifest")?.parse().ok()
}

/// The word that every listed document of a collection has an outcome.
pub fn done_subject(collection: &CollectionId) -> String {
    format!("docmill.collection.{collection}.done")
}

/// Everything about collections.
pub const COLLECTION_SUBJECTS: [&str; 2] = [MANIFEST_SUBJECTS, "docmill.collection.*.done"];

/// A job's subject, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSubject {
    /// Which worker it is for.
    pub work: Work,
    /// Which lane it is on.
    pub lane: Lane,
    /// The collection, absent on the plain subjects.
    pub collection: Option<CollectionId>,
}

impl fmt::Display for JobSubject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.collection {
            Some(collection) => formatter.write_str(&job_subject(self.work, self.lane, collection)),
            None => formatter.write_str(&plain_job_subject(self.work)),
        }
    }
}

impl JobSubject {
    /// Reads a subject; `None` for one that isn't a job's, or whose collection isn't a valid id.
    pub fn parse(subject: &str) -> Option<Self> {
        let mut tokens = subject.strip_prefix("docmill.jobs.")?.split('.');
        let work = match tokens.next()? {
            "process" => Work::Process,
            "analyse" => Work::Analyse,
            _ => return None,
        };
        let Some(lane) = tokens.next() else {
            return Some(Self { work, lane: Lane::Bulk, collection: None });
        };
        let subject = Self { work, lane: lane.parse().ok()?, collection: Some(tokens.next()?.parse().ok()?) };
        tokens.next().is_none().then_some(subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn job_subjects_are_read_back() {
        let q3: CollectionId = "q3".parse().unwrap();
        for work in Work::ALL {
            for lane in Lane::ALL {
                let parsed = JobSubject::parse(&job_subject(work, lane, &q3));
                assert_eq!(parsed, Some(JobSubject { work, lane, collection: Some(q3.clone()) }));
            }
            let plain = JobSubject { work, lane: Lane::Bulk, collection: None };
            assert_eq!(JobSubject::parse(&plain_job_subject(work)), Some(plain));
        }
        for other in ["docmill.jobs.eat", "docmill.jobs.process.slow.q3", "docmill.jobs.process.bulk", "x"] {
            assert_eq!(JobSubject::parse(other), None, "{other}");
        }
        assert_eq!(JobSubject::parse("docmill.jobs.process.bulk.a.b"), None);
    }

    #[test]
    fn lanes_never_overlap() {
        for work in Work::ALL {
            let bulk = lane_subjects(work, Lane::Bulk);
            assert!(lane_subjects(work, Lane::Priority).iter().all(|subject| !bulk.contains(subject)));
        }
    }
}
