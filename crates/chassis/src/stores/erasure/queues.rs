//! Jobs that wait in the work queues, or that workers have.
//!
//! Called through [`Erasure`]. A work queue has no listings beside its consumers', so it is gone through message by message.

use std::collections::BTreeMap;

use async_nats::jetstream::context::ConsumerInfoErrorKind;
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::names::{
    CONTENT_TYPE_PDF, HEADER_COLLECTION, HEADER_CONTENT_TYPE, HEADER_DOCUMENT, JobSubject, Lane, Work,
    consumer,
};
use serde_json::Value;

use super::pdfs::Pdf;
use super::{Erasure, Whose};
use crate::stores::StoreError;
use crate::stores::subjects::{Raw, Subjects};

/// All jobs, those on the plain subject included.
const ALL_JOBS: &str = "docmill.jobs.>";

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

/// A message of a queue, as far as it can be read.
struct Job<'a> {
    subject: JobSubject,
    raw: &'a Raw,
    body: Value,
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
            let begun = self.begun(work).await?;
            let mut next = 1;
            while let Some(raw) = queue.next(ALL_JOBS, next).await? {
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
        while let Some(raw) = self.process.next(ALL_JOBS, next).await? {
            next = raw.sequence.saturating_add(1);
            let Some(job) = Job::read(&raw) else { continue };
            let Some(pdf) = job.pdf() else { continue };
            let pdf = pdf.completed(digests);
            let is_ours = job.is(whose, Some(&pdf));
            pdfs.push((pdf, is_ours));
        }
        Ok(pdfs)
    }

    /// Up to which sequence the jobs of each lane have been given out.
    async fn begun(&self, work: Work) -> Result<impl Fn(Lane) -> u64 + use<>, StoreError> {
        let mut through = Vec::new();
        for lane in Lane::ALL {
            let name = consumer(work, lane);
            let stream = self.jetstream.get_stream_no_info(work.stream()).await;
            let stream = stream.map_err(|error| StoreError::of(work.stream(), error))?;
            match stream.consumer_info(&name).await {
                Ok(info) => through.push((lane, info.delivered.stream_sequence)),
                // A lane that isn't provisioned gives nothing out.
                Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::of(format!("consumer {name}"), error)),
            }
        }
        Ok(move |lane| through.iter().find(|(of, _)| *of == lane).map_or(0, |(_, sequence)| *sequence))
    }

    fn queue(&self, work: Work) -> &Subjects {
        match work {
            Work::Process => &self.process,
            Work::Analyse => &self.analyse,
        }
    }
}

impl<'a> Job<'a> {
    fn read(raw: &'a Raw) -> Option<Self> {
        let body = serde_json::from_slice(&raw.payload).unwrap_or_default();
        Some(Self { subject: JobSubject::parse(&raw.subject)?, raw, body })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.raw.headers.get(name).map(|value| value.as_str())
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }

    fn is_raw_pdf(&self) -> bool {
        self.header(HEADER_CONTENT_TYPE).is_some_and(|value| value.trim() == CONTENT_TYPE_PDF)
    }

    /// The collection its worker will take it for.
    fn collection(&self) -> CollectionId {
        let named = || self.text("/collection").or_else(|| self.header(HEADER_COLLECTION))?.parse().ok();
        self.subject.collection.clone().or_else(named).unwrap_or_else(CollectionId::default_collection)
    }

    fn pdf(&self) -> Option<Pdf> {
        match self.subject.work {
            Work::Process if self.is_raw_pdf() => Some(Pdf::of_bytes(&self.raw.payload)),
            Work::Process => Pdf::of_source(&self.body),
            Work::Analyse => None,
        }
    }

    fn is(&self, whose: &Whose, pdf: Option<&Pdf>) -> bool {
        self.collection() == whose.collection
            && whose.document.as_ref().is_none_or(|document| self.may_be(document, pdf))
    }

    /// Whether its worker takes it for this document: by the id that it gives, else by what stands in for one.
    fn may_be(&self, document: &DocumentId, pdf: Option<&Pdf>) -> bool {
        if let Some(id) = self.text("/document").or_else(|| self.header(HEADER_DOCUMENT)) {
            return id == document.as_str();
        }
        if self.subject.work == Work::Analyse {
            return false;
        }
        let of_text = |text: &str| DocumentId::from_digest(&Sha256Hex::of(text.as_bytes()));
        let of_bytes = pdf.and_then(|pdf| pdf.sha256.as_ref()).map(DocumentId::from_digest);
        let of_source = self.text("/source/url").or_else(|| self.text("/source/object")).map(of_text);
        let of_message = DocumentId::of_invalid_message(&self.raw.payload);
        [of_bytes, of_source, Some(of_message)].iter().flatten().any(|id| id == document)
    }

    fn is_report_of(&self, collection: &CollectionId) -> bool {
        self.text("/document").is_none() && self.collection() == *collection
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use async_nats::HeaderMap;

    use super::*;

    /// Whether a message is taken for a job of collection `q3`, or of a document of it.
    #[track_caller]
    fn check(subject: &str, headers: &[(&str, &str)], payload: &str, document: Option<&str>, expected: bool) {
        let mut map = HeaderMap::new();
        for &(name, value) in headers {
            map.insert(name, value);
        }
        let raw = Raw {
            subject: subject.to_owned(),
            sequence: 1,
            stored: SystemTime::UNIX_EPOCH,
            headers: map,
            payload: payload.to_owned().into(),
        };
        let whose = Whose {
            collection: "q3".parse().unwrap(),
            document: document.map(|document| document.parse().unwrap()),
        };
        let job = Job::read(&raw).unwrap();
        assert_eq!(job.is(&whose, job.pdf().as_ref()), expected, "{subject} {payload} {document:?}");
    }

    #[test]
    fn a_job_is_whose_its_worker_takes_it_for() {
        let (bulk, plain) = ("docmill.jobs.process.bulk.q3", "docmill.jobs.process");
        check(bulk, &[], "anything", None, true);
        check("docmill.jobs.process.bulk.q4", &[], r#"{"collection": "q3"}"#, None, false);
        check(plain, &[], r#"{"collection": "q3"}"#, None, true);
        check(plain, &[(HEADER_COLLECTION, "q3")], "%PDF", None, true);
        check(plain, &[], "{}", None, false);

        check(bulk, &[], r#"{"document": "a"}"#, Some("a"), true);
        check(bulk, &[], r#"{"document": "ab"}"#, Some("a"), false);
        check("docmill.jobs.analyse.bulk.q3", &[], r#"{"document": "a"}"#, Some("a"), true);
        check("docmill.jobs.analyse.bulk.q3", &[], "{}", Some("a"), false);
        let of = |text: &str| DocumentId::from_digest(&Sha256Hex::of(text.as_bytes()));
        let pdf = [(HEADER_CONTENT_TYPE, CONTENT_TYPE_PDF)];
        check(bulk, &pdf, "%PDF", Some(of("%PDF").as_str()), true);
        check(bulk, &pdf, "%PDF", Some(of("%PDF-").as_str()), false);
        check(bulk, &[], r#"{"source": {"url": "https://a"}}"#, Some(of("https://a").as_str()), true);
        check(bulk, &[], "{", Some(DocumentId::of_invalid_message(b"{").as_str()), true);
    }
}
