//! The work queues seen as stores: which jobs of a collection nobody has begun, and which workers have.
//!
//! Called by `docmill status` and `reconcile`, and in part by [`super::erasure`]. A work queue has no listings beside its
//! consumers', so its messages are looked at one by one; a message is read as its worker would, as far as it can be read.

use std::collections::HashSet;

use async_nats::jetstream::context::ConsumerInfoErrorKind;
use async_nats::jetstream::{self};
use docmill_contract::identity::{CollectionId, DocumentId, Sha256Hex};
use docmill_contract::names::{
    CONTENT_TYPE_PDF, HEADER_COLLECTION, HEADER_CONTENT_TYPE, HEADER_DOCUMENT, JobSubject, Lane, Work,
    consumer, job_subject, plain_job_subject,
};
use serde_json::Value;

use super::StoreError;
use super::erasure::{Pdf, Whose};
use super::subjects::{Raw, Subjects};
use crate::connect::Nats;

/// The queues, to look at. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Queues {
    jetstream: jetstream::Context,
    process: Subjects,
    analyse: Subjects,
}

/// How many jobs of a collection are in a queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queued {
    /// Nobody has begun them.
    pub waiting: u64,
    /// A worker has them, or has handed them back to be tried again.
    pub begun: u64,
}

/// A message of a queue, as far as it can be read.
pub(super) struct Job<'a> {
    pub(super) subject: JobSubject,
    raw: &'a Raw,
    body: Value,
}

impl Queues {
    /// The queues behind this connection. Asks nothing of NATS.
    pub fn new(nats: &Nats) -> Self {
        let jetstream = nats.jetstream.clone();
        let queue = |work: Work| Subjects::new(&jetstream, work.stream());
        Self { process: queue(Work::Process), analyse: queue(Work::Analyse), jetstream }
    }

    /// How many jobs of a collection there are. Of those that nobody has begun only those on the plain subject are
    /// looked at; the rest is counted by the server.
    ///
    /// # Errors
    /// If the queue is absent or NATS doesn't answer.
    pub async fn count(&self, work: Work, collection: &CollectionId) -> Result<Queued, StoreError> {
        let (queue, begun) = (self.queue(work), begun(&self.jetstream, work).await?);
        let mut counted = Queued::default();
        for lane in Lane::ALL {
            let subject = job_subject(work, lane, collection);
            let all = queue.messages_on(&subject).await?;
            let mut of_lane = 0;
            let mut next = 1;
            while of_lane < all && next <= begun(lane) {
                let Some(raw) = queue.next(&subject, next).await? else { break };
                if raw.sequence > begun(lane) {
                    break;
                }
                next = raw.sequence.saturating_add(1);
                of_lane += 1;
            }
            counted.begun += of_lane;
            counted.waiting += all - of_lane;
        }
        let plain = plain_job_subject(work);
        if queue.messages_on(&plain).await? > 0 {
            let mut next = 1;
            while let Some(raw) = queue.next(&plain, next).await? {
                next = raw.sequence.saturating_add(1);
                if Job::read(&raw).is_some_and(|job| job.collection() == *collection) {
                    let is_begun = raw.sequence <= begun(Lane::Bulk);
                    *(if is_begun { &mut counted.begun } else { &mut counted.waiting }) += 1;
                }
            }
        }
        Ok(counted)
    }

    /// The documents that jobs of a collection are for. Of a job that names none, every id that its worker may give it.
    ///
    /// # Errors
    /// If the queue is absent or NATS doesn't answer.
    pub async fn documents(
        &self,
        work: Work,
        collection: &CollectionId,
    ) -> Result<HashSet<DocumentId>, StoreError> {
        let subjects = Lane::ALL.iter().map(|&lane| job_subject(work, lane, collection));
        let mut documents = HashSet::new();
        for subject in subjects.chain([plain_job_subject(work)]) {
            let mut next = 1;
            while let Some(raw) = self.queue(work).next(&subject, next).await? {
                next = raw.sequence.saturating_add(1);
                let Some(job) = Job::read(&raw).filter(|job| job.collection() == *collection) else {
                    continue;
                };
                let pdf = job.pdf();
                documents.extend(job.documents(pdf.as_ref()));
            }
        }
        Ok(documents)
    }

    fn queue(&self, work: Work) -> &Subjects {
        match work {
            Work::Process => &self.process,
            Work::Analyse => &self.analyse,
        }
    }
}

/// Up to which sequence the jobs of each lane have been given out.
pub(super) async fn begun(
    jetstream: &jetstream::Context,
    work: Work,
) -> Result<impl Fn(Lane) -> u64 + use<>, StoreError> {
    let mut through = Vec::new();
    for lane in Lane::ALL {
        let name = consumer(work, lane);
        let stream = jetstream.get_stream_no_info(work.stream()).await;
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

impl<'a> Job<'a> {
    pub(super) fn read(raw: &'a Raw) -> Option<Self> {
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
    pub(super) fn collection(&self) -> CollectionId {
        let named = || self.text("/collection").or_else(|| self.header(HEADER_COLLECTION))?.parse().ok();
        self.subject.collection.clone().or_else(named).unwrap_or_else(CollectionId::default_collection)
    }

    pub(super) fn pdf(&self) -> Option<Pdf> {
        match self.subject.work {
            Work::Process if self.is_raw_pdf() => Some(Pdf::of_bytes(&self.raw.payload)),
            Work::Process => Pdf::of_source(&self.body),
            Work::Analyse => None,
        }
    }

    pub(super) fn is(&self, whose: &Whose, pdf: Option<&Pdf>) -> bool {
        self.collection() == whose.collection
            && whose.document.as_ref().is_none_or(|document| self.may_be(document, pdf))
    }

    /// Whether its worker takes it for this document.
    fn may_be(&self, document: &DocumentId, pdf: Option<&Pdf>) -> bool {
        self.documents(pdf).contains(document)
    }

    /// The document that its worker takes it for: by the id that it gives, else what may stand in for one.
    fn documents(&self, pdf: Option<&Pdf>) -> Vec<DocumentId> {
        if let Some(id) = self.text("/document").or_else(|| self.header(HEADER_DOCUMENT)) {
            return id.parse().into_iter().collect();
        }
        if self.subject.work == Work::Analyse {
            return Vec::new();
        }
        let of_text = |text: &str| DocumentId::from_digest(&Sha256Hex::of(text.as_bytes()));
        let object = self.text("/source/object");
        let of_bytes = pdf.and_then(|pdf| pdf.sha256.clone()).or_else(|| Sha256Hex::read(object?));
        let of_source = self.text("/source/url").or(object).map(of_text);
        let of_message = DocumentId::of_invalid_message(&self.raw.payload);
        [of_bytes.as_ref().map(DocumentId::from_digest), of_source, Some(of_message)]
            .into_iter()
            .flatten()
            .collect()
    }

    pub(super) fn is_report_of(&self, collection: &CollectionId) -> bool {
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
