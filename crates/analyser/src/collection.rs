//! When a collection's report is due, and when a collection is complete.
//!
//! Called by `job` after each document. A collection with a manifest is due when every listed document has an
//! outcome, and says `done` once for that manifest; any other is due when no new outcome has come for a while.
//! Many documents finish at once, so report jobs are few: one message id for a completion, one for each quiet
//! period, and a report that covers everything already is not made again.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use docmill_chassis::delivery::{Delivery, Trace};
use docmill_chassis::stores::{Kept, ReplaceError, StoreError};
use docmill_contract::analysis::DocumentLine;
use docmill_contract::collection::{CollectionDone, Manifest};
use docmill_contract::identity::CollectionId;
use docmill_contract::job::{AnalyseJob, Trigger};
use docmill_contract::outcome::Status;

use crate::app::Analyser;
use crate::error::AnalyseError;

impl Analyser {
    /// A document of `collection` has a new outcome, the one at `outcome_sequence` of the stream: orders the report where that
    /// may make it due.
    pub(crate) async fn order_report(
        &self,
        collection: &CollectionId,
        outcome_sequence: u64,
        trace: &Trace,
    ) -> Result<(), StoreError> {
        let manifest = self.stores.collections.listed(collection).await?;
        let open_manifest = match manifest {
            Some(manifest) if !self.is_done(collection, manifest.sequence).await? => Some(manifest),
            Some(_) | None => None,
        };
        let (trigger, id) = match open_manifest {
            Some(manifest) => {
                if !self.countdown.may_be_complete(collection, manifest.sequence, outcome_sequence) {
                    return Ok(());
                }
                let counted = self.stores.outcomes.count(collection).await?;
                if let Some(missing) = manifest.value.checked_sub(counted).filter(|&missing| missing > 0) {
                    self.countdown.missing(collection, manifest.sequence, outcome_sequence, missing);
                    return Ok(());
                }
                let newest =
                    self.stores.outcomes.newest(collection).await?.map_or(0, |(sequence, _)| sequence);
                (Trigger::Complete, format!("report-{collection}-{}-{newest}", manifest.sequence))
            }
            None => (Trigger::Quiet, format!("report-{collection}-quiet-{}", self.quiet_period())),
        };
        let job = AnalyseJob { trigger, ..AnalyseJob::of(collection.clone(), None) };
        self.jobs.publish_analyse(self.lane, collection, &job, &id, trace).await?;
        Ok(())
    }

    /// Counts quiet periods since 1970: one report job for each of them is enough.
    fn quiet_period(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        now.as_secs() / self.quiet.as_secs().max(1)
    }

    /// Whether the report is due by now. `Ok(false)` means that another job will make it, or has made it.
    pub(crate) async fn is_due(
        &self,
        collection: &CollectionId,
        trigger: Trigger,
        delivery: &Delivery,
    ) -> Result<bool, AnalyseError> {
        if trigger == Trigger::Asked {
            return Ok(true);
        }
        let Some((newest, stored)) = self.stores.outcomes.newest(collection).await? else { return Ok(false) };
        let report = self.stores.analyses.report(collection).await?;
        let is_covered = report.is_some_and(|report| report.value.covers.last_outcome_sequence >= newest);
        if trigger == Trigger::Complete {
            // Even a report that covers everything may have been made just before `done` could be said.
            return Ok(true);
        }
        if is_covered {
            return Ok(false);
        }
        match wait_for_quiet(stored, delivery.published.into(), SystemTime::now(), self.quiet) {
            Quiet::Now => Ok(true),
            Quiet::LaterJobsDoIt => Ok(false),
            Quiet::In(again_in) => Err(AnalyseError::NotQuietYet { again_in }),
        }
    }

    /// Says `done` for the newest manifest if every listed document is among `documents`, once.
    pub(crate) async fn finish(
        &self,
        collection: &CollectionId,
        documents: &[DocumentLine],
        report_revision: u32,
        trace: &Trace,
    ) -> Result<(), AnalyseError> {
        let Some(Kept { value: manifest, sequence, .. }) =
            self.stores.collections.manifest(collection).await?
        else {
            return Ok(());
        };
        let done = self.stores.collections.done(collection).await?;
        if done.as_ref().is_some_and(|done| done.value.manifest_sequence >= sequence) {
            return Ok(());
        }
        let Some(word) = completion(&manifest, sequence, documents, report_revision) else { return Ok(()) };
        let expected = done.map_or(0, |done| done.sequence);
        match self.stores.collections.replace_done(&word, expected, trace).await {
            Ok(_) => {
                tracing::info!(%collection, documents = word.documents, "the collection is complete");
                Ok(())
            }
            // Another worker said it meanwhile.
            Err(ReplaceError::Superseded) => Ok(()),
            Err(ReplaceError::Store(error)) => Err(error.into()),
        }
    }

    async fn is_done(&self, collection: &CollectionId, manifest_sequence: u64) -> Result<bool, StoreError> {
        let done = self.stores.collections.done(collection).await?;
        Ok(done.is_some_and(|done| done.value.manifest_sequence >= manifest_sequence))
    }
}

/// The word that `manifest` is complete, if every document it lists is among `lines`.
fn completion(
    manifest: &Manifest,
    manifest_sequence: u64,
    lines: &[DocumentLine],
    report_revision: u32,
) -> Option<CollectionDone> {
    let mut missing: BTreeSet<_> = manifest.documents.iter().map(|entry| &entry.document).collect();
    let documents = u64::try_from(missing.len()).unwrap_or(u64::MAX);
    let mut done = CollectionDone {
        version: docmill_contract::VERSION,
        collection: manifest.collection.clone(),
        manifest_sequence,
        documents,
        verified: 0,
        needs_review: 0,
        failed: 0,
        report_revision,
    };
    for line in lines {
        if !missing.remove(&line.document) {
            continue;
        }
        match line.status {
            Status::Verified => done.verified += 1,
            Status::NeedsReview => done.needs_review += 1,
            Status::Failed => done.failed += 1,
        }
    }
    missing.is_empty().then_some(done)
}

/// What a report job that waits for quiet does.
#[derive(Debug, PartialEq, Eq)]
enum Quiet {
    /// It is quiet.
    Now,
    /// Outcomes came so much later than this job that one of their jobs will make the report.
    LaterJobsDoIt,
    /// Look again then.
    In(Duration),
}

/// `newest` is when the last outcome was stored, `ordered` when this job was published.
///
/// An outcome that is more than one period younger than this job belongs to a later period, whose own job exists
/// or will: dropping this one then keeps the number of waiting jobs at about one, however long outcomes flow.
fn wait_for_quiet(newest: SystemTime, ordered: SystemTime, now: SystemTime, quiet: Duration) -> Quiet {
    let age = now.duration_since(newest).unwrap_or_default();
    if age >= quiet {
        return Quiet::Now;
    }
    if newest.duration_since(ordered).unwrap_or_default() > quiet * 2 {
        return Quiet::LaterJobsDoIt;
    }
    Quiet::In(quiet - age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_wait_for_quiet() {
        let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
        let check = |newest, ordered, now, expected| {
            let found = wait_for_quiet(at(newest), at(ordered), at(now), Duration::from_secs(30));
            assert_eq!(found, expected, "newest {newest}, ordered {ordered}, now {now}");
        };
        check(100, 100, 130, Quiet::Now);
        check(100, 100, 110, Quiet::In(Duration::from_secs(20)));
        check(150, 100, 160, Quiet::In(Duration::from_secs(20)));
        check(161, 100, 170, Quiet::LaterJobsDoIt);
        // A clock behind the server's only waits longer.
        check(200, 190, 100, Quiet::In(Duration::from_secs(30)));
    }
}
