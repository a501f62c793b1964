//! How a collection stands: what was accepted, and of that what waits, is being worked on, and has which outcome.
//!
//! Called by `status` and `reconcile`. Looks may be repeated: then only new outcomes are read. The order of looking makes it true
//! at every moment: the queue is read before the outcomes, so that a document which is done in between is counted as
//! done, and none is ever called missing that isn't.

use std::collections::{HashMap, HashSet};

use docmill_chassis::stores::{Kept, Queued, Queues, StoreError};
use docmill_contract::collection::{Manifest, ManifestEntry};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::names::Work;
use docmill_contract::outcome::Status;
use serde::Serialize;

use crate::results::{self, Tally};
use crate::session::Session;

/// What is known of a collection.
pub(crate) struct Standing<'a> {
    session: &'a Session,
    collection: &'a CollectionId,
    queues: Queues,
    manifest: Option<Kept<Manifest>>,
    statuses: HashMap<DocumentId, Status>,
    /// Outcomes up to this sequence have been read.
    through: u64,
}

/// The figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    pub(crate) collection: CollectionId,
    /// How many documents its manifest lists; absent without one.
    pub(crate) listed: Option<u64>,
    /// How many documents have been accepted, as far as is known: those that are listed, or have an outcome, or else a job.
    pub(crate) accepted: u64,
    /// Jobs nobody has begun.
    pub(crate) waiting: u64,
    /// Jobs that a worker has, or has handed back to be tried again.
    pub(crate) in_progress: u64,
    /// How many documents have an outcome.
    pub(crate) outcomes: u64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    /// Listed documents that have neither an outcome nor a job: `docmill reconcile` puts them back.
    pub(crate) missing: u64,
    /// Whether every listed document has an outcome and the report covers them.
    pub(crate) done: bool,
    pub(crate) report_revision: Option<u32>,
}

impl<'a> Standing<'a> {
    /// Knows nothing yet.
    pub(crate) fn new(session: &'a Session, collection: &'a CollectionId) -> Self {
        Self {
            session,
            collection,
            queues: Queues::new(&session.nats),
            manifest: None,
            statuses: HashMap::new(),
            through: 0,
        }
    }

    /// Looks (again).
    ///
    /// # Errors
    /// If a store is absent or NATS doesn't answer.
    pub(crate) async fn look(&mut self) -> Result<Progress, StoreError> {
        let (stores, collection) = (&self.session.stores, self.collection);
        let queued = self.queues.count(Work::Process, collection).await?;
        self.read_manifest().await?;
        self.read_outcomes().await?;
        let done = stores.collections.done(collection).await?;
        let report = stores.analyses.report(collection).await?;
        // The word may be of an older manifest.
        let is_done = self
            .manifest
            .as_ref()
            .zip(done)
            .is_some_and(|(manifest, done)| done.value.manifest_sequence >= manifest.sequence);
        Ok(self.progress(queued, is_done, report.map(|kept| kept.value.revision)))
    }

    fn progress(&self, queued: Queued, done: bool, report_revision: Option<u32>) -> Progress {
        let outcomes = self.statuses.len() as u64;
        let listed = self.manifest.as_ref().map(|kept| kept.value.documents.len() as u64);
        let open = self.open().count() as u64;
        let in_queue = queued.waiting.saturating_add(queued.begun);
        let accepted = match listed {
            Some(_) => outcomes.saturating_add(open),
            None => outcomes.saturating_add(in_queue),
        };
        Progress {
            collection: self.collection.clone(),
            listed,
            accepted,
            waiting: queued.waiting,
            in_progress: queued.begun,
            outcomes,
            tally: results::tally(self.statuses.values().copied()),
            missing: open.saturating_sub(in_queue),
            done,
            report_revision,
        }
    }

    /// The manifest, as of the last look.
    pub(crate) fn manifest(&self) -> Option<&Kept<Manifest>> {
        self.manifest.as_ref()
    }

    /// Listed documents without an outcome, as of the last look.
    pub(crate) fn open(&self) -> impl Iterator<Item = &ManifestEntry> {
        let listed = self.manifest.iter().flat_map(|kept| &kept.value.documents);
        listed.filter(|entry| !self.statuses.contains_key(&entry.document))
    }

    /// Listed documents that have an outcome, with its status, as of the last look.
    pub(crate) fn settled(&self) -> impl Iterator<Item = (&ManifestEntry, Status)> {
        let listed = self.manifest.iter().flat_map(|kept| &kept.value.documents);
        listed.filter_map(|entry| Some((entry, *self.statuses.get(&entry.document)?)))
    }

    /// The documents that jobs in the queue are for. Whoever asks this first and looks then, finds every open document
    /// here that isn't missing.
    ///
    /// # Errors
    /// As [`Standing::look`].
    pub(crate) async fn queued_documents(&self) -> Result<HashSet<DocumentId>, StoreError> {
        self.queues.documents(Work::Process, self.collection).await
    }

    /// How many analysis jobs of the collection there are.
    ///
    /// # Errors
    /// As [`Standing::look`].
    pub(crate) async fn analyses_queued(&self) -> Result<u64, StoreError> {
        let queued = self.queues.count(Work::Analyse, self.collection).await?;
        Ok(queued.waiting.saturating_add(queued.begun))
    }

    async fn read_manifest(&mut self) -> Result<(), StoreError> {
        let collections = &self.session.stores.collections;
        let there = collections.listed(self.collection).await?.map(|kept| kept.sequence);
        if there != self.manifest.as_ref().map(|kept| kept.sequence) {
            self.manifest = collections.manifest(self.collection).await?;
        }
        Ok(())
    }

    async fn read_outcomes(&mut self) -> Result<(), StoreError> {
        let outcomes = &self.session.stores.outcomes;
        // Some may have been erased since: then all are read again.
        if self.through > 0 && outcomes.count(self.collection).await? < self.statuses.len() as u64 {
            self.statuses.clear();
            self.through = 0;
        }
        let mut listing = outcomes.since(self.collection, self.through).await?;
        loop {
            let kept = listing.next().await?;
            if kept.is_empty() {
                return Ok(());
            }
            for Kept { value, sequence, .. } in kept {
                self.statuses.insert(value.document, value.status);
                self.through = self.through.max(sequence);
            }
        }
    }
}
