//! What is kept in NATS, one type per store: documents, outcomes, analyses, collections, dead letters, profiles,
//! replies and the ledgers of the LLM quota.
//!
//! Called by the workers and by `docmill`. Nothing is opened before it is used, so a worker starts while stores are
//! still being provisioned. Nothing here decides what an error means for a job: that is the caller's, by
//! [`StoreError`].

mod analyses;
mod collections;
mod dead_letters;
mod documents;
mod erasure;
mod error;
mod excerpts;
mod keys;
mod objects;
mod outcomes;
mod profiles;
mod queued;
mod quota;
mod replies;
mod subjects;
mod values;

use std::time::{Duration, SystemTime};

use docmill_contract::names::{BUCKET_DOCUMENTS, BUCKET_EXCERPTS, BUCKET_PAYLOADS};

use crate::connect::Nats;

pub use analyses::Analyses;
pub use collections::Collections;
pub use dead_letters::DeadLetters;
pub use documents::Documents;
pub use erasure::{Erasure, Pdf, Uses, Waiting, Whose};
pub use error::{ReplaceError, StoreError};
pub use excerpts::Excerpts;
pub use objects::Swept;
pub use outcomes::{OutcomeListing, Outcomes};
pub use profiles::{ListedProfile, Profiles};
pub use queued::{Queued, Queues};
pub use quota::QuotaLedgers;
pub use replies::Replies;

pub(crate) use error::{Cause, published};

/// Every store. Clones share what they opened.
#[derive(Debug, Clone)]
pub struct Stores {
    /// The PDFs.
    pub documents: Documents,
    /// What became of each document.
    pub outcomes: Outcomes,
    /// What reports need of outcomes that they have read before.
    pub excerpts: Excerpts,
    /// Findings and figures.
    pub analyses: Analyses,
    /// Which documents belong together.
    pub collections: Collections,
    /// Failed documents with their jobs.
    pub dead_letters: DeadLetters,
    /// What to extract.
    pub profiles: Profiles,
    /// Validated replies of LLMs.
    pub replies: Replies,
    /// What the fleet has used of its LLM quotas.
    pub quota: QuotaLedgers,
}

impl Stores {
    /// The stores behind this connection. Asks nothing of NATS.
    pub fn new(nats: &Nats) -> Self {
        let jetstream = &nats.jetstream;
        let payloads = objects::Objects::new(jetstream, BUCKET_PAYLOADS);
        Self {
            documents: Documents::new(objects::Objects::new(jetstream, BUCKET_DOCUMENTS)),
            outcomes: Outcomes::new(jetstream, &payloads),
            excerpts: Excerpts::new(objects::Objects::new(jetstream, BUCKET_EXCERPTS)),
            analyses: Analyses::new(jetstream, &payloads),
            collections: Collections::new(jetstream, &payloads),
            dead_letters: DeadLetters::new(jetstream, &payloads),
            profiles: Profiles::new(jetstream),
            replies: Replies::new(jetstream),
            quota: QuotaLedgers::new(jetstream),
        }
    }
}

/// Removes what writes of PDFs, large bodies and excerpts have left behind that were broken off longer than `older_than` ago.
///
/// # Errors
/// If a bucket is absent or NATS doesn't answer.
pub async fn sweep(nats: &Nats, older_than: Duration) -> Result<Swept, StoreError> {
    let mut all = Swept::default();
    for bucket in [BUCKET_DOCUMENTS, BUCKET_PAYLOADS, BUCKET_EXCERPTS] {
        let swept = objects::Objects::new(&nats.jetstream, bucket).sweep(older_than).await?;
        all.writes = all.writes.saturating_add(swept.writes);
        all.chunks = all.chunks.saturating_add(swept.chunks);
    }
    Ok(all)
}

/// A value as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// The value.
    pub value: T,
    /// Its place in its stream: what a replacement must name.
    pub sequence: u64,
    /// When the server took it.
    pub stored: SystemTime,
}
