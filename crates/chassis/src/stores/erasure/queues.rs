//! Jobs that wait in the work queues, or that workers have.
//!
//! Called through [`Erasure`]. A work queue has no listings beside its consumers', so it is gone through message by message.

use std::collections::BTreeMap;

use docmill_contract::identity::Sha256Hex;
use docmill_contract::names::{ALL_JOB_SUBJECTS, Work};

use super::pdfs::Pdf;
use super::{Erasure, Whose};
use crate::stores::StoreError;
use crate::stores::queued::{Job, begun};
use crate::stores::subjects::Subjects;

/// A job that is in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which queue.
    pub work: Work,
    /// Its place there.
    pub sequence: u64,
    /// A worker has it, or has had it.
    pub is_begun: bool,
    /// It makes the report of one document's collection: it isn't ours, but what it makes may tell of the document.
    pub is_report: bool,
    /// What it is to read, as far as it says.
    pub pdf: Option<Pdf>,
}

impl Erasure {
    /// The jobs of a collection, or of one document.
    ///
    /// # Errors
    /// If a queue is absent or NATS doesn't answer.
    pub async fn jobs(&self, whose: &Whose) -> Result<Vec<Waiting>, StoreError> {
        let digests = self.digests().await?;
        let mut jobs = Vec::new();
        for work in Work::ALL {
            let queue = self.queue(work);
            let begun = begun(&self.jetstream, work).await?;
            let mut next = 1;
            while let Some(raw) = queue.next(ALL_JOB_SUBJECTS, next).await? {
                next = raw.sequence.saturating_add(1);
                let Some(job) = Job::read(&raw) else { continue };
                let pdf = job.pdf().map(|pdf| pdf.completed(&digests));
                let is_ours = job.is(whose, pdf.as_ref());
                let is_report = !is_ours && work == Work::Analyse && job.is_report_of(&whose.collection);
                if is_ours || is_report {
                    let is_begun = raw.sequence <= begun(job.subject.lane);
                    jobs.push(Waiting { work, sequence: raw.sequence, is_begun, is_report, pdf });
                }
            }
        }
        Ok(jobs)
    }

    /// Removes a job, and says whether it was there.
    ///
    /// # Errors
    /// If the queue is absent or NATS doesn't answer.
    pub async fn remove_job(&self, job: &Waiting) -> Result<bool, StoreError> {
        self.queue(job.work).remove(job.sequence).await
    }

    /// The PDFs that jobs are to read, and whether these are ours.
    pub(super) async fn process_jobs(
        &self,
        whose: &Whose,
        digests: &BTreeMap<String, Sha256Hex>,
    ) -> Result<Vec<(Pdf, bool)>, StoreError> {
        let mut pdfs = Vec::new();
        let mut next = 1;
        while let Some(raw) = self.process.next(ALL_JOB_SUBJECTS, next).await? {
            next = raw.sequence.saturating_add(1);
            let Some(job) = Job::read(&raw) else { continue };
            let Some(pdf) = job.pdf() else { continue };
            let pdf = pdf.completed(digests);
            let is_ours = job.is(whose, Some(&pdf));
            pdfs.push((pdf, is_ours));
        }
        Ok(pdfs)
    }

    fn queue(&self, work: Work) -> &Subjects {
        match work {
            Work::Process => &self.process,
            Work::Analyse => &self.analyse,
        }
    }
}
