//! The whole job of the Data Analyser: a message in, an analysis out.
//!
//! [`Analyser::analyse`] is the story. Called by the chassis for every delivery. All computing happens behind the
//! `cpu` door, on rayon.

use docmill_chassis::delivery::Delivery;
use docmill_chassis::metrics::JobStage;
use docmill_chassis::run::Worker;
use docmill_chassis::settle::Verdict;
use docmill_chassis::traces::spans::step;
use docmill_contract::dead_letter::{DeadJob, DeadLetter};
use docmill_contract::failure::{Failure, FailureStage};
use docmill_contract::identity::{CollectionId, DocumentId};
use docmill_contract::job::{AnalyseJob, Trigger};
use docmill_contract::names::Work;
use tracing::Instrument as _;

use crate::app::Analyser;
use crate::error::{AnalyseError, Fate};
use crate::excerpts::Read;
use crate::recall::{KnownProfiles, recalled};

impl Analyser {
    /// From message to analysis.
    async fn analyse(&self, delivery: &Delivery) -> Result<(), AnalyseError> {
        if let Some(reason) = delivery.subject_problem.clone() {
            return Err(docmill_contract::job::JobError::Invalid { reason }.into());
        }
        let job = AnalyseJob::read(&delivery.payload)?;
        let collection = collection_of(&job, delivery)?;
        delivery.is_about(&collection, job.document.as_ref());
        match &job.document {
            Some(document) => {
                self.check_document(&collection, document, delivery).instrument(step("analyse")).await
            }
            None => Box::pin(self.report(&collection, &job, delivery)).instrument(step("report")).await,
        }
    }

    /// The checks of one document; then the collection's report, where that is due.
    async fn check_document(
        &self,
        collection: &CollectionId,
        document: &DocumentId,
        delivery: &Delivery,
    ) -> Result<(), AnalyseError> {
        let current = self.stores.outcomes.current(collection, document);
        // An outcome that was erased meanwhile leaves nothing to analyse.
        let Some(outcome) = self.stages.time(JobStage::Recall, current).await? else { return Ok(()) };
        let outcome_sequence = outcome.sequence;
        let recalled = recalled(outcome);
        let mut profiles = KnownProfiles::default();
        profiles.recall(recalled.outcome.profile.iter(), &self.stores.profiles).await?;
        let check = move || docmill_analysis::check_document(&recalled, profiles.0.values().next());
        let analysis = self.stages.time(JobStage::Compute, self.cpu.run(check)).await?;
        let conclude = async {
            self.publish(analysis, false, &delivery.trace).await?;
            self.order_report(collection, outcome_sequence, &delivery.trace).await?;
            Ok(())
        };
        self.stages.time(JobStage::Conclude, conclude).await
    }

    /// The report of a whole collection; then the word that it is complete, where it is.
    async fn report(
        &self,
        collection: &CollectionId,
        job: &AnalyseJob,
        delivery: &Delivery,
    ) -> Result<(), AnalyseError> {
        if !self.is_due(collection, job.trigger, delivery).await? {
            return Ok(());
        }
        // A person who asks wants to be sure that nothing old is in it.
        let is_asked = job.trigger == Trigger::Asked;
        let read = if is_asked { Read::Everything } else { Read::OnlyWhatIsNew };
        let report = self.made_report(collection, job.spec.as_ref(), read).await?;
        let (outcomes, findings) = (report.covers.outcomes, report.findings.len());
        let documents = report.documents.clone();
        let conclude = async {
            let revision = self.publish(report, is_asked, &delivery.trace).await?;
            tracing::info!(%collection, outcomes, findings, revision, "the report is there");
            self.finish(collection, &documents, revision, &delivery.trace).await
        };
        self.stages.time(JobStage::Conclude, conclude).await
    }

    /// Lists a job that can't be done; what can't be listed now is handed back.
    async fn fail(&self, failure: Failure, delivery: &Delivery) -> Verdict {
        let code = failure.code;
        let letter = dead_letter(failure, delivery);
        tracing::warn!(code = code.as_str(), document = %letter.document, "the analysis failed");
        match self.stores.dead_letters.put(Work::Analyse, &letter, &delivery.trace).await {
            Ok(()) => Verdict::Failed(code),
            Err(error) => Verdict::of_store(&error, format!("the dead letter can't be written: {error}")),
        }
    }
}

impl Worker for Analyser {
    fn work(&self) -> Work {
        Work::Analyse
    }

    async fn handle(&self, delivery: Delivery) -> Verdict {
        let result = tokio::select! {
            result = self.analyse(&delivery) => result,
            () = delivery.cancelled.cancelled() => Err(AnalyseError::Stopping),
        };
        let Err(error) = result else { return Verdict::Done };
        match error.fate() {
            Fate::HandBack(delay) => Verdict::HandBack { delay, why: error.to_string() },
            Fate::Blocked => Verdict::Blocked { why: error.to_string() },
            Fate::Fails(code) => {
                let reason = error.to_string();
                let failure =
                    Failure { code, reason, stage: FailureStage::Analyse, attempts: delivery.starts };
                self.fail(failure, &delivery).await
            }
        }
    }

    async fn give_up(&self, delivery: Delivery, failure: Failure) -> Verdict {
        self.fail(Failure { stage: FailureStage::Analyse, ..failure }, &delivery).await
    }
}

/// The job's collection: the subject's and the body's must agree, the plain subject takes the body's.
fn collection_of(job: &AnalyseJob, delivery: &Delivery) -> Result<CollectionId, AnalyseError> {
    match (&delivery.subject.collection, &job.collection) {
        (Some(subject), Some(body)) if subject != body => {
            Err(AnalyseError::CollectionMismatch { subject: subject.to_string(), body: body.to_string() })
        }
        (Some(collection), _) | (None, Some(collection)) => Ok(collection.clone()),
        (None, None) => Ok(CollectionId::default_collection()),
    }
}

/// A dead letter of an analysis job. A collection's report has no document, so its message stands for one.
fn dead_letter(failure: Failure, delivery: &Delivery) -> DeadLetter {
    let job = AnalyseJob::read(&delivery.payload).ok();
    let document = job.as_ref().and_then(|job| job.document.clone());
    let document = document.unwrap_or_else(|| DocumentId::of_invalid_message(&delivery.payload));
    let of_subject = delivery.subject.collection.clone();
    let collection = of_subject.or_else(|| job.and_then(|job| job.collection));
    let now = jiff::Timestamp::now().to_string();
    DeadLetter {
        version: docmill_contract::VERSION,
        collection: collection.unwrap_or_else(CollectionId::default_collection),
        name: document.to_string(),
        document,
        stage: failure.stage,
        failure,
        job: DeadJob::of(delivery.subject.to_string(), &delivery.payload),
        first_seen: now.clone(),
        last_seen: now,
    }
}
