//! Erasing a collection, or one document of it, from every store: what there is of it, found and removed store by store.
//!
//! Called by `docmill forget` alone, which says in what order. Nothing here believes that what it reads can be read: a
//! message that isn't what it should be must not stop an erasure, and is found by its subject. Start counts aren't touched:
//! they are numbers under the sequence of a job, which leads to nobody once the job is gone.

mod pdfs;
mod queues;

use std::collections::BTreeSet;

use async_nats::jetstream;
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::{
    BUCKET_DOCUMENTS, BUCKET_EXCERPTS, BUCKET_PAYLOADS, BUCKET_QUOTA, BUCKET_REPLIES, HEADER_PAYLOAD,
    STREAM_ANALYSES, STREAM_COLLECTIONS, STREAM_DEAD, STREAM_OUTCOMES, Work, dead_subjects_of,
    dead_subjects_of_document, document_analysis_subject, document_analysis_subjects_of, done_subject,
    excerpt_objects_of, manifest_subject, outcome_subject, outcome_subjects_of, report_subject,
};
use serde::Deserialize;

use super::StoreError;
use super::objects::{Entry, Objects};
use super::subjects::Subjects;
use super::values::PAYLOAD_BYTES_MAX;
use crate::connect::Nats;

pub use pdfs::{Pdf, Uses};
pub use queues::Waiting;

/// What is erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The collection.
    pub collection: CollectionId,
    /// One document of it; the collection with all of them where absent.
    pub document: Option<DocumentId>,
}

/// Every store, as far as erasing goes.
#[derive(Debug, Clone)]
pub struct Erasure {
    jetstream: jetstream::Context,
    process: Subjects,
    analyse: Subjects,
    outcomes: Subjects,
    dead_letters: Subjects,
    analyses: Subjects,
    collections: Subjects,
    replies: Subjects,
    quota: Subjects,
    documents: Objects,
    payloads: Objects,
    excerpts: Objects,
}

/// The members of a large body that say whose it is.
#[derive(Debug, Deserialize)]
struct Owner {
    collection: CollectionId,
    #[serde(default)]
    document: Option<DocumentId>,
}

/// The member of an entry of what was spent that says by which collection.
#[derive(Debug, Deserialize)]
struct Spender {
    collection: CollectionId,
}

/// The member of a report that says which documents it covers.
#[derive(Debug, Deserialize)]
struct Report {
    documents: Vec<Line>,
}

/// One of them.
#[derive(Debug, Deserialize)]
struct Line {
    document: DocumentId,
}

impl Erasure {
    /// The stores behind this connection. Asks nothing of NATS.
    pub fn new(nats: &Nats) -> Self {
        let jetstream = &nats.jetstream;
        let (subjects, keys) = (
            |stream: &'static str| Subjects::new(jetstream, stream),
            |bucket: &str| Subjects::new(jetstream, format!("KV_{bucket}")),
        );
        Self {
            process: subjects(Work::Process.stream()),
            analyse: subjects(Work::Analyse.stream()),
            outcomes: subjects(STREAM_OUTCOMES),
            dead_letters: subjects(STREAM_DEAD),
            analyses: subjects(STREAM_ANALYSES),
            collections: subjects(STREAM_COLLECTIONS),
            replies: keys(BUCKET_REPLIES),
            quota: keys(BUCKET_QUOTA),
            documents: Objects::new(jetstream, BUCKET_DOCUMENTS),
            payloads: Objects::new(jetstream, BUCKET_PAYLOADS),
            excerpts: Objects::new(jetstream, BUCKET_EXCERPTS),
            jetstream: jetstream.clone(),
        }
    }

    /// How many dead letters there are.
    ///
    /// # Errors
    /// If the stream is absent or NATS doesn't answer; so all of these.
    pub async fn dead_letters(&self, whose: &Whose) -> Result<u64, StoreError> {
        self.dead_letters.count(&whose.dead_letters()).await
    }

    /// Removes the dead letters that `uses` has seen: what a later one refers to isn't known.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_dead_letters(&self, whose: &Whose, uses: &Uses) -> Result<u64, StoreError> {
        self.dead_letters.purge_through(&whose.dead_letters(), uses.dead_letters_through).await
    }

    /// How many documents have an outcome.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn outcomes(&self, whose: &Whose) -> Result<u64, StoreError> {
        self.outcomes.count(&whose.outcomes()).await
    }

    /// Removes the outcomes that `uses` has seen, with all their revisions.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_outcomes(&self, whose: &Whose, uses: &Uses) -> Result<u64, StoreError> {
        self.outcomes.purge_through(&whose.outcomes(), uses.outcomes_through).await
    }

    /// How many checks of documents there are, and reports: of one document's collection too, unless the report doesn't
    /// tell of it.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn analyses(&self, whose: &Whose) -> Result<u64, StoreError> {
        let checks = self.analyses.count(&whose.analyses()).await?;
        let Some(report) = self.analyses.last(&report_subject(&whose.collection)).await? else {
            return Ok(checks);
        };
        let Some(document) = &whose.document else { return Ok(checks + 1) };
        let body = match report.headers.get(HEADER_PAYLOAD) {
            Some(digest) => self.payloads.get(digest.as_str(), PAYLOAD_BYTES_MAX).await,
            None => Ok(report.payload),
        };
        let tells = match body {
            Ok(body) => lists(&body, document),
            Err(
                StoreError::NotFound { .. } | StoreError::TooLarge { .. } | StoreError::Unreadable { .. },
            ) => false,
            Err(error) => return Err(error),
        };
        Ok(checks + u64::from(tells))
    }

    /// Removes the checks, and the report: it tells of every document.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_analyses(&self, whose: &Whose) -> Result<u64, StoreError> {
        let checks = self.analyses.purge(&whose.analyses()).await?;
        Ok(checks + self.analyses.purge(&report_subject(&whose.collection)).await?)
    }

    /// Removes a collection's manifest and the word that it is complete.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_collection(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        let done = self.collections.purge(&done_subject(collection)).await?;
        Ok(done + self.collections.purge(&manifest_subject(collection)).await?)
    }

    /// How many of a collection's manifest and completion are there.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn collection(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        let done = self.collections.count(&done_subject(collection)).await?;
        Ok(done + self.collections.count(&manifest_subject(collection)).await?)
    }

    /// How many excerpts there are, and marks of deleted ones.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn excerpts(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        Ok(self.excerpts_of(collection).await?.len() as u64)
    }

    /// Removes a collection's excerpts.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_excerpts(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        let mut removed = 0;
        for excerpt in self.excerpts_of(collection).await? {
            removed += u64::from(self.excerpts.erase(&excerpt).await?);
        }
        Ok(removed)
    }

    async fn excerpts_of(&self, collection: &CollectionId) -> Result<Vec<Entry>, StoreError> {
        let prefix = excerpt_objects_of(collection);
        let mut excerpts = self.excerpts.entries().await?;
        excerpts.retain(|excerpt| excerpt.name.starts_with(&prefix));
        Ok(excerpts)
    }

    /// How many large bodies there are.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn payloads(&self, whose: &Whose) -> Result<u64, StoreError> {
        Ok(self.payloads_of(whose).await?.len() as u64)
    }

    /// Removes the large bodies of what was removed.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_payloads(&self, whose: &Whose) -> Result<u64, StoreError> {
        let mut removed = 0;
        for payload in self.payloads_of(whose).await? {
            removed += u64::from(self.payloads.erase(&payload).await?);
        }
        Ok(removed)
    }

    /// All are read, since nothing leads to those of messages that were replaced. What isn't read as anybody's isn't ours.
    async fn payloads_of(&self, whose: &Whose) -> Result<Vec<Entry>, StoreError> {
        let mut payloads = self.payloads.entries().await?;
        payloads.retain(|payload| !payload.is_deleted);
        let still_named = self.payloads_named(whose).await?;
        let mut ours = Vec::new();
        for payload in payloads {
            let body = match self.payloads.get(&payload.name, PAYLOAD_BYTES_MAX).await {
                Ok(body) => body,
                Err(
                    StoreError::NotFound { .. } | StoreError::TooLarge { .. } | StoreError::Unreadable { .. },
                ) => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            let Ok(owner) = serde_json::from_slice::<Owner>(&body) else { continue };
            let is_ours = match (&whose.document, &owner.document) {
                _ if owner.collection != whose.collection => false,
                (None, _) => true,
                (Some(document), Some(owner)) => owner == document,
                // The report or the manifest: the one that is there was made without the document.
                (Some(_), None) => !still_named.contains(&payload.name),
            };
            if is_ours {
                ours.push(payload);
            }
        }
        Ok(ours)
    }

    /// The large bodies of the report and the manifest that are there.
    async fn payloads_named(&self, whose: &Whose) -> Result<BTreeSet<String>, StoreError> {
        let report = self.analyses.last(&report_subject(&whose.collection)).await?;
        let manifest = self.collections.last(&manifest_subject(&whose.collection)).await?;
        let named = report.iter().chain(&manifest).filter_map(|raw| raw.headers.get(HEADER_PAYLOAD));
        Ok(named.map(|digest| digest.as_str().to_owned()).collect())
    }

    /// How many entries there are of what the collection has spent.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn spend(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        Ok(self.spend_of(collection).await?.len() as u64)
    }

    /// Removes what the collection has spent, in every currency.
    ///
    /// # Errors
    /// As [`Self::dead_letters`].
    pub async fn remove_spend(&self, collection: &CollectionId) -> Result<u64, StoreError> {
        let mut removed = 0;
        for subject in self.spend_of(collection).await? {
            removed += self.quota.purge(&subject).await?;
        }
        Ok(removed)
    }

    async fn spend_of(&self, collection: &CollectionId) -> Result<Vec<String>, StoreError> {
        let entries = self.quota.all(&format!("$KV.{BUCKET_QUOTA}.spend.*")).await?;
        let spends = |body: &[u8]| {
            serde_json::from_slice::<Spender>(body).is_ok_and(|of| of.collection == *collection)
        };
        Ok(entries.into_iter().filter(|raw| spends(&raw.payload)).map(|raw| raw.subject).collect())
    }
}

impl Whose {
    fn outcomes(&self) -> String {
        match &self.document {
            Some(document) => outcome_subject(&self.collection, document),
            None => outcome_subjects_of(&self.collection),
        }
    }

    fn dead_letters(&self) -> String {
        match &self.document {
            Some(document) => dead_subjects_of_document(&self.collection, document),
            None => dead_subjects_of(Some(&self.collection)),
        }
    }

    fn analyses(&self) -> String {
        match &self.document {
            Some(document) => document_analysis_subject(&self.collection, document),
            None => document_analysis_subjects_of(&self.collection),
        }
    }
}

/// Whether a report has a document among those it covers.
fn lists(report: &[u8], document: &DocumentId) -> bool {
    let report = serde_json::from_slice::<Report>(report);
    report.is_ok_and(|report| report.documents.iter().any(|line| line.document == *document))
}
