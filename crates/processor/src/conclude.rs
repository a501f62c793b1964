//! The end of a job: the outcome written once, then everything that follows from it.
//!
//! Called by `job` with a draft and how it ended. Every step may be repeated with no visible effect, so a crash
//! anywhere in here is mended by the job's next delivery.

use docmill_chassis::delivery::Delivery;
use docmill_chassis::stores::{Kept, ReplaceError, StoreError};
use docmill_contract::dead_letter::{DeadJob, DeadLetter};
use docmill_contract::failure::FailureCode;
use docmill_contract::identity::Sha256Hex;
use docmill_contract::job::AnalyseJob;
use docmill_contract::names::Work;
use docmill_contract::outcome::{Outcome, Status};

use crate::app::Processor;
use crate::draft::{Draft, Ending, Replaced};
use crate::error::JobError;

/// How often an outcome is tried to be written against others that write the same one. Two jobs of one document
/// at once are rare; more than a few are a fault.
const REPLACE_ATTEMPTS_MAX: u32 = 8;

impl Processor {
    /// The outcome that makes this job a no-op: of a later job, of this very job, or of the same work.
    pub(crate) async fn done_before(
        &self,
        draft: &mut Draft,
        delivery: &Delivery,
    ) -> Result<Option<Outcome>, JobError> {
        let current = self.stores.outcomes.known(draft.collection(), &draft.document()).await?;
        draft.replaces = Some(replaced(current.as_ref()));
        let Some(Kept { value: outcome, .. }) = current else { return Ok(None) };
        let is_of_this_or_a_later_job = outcome.source.job_sequence >= draft.job_sequence();
        // A failed document that is sent again is meant to be tried again: its cause may be mended, in a secret or a
        // setting that no key knows of.
        let is_whole = outcome.data.is_some() || outcome.failure.is_some();
        let is_same_work = outcome.work_key == draft.work_key()
            && is_whole
            && outcome.status != Status::Failed
            && delivery.replay.is_none();
        Ok((is_of_this_or_a_later_job || is_same_work).then_some(outcome))
    }

    /// Writes the outcome and hands it on.
    pub(crate) async fn conclude(
        &self,
        draft: &Draft,
        ending: &Ending,
        delivery: &Delivery,
    ) -> Result<(), JobError> {
        let (collection, document) = (draft.collection(), draft.document());
        // What was there before the work is there still, unless another job of the document came between: then the store refuses
        // to replace it, and what is there is read.
        let mut known = draft.replaces;
        for _ in 0..REPLACE_ATTEMPTS_MAX {
            let replaces = match known.take() {
                Some(known) => known,
                None => {
                    let current = self.stores.outcomes.known(collection, &document).await?;
                    if let Some(kept) = &current
                        && kept.value.source.job_sequence >= draft.job_sequence()
                    {
                        return self.hand_on(&kept.value, delivery).await;
                    }
                    replaced(current.as_ref())
                }
            };
            let Replaced { revision, sequence } = replaces;
            let revision = revision.saturating_add(1);
            let usage = draft.tally.usage(self.prices.as_ref());
            let outcome = draft.outcome(revision, ending, usage);
            match self.stores.outcomes.replace(&outcome, sequence, &delivery.trace).await {
                Ok(_sequence) => {
                    self.log(&outcome);
                    return self.hand_on(&outcome, delivery).await;
                }
                Err(ReplaceError::Superseded) => {}
                Err(ReplaceError::Store(StoreError::TooLarge { bytes, bytes_max, .. })) => {
                    return Err(JobError::OutcomeTooLarge { bytes, bytes_max });
                }
                Err(ReplaceError::Store(error)) => return Err(error.into()),
            }
        }
        let what = format!("the outcome of {collection}/{document}");
        Err(StoreError::unavailable(what, "other jobs of the same document keep writing it").into())
    }

    /// What follows from an outcome: its dead letter, or the end of it; and its analysis.
    pub(crate) async fn hand_on(&self, outcome: &Outcome, delivery: &Delivery) -> Result<(), JobError> {
        let dead_letters = &self.stores.dead_letters;
        match dead_letter(outcome, delivery) {
            Some(letter) => dead_letters.put(Work::Process, &letter, &delivery.trace).await?,
            None => dead_letters.purge(Work::Process, &outcome.collection, &outcome.document).await?,
        }
        let job = AnalyseJob::of(outcome.collection.clone(), Some(outcome.document.clone()));
        // Revision and job make every outcome its own analysis, also where one like it was lost or erased a moment ago; every
        // repetition of this step is the same one.
        let id = Sha256Hex::of(format!("{}/{}", outcome.collection, outcome.document).as_bytes());
        let job_sequence = outcome.source.job_sequence;
        let message_id = format!("{}-{}-{}-{job_sequence}", id.short(), outcome.work_key, outcome.revision);
        self.jobs.publish_analyse(self.lane, &outcome.collection, &job, &message_id, &delivery.trace).await?;
        Ok(())
    }

    fn log(&self, outcome: &Outcome) {
        self.metrics.outcome(outcome.status);
        let (proved, values) = outcome.verified_leaves();
        match &outcome.failure {
            Some(failure) => tracing::warn!(
                document = %outcome.document,
                code = failure.code.as_str(),
                attempts = failure.attempts,
                "the document failed"
            ),
            None => tracing::info!(
                document = %outcome.document,
                status = ?outcome.status,
                revision = outcome.revision,
                pages = outcome.source.pages_read,
                values,
                proved,
                calls = outcome.usage.calls,
                replayed_calls = outcome.usage.replayed_calls,
                "the document has a record"
            ),
        }
    }
}

fn replaced(current: Option<&Kept<Outcome>>) -> Replaced {
    current
        .map(|kept| Replaced { revision: kept.value.revision, sequence: kept.sequence })
        .unwrap_or_default()
}

/// The dead letter of a failed outcome; `None` for one with a record.
fn dead_letter(outcome: &Outcome, delivery: &Delivery) -> Option<DeadLetter> {
    let failure = outcome.failure.clone().filter(|_| outcome.status == Status::Failed)?;
    let now = jiff::Timestamp::now().to_string();
    Some(DeadLetter {
        version: docmill_contract::VERSION,
        collection: outcome.collection.clone(),
        document: outcome.document.clone(),
        name: outcome.name.clone(),
        stage: failure.stage,
        job: dead_job(outcome, delivery, failure.code),
        failure,
        first_seen: now.clone(),
        last_seen: now,
    })
}

/// The job as it was. A raw PDF is already in the store, so the job that fetches it from there stands in.
fn dead_job(outcome: &Outcome, delivery: &Delivery, code: FailureCode) -> DeadJob {
    let job = DeadJob::of(delivery.subject.to_string(), &delivery.payload);
    let kept = outcome.source.object.as_ref().filter(|_| code != FailureCode::JobNotJson);
    let (None, Some(object)) = (&job.body, kept) else { return job };
    let profile = outcome.profile.as_ref().and_then(|profile| profile.name.as_deref());
    let body = serde_json::json!({
        "version": docmill_contract::VERSION,
        "source": {"object": object},
        "collection": outcome.collection,
        "document": outcome.document,
        "name": outcome.name,
        "profile": profile.unwrap_or(docmill_contract::profile::DEFAULT_PROFILE),
    });
    DeadJob { body: Some(body), text: None, ..job }
}
