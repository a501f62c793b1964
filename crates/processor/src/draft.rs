//! An outcome being written: what is known of a document so far, whichever stage its job ends in.
//!
//! Filled by `job` from stage to stage; turned into the outcome by `conclude`. A document that fails early has
//! an outcome with little in it, one that fails late shows everything that was found out and paid.

use docmill_chassis::delivery::Delivery;
use docmill_contract::failure::Failure;
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex, WorkKey};
use docmill_contract::job::{ProcessJob, Source};
use docmill_contract::outcome::{Engine, Outcome, ProfileReference, SourceFacts, Status, Usage};
use docmill_contract::profile::{DEFAULT_PROFILE, Profile};
use docmill_extraction::Record;
use docmill_pdf::Document;

use crate::fetch::{self, Fetched};
use crate::metrics::ProcessorMetrics;
use crate::order::{Identity, Order};
use crate::tally::Tally;

/// What is known of a document so far.
#[derive(Debug)]
pub(crate) struct Draft {
    identity: Identity,
    job: Option<ProcessJob>,
    source: SourceFacts,
    profile: Option<ProfileReference>,
    /// What the outcome will replace, as far as is known.
    pub(crate) replaces: Option<Replaced>,
    pub(crate) tally: Tally,
    pub(crate) engine: Engine,
}

/// The outcome that another one replaces; both 0 where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Replaced {
    pub(crate) revision: u32,
    /// Its place in the stream.
    pub(crate) sequence: u64,
}

/// How a document's job ends.
#[derive(Debug)]
pub(crate) enum Ending {
    /// With a record.
    Record(Record),
    /// Without one.
    Failure(Failure),
}

impl Draft {
    /// Nothing is known but the message.
    pub(crate) fn new(delivery: &Delivery, metrics: ProcessorMetrics) -> Self {
        Self {
            identity: Identity::of_unreadable(delivery),
            job: None,
            source: SourceFacts { job_sequence: delivery.stream_sequence, ..SourceFacts::default() },
            profile: None,
            replaces: None,
            tally: Tally::new(metrics),
            engine: Engine { docmill: env!("CARGO_PKG_VERSION").to_owned(), ..Engine::default() },
        }
    }

    /// The message is a job.
    pub(crate) fn ordered(&mut self, order: &Order, delivery: &Delivery) {
        self.identity = order.identity(delivery);
        self.job = Some(order.job.clone());
    }

    /// The bytes are there.
    pub(crate) fn fetched(&mut self, document: &Fetched) {
        self.source.sha256 = Some(document.sha256.clone());
        self.source.bytes = u64::try_from(document.bytes.len()).ok();
        self.source.object = Some(document.object.clone());
    }

    /// The profile is known.
    pub(crate) fn profiled(&mut self, profile: &Profile, digest: &Sha256Hex) {
        self.profile = Some(ProfileReference { name: profile.name.clone(), digest: digest.clone() });
    }

    /// The pages were read.
    pub(crate) fn read(&mut self, document: &Document) {
        self.source.pages = Some(document.pages_in_file);
        self.source.pages_read = u32::try_from(document.pages.len()).unwrap_or(u32::MAX);
    }

    /// The collection.
    pub(crate) fn collection(&self) -> &CollectionId {
        &self.identity.collection
    }

    /// The digest of the bytes, once they are there.
    pub(crate) fn pdf(&self) -> Option<&Sha256Hex> {
        self.source.sha256.as_ref()
    }

    /// The document's id: the job's, or from its address, or from its bytes, or from the object it names.
    pub(crate) fn document(&self) -> DocumentId {
        let given = self.identity.document.clone();
        let source = self.job.as_ref().map(|job| &job.source);
        // What an address gives may change; which document it is doesn't.
        let address = source.filter(|source| matches!(source, Source::Url(_)));
        given
            .or_else(|| address.map(fetch::document_of_source))
            .or_else(|| self.source.sha256.as_ref().map(DocumentId::from_digest))
            .or_else(|| source.map(fetch::document_of_source))
            .unwrap_or_else(|| DocumentId::from_digest(&Sha256Hex::of(b"")))
    }

    /// The document's id where the job gives it.
    pub(crate) fn given_document(&self) -> Option<&DocumentId> {
        self.identity.document.as_ref()
    }

    /// The sequence of the job in its stream.
    pub(crate) fn job_sequence(&self) -> u64 {
        self.source.job_sequence
    }

    /// What work this is. Where the bytes or the profile aren't known, their names stand in.
    pub(crate) fn work_key(&self) -> WorkKey {
        let job = self.job.as_ref();
        let source = self.source.sha256.clone().or_else(|| job.map(|job| fetch::source_digest(&job.source)));
        let profile = self.profile.as_ref().map_or_else(
            || {
                let name = job.and_then(|job| job.profile.as_deref()).unwrap_or(DEFAULT_PROFILE);
                Sha256Hex::of(name.as_bytes())
            },
            |profile| profile.digest.clone(),
        );
        let pages = job.map(|job| job.pages.clone()).unwrap_or_default();
        let vision = job.map(|job| job.vision).unwrap_or_default();
        WorkKey::new(&source.unwrap_or_else(|| Sha256Hex::of(b"")), &profile, &pages, vision)
    }

    /// The outcome, as revision `revision`.
    pub(crate) fn outcome(&self, revision: u32, ending: &Ending, usage: Usage) -> Outcome {
        let document = self.document();
        let mut outcome = Outcome {
            version: docmill_contract::VERSION,
            collection: self.identity.collection.clone(),
            name: self.identity.name.clone().unwrap_or_else(|| document.to_string()),
            document,
            revision,
            work_key: self.work_key(),
            status: Status::Failed,
            profile: self.profile.clone(),
            source: self.source.clone(),
            data: None,
            evidence: Vec::new(),
            completeness: Vec::new(),
            warnings: Vec::new(),
            reviews: Vec::new(),
            failure: None,
            usage,
            engine: self.engine.clone(),
        };
        match ending {
            Ending::Record(record) => {
                outcome.status = record.status;
                outcome.data = Some(record.data.clone());
                outcome.evidence.clone_from(&record.evidence);
                outcome.completeness.clone_from(&record.completeness);
                outcome.warnings.clone_from(&record.warnings);
            }
            Ending::Failure(failure) => outcome.failure = Some(failure.clone()),
        }
        outcome
    }
}
